"""The law's first question, asked of a book by ids."""

from __future__ import annotations

import datetime

from aboveboard.book.model import Book
from aboveboard.law.bans import Ban, forbids


def forbidden(
    book: Book, purpose: str, recipient: str | None, on: datetime.date, *, places: tuple[str, ...] = ()
) -> Ban | None:
    """Return the law that forbids this purpose (towards this partner, if one is named) on that day, or None.

    `places` adds where the customer lives, if known. Raises `KeyError` for an id that the book does not have: a question
    about nothing must not look like a yes.
    """
    asked = book.purpose(purpose)
    partner = book.partner(recipient) if recipient is not None else None
    if asked is None or (recipient is not None and partner is None):
        raise KeyError(f"the book has no purpose '{purpose}' or no partner '{recipient}'")
    return forbids(book, asked, partner, on, places=places)
