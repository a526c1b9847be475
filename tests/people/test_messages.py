"""Messages: to a real mail server and a real gateway, encrypted where it is offered, wiped when they are sent or too old."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aboveboard.partner_sim import PartnerSim
from aboveboard.people import tables
from aboveboard.people.messages import MessageError, Messages, Ways
from aboveboard.people.model import Identity
from aboveboard.proof.webhooks import secret_text
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store, now
from tests.support.waiting import free_port

ANN, PHONE = Identity("email", "ann@example.org"), Identity("phone", "+14085550143")
SECRET = b"s" * 24
FROM = "desk@riverside.example.org"


class Box:
    """What a mail server was given, and how; `answer` is what it says to a message."""

    def __init__(self, answer: str = "250 kept") -> None:
        self.answer = answer
        self.mails: list[tuple[list[str], bytes]] = []
        self.encrypted: list[bool] = []
        self.users: list[bytes] = []

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return self.answer

    def authenticator(self, *given: Any) -> AuthResult:
        self.users.append(given[-1].login)
        return AuthResult(success=given[-1].password == b"right@word", handled=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Return `serve(box, **options)`: start a mail server and return its host and port."""
    running: list[Controller] = []

    def start(box: Box, **options: Any) -> str:
        controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return f"127.0.0.1:{controller.port}"

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A mail server's own certificate: its side, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(pem + built.public_bytes(serialization.Encoding.PEM))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(Record(KeyRing.create(tmp_path / "keys")))


def queue(messages: Messages, store: Store, to: Identity = ANN, minutes: float = 10) -> None:
    with store.write() as tx:
        subject = "Your code is 123456\r\nBcc: all@example.org"
        messages.send(tx, to, subject, "Your code is 123456. 验证码 123456。", minutes=minutes)


def row(store: Store) -> Any:
    with store.read() as conn:
        return conn.execute(sa.select(tables.messages).order_by(tables.messages.c.id.desc())).first()


def hurry(store: Store) -> None:
    with store.write() as tx:
        tx.conn.execute(sa.update(tables.messages).values(next_try_at=now()))


def test_a_mail_arrives_once_and_is_wiped(
    store: Store, messages: Messages, serve: Callable[..., str]
) -> None:
    box = Box()
    ways = Ways(f"smtp://{serve(box)}", FROM)
    queue(messages, store)
    assert b"ann@example.org" not in bytes(row(store).sealed)
    assert b"123456" not in bytes(row(store).sealed)
    assert messages.deliver(store, ways, "me") == 1
    assert messages.deliver(store, ways, "me") == 0
    ((to, mail),) = box.mails
    assert to == ["ann@example.org"]
    assert b"From: desk@riverside.example.org" in mail
    assert b"\nBcc:" not in mail  # a line break in a subject starts no header
    sent = row(store)
    assert (sent.state, sent.sealed, sent.attempts, sent.last_error) == ("sent", None, 1, None)


def test_a_text_message_goes_through_the_signed_gateway(sqlite_store: Store, messages: Messages) -> None:
    with PartnerSim({"sms-gateway": secret_text(SECRET)}) as sim:
        ways = Ways("", FROM, f"{sim.url}/sms", SECRET)
        queue(messages, sqlite_store, PHONE)
        assert messages.deliver(sqlite_store, ways, "me") == 1
        assert [(mail.kind, mail.to) for mail in sim.inbox.mail()] == [("sms", "+14085550143")]
        assert "验证码" in sim.inbox.mail()[0].text
        queue(messages, sqlite_store, PHONE)
        assert messages.deliver(sqlite_store, Ways("", FROM, f"{sim.url}/sms", b"x" * 24), "me") == 0
        assert row(sqlite_store).last_error == "status_401"


