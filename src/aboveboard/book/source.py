"""YAML into nodes that remember their place, and nothing more dangerous.

The file is read as events and built into `Node`s: no objects, no anchors, no merging, no guessing of types. `no` stays the
text "no" and `84.00` stays "84.00" until `shape` knows what is wanted there. What the product does not read (tags, anchors,
tabs, a key written twice, several documents) is a finding with its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from aboveboard.book.finding import Mark, Report

LARGEST = 2_000_000
DEEPEST = 20

#: What the YAML reader complains of, and which of our sentences says it better.
_SYNTAX = (
    ("mapping values are not allowed", "yaml.colon"),
    ("found unexpected end of stream", "yaml.quote"),
    ("found unknown escape", "yaml.quote"),
    ("did not find expected key", "yaml.indent"),
    ("did not find expected '-'", "yaml.indent"),
    ("could not find expected ':'", "yaml.indent"),
    ("block sequence entries are not allowed", "yaml.indent"),
    ("block collection entries are not allowed", "yaml.indent"),
    ("did not find expected ','", "yaml.bracket"),
    ("did not find expected node", "yaml.bracket"),
    ("found character that cannot start any token", "yaml.character"),
    ("did not find expected <document start>", "yaml.indent"),
)


@dataclass(slots=True)
class Node:
    """A value in the file. `plain` is true for text without quotes, which alone may be a number, a date or nothing."""

    kind: Literal["text", "list", "map"]
    mark: Mark
    text: str = ""
    plain: bool = False
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    #: Where each key of a map stands.
    keys: dict[str, Mark] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was written here (`key:` alone, `~` or `null`)."""
        return self.kind == "text" and self.plain and self.text in ("", "~", "null", "Null", "NULL")


def decode(source: str | bytes, report: Report) -> str | None:
    """Return the file as text, or None with a finding if it is too large, not UTF-8, or holds tabs where it may not."""
    if len(source) > LARGEST:
        report.add("yaml.too_large", (), size=f"{len(source):,}", limit=f"{LARGEST:,}")
        return None
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    try:
        source = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.add("yaml.not_utf8", (), mark=Mark(raw.count(b"\n", 0, error.start) + 1, 1))
        return None
    tabs = [number for number, line in enumerate(source.split("\n"), 1) if "\t" in line[: _indent(line)]]
    for number in tabs[:5]:
        report.add("yaml.tab", (), mark=Mark(number, 1))
    return None if tabs else source


def read(text: str, report: Report) -> Node | None:
    """Return the root of the one document in `text`, or None with at least one finding."""
    import yaml

    root: Node | None = None
    quoted: list[Any] = []
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    try:
        root = _document(_watched(yaml.parse(text, Loader=loader), quoted), report)
    except yaml.MarkedYAMLError as error:
        _broken(report, error, quoted)
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0) or 0)
        report.add("yaml.character", (), mark=Mark(line + 1, 1))
    return None if report.failed else root


class _Refused(Exception):  # noqa: N818 - the finding is already written
    """Something that the product does not read at all."""


def _document(events: Iterator[Any], report: Report) -> Node | None:
    root: Node | None = None
    try:
        for event in events:
            name = type(event).__name__
            if name == "DocumentStartEvent" and root is not None:
                report.add("yaml.many_documents", (), mark=_mark(event))
                return None
            if name in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"):
                root = _node(event, events, report, 1)
    except _Refused:
        return None
    if root is None or root.empty:
        report.add("yaml.empty", (), mark=Mark(1, 1))
        return None
    return root


def _node(event: Any, events: Iterator[Any], report: Report, depth: int) -> Node:
    mark = _mark(event)
    if depth > DEEPEST:
        report.add("yaml.too_deep", (), mark=mark, limit=DEEPEST)
        raise _Refused
    name = type(event).__name__
    if event.anchor is not None:
        report.add("yaml.anchor", (), mark=mark, name=event.anchor)
        raise _Refused
    if event.tag is not None:
        report.add("yaml.tag", (), mark=mark, tag=event.tag)
        raise _Refused
    if name == "ScalarEvent":
        return Node("text", mark, text=event.value, plain=event.implicit[0])
    if name == "SequenceStartEvent":
        return _list(events, report, mark, depth)
    return _map(events, report, mark, depth)


def _list(events: Iterator[Any], report: Report, mark: Mark, depth: int) -> Node:
    node = Node("list", mark)
    for event in events:
        if type(event).__name__ == "SequenceEndEvent":
            break
        node.items.append(_node(event, events, report, depth + 1))
    return node


def _map(events: Iterator[Any], report: Report, mark: Mark, depth: int) -> Node:
    node = Node("map", mark)
    for event in events:
        if type(event).__name__ == "MappingEndEvent":
            break
        key = _node(event, events, report, depth + 1)
        value = _node(next(events), events, report, depth + 1)
        if key.kind != "text":
            report.add("yaml.key", (), mark=key.mark)
        elif key.text in node.entries:
            report.add("yaml.duplicate_key", (), mark=key.mark, key=key.text, first=node.keys[key.text].line)
        else:
            node.entries[key.text] = value
            node.keys[key.text] = key.mark
    return node


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _watched(events: Iterator[Any], quoted: list[Any]) -> Iterator[Any]:
    """Pass the events on, keeping the newest text in quotes that runs over several lines."""
    for event in events:
        if type(event).__name__ == "ScalarEvent" and event.start_mark.line != event.end_mark.line:
            quoted[:] = [event] if event.style in ("'", '"') else []
        yield event


def _broken(report: Report, error: Any, quoted: list[Any]) -> None:
    """Write the finding where it helps.

    An open quote or bracket is shown where it was opened, other faults where the reader stumbled. A quote that was never
    closed swallows all lines up to the next quote, and the reader stumbles behind that: then the text before is to blame.
    """
    problem, noticed, began = str(error.problem), error.problem_mark, error.context_mark
    code = next((code for said, code in _SYNTAX if said in problem), "yaml.syntax")
    at = (began if code in ("yaml.quote", "yaml.bracket") else None) or noticed or began
    if quoted and noticed is not None and quoted[0].end_mark.line == noticed.line:
        code, at = "yaml.quote", quoted[0].start_mark
    report.add(code, (), mark=Mark(at.line + 1, at.column + 1) if at else None, problem=problem)
