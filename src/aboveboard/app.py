"""The web's door: every page and every call of the API, wired to the services of one house. It decides nothing.

All handlers are listed here by plain imports. Services reach them by name (`store`, `choices`, `gate` …); who is reading reaches
them as `visitor`.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from litestar import Litestar, MediaType, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.logging import StructLoggingConfig
from litestar.middleware import DefineMiddleware
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.agreements import api as agreements_api
from aboveboard.agreements import pages as agreements_pages
from aboveboard.agreements import points_pages
from aboveboard.choices import api as choices_api
from aboveboard.choices import pages as choices_pages
from aboveboard.choices.bulk import api as bulk_api
from aboveboard.choices.keeping import api as keeping_api
from aboveboard.choices.model import ChoiceError
from aboveboard.costs import api as costs_api
from aboveboard.costs import bills_api, bills_pages
from aboveboard.costs import pages as costs_pages
from aboveboard.duties import pages as duties_pages
from aboveboard.editions import pages as editions_pages
from aboveboard.house import House
from aboveboard.partners import api as partners_api
from aboveboard.partners import pages as partners_pages
from aboveboard.people.model import Identity, IdentityError
from aboveboard.quotes import api as quotes_api
from aboveboard.quotes import desk_pages as quotes_desk
from aboveboard.quotes import law_pages as quotes_law
from aboveboard.quotes import list_api as quotes_list
from aboveboard.quotes import pages as quotes_pages
from aboveboard.record import api as record_api
from aboveboard.record import pages as record_pages
from aboveboard.record.model import PersonErased
from aboveboard.store import StorageError, Tx
from aboveboard.watch import api as watch_api
from aboveboard.watch import pages as watch_pages
from aboveboard.web import apidocs, gpc, layout, statics
from aboveboard.web import pages as web_pages
from aboveboard.web.headers import SendHeaders
from aboveboard.web.heads import AnswerHeads
from aboveboard.web.layout import About, Due, Site
from aboveboard.web.origin import OwnForms
from aboveboard.web.problems import Answers, Problem
from aboveboard.web.proxies import BelieveProxies
from aboveboard.words import Text

if TYPE_CHECKING:
    from aboveboard.book.model import Book

SERVICES = (
    "settings", "store", "keys", "record", "people", "messages", "duties", "editions", "choices", "gate", "quotes",
    "partners", "staff", "bills", "agreements", "purses", "renewals",
)  # fmt: skip

#: Bytes. The longest thing anyone may send is a receipt, which has a few thousand.
LARGEST_BODY = 64 * 1024

#: So many duties stand in the left list of the desk; its first page has them all.
_DUE_SHOWN = 8

HANDLERS = [
    *choices_api.handlers,
    *bulk_api.handlers,
    *choices_pages.handlers,
    *keeping_api.handlers,
    *record_api.handlers,
    *record_pages.handlers,
    *quotes_api.handlers,
    *quotes_list.handlers,
    *quotes_pages.handlers,
    *quotes_desk.handlers,
    *quotes_law.handlers,
    *agreements_api.handlers,
    *agreements_pages.handlers,
    *points_pages.handlers,
    *partners_api.handlers,
    *partners_pages.handlers,
    *editions_pages.handlers,
    *costs_api.handlers,
    *bills_api.handlers,
    *costs_pages.handlers,
    *watch_api.handlers,
    *watch_pages.handlers,
    *bills_pages.handlers,
    *duties_pages.handlers,
    *web_pages.handlers,
    statics.static,
    gpc.support,
]


@get("/health", media_type=MediaType.TEXT, include_in_schema=False, sync_to_thread=False)
def health() -> str:
    """Say that the server answers."""
    return "well\n"


def create_app(house: House) -> Litestar:
    """Return the application of `house`; closing it closes the store."""
    with warnings.catch_warnings():
        # Services are found by their names, which Litestar 2 allows and 3 will not; the lock holds us at 2.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        return _build(house)


def _build(house: House) -> Litestar:
    secure = house.settings.address.startswith("https:")
    answers = Answers(layout.problem_page)
    app = Litestar(
        route_handlers=[health, *HANDLERS],
        dependencies={name: _service(house, name) for name in SERVICES}
        | {"visitor": Provide(layout.provide_visitor, sync_to_thread=False)},
        state=State({"site": Site(house.store, house.staff, _about(house), _due(house), secure=secure)}),
        before_send=[SendHeaders(secure=secure)],
        middleware=[
            layout.Greet,
            OwnForms,
            DefineMiddleware(gpc.RecordSignal, note=_note_signal(house), secure=secure),
        ],
        exception_handlers={
            Problem: answers.answer,
            IdentityError: answers.said(422),
            ChoiceError: answers.said(422),
            PersonErased: answers.said(409),
            HTTPException: answers.http,
            StorageError: answers.storage,
            Exception: answers.unforeseen,
        },
        request_max_body_size=LARGEST_BODY,
        openapi_config=apidocs.config(),
        logging_config=StructLoggingConfig(log_exceptions="never", cache_logger_on_first_use=False),
        on_shutdown=[house.close],
    )
    app.asgi_handler = AnswerHeads(BelieveProxies(app.asgi_handler, house.settings.proxies))
    return app


def application() -> Litestar:
    """Return the application of the house that the environment names (for `granian --factory`)."""
    return create_app(House.open().prepare())


def _service(house: House, name: str) -> Provide:
    return Provide(lambda: getattr(house, name), use_cache=True, sync_to_thread=False)


def _about(house: House) -> Callable[[], About]:
    """Return what asks the book who the business is, at most once a second: every page shows it."""
    kept: tuple[float, About] | None = None

    def about() -> About:
        nonlocal kept
        if kept is None or time.monotonic() - kept[0] > 1:
            try:
                with house.store.read() as conn:
                    edition = house.editions.current(conn)
            except StorageError:
                # A page that says so still has its letterhead, the last one known.
                return kept[1] if kept else _letterhead(None)
            kept = time.monotonic(), _letterhead(edition.book if edition else None)
        return kept[1]

    return about


def _due(house: House) -> Callable[[Connection], list[Due]]:
    """Return what reads the most pressing duties for the left list of the desk."""

    def due(conn: Connection) -> list[Due]:
        now = clock.now()
        states = {"overdue": "late", "soon": "soon", "later": "later"}
        return [
            Due(duty.what, f"/desk#due-{duty.id}", states[duty.urgency(now)])
            for duty in house.duties.due(conn, limit=_DUE_SHOWN)
        ]

    return due


def _letterhead(book: Book | None) -> About:
    if book is None:
        nobody = Text("A business that has not opened yet", "还没有开张的商家")
        return About(nobody, "", "", Text("", ""), ZoneInfo("UTC"), "USD", "US")
    firm = book.business
    return About(
        name=firm.name.words,
        email=firm.contact.email,
        phone=firm.contact.phone,
        address=firm.contact.address.words,
        zone=ZoneInfo(firm.timezone),
        currency=firm.currency,
        country=firm.place[:2],
    )


def _note_signal(house: House) -> gpc.Note:
    async def note(device: str) -> None:
        def work(tx: Tx) -> Any:
            return house.choices.signal(tx, house.people.locate(tx, Identity("device", device)))

        await house.store.awrite(work)

    return note
