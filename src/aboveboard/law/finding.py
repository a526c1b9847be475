"""A finding: what is wrong in a rule pack, where, and how to mend it.

Nobody raises half-way through a pack: reading, form, meaning and proof all write into one `Report`, so that whoever writes rules
sees everything at once. The sentences of each code live in `texts.yaml` under `findings`, in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text

Path = tuple[str | int, ...]

#: After so many findings the rest would only hide the first.
LIMIT = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `text` says what, `how` how to mend it; `path` is where, as people write it."""

    code: str
    file: str
    line: int
    column: int
    path: str
    text: Text
    how: Text

    def say(self, lang: str = "en") -> str:
        """Return the finding as one line: `prices.yaml:12:5: … [fact.unknown]`."""
        gap = "" if lang == "zh" else " "
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.text.say(lang)}{gap}{self.how.say(lang)} [{self.code}]"

    def said(self) -> Text:
        """Return the finding as one line in both languages."""
        return Text("{en}", "{zh}").filled(en=self.say("en"), zh=self.say("zh"))

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the finding for JSON, its sentences in `lang`."""
        return {
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "message": self.text.say(lang),
            "mend": self.how.say(lang),
        }


class Full(Exception):  # noqa: N818 - not a fault: the report has reached its limit
    """The report has reached its limit; caught where a check begins."""


@dataclass
class Report:
    """Collects findings about one file. `marks` says where each value stands, by path."""

    file: str
    marks: dict[Path, Mark] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, path: Path = (), *, mark: Mark | None = None, **values: object) -> None:
        """Write down a finding; `values` fill the places of its two sentences. Raises `Full` at the limit."""
        if len(self.findings) >= LIMIT:
            raise Full
        at = mark or self.at(path)
        texts = Catalogue.load("aboveboard.law")
        self.findings.append(
            Finding(
                code=code,
                file=self.file,
                line=at.line,
                column=at.column,
                path=dotted(path),
                text=texts.text(f"findings.{code}.message").filled(**values),
                how=texts.text(f"findings.{code}.mend").filled(**values),
            )
        )

    def at(self, path: Path) -> Mark:
        """Return where `path` stands, or its nearest parent, or the top of the file."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(1, 1))


def dotted(path: Path) -> str:
    """Return a path as people write it: `rules[0].check.days`; a key that holds dots is put in brackets."""
    parts = (f"[{part}]" if isinstance(part, int) or "." in part else f".{part}" for part in path)
    return "".join(parts).lstrip(".")
