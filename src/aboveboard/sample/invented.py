"""Two thousand customers who do not exist, and a year of their visits: the same on every machine.

Names are made of common first and family names, English and Chinese; addresses end in example.org or example.com, phones in
555-01xx, which nobody has. People come as patients come: a few visits in a row, a week or so apart, on weekdays, with a quiet
turn of the year and a busy autumn; some come for months. A clerk typed the lists, so some cells are written carelessly, and a
few rows at the end of the visits are no visits at all: the import has something to mend and to set aside.

Only `Random.random` is used: its numbers for a seed are the same in every version of Python, which those of `choice` are not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Literal, TypeVar

T = TypeVar("T")

CUSTOMERS = 2_000
FIRST_DAY, LAST_DAY = date(2025, 11, 24), date(2026, 11, 20)
_SEED = 20_261_123

_FIRST = """ada alma ana ben bo carla cleo dan dora ed ella finn flora gus hana hugo ida ines ivan jo june kai kim lara leo lia
lou mara max mia nell nico nora omar otto paul pia rosa ruth sam sara theo tom una vera wim xena yara zoe ming fang wei li jing
lei yan hua jun qing xin yu tao mei lan bin"""
_FAMILY = """adams baker brooks castro cruz diaz ellis evans flores foster garcia gray hall hayes hill kelly khan lopez mason
morales nelson ortiz owens parker patel perez quinn ramos reed reyes rossi silva singh stone torres turner vargas ward wells
young wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo"""
#: Californian area codes; with 555-01xx, each has a hundred numbers that are kept for stories.
_AREAS = "209 213 310 323 408 415 424 442 510 530 559 562 619 626 628 650 657 661 707 714 747 760 805 818 831"
#: How busy a month is, January first.
_BUSY = (0.55, 0.9, 1.0, 1.1, 1.05, 0.95, 0.7, 0.75, 1.15, 1.25, 1.2, 0.8)
#: What one pays: mostly the standard treatment, sometimes the basic or the extended one.
_PAID = ("90.00",) * 6 + ("64.00",) * 3 + ("118.00",)


@dataclass(frozen=True, slots=True)
class Invented:
    """One customer as the clinic's list has her; empty cells are what it does not know."""

    number: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Saying:
    """What one of them said: a yes or no (`allow`, `deny`) to a purpose of the sample book, for one partner or for all."""

    number: str
    channel: str
    decision: Literal["allow", "deny"]
    purpose: str
    recipient: str | None = None


#: Three to try the pages as; the others are made by the dice. She has come 14 times and allows personal prices; she has come
#: 23 times and never said anything; he has said no to everything.
ANN = Invented("RP-00001", "ann.lee@example.org", "+1 408 555 0143")
FANG = Invented("RP-00002", "wang.fang@example.org", "+1 408 555 0188")
BEN = Invented("RP-00003", "ben.ortiz@example.com", "+1 510 555 0107")
_KNOWN_VISITS = {ANN.number: 14, FANG.number: 23, BEN.number: 6}


class _Dice:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - invented people, not secrets

    def below(self, end: int) -> int:
        return int(self._random.random() * end)

    def of(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]

    def chance(self, share: float) -> bool:
        return self._random.random() < share


def customers() -> list[Invented]:
    """Return all of them, by number."""
    dice = _Dice(_SEED)
    phones = [f"{area} 555 01{number:02d}" for area in _AREAS.split() for number in range(100)]
    taken = {ANN.phone[3:], FANG.phone[3:], BEN.phone[3:]}
    free = [phone for phone in phones if phone not in taken]
    first, family = _FIRST.split(), _FAMILY.split()
    found = [ANN, FANG, BEN]
    for number in range(len(found) + 1, CUSTOMERS + 1):
        name = f"{dice.of(first)}.{dice.of(family)}"
        email = f"{name}{number}@example.{'org' if dice.chance(0.6) else 'com'}"
        phone = free.pop(dice.below(len(free)))
        kind = dice.below(20)  # 16 have both, 2 only a phone, 2 only a mailbox
        found.append(
            Invented(
                f"RP-{number:05d}",
                "" if kind in (0, 1) else email.upper() if dice.chance(0.02) else email,
                "" if kind in (2, 3) else _written(phone, dice),
            )
        )
    return found


