"""REST: save a choice, ask the gate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, post
from litestar.params import HeaderParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct
from sqlalchemy.engine import Connection

from aboveboard.choices.gate import Answer, Gate
from aboveboard.choices.model import CHANNELS, ChoiceError, Decision
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.people.asked import AskedIdentity
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import AlreadyRecorded, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web import gpc
from aboveboard.web.tokens import require_scope, scoped
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]

_WAITS = Text(
    "We noted your yes. It counts once you confirm with a code that it is you; until then everything stays as it was.",
    "我们记下了您的“可以”。用验证码确认是您本人后才生效；在那之前一切照旧。",
)
#: What anybody may say of a request without a token; that a clerk or a letter was there, only the firm's own program may say.
_OPEN_CHANNELS = ("web", "api")
_CHANNEL = Text(
    "Without a token the channel is one of: {ids}. Send a token with the scope choices, or another channel. Nothing was saved.",
    "没有令牌时，渠道只能是：{ids}。请带上有 choices 权限的令牌，或换一个渠道。什么都没有保存。",
)
_DONE = Text("Done. This holds from now on.", "好了。从现在起生效。")


class ChoiceAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A choice: who, yes or no, to which use of data, for which partner."""

    identity: AskedIdentity
    decision: Literal["deny", "allow"]
    purpose: Annotated[str, Meta(description="a purpose's id, or `all`")]
    recipient: Annotated[str | None, Meta(description="a partner's id; left out: everyone")] = None
    channel: str = "api"
    until: Annotated[datetime, Meta(description="when the choice ends, if it does", tz=True)] | None = None


class Saved(Struct, frozen=True):
    """What was saved. `in_effect` is false for a yes that nobody has proven yet."""

    id: str
    at: datetime
    in_effect: bool
    message: dict[str, str]
    receipt: dict[str, Any]
    told: str


class GateAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the gate: may data of this person be used for this purpose, by this partner?"""

    identity: AskedIdentity
    purpose: str
    recipient: str | None = None


class GateAnswered(Struct, frozen=True):
    """The answer, its reason, and the index of the newest entry it rests on."""

    allowed: bool
    reason: str
    rule: str
    explanation: dict[str, str]
    entry: str | None
    as_of: int


@post("/api/v1/choices", status_code=HTTP_201_CREATED, summary="Save a choice", tags=["choices"])
async def save_choice(
    request: AnyRequest,
    data: ChoiceAsked,
    store: Store,
    record: Record,
    people: People,
    choices: Choices,
    editions: Editions,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)] = None,
) -> Saved:
    """Save a yes or no and return the receipt.

    A no needs no token and no proof. A yes counts at once with a token of scope `choices`; without one it waits until the
    person confirms it. The answer is the same whether or not we know the person. With an `Idempotency-Key` the same request
    sent twice is saved once.
    """
    proven = "authorization" in request.headers and bool(await require_scope(request, "choices"))
    _check_channel(data.channel, proven)
    identity = data.identity.normalised(await store.aread(editions.country))
    decision = Decision(data.decision, data.purpose, data.recipient, data.until)
    once = _once(record, idempotency_key, identity, decision, proven)
    signal = gpc.signalled(request)

    def work(tx: Tx) -> Stamp:
        subject = people.locate(tx, identity)
        if signal:
            choices.signal(tx, subject, "api")
        return choices.save(
            tx,
            subject=subject,
            identity=identity,
            decisions=[decision],
            channel=data.channel,
            proven=proven,
            entry_id=once,
        )

    try:
        receipt = await store.awrite(work, lambda tx, stamp: record.receipt_in(tx, stamp.id))
    except AlreadyRecorded as known:
        entry_id = known.entry_id
        receipt = await store.aread(lambda conn: record.receipt(conn, entry_id))
    return _saved(receipt)


def _check_channel(channel: str, proven: bool) -> None:
    """Raise `ChoiceError` for a channel that only a token may claim; one we do not know is refused when it is saved."""
    if not proven and channel in CHANNELS and channel not in _OPEN_CHANNELS:
        raise ChoiceError("channel_needs_token", _CHANNEL.filled(ids=", ".join(_OPEN_CHANNELS)))


def _once(
    record: Record, key: str | None, identity: Identity, decision: Decision, proven: bool
) -> str | None:
    """Return the entry id of a request that names itself: the same key with other content is another request.

    The same content with a token is another one too, or the yes it proves would be taken for the one that waits.
    """
    if not key:
        return None
    said = map(str, decision.as_facts().values())
    return record.repeatable_id("api", key, identity.kind, identity.value, *said, str(proven))


def _saved(receipt: dict[str, Any]) -> Saved:
    facts = receipt["entry"]["facts"]
    in_effect = facts["proven"] or all(decision["decision"] == "deny" for decision in facts["decisions"])
    said = _DONE if in_effect else _WAITS
    at = datetime.fromisoformat(receipt["entry"]["at"])
    return Saved(receipt["id"], at, in_effect, said.both(), receipt, f"/told/{receipt['id']}")


@post("/api/v1/gate", status_code=HTTP_200_OK, guards=[scoped("gate")], summary="Ask the gate", tags=["gate"])
async def ask_gate(
    request: AnyRequest, data: GateAsked, store: Store, people: People, gate: Gate, editions: Editions
) -> GateAnswered:
    """Return whether a use of data is allowed, and why. Someone we have never heard of gets the default for this place."""
    signal = gpc.signalled(request)

    def ask(conn: Connection) -> Answer:
        subject = people.find(conn, data.identity.normalised(editions.country(conn)))
        return gate.ask(conn, subject, data.purpose, data.recipient, signal=signal)

    answer = await store.aread(ask)
    said = answer.explanation
    return GateAnswered(answer.allowed, answer.reason, answer.rule, said.both(), answer.entry, answer.as_of)


handlers = [save_choice, ask_gate]
