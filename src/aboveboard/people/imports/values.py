"""Days and amounts as people write them, learnt from the whole file where one cell cannot tell.

`3/4/2024` is the third of April or the fourth of March. If another row of the file says `25/4/2024`, the day comes first
everywhere; if rows say both, or none says anything, such rows are set aside rather than guessed. In the same way a column with
`12,50` in it uses the comma for decimals, and then `1.234` is one thousand two hundred and thirty-four.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from aboveboard.money import LARGEST, exponent
from aboveboard.people.imports.model import ImportFileError, SetAside
from aboveboard.words.months import MONTHS

# -- days ------------------------------------------------------------------------------------------------------------

_TIME = r"(?:[T,\s]*\d{1,2}[:.时]\d{2}.*)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:[T\s]?\d{4}(?:\d\d)?)?")
_CHINESE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?" + _TIME)
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})" + _TIME)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})" + _TIME)
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?[\s,-]+(\d{4})" + _TIME, re.IGNORECASE)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})" + _TIME, re.IGNORECASE)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}" + _TIME)
_MONTHS = tuple(month.lower() for month in MONTHS)

#: No firm's list goes back further; an older day is a slip.
_FIRST_YEAR = 1900
_KEEP = 50_000


def plain(cell: str) -> str:
    """Return a cell without space around it and with full-width digits made plain."""
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def check_form(form: str) -> None:
    """Raise `ImportFileError` unless `form` (as `strptime` takes it) says a day."""
    day = date(2024, 3, 25)
    try:
        good = datetime.strptime(day.strftime(form), form).date() == day  # noqa: DTZ007 - a day, no instant
    except ValueError:
        good = False
    if not good:
        raise ImportFileError("date_format", form=form)


class Days:
    """Reads days. Show it every cell first (`look`), then ask (`read`). `form` is the book's `date_format`, if it has one."""

    def __init__(self, today: date, form: str | None = None) -> None:
        if form is not None:
            check_form(form)
        self._today = today
        self._form = form
        self._orders: set[str] = set()
        self._known: dict[str, date | str] = {}
        self._needed = False

    @property
    def learnt(self) -> str | None:
        """`day_first` or `month_first` if the file showed one of them and only one, and a cell depended on it."""
        return next(iter(self._orders)) if self._needed and len(self._orders) == 1 else None

    def look(self, cell: str) -> None:
        """Learn from a cell which of day and month comes first."""
        found = _YEAR_LAST.fullmatch(cell.strip()) if self._form is None and len(cell) < 40 else None
        if found:
            first, second = int(found[1]), int(found[3])
            if first > 12 >= second:
                self._orders.add("day_first")
            elif second > 12 >= first:
                self._orders.add("month_first")
            elif first != second:
                self._needed = True

    def read(self, cell: str) -> date:
        """Return the day as it is written (no time zone moves it); raises `SetAside`."""
        found = self._known.get(cell)
        if found is None:
            if len(self._known) > _KEEP:
                self._known.clear()
            found = self._known[cell] = self._judged(plain(cell))
        if isinstance(found, str):
            raise SetAside(found)
        return found

    def _judged(self, text: str) -> date | str:
        if not text:
            return "date_missing"
        try:
            day = self._by_form(text) if self._form is not None else self._by_look(text)
        except (ValueError, OverflowError):
            return "date_unreadable"
        if isinstance(day, date) and day.year < _FIRST_YEAR:
            return "date_too_early"
        return "date_future" if isinstance(day, date) and day > self._today else day

    def _by_form(self, text: str) -> date:
        return datetime.strptime(text, str(self._form)).date()  # noqa: DTZ007 - the day as it is written

    def _by_look(self, text: str) -> date | str:
        if len(text) > 40:
            return "date_unreadable"
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := _COMPACT.fullmatch(text) or _CHINESE.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DOTTED.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _YEAR_LAST.fullmatch(text):
            return self._year_last(int(found[1]), int(found[3]), int(found[4]))
        if found := _DAY_NAME.fullmatch(text):
            return date(int(found[3]), _month(found[2]), int(found[1]))
        if found := _NAME_DAY.fullmatch(text):
            return date(int(found[3]), _month(found[1]), int(found[2]))
        return "date_two_digit_year" if _SHORT_YEAR.fullmatch(text) else "date_unreadable"

    def _year_last(self, first: int, second: int, year: int) -> date | str:
        if first == second or (second <= 12) is not (first <= 12):
            return date(year, *((second, first) if first > 12 else (first, second)))
        if len(self._orders) != 1:
            return "date_ambiguous" if first <= 12 and second <= 12 else "date_unreadable"
        return date(year, *((second, first) if "day_first" in self._orders else (first, second)))


def _month(name: str) -> int:
    """Return the month that an English name, or its first letters, means; raises `ValueError`."""
    start = "sep" if name.lower() == "sept" else name.lower()
    for number, month in enumerate(_MONTHS, 1):
        if month.startswith(start):
            return number
    raise ValueError(f"{name} is no month")


