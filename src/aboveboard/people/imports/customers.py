"""Customers: every row names one person, by customer number, e-mail and phone.

Identities in one row are one person's. If one of them is known already, the person is; so somebody who said no by e-mail, before
we knew who that was, has said no under the customer number too. If two known people meet in one row, they are linked, and a
no of either counts for both. Whoever was erased stays erased.

Where a person lives may stand in the list too (`country`, `state`). It is saved with the list as its source, beside what others
said; a word that is no place is left out, and the person is taken all the same. Of one person with two states only the country is
known.

A mailbox or phone that several customer numbers share makes them one household: nobody could say otherwise whose no it was.
But what more than `MOST_TOGETHER` share belongs to a clerk who had to type something: it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aboveboard.people.imports.columns import WHO, Layout, Who
from aboveboard.people.imports.model import SetAside
from aboveboard.people.imports.report import Ending, ended, stays_erased
from aboveboard.people.model import Identity, IdentityError, normalise
from aboveboard.people.places import UnknownPlaceError, read_place
from aboveboard.people.service import People
from aboveboard.store import Tx
from aboveboard.words import Text

MOST_TOGETHER = 5


@dataclass(frozen=True, slots=True)
class Customer:
    """One row that can be taken: who it is, what was mended on the way, and where they live if the list says it."""

    line: int
    identities: tuple[Identity, ...]
    mends: tuple[str, ...]
    place: str | None = None


class CustomerRows:
    """Reads the rows of a file of customers. Show it every row first (`look`), then ask (`read`)."""

    def __init__(self, layout: Layout, country: str) -> None:
        self._country = country
        self._columns = [(kind, place) for kind in WHO for place in layout.roles.get(kind, ())]
        self._lives = tuple(next(iter(layout.roles.get(role, ())), None) for role in ("country", "state"))
        self._used_by: dict[tuple[Who, str], str | set[str]] = {}

    def look(self, cells: Sequence[str]) -> None:
        """Learn who shares a mailbox or a phone with whom."""
        (_, first), *others = self._columns
        whose = cells[first].strip().casefold()
        for kind, place in others if whose else ():
            cell = cells[place].strip().casefold()
            known = self._used_by.setdefault((kind, cell), whose) if cell else whose
            if isinstance(known, set):
                known.add(whose)
            elif known != whose:
                self._used_by[kind, cell] = {known, whose}

    def read(self, line: int, cells: Sequence[str]) -> Customer:
        """Return the row's person; raises `SetAside`."""
        identities: list[Identity] = []
        mends: list[str] = []
        faults: list[str] = []
        for kind, place in self._columns:
            cell = cells[place].strip()
            if not cell:
                continue
            try:
                identity = normalise(kind, cell, self._country)
            except IdentityError as error:
                faults.append(error.code)
                continue
            if self._shared_by_many(kind, cell):
                mends.append("shared_by_many")
                continue
            identities.append(identity)
            mends += mends_of(kind, cells[place], identity)
        if not identities:
            raise SetAside(faults[0] if faults else "shared_by_many" if mends else "nobody")
        mends += [code.replace("_invalid", "_left_out") for code in faults]
        lives = self._place(cells, mends)
        return Customer(line, tuple(dict.fromkeys(identities)), tuple(dict.fromkeys(mends)), lives)

    def _place(self, cells: Sequence[str], mends: list[str]) -> str | None:
        country, state = (cells[at] if at is not None and at < len(cells) else "" for at in self._lives)
        try:
            return read_place(country, state, self._country)
        except UnknownPlaceError as error:
            mends.append(error.code)
            return error.rest

    def learnt(self) -> list[Text]:
        """Return what the look at all rows decided: nothing that needs saying."""
        return []

    def save(self, people: People, tx: Tx, batch: Sequence[Customer]) -> tuple[list[Ending], int]:
        """Write a batch; return how each of its rows ended and how many people are new."""
        joining = Joining(people, tx, batch)
        endings = [joining.add(row) for row in batch]
        new = joining.finish()
        return _settle(people, tx, batch, endings), new

    def _shared_by_many(self, kind: Who, cell: str) -> bool:
        whose = self._used_by.get((kind, cell.casefold()))
        return isinstance(whose, set) and len(whose) > MOST_TOGETHER


def _settle(people: People, tx: Tx, batch: Sequence[Customer], endings: list[Ending]) -> list[Ending]:
    """Save where the people of a batch live; a row that told nothing else new is taken for that."""
    placed = [row for row in batch if row.place is not None]
    known = people.find_many(tx.conn, {row.identities[0] for row in placed})
    lives: dict[int, str] = {}
    rows: dict[int, int] = {}
    for row in placed:
        subject = known.get(row.identities[0])
        if subject is not None and row.place is not None:
            lives[subject] = _together(lives.get(subject, row.place), row.place)
            rows[row.line] = subject
    told = {subject for subject, place in lives.items() if people.place(tx, subject, place, "import")}
    mends = {row.line: row.mends for row in batch}
    return [
        ended(one.line, mends[one.line], True)
        if one.outcome == "already" and rows.get(one.line) in told
        else one
        for one in endings
    ]


