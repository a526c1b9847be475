"""What a field of a GPP section can say, in words.

Nearly every field is two bits: four values, the first of which means *does not apply*. Which words the others are depends on
the kind of field; the numbers are those of the specification's tables. The fourth value has no meaning in any of them. It is
read as `undefined`, because a string with one odd field may still carry a no in another; in an opt-out or a consent it counts
as a no (`meaning`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Words = tuple[str, str, str, str]

VERSION_BITS = 6

NOTICE: Words = ("not_applicable", "given", "not_given", "undefined")
OPT_OUT: Words = ("not_applicable", "opted_out", "not_opted_out", "undefined")
CONSENT: Words = ("not_applicable", "no_consent", "consent", "undefined")
YES_NO: Words = ("not_applicable", "yes", "no", "undefined")
MODE: Words = ("not_applicable", "opt_out_option", "service_provider", "undefined")
#: The third version of the national section counts the other way round here: 1 is no, 2 is yes.
FIRST_PARTY_NOTICE: Words = ("not_applicable", "not_given", "given", "undefined")


@dataclass(frozen=True)
class Field:
    """One field: its name in the specification, and its words (two bits each) or its width as a plain number.

    With `items` it is a list: two bits for each item, in this order, and its value is a mapping of item to word.
    """

    name: str
    words: Words | None = None
    items: tuple[str, ...] = ()
    bits: int = 2

    @property
    def width(self) -> int:
        """How many bits it takes."""
        return self.bits * max(1, len(self.items))


@dataclass(frozen=True)
class Layout:
    """One version of one section: the fields of its core in order, and what may follow.

    The core begins with the version, in six bits. In a `headed` section it does not: there a header of its own comes first,
    with the section's number, the version, and which subsections follow. `extra` is the one subsection that may follow: None
    is the GPC subsection, a field is that field alone.
    """

    id: int
    name: str
    version: int
    fields: tuple[Field, ...]
    headed: bool = False
    extra: Field | None = None
    #: Read, and written when asked for, but not the version that a new section gets.
    draft: bool = False

    @cached_property
    def width(self) -> int:
        """How many bits the core takes."""
        return sum(field.width for field in self.fields) + (0 if self.headed else VERSION_BITS)

    @cached_property
    def characters(self) -> int:
        """How many characters the core takes at least."""
        return -(-self.width // 6)

    def known(self) -> Iterator[Field]:
        """Yield every field that a section of this layout may have."""
        yield from self.fields
        if self.extra is not None:
            yield self.extra
