"""The words of an import of prices of others: what refuses a whole file, and what sets one row aside."""

from __future__ import annotations

from aboveboard.words.catalogue import Catalogue

SAYS = Catalogue.load("aboveboard.watch")


class MarketFileError(ValueError):
    """A file that cannot be taken as a whole; nothing was written. `code` is stable, `text` tells the mend."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.text = SAYS.text(f"refused.{code}").filled(**values)
        super().__init__(self.text.en)


class MarketRowError(ValueError):
    """A row that cannot be taken; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