def _together(one: str, other: str) -> str:
    """Return what two rows about one person leave of a place: the same, else the country; of two countries the later."""
    country = other.partition("-")[0]
    return other if one == other or one.partition("-")[0] != country else country


def mends_of(kind: Who, cell: str, identity: Identity) -> list[str]:
    """Return in which ways a cell was written differently from the identity it means."""
    bare = cell.strip()
    if bare == identity.value:
        return ["spaces"] if bare != cell else []
    if kind == "phone":
        return ["phone_form"] if bare.startswith(("+", "＋")) else ["phone_country"]
    return ["capitals"] if bare.casefold() == identity.value.casefold() else ["spelling"]


@dataclass(eq=False, slots=True)
class _Group:
    """A person in the making: a number if there is one already, identities still to be claimed, customer numbers so far."""

    subject: int | None
    numbers: int
    fresh: list[Identity] = field(default_factory=list)
    into: _Group | None = None

    def root(self) -> _Group:
        group = self
        while group.into is not None:
            group = group.into
        return group


class Joining:
    """Joins the identities of a batch of rows to people, with as few questions to the database as it can."""

    def __init__(self, people: People, tx: Tx, rows: Sequence[Customer]) -> None:
        self._people, self._tx = people, tx
        people.alone(tx)
        everyone = {identity for row in rows for identity in row.identities}
        known = people.find_many(tx.conn, everyone)
        numbers = people.customer_numbers(tx.conn, known.values())
        groups = {subject: _Group(subject, numbers.get(subject, 0)) for subject in set(known.values())}
        self._of = {identity: groups[subject] for identity, subject in known.items()}
        self._made: list[_Group] = list(groups.values())
        self._erased = set(people.suppressed(tx.conn, everyone))
        self._held: list[tuple[Identity, ...]] = []

    def add(self, row: Customer) -> Ending:
        """Take a row in and return how it ended: with news, without any, or set aside for somebody who was erased."""
        identities = [identity for identity in row.identities if identity not in self._erased]
        if len(identities) == len(row.identities):
            return ended(row.line, row.mends, *self._join(identities))
        if any(identity in self._of for identity in identities):
            new, notes = self._join(identities)
            return ended(row.line, row.mends, new, [*notes, "erased_left_out"])
        # Nothing in the row is of a living person: its other identities are held back with the erased ones (`People.enrol`).
        self._held.append(row.identities)
        self._erased.update(row.identities)
        return stays_erased(row.line)

    def _join(self, identities: Sequence[Identity]) -> tuple[bool, list[str]]:
        """Join identities to one person; return whether that is news, and what was done to do so."""
        first, *others = identities
        changed, notes = first not in self._of, list[str]()
        own = self._of[first].root() if first in self._of else self._begin(first)
        for identity in others:
            if identity not in self._of:
                self._claim(own, identity)
                changed = True
                continue
            other = self._of[identity].root()
            if other is own:
                continue
            if own.numbers and other.numbers:
                if own.numbers + other.numbers > MOST_TOGETHER:
                    notes.append("shared_by_many")
                    continue
                notes.append("joined")
            own, changed = self._merge(own, other, identity), True
        return changed, notes

    def finish(self) -> int:
        """Write what is new; return how many new people there are."""
        roots = [group for group in self._made if group.into is None and group.fresh]
        new = [group.fresh for group in roots if group.subject is None]
        self._people.enrol(self._tx, [*new, *self._held])
        self._people.adopt(
            self._tx,
            [
                (group.subject, identity)
                for group in roots
                if group.subject is not None
                for identity in group.fresh
            ],
        )
        return len(new)

    def _begin(self, identity: Identity) -> _Group:
        group = _Group(None, 0)
        self._made.append(group)
        self._claim(group, identity)
        return group

    def _claim(self, group: _Group, identity: Identity) -> None:
        group.fresh.append(identity)
        group.numbers += identity.kind == "customer"
        self._of[identity] = group

    def _merge(self, one: _Group, other: _Group, identity: Identity) -> _Group:
        """Make two people one; `identity` is one of `other`'s."""
        keep, gone = (other, one) if one.subject is None else (one, other)
        if keep.subject is not None and gone.subject is not None:
            keep.subject = self._people.link(self._tx, keep.subject, identity)
        keep.fresh += gone.fresh
        keep.numbers += gone.numbers
        gone.into, gone.fresh = keep, []
        return keep
