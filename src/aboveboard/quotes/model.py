"""What a quote is: a price as it was given, with the price without personal facts beside it.

A quote keeps everything that was said, not a recipe for saying it again: the words stay what the customer read, even when
the next version of this program would put them better. The cents can be computed again from the edition and the facts
(`Quotes.replay`), and must come out the same.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aboveboard.book.answers import Answer
from aboveboard.market import Seen
from aboveboard.pricing import AllowedFacts, CostLine, Price, Step, explain, explain_without
from aboveboard.pricing.alternatives import Alternative
from aboveboard.pricing.charges import ChargeLine
from aboveboard.pricing.lawful import Judged, Said
from aboveboard.words import Text

#: Days for which a price is kept, unless the day it is for comes sooner.
VALID_DAYS = 14
#: The days a price can be asked for: not before the year 2000, at most two years ahead.
EARLIEST = datetime.date(2000, 1, 1)
YEARS_AHEAD = 2

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)
_BAD_USAGE = Text(
    "“{value}” is no amount of “{meter}”. Write a plain number like 120 or 12.5. Nothing was saved.",
    "「{meter}」的数量不能是「{value}」。请写数字，如 120 或 12.5。什么都没有保存。",
)
_BAD_DATE = Text(
    "We cannot read that date. Write it like 2027-01-15, or with a time, like 2027-01-15T09:30:00Z. Nothing was saved.",
    "看不懂这个日期。请写成 2027-01-15，或带上时间，如 2027-01-15T09:30:00Z。什么都没有保存。",
)
_DATE_OUT_OF_RANGE = Text(
    "We price days from {first} to {last}. Pick a day in between; nothing was saved.",
    "我们只为 {first} 到 {last} 之间的日期报价。请选这之间的一天；什么都没有保存。",
)
NO_BOOK = Text(
    "This business has not published its prices yet. Run `aboveboard apply` first.",
    "商家还没有公布价格。请先运行 aboveboard apply。",
)
NO_PERSONAL_PRICES = Text(
    "This business makes no personal prices: everyone pays the same.",
    "这家商家没有个人价格：人人付的一样。",
)


QuoteCode = Literal[
    "bad_count",
    "bad_date",
    "bad_draft",
    "bad_labels",
    "bad_usage",
    "code_used",
    "date_out_of_range",
    "lapsed",
    "no_book",
    "no_codes",
    "no_quote",
    "offer_used_up",
    "own_code",
    "too_many_codes",
    "unknown_code",
    "unknown_group",
    "who",
]


class QuoteError(ValueError):
    """A request that has no quote, or a quote that cannot be taken. `code` is stable; `text` says how to mend it."""

    def __init__(self, code: QuoteCode, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What a customer asks: which service and tier, how many, for when (an ISO date or instant; None is today).

    `codes` are codes as they were typed, `groups` those the customer has shown to belong to, `basket` other services in the same
    order; `usage` is how much of each meter as decimal text; `starts` and `ends` are ISO instants of what is paid by time.
    All else is as in `pricing.PriceRequest`.
    """

    service: str
    tier: str | None = None
    quantity: int = 1
    at: str | None = None
    codes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    basket: tuple[str, ...] = ()
    place: str | None = None
    segment: str | None = None
    month: int | None = None
    terms: str | None = None
    points: int = 0
    add_ons: tuple[str, ...] = ()
    seats: int | None = None
    usage: Mapping[str, str] = field(default_factory=dict)
    pays: int | None = None
    starts: str | None = None
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class GateSaid:
    """What the gate answered about personal prices; `as_of` is the index of the newest entry it knew of."""

    allowed: bool
    reason: str
    rule: str
    entry: str | None
    as_of: int
    explanation: Text


@dataclass(frozen=True, slots=True)
class Body:
    """The part of a quote that is stored: both prices, the facts that were handed over, and why they were or were not.

    `without` is None where it is the same price, because no step read a fact. `valid_until` is the last day (the
    business's) on which the price is kept, None for a day that has passed. `codes` are digests of codes that are good once.
    `law` is what the rules of law said.
    """

    price: Price
    without: Price | None
    facts: AllowedFacts
    gate: GateSaid
    channel: str
    valid_until: datetime.date | None
    alternatives: tuple[Alternative, ...] = ()
    codes: tuple[str, ...] = ()
    law: Judged = field(default_factory=Judged)


