"""Whom a choice concerns, what an answer means, and how long to wait before the next try.

A choice *concerns* a partner when it names that partner, or names nobody and the partner receives data for its purpose. A no is
always passed on. A yes is passed on only if it was proven, and only for uses that the law and the partner's contract leave
open: a partner must never take from us a yes that our own gate would not give.

A delivery moves through few states, and only forward:

    waiting ──► told ──► confirmed          by_hand ──► told
       └──────────┴──► failed               (a clerk tells them)

*Told* means that the partner took the message; *confirmed* that it answered with the message's own id, which nobody does by
accident: a parked web site answers 200 to everything. `failed` is not a partner that is down (that one is asked until it answers)
but a message that can reach nobody any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from aboveboard.book.legal import forbidden
from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.choices.model import ALL, Decision
from aboveboard.web.outgoing import Answer
from aboveboard.words import Text

State = Literal["waiting", "told", "confirmed", "by_hand", "failed"]
STATES: tuple[State, ...] = ("waiting", "told", "confirmed", "by_hand", "failed")
#: Not settled: something is still to be done by us.
OPEN: tuple[State, ...] = ("waiting", "told", "by_hand")

#: A partner that has not answered for so long is a matter for a person.
LATE = timedelta(days=3)
#: The first and the longest pause between two tries, in seconds.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 3600.0
#: The same for asking again about a message that was told but not confirmed: a partner that never confirms already knows.
FIRST_ASKING, LONGEST_ASKING = 5.0, 86_400.0


class PartnerError(ValueError):
    """Something that cannot be done with a partner. `code` is stable; `text` says what to do."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Tell:
    """One thing to tell a partner: yes or no to a purpose (an id, or `all`), and by which day data must be gone (for a no).

    `until` is the end of a choice that was made for a time only.
    """

    decision: Literal["deny", "allow"]
    purpose: str
    delete_by: date | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, str | None]:
        """Return it as it is kept and sent."""
        return {
            "decision": self.decision,
            "purpose": self.purpose,
            "delete_by": self.delete_by.isoformat() if self.delete_by else None,
            "until": self.until.isoformat(timespec="seconds") if self.until else None,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Tell:
        """Read it back."""
        day, until = kept["delete_by"], kept["until"]
        return cls(
            kept["decision"],
            kept["purpose"],
            date.fromisoformat(day) if day else None,
            datetime.fromisoformat(until) if until else None,
        )


# -- whom it concerns ----------------------------------------------------------------------------------------------------


def tells(
    book: Book, partner: Partner, decisions: Iterable[Decision], *, proven: bool, on: date
) -> list[Tell]:
    """Return what `partner` must hear of the decisions that one entry holds; empty if they do not concern it.

    `on` is the local day of the choice; the days to delete count from it.
    """
    found: list[Tell] = []
    for decision in decisions:
        if not concerns(book, partner, decision):
            continue
        if decision.decision == "deny":
            found.append(no(partner, decision.purpose, on, decision.until))
        elif proven:
            open_ones = _open_purposes(book, partner, decision.purpose, on)
            found.extend(Tell("allow", purpose, until=decision.until) for purpose in open_ones)
    return found


def concerns(book: Book, partner: Partner, decision: Decision) -> bool:
    """Return whether a decision is about this partner."""
    if decision.recipient is not None:
        return decision.recipient == partner.id
    return any(decision.purpose in (ALL, purpose.id) for purpose in purposes_of(book, partner))


def signal_tells(book: Book, partner: Partner, facts: Mapping[str, Any], on: date) -> list[Tell]:
    """Return what `partner` must hear of a signal (the facts of its entry): a no to each purpose that the signal covers."""
    return [
        no(partner, purpose.id, on)
        for purpose in purposes_of(book, partner)
        if signal_denies(facts, purpose, partner)
    ]


def signal_denies(facts: Mapping[str, Any], purpose: Purpose, partner: Partner) -> bool:
    """Return whether a signal is a no to this; the first entries do not say it, and were all of Global Privacy Control."""
    if "denies" not in facts:
        return purpose.gpc
    return {"purpose": purpose.id, "recipient": partner.id} in facts["denies"]


def no(partner: Partner, purpose: str, on: date, until: datetime | None = None) -> Tell:
    """Return a no of that day, with the day by which the partner's contract wants the data gone."""
    return Tell("deny", purpose, on + timedelta(days=partner.delete_within_days), until)


def purposes_of(book: Book, partner: Partner) -> list[Purpose]:
    """Return the purposes for which `partner` receives data."""
    return [purpose for purpose in book.purposes if partner.id in purpose.recipients]


def _open_purposes(book: Book, partner: Partner, wanted: str, on: date) -> list[str]:
    if not partner.bound(on):
        return []
    return [
        purpose.id
        for purpose in purposes_of(book, partner)
        if wanted in (ALL, purpose.id) and forbidden(book, purpose.id, partner.id, on) is None
    ]


def taken_back(partner: Partner, told: Iterable[Tell], on: date) -> list[Tell]:
    """Return what `partner` must hear about someone who was taken for another person, and in whose name it was `told` things.

    Whatever it was allowed on that other person's word, it was not allowed. Noes are left standing: a no too many harms nobody,
    and the person can say yes.
    """
    allowed = dict.fromkeys(tell.purpose for tell in told if tell.decision == "allow")
    return [no(partner, purpose, on) for purpose in allowed]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one person number said in one entry, without what has ended; a signal has its facts and no decisions."""

    index: int
    subject: int
    decisions: tuple[Decision, ...] = ()
    proven: bool = False
    signal: Mapping[str, Any] | None = None


def standing_noes(book: Book, partner: Partner, heard: Sequence[Heard], on: date) -> list[Tell]:
    """Return every no that holds towards `partner` for one person with several numbers.

    Used when two numbers turn out to be one person: what either said no to, the partner must now hear for both. `heard` is
    newest first. As at the gate, a no of either number wins until the person says something new.
    """
    subjects = {one.subject for one in heard}
    return [
        no(partner, purpose.id, on)
        for purpose in purposes_of(book, partner)
        if any(
            _denied(purpose, partner, [one for one in heard if one.subject == subject])
            for subject in subjects
        )
    ]


def _denied(purpose: Purpose, partner: Partner, heard: Sequence[Heard]) -> bool:
    for one in heard:
        if one.signal is not None and signal_denies(one.signal, purpose, partner):
            return True
        for decision in reversed(one.decisions):
            if decision.covers(purpose.id, partner.id) and (one.proven or decision.decision == "deny"):
                return decision.decision == "deny"
    return False


# -- what an answer means ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means for one message.

    `outcome` is `confirmed`, `told` or `not_yet`; `code` says why it is not confirmed (`WHY`). `everyone`: the trouble is the
    partner's, not this message's, so that all of its messages should wait.
    """

    outcome: Literal["confirmed", "told", "not_yet"]
    code: str | None = None
    everyone: bool = False


#: Statuses that mean "not this message": the partner is well and others may go on.
_ONLY_THIS = frozenset({400, 406, 409, 411, 413, 415, 422})


def judge(answer: Answer, message: str) -> Verdict:
    """Return what `answer` to the message with the id `message` means.

    Only a 2xx whose JSON repeats the id in `received` confirms. Another 2xx is *told*. A redirect is never followed: the
    contract is with this address.
    """
    if answer.status is None:
        return Verdict("not_yet", answer.fault or "closed", everyone=True)
    if not 200 <= answer.status < 300:
        code = "redirect" if 300 <= answer.status < 400 else f"status_{answer.status}"
        return Verdict("not_yet", code, everyone=answer.status not in _ONLY_THIS)
    if answer.fault is not None:
        return Verdict("told", answer.fault)
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return Verdict("told", "answer_no_json")
    received = content.get("received") if isinstance(content, dict) else None
    return Verdict("confirmed") if received == message else Verdict("told", "answer_other_id")


def pause(failures: int, spread: float, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> float:
    """Return how many seconds to wait after `failures` failures in a row: doubling from `first`, at most `longest`.

    `spread` (0 to 1, drawn anew each time) moves it by up to a quarter either way, so that many partners that went down
    together are not all asked again together.
    """
    grown = first * 2.0 ** min(max(failures - 1, 0), 20)
    return min(longest, grown * (0.75 + 0.5 * spread))


def overtaken(tells: Sequence[Tell], newer: Sequence[Tell]) -> bool:
    """Return whether `newer` says the opposite of `tells` about the same purpose, so that asking again would undo it."""
    return any(
        one.decision != other.decision
        and (one.purpose == other.purpose or ALL in (one.purpose, other.purpose))
        for one in tells
        for other in newer
    )


# -- how it stands, for people -------------------------------------------------------------------------------------------

WHY: dict[str, Text] = {
    "timeout": Text("They did not answer in time.", "对方没有在规定时间内回应。"),
    "connect": Text("We could not reach them.", "我们连不上对方。"),
    "closed": Text("They hung up before they answered.", "对方还没回应就断开了。"),
    "tls": Text("Their connection is not safe, so we sent nothing.", "对方的连接不安全，所以我们什么都没有发。"),
    "bad_url": Text("The address in the book cannot work.", "账本里写的网址不能用。"),
    "redirect": Text("They sent us to another address; we do not follow.", "对方让我们去别的网址；我们不会跟过去。"),
    "answer_no_json": Text("They answered, but did not confirm.", "对方有回应，但没有确认。"),
    "answer_other_id": Text("They confirmed another message, not this one.", "对方确认的是另一条消息，不是这一条。"),
    "answer_too_long": Text("They answered, but far too long to be a confirmation.", "对方有回应，但内容太长，不是确认。"),
    "partner_gone": Text("They are no longer our partner.", "对方已不是我们的合作方。"),
    "superseded": Text("A newer choice has reached them since.", "对方后来已收到更新的选择。"),
    "person_erased": Text("The person's data was erased before they were told.", "通知之前，这个人的资料已被删除。"),
}  # fmt: skip

_STATUS = Text("They answered with an error ({status}).", "对方回应出错（{status}）。")
_UNKNOWN = Text("It did not work.", "没有成功。")


def why(code: str | None) -> Text | None:
    """Return a code of `Verdict` as a sentence."""
    if code is None:
        return None
    if code.startswith("status_"):
        return _STATUS.filled(status=code.removeprefix("status_"))
    return WHY.get(code, _UNKNOWN)


@dataclass(frozen=True, slots=True)
class Told:
    """How one choice stands with one partner.

    `state` is `waiting` also while nobody has looked at the choice yet. `delete_by` is the last day for a no; `why` says why it
    is not confirmed, if it was tried.
    """

    partner: str
    name: Text
    state: State
    tells: tuple[Tell, ...]
    told_at: datetime | None = None
    confirmed_at: datetime | None = None
    attempts: int = 0
    why: Text | None = None

    @property
    def delete_by(self) -> date | None:
        """The last of the days by which data must be gone."""
        return max((tell.delete_by for tell in self.tells if tell.delete_by is not None), default=None)


@dataclass(frozen=True, slots=True)
class PartnerState:
    """How it stands with one partner, over all choices.

    `by_hand` says that a clerk tells it. Counts are of deliveries. `oldest_open_at` is the instant of the oldest choice that
    is not settled. `paused_until` is set while we wait before trying again; `late` when it has not answered for three days.
    """

    partner: str
    name: Text
    by_hand: bool
    counts: dict[State, int]
    confirmed_at: datetime | None
    oldest_open_at: datetime | None
    paused_until: datetime | None
    failing_since: datetime | None
    why: Text | None
    late: bool


UNKNOWN_PARTNER = Text(
    "There is no partner '{partner}' in the book. Choose one of: {ids}.",
    "账本里没有合作方“{partner}”。请从这些里选：{ids}。",
)
NOT_BY_HAND = Text(
    "There is nothing to tell {partner} by hand about this choice. Nothing was changed.",
    "关于这次选择，没有需要人工通知{partner}的事。什么都没有改动。",
)
