"""Walking through a file while remembering where one stands, so that every fault can say its line and its key path.

A `Place` is a value in the file together with its path (`plans.PRO.price`) and the report. Its methods give what is wanted there
(a text, a number, keys with values) or write a finding and give a default; nothing raises and nothing is guessed, because the
values are read as text and their type is known only here: `no` is a text where a text is wanted, and a no where a yes or no is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from aboveboard.book.finding import Mark, Path, Report, Severity
from aboveboard.book.near import nearest
from aboveboard.book.source import Node
from aboveboard.pricing.pricing2yaml.model import LARGEST
from aboveboard.words.catalogue import Catalogue

PACKAGE = "aboveboard.pricing.pricing2yaml"
#: Faults that leave a page valid.
WARNINGS = frozenset(
    {
        "addon.gives_nothing",
        "addon.quantity_ignored",
        "addon.same_for_more",
        "feature.without_limit",
        "key.mistyped",
        "key.unknown",
        "limit.without_feature",
        "page.version_missing",
        "space.too_tangled",
        "value.missing",
    }
)

_NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d{1,3})?", re.ASCII)
_ENDLESS = re.compile(r"\+?\.(inf|Inf|INF)")
_BELOW = re.compile(r"-\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_YES = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_NO = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
#: Names stay below YAML's limit for a key on one line, even when each of their characters must be escaped.
LONGEST_NAME = 100


class PageReport(Report):
    """A report about a price page: its own sentences come from this package, those about YAML from the book's."""

    root: Node | None = None

    def add(self, code: str, path: Path, *, mark: Mark | None = None, **values: object) -> None:
        """Write down a finding; `values` fill the places of its two sentences. Raises `Full` at the limit."""
        texts = Catalogue.load(PACKAGE)
        if f"findings.{code}.message" not in texts:
            super().add(code, path, mark=mark, **values)
            return
        severity: Severity = "warning" if code in WARNINGS else "error"
        self._write(texts, severity, code, path, mark or _mark(self.root, path), values)

    def item(self, path: Path, said: str) -> Path:
        """Return the path of the item that says `said`, in the list at `path`."""
        node = self.root
        for part in path:
            node = node.entries.get(str(part)) if node is not None else None
        items = [] if node is None else [item.text for item in node.items]
        return (*path, items.index(said)) if said in items else path


def _mark(node: Node | None, path: Path) -> Mark:
    """Return where `path` stands: its key, or its item, or the nearest thing around it that is in the file."""
    mark = Mark(1, 1) if node is None else node.mark
    for part in path:
        if node is None:
            break
        if isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            mark = node.mark
        elif isinstance(part, str) and part in node.entries:
            mark = node.keys[part]
            node = node.entries[part]
        else:
            break
    return mark