@dataclass(frozen=True, slots=True)
class Quote:
    """A price that was given: `id` is its entry's id, `receipt` finds the receipt, `edition` is the book it was made from."""

    id: str
    receipt: str
    edition: int
    created_at: datetime.datetime
    subject: int | None
    body: Body

    @property
    def price(self) -> Price:
        """The price to pay, with its steps."""
        return self.body.price

    @property
    def without(self) -> Price:
        """The price without personal facts, which everyone pays."""
        return self.body.without or self.body.price

    @property
    def explanation(self) -> Text:
        """The price in one sentence."""
        return explain(self.price)

    @property
    def explanation_without(self) -> Text:
        """What it would be without personal facts, in one sentence."""
        return explain_without(self.price, self.without)

    def to_json(self, lang: str | None = None) -> dict[str, Any]:
        """Return the quote for programs: money in whole minor units, exact amounts as decimal text.

        Texts are pairs `{en, zh}`, or plain strings if `lang` is given.
        """
        price, gate = self.price, self.body.gate
        asked = price.request
        return {
            "id": self.id,
            "total": price.total,
            "currency": price.currency,
            "service": {"id": asked.service, "name": _say(price.service, lang)},
            "tier": {"id": asked.tier, "name": _say(price.tier, lang)},
            "quantity": asked.quantity,
            "unit": price.unit,
            "on": asked.on.isoformat(),
            "steps": [_step(step, lang) for step in price.steps],
            "facts_used": list(price.facts_used),
            "without_personal": self.without.total,
            "without_personal_steps": [_step(step, lang) for step in self.without.steps],
            "alternatives": [_alternative(each, lang) for each in self.body.alternatives],
            "floor": price.open_floor,
            "explanation": _say(self.explanation, lang),
            "explanation_without": _say(self.explanation_without, lang),
            "valid_until": self.body.valid_until.isoformat() if self.body.valid_until else None,
            "edition": self.edition,
            "created_at": self.created_at.isoformat(),
            "gate": {
                "allowed": gate.allowed,
                "reason": gate.reason,
                "rule": gate.rule,
                "entry": gate.entry,
                "as_of": gate.as_of,
                "explanation": _say(gate.explanation, lang),
            },
            "near": [_say(words, lang) for words in self.body.law.near],
            "rules": [_rule(said, self.body.law, lang) for said in self.body.law.rules],
            "receipt": self.receipt,
        }


def moment_of(at: str | None, timezone: str) -> int | None:
    """Return the minute of the local day that `at` means, or None where it is a plain date; raises `QuoteError`."""
    if at is None or _DATE.fullmatch(at.strip()):
        return None
    local = instant_of(at.strip(), timezone).astimezone(ZoneInfo(timezone))
    return local.hour * 60 + local.minute


