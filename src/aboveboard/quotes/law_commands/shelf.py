"""Which rules the commands of the law know: those that ship, the deployment's, and those of a book.

The book is the edition in force, or a draft that is named. Where nothing has been installed yet, the shipped rules are all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from aboveboard.law.library import Library, Own


def library(book: Path | None = None) -> Library:
    """Return the rules in use, with those of the draft `book`, else of the edition in force; a bad pack ends in a sentence."""
    from aboveboard.law.library import Library, LibraryError
    from aboveboard.settings import Settings

    try:
        return Library.open(Settings.load().law_packs, own(book))
    except LibraryError as error:
        raise click.ClickException(str(error)) from None


def own(book: Path | None = None) -> tuple[Own, ...]:
    """Return the packs that the draft `book` names, or else those of the edition in force."""
    return published() if book is None else named(book)


def published() -> tuple[Own, ...]:
    """Return the packs of the edition in force; none where there is no installation."""
    from aboveboard.settings import Settings

    house = click.get_current_context().find_root().obj
    if house is None or not Settings.load().keys_folder.exists():
        return ()
    with house.store.read() as conn:
        edition = house.editions.current(conn)
    return () if edition is None else edition.own


def named(book: Path) -> tuple[Own, ...]:
    """Return the packs that a draft names, unproven; raises `click.ClickException` for a book or a name that cannot be read."""
    from aboveboard.book.load import load
    from aboveboard.editions.own_packs import PackFileError, beside, finding
    from aboveboard.law.library import Own

    loaded = load(book.read_bytes(), str(book))
    if loaded.book is None:
        raise click.ClickException(loaded.findings[0].say("en"))
    read, found = beside(book), []
    for number, name in enumerate(loaded.book.law.packs):
        try:
            found.append(Own(name, read(name)))
        except PackFileError as error:
            path = ("law", "packs", number)
            said = finding(error.code, loaded.lines, str(book), path, **error.values)
            raise click.ClickException(said.say("en")) from None
    return tuple(found)
