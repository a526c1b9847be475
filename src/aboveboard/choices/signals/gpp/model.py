"""A GPP string as values: sections in the order of their numbers, each with its fields in words.

Two strings that say the same are equal, however they were written: how many zeros filled up a part is kept beside the value,
so that a string can be given back exactly as it came, and is left out of comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from aboveboard.choices.signals.error import fault, section
from aboveboard.choices.signals.gpp.tables import NAMES

#: A word, a plain number, or for a list: item to word.
Value = str | int | Mapping[str, str]


@dataclass(frozen=True)
class Section:
    """A section that we can read. `fields` has every field of its table (`tables`), but for a subsection that is not there.

    `gpc` is what the GPC subsection says, None if there is none. `padding` and `bare` tell how the section was written, not
    what it says: surplus characters per part, and whether a section that should have a header of its own came without (as
    IAB's library still writes those of Indiana, Kentucky, Maryland and Rhode Island).
    """

    id: int
    version: int
    fields: Mapping[str, Value]
    gpc: bool | None = None
    padding: tuple[int, ...] = field(default=(), compare=False)
    bare: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """The section's name in the specification, such as `usca`."""
        return _name(self.id)


@dataclass(frozen=True)
class Carried:
    """A section that is text for us: of a kind that we do not know, or TCF (which `tcf` reads). It is given back as it came."""

    id: int
    text: str

    @property
    def name(self) -> str:
        """The section's name in the specification, or `section` and its number."""
        return _name(self.id)


def _name(number: int) -> str:
    return NAMES.get(number, f"section{number}")


Part = Section | Carried


@dataclass(frozen=True)
class Sections:
    """What a GPP string holds, sorted by section number; raises `duplicate` for a section that is there twice."""

    parts: tuple[Part, ...] = ()
    #: Surplus characters of the header; how it was written, not what it says.
    padding: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        parts = tuple(sorted(self.parts, key=lambda part: part.id))
        for one, following in pairwise(parts):
            if one.id == following.id:
                raise fault("duplicate", place=section(one.name))
        object.__setattr__(self, "parts", parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __contains__(self, name: object) -> bool:
        return any(part.name == name for part in self.parts)

    def __getitem__(self, name: str) -> Section:
        """Return the section of this name; raises `KeyError` if it is not there or only carried."""
        for part in self.parts:
            if part.name == name and isinstance(part, Section):
                return part
        raise KeyError(name)

    def carried(self, name: str) -> str | None:
        """Return the text of a section that we only carry, None if there is none of this name."""
        return next(
            (part.text for part in self.parts if isinstance(part, Carried) and part.name == name), None
        )

    def read(self) -> tuple[Section, ...]:
        """Return the sections whose fields we know."""
        return tuple(part for part in self.parts if isinstance(part, Section))
