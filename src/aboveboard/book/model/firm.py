"""Who the business is, who keeps watch over its record, and how its own files look."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Address, Chapter, Currency, Id, Place, Text


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


class Witness(Chapter, frozen=True, kw_only=True):
    """Somebody outside who keeps signed heads of the record; exactly one of `file`, `mail` and `post`.

    With `key`, `post` is the address of a C2SP witness, which signs each head as well.
    """

    id: Id
    name: Text
    #: On a disk that the business cannot write over; one that is not absolute lies in the installation's home folder.
    file: Annotated[str, Meta(min_length=1)] | None = None
    mail: str | None = None
    post: Address | None = None
    key: str | None = None
    #: At most one head in this time; a minute where it is left out, for mail a day.
    every: Literal["minute", "hour", "day"] | None = None
    #: For how many hours it may be without the newest head before somebody is told.
    within_hours: Annotated[int, Meta(ge=1, le=720)] = 24


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
    market: ImportMapping | None = None
