"""The questions that a book allows to be asked, and what is known about each before anyone is looked at.

A question is a purpose, alone (may the business itself?) or with one of its partners. Law, contract and default do not depend on
the person, so they are worked out once, and again each quarter of an hour: a contract ends and a law begins at midnight
somewhere, and midnights fall on quarter hours everywhere on earth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from aboveboard.book.legal import forbidden
from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.choices.gate.heeding import Key, counting, keys, touching
from aboveboard.choices.reasons import SENTENCES, Reason
from aboveboard.choices.signals.refusals import Refusals
from aboveboard.law.duties import reaches
from aboveboard.law.model import Rule as LawRule
from aboveboard.words import Text

Places = frozenset[str]
#: What stands for the place of people who may live anywhere.
ANYWHERE = "anywhere"

#: Seconds for which worked-out rules hold.
QUARTER = 900


@dataclass(frozen=True, slots=True)
class Rule:
    """All about one question that does not depend on the person. `closed` is the answer, if there is nothing more to ask.

    `default` and `heeds` (does a signal that touches this count?) hold for people of whom we know no place: by the business's
    own if they come to it, else the strictest. `touched` is what a signal may refuse to be a no to this.
    """

    purpose: Purpose
    partner: Partner | None
    closed: tuple[Reason, str, Text] | None
    default: bool
    place: str
    touched: Refusals
    heeds: bool
    laws: tuple[LawRule, ...]

    def default_at(self, places: Places) -> bool:
        """Return the default for someone whose places are said to be these; where sources disagree, the strictest holds."""
        return all(_default(self.purpose, place) == "allow" for place in places)

    def heeds_at(self, places: Places | None) -> bool:
        """Return whether a signal that touches this counts for someone whose places are said to be these (None: unknown)."""
        if places is None or self.purpose.gpc:
            return self.heeds
        return any(reaches(law, place) for law in self.laws for place in places)


def at_closest(said: Iterable[str]) -> Places:
    """Return where someone may live, by all who told us: a country falls away where another knows the part of it."""
    places = frozenset(said)
    return places - {place.partition("-")[0] for place in places if "-" in place}


def rules(book: Book, moment: datetime) -> dict[Key, Rule]:
    """Return what holds for each question at `moment`, by the calendar of the business."""
    today = moment.astimezone(ZoneInfo(book.business.timezone)).date()
    touched = touching(book)
    return {key: _rule(book, key, today, touched[key]) for key in keys(book)}


def _rule(book: Book, key: Key, today: date, touched: Refusals) -> Rule:
    purpose, partner = book.purpose(key[0]), book.partner(key[1]) if key[1] else None
    assert purpose is not None  # noqa: S101 - `keys` took it from the book; for the type checker
    place = book.business.place if book.business.customers == "here" else ANYWHERE
    laws = counting(book, purpose, partner, today)
    return Rule(
        purpose,
        partner,
        _closed(book, purpose, partner, today),
        _default(purpose, place) == "allow",
        place,
        touched,
        purpose.gpc or any(place == ANYWHERE or reaches(law, place) for law in laws),
        laws,
    )


def _default(purpose: Purpose, place: str) -> str:
    said = purpose.default
    elsewhere = said.get("elsewhere", "deny")
    if place == ANYWHERE:
        return _strictest(elsewhere, *said.values())
    country, _, part = place.partition("-")
    if part:
        return said.get(place, said.get(country, elsewhere))
    # Somewhere in the country: each of its parts that the book names may be the one.
    parts = (said[one] for one in said if one.startswith(f"{country}-"))
    return _strictest(said.get(country, elsewhere), *parts)


def _strictest(*says: str) -> str:
    return "deny" if "deny" in says else "allow"


def _closed(
    book: Book, purpose: Purpose, partner: Partner | None, today: date
) -> tuple[Reason, str, Text] | None:
    ban = forbidden(book, purpose.id, partner.id if partner else None, today)
    if ban is not None:
        return Reason.LAW, f"law:{ban.rule}", ban.explanation
    if partner is not None and not partner.bound(today):
        return Reason.NO_CONTRACT, f"contract:{partner.id}", SENTENCES[Reason.NO_CONTRACT, False]
    return None
