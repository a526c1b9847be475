"""The questions that a book allows to be asked, and what is known about each before anyone is looked at.

A question is a purpose, alone (may the business itself?) or with one of its partners. Law, contract and default do not depend on
the person, so they are worked out once, and again each quarter of an hour: a contract ends and a law begins at midnight
somewhere, and midnights fall on quarter hours everywhere on earth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from aboveboard.book.legal import forbidden
from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.choices.reasons import SENTENCES, Reason
from aboveboard.words import Text

Key = tuple[str, str | None]
Places = frozenset[str]
#: What stands for the place of people who may live anywhere.
ANYWHERE = "anywhere"

#: Seconds for which worked-out rules hold.
QUARTER = 900


@dataclass(frozen=True, slots=True)
class Rule:
    """All about one question that does not depend on the person. `closed` is the answer, if there is nothing more to ask.

    `default` holds for people of whom we know no place: by the business's own if they come to it, else the strictest.
    """

    purpose: Purpose
    partner: Partner | None
    closed: tuple[Reason, str, Text] | None
    default: bool
    place: str

    def default_at(self, places: Places) -> bool:
        """Return the default for someone whose places are said to be these; where sources disagree, the strictest holds."""
        return all(_default(self.purpose, place) == "allow" for place in places)

    @property
    def gpc(self) -> bool:
        """Whether a Global Privacy Control signal is a no to this."""
        return self.purpose.gpc


def keys(book: Book) -> list[Key]:
    """Return every question of the book."""
    return [(purpose.id, recipient) for purpose in book.purposes for recipient in (None, *purpose.recipients)]


def rules(book: Book, moment: datetime) -> dict[Key, Rule]:
    """Return what holds for each question at `moment`, by the calendar of the business."""
    today = moment.astimezone(ZoneInfo(book.business.timezone)).date()
    return {key: _rule(book, key, today) for key in keys(book)}


def _rule(book: Book, key: Key, today: date) -> Rule:
    purpose, partner = book.purpose(key[0]), book.partner(key[1]) if key[1] else None
    assert purpose is not None  # noqa: S101 - `keys` took it from the book; for the type checker
    place = book.business.place if book.business.customers == "here" else ANYWHERE
    return Rule(
        purpose, partner, _closed(book, purpose, partner, today), _default(purpose, place) == "allow", place
    )


def _default(purpose: Purpose, place: str) -> str:
    if place == ANYWHERE:
        known = {*purpose.default.values(), purpose.default.get("elsewhere", "deny")}
        return "deny" if "deny" in known else "allow"
    for key in (place, place.partition("-")[0], "elsewhere"):
        if key in purpose.default:
            return purpose.default[key]
    return "deny"


def _closed(
    book: Book, purpose: Purpose, partner: Partner | None, today: date
) -> tuple[Reason, str, Text] | None:
    ban = forbidden(book, purpose.id, partner.id if partner else None, today)
    if ban is not None:
        return Reason.LAW, f"law:{ban.rule}", ban.explanation
    if partner is not None and not partner.bound(today):
        return Reason.NO_CONTRACT, f"contract:{partner.id}", SENTENCES[Reason.NO_CONTRACT, False]
    return None
