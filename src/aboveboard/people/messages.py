"""Messages to people: one-time codes and the like, by mail or text message, sent by the worker.

A message is queued in the transaction that makes it necessary, so that there is never a code without its message or a
message without its code. It is of use for a few minutes only: when it was sent, or is too old to help, its address and words
are wiped and only the fact remains. Until then they are sealed with the key ring rather than with a person's key, because
whoever asks for a code may be nobody we know, and must be treated the same.

A mail server that does not answer is asked again after 2, 4, 8 … seconds while the message lives. A code may arrive twice if the
worker is killed at the wrong moment; it never opens twice.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import smtplib
import ssl
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
import structlog
from cryptography.exceptions import InvalidTag

from aboveboard.people import tables
from aboveboard.people.model import CODE_MINUTES, Identity
from aboveboard.proof.webhooks import sign
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx, now
from aboveboard.web import outgoing

#: The lease under which one worker at a time sends.
LEASE = "people.messages"
#: Messages in one batch, seconds for one conversation, days that the bare fact is kept.
BATCH, SECONDS, KEEP_DAYS = 20, 10.0, 30
_LABEL = "people.messages"

_m = tables.messages
_log = structlog.get_logger("aboveboard.people")


class MessageError(ValueError):
    """A message that could not be sent. `code` is stable; `final` says that trying again would not help."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


@dataclass(frozen=True)
class Ways:
    """How messages leave the house: the settings `smtp_url` and `sms_url`, the sender, the gateway's secret."""

    smtp_url: str
    mail_from: str
    sms_url: str = ""
    sms_secret: bytes = b""
    #: For mail servers with a certificate of one's own; None trusts what this machine trusts.
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class _Letter:
    id: int
    key: str  # the same on every try, so that a gateway or mailbox can drop repeats
    attempts: int
    channel: str
    to: str
    subject: str
    body: str
    file: tuple[str, str] | None


