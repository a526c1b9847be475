"""What others may ask about partners: who was told of a choice, how each partner answers, its secret, telling by hand."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book, Partner
from aboveboard.choices.model import Decision, told_at
from aboveboard.choices.service import Choices
from aboveboard.duties.model import Duty
from aboveboard.duties.service import Duties
from aboveboard.editions.service import Editions
from aboveboard.partners import model, tables
from aboveboard.partners.message import message_id
from aboveboard.partners.model import Heard, PartnerError, PartnerState, State, Tell, Told
from aboveboard.people.service import People
from aboveboard.record.model import Entry, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.words import Text

#: The follower that turns entries into deliveries, and the kinds of entry that it reads.
FAN_OUT = "partners.fan_out"
KINDS = (
    "choice.made",
    "signal.seen",
    "signal.counts",
    "people.identified",
    "people.linked",
    "people.unlinked",
    "edition.applied",
)
#: After these, a partner must hear again what already holds: it may know the person under what is new.
_KNOWN_ANEW = ("people.identified", "people.linked")
_SIGNALS = ("signal.seen", "signal.counts")
_SAID = ("choice.made", *_SIGNALS)

#: The duty of telling a partner that takes no messages.
BY_HAND = "partner.by_hand"
#: A replaced secret is still signed with for so long.
OVERLAP = timedelta(days=7)

_d = tables.deliveries
_a = tables.answering
_r = tables.rotations


class Partners:
    """Partners of one installation."""

    def __init__(self, record: Record, people: People, editions: Editions, duties: Duties) -> None:
        self.record = record
        self.people = people
        self.editions = editions
        self.duties = duties
        #: For what signals came to count for; it holds nothing of its own.
        self.choices = Choices(record, people, editions)

    # -- secrets -----------------------------------------------------------------------------------------------------

    def secrets(self, conn: Connection, partner: str, now: datetime) -> list[bytes]:
        """Return the secrets to sign with, the newest first; more than one only in the week after a replacement."""
        replaced = sa.select(_r.c.number, _r.c.at).where(_r.c.partner == partner)
        newest = conn.execute(replaced.order_by(_r.c.number.desc()).limit(1)).first()
        if newest is None:
            return [self._secret(partner, 0)]
        numbers = [newest.number, newest.number - 1] if now < newest.at + OVERLAP else [newest.number]
        return [self._secret(partner, number) for number in numbers]

    def rotate(self, tx: Tx, partner: str) -> bytes:
        """Replace a partner's secret from now on and return the new one; the old one is signed with for another week."""
        newest = (
            tx.conn.execute(sa.select(sa.func.max(_r.c.number)).where(_r.c.partner == partner)).scalar() or 0
        )
        tx.conn.execute(sa.insert(_r), {"partner": partner, "number": newest + 1, "at": tx.now})
        return self._secret(partner, newest + 1)

    def gateway_secret(self) -> bytes:
        """Return the secret that is shared with the gateway for text messages."""
        return self.record.keys.derive("gateway:sms", 24)

    def _secret(self, partner: str, number: int) -> bytes:
        return self.record.keys.derive(f"partner:{partner}:{number}" if number else f"partner:{partner}", 24)

    # -- how one choice stands ---------------------------------------------------------------------------------------

    def told(self, conn: Connection, entry_id: str) -> list[Told]:
        """Return how the choice in an entry stands with each partner it concerns, in the order of the book.

        Right also in the moment before the worker has looked at the entry: then everyone is still waiting. An entry that
        concerns nobody (a yes that nobody proved) or does not exist gives an empty list.
        """
        book = self._book(conn)
        entry = self.record.get(conn, entry_id)
        if entry is None or book is None or entry.kind not in KINDS:
            return []
        rows = {row.partner: row for row in conn.execute(sa.select(_d).where(_d.c.entry_id == entry_id))}
        found = [_told(row, _name(book, partner)) for partner, row in rows.items()]
        if not rows and entry.index > self.record.bookmark(conn, FAN_OUT):
            found = [
                Told(partner.id, partner.name.words, _first_state(partner), tuple(what))
                for partner, what in self.concerned(conn, book, entry)
            ]
        order = {partner.id: place for place, partner in enumerate(book.partners)}
        return sorted(found, key=lambda told: (order.get(told.partner, len(order)), told.partner))

    def concerned(self, conn: Connection, book: Book, entry: Entry) -> list[tuple[Partner, list[Tell]]]:
        """Return each partner that an entry concerns, with what it must hear."""
        on = local_day(book, _since(entry))
        heard = self._heard(conn, entry) if entry.kind in _KNOWN_ANEW else []
        found = []
        for partner in book.partners:
            match entry.kind:
                case "choice.made":
                    decisions = [Decision.from_facts(facts) for facts in entry.facts["decisions"]]
                    what = model.tells(book, partner, decisions, proven=bool(entry.facts["proven"]), on=on)
                case "signal.seen" | "signal.counts":
                    what = model.signal_tells(book, partner, entry.facts, on)
                case "people.identified" | "people.linked":
                    what = model.standing_noes(book, partner, heard, on)
                case "people.unlinked":
                    what = model.taken_back(partner, self._told_while_linked(conn, partner, entry), on)
                case _:
                    what = []
            if what:
                found.append((partner, what))
        return found

    def _heard(self, conn: Connection, entry: Entry) -> list[Heard]:
        numbers = self.people.numbers(conn, self.people.present(conn, int(entry.facts["into"])))
        entries = self.record.about(conn, numbers, _SAID)
        return [
            Heard(
                said.index,
                said.subject or 0,
                _still(said, entry.at),
                bool(said.facts.get("proven")),
                said.facts if said.kind in _SIGNALS else None,
            )
            for said in entries
            if said.index < entry.index
        ]

    def _told_while_linked(self, conn: Connection, partner: Partner, entry: Entry) -> list[Tell]:
        """Return what a partner was told in the name of two people while they were taken for one."""
        link = self.record.get(conn, entry.facts["link"])
        if link is None:
            return []
        between = _d.c.entry_index.between(link.index, entry.index)
        mine = sa.and_(_d.c.partner == partner.id, _d.c.subject == int(link.facts["into"]), between)
        return [
            Tell.from_json(kept)
            for what in conn.execute(sa.select(_d.c.tells).where(mine)).scalars()
            for kept in what
        ]

    def _about(self, conn: Connection, entry: Entry) -> int:
        """Return whom the partners must be told about: the person of the entry, or the one who was taken for that person."""
        link = self.record.get(conn, entry.facts["link"]) if entry.kind == "people.unlinked" else None
        return int(link.facts["from"]) if link is not None else int(entry.subject or 0)

    # -- how each partner stands -------------------------------------------------------------------------------------

    def state(self, conn: Connection, now: datetime) -> list[PartnerState]:
        """Return how it stands with each partner of the book, and with any other that something is still open for."""
        book = self._book(conn)
        counts = _counts(conn)
        answers = {row.partner: row for row in conn.execute(sa.select(_a))}
        in_book = [partner.id for partner in book.partners] if book else []
        left = sorted(partner for partner, of in counts.items() if partner not in in_book and _open_of(of))
        names = [*in_book, *left]
        return [self._state_of(book, name, counts.get(name, {}), answers.get(name), now) for name in names]

    def _state_of(
        self, book: Book | None, partner: str, counts: dict[State, Any], answering: Any, now: datetime
    ) -> PartnerState:
        declared = book.partner(partner) if book else None
        oldest = min((counts[state].oldest for state in ("waiting", "told") if state in counts), default=None)
        paused = answering.paused_until if answering is not None else None
        return PartnerState(
            partner=partner,
            name=declared.name.words if declared else Text(partner, partner),
            by_hand=declared is not None and declared.feed.webhook is None,
            counts={state: int(counts[state].number) if state in counts else 0 for state in model.STATES},
            confirmed_at=counts["confirmed"].confirmed if "confirmed" in counts else None,
            oldest_open_at=min(
                (counts[state].oldest for state in model.OPEN if state in counts), default=None
            ),
            paused_until=paused if paused is not None and paused > now else None,
            failing_since=answering.failing_since if answering is not None else None,
            why=model.why(answering.last_error) if answering is not None and answering.failures else None,
            late=oldest is not None and now - oldest >= model.LATE,
        )

    def tell_now(self, store: Store) -> None:
        """Tell partners what is due now, in this process; what another worker is telling just now, and who is paused, is left."""
        from aboveboard.partners.courier import Courier  # it stands on this module

        Courier(store, self, f"now:{secrets.token_hex(4)}", 5.0, quiet=True).at_once()

    # -- by hand -----------------------------------------------------------------------------------------------------

    def done_by_hand(self, tx: Tx, partner: str, entry_id: str, by: str) -> Stamp:
        """Say that the clerk `by` told a partner of a choice; raises `PartnerError` (`not_by_hand`) if that was not open."""
        claim = (
            sa.update(_d)
            .where(_d.c.partner == partner, _d.c.entry_id == entry_id, _d.c.state.in_(("by_hand", "failed")))
            .values(state="told", told_at=tx.now, attempts=_d.c.attempts + 1, last_error=None)
            .returning(_d.c.subject, _d.c.message)
        )
        row = tx.conn.execute(claim).first()
        if row is None:
            raise PartnerError(
                "not_by_hand", model.NOT_BY_HAND.filled(partner=_name(self._book(tx.conn), partner))
            )
        facts = {"partner": partner, "entry": entry_id, "message": row.message}
        stamp = self.record.append(tx, "partner.told", subject=row.subject, facts=facts)
        self.duties.done_with(tx, BY_HAND, row.message, by, stamp)
        return stamp

    def finish(self, tx: Tx, duty: Duty, by: str, note: str = "") -> Stamp:
        """Do any duty that the desk shows: telling by hand also moves the delivery, every other is just done."""
        if duty.kind == BY_HAND and duty.partner and duty.entry_id:
            return self.done_by_hand(tx, duty.partner, duty.entry_id, by)
        return self.duties.done(tx, duty.id, by, note)

    # -- for the follower and the courier ----------------------------------------------------------------------------

    def enter(self, tx: Tx, book: Book, entry: Entry) -> int:
        """Make the deliveries of an entry (once, however often it is called); return how many are new."""
        found = self.concerned(tx.conn, book, entry)
        known = set(tx.conn.execute(sa.select(_d.c.partner).where(_d.c.entry_id == entry.id)).scalars())
        new = [(partner, what) for partner, what in found if partner.id not in known]
        if not new:
            return 0
        subject = self._about(tx.conn, entry)
        tx.conn.execute(
            sa.insert(_d), [self._row(partner, what, entry, subject, tx.now) for partner, what in new]
        )
        for partner, _ in new:
            if partner.feed.webhook is None:
                self.open_by_hand(tx, partner, entry, subject)
        return len(new)

    def _row(
        self, partner: Partner, what: Iterable[Tell], entry: Entry, subject: int, now: datetime
    ) -> dict[str, Any]:
        return {
            "partner": partner.id,
            "entry_id": entry.id,
            "entry_index": entry.index,
            "at": entry.at,
            "subject": subject,
            "message": message_id(self.record.keys, partner.id, entry.id),
            "tells": [tell.as_json() for tell in what],
            "state": _first_state(partner),
            "next_try_at": now,
        }

    def open_by_hand(self, tx: Tx, partner: Partner, entry: Entry, subject: int | None) -> None:
        """Open the duty of telling a partner of an entry by hand; its days count from when the customer told us."""
        how = (
            partner.feed.by_hand.words
            if partner.feed.by_hand
            else Text("by e-mail, phone or letter", "通过邮件、电话或信件")
        )
        self.duties.open(
            tx,
            kind=BY_HAND,
            key=message_id(self.record.keys, partner.id, entry.id),
            due_at=_since(entry) + timedelta(days=partner.feed.within_days),
            what=_TELL.filled(partner=partner.name.words, how=how),
            why=_TELL_WHY.filled(partner=partner.name.words, days=partner.feed.within_days),
            partner=partner.id,
            entry_id=entry.id,
            subject=subject,
            again=True,  # it ended by itself while a new book told the partner by message
        )

    def _book(self, conn: Connection) -> Book | None:
        edition = self.editions.current(conn)
        return edition.book if edition else None


