"""From the text of a pack to rules that can be judged, with findings for everything that is wrong.

Three steps, each of which may only add findings: reading (is it plain YAML?), form (are all keys known and of their kind?),
and meaning (is every fact declared, does every check get facts of the type that it needs, do dates follow each other?). A
pack with a finding is not given out at all. Whether its fixtures *prove* it is the next question, see `proving`.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import msgspec

from aboveboard.law import check_form, form, meaning, reading, vocabulary
from aboveboard.law.engine import Source, Sourced
from aboveboard.law.finding import Finding, Full, Path, Report
from aboveboard.law.vocabulary import Vocabulary
from aboveboard.proof import canonical


@dataclass(frozen=True)
class Loaded:
    """What reading gave: the pack (None if there was a finding), its hash, and where each value stands in the file."""

    name: str
    pack: form.Pack | None
    findings: list[Finding]
    sha256: str = ""
    vocabulary: Vocabulary = field(default_factory=dict, repr=False)
    report: Report = field(default_factory=lambda: Report(""), repr=False)
    #: The plain values of the file, from which mutants are made.
    values: Any = field(default=None, repr=False)

    def rules(self) -> tuple[Sourced, ...]:
        """Return the pack's rules, each with its source; raises `ValueError` if the pack did not load."""
        if self.pack is None:
            raise ValueError(f"{self.name} did not load: {self.findings[0].say()}")
        head = self.pack.pack
        source = Source(head.id, str(head.version), self.sha256, head.next_review_due)
        return tuple(Sourced(rule, source, self.vocabulary) for rule in self.pack.rules)


def load(source: str | bytes, name: str) -> Loaded:
    """Read a pack from its text; `name` is the file shown in findings. Never raises for anything that a file may hold."""
    report = Report(name)
    try:
        values = reading.read(source, report)
        if values is None or report.findings:
            return Loaded(name, None, _ordered(report))
        return from_values(values, report)
    except Full:
        return Loaded(name, None, _ordered(report))


def from_values(values: Any, report: Report) -> Loaded:
    """Return a pack from the plain values of its file; findings go to the report."""
    try:
        pack = _formed(values, report)
        known: Vocabulary = {}
        if pack is not None:
            known = meaning.check(pack, report)
    except Full:
        pack = None
    if pack is None or report.findings:
        return Loaded(report.file, None, _ordered(report))
    return Loaded(report.file, pack, [], fingerprint(values), known, report, values)


def fingerprint(values: Any) -> str:
    """Return the SHA-256 of what a pack says: of its values in canonical JSON, so that layout and comments do not matter."""
    return hashlib.sha256(canonical.dumps(_json(values))).hexdigest()


def _json(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case int() if -canonical.LARGEST <= value <= canonical.LARGEST:
            return value
        case int() | Decimal():
            return {"$number": format(value.normalize() if isinstance(value, Decimal) else value, "f")}
        case datetime.date():
            return {"$day": value.isoformat()}
        case dict():
            return {name: _json(each) for name, each in value.items()}
        case _:
            return [_json(each) for each in value]


def _ordered(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda finding: (finding.line, finding.column, finding.code))


# ---------------------------------------------------------------------------------------------------------- form
def _formed(values: Any, report: Report) -> form.Pack | None:
    """Convert head, facts and each rule by itself, so that one fault in each is found at once."""
    if not isinstance(values, dict):
        report.add("form.type", (), expected="object", got=type(values).__name__)
        return None
    for key in values.keys() - {"pack", "facts", "rules"}:
        report.add("form.unknown_key", (key,), key=key, near=_near(key, ["pack", "facts", "rules"]))
    head = _part(values.get("pack"), form.Head, ("pack",), report)
    facts = _parts(values.get("facts", []), vocabulary.Fact, "facts", report)
    rules = _parts(values.get("rules"), form.Rule, "rules", report)
    if report.findings or head is None:
        return None
    return form.Pack(pack=head, facts=facts, rules=rules)


def _parts(values: Any, kind: Any, name: str, report: Report) -> list[Any]:
    if not isinstance(values, list):
        report.add("form.type", (name,), expected="array", got=type(values).__name__)
        return []
    return [_part(value, kind, (name, number), report) for number, value in enumerate(values)]


def _part(value: Any, kind: Any, path: Path, report: Report) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        _refused(str(error), path, report)
    except RecursionError:
        report.add("form.refused", path, problem="too deep")
    return None


_SAID = (
    ("form.unknown_key", re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")),
    ("form.missing_key", re.compile(r"Object missing required field `(?P<key>[^`]*)`")),
    ("form.kind", re.compile(r"Invalid value '(?P<got>.*)'$")),
    ("form.choice", re.compile(r"Invalid enum value '(?P<got>.*)'$")),
    ("form.type", re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`")),
)


def _refused(said: str, path: Path, report: Report) -> None:
    """Turn msgspec's sentence into a finding at its place in the file."""
    problem, _, place = said.partition(" - at `")
    inner = _path(place.rstrip("`"))
    at = (*path, *inner)
    for code, pattern in _SAID:
        found = pattern.match(problem)
        if found:
            values: dict[str, object] = {name: text[:80] for name, text in found.groupdict().items()}
            if code == "form.unknown_key":
                at = (*at, found["key"])
                values["near"] = _near(found["key"], _keys_of(inner, path))
            report.add(code, at, mark=None, **values)
            return
    report.add("form.refused", at, problem=problem)


def _path(said: str) -> Path:
    """Return the place in msgspec's words (`$.check.of[1]`, `$.facts[...]`) as a path."""
    found: list[str | int] = []
    for name, number in re.findall(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]", said):
        if number == "...":
            break
        found.append(int(number) if number else name)
    return tuple(found)


_KEYS = sorted(
    {
        part.encode_name
        for kind in (form.Rule, form.Head, form.Authority, form.Effective, form.Clock, form.Extension, check_form.Condition,
                     form.Fixture, form.Retention, vocabulary.Fact, *check_form.KINDS.values())
        for part in msgspec.structs.fields(kind)
    }
    | {"kind"}
)  # fmt: skip


def _keys_of(inner: Path, path: Path) -> Iterable[str]:
    if not inner:
        kinds: dict[str, type[msgspec.Struct]] = {
            "pack": form.Head,
            "facts": vocabulary.Fact,
            "rules": form.Rule,
        }
        return [part.encode_name for part in msgspec.structs.fields(kinds[str(path[0])])]
    return _KEYS


def _near(word: str, known: Iterable[str]) -> str:
    """Return the key that was probably meant, or the keys that there are."""
    names = list(known)
    close = get_close_matches(word, names, 1, 0.6)
    return close[0] if close else ", ".join(names[:12])


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value that is not a list or a map, with its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from walk(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from walk(each, (*path, number))
    else:
        yield path, value