class Messages:
    """Outgoing messages of one installation."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def send(
        self,
        tx: Tx,
        to: Identity,
        subject: str,
        body: str,
        *,
        minutes: float = CODE_MINUTES,
        file: tuple[str, str] | None = None,
    ) -> None:
        """Queue a message to an e-mail address or phone; it is dropped if it could not be sent within `minutes`.

        `file` (its name, and JSON) goes along with a mail; a text message carries none.
        Raises `MessageError` (`unreachable`) for an identity that nothing can be sent to.
        """
        if to.kind not in ("email", "phone"):
            raise MessageError("unreachable", final=True)
        words = {
            "key": secrets.token_hex(12),
            "to": to.value,
            "subject": " ".join(subject.split()),
            "body": body,
            "file": file,
        }
        row = {
            "channel": to.kind,
            "sealed": self.record.keys.seal(json.dumps(words).encode(), _LABEL),
            "state": "waiting",
            "next_try_at": tx.now,
            "expires_at": tx.now + timedelta(minutes=minutes),
            "created_at": tx.now,
        }
        tx.conn.execute(sa.insert(_m), row)

    def forget(self, tx: Tx, digests: Collection[bytes]) -> None:
        """Drop, unsent, what waits for these identities (keyed digests): their owner has been erased."""
        wiped = {"state": "dropped", "sealed": None}
        for row in tx.conn.execute(sa.select(_m).where(_m.c.sealed.is_not(None))).all():
            with suppress(InvalidTag):
                if self.record.keys.index(row.channel, self._letter(row).to) in digests:
                    tx.conn.execute(sa.update(_m).where(_m.c.id == row.id).values(wiped))

    def deliver(self, store: Store, ways: Ways, holder: str, lease: float = 60.0) -> int:
        """Send what is due, one batch, and return how many left the house; 0 also while another worker sends."""
        with store.read() as conn:
            if conn.execute(sa.select(_m.c.id).where(_due()).limit(1)).first() is None:
                return 0
        with store.write() as tx:
            if not self.record.lease(tx, LEASE, holder, lease):
                return 0
            letters = self._take(tx)
        outcomes = _post(letters, ways, until=time.monotonic() + lease / 2)
        with store.write() as tx:
            for letter, error in outcomes:
                self._write_down(tx, letter, error)
            self.record.lease(tx, LEASE, holder, 0.0)
        return sum(error is None for _, error in outcomes)

    def _take(self, tx: Tx) -> list[_Letter]:
        """Drop what is too old, forget what is long done, and return what to send."""
        too_old = sa.and_(_m.c.state == "waiting", _m.c.expires_at <= tx.now)
        tx.conn.execute(sa.update(_m).where(too_old).values(state="dropped", sealed=None))
        long_done = sa.and_(_m.c.state != "waiting", _m.c.created_at < tx.now - timedelta(days=KEEP_DAYS))
        tx.conn.execute(sa.delete(_m).where(long_done))
        rows = tx.conn.execute(sa.select(_m).where(_due()).order_by(_m.c.id).limit(BATCH)).all()
        letters = []
        for row in rows:
            try:
                letters.append(self._letter(row))
            except InvalidTag:
                unreadable = {"state": "failed", "sealed": None, "last_error": "other_key_ring"}
                tx.conn.execute(sa.update(_m).where(_m.c.id == row.id).values(unreadable))
        return letters

    def _letter(self, row: Any) -> _Letter:
        words = json.loads(self.record.keys.unseal(bytes(row.sealed), _LABEL))
        file = words.get("file")
        return _Letter(
            id=row.id,
            key=words["key"],
            attempts=row.attempts,
            channel=row.channel,
            to=words["to"],
            subject=words["subject"],
            body=words["body"],
            file=(file[0], file[1]) if file else None,
        )

    def _write_down(self, tx: Tx, letter: _Letter, error: MessageError | None) -> None:
        values: dict[str, Any] = {
            "attempts": letter.attempts + 1,
            "last_error": error.code if error else None,
        }
        if error is None:
            values |= {"state": "sent", "sealed": None, "sent_at": tx.now}
        elif error.final:
            values |= {"state": "failed", "sealed": None}
        else:
            values["next_try_at"] = tx.now + timedelta(seconds=2.0 ** min(letter.attempts + 1, 8))
        mine = sa.and_(_m.c.id == letter.id, _m.c.state == "waiting")
        tx.conn.execute(sa.update(_m).where(mine).values(values))
        if error is not None:
            told = {"message": letter.id, "channel": letter.channel, "code": error.code, "final": error.final}
            tx.after_commit(lambda: _log.warning("message not sent", **told))


def _due() -> sa.ColumnElement[bool]:
    return sa.and_(_m.c.state == "waiting", _m.c.next_try_at <= now())


# -- leaving the house -----------------------------------------------------------------------------------------------


_Outcomes = list[tuple[_Letter, MessageError | None]]


def _post(letters: list[_Letter], ways: Ways, until: float) -> _Outcomes:
    """Send letters one after the other while there is time (`time.monotonic`), and return what became of each that was tried."""
    mails = [letter for letter in letters if letter.channel == "email"]
    texts = [letter for letter in letters if letter.channel == "phone"]
    return [*_post_mails(mails, ways, until), *_each(texts, partial(_text, ways=ways), until)]


def _post_mails(mails: list[_Letter], ways: Ways, until: float) -> _Outcomes:
    """Send all mails over one connection; if it cannot be opened, each of them failed for that reason."""
    if not mails:
        return []
    try:
        smtp = _connect(ways)
    except MessageError as error:
        return [(letter, error) for letter in mails]
    try:
        return _each(mails, partial(_mail, smtp=smtp, sender=ways.mail_from), until)
    finally:
        with suppress(smtplib.SMTPException, OSError):  # what was accepted is sent, however the goodbye went
            smtp.quit()
        smtp.close()


def _each(letters: list[_Letter], send: Callable[[_Letter], None], until: float) -> _Outcomes:
    outcomes: _Outcomes = []
    for letter in letters:
        if time.monotonic() > until:
            break
        try:
            send(letter)
        except MessageError as error:
            outcomes.append((letter, error))
        else:
            outcomes.append((letter, None))
    return outcomes


def _connect(ways: Ways) -> smtplib.SMTP:
    """Open a conversation with the mail server, encrypted where it offers that; a password never goes out in clear."""
    if not ways.smtp_url:
        raise MessageError("no_mail_server")
    try:
        url = urlsplit(ways.smtp_url)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise MessageError("bad_smtp_url") from None
    if url.scheme not in ("smtp", "smtps") or not host:
        raise MessageError("bad_smtp_url")
    tls = ways.tls or ssl.create_default_context()
    try:
        if url.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=tls)
        else:
            smtp = smtplib.SMTP(host, port or 25, timeout=SECONDS)
        try:
            _sign_in(smtp, url.username, url.password, tls, encrypted=url.scheme == "smtps", host=host)
        except BaseException:
            smtp.close()
            raise
    except MessageError:
        raise
    except ssl.SSLError:
        raise MessageError("tls") from None
    except smtplib.SMTPAuthenticationError:
        raise MessageError("password") from None
    except (smtplib.SMTPException, OSError):
        raise MessageError("connect") from None
    return smtp


def _sign_in(
    smtp: smtplib.SMTP,
    user: str | None,
    password: str | None,
    tls: ssl.SSLContext,
    *,
    encrypted: bool,
    host: str,
) -> None:
    smtp.ehlo()
    if not encrypted and smtp.has_extn("starttls"):
        smtp.starttls(context=tls)
        smtp.ehlo()
        encrypted = True
    if user is not None:
        if not encrypted and host not in ("127.0.0.1", "::1", "localhost"):
            raise MessageError("password_in_clear")
        smtp.login(unquote(user), unquote(password or ""))


def send_now(ways: Ways, mail: EmailMessage) -> None:
    """Send a mail to another firm at once, past the queue, for what its sender sends again anyway; raises `MessageError`."""
    smtp = _connect(ways)
    try:
        _hand_over(mail, smtp)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _mail(letter: _Letter, *, smtp: smtplib.SMTP, sender: str) -> None:
    try:
        mail = _email(letter, sender)
    except ValueError:
        raise MessageError("address", final=True) from None
    _hand_over(mail, smtp)


def _hand_over(mail: EmailMessage, smtp: smtplib.SMTP) -> None:
    try:
        smtp.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        raise MessageError("refused", final=all(code >= 500 for code in codes)) from None
    except smtplib.SMTPNotSupportedError:
        raise MessageError("address", final=True) from None
    except smtplib.SMTPResponseException as error:
        raise MessageError("refused", final=error.smtp_code >= 500) from None
    except (smtplib.SMTPException, OSError):
        raise MessageError("closed") from None
    except ValueError:
        raise MessageError("address", final=True) from None


def _email(letter: _Letter, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, letter.to, letter.subject
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to a code
    mail.set_content(letter.body)
    if letter.file is not None:
        name, text = letter.file
        mail.add_attachment(text.encode(), maintype="application", subtype="json", filename=name)
    return mail


def _text(letter: _Letter, *, ways: Ways) -> None:
    """Hand a text message to the gateway: signed like every call of ours, confirmed by its id."""
    if not ways.sms_url:
        raise MessageError("no_sms_gateway")
    body = json.dumps({"to": letter.to, "text": letter.body}, ensure_ascii=False).encode()
    answer = asyncio.run(
        _post_once(ways.sms_url, body, sign([ways.sms_secret], f"sms_{letter.key}", int(time.time()), body))
    )
    if answer.status is None or not 200 <= answer.status < 300:
        raise MessageError(answer.fault or f"status_{answer.status}", final=answer.status in (400, 422))


async def _post_once(url: str, body: bytes, headers: dict[str, str]) -> outgoing.Answer:
    async with outgoing.client() as http:
        return await outgoing.post(http, url, body, headers, SECONDS)