class Place:
    """A value in the file, or its absence (`node` None). Its path is put together only when somebody asks."""

    __slots__ = ("_key", "_parent", "node", "report")

    def __init__(
        self, node: Node | None, report: PageReport, parent: Place | None = None, key: str | int = ""
    ) -> None:
        self.node = node
        self.report = report
        self._parent = parent
        self._key = key

    @property
    def path(self) -> Path:
        """Where this is: `("plans", "PRO", "price")`."""
        return () if self._parent is None else (*self._parent.path, self._key)

    @property
    def empty(self) -> bool:
        """Whether nothing is written here."""
        return self.node is None or self.node.empty

    def fault(self, code: str, **values: object) -> None:
        """Write a finding about this place."""
        self.report.add(code, self.path, mark=None, **values)

    def at(self, key: str) -> Place:
        """Return the place under a key; it may be empty."""
        node = self.node.entries.get(key) if self.node is not None else None
        return Place(node, self.report, self, key)

    def entries(self) -> Iterator[tuple[str, Place]]:
        """Yield the named things here, leaving out (with a finding) those whose name is no name."""
        if self.empty or not self._is("map"):
            return
        assert self.node is not None  # noqa: S101 - not empty
        for name, node in self.node.entries.items():
            place = Place(node, self.report, self, name)
            if not name.strip():
                place.fault("name.empty")
            elif len(name) > LONGEST_NAME:
                place.fault("name.too_long", limit=LONGEST_NAME)
            else:
                yield name, place

    def has_form(self, known: Collection[str]) -> bool:
        """Return whether there are keys with values here (or nothing), and write a finding for each key that nobody knows."""
        if self.empty:
            return True
        if not self._is("map"):
            return False
        assert self.node is not None  # noqa: S101 - not empty
        for key in self.node.entries.keys() - set(known):
            near = nearest(key, sorted(known))
            self.at(key).fault("key.mistyped" if near else "key.unknown", key=_short(key), near=near or "")
        return True

    def said(self, key: str) -> str:
        """Return the text under a key, nothing if there is none; what `at(key).text()` returns, but quick."""
        node = self.node.entries.get(key) if self.node is not None else None
        if node is None:
            return ""
        if node.kind == "text" and not node.empty:
            return node.text
        return Place(node, self.report, self, key).text()

    def text(self, default: str = "") -> str:
        """Return the text here."""
        if self.empty or not self._is("text"):
            return default
        assert self.node is not None  # noqa: S101 - not empty
        return self.node.text

    def names(self) -> tuple[str, ...]:
        """Return the list of texts here, each once."""
        if self.empty or not self._is("list"):
            return ()
        assert self.node is not None  # noqa: S101 - not empty
        items = [Place(node, self.report, self, i) for i, node in enumerate(self.node.items)]
        found = [item.text() for item in items]
        return tuple(dict.fromkeys(name for name in found if name))

    def choice(self, options: Collection[str], default: str) -> str:
        """Return which of `options` stands here, in whatever case."""
        said = self.text()
        if not said or said.strip().upper() in options:
            return said.strip().upper() or default
        self.fault("value.choice", said=_short(said), options=", ".join(options))
        return default

    def yes(self) -> bool:
        """Return the yes or no here; nothing is a no."""
        said = "no" if self.empty else self.text("no")
        if said not in _YES and said not in _NO:
            self.fault("value.yes_or_no", said=_short(said))
        return said in _YES

    def number(self) -> Decimal | None:
        """Return the number here (unlimited is infinite), or None with a finding if there is none."""
        said = self.text()
        found = number(said)
        if found is None or found.is_nan():
            self.fault("value.number", said=_short(said))
            return None
        if found.is_finite() and abs(found) > LARGEST:
            self.fault("number.too_large", limit=f"{LARGEST:,}")
            return None
        return found

    def _is(self, kind: str) -> bool:
        assert self.node is not None  # noqa: S101 - asked first
        if self.node.kind == kind:
            return True
        self.fault(f"form.{kind}")
        return False


def number(said: str) -> Decimal | None:
    """Return a number as YAML writes it, or None. What is below everything or no number at all (`.nan`) comes as NaN."""
    if _NUMBER.fullmatch(said):
        return Decimal(said.replace("_", ""))
    if _ENDLESS.fullmatch(said):
        return Decimal("Infinity")
    return Decimal("NaN") if _BELOW.fullmatch(said) else None


def truth(node: Node) -> bool | None:
    """Return the yes or no that a text without quotes says, or None."""
    if node.kind != "text" or not node.plain or node.text not in _YES | _NO:
        return None
    return node.text in _YES


def data(node: Node) -> Any:
    """Return whatever is written in a node as plain values: the type of a text without quotes is what it looks like."""
    if node.kind == "list":
        return tuple(data(item) for item in node.items)
    if node.kind == "map":
        return {key: data(value) for key, value in node.entries.items()}
    if node.empty:
        return None
    if not node.plain:
        return node.text
    said, found = truth(node), number(node.text)
    if said is not None:
        return said
    return node.text if found is None or found.is_nan() or abs(found) > LARGEST else found


def _short(said: str) -> str:
    return said if len(said) <= 60 else said[:59] + "…"
