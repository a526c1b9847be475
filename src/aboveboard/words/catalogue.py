"""The texts of a room: one `texts.yaml` beside its code, read once, asked for by key.

A file is a tree whose leaves are pairs, and a key is the path to a leaf, joined by dots:

    done:
      title: {en: Done., zh: 好了。}        # -> t("done.title", "en")

Keys may also be written flat (`done.title: {...}`). All values are read as text, so a key called `no` and a text such as
`84.00` stay what they look like. A key that does not exist raises at once, as does a pair that lacks a language: a page with
a hole in it must never be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, KeysView
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from aboveboard.words.text import LANGUAGES, Text

FILE = "texts.yaml"
ROOT = "aboveboard"


class CatalogueError(ValueError):
    """A `texts.yaml` that cannot be used; the message names the file, the key and the mend."""


class Catalogue:
    """The texts of one package. Calling it says a text: `t("choices.done", lang, partner=name)`."""

    __slots__ = ("_texts", "package")

    def __init__(self, package: str, texts: dict[str, Text]) -> None:
        self.package = package
        self._texts = texts

    @classmethod
    def load(cls, package: str) -> Catalogue:
        """Return the catalogue of `package` (for example `"aboveboard.choices"`), read once per process.

        Raises `CatalogueError` if the package has no readable `texts.yaml`.
        """
        return _load(package)

    def __call__(self, key: str, lang: str, **values: object) -> str:
        """Return the text `key` in `lang` with its places filled; raises `KeyError` for an unknown key or an empty place."""
        return self.text(key).say(lang, **values)

    def text(self, key: str) -> Text:
        """Return the pair itself, to be filled or said later; raises `KeyError` for an unknown key."""
        try:
            return self._texts[key]
        except KeyError:
            raise KeyError(f"{self.package} has no text '{key}'; add it to its {FILE}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def keys(self) -> KeysView[str]:
        """Return all keys, in the order of the file."""
        return self._texts.keys()


def all_catalogues() -> dict[str, Catalogue]:
    """Return the catalogue of every package of the product that has a `texts.yaml`, by package name."""
    return {package: Catalogue.load(package) for package in packages()}


def packages() -> list[str]:
    """Return the name of every package of the product that has a `texts.yaml`."""
    return sorted(_packages(files(ROOT), ROOT))


def _packages(folder: Traversable, package: str) -> Iterator[str]:
    for child in folder.iterdir():
        if child.name == FILE:
            yield package
        elif child.is_dir() and child.name.isidentifier():
            yield from _packages(child, f"{package}.{child.name}")


@cache
def _load(package: str) -> Catalogue:
    try:
        source = (files(package) / FILE).read_text("utf-8")
    except (FileNotFoundError, ModuleNotFoundError):
        raise CatalogueError(f"{package} has no {FILE}; put one beside its code") from None
    return Catalogue(package, parse(source, package))


def parse(source: str, package: str) -> dict[str, Text]:
    """Return the texts of a `texts.yaml` by dotted key; raises `CatalogueError` for a broken file."""
    import yaml  # late: the command line answers before it needs a page text

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        node = yaml.compose(source, Loader=loader)
    except yaml.YAMLError as error:
        raise CatalogueError(f"{package}/{FILE} is not readable YAML: {error}") from None
    texts: dict[str, Text] = {}
    if node is not None:
        _collect(node, "", texts, package)
    return texts


def _collect(node: Any, path: str, texts: dict[str, Text], package: str) -> None:
    """Walk the composed nodes, not plain dictionaries: there a key written twice would have silently lost its first text."""
    where = f"{package}/{FILE} line {node.start_mark.line + 1}: '{path}'"
    if node.id != "mapping":
        raise CatalogueError(f"{where} must be a pair {{en: …, zh: …}} or hold more keys")
    names = [key.value for key, _ in node.value]
    if any(key.value in LANGUAGES and value.id == "scalar" for key, value in node.value):
        _add(path, {key.value: value for key, value in node.value}, names, texts, where)
        return
    for key, value in node.value:
        _collect(value, f"{path}.{key.value}" if path else key.value, texts, package)


def _add(path: str, pair: dict[str, Any], names: list[str], texts: dict[str, Text], where: str) -> None:
    if sorted(names) != sorted(LANGUAGES) or any(
        value.id != "scalar" or not value.value for value in pair.values()
    ):
        raise CatalogueError(
            f"{where} needs one text for each of en and zh (a comma inside {{…}} wants quotes)"
        )
    if path in texts:
        raise CatalogueError(f"{where} is there twice; keep one")
    texts[path] = Text(en=pair["en"].value, zh=pair["zh"].value)