def instant_of(at: str, timezone: str) -> datetime.datetime:
    """Return an ISO instant in UTC; a time without an offset is the business's own. Raises `QuoteError` for anything else."""
    try:
        moment = datetime.datetime.fromisoformat(at.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(
            datetime.UTC
        )
    except (ValueError, OverflowError):
        raise QuoteError("bad_date", _BAD_DATE) from None


def usage_of(usage: Mapping[str, str]) -> dict[str, Decimal]:
    """Return how much of each meter was used; raises `QuoteError` for what is no plain number."""
    found = {}
    for meter, written in usage.items():
        if not _NUMBER.fullmatch(written.strip()):
            raise QuoteError("bad_usage", _BAD_USAGE.filled(meter=meter[:40], value=written[:40]))
        found[meter] = Decimal(written.strip())
    return found


def day_of(at: str | None, now: datetime.datetime, timezone: str) -> datetime.date:
    """Return the local day that `at` means at the business: an ISO date, an ISO instant with its offset, or None for today.

    A time without an offset is the business's own. Raises `QuoteError` for anything else, and for days out of range.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    on = today if at is None else _read_day(at.strip(), zone)
    last = datetime.date(today.year + YEARS_AHEAD, today.month, min(today.day, 28))
    if not EARLIEST <= on <= last:
        said = _DATE_OUT_OF_RANGE.filled(first=EARLIEST.isoformat(), last=last.isoformat())
        raise QuoteError("date_out_of_range", said)
    return on


def valid_until(on: datetime.date, today: datetime.date) -> datetime.date | None:
    """Return the last day on which a price for the day `on` is kept: two weeks, or until that day; None if it has passed."""
    return None if on < today else min(on, today + datetime.timedelta(days=VALID_DAYS))


def _read_day(at: str, zone: ZoneInfo) -> datetime.date:
    try:
        if _DATE.fullmatch(at):
            return datetime.date.fromisoformat(at)
        moment = datetime.datetime.fromisoformat(at) if len(at) > len("2027-01-15") else None
        if moment is not None:
            return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        pass
    raise QuoteError("bad_date", _BAD_DATE)


def _rule(said: Said, law: Judged, lang: str | None) -> dict[str, Any]:
    facts = law.facts
    return {
        "rule": said.rule,
        "outcome": said.outcome,
        "title": _say(said.title, lang),
        "explanation": _say(said.explanation, lang),
        "citation": said.citation,
        "verified": said.verified,
        "pack": said.pack,
        "version": said.version,
        "sha256": said.sha256,
        "facts": {name: facts[name] for name in said.facts if name in facts},
        "answers": [_answer(each, lang) for each in law.answers if each.fact in said.facts],
        "missing": list(said.missing),
        "known_since": None if said.known_since is None else said.known_since.isoformat(),
        "warnings": list(said.warnings),
    }


def _answer(told: Answer, lang: str | None) -> dict[str, Any]:
    source = _say(told.source, lang)
    return {"fact": told.fact, "value": told.value, "since": told.since.isoformat(), "source": source}


def _alternative(found: Alternative, lang: str | None) -> dict[str, Any]:
    return {"way": found.way, "total": found.total, "saves": found.saves, "words": _say(found.words, lang)}


def _charge(line: ChargeLine, lang: str | None) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": _say(line.name, lang),
        "kind": line.kind,
        "counted": _exact(line.counted),
        "amount": line.amount,
        "exact": _exact(line.exact),
        "how": _say(line.how, lang),
    }


def _step(step: Step, lang: str | None) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "id": step.id,
        "label": _say(step.label, lang),
        "amount": step.amount,
        "subtotal": step.subtotal,
        "exact": _exact(step.exact),
        "basis": _say(step.basis, lang),
        "facts": list(step.facts),
        "applied": step.applied,
        "why_not": None if step.why_not is None else _say(step.why_not, lang),
        "reason": step.reason,
        "line": step.line,
        "detail": [_line(line, lang) for line in step.detail],
        "charges": [_charge(line, lang) for line in step.charges],
        "observations": [_observation(each, lang) for each in step.observations],
    }


def _line(line: CostLine, lang: str | None) -> dict[str, Any]:
    return {
        "item": line.item,
        "name": _say(line.name, lang),
        "kind": line.kind,
        "direct": line.direct,
        "quantity": _exact(line.quantity),
        "unit": line.unit,
        "amount": _exact(line.amount),
        "how": _say(line.how, lang),
        "source": None if line.source is None else _say(line.source, lang),
    }


def _observation(each: Seen, lang: str | None) -> dict[str, Any]:
    return {
        "id": each.id,
        "who": _say(each.who, lang),
        "amount": each.amount,
        "quantity": _exact(each.quantity),
        "unit": each.unit,
        "how": _say(each.how, lang),
        "place": each.place,
        "seen": each.seen.isoformat(),
        "learnt": _say(each.learnt, lang),
        "source": each.source or None,
        "differences": [_say(words, lang) for words in each.differences],
    }


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _say(text: Text, lang: str | None) -> Any:
    """Return a finished text; a price's texts have no places left, so their brackets are what they look like."""
    if lang is None:
        return {"en": text.en, "zh": text.zh}
    return text.zh if lang == "zh" else text.en
