"""YAML into plain values that remember their place, and nothing more dangerous.

A pack is read as events: no objects, no anchors (a few lines of them can unfold into billions of values), no merging. Values in
quotes are text. Of the others only four forms are more than text: `true` and `false`; whole and decimal numbers; days
(`2026-11-23`); and moments with their zone (`2026-11-23T10:00:00Z`). A number with a fraction becomes a `Decimal`, never a float,
so `NaN`, `1e5` and `0x10` are simply text, and are refused where a number is wanted.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from aboveboard.law.finding import Mark, Path, Report

LARGEST = 2_000_000
DEEPEST = 24

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,18}\.\d{1,18}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "": None, "~": None, "null": None}


def read(source: str | bytes, report: Report) -> Any:
    """Return the values of the one document in `source`, or None with at least one finding."""
    import yaml  # late: the command line answers before it needs a rule

    text = _decode(source, report)
    if text is None:
        return None
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    try:
        return _document(iter(yaml.parse(text, Loader=loader)), report)
    except _RefusedError:
        return None
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(at.line + 1, at.column + 1) if at else None
        report.add("yaml.syntax", mark=mark, problem=error.problem or error.context)
    except yaml.YAMLError as error:
        report.add("yaml.syntax", problem=" ".join(str(error).split())[:200])
    return None


class _RefusedError(Exception):
    """Something that the product does not read at all; its finding is written."""


def _decode(source: str | bytes, report: Report) -> str | None:
    if len(source) > LARGEST:
        report.add("yaml.too_large", size=f"{len(source):,}", limit=f"{LARGEST:,}")
        return None
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.add("yaml.not_utf8", mark=Mark(raw.count(b"\n", 0, error.start) + 1, 1))
        return None


def _document(events: Iterator[Any], report: Report) -> Any:
    root: Any = None
    seen = False
    for event in events:
        name = type(event).__name__
        if name == "DocumentStartEvent" and seen:
            report.add("yaml.many_documents", mark=_mark(event))
            return None
        if name in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"):
            root, seen = _value(event, events, (), report), True
    if root is None:
        report.add("yaml.empty")
    return root


def _value(event: Any, events: Iterator[Any], path: Path, report: Report) -> Any:
    report.marks[path] = mark = _mark(event)
    if len(path) > DEEPEST:
        report.add("yaml.too_deep", mark=mark, limit=DEEPEST)
        raise _RefusedError
    if event.anchor is not None:
        report.add("yaml.anchor", mark=mark, name=event.anchor)
        raise _RefusedError
    if event.tag is not None:
        report.add("yaml.tag", mark=mark, tag=event.tag)
        raise _RefusedError
    match type(event).__name__:
        case "ScalarEvent":
            return _scalar(event, path, report)
        case "SequenceStartEvent":
            return _list(events, path, report)
        case _:
            return _map(events, path, report)


def _list(events: Iterator[Any], path: Path, report: Report) -> list[Any]:
    found: list[Any] = []
    for event in events:
        if type(event).__name__ == "SequenceEndEvent":
            break
        found.append(_value(event, events, (*path, len(found)), report))
    return found


def _map(events: Iterator[Any], path: Path, report: Report) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if type(event).__name__ == "MappingEndEvent":
            break
        if type(event).__name__ != "ScalarEvent" or event.anchor is not None or event.tag is not None:
            report.add("yaml.key", mark=_mark(event))
            raise _RefusedError
        key = event.value
        if key in found:
            first = report.marks[*path, key].line
            report.add("yaml.duplicate_key", mark=_mark(event), key=key, first=first)
        found[key] = _value(next(events), events, (*path, key), report)
    return found


def _scalar(event: Any, path: Path, report: Report) -> Any:
    text: str = event.value
    if not event.implicit[0]:  # in quotes, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text) + 0  # no negative zero
    try:
        if _DAY.fullmatch(text):
            return datetime.date.fromisoformat(text)
        if _MOMENT.fullmatch(text):
            return datetime.datetime.fromisoformat(text)
    except ValueError:
        report.add("yaml.day", path, text=text)
    return text


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
