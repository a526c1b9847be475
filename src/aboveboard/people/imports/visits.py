"""Visits: every row says who came, on which day, and perhaps for how much.

A refund is no visit, and a day that has not come is none yet: both are set aside. The time of day is not kept, and neither is
anything else in the file. A row is named by its content, counted among equal ones: two purchases of one person on one
day for the same amount are two visits, and the same two when the file is read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aboveboard.book.model import Book, ImportMapping
from aboveboard.people.imports.columns import WHO, Layout, Who
from aboveboard.people.imports.customers import mends_of
from aboveboard.people.imports.model import SAYS, SetAside
from aboveboard.people.imports.report import Ending, ended, stays_erased
from aboveboard.people.imports.values import Amounts, Days
from aboveboard.people.model import Identity, IdentityError, normalise
from aboveboard.people.service import People, Visit
from aboveboard.store import Tx
from aboveboard.words import Text

_KEEP = 200_000


@dataclass(frozen=True, slots=True)
class Came:
    """One row that can be taken."""

    line: int
    who: Identity
    visit: Visit
    mends: tuple[str, ...]


class VisitRows:
    """Reads the rows of a file of visits. Show it every row first (`look`), then ask (`read`)."""

    def __init__(self, layout: Layout, book: Book, mapping: ImportMapping | None, today: date) -> None:
        self._country = book.business.place[:2]
        self.days = Days(today, mapping.date_format if mapping else None)
        self._amounts = Amounts(book.business.currency)
        self._kind: Who = next(kind for kind in WHO if kind in layout.roles)
        [self._who] = layout.roles[self._kind][:1]
        [self._date] = layout.roles["date"]
        self._amount = layout.roles["amount"][0] if "amount" in layout.roles else None
        self._equal: Counter[str] = Counter()
        self._known: dict[str, tuple[Identity, tuple[str, ...]] | str] = {}
        self.span: tuple[date, date] | None = None

    def look(self, cells: Sequence[str]) -> None:
        """Learn how this file writes days and amounts."""
        self.days.look(cells[self._date])
        if self._amount is not None:
            self._amounts.look(cells[self._amount])

    def learnt(self) -> list[Text]:
        """Return what the look at all rows decided."""
        return [SAYS.text(f"assumed.{self.days.learnt}")] if self.days.learnt else []

    def read(self, line: int, cells: Sequence[str]) -> Came:
        """Return the row's visit; raises `SetAside`."""
        who, mends = self._person(cells[self._who])
        day = self.days.read(cells[self._date])
        amount, rounded = (
            self._amounts.read(cells[self._amount]) if self._amount is not None else (None, False)
        )
        self.span = (min(day, self.span[0]), max(day, self.span[1])) if self.span else (day, day)
        content = f"{who.kind}\0{who.value}\0{day.isoformat()}\0{'' if amount is None else amount}"
        self._equal[content] += 1
        visit = Visit(day, amount, f"{content}\0{self._equal[content]}")
        return Came(line, who, visit, (*mends, "amount_rounded") if rounded else mends)

    def save(self, people: People, tx: Tx, batch: Sequence[Came]) -> tuple[list[Ending], int]:
        """Write a batch, with the people whom nobody knew; return how each row ended and how many people are new."""
        people.alone(tx)
        erased = people.suppressed(tx.conn, {row.who for row in batch})
        gone = [stays_erased(row.line) for row in batch if row.who in erased]
        batch = [row for row in batch if row.who not in erased]
        who = list(dict.fromkeys(row.who for row in batch))
        known = people.find_many(tx.conn, who)
        strangers = [identity for identity in who if identity not in known]
        known.update(zip(strangers, people.enrol(tx, [[identity] for identity in strangers]), strict=True))
        new = people.new_visits(tx, [(known[row.who], row.visit) for row in batch])
        endings = [ended(row.line, row.mends, is_new) for row, is_new in zip(batch, new, strict=True)]
        return endings + gone, len(strangers)

    def _person(self, cell: str) -> tuple[Identity, tuple[str, ...]]:
        found = self._known.get(cell)
        if found is None:
            if len(self._known) > _KEEP:
                self._known.clear()
            found = self._known[cell] = self._identity(cell)
        if isinstance(found, str):
            raise SetAside(found)
        return found

    def _identity(self, cell: str) -> tuple[Identity, tuple[str, ...]] | str:
        if not cell.strip():
            return "nobody"
        try:
            identity = normalise(self._kind, cell, self._country)
        except IdentityError as error:
            return error.code
        return identity, tuple(mends_of(self._kind, cell, identity))
