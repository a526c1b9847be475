"""What became of a file: counts, what was assumed, and for each reason how often and where first.

Nothing in a report is personal: rows are named by their line, reasons by a code and a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aboveboard.people.imports.model import OUTCOMES, SAYS, Outcome, What
from aboveboard.people.imports.reading import BLANKS
from aboveboard.words import Text

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", BLANKS: "blanks"}


@dataclass(frozen=True, slots=True)
class Ending:
    """How one row ended. `codes` are what was mended, or the one reason for which it was set aside."""

    line: int
    outcome: Outcome
    codes: tuple[str, ...] = ()


def ended(line: int, mends: tuple[str, ...], new: bool, notes: Sequence[str] = ()) -> Ending:
    """Return how a row ended that could be taken: what was mended counts only where the row told something new."""
    if not new:
        return Ending(line, "already")
    codes = tuple(dict.fromkeys((*mends, *notes)))
    return Ending(line, "mended" if codes else "taken", codes)


def stays_erased(line: int) -> Ending:
    """Return how a row ends that is about someone who was erased: no list brings them back, only they themselves can."""
    return Ending(line, "set_aside", ("erased",))


@dataclass
class Report:
    """The account of one import. `columns` tells which of the file's columns was read as what."""

    what: What
    sha256: str
    encoding: str
    delimiter: str
    header: bool
    columns: dict[str, str]
    assumed: list[Text]
    new_people: int = 0
    #: Days of the first and the last visit in the file.
    span: tuple[date, date] | None = None
    mends: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    first_line: dict[str, int] = field(default_factory=dict)
    _outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, ending: Ending) -> None:
        """Count one row."""
        self._outcomes[ending.outcome] += 1
        counter = self.reasons if ending.outcome == "set_aside" else self.mends
        for code in ending.codes if ending.outcome in ("set_aside", "mended") else ():
            counter[code] += 1
            self.first_line.setdefault(code, ending.line)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by how they ended; `rows` is the sum of the other four."""
        ends: dict[str, int] = {outcome: self._outcomes[outcome] for outcome in OUTCOMES}
        return {"rows": sum(ends.values()), **ends}

    @property
    def changed(self) -> bool:
        """Whether the import wrote anything."""
        return self._outcomes["taken"] + self._outcomes["mended"] > 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {
            "what": self.what,
            "sha256": self.sha256,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header": self.header,
            "columns": self.columns,
            "assumed": [{"en": text.en, "zh": text.zh} for text in self.assumed],
            **self.counts,
            "new_people": self.new_people,
            "span": self.span and [day.isoformat() for day in self.span],
            "mends": dict(self.mends.most_common()),
            "reasons": dict(self.reasons.most_common()),
        }

    def say(self, lang: str) -> list[str]:
        """Return the report as lines to read."""
        counts = {key: f"{value:,}" for key, value in self.counts.items()}
        lines = [self._read_as(lang), *(text.say(lang) for text in self.assumed), ""]
        lines += [SAYS("report.rows", lang, **counts)]
        colon = SAYS("report.colon", lang)
        lines += [f"  {SAYS(f'report.{outcome}', lang)}{colon}{counts[outcome]}" for outcome in OUTCOMES]
        if self.new_people:
            lines.append(SAYS("report.new_people", lang, count=f"{self.new_people:,}"))
        if self.span:
            lines.append(
                SAYS("report.span", lang, first=self.span[0].isoformat(), last=self.span[1].isoformat())
            )
        for heading, codes in (("mended", self.mends), ("set_aside", self.reasons)):
            if codes:
                lines += ["", (SAYS(f"report.{heading}", lang) + colon).rstrip()]
                lines += [self._reason(code, count, lang) for code, count in codes.most_common()]
        return lines

    def _read_as(self, lang: str) -> str:
        columns = SAYS("report.and", lang).join(
            SAYS("report.column", lang, role=SAYS.text(f"role.{role}"), name=name)
            for role, name in self.columns.items()
        )
        known = _DELIMITERS.get(self.delimiter)
        delimiter = SAYS(f"delimiter.{known}", lang) if known else f"“{self.delimiter}”"
        key = "report.read_as" if self.header else "report.read_as_no_header"
        return SAYS(
            key,
            lang,
            encoding=self.encoding.upper().removesuffix("-SIG"),
            delimiter=delimiter,
            columns=columns,
        )

    def _reason(self, code: str, count: int, lang: str) -> str:
        values = {"count": f"{count:,}", "why": SAYS.text(f"reason.{code}"), "line": self.first_line[code]}
        return "  " + SAYS("report.reason", lang, **values)
