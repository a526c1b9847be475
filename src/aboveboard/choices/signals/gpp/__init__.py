"""The Global Privacy Platform string (IAB Tech Lab): read it, write it, and ask what it says no to.

A string is a header and sections, joined by `~`. The header lists section numbers; there is a section for the EU's TCF, for
the old US privacy string, for the USA as a whole, and for each state with a law of its own. Each section was made by other
people and has its own fields, so all the knowledge is in tables (`tables`), and one decoder runs over them (`sections`).

    decode("DBABLA~CAAVAAAAAABA.YA")  ->  usnat, version 2, three opt-outs, GPC
    encode(...)                       ->  the same string

Reading is strict about what cannot be right (`SignalError`) and keeps what it does not know: a section with an unknown number
is carried along as text and written again as it came. Sources: the repository
`InteractiveAdvertisingBureau/Global-Privacy-Platform`, `Core/Consent String Specification.md` (November 2023) and the section
specifications under `Sections/`.
"""

from __future__ import annotations

from aboveboard.choices.signals.bits import whole
from aboveboard.choices.signals.error import SignalError, fault
from aboveboard.choices.signals.gpp import header, sections
from aboveboard.choices.signals.gpp.make import section
from aboveboard.choices.signals.gpp.meaning import Kind, Use, gpc, opted_out, refused_kinds
from aboveboard.choices.signals.gpp.model import Carried, Section, Sections, Value
from aboveboard.choices.signals.gpp.tables import NAMES, NUMBERS

__all__ = [
    "NAMES",
    "Carried",
    "Kind",
    "Section",
    "Sections",
    "SignalError",
    "Use",
    "Value",
    "decode",
    "encode",
    "gpc",
    "opted_out",
    "refused_kinds",
    "section",
]


def decode(text: str) -> Sections:
    """Return what a GPP string says; raises `SignalError` for anything that is not one, and nothing else."""
    first, *texts = whole(text).split("~")
    numbers, padding = header.read(first, len(texts))
    if len(numbers) != len(texts):
        raise fault("section_count", announced=len(numbers), found=len(texts))
    parts = tuple(sections.read(number, each) for number, each in zip(numbers, texts, strict=True))
    return Sections(parts, padding)


def encode(content: Sections) -> str:
    """Return the GPP string; `decode` gives back what went in. Raises `SignalError` for a section that cannot be written."""
    for part in content:
        if not 1 <= part.id <= header.MOST:
            raise fault("section_unknown", place=str(part.id), known=", ".join(NUMBERS))
    first = header.write([part.id for part in content], content.padding)
    return whole("~".join([first, *(sections.write(part) for part in content)]))
