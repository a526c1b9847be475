"""Rules of the owner's own: from the files that a book names to what an edition keeps.

A book names files beside it (`law: packs:`). `beside` reads them, and nothing outside the book's own folder. What was read is
judged like the book itself: a pack that cannot be read, does not prove its rules or takes an id that is taken is refused with
its reasons. An edition keeps the text of each pack with its hash, so that every process judges by it, and an old price is
judged again by it, when the file has long changed or gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from aboveboard.book.finding import Finding, Lines, dotted
from aboveboard.book.model import Book
from aboveboard.law import loading
from aboveboard.law.library import Library, LibraryError, Own, said
from aboveboard.law.reading import LARGEST
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: So many reasons of one pack are told; the rest would only hide the first.
_REASONS = 10

#: No name of a pack is longer.
_LONGEST = 200

#: Returns the text of a pack by the name that the book gives it; raises `PackFileError`.
Reader = Callable[[str], str]


class PackFileError(ValueError):
    """A file that a book names and that cannot be used; `code` is that of the finding, `values` fill its sentences."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Gathered:
    """What reading the packs of a book gave: the packs, or at least one finding."""

    packs: tuple[Own, ...]
    findings: list[Finding]


def beside(book: Path) -> Reader:
    """Return how to read packs that lie in the folder of the file `book`, or below it."""
    return lambda name: _file(book.parent, name)


def kept(packs: tuple[Own, ...]) -> Reader:
    """Return how to read packs that an edition has kept: for whoever has the text of a book and no file."""
    texts = {own.name: own.text for own in packs}

    def read(name: str) -> str:
        if name not in texts:
            raise PackFileError("law.pack_not_kept", name=name)
        return texts[name]

    return read


def _file(folder: Path, name: str) -> str:
    """Return the text of a file below `folder`; no name leads out of it, and neither does a link."""
    parts = PurePosixPath(name).parts
    windows = PureWindowsPath(name)
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or windows.drive or "\\" in name:
        raise PackFileError("law.pack_outside", name=name)
    if not name.endswith((".yaml", ".yml")) or "\0" in name or len(name) > _LONGEST:
        raise PackFileError("law.pack_name", name=name)
    try:
        home = folder.resolve(strict=True)
        path = (home / name).resolve(strict=True)
        if not path.is_relative_to(home):
            raise PackFileError("law.pack_outside", name=name)
        if not path.is_file():
            raise PackFileError("law.pack_missing", name=name)
        if path.stat().st_size > LARGEST:
            raise PackFileError("law.pack_large", name=name, limit=f"{LARGEST:,}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PackFileError("law.pack_not_utf8", name=name) from None
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, PackFileError):
            raise
        raise PackFileError("law.pack_missing", name=name) from None


def gather(book: Book, lines: Lines, file: str, read: Reader | None, folder: str = "") -> Gathered:
    """Return the packs that a book names, each proven and none with an id that is taken; `folder` is the deployment's."""
    found, packs = list[Finding](), list[Own]()
    for number, name in enumerate(book.law.packs):
        path = ("law", "packs", number)
        if name in book.law.packs[:number]:
            found.append(finding("law.pack_twice", lines, file, path, name=name))
            continue
        try:
            text = (read or kept(()))(name)
        except PackFileError as error:
            found.append(finding(error.code, lines, file, path, **error.values))
            continue
        reasons = list(_reasons(name, text, tuple(packs), folder))
        found += [finding("law.pack_refused", lines, file, path, name=name, reason=why) for why in reasons]
        if not reasons:
            packs.append(Own(name, text))
    return Gathered(tuple(packs), found)


def _reasons(name: str, text: str, before: tuple[Own, ...], folder: str) -> Iterator[Text]:
    """Yield why a pack is refused, beside those that were good; nothing if it is good too."""
    try:
        Library.open(folder, before)
    except LibraryError:
        return  # the deployment's own fault, which is told once and not of each pack
    try:
        Library.open(folder, (*before, Own(name, text)))
    except LibraryError as error:
        told = [finding.said() for finding in error.findings]
        told += [_line(said(each, name), said(each, name, "zh")) for each in error.survivors]
        yield from told[:_REASONS] or [_line(str(error), str(error))]


def _line(en: str, zh: str) -> Text:
    """Return a finished line in both languages; its brackets are what they look like."""
    return Text("{en}", "{zh}").filled(en=en, zh=zh)


def sha256(own: Own) -> str:
    """Return a pack's hash, as results name it."""
    return loading.load(own.text, own.name).sha256


def finding(code: str, lines: Lines, file: str, path: tuple[str | int, ...], **values: object) -> Finding:
    """Return an error about the packs of a book, at its place in the book."""
    texts, at = Catalogue.load("aboveboard.editions"), lines.at(path)
    return Finding(
        severity="error",
        code=code,
        path=dotted(path),
        line=at.line,
        column=at.column,
        text=texts.text(f"{code}.message").filled(**values),
        how=texts.text(f"{code}.mend").filled(**values),
        file=file,
    )


def refused(folder: str, lines: Lines, file: str) -> list[Finding]:
    """Return a finding if the rules of the deployment (`ABOVEBOARD_LAW_PACKS`) must not be used."""
    try:
        Library.open(folder)
    except LibraryError as error:
        return [finding("law.folder_refused", lines, file, ("business",), reason=str(error))]
    return []
