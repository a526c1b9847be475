"""The clerk's form: someone calls, writes or stands at the counter and wants something stopped. Half a minute, keyboard only.

The form is ready for the most frequent wish (no to everything, by phone), so that a name and Enter are enough.
Afterwards the page shows the number to read out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.choices.model import ALL, TOLD_AT, ChoiceError, Decision
from aboveboard.choices.pages import who
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.record.model import Entry, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web import once
from aboveboard.web.layout import Fields, about, desk_page, form, see_other
from aboveboard.web.problems import Problem, problem
from aboveboard.web.signin import allowed

AnyRequest = Request[Any, Any, Any]

#: Which field a refusal is about, where it is not what they want.
_FIELDS = {"told_at_invalid": "told", "told_before": "told"}
CHANNELS = ("phone", "letter", "counter", "email")


@get("/desk/opt-out", include_in_schema=False, guards=[allowed("look")])
async def record_form(
    request: AnyRequest, store: Store, editions: Editions, record: Record, saved: str = ""
) -> Response[str]:
    """Show the form, and above it the number of what was just saved."""
    entry_id = record.entry_of(saved)

    def read(conn: Connection) -> tuple[Book, Entry | None]:
        return _book(conn, editions), record.get(conn, entry_id) if entry_id else None

    book, entry = await store.aread(read)
    facts = entry.facts if entry is not None and entry.kind == "choice.made" else None
    waits = (
        facts is not None
        and not facts["proven"]
        and any(one["decision"] == "allow" for one in facts["decisions"])
    )
    return await desk_page(
        request, "choices/desk.html", book=book, said={}, saved=saved if facts else "", waits=waits
    )


@post("/desk/opt-out", include_in_schema=False, guards=[allowed("record_choices")])
async def record_choice(
    request: AnyRequest, store: Store, editions: Editions, people: People, choices: Choices, record: Record
) -> Response[Any]:
    """Save what a customer said by phone, by letter or at the counter."""
    said = await form(request)
    entry_id = once.entry_id(said.get(once.FIELD), ((k, v) for k, v in said.items_said if k != once.FIELD))
    decision, proven = _decision(said), said.said("yes_check") == "on"
    try:
        told = _told(said.said("told"), about(request).zone)
        identity = who.read(said, about(request).country)

        def work(tx: Tx) -> Stamp:
            return who.save(
                tx,
                choices,
                subject=people.locate(tx, identity),
                identity=identity,
                decisions=[decision],
                channel=said.said("channel") if said.said("channel") in CHANNELS else "phone",
                is_proven=proven or decision.decision == "deny",
                entry_id=entry_id,
                told=told,
            )

        stamp: Stamp = await store.awrite(work)
    except (Problem, ChoiceError) as error:
        field = error.field if isinstance(error, Problem) else _FIELDS.get(error.code, "what")
        trouble = Problem(422, error.code, error.text, field=field)
        book = await store.aread(lambda conn: _book(conn, editions))
        facts = {"book": book, "said": said, "saved": "", "waits": False}
        return await desk_page(request, "choices/desk.html", status=422, problem=trouble, **facts)
    return see_other(f"/desk/opt-out?saved={record.receipt_id(stamp.id)}")


def _decision(said: Fields) -> Decision:
    """Return what the form says; `what` is `all`, a purpose, or `purpose/partner`."""
    purpose, _, partner = (said.said("what") or ALL).partition("/")
    return Decision("allow" if said.said("decision") == "allow" else "deny", purpose, partner or None)


def _told(said: str, zone: ZoneInfo) -> datetime | None:
    """Return when the customer told us, by the business's clock; None for just now. Raises `ChoiceError` for no moment."""
    if not said:
        return None
    try:
        moment = datetime.fromisoformat(said)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ChoiceError("told_at_invalid", TOLD_AT) from None


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [record_form, record_choice]