_TELL = Text(
    "Tell {partner} about a customer's choice. How: {how}", "把一位客户的选择告诉{partner}。办法：{how}"
)
_TELL_WHY = Text(
    "{partner} takes no messages from us, so a person tells them, within {days} days.",
    "{partner}不收系统消息，要由人来通知，{days} 天之内办好。",
)


def local_day(book: Book, at: datetime) -> date:
    """Return the business's local day of an instant."""
    return at.astimezone(ZoneInfo(book.business.timezone)).date()


def _since(entry: Entry) -> datetime:
    """Return the instant from which the deadlines of an entry count: when the customer told us, which may be before it."""
    return told_at(entry.facts) or entry.at


def _still(entry: Entry, at: datetime) -> tuple[Decision, ...]:
    """Return the decisions of an entry that have not ended by `at`."""
    decisions = (Decision.from_facts(facts) for facts in entry.facts.get("decisions", ()))
    return tuple(one for one in decisions if one.until is None or one.until > at)


def _first_state(partner: Partner) -> State:
    return "waiting" if partner.feed.webhook is not None else "by_hand"


def _name(book: Book | None, partner: str) -> Text:
    declared = book.partner(partner) if book else None
    return declared.name.words if declared else Text(partner, partner)


def _told(row: Any, name: Text) -> Told:
    what = tuple(Tell.from_json(kept) for kept in row.tells)
    reason = model.why(row.last_error) if row.state != "confirmed" else None
    return Told(row.partner, name, row.state, what, row.told_at, row.confirmed_at, row.attempts, reason)


def _counts(conn: Connection) -> dict[str, dict[State, Any]]:
    query = sa.select(
        _d.c.partner,
        _d.c.state,
        sa.func.count().label("number"),
        sa.func.min(_d.c.at).label("oldest"),
        sa.func.max(_d.c.confirmed_at).label("confirmed"),
    ).group_by(_d.c.partner, _d.c.state)
    found: dict[str, dict[State, Any]] = {}
    for row in conn.execute(query):
        found.setdefault(row.partner, {})[row.state] = row
    return found


def _open_of(counts: dict[State, Any]) -> bool:
    return any(state in counts for state in model.OPEN)