def _written(phone: str, dice: _Dice) -> str:
    """Write a number as people at a desk do."""
    area, middle, last = phone.split()
    if dice.chance(0.8):
        return f"+1{area}{middle}{last}"
    forms = (f"+1 {phone}", f"({area}) {middle}-{last}", f"{area}-{middle}-{last}", f"{area}.{middle}.{last}")
    return dice.of(forms)


def visits() -> list[tuple[str, date, str]]:
    """Return every visit (number, day, paid), by day; a year of them."""
    dice = _Dice(_SEED + 1)
    found: list[tuple[str, date, str]] = []
    for number in range(1, CUSTOMERS + 1):
        name = f"RP-{number:05d}"
        known = _KNOWN_VISITS.get(name)
        # Those whom the pages are tried as came until a few weeks ago.
        days = _days(known, dice, LAST_DAY - timedelta(known * 9)) if known else _days_of_somebody(dice)
        found += [(name, day, dice.of(_PAID)) for day in days]
    return sorted(found, key=lambda visit: (visit[1], visit[0]))


def _days_of_somebody(dice: _Dice) -> list[date]:
    """Return the days of someone whose visits may have begun before the year, or go on after it."""
    span = (LAST_DAY - FIRST_DAY).days
    while True:
        first = FIRST_DAY + timedelta(dice.below(span + 60) - 60)
        if dice.chance(_BUSY[first.month - 1] / max(_BUSY)):
            days = [day for day in _days(_how_often(dice), dice, first) if FIRST_DAY <= day <= LAST_DAY]
            if days:
                return days


def _how_often(dice: _Dice) -> int:
    """Return how often someone comes: one to three times, or a course of up to a dozen, or for months."""
    kind = dice.below(100)
    if kind < 45:
        return 1 + dice.below(3)
    return 4 + dice.below(9) if kind < 92 else 13 + dice.below(18)


def _days(count: int, dice: _Dice, day: date) -> list[date]:
    """Return `count` days on which the clinic is open, a week or so apart, from `day` on."""
    days = []
    for _ in range(count):
        days.append(_open(day))
        day = days[-1] + timedelta(6 + dice.below(3))
    return days


def _open(day: date) -> date:
    """Return the day, or the next one on which the clinic is open."""
    while day.weekday() >= 5 or (day.month, day.day) in ((12, 24), (12, 25), (12, 31), (1, 1), (7, 4)):
        day += timedelta(1)
    return day


def sayings() -> list[Saying]:
    """Return what about one in seven has told the desk so far."""
    dice = _Dice(_SEED + 2)
    found = [
        Saying(ANN.number, "counter", "allow", "personal_prices"),
        Saying(BEN.number, "phone", "deny", "all"),
    ]
    for number in range(4, CUSTOMERS + 1):
        kind, channel = dice.below(100), dice.of(("counter", "phone", "letter"))
        name = f"RP-{number:05d}"
        if kind < 1:
            found.append(Saying(name, channel, "deny", "all"))
        elif kind < 6:
            found.append(Saying(name, channel, "deny", "share_review_site", "review_site"))
        elif kind < 11:
            found.append(Saying(name, channel, "deny", "marketing_email"))
        elif kind < 15:
            found.append(Saying(name, channel, "allow", "personal_prices"))
    return found


def write(folder: Path) -> tuple[Path, Path]:
    """Write both lists as the clinic's own software would, and return the files: customers, visits."""
    people, came = folder / "invented-customers.csv", folder / "invented-visits.csv"
    _write(
        people,
        ("Patient no.", "E-mail", "Phone"),
        ((one.number, one.email, one.phone) for one in customers()),
    )
    rows = [(number, day.isoformat(), paid) for number, day, paid in visits()]
    odd = [
        ("RP-00412", "2026-11-19", "-90.00"),
        ("RP-00977", "2026-11-19", "-64.00"),
        ("", "2026-11-20", "90.00"),
        ("RP-01230", "2026-11-31", "90.00"),
        ("Total", "", f"{len(rows)} visits"),
    ]
    _write(came, ("Patient no.", "Visit date", "Paid"), [*rows, *odd])
    return people, came


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
