"""The consent string of IAB Europe's Transparency and Consent Framework (TCF), version 2: what was agreed to, and with whom.

The framework is opt-in: a purpose or a vendor (a firm of the trade, by its number in the trade's list) that is not in the string
has no consent. A string is a core and up to three more parts after dots, each beginning with three bits that say which it is:
vendors that were shown, vendors that are allowed, and the publisher's own purposes. Lists of vendors are a row of bits or a
list of ranges, whichever is shorter. Source: the repository
`InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework`, `TCFv2/IAB Tech Lab - Consent string and vendor list
formats v2.md`.

Why not a library: the one that is published reads what is missing from a cut string as *yes to everything* (docs/decisions).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from aboveboard.choices.signals.bits import Reader, whole
from aboveboard.choices.signals.error import SignalError, fault
from aboveboard.words import Text

__all__ = ["Consent", "Publisher", "Restriction", "RestrictionKind", "SignalError", "decode"]

VERSION = 2
PURPOSES, SPECIAL_FEATURES = 24, 12
_MOST_VENDOR = 2**16 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = Text("The TCF string", "TCF 字符串")


class RestrictionKind(Enum):
    """What a publisher asks of vendors for a purpose."""

    NOT_ALLOWED = 0
    CONSENT_ONLY = 1
    LEGITIMATE_INTEREST_ONLY = 2
    UNDEFINED = 3


@dataclass(frozen=True)
class Restriction:
    """A publisher's restriction of one purpose for ranges of vendors (first and last number, both included)."""

    purpose: int
    kind: RestrictionKind
    vendors: tuple[tuple[int, int], ...]

    def covers(self, vendor: int) -> bool:
        """Return whether this vendor is restricted."""
        return any(first <= vendor <= last for first, last in self.vendors)


@dataclass(frozen=True)
class Publisher:
    """What was agreed to with the publisher of the page itself; `custom_` are purposes of its own."""

    purposes: frozenset[int]
    legitimate_interests: frozenset[int]
    custom_purposes: frozenset[int]
    custom_legitimate_interests: frozenset[int]


@dataclass(frozen=True)
class Consent:
    """What a TCF string says. Purposes and special features by their numbers from 1, vendors by theirs.

    `purposes` and `vendors` were agreed to; of `legitimate_interests` and `vendor_interests` people were told and did not object.
    `disclosed` are the vendors that were shown, `allowed` those that the publisher allows; None if the string has no such part.
    """

    created: datetime
    updated: datetime
    cmp: int
    cmp_version: int
    screen: int
    language: str
    vendor_list: int
    policy: int
    service_specific: bool
    own_texts: bool
    special_features: frozenset[int]
    purposes: frozenset[int]
    legitimate_interests: frozenset[int]
    purpose_one_not_asked: bool
    country: str
    vendors: frozenset[int]
    vendor_interests: frozenset[int]
    restrictions: tuple[Restriction, ...] = ()
    disclosed: frozenset[int] | None = None
    allowed: frozenset[int] | None = None
    publisher: Publisher | None = None


def decode(text: str) -> Consent:
    """Return what a TCF string of version 2 says; raises `SignalError` for anything else, and nothing else."""
    core, *pieces = whole(text).split(".")
    parts: dict[int, frozenset[int] | Publisher] = {}
    for piece in pieces:
        reader = Reader(piece, _PLACE)
        kind = reader.number(3)
        if kind not in _PARTS or kind in parts:
            raise fault("subsection", place=_PLACE)
        parts[kind] = _PARTS[kind](reader)
        reader.finish()
    return _core(Reader(core, _PLACE), parts)


def _core(reader: Reader, parts: dict[int, frozenset[int] | Publisher]) -> Consent:
    if (version := reader.number(6)) != VERSION:
        raise fault("version", place=_PLACE, found=version, read=VERSION)
    disclosed, allowed, publisher = (parts.get(kind) for kind in (1, 2, 3))
    consent = Consent(
        created=_instant(reader),
        updated=_instant(reader),
        cmp=reader.number(12),
        cmp_version=reader.number(12),
        screen=reader.number(6),
        language=_letters(reader),
        vendor_list=reader.number(12),
        policy=reader.number(6),
        service_specific=reader.flag(),
        own_texts=reader.flag(),
        special_features=reader.flags(SPECIAL_FEATURES),
        purposes=reader.flags(PURPOSES),
        legitimate_interests=reader.flags(PURPOSES),
        purpose_one_not_asked=reader.flag(),
        country=_letters(reader),
        vendors=_vendors(reader),
        vendor_interests=_vendors(reader),
        restrictions=tuple(_restriction(reader) for _ in range(reader.number(12))),
        disclosed=disclosed if isinstance(disclosed, frozenset) else None,
        allowed=allowed if isinstance(allowed, frozenset) else None,
        publisher=publisher if isinstance(publisher, Publisher) else None,
    )
    reader.finish()
    return consent


def _instant(reader: Reader) -> datetime:
    """Read tenths of a second since 1970; 36 bits reach to the year 2187."""
    return _EPOCH + timedelta(milliseconds=100 * reader.number(36))


def _letters(reader: Reader) -> str:
    """Read two letters, six bits each, A = 0."""
    letters = [reader.number(6) for _ in range(2)]
    if max(letters) > 25:
        raise fault("range", place=_PLACE, most=25)
    return "".join(chr(ord("A") + letter) for letter in letters)


def _vendors(reader: Reader) -> frozenset[int]:
    most = reader.number(16)
    if not reader.flag():
        return reader.flags(most)
    found: set[int] = set()
    for first, last in _ranges(reader):
        before = len(found)
        found.update(range(first, last + 1))
        # No vendor twice: else a short string of thousands of ranges would count out the whole list thousands of times.
        if len(found) - before != last - first + 1:
            raise fault("range", place=_PLACE, most=_MOST_VENDOR)
    return frozenset(found)


def _ranges(reader: Reader) -> tuple[tuple[int, int], ...]:
    found = []
    for _ in range(reader.number(12)):
        several = reader.flag()
        first = reader.number(16)
        last = reader.number(16) if several else first
        if not 1 <= first <= last:
            raise fault("range", place=_PLACE, most=_MOST_VENDOR)
        found.append((first, last))
    return tuple(found)


def _restriction(reader: Reader) -> Restriction:
    return Restriction(reader.number(6), RestrictionKind(reader.number(2)), _ranges(reader))


def _publisher(reader: Reader) -> Publisher:
    purposes, interests = reader.flags(PURPOSES), reader.flags(PURPOSES)
    own = reader.number(6)
    return Publisher(purposes, interests, reader.flags(own), reader.flags(own))


#: What the parts after the core are, by the number that each begins with.
_PARTS: dict[int, Callable[[Reader], frozenset[int] | Publisher]] = {1: _vendors, 2: _vendors, 3: _publisher}