def is_day(cell: str) -> bool:
    """Return whether a cell looks like a day, in whatever order."""
    found = Days(date.max)._judged(plain(cell)) if 6 <= len(cell.strip()) <= 40 else ""
    return isinstance(found, date) or found == "date_ambiguous"


# -- amounts ---------------------------------------------------------------------------------------------------------

_NOTHING = frozenset({"", "-", "--", "\u2014", "n/a", "na", "null", "none", "nan", "nil", "无", "空"})
_AMOUNT = re.compile(
    r"(?P<before>[-\u2212+(])?\s*(?P<sign>[a-z]{0,3}[$€£¥]|[a-z]{3})?\s*(?P<inner>[-\u2212])?\s*"
    r"(?P<number>\d[\d.,'\u2019\s]*|[.,]\d+)\s*(?P<unit>[$€£¥元]|[a-z]{3})?\s*(?P<after>[-\u2212)])?",
    re.IGNORECASE | re.ASCII,
)
#: A number that is too long to be read at all.
_ENDLESS = re.compile(r"[-+]?\d{30}\d*([.,]\d*)?", re.ASCII)
_DOLLARS = "USD AUD CAD HKD MXN NZD SGD TWD"
_SIGNS = {
    "$": _DOLLARS,
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "HK$": "HKD",
    "S$": "SGD",
    "NZ$": "NZD",
    "NT$": "TWD",
    "¥": "CNY JPY",
    "CN¥": "CNY",
    "JP¥": "JPY",
    "RMB": "CNY",
    "元": "CNY TWD HKD SGD",
    "€": "EUR",
    "£": "GBP",
}  # fmt: skip
#: Thousands, or lakhs and crores: groups of two or three after the same mark, the last one of three.
_GROUPED = re.compile(r"\d{1,3}([., ])(?:\d{2,3}\1)*\d{3}|\d+")
_FRACTION = re.compile(r"[.,]\d{1,2}\D*")


class Amounts:
    """Reads amounts of one currency. Show it every cell first (`look`), then ask (`read`)."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self._places = exponent(currency)
        self._marks: set[str] = set()

    def look(self, cell: str) -> None:
        """Learn from a cell which mark stands before the decimals."""
        found = re.search(r"[.,](?=\d{1,2}\D*$)", cell) if len(cell) < 40 else None
        if found:
            self._marks.add(found[0])

    def read(self, cell: str) -> tuple[int | None, bool]:
        """Return (minor units or None if the cell is empty, whether it had to be rounded); raises `SetAside`."""
        text = plain(cell)
        if text.casefold() in _NOTHING:
            return None, False
        found = _AMOUNT.fullmatch(text) if len(text) < 60 else None
        if found is None:
            raise SetAside("amount_too_large" if _ENDLESS.fullmatch(text) else "amount_unreadable")
        self._check_currency(found["sign"], found["unit"])
        value = self._number(re.sub(r"[\s\u2019']+", " ", found["number"]).strip()).scaleb(self._places)
        if value > LARGEST:
            raise SetAside("amount_too_large")
        negative = (
            found["before"] in ("-", "\u2212", "(") or found["inner"] or found["after"] in ("-", "\u2212")
        )
        if negative and value:
            raise SetAside("refund")
        whole = value.quantize(Decimal(1), ROUND_HALF_UP)
        return int(whole), whole != value

    def _check_currency(self, *signs: str | None) -> None:
        for sign in signs:
            if sign and self.currency not in _SIGNS.get(sign.upper(), sign.upper()).split():
                raise SetAside("amount_currency")

    def _number(self, text: str) -> Decimal:
        """Return the number; a single mark before three digits parts thousands unless the file uses it for decimals."""
        head, mark, tail = text, "", ""
        last = max(text.rfind("."), text.rfind(","))
        if last >= 0 and self._is_decimal(text, last):
            head, mark, tail = text[:last], text[last], text[last + 1 :]
        if (head and not _GROUPED.fullmatch(head)) or (mark and (not tail.isdecimal() or mark in head)):
            raise SetAside("amount_unreadable")
        return Decimal(f"{re.sub(r'[^0-9]', '', head) or 0}.{tail or 0}")

    def _is_decimal(self, text: str, last: int) -> bool:
        mark, after = text[last], len(text) - last - 1
        if text.count(mark) > 1:
            return False
        if after != 3 or any(other in text for other in ".," if other != mark):
            return True
        return text[:last] in ("", "0") or self._places == 3 or self._marks == {mark}


def is_amount(cell: str) -> bool:
    """Return whether a cell looks like money: a number with decimals, or with a sign of currency."""
    text = plain(cell)
    found = _AMOUNT.fullmatch(text) if 0 < len(text) < 40 else None
    return bool(found and (found["sign"] or found["unit"] or _FRACTION.search(found["number"])))
