"""From rows of a file to observations of the book.

One row is one price compared with one tier of ours; rows that differ only in that tier are one observation. What the book
would refuse (a service that is not there, money that is not its own, a day to come) is set aside with its reason, and so is
what a competitor told: nothing here guesses. Names that come in one language only are used in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from msgspec import structs

from aboveboard import money
from aboveboard.book.model import (
    Book,
    Compared,
    ImportMapping,
    Learnt,
    MarketUnit,
    Observation,
    Service,
    Text,
)
from aboveboard.book.model.base import ID_FORM, PLACE_FORM
from aboveboard.people.imports.model import ImportFileError, SetAside
from aboveboard.people.imports.reading import Row
from aboveboard.people.imports.values import Amounts, Days, plain
from aboveboard.watch.columns import Role, columns
from aboveboard.watch.model import MarketFileError, MarketRowError

#: Signs that a cell of words may have, and rows that a file may have: a market of more is no market of one firm.
LONGEST = 300
MOST_ROWS = 2000

_YES = frozenset("yes y true 1 x included inside 是 有 含 对 公开".split())  # noqa: SIM905
_NO = frozenset("no n false 0 excluded 否 无 不含 没有 不".split())  # noqa: SIM905
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file gave: observations that are new to the book, how many rows each ending had, and why rows were set aside.

    `aside` holds (line, code) of each row that cannot be taken.
    """

    fresh: tuple[Observation, ...]
    rows: int
    already: int
    aside: tuple[tuple[int, str], ...]


def take(rows: Iterable[Row], book: Book, today: date) -> Taken:
    """Read all rows; raises `MarketFileError` for a table that cannot be read as a whole."""
    reader, counted = None, 0
    new: list[Observation] = []
    aside: list[tuple[int, str]] = []
    already = 0
    table = list(_bounded(rows))
    for row in table:
        if reader is None:
            if row.problem is None:
                reader = _Reader.of(row.cells, book, today, table)
            continue
        counted += 1
        try:
            read = reader.read(row)
        except MarketRowError as error:
            aside.append((row.line, error.code))
            continue
        there = book.market.observations
        if _known(read, there):
            already += 1
        elif read.id and any(each.id == read.id for each in there):
            aside.append((row.line, "id_taken"))
        else:
            _add(read, new)
    if reader is None:
        raise MarketFileError("empty")
    return Taken(tuple(_named(new, book)), counted, already, tuple(aside))


def _bounded(rows: Iterable[Row]) -> Iterable[Row]:
    for number, row in enumerate(rows):
        if number > MOST_ROWS:
            raise MarketFileError("too_many_rows", most=f"{MOST_ROWS:,}")
        yield row


