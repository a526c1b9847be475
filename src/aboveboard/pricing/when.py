"""Conditions of time, place, quantity and group, compiled: for each part a test, and the words for where it would hold.

Whoever does not meet a part reads what would meet it: another day, a longer lead, three instead of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aboveboard.book.model import Book, When
from aboveboard.pricing.rules import Has, OneOf, Test, Within, Wrapped
from aboveboard.pricing.says import fill, listed, month_day, t
from aboveboard.words import Text

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: More than any day, lead or quantity that a request may have.
_ALWAYS = 10**9


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition: its test, the code if it fails, and the words that say where it holds."""

    code: str
    test: Test
    words: Text


@dataclass(frozen=True, slots=True)
class Names:
    """Positions and names of what conditions refer to, in one book."""

    groups: Mapping[str, int]
    places: Mapping[str, int]
    channels: Mapping[str, int]
    services: Mapping[str, int]
    terms: Mapping[str, int]
    book: Book

    @classmethod
    def of(cls, book: Book) -> Names:
        """Return the positions of everything the book's rules name."""
        whens = [
            *(each.when for each in book.conditions),
            *(each.when for each in book.promotions if each.when),
        ]
        places = sorted({place for when in whens for place in when.places})
        channels = sorted(
            {channel for when in whens for channel in when.channels}
            | {channel for fee in book.fees for channel in fee.channels}
        )
        return cls(
            groups={group.id: index for index, group in enumerate(book.groups)},
            places={place: index for index, place in enumerate(places)},
            channels={channel: index for index, channel in enumerate(channels)},
            services={service.id: index for index, service in enumerate(book.services)},
            terms={terms.id: index for index, terms in enumerate(book.agreements.terms)}
            if book.agreements
            else {},
            book=book,
        )

    def bits(self, of: Mapping[str, int], ids: object) -> int:
        """Return the ids that are known, as bits."""
        found = 0
        for each in ids if isinstance(ids, tuple | list | frozenset | set) else ():
            if each in of:
                found |= 1 << of[each]
        return found


def parts(when: When, names: Names) -> Iterator[Part]:
    """Yield a part for everything that the condition asks."""
    if when.starts and when.ends:
        yield year_part(when.starts, when.ends)
    if when.weekdays:
        days = listed([t.text(f"day.{day}") for day in when.weekdays])
        yield Part(
            "weekday",
            OneOf.of("weekday", [_DAYS.index(day) for day in when.weekdays]),
            fill("when.weekday", days=days),
        )
    if when.after or when.before:
        yield _hours(when.after or "00:00", when.before or "24:00")
    yield from _ranges(when)
    if when.places:
        known = [names.places[place] for place in when.places]
        yield Part("place", OneOf.of("place", known), fill("when.place", places=", ".join(when.places)))
    if when.channels:
        known = [names.channels[channel] for channel in when.channels]
        yield Part(
            "channel", OneOf.of("channel", known), fill("when.channel", channels=", ".join(when.channels))
        )
    if when.groups:
        yield _group(when, names)
    if when.terms:
        yield _terms(when, names)


def year_part(starts: str, ends: str) -> Part:
    """Return the part for days of each year, both included; it may pass over New Year."""
    first, last = _year_day(starts), _year_day(ends)
    test = Within.of("year_day", first, last) if first <= last else Wrapped.of("year_day", first, last)
    said = fill("season.not_now", starts=month_day(*divmod(first, 100)), ends=month_day(*divmod(last, 100)))
    return Part("not_now", test, said)


def _ranges(when: When) -> Iterator[Part]:
    if when.lead_least is not None:
        test = Within.of("lead", when.lead_least, _ALWAYS)
        yield Part("lead_short", test, fill("when.lead_least", n=when.lead_least))
    if when.lead_most is not None:
        yield Part(
            "lead_long", Within.of("lead", 0, when.lead_most), fill("when.lead_most", n=when.lead_most)
        )
    if when.least is not None:
        yield Part("too_few", Within.of("quantity", when.least, _ALWAYS), fill("when.least", n=when.least))
    if when.most is not None:
        yield Part("too_many", Within.of("quantity", 1, when.most), fill("when.most", n=when.most))


def _hours(after: str, before: str) -> Part:
    first, last = _minute(after), _minute(before) - 1
    test = Within.of("minute", first, last) if first <= last else Wrapped.of("minute", first, last)
    return Part("hours", test, fill("when.hours", after=after, before=before))


def _group(when: When, names: Names) -> Part:
    known = [group for group in names.book.groups if group.id in when.groups]
    said = [
        fill("when.group_one", name=g.name.words, criterion=g.criterion.words, proof=g.proof.words)
        for g in known
    ]
    test = Has.of("groups", [names.groups[group.id] for group in known])
    return Part("group", test, fill("when.group", groups=listed(said, " ", "")))


def _terms(when: When, names: Names) -> Part:
    known = [
        terms
        for terms in (names.book.agreements.terms if names.book.agreements else ())
        if terms.id in when.terms
    ]
    test = OneOf.of("term", [names.terms[terms.id] for terms in known])
    return Part("terms", test, fill("when.terms", terms=listed([terms.name.words for terms in known])))


def _year_day(text: str) -> int:
    month, day = text.split("-")
    return int(month) * 100 + int(day)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
