"""REST: a receipt of a choice as a consent record after ISO/IEC TS 27560."""

from __future__ import annotations

import json
from typing import Any

from litestar import Response, get
from sqlalchemy.engine import Connection

from aboveboard.choices.keeping import consent
from aboveboard.choices.service import Choices, Said
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.record.model import Entry
from aboveboard.record.service import Record
from aboveboard.settings import Settings
from aboveboard.store import Store
from aboveboard.web.problems import problem


@get(
    "/api/v1/receipts/{receipt_id:str}/consent",
    media_type=consent.MEDIA_TYPE,
    summary="Get a choice as a consent record",
    tags=["record"],
)
async def get_consent(
    receipt_id: str,
    store: Store,
    record: Record,
    people: People,
    choices: Choices,
    editions: Editions,
    settings: Settings,
) -> Response[bytes]:
    """Return the receipt of a choice as JSON-LD in W3C's DPV terms, shaped after ISO/IEC TS 27560; other receipts have none."""
    entry_id = record.entry_of(receipt_id)
    if entry_id is None:
        raise problem(404, "receipt_unknown")

    def read(conn: Connection) -> dict[str, Any]:
        entry = record.get(conn, entry_id)
        if entry is None or entry.kind != "choice.made":
            raise problem(404, "not_found")
        made = consent.Made(
            receipt=record.receipt(conn, entry_id),
            book=editions.at(conn, entry.facts["edition"]).book,
            address=settings.address,
            before=_before(conn, people, choices, entry),
        )
        return consent.document(made)

    body = json.dumps(await store.aread(read), ensure_ascii=False, indent=1).encode() + b"\n"
    name = f'attachment; filename="consent-{receipt_id[:8]}.jsonld"'
    return Response(body, media_type=consent.MEDIA_TYPE, headers={"Content-Disposition": name})


def _before(conn: Connection, people: People, choices: Choices, entry: Entry) -> list[Said]:
    """Return what the same person had said when this entry was made, newest first; nothing for an entry nobody has proven.

    Anyone may say no in another's name, and must not read from the answer that there was a yes before.
    """
    if entry.subject is None or not entry.facts["proven"]:
        return []
    said = choices.history(conn, people.present(conn, entry.subject))
    place = next((place for place, one in enumerate(said) if one.entry_id == entry.id), len(said))
    return said[place + 1 :]


handlers = [get_consent]
