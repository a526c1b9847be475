"""Witnesses of the book: named, reached by file, mail and POST, and told of at the desk when one is late or refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from aboveboard import worker
from aboveboard.duties.model import Duty
from aboveboard.editions.witnesses import LATE, REFUSED
from aboveboard.house import House
from aboveboard.partner_sim.mail import _free_port
from aboveboard.record import kept
from aboveboard.record.audit import audit
from aboveboard.record.tables import witnesses as states
from aboveboard.settings import Settings
from aboveboard.store import now
from tests.support.books import BOOK
from tests.support.witnessing import SigningWitness

TODAY = date(2026, 11, 23)
Publish = Callable[..., House]


class Box:
    """A mail server that keeps what it is given; `answer` is what it says to a message."""

    def __init__(self) -> None:
        self.answer = "250 kept"
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.answer


@pytest.fixture
def box() -> Iterator[tuple[Box, str]]:
    """A mail server, and its address."""
    made = Box()
    running = Controller(made, hostname="127.0.0.1", port=_free_port("127.0.0.1"))
    running.start()
    yield made, f"smtp://127.0.0.1:{running.port}"
    running.stop()


@pytest.fixture
def publish(store_url: str, tmp_path: Path) -> Iterator[Publish]:
    """Return `publish(witnesses, **settings)`: a house whose book has this chapter."""
    houses: list[House] = []

    def publish(chapter: str, **settings: str) -> House:
        house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url, **settings)).prepare()
        houses.append(house)
        with house.store.write() as tx:
            house.editions.apply(tx, f"{BOOK}\nwitnesses:\n{chapter}", TODAY)
        return house

    yield publish
    for house in houses:
        house.close()


def _named(one: str, way: str, more: str = "") -> str:
    return f"- id: {one}\n  name: {{en: The {one}, zh: 见证人}}\n  {way}\n{more}"


def _grow(house: House) -> None:
    with house.store.write() as tx:
        house.record.append(tx, "duty.done")


def _later(house: House) -> None:
    """Let an hour go by for the witnesses."""
    with house.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE record_witnesses SET tried_at = tried_at - 3600000000")


def _due(house: House, kind: str) -> list[Duty]:
    with house.store.read() as conn:
        return house.duties.due(conn, kind)


def test_a_worker_brings_heads_to_all_of_them_by_itself(
    publish: Publish, box: tuple[Box, str], tmp_path: Path
) -> None:
    mails, smtp = box
    house = publish(
        _named("copy", "file: heads.txt") + _named("auditor", "mail: heads@auditor.example.com"),
        smtp_url=smtp,
        witnesses=f"{tmp_path / 'further'},{tmp_path / 'var' / 'heads.txt'}",
    )
    worker.run(house, once=True)
    worker.run(house, once=True)
    heads = (tmp_path / "var" / "heads.txt").read_bytes()
    assert len(list(kept.notes(heads.decode()))) == 1, (
        "each head once, though the setting names the file again"
    )
    assert (tmp_path / "further").read_bytes() == heads
    [mail] = mails.mails
    assert (
        mail["To"] == "heads@auditor.example.com"
        and mail["From"]
        and mail["Auto-Submitted"] == "auto-generated"
    )
    assert house.keys.origin in mail["Subject"] and "记录头" in mail["Subject"]
    [attached] = list(mail.iter_attachments())
    assert attached.get_filename() == "head-1.txt"
    content = attached.get_content().encode()
    assert content.replace(b"\r\n", b"\n") == heads.rstrip(b"\n") + b"\n"
    with house.store.read() as conn:
        assert audit(conn, house.keys, [("mail", content), ("file", heads)]).compared == 2
    _grow(house)
    worker.run(house, once=True)
    assert (tmp_path / "further").read_bytes() == heads, "at most once a minute"
    _later(house)
    worker.run(house, once=True)
    assert len(mails.mails) == 1, "a mail a day"
    assert (tmp_path / "further").read_bytes().count(house.keys.origin.encode() + b"\n") == 2
    assert _due(house, LATE) == _due(house, REFUSED) == []


def test_two_workers_do_not_both_send(publish: Publish, tmp_path: Path) -> None:
    import threading

    house = publish(_named("copy", "file: heads.txt"))
    first, second = (worker.Worker(house, threading.Event()) for _ in range(2))
    first._witness()
    _grow(house)
    _later(house)
    with house.store.write() as tx:
        assert house.record.lease(tx, "record.witness", first.holder, 60), "the first one is at it"
    second._witness()
    assert (tmp_path / "var" / "heads.txt").read_text().count(f"{house.keys.origin}\n") == 1
    first._witness()
    assert (tmp_path / "var" / "heads.txt").read_text().count(f"{house.keys.origin}\n") == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("550 no such mailbox", "refused the mail"),
        ("451 later", "refused the mail"),
        (None, "could not be reached"),
    ],
)
def test_a_mail_that_cannot_be_sent_is_a_fault_of_its_witness(
    publish: Publish, box: tuple[Box, str], answer: str | None, said: str
) -> None:
    mails, smtp = box
    house = publish(
        _named("auditor", "mail: heads@auditor.example.com"),
        smtp_url=smtp if answer else "smtp://127.0.0.1:1",
    )
    mails.answer = answer or ""
    [outcome] = house.witnesses.publish(house.store, house.ways())
    assert not outcome.ok and said in outcome.text and outcome.text.startswith("The auditor")


def test_without_a_mail_server_it_says_so(publish: Publish) -> None:
    house = publish(_named("auditor", "mail: heads@auditor.example.com"))
    [outcome] = house.witnesses.publish(house.store, house.ways())
    assert "there is no mail server" in outcome.text


def test_one_that_is_late_is_a_duty_until_it_has_the_head(publish: Publish, tmp_path: Path) -> None:
    house = publish(_named("copy", "file: away/heads.txt", "  within_hours: 1\n"))
    worker.run(house, once=True)
    assert _due(house, LATE) == []
    with house.store.write() as tx:  # two hours ago
        tx.conn.exec_driver_sql("UPDATE record_witnesses SET since = since - 7200000000")
        if tx.conn.dialect.name == "postgresql":
            tx.conn.exec_driver_sql("ALTER TABLE record_checkpoints DISABLE TRIGGER USER")
        else:
            tx.conn.exec_driver_sql("DROP TRIGGER record_checkpoints_no_update")
        tx.conn.exec_driver_sql("UPDATE record_checkpoints SET at = at - 7200000000")
    worker.run(house, once=True)
    worker.run(house, once=True)
    [duty] = _due(house, LATE)
    assert duty.urgency(now()) == "overdue"
    assert duty.what.en == "See why “The copy” does not get the newest head of the record."
    assert "见证人" in duty.what.zh and "No such file" in duty.detail["fault"]
    (tmp_path / "var" / "away").mkdir()
    worker.run(house, once=True)
    worker.run(house, once=True)
    assert _due(house, LATE) == []


def test_one_that_refuses_is_one_loud_duty(publish: Publish, store_url: str, tmp_path: Path) -> None:
    empty = publish(_named("copy", "file: heads.txt"))
    outside = SigningWitness(empty.keys.signers)
    try:
        chapter = _named("one", f'post: "{outside.address}"', f"  key: {outside.key}\n")
        with empty.store.write() as tx:
            empty.editions.apply(tx, f"{BOOK}\nwitnesses:\n{chapter}", TODAY)
        worker.run(empty, once=True)
        assert outside.size >= 2
        size, root, outside.size, outside.root = outside.size, outside.root, 99, b"x" * 32
        for _ in range(3):
            _grow(empty)
            _later(empty)
            worker.run(empty, once=True)
        [duty] = _due(empty, REFUSED)
        assert duty.urgency(now()) == "overdue" and "refuses the newest head" in duty.what.en
        assert "99 entries" in duty.detail["fault"]
        outside.size, outside.root = size, root
        _later(empty)
        worker.run(empty, once=True)
        worker.run(empty, once=True)
        assert _due(empty, REFUSED) == [], "its reason is gone"
    finally:
        outside.close()


def test_their_state_is_kept_between_processes(publish: Publish) -> None:
    house = publish(_named("copy", "file: away/heads.txt"))
    house.witnesses.publish(house.store, house.ways())
    with house.store.read() as conn:
        [row] = conn.execute(states.select()).all()
    assert "No such file" in row.fault and not row.refused and now() - row.since < timedelta(minutes=1)
