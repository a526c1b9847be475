"""A receipt by mail: to the address that was given with the choice, to no other, and at most once a day.

Of that address the receipt shows only a masked form (`a…@example.org`); the whole one is kept with the person's identities. It is
taken only if exactly one of those has the same masked form: with two it would be a guess, and a receipt must not land with
a stranger. Whoever asks gets the same answer in every case, so that nobody learns which addresses we know. And
since anyone may save one choice after the other in somebody's name, an address gets only a few such letters a day.
"""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from aboveboard.choices.model import Decision
from aboveboard.choices.pages.says import Sentence, sentence
from aboveboard.editions.service import Edition
from aboveboard.people.messages import Messages
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import Entry
from aboveboard.record.service import Record
from aboveboard.store import Tx
from aboveboard.web import limits, moments
from aboveboard.words import Lang, Text
from aboveboard.words.catalogue import Catalogue

#: Minutes that a mail server may be out of reach before the letter is dropped.
PATIENCE = 24 * 60
#: At most this many receipts a day for one address, or a stranger could fill a mailbox with one choice after the other.
LETTERS_A_DAY = 3


def was_given(conn: Connection, record: Record, entry: Entry | None) -> bool:
    """Return whether an e-mail address was given with this choice."""
    return _given(conn, record, entry) is not None


def recipient(conn: Connection, record: Record, people: People, entry: Entry | None) -> Identity | None:
    """Return the whole address that was given with this choice, or None if it is gone or not certain."""
    shown = _given(conn, record, entry)
    if shown is None or entry is None or entry.subject is None:
        return None
    known = people.identities(conn, people.present(conn, entry.subject))
    fitting = [one for one in known if one.kind == "email" and one.masked == shown]
    return fitting[0] if len(fitting) == 1 else None


def _given(conn: Connection, record: Record, entry: Entry | None) -> str | None:
    if entry is None or entry.kind != "choice.made":
        return None
    opened = record.open(conn, entry)
    identity = opened.get("identity", {}) if opened else {}
    return str(identity["shown"]) if identity.get("kind") == "email" else None


def send(
    tx: Tx,
    record: Record,
    people: People,
    messages: Messages,
    *,
    entry: Entry,
    edition: Edition,
    address: str,
    lang: Lang,
) -> bool:
    """Queue the receipt of a choice for the address that was given with it; return whether there was one and it is due.

    `edition` is the one the choice was made under, `address` the house's own.
    """
    to = recipient(tx.conn, record, people, entry)
    if to is None or not _is_due(tx, record, entry, to):
        return False
    receipt = record.receipt(tx.conn, entry.id)
    file = f"receipt-{entry.id[:8]}.json", json.dumps(receipt, ensure_ascii=False, indent=2) + "\n"
    subject, body = _words(entry, edition, f"{address}/receipts/{receipt['id']}", lang)
    messages.send(tx, to, subject, body, minutes=PATIENCE, file=file)
    return True


def _is_due(tx: Tx, record: Record, entry: Entry, to: Identity) -> bool:
    # In this order: the same receipt asked for again must not use up what the address may get of others.
    reader = record.keys.index(to.kind, to.value).hex()
    return limits.once_a_day(tx, f"receipt.mail:{entry.id}") and limits.daily(
        tx, f"receipt.mail.to:{reader}", LETTERS_A_DAY
    )


def _words(entry: Entry, edition: Edition, link: str, lang: Lang) -> tuple[str, str]:
    t, firm = Catalogue.load("aboveboard.choices"), edition.book.business
    said = [Decision.from_facts(facts) for facts in entry.facts["decisions"]]
    sentences = [sentence(edition.book, one, proven=bool(entry.facts["proven"])) for one in said]
    body = [
        t("keep.mail_lead", lang),
        "\n".join(_said(t, one, lang) for one in sentences),
        t("receipt.saved_at", lang, when=moments.full(entry.at, ZoneInfo(firm.timezone))),
        f"{t('keep.mail_link', lang)}\n{link}",
        t("keep.mail_secret", lang),
        firm.name.words.say(lang),
    ]
    return t("keep.mail_subject", lang, business=firm.name.words), "\n\n".join(body) + "\n"


def _said(t: Catalogue, one: Sentence, lang: Lang) -> str:
    names = [name.say(lang) for name in one.partners]
    last = " and " if lang == "en" else "和"
    partners = last.join(
        [(", " if lang == "en" else "、").join(names[:-1]), names[-1]] if len(names) > 1 else names
    )
    nothing = Text("", "")
    return t(
        f"receipt.{one.key}",
        lang,
        purpose=one.purpose or nothing,
        partner=one.partner or nothing,
        partners=partners,
    )
