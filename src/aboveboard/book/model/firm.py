"""Who the business is, and how its own files look."""

from __future__ import annotations

from typing import Literal

from aboveboard.book.model.base import Chapter, Currency, Id, Place, Text


class Contact(Chapter, frozen=True, kw_only=True):
    """How a customer reaches the business."""

    email: str
    phone: str
    address: Text


class Business(Chapter, frozen=True, kw_only=True):
    """Who the business is and where it works. `kind` is a plain word (clinic, studio, repair); laws look at it."""

    id: Id
    name: Text
    kind: Id
    place: Place
    currency: Currency
    timezone: str
    contact: Contact
    customers: Literal["here", "anywhere"] = "here"
    #: True for a US health care provider bound by HIPAA (45 CFR 160.103), so that its bans apply.
    hipaa_covered: bool = False


class ImportMapping(Chapter, frozen=True, kw_only=True):
    """Which column of the firm's own CSV is which: our name to theirs (or to a column number, counted from 1)."""

    columns: dict[str, str | int] = {}
    delimiter: str | None = None
    header: bool | None = None
    date_format: str | None = None


class Imports(Chapter, frozen=True, kw_only=True):
    """Mappings for `aboveboard import`."""

    customers: ImportMapping | None = None
    visits: ImportMapping | None = None
    bills: ImportMapping | None = None