@dataclass
class _Reader:
    book: Book
    today: date
    places: dict[Role, int]
    days: Days
    amounts: Amounts = field(init=False)

    def __post_init__(self) -> None:
        self.amounts = Amounts(self.book.business.currency)

    @classmethod
    def of(cls, header: list[str], book: Book, today: date, rows: list[Row]) -> _Reader:
        mapping = book.imports.market or ImportMapping()
        names = [cell.strip() for cell in header]
        try:
            days = Days(today, mapping.date_format)
        except ImportFileError as error:
            raise MarketFileError("no_table", why=error.text) from None
        reader = cls(book, today, columns(names, mapping), days)
        for row in rows:
            reader.days.look(reader.cell(row.cells, "seen"))
            reader.amounts.look(reader.cell(row.cells, "amount"))
        return reader

    def cell(self, cells: list[str], role: Role) -> str:
        place = self.places.get(role)
        return cells[place] if place is not None and place < len(cells) else ""

    def read(self, row: Row) -> Observation:
        """Return the row's observation, compared with one tier; raises `MarketRowError`."""
        if row.problem is not None:
            raise MarketRowError(row.problem)
        cells = row.cells
        service, tier = self._ours(cells)
        who = self._text(cells, "who")
        if who is None:
            raise MarketRowError("who_missing")
        all_in = self._switch(cells, "all_in")
        if all_in is None:
            raise MarketRowError("all_in_missing")
        source = self._words(cells, "source")
        unit = self._one_of(cells, "unit", get_args(MarketUnit), service.unit)
        compared = Compared(service=service.id, tier=tier, quantity=self._quantity(cells, "own_quantity"))
        on_top = None if all_in else self._amount(cells, "on_top")
        found: dict[str, Any] = {
            "id": self._id(cells),
            "who": who,
            "public": self._switch(cells, "public") or False,
            "described": self._text(cells, "described"),
            "amount": self._asked(cells),
            "currency": self._currency(cells),
            "all_in": all_in,
            "on_top": on_top,
            "quantity": self._quantity(cells, "quantity"),
            "unit": unit,
            "place": self._place(cells),
            "seen": self._day(cells),
            "learnt": self._learnt(cells, source),
            "source": source or _raise("source_missing"),
            "need": self._text(cells, "need"),
            "theirs_only": self._several(cells, "theirs_only"),
            "ours_only": self._several(cells, "ours_only"),
            "compared_with": [compared],
        }
        return Observation(**found)

    def _ours(self, cells: list[str]) -> tuple[Service, str]:
        written = self._words(cells, "service")
        name, _, part = written.partition("/")
        tier = self._words(cells, "tier") or part.strip()
        service = _found(name.strip(), self.book.services)
        if service is None:
            raise MarketRowError("service_unknown" if written else "service_missing")
        if not tier and len(service.tiers) == 1:
            return service, service.tiers[0].id
        found = _found(tier, service.tiers)
        if found is None:
            raise MarketRowError("tier_unknown" if tier else "tier_missing")
        return service, found.id

    def _asked(self, cells: list[str]) -> Decimal:
        amount = self._amount(cells, "amount")
        if amount is None or amount == 0:
            raise MarketRowError("amount_missing")
        return amount

    def _amount(self, cells: list[str], role: Role) -> Decimal | None:
        """Return an amount of the main unit; what is finer than a coin is no price."""
        try:
            minor, rounded = self.amounts.read(self.cell(cells, role))
        except SetAside as aside:
            raise MarketRowError("amount_negative" if aside.code == "refund" else aside.code) from None
        if rounded:
            raise MarketRowError("amount_unreadable")
        if minor is None:
            return None
        return Decimal(money.plain(minor, self.book.business.currency).replace(",", ""))

    def _currency(self, cells: list[str]) -> str:
        ours = self.book.business.currency
        written = plain(self.cell(cells, "currency")).upper()
        if written and written != ours:
            raise MarketRowError("amount_currency")
        return ours

    def _quantity(self, cells: list[str], role: Role) -> Decimal:
        text = plain(self.cell(cells, role))
        if not text:
            return Decimal(1)
        if re.fullmatch(r"0*[1-9]\d{9,}(\.\d+)?", text, re.ASCII):
            raise MarketRowError("quantity_too_large")
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII) or not Decimal(text):
            raise MarketRowError("quantity_unreadable")
        return Decimal(text)

    def _day(self, cells: list[str]) -> date:
        try:
            return self.days.read(self.cell(cells, "seen"))
        except SetAside as aside:
            raise MarketRowError(aside.code) from None

    def _place(self, cells: list[str]) -> str:
        written = plain(self.cell(cells, "place")).upper()
        if written and not re.fullmatch(PLACE_FORM, written):
            raise MarketRowError("place_unreadable")
        return written or self.book.business.place

    def _learnt(self, cells: list[str], source: str) -> str:
        found = self._one_of(cells, "learnt", get_args(Learnt), "website" if _is_address(source) else "")
        if found == "competitor":
            raise MarketRowError("from_rival")
        return found or _raise("learnt_missing")

    def _one_of(self, cells: list[str], role: Role, known: tuple[str, ...], otherwise: str) -> str:
        written = plain(self.cell(cells, role)).casefold().replace(" ", "_")
        if not written:
            return otherwise
        singular = written.removesuffix("s")
        found = next((one for one in (written, singular) if one in known), None)
        return found or _raise(f"{role}_unknown")

    def _switch(self, cells: list[str], role: Role) -> bool | None:
        written = plain(self.cell(cells, role)).casefold()
        if written in _YES:
            return True
        if written in _NO:
            return False
        if written:
            raise MarketRowError(f"{role}_unreadable")
        return None

    def _id(self, cells: list[str]) -> str:
        written = plain(self.cell(cells, "id"))
        if written and not re.fullmatch(ID_FORM, written):
            raise MarketRowError("id_unreadable")
        return written

    def _several(self, cells: list[str], role: Role) -> list[Text]:
        text = self._text(cells, role)
        return [] if text is None else [text]

    def _text(self, cells: list[str], role: Role) -> Text | None:
        """Return a text in both languages; the one that is not given is as the other."""
        en, zh = self._words(cells, role), self._words(cells, f"{role}_zh")  # type: ignore[arg-type]
        return Text(en=en or zh, zh=zh or en) if en or zh else None

    def _words(self, cells: list[str], role: Role) -> str:
        text = " ".join(_CONTROL.sub(" ", self.cell(cells, role)).split())
        if len(text) > LONGEST:
            raise MarketRowError("text_too_long")
        if "{" in text or "}" in text:
            raise MarketRowError("braces")
        return text


def _raise(code: str) -> Any:
    raise MarketRowError(code)


def _is_address(source: str) -> bool:
    return _ADDRESS.fullmatch(source) is not None


def _found(name: str, entries: Iterable[Any]) -> Any:
    """Return the entry that is called so: by its id, or by its name in either language."""
    wanted = name.casefold()
    entries = list(entries)
    exact = next((each for each in entries if each.id == name), None)
    named = (each for each in entries if wanted in (each.name.en.casefold(), each.name.zh.casefold()))
    return exact or (next(named, None) if wanted else None)


def _same(one: Observation, other: Observation) -> bool:
    """Return whether two observations are the same price, whatever they are called and compared with."""
    return structs.replace(one, id="", compared_with=[]) == structs.replace(other, id="", compared_with=[])


def _known(read: Observation, there: Iterable[Observation]) -> bool:
    return any(
        _same(read, each) and all(one in each.compared_with for one in read.compared_with) for each in there
    )


def _add(read: Observation, new: list[Observation]) -> None:
    """Add an observation, or its tier to the one that it is."""
    for place, each in enumerate(new):
        if _same(read, each) and read.id in ("", each.id):
            fresh = [one for one in read.compared_with if one not in each.compared_with]
            new[place] = structs.replace(each, compared_with=[*each.compared_with, *fresh])
            return
    new.append(read)


def _named(new: list[Observation], book: Book) -> Iterable[Observation]:
    """Give each an id that nobody has: its own, or one of the name and the day."""
    used = {each.id for each in book.market.observations}
    for each in new:
        base = each.id or f"{_slug(each.who.en)}_{each.seen:%Y%m%d}"
        name, number = base, 2
        while name in used:
            name, number = f"{base[:36]}_{number}", number + 1
        used.add(name)
        yield structs.replace(each, id=name)


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:24].strip("_")
    return slug if re.match(r"[a-z]", slug) else "seen"