def test_where_encryption_is_offered_it_is_used(
    sqlite_store: Store,
    messages: Messages,
    serve: Callable[..., str],
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    theirs, ours = certificate
    starttls = Box()
    queue(messages, sqlite_store)
    ways = Ways(f"smtp://{serve(starttls, tls_context=theirs)}", FROM, tls=ours)
    assert messages.deliver(sqlite_store, ways, "me") == 1
    assert starttls.encrypted == [True]
    smtps = Box()
    queue(messages, sqlite_store)
    assert (
        messages.deliver(
            sqlite_store, Ways(f"smtps://{serve(smtps, ssl_context=theirs)}", FROM, tls=ours), "me"
        )
        == 1
    )
    assert smtps.encrypted == [True]


def test_a_certificate_that_nobody_vouches_for_gets_nothing(
    sqlite_store: Store,
    messages: Messages,
    serve: Callable[..., str],
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    box = Box()
    queue(messages, sqlite_store)
    assert (
        messages.deliver(sqlite_store, Ways(f"smtp://{serve(box, tls_context=certificate[0])}", FROM), "me")
        == 0
    )
    assert row(sqlite_store).last_error == "tls"
    assert box.mails == []


@pytest.mark.parametrize(("password", "sent", "error"), [("right%40word", 1, None), ("wrong", 0, "password")])
def test_it_signs_in_where_asked(
    sqlite_store: Store,
    messages: Messages,
    serve: Callable[..., str],
    password: str,
    sent: int,
    error: str | None,
) -> None:
    box = Box()
    at = serve(box, authenticator=box.authenticator, auth_require_tls=False)
    queue(messages, sqlite_store)
    assert messages.deliver(sqlite_store, Ways(f"smtp://clinic:{password}@{at}", FROM), "me") == sent
    assert row(sqlite_store).last_error == error


BROKEN = [
    # settings, the code that is kept
    ("", "no_mail_server"),
    ("http://127.0.0.1:1", "bad_smtp_url"),
    ("smtp://", "bad_smtp_url"),
    ("smtp://127.0.0.1:notaport", "bad_smtp_url"),
    ("smtp://127.0.0.1:1", "connect"),
    ("smtps://127.0.0.1:1", "connect"),
]


@pytest.mark.parametrize(("url", "code"), BROKEN)
def test_a_server_that_cannot_be_reached_is_tried_again_while_the_message_lives(
    sqlite_store: Store, messages: Messages, url: str, code: str
) -> None:
    queue(messages, sqlite_store)
    assert messages.deliver(sqlite_store, Ways(url, FROM), "me") == 0
    waiting = row(sqlite_store)
    assert (waiting.state, waiting.last_error, waiting.attempts) == ("waiting", code, 1)
    assert waiting.next_try_at > now()
    assert waiting.sealed is not None


def test_a_final_refusal_ends_it_and_a_passing_one_does_not(
    sqlite_store: Store, messages: Messages, serve: Callable[..., str]
) -> None:
    for answer, state in (("550 no such person", "failed"), ("451 come back later", "waiting")):
        queue(messages, sqlite_store)
        messages.deliver(sqlite_store, Ways(f"smtp://{serve(Box(answer))}", FROM), "me")
        assert (row(sqlite_store).state, row(sqlite_store).last_error) == (state, "refused")
        assert (row(sqlite_store).sealed is None) == (state == "failed")


def test_an_expired_message_is_dropped_and_wiped(
    store: Store, messages: Messages, serve: Callable[..., str]
) -> None:
    box = Box()
    queue(messages, store, minutes=-1)
    assert messages.deliver(store, Ways(f"smtp://{serve(box)}", FROM), "me") == 0
    assert (row(store).state, row(store).sealed, box.mails) == ("dropped", None, [])
    with store.write() as tx:
        tx.conn.execute(sa.update(tables.messages).values(created_at=now() - timedelta(days=31)))
    queue(messages, store)
    messages.deliver(store, Ways("", FROM), "me")
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.messages)).scalar() == 1


def test_two_workers_do_not_send_the_same(
    store: Store, messages: Messages, serve: Callable[..., str]
) -> None:
    box = Box()
    ways = Ways(f"smtp://{serve(box)}", FROM)
    queue(messages, store)
    with store.write() as tx:
        messages.record.lease(tx, "people.messages", "another", 60)
    assert messages.deliver(store, ways, "me") == 0
    with store.write() as tx:
        messages.record.lease(tx, "people.messages", "another", 0)
    assert messages.deliver(store, ways, "me") == 1


def test_what_another_key_ring_sealed_is_given_up(
    sqlite_store: Store, messages: Messages, tmp_path: Path
) -> None:
    queue(Messages(Record(KeyRing.create(tmp_path / "other"))), sqlite_store)
    assert messages.deliver(sqlite_store, Ways("", FROM), "me") == 0
    assert (row(sqlite_store).state, row(sqlite_store).last_error) == ("failed", "other_key_ring")


def test_a_customer_number_is_no_address(sqlite_store: Store, messages: Messages) -> None:
    with pytest.raises(MessageError), sqlite_store.write() as tx:
        messages.send(tx, Identity("customer", "C-1"), "s", "b")


def test_a_password_never_leaves_in_clear(sqlite_store: Store, messages: Messages) -> None:
    # 127.0.0.2 is this machine too, but is not among the names that are trusted as such.
    box = Box()
    options = {"authenticator": box.authenticator, "auth_require_tls": False}
    controller = Controller(box, hostname="127.0.0.2", port=free_port(), **options)
    controller.start()
    try:
        queue(messages, sqlite_store)
        url = f"smtp://clinic:right%40word@127.0.0.2:{controller.port}"
        assert messages.deliver(sqlite_store, Ways(url, FROM), "me") == 0
    finally:
        controller.stop()
    assert (row(sqlite_store).last_error, box.users) == ("password_in_clear", [])
