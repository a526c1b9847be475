"""REST: who was told of a choice, and how it stands with each partner."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import get
from msgspec import Struct

from aboveboard.partners.model import PartnerState, Told
from aboveboard.partners.service import Partners
from aboveboard.record.service import Record
from aboveboard.store import Store, now
from aboveboard.web.problems import problem
from aboveboard.web.tokens import scoped
from aboveboard.words import Text


class TellShown(Struct, frozen=True):
    """One thing that a partner was told: yes or no to a purpose, for a no the day by which data must be gone, and its end."""

    decision: str
    purpose: str
    delete_by: date | None
    until: datetime | None


class ToldShown(Struct, frozen=True):
    """How one choice stands with one partner: `waiting`, `told`, `confirmed`, `by_hand` (a clerk tells them) or `failed`."""

    partner: str
    name: dict[str, str]
    state: str
    decisions: list[TellShown]
    told_at: datetime | None
    confirmed_at: datetime | None
    attempts: int
    why: dict[str, str] | None


class PartnerShown(Struct, frozen=True):
    """How it stands with one partner over all choices; see `PartnerState`."""

    partner: str
    name: dict[str, str]
    by_hand: bool
    counts: dict[str, int]
    confirmed_at: datetime | None
    oldest_open_at: datetime | None
    paused_until: datetime | None
    failing_since: datetime | None
    why: dict[str, str] | None
    late: bool


@get("/api/v1/told/{receipt_id:str}", summary="See who was told of a choice", tags=["partners"])
async def get_told(receipt_id: str, store: Store, record: Record, partners: Partners) -> list[ToldShown]:
    """Return how a choice stands with each partner that it concerns; the receipt's id is what opens it."""
    entry_id = record.entry_of(receipt_id)
    if entry_id is None:
        raise problem(404, "receipt_unknown")
    return [_told(told) for told in await store.aread(lambda conn: partners.told(conn, entry_id))]


@get("/api/v1/partners", guards=[scoped("gate")], summary="See how each partner stands", tags=["partners"])
async def get_partners(store: Store, partners: Partners) -> list[PartnerShown]:
    """Return, for each partner, how many choices wait, were told and were confirmed, and why it is paused if it is."""
    return [_state(state) for state in await store.aread(lambda conn: partners.state(conn, now()))]


def state_of(state: PartnerState) -> dict[str, Any]:
    """Return a partner's state as the API gives it, JSON-ready."""
    shown: dict[str, Any] = msgspec.to_builtins(_state(state))
    return shown


def _state(state: PartnerState) -> PartnerShown:
    return PartnerShown(
        partner=state.partner,
        name=_both(state.name),
        by_hand=state.by_hand,
        counts={str(name): number for name, number in state.counts.items()},
        confirmed_at=state.confirmed_at,
        oldest_open_at=state.oldest_open_at,
        paused_until=state.paused_until,
        failing_since=state.failing_since,
        why=_both(state.why) if state.why else None,
        late=state.late,
    )


def _told(told: Told) -> ToldShown:
    return ToldShown(
        partner=told.partner,
        name=_both(told.name),
        state=told.state,
        decisions=[TellShown(tell.decision, tell.purpose, tell.delete_by, tell.until) for tell in told.tells],
        told_at=told.told_at,
        confirmed_at=told.confirmed_at,
        attempts=told.attempts,
        why=_both(told.why) if told.why else None,
    )


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


handlers = [get_told, get_partners]
