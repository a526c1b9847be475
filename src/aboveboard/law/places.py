"""Which place lies in which: `US-CA` in `US`, `DE` in `EU` and in the `EEA`.

Places are ISO 3166 codes of countries and their parts, and two unions. A bare country may be any of its parts, so whether
somebody "in the US" is in California is not known, and says so (None).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
EEA = EU | {"IS", "LI", "NO"}
_UNIONS = {"EU": EU, "EEA": EEA}
_FORM = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|EEA")


def known(code: object) -> bool:
    """Return whether this is a place as rules write it: `CN`, `US-CA`, `EU`, `EEA`."""
    return isinstance(code, str) and _FORM.fullmatch(code) is not None


def inside(place: str, wanted: Iterable[str]) -> bool | None:
    """Return whether `place` lies in one of `wanted`; None if only a part of `place` does."""
    country, _, part = place.partition("-")
    maybe = False
    for one in wanted:
        if one in (place, country) or country in _UNIONS.get(one, ()):
            return True
        if not part and (one.startswith(f"{country}-") or one in _UNIONS.get(place, ())):
            maybe = True
    return None if maybe else False
