"""The witnesses of the edition in force: who they are, how a head reaches them by mail, and what is due when one does not get it.

The record knows how to hand a head over (`record.witness`); it may not read the book, open duties or send mail. So these three
meet here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from sqlalchemy.engine import Connection

from aboveboard.book import model
from aboveboard.duties.service import Duties
from aboveboard.editions.service import Editions
from aboveboard.people.messages import MessageError, Ways, send_now
from aboveboard.proof.cosignature import Cosigner
from aboveboard.record import witness
from aboveboard.record.service import Record
from aboveboard.record.witness import Late, Outcome, Witness
from aboveboard.store import Store, Tx, now
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

LATE = "record.witness_late"
REFUSED = "record.witness_refused"

_EVERY = {"minute": timedelta(0), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class Witnesses:
    """The witnesses of one installation: those in the book, and those that the setting names besides."""

    def __init__(
        self, record: Record, editions: Editions, duties: Duties, home: Path, setting: str = ""
    ) -> None:
        self.record, self.editions, self.duties = record, editions, duties
        self._home, self._setting = home, witness.witnesses(setting)

    def asked(self, conn: Connection) -> list[Witness]:
        """Return all of them, each place once; what the book says of a place counts."""
        edition = self.editions.current(conn)
        named = [_named(one, self._home) for one in edition.book.witnesses] if edition is not None else []
        there = {one.where for one in named}
        return [*named, *(one for one in self._setting if one.where not in there)]

    def publish(self, store: Store, ways: Ways, *, early: bool = True) -> list[Outcome]:
        """Send the newest head to whoever does not have it; without `early`, only to those whose time has come."""
        with store.read() as conn:
            asked = self.asked(conn)

        def mail(one: Witness, note: str, size: int) -> str | None:
            return _mail(ways, one, note, size)

        return witness.publish(store, self.record, asked, mail, early=early) if asked else []

    def watch(self, tx: Tx) -> None:
        """Open a duty for each witness that waits too long, or that refused a head; end those whose reason is gone."""
        found = witness.late(tx.conn, self.record, self.asked(tx.conn), tx.now)
        for kind, refused in ((LATE, False), (REFUSED, True)):
            mine = [one for one in found if one.refused == refused]
            keys = {self._open(tx, kind, one) for one in mine}
            self.duties.settle(tx, kind, keys)

    def _open(self, tx: Tx, kind: str, one: Late) -> str:
        since = one.since if kind == LATE else _first_refusal(tx, self.duties, one)
        key = f"{one.witness.follower}:{int(since.timestamp())}"
        name, fault, words = one.witness.words, one.fault or "", kind.removeprefix("record.")
        self.duties.open(
            tx,
            kind=kind,
            key=key,
            due_at=since if kind == REFUSED else since + one.witness.every + one.witness.within,
            what=_texts().text(f"witness.{words}").filled(name=name),
            why=_texts().text(f"witness.{words}_why"),
            detail={"fault": fault},
        )
        return key


def _first_refusal(tx: Tx, duties: Duties, one: Late) -> datetime:
    """Return when a refusal was first told of: it is tried again every minute, and is one duty all the same."""
    mine = (
        due.due_at for due in duties.due(tx.conn, REFUSED) if due.key.startswith(f"{one.witness.follower}:")
    )
    return next(mine, one.since)


def _named(one: model.Witness, home: Path) -> Witness:
    """Return a witness as the book names it; which of the three ways is used, the check has seen to."""
    title = one.name.words
    every = _EVERY[one.every or ("day" if one.mail else "minute")]
    made = Witness(
        str(home / (one.file or "")), title, "file", None, every, timedelta(hours=one.within_hours)
    )
    if one.mail:
        return replace(made, where=one.mail, way="mail")
    if one.post:
        return replace(
            made, where=one.post, way="post", cosigner=Cosigner.parse(one.key) if one.key else None
        )
    return made


def _mail(ways: Ways, one: Witness, note: str, size: int) -> str | None:
    """Send a head by mail; return what went wrong in a sentence, if it did."""
    origin = note.split("\n", 1)[0]
    mail = EmailMessage()
    mail["From"], mail["To"] = ways.mail_from, one.where
    mail["Subject"] = _both("witness.subject", size=size, origin=origin, gap=" · ")
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = make_msgid(domain=ways.mail_from.rpartition("@")[2] or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_both("witness.body", size=size, origin=origin, gap="\n\n") + "\n\n" + note)
    mail.add_attachment(note, filename=f"head-{size}.txt")
    try:
        send_now(ways, mail)
    except MessageError as error:
        return _FAULTS.get(error.code, "the mail server cut the connection.")
    return None


_FAULTS = {
    "no_mail_server": "there is no mail server (ABOVEBOARD_SMTP_URL).",
    "bad_smtp_url": "ABOVEBOARD_SMTP_URL is not the address of a mail server.",
    "tls": "the mail server's certificate could not be checked.",
    "password": "the mail server refused our password.",
    "password_in_clear": "the mail server offers no encryption, and a password is not sent in clear.",
    "connect": "the mail server could not be reached.",
    "refused": "the mail server refused the mail.",
    "address": "the mail server cannot take this address.",
}


def _both(key: str, *, size: int, origin: str, gap: str) -> str:
    text: Text = _texts().text(key)
    return gap.join(text.say(lang, size=f"{size:,}", origin=origin) for lang in ("en", "zh"))


def _texts() -> Catalogue:
    return Catalogue.load("aboveboard.editions")
