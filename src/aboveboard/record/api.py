"""REST: receipts, the newest signed head, the public key."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, get

from aboveboard.record.model import closed, is_closed
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web import tokens
from aboveboard.web.problems import Problem, problem


@get("/api/v1/receipts/{receipt_id:str}", summary="Get a receipt", tags=["record"])
async def get_receipt(
    request: Request[Any, Any, Any], receipt_id: str, store: Store, record: Record
) -> dict[str, Any]:
    """Return a receipt against the newest head. Its id cannot be guessed: whoever has it was given it.

    The personal part of a price that was made for someone is `null` unless the request has a token with scope `quotes`.
    """
    entry_id = record.entry_of(receipt_id)
    if entry_id is None:
        raise problem(404, "receipt_unknown")
    receipt = await store.aread(lambda conn: record.receipt(conn, entry_id))
    if is_closed(receipt) and not await _may_price(request):
        return closed(receipt)
    return receipt


async def _may_price(request: Request[Any, Any, Any]) -> bool:
    try:
        await tokens.require_scope(request, "quotes")
    except Problem:  # the receipt itself needs no token, so a wrong one is no reason to refuse it
        return False
    return True


@get(
    ["/api/v1/record/checkpoint", "/record/checkpoint"],
    media_type=MediaType.TEXT,
    summary="Get the newest head",
    tags=["record"],
)
async def get_checkpoint(store: Store, record: Record) -> str:
    """Return the newest signed head of the record (C2SP tlog-checkpoint)."""
    return await store.aread(record.checkpoint)


@get(
    ["/api/v1/record/key", "/record/key"],
    media_type=MediaType.TEXT,
    summary="Get the public keys",
    tags=["record"],
)
async def get_key(store: Store, record: Record) -> str:
    """Return the public key that heads and receipts are checked with (C2SP signed-note verifier key) in the first line.

    Below it stand the endorsements that lead to it from each key before, with how many entries a head by that one may cover.
    """
    return (await store.aread(record.signers)).text()


handlers = [get_receipt, get_checkpoint, get_key]
