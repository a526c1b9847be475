"""What a receipt page offers for keeping: its address on paper, a mail, the consent record, the verifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from sqlalchemy.engine import Connection

from aboveboard.choices.keeping import letter
from aboveboard.editions.service import Editions
from aboveboard.people.messages import Messages
from aboveboard.people.service import People
from aboveboard.record import download
from aboveboard.record.service import Record
from aboveboard.settings import Settings
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Visitor, see_other
from aboveboard.web.limits import Window
from aboveboard.web.problems import Problem, problem
from aboveboard.web.proxies import caller
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

_asked = Window(most=10, seconds=600)


@dataclass(frozen=True, slots=True)
class Kept:
    """The ways to keep one receipt; `by_mail` says that an e-mail address was given with it."""

    address: str
    verifier: str
    consent: str | None
    by_mail: bool


def ways(conn: Connection, record: Record, settings: Settings, rid: str) -> Kept:
    """Return how the receipt `rid`, which is known to be ours, can be kept."""
    entry = record.get(conn, rid[:32])
    is_choice = entry is not None and entry.kind == "choice.made"
    return Kept(
        address=f"{settings.address}/receipts/{rid}",
        verifier=download.ADDRESS,
        consent=f"/api/v1/receipts/{rid}/consent" if is_choice else None,
        by_mail=letter.was_given(conn, record, entry),
    )


@post("/receipts/{rid:str}/mail", include_in_schema=False)
async def mail(
    request: AnyRequest,
    rid: str,
    store: Store,
    record: Record,
    people: People,
    messages: Messages,
    editions: Editions,
    settings: Settings,
    visitor: Visitor,
) -> Response[Any]:
    """Send the receipt to the address that was given with its choice; the answer is the same whether or not there is one."""
    entry_id = record.entry_of(rid)
    if entry_id is None:
        raise Problem(404, "receipt_unknown", Catalogue.load("aboveboard.choices").text("receipt.unknown"))
    if not _asked.admit(caller(request)):
        raise problem(429, "too_often")

    def work(tx: Tx) -> None:
        entry = record.get(tx.conn, entry_id)
        if entry is not None and entry.kind == "choice.made":
            edition = editions.at(tx.conn, entry.facts["edition"])
            letter.send(
                tx,
                record,
                people,
                messages,
                entry=entry,
                edition=edition,
                address=settings.address,
                lang=visitor.lang,
            )

    await store.awrite(work)
    return see_other(f"/receipts/{rid}?mailed=1#keep")


handlers = [mail]
