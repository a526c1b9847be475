"""The law at the desk: what it asks of the owner, what the owner has answered, the rules in use, and prices that broke one.

Everything here can be read by whoever works at the desk; nothing can be changed. Answers and rules stand in the book, and the
page shows the very line that goes there.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book, LawFact
from aboveboard.duties.model import Duty
from aboveboard.duties.service import Duties
from aboveboard.editions import check_law
from aboveboard.editions.check_law import Question
from aboveboard.editions.past import Before
from aboveboard.editions.service import Edition, Editions
from aboveboard.law import packs
from aboveboard.law.library import Library, LibraryError
from aboveboard.quotes.lawful import DUTY
from aboveboard.quotes.service import Quotes
from aboveboard.store import Store
from aboveboard.web.layout import about, desk_page
from aboveboard.web.problems import problem
from aboveboard.web.signin import allowed
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A pack in use: `own` if it came with the book, `late` if it should have been reviewed by now."""

    id: str
    version: str
    rules: int
    review: datetime.date
    own: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as the page shows it; `means` is what its fact means, `about` the services or offers that it names."""

    said: LawFact
    means: Text
    about: tuple[Text, ...]

    @property
    def value(self) -> str:
        """The value as it stands in the book."""
        return ", ".join(self.said.value) if isinstance(self.said.value, list) else self.said.value


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page shows; `refused` says why the rules must not be used, and then there is nothing else."""

    edition: Edition
    questions: list[tuple[Question, tuple[Text, ...]]]
    told: list[Told]
    packs: list[Shelved]
    broken: list[Duty]
    refused: str = ""


@get("/desk/law", include_in_schema=False, guards=[allowed("look")])
async def law_page(
    request: AnyRequest, store: Store, editions: Editions, quotes: Quotes, duties: Duties
) -> Response[str]:
    """Show the desk what the law asks, what was answered, and which rules are in use."""
    today = clock.now().astimezone(about(request).zone).date()
    seen = await store.aread(lambda conn: _seen(conn, editions, quotes, duties, today))
    if seen is None:
        raise problem(503, "no_book")
    return await desk_page(request, "quotes/desk_law.html", seen=seen, today=today)


def _seen(
    conn: Connection, editions: Editions, quotes: Quotes, duties: Duties, today: datetime.date
) -> Seen | None:
    edition = editions.current(conn)
    if edition is None:
        return None
    broken = duties.due(conn, DUTY)
    try:
        library = editions.library(edition)
    except LibraryError as error:
        return Seen(edition, [], [], [], broken, str(error))
    book = edition.book
    found = check_law.survey(book, today, Before.now(quotes.past, conn, book, today), library)
    asked = [(each, _about(book, each)) for each in found.asked.values()]
    return Seen(edition, asked, list(_told(book, library)), _shelf(library, today), broken)


def _about(book: Book, question: Question) -> tuple[Text, ...]:
    return _names(book, [*question.services], [*question.promotions])


def _names(book: Book, services: list[str], promotions: list[str]) -> tuple[Text, ...]:
    known = [each.name.words for each in book.services if each.id in services]
    return (*known, *(each.name.words for each in book.promotions if each.id in promotions))


def _told(book: Book, library: Library) -> list[Told]:
    known = library.vocabulary
    return [
        Told(said, known[said.fact].meaning.words, _names(book, said.services, said.promotions))
        for said in book.law.facts
        if said.fact in known
    ]


def _shelf(library: Library, today: datetime.date) -> list[Shelved]:
    late, own = library.late(today), {pack.name for pack in library.own}
    gate = [
        Shelved(
            pack.pack.id,
            pack.pack.version,
            len(pack.rules),
            pack.pack.next_review_due,
            False,
            pack.pack.id in packs.late(today),
        )
        for pack in packs.loaded()
    ]  # fmt: skip
    return gate + [
        Shelved(head.id, str(head.version), len(pack.rules()), head.next_review_due, pack.name in own, head.id in late)
        for pack in library.packs
        for head in ([pack.pack.pack] if pack.pack is not None else [])
    ]  # fmt: skip


handlers = [law_page]
