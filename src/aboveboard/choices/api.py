"""REST: save a choice, note a signal, say where somebody lives, ask the gate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, post
from litestar.params import HeaderParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct
from sqlalchemy.engine import Connection

from aboveboard.choices.conflicts import Conflict
from aboveboard.choices.gate import Answer, Gate
from aboveboard.choices.model import CHANNELS, ChoiceError, Decision
from aboveboard.choices.service import Choices
from aboveboard.choices.signals.heard import UnreadableError, read
from aboveboard.choices.signals.refusals import Heard, in_order, refused
from aboveboard.editions.service import Editions
from aboveboard.people.asked import AskedIdentity
from aboveboard.people.model import Identity
from aboveboard.people.service import People, PlaceError
from aboveboard.record.model import AlreadyRecorded, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web import gpc
from aboveboard.web.problems import Problem
from aboveboard.web.tokens import require_scope, scoped
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

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
_NO_SIGNAL = Text(
    "Send at least one signal: gpc as true, or a string in gpp or tcf. Nothing was saved.",
    "请至少发一个信号：gpc 写 true，或在 gpp、tcf 里放字符串。什么都没有保存。",
)
_UNREADABLE = Text("{why} Nothing was saved.", "{why}什么都没有保存。")
_UNREADABLE_ASKED = Text("{why} Until then the answer is no.", "{why}在那之前，回答是不可以。")
_HEARD = Text(
    "We heard this no, and it holds from now on. A signal never opens anything.",
    "我们听到了这个“不”，从现在起生效。信号从来不会放开任何东西。",
)
_HEARD_NOTHING = Text(
    "This says no to nothing, so nothing was saved. A signal never opens anything.",
    "这里没有对任何事说不，所以什么都没有保存。信号从来不会放开任何东西。",
)


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


GppString = Annotated[str | None, Meta(description="a GPP string (IAB Global Privacy Platform)")]
TcfString = Annotated[str | None, Meta(description="a TCF string (IAB Europe), version 2")]


class SignalsSeen(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody's browser, or a website's dialogue, says for them."""

    identity: AskedIdentity
    gpc: Annotated[bool, Meta(description="the browser sends Global Privacy Control")] = False
    gpp: GppString = None
    tcf: TcfString = None
    channel: Literal["web", "api"] = "api"


class SignalHeard(Struct, frozen=True):
    """What one signal refuses; `sections` are those of a GPP string."""

    signal: str
    refuses: list[str]
    sections: list[str]


class SignalsNoted(Struct, frozen=True):
    """What was heard. `receipts` are for a token of scope `choices` only: of the entries that were news."""

    signals: list[SignalHeard]
    message: dict[str, str]
    receipts: list[dict[str, Any]] = []


