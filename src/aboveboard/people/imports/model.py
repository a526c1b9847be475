"""The words of an import: what refuses a whole file, what sets one row aside, and how a row can end."""

from __future__ import annotations

from typing import Literal

from aboveboard.words.catalogue import Catalogue

What = Literal["customers", "visits"]
Outcome = Literal["taken", "mended", "already", "set_aside"]
OUTCOMES: tuple[Outcome, ...] = ("taken", "mended", "already", "set_aside")

SAYS = Catalogue.load("aboveboard.people.imports")


class ImportFileError(ValueError):
    """A file that cannot be imported as a whole; nothing of it was written. `code` is stable, `text` tells the mend."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.text = SAYS.text(f"refused.{code}").filled(**values)
        super().__init__(self.text.en)


class SetAside(Exception):  # noqa: N818 - it is how one row ends
    """One row that cannot be taken; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
