"""A finding: what is wrong in a book, where, and how to mend it.

Nobody raises half-way through a book: every check writes into one `Report`, so that the owner sees everything at once. A
finding has a stable code (documented in docs/book.md); its sentences live in `texts.yaml` under that code, in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]

#: After so many findings the rest would only hide the first.
LIMIT = 200

#: Codes that do not stop a book from being applied. Everything else is an error.
WARNINGS = frozenset(
    {
        "charge.falls",
        "charge.under_cost",
        "charge.under_floor",
        "contract.clause_missing",
        "contract.clause_unknown",
        "contract.expired",
        "contract.not_yet",
        "cost.absurd",
        "cost.not_ready",
        "cost.over_capacity",
        "data_value.missing",
        "data_value.zero",
        "law.ask_first",
        "law.forbidden",
        "law.signal",
        "loyalty.fact_not_declared",
        "market.elsewhere",
        "market.few",
        "market.newer",
        "market.not_all_in",
        "market.old",
        "partner.no_contract",
        "plan.add_on_identical",
        "plan.add_on_less",
        "plan.add_on_nothing",
        "plan.add_on_same",
        "plan.contained",
        "plan.dead_feature",
        "plan.dead_limit",
        "plan.holds_dearer",
        "plan.identical",
        "price.cap_binds",
        "price.floor_rises",
        "price.guard_binds",
        "price.way_under_floor",
        "promotion.over",
        "reference.unused",
        "sharing.sensitive",
        "words.jargon",
        "words.long",
        "words.too_long",
        "words.trade",
        "words.trick",
        "words.vague",
    }
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `text` says what, `how` says how to mend it; `message` and `mend` are both in English."""

    severity: Severity
    code: str
    path: str
    line: int
    column: int
    text: Text
    how: Text
    file: str

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.text.say("en")

    @property
    def mend(self) -> str:
        """How to mend it, in English."""
        return self.how.say("en")

    def say(self, lang: str) -> str:
        """Return the finding as one line: `business.yaml:12:5: error: … [code]`."""
        severity = _SEVERITIES[self.severity].say(lang)
        place = f"{self.file}:{self.line}:{self.column}"
        gap = "" if lang == "zh" else " "
        return f"{place}: {severity}: {self.text.say(lang)}{gap}{self.how.say(lang)} [{self.code}]"

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the finding for JSON, its sentences in `lang`."""
        return {
            "severity": self.severity,
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "message": self.text.say(lang),
            "mend": self.how.say(lang),
        }


_SEVERITIES = {"error": Text(en="error", zh="错误"), "warning": Text(en="warning", zh="提醒")}


class Lines:
    """Where each value of a book stands, by path; a path that is not in the file stands where its nearest parent does."""

    __slots__ = ("_marks",)

    def __init__(self, marks: dict[Path, Mark] | None = None) -> None:
        self._marks = marks if marks is not None else {}

    def put(self, path: Path, mark: Mark) -> None:
        """Remember where `path` stands."""
        self._marks[path] = mark

    def at(self, path: Path) -> Mark:
        """Return where `path` stands, or its nearest parent, or the top of the file."""
        while path and path not in self._marks:
            path = path[:-1]
        return self._marks.get(path, Mark(1, 1))


class Full(Exception):  # noqa: N818 - not a fault: the report has reached its limit
    """The report has reached its limit; caught where a check begins."""


@dataclass
class Report:
    """Collects findings about one file."""

    file: str
    lines: Lines = field(default_factory=Lines)
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, path: Path, *, mark: Mark | None = None, **values: object) -> None:
        """Write down a finding; `values` fill the places of its two sentences. Raises `Full` at the limit."""
        severity: Severity = "warning" if code in WARNINGS else "error"
        self._write(
            Catalogue.load("aboveboard.book"), severity, code, path, mark or self.lines.at(path), values
        )

    def _write(
        self, texts: Catalogue, severity: Severity, code: str, path: Path, at: Mark, values: dict[str, object]
    ) -> None:
        if len(self.findings) >= LIMIT:
            raise Full
        self.findings.append(
            Finding(
                severity=severity,
                code=code,
                path=dotted(path),
                line=at.line,
                column=at.column,
                text=texts.text(f"findings.{code}.message").filled(**values),
                how=texts.text(f"findings.{code}.mend").filled(**values),
                file=self.file,
            )
        )

    @property
    def failed(self) -> bool:
        """Whether anything so far is an error."""
        return any(finding.severity == "error" for finding in self.findings)


def dotted(path: Path) -> str:
    """Return a path as people write it: `services[1].tiers[0].list_price`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".")


def in_order(findings: list[Finding]) -> list[Finding]:
    """Return findings by line, errors before warnings on the same line."""
    return sorted(findings, key=lambda f: (f.line, f.severity, f.column, f.code))
