"""Nodes into the plain values of the book, guided by the model's types; every fault is a finding, none stops the walk.

The model (`model.Book`) is the only description of the form. This walk reads its types through `msgspec.inspect` and asks of
each node what the type wants: text stays exactly as written, a number must look like one, a missing key is named with what
it is for, an unknown key with its nearest neighbour.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from msgspec import inspect

from aboveboard import money
from aboveboard.book import model
from aboveboard.book.finding import Path, Report
from aboveboard.book.near import nearest
from aboveboard.book.source import Node
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
#: A number that is only too long, before the point or behind it.
_LONG = re.compile(r"-?(\d+)(\.\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FORMS = {
    model.ID_FORM: "id",
    model.PLACE_FORM: "place",
    model.CURRENCY_FORM: "currency",
    model.MONTH_DAY_FORM: "month_day",
    model.ADDRESS_FORM: "address",
    model.TIME_FORM: "time",
}
#: Stands for a value that could not be read; its finding is written.
MISSING: Any = object()


def build(node: Node, report: Report) -> Any:
    """Return the book in `node` as dictionaries, lists and text, ready for `msgspec.convert`; faults go to the report."""
    return _read(inspect.type_info(model.Book), node, (), report)


def _read(wanted: inspect.Type, node: Node, path: Path, report: Report) -> Any:
    if isinstance(wanted, inspect.Metadata):
        wanted = wanted.type
    report.lines.put(path, node.mark)
    return _READERS[type(wanted)](wanted, node, path, report)


def _struct(wanted: inspect.StructType, node: Node, path: Path, report: Report) -> Any:
    if not _is(node, "map", path, report):
        return MISSING
    fields = {field.encode_name: field for field in wanted.fields}
    free = fields.keys() - node.entries.keys()
    meant = {_unknown_key(key, node, free, path, report) for key in node.entries if key not in fields}
    found = {}
    for name, field in fields.items():
        if name in node.entries:
            found[name] = _read(field.type, node.entries[name], (*path, name), report)
        elif field.required and name not in meant:
            report.add("shape.missing_key", path, key=name, about=describe(wanted.cls.__name__, name))
    return found


def _unknown_key(key: str, node: Node, free: Any, path: Path, report: Report) -> str | None:
    """Write the finding and return the key that was probably meant, which is then not missing."""
    mark = node.keys[key]
    if {"en", "zh"} & node.keys.keys() and node.entries[key].empty:
        report.add("shape.comma", path, mark=mark, key=_short(key))
        return None
    near = nearest(key, sorted(free))
    if near:
        report.add("shape.mistyped_key", path, mark=mark, key=_short(key), near=near)
    else:
        report.add(
            "shape.unknown_key", path, mark=mark, key=_short(key), known=", ".join(sorted(free)) or "–"
        )
    return near


def _list(wanted: inspect.ListType, node: Node, path: Path, report: Report) -> Any:
    if node.empty:
        node = Node("list", node.mark)
    if not _is(node, "list", path, report):
        return MISSING
    if len(node.items) < (wanted.min_length or 0):
        report.add("shape.empty_list", path)
    return [_read(wanted.item_type, item, (*path, index), report) for index, item in enumerate(node.items)]


def _dict(wanted: inspect.DictType, node: Node, path: Path, report: Report) -> Any:
    if node.empty:
        node = Node("map", node.mark)
    if not _is(node, "map", path, report):
        return MISSING
    return {key: _read(wanted.value_type, value, (*path, key), report) for key, value in node.entries.items()}


def _union(wanted: inspect.UnionType, node: Node, path: Path, report: Report) -> Any:
    kinds = [kind for kind in wanted.types if not isinstance(kind, inspect.NoneType)]
    if node.empty and len(kinds) < len(wanted.types):
        return None
    if len(kinds) == 1:
        return _read(kinds[0], node, path, report)
    several = next((kind for kind in kinds if isinstance(kind, inspect.ListType)), None)
    if several and node.kind == "list":
        return _read(several, node, path, report)
    number = next((kind for kind in kinds if isinstance(kind, inspect.IntType)), None)
    if number and node.plain and _WHOLE.fullmatch(node.text):
        return _read(number, node, path, report)
    return _read(next(kind for kind in kinds if isinstance(kind, inspect.StrType)), node, path, report)


def _text(wanted: inspect.StrType, node: Node, path: Path, report: Report) -> Any:
    if not _is(node, "text", path, report):
        return MISSING
    if node.empty or not node.text.strip():
        report.add("shape.empty", path)
    elif wanted.pattern and not re.search(wanted.pattern, node.text):
        form = _FORMS[wanted.pattern]
        report.add(f"shape.{form}", path, value=_short(node.text), near=_tidied(form, node.text))
    else:
        return node.text
    return MISSING


def _decimal(_wanted: inspect.Type, node: Node, path: Path, report: Report) -> Any:
    return _matched(node, path, report, _NUMBER, "shape.not_a_number", lambda text: text)


def _whole(wanted: inspect.IntType, node: Node, path: Path, report: Report) -> Any:
    number = _matched(node, path, report, _WHOLE, "shape.not_a_whole_number", int)
    low, high = wanted.ge, wanted.le
    if number is MISSING or ((low is None or number >= low) and (high is None or number <= high)):
        return number
    report.add(
        "shape.out_of_range", path, value=number, low=low if low is not None else "–", high=high or "–"
    )
    return MISSING


def _bool(_wanted: inspect.Type, node: Node, path: Path, report: Report) -> Any:
    if _is(node, "text", path, report):
        if node.text in ("true", "false"):
            return node.text == "true"
        report.add("shape.not_a_switch", path, value=_short(node.text))
    return MISSING


def _date(_wanted: inspect.Type, node: Node, path: Path, report: Report) -> Any:
    return _matched(node, path, report, _DATE, "shape.not_a_date", lambda text: _real_day(text, path, report))


def _real_day(text: str, path: Path, report: Report) -> Any:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        report.add("shape.no_such_day", path, value=text)
        return MISSING


def _literal(wanted: inspect.LiteralType, node: Node, path: Path, report: Report) -> Any:
    if not _is(node, "text", path, report):
        return MISSING
    allowed = {str(value): value for value in wanted.values}
    if node.text in allowed:
        return allowed[node.text]
    known = ", ".join(sorted(allowed))
    near = nearest(node.text, sorted(allowed))
    if near:
        report.add("shape.mistyped_value", path, value=_short(node.text), near=near, known=known)
    else:
        report.add("shape.not_allowed", path, value=_short(node.text), known=known)
    return MISSING


def _matched(
    node: Node, path: Path, report: Report, form: re.Pattern[str], code: str, take: Callable[[str], Any]
) -> Any:
    if not _is(node, "text", path, report):
        return MISSING
    if form.fullmatch(node.text.strip()):
        return take(node.text.strip())
    if not node.text.strip() or node.empty:
        report.add("shape.empty", path)
    else:
        report.add(
            _of_number(node.text.strip(), form) or code, path, value=_short(node.text), limit=_limit(form)
        )
    return MISSING


def _of_number(text: str, form: re.Pattern[str]) -> str | None:
    """Return what is wrong with a number that is too large or too fine, None if it is none."""
    long = _LONG.fullmatch(text)
    if long is None or form not in (_NUMBER, _WHOLE):
        return None
    if form is _WHOLE:
        return None if long[2] else "shape.too_large"
    return "shape.too_large" if len(long[1]) > len(str(money.LARGEST)) else "shape.too_fine"


def _limit(form: re.Pattern[str]) -> str:
    return "999,999,999" if form is _WHOLE else f"{money.LARGEST:,}"


def _is(node: Node, kind: str, path: Path, report: Report) -> bool:
    if node.kind == kind:
        return True
    texts = Catalogue.load("aboveboard.book")
    have = "nothing" if node.empty else node.kind
    report.add("shape.wrong_kind", path, want=texts.text(f"kinds.{kind}"), have=texts.text(f"kinds.{have}"))
    return False


def describe(chapter: str, key: str) -> Text:
    """Return what a key of a chapter is for, in both languages: the same words as in the docs and in the JSON Schema."""
    return Catalogue.load("aboveboard.book").text(f"keys.{chapter}.{key}")


def _tidied(form: str, value: str) -> str:
    """Return what was probably meant where tidying up is enough: `Review Site` becomes `review_site`."""
    if form == "id":
        return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")[:40] or "name"
    if form == "month_day":
        return "01-31"
    if form == "time":
        return "17:30"
    return value.strip().upper()[:6]


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


_READERS: dict[type, Callable[[Any, Node, Path, Report], Any]] = {
    inspect.StructType: _struct,
    inspect.ListType: _list,
    inspect.DictType: _dict,
    inspect.UnionType: _union,
    inspect.StrType: _text,
    inspect.DecimalType: _decimal,
    inspect.IntType: _whole,
    inspect.BoolType: _bool,
    inspect.DateType: _date,
    inspect.LiteralType: _literal,
}