class PlaceSaid(Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody lives, and who says so."""

    identity: AskedIdentity
    place: Annotated[str, Meta(description="ISO 3166: US-CA, DE")]
    source: Literal["person", "desk", "import"] = "person"


class PlaceSaved(Struct, frozen=True):
    """What was saved; `new` is false if this source had said the same before."""

    place: str
    source: str
    new: bool


class GateAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the gate: may data of this person be used for this purpose, by this partner?

    Signals that came with the person's own request can be handed on; they count for this one question and are not recorded.
    """

    identity: AskedIdentity
    purpose: str
    recipient: str | None = None
    gpc: bool = False
    gpp: GppString = None
    tcf: TcfString = None


class SignalTold(Struct, frozen=True):
    """A signal that is on record: its notation, what it refuses, when it was seen, and its entry."""

    signal: str
    refuses: list[str]
    at: datetime
    entry: str


class ChoiceTold(Struct, frozen=True):
    """A yes that is on record, when it was saved, and its entry."""

    purpose: str
    recipient: str | None
    at: datetime
    entry: str


class ConflictTold(Struct, frozen=True):
    """A signal and a saved yes that contradict each other, which of them holds, and how the person can change that."""

    holds: Literal["signal", "choice"]
    signal: SignalTold
    choice: ChoiceTold
    change: dict[str, str]


class GateAnswered(Struct, frozen=True):
    """The answer, its reason, and the index of the newest entry it rests on."""

    allowed: bool
    reason: str
    rule: str
    explanation: dict[str, str]
    entry: str | None
    as_of: int
    conflict: ConflictTold | None


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
    sent twice is saved once; a signal that comes with the second is heard.
    """
    proven = "authorization" in request.headers and bool(await require_scope(request, "choices"))
    _check_channel(data.channel, proven)
    identity = data.identity.normalised(await store.aread(editions.country))
    decision = Decision(data.decision, data.purpose, data.recipient, data.until)
    once = _once(record, idempotency_key, identity, decision, proven)
    signal = gpc.signalled(request)

    def work(tx: Tx) -> str:
        subject = people.locate(tx, identity)
        if signal:
            choices.signal(tx, subject, "api")
        try:
            return choices.save(
                tx,
                subject=subject,
                identity=identity,
                decisions=[decision],
                channel=data.channel,
                proven=proven,
                entry_id=once,
            ).id
        except (
            AlreadyRecorded
        ) as known:  # caught in here, or the signal that came with it would be rolled back too
            return known.entry_id

    return _saved(await store.awrite(work, record.receipt_in))


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


@post("/api/v1/signals", status_code=HTTP_200_OK, summary="Note a signal", tags=["choices"])
async def note_signals(
    request: AnyRequest,
    data: SignalsSeen,
    store: Store,
    record: Record,
    people: People,
    choices: Choices,
    editions: Editions,
) -> SignalsNoted:
    """Note what Global Privacy Control, a GPP string or a TCF string refuses, for this person, from now on.

    Needs no token, for it can only say no. The answer is the same whoever the person is; with a token of scope `choices` it also
    holds the receipts of what was new. The strings themselves are not kept.
    """
    trusted = "authorization" in request.headers and bool(await require_scope(request, "choices"))
    heard = _heard(data.gpc or gpc.signalled(request), data.gpp, data.tcf, _UNREADABLE)
    if not heard:
        raise Problem(422, "signal_missing", _NO_SIGNAL)
    identity = data.identity.normalised(await store.aread(editions.country))
    refusing = [one for one in heard if one.refuses]

    def work(tx: Tx) -> list[Stamp]:
        subject = people.locate(tx, identity)
        stamps = (choices.signal(tx, subject, data.channel, one) for one in refusing)
        return [stamp for stamp in stamps if stamp is not None]

    def receipts(tx: Tx, stamps: list[Stamp]) -> list[dict[str, Any]]:
        return [record.receipt_in(tx, stamp.id) for stamp in stamps]

    found = await store.awrite(work, receipts) if refusing else []
    said = [SignalHeard(one.signal, [*in_order(one.refuses)], [*one.sections]) for one in heard]
    return SignalsNoted(said, (_HEARD if refusing else _HEARD_NOTHING).both(), found if trusted else [])


def _heard(said: bool, gpp: str | None, tcf: str | None, unreadable: Text, **extra: Any) -> list[Heard]:
    """Read the signals of a body; raises a `Problem` about the one that cannot be read."""
    try:
        return read(gpc=said, gpp=gpp, tcf=tcf)
    except UnreadableError as error:
        text = unreadable.filled(why=error.text)
        raise Problem(422, "signal_unreadable", text, field=error.field, why=error.why, **extra) from None


@post(
    "/api/v1/places",
    status_code=HTTP_200_OK,
    guards=[scoped("choices")],
    summary="Say where somebody lives",
    tags=["choices"],
)
async def save_place(data: PlaceSaid, store: Store, people: People, editions: Editions) -> PlaceSaved:
    """Save where somebody lives: defaults and signals go by it. Where several sources disagree, the strictest place holds."""
    identity = data.identity.normalised(await store.aread(editions.country))

    def work(tx: Tx) -> bool:
        return people.place(tx, people.locate(tx, identity), data.place, data.source) is not None

    try:
        new = await store.awrite(work)
    except PlaceError as error:
        raise Problem(422, "place_invalid", error.text, field="place") from None
    return PlaceSaved(data.place, data.source, new)


@post("/api/v1/gate", status_code=HTTP_200_OK, guards=[scoped("gate")], summary="Ask the gate", tags=["gate"])
async def ask_gate(
    request: AnyRequest,
    data: GateAsked,
    store: Store,
    people: People,
    choices: Choices,
    gate: Gate,
    editions: Editions,
) -> GateAnswered:
    """Return whether a use of data is allowed, and why. Someone we have never heard of gets the default for this place.

    A string that cannot be read is a 422, whose body says `"allowed": false`: what the person said is not known.
    """
    said = gpc.signalled(request) or data.gpc
    heard = _heard(said, data.gpp, data.tcf, _UNREADABLE_ASKED, allowed=False)

    def ask(conn: Connection) -> tuple[Answer, Conflict | None]:
        subject = people.find(conn, data.identity.normalised(editions.country(conn)))
        answer = gate.ask(conn, subject, data.purpose, data.recipient, refused=refused(heard))
        edition = editions.current(conn)
        if subject is None or edition is None:
            return answer, None
        found = choices.conflicts(conn, gate, edition.book, subject)
        asked = (data.purpose, data.recipient)
        return answer, next((one for one in found if (one.purpose, one.recipient) == asked), None)

    answer, conflict = await store.aread(ask)
    return GateAnswered(
        answer.allowed,
        answer.reason,
        answer.rule,
        answer.explanation.both(),
        answer.entry,
        answer.as_of,
        _conflict(conflict) if conflict else None,
    )


def _conflict(found: Conflict) -> ConflictTold:
    signal, choice = found.signal, found.choice
    change = Catalogue.load("aboveboard.choices").text(f"conflict.{found.how}")
    return ConflictTold(
        found.holds,
        SignalTold(found.notation, [*in_order(found.refuses)], signal.at, signal.id),
        ChoiceTold(found.decision.purpose, found.decision.recipient, choice.at, choice.id),
        change.both(),
    )


handlers = [save_choice, note_signals, save_place, ask_gate]
