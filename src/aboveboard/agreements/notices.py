"""By when must a customer be told? What the rules of their place ask before a renewal, a new fee or a charge.

Each rule that applies names a window: so many days before at the latest, so many at the earliest. The windows are cut with each
other, so the strictest wins on both sides; our own terms may ask for a day inside them and never outside. When a day was
found, every rule is asked again as if the notice had gone out on it: what still fails, or cannot be told, is shown as a question.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aboveboard.law import check_form as form
from aboveboard.law import engine
from aboveboard.law.library import Library
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

What = Literal["renewal", "fee", "charge"]

#: For each kind of notice: the fact that says when it went out, and the fact that says when the thing itself happens.
FACTS: dict[What, tuple[str, str]] = {
    "renewal": ("contract.renewal_notice_sent_at", "contract.renews_at"),
    "fee": ("change.notice_sent_at", "change.takes_effect_at"),
    "charge": ("charge.notice_sent_at", "charge.at"),
}
#: What is so in every agreement of this house, because the program makes it so.
OURS: Mapping[str, Any] = {
    "consent.express": True,
    "consent.terms_shown_first": True,
    "contract.running": True,
    "change.notice_tells_how_to_cancel": True,
    "charge.notice_says": ["time", "amount", "way_out"],
    "display.cancel_button": True,
    "exit.online": True,
    "exit.simple": True,
    "exit.unfair_fee": False,
    "exit.save_offer_obstructs": False,
}
#: Rules that look at something else than this notice; they have duties of their own.
_KINDS = (form.WindowBefore, form.Lt, form.Before)
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What one rule asks: a notice no earlier than `first` (None: any time) and no later than `last`."""

    rule: str
    title: Text
    first: datetime.date | None
    last: datetime.date


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is due before `event`: not before `first`, not after `by` (None where no day keeps all rules).

    `questions` are what a person must decide, `rules` the ids of the rules that set the days.
    """

    what: What
    event: datetime.date
    first: datetime.date | None
    by: datetime.date | None
    windows: tuple[Window, ...]
    questions: tuple[Text, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules behind it."""
        return tuple(window.rule for window in self.windows)


def facts_of(place: str, *, auto: bool, months: int, channel: str, since: datetime.date) -> dict[str, Any]:
    """Return what rules may read of an agreement: where the customer lives, and how it was made."""
    facts: dict[str, Any] = {
        **OURS,
        "consumer.country": place[:2],
        "contract.auto_renews": auto,
        "contract.term_months": months,
        "contract.made_online": channel in ("web", "api"),
        "offer.channel": {"counter": "store", "command": "store", "api": "web"}.get(channel, channel),
        "consent.given_at": since,
    }
    if "-" in place:
        facts["consumer.state"] = place
    return facts


def notice(
    what: What, event: datetime.date, facts: Mapping[str, Any], place: str, days: int, folder: str = ""
) -> Notice:
    """Return by when a notice must be out before `event`; `days` before it is what our own terms say."""
    sent, happens = FACTS[what]
    known = {**facts, happens: event}
    if what == "fee":
        known["change.kind"] = "fee"
    rules = [rule for rule in Library.open(folder).at(place, area="contracts") if _concerns(rule, sent)]
    texts = Catalogue.load("aboveboard.agreements")
    windows, questions = [], []
    for rule in rules:
        outcome = engine.evaluate(rule, known, event).outcome
        title = rule.rule.title.words
        if outcome == "not_yet":
            questions.append(texts.text("notice.coming").filled(rule=title))
        elif outcome not in ("not_applicable", "expired"):
            windows += [Window(rule.rule.id, title, *span) for span in _spans(rule.rule.check, sent, event)]
    own = event - datetime.timedelta(days=days)
    last = min((window.last for window in windows), default=own)
    first = max((window.first for window in windows if window.first), default=None)
    if first is not None and first > last:
        questions.append(texts.text("notice.clash").filled(first=first.isoformat(), last=last.isoformat()))
        return Notice(what, event, first, None, tuple(windows), tuple(questions))
    by = min(last, max(own, first) if first else own)
    for rule in rules:
        result = engine.evaluate(rule, {**known, sent: by}, event)
        if result.outcome in ("fail", "undecided"):
            said = texts.text("notice.open").filled(rule=rule.rule.title.words, verdict=result.verdict)
            questions.append(said)
    return Notice(what, event, first, by, tuple(windows), tuple(questions))


def _concerns(rule: engine.Sourced, sent: str) -> bool:
    """Return whether a rule asks for this notice."""
    return any(_reads(part, sent) for part in engine.parts(rule.rule.check) if isinstance(part, _KINDS))


def _reads(part: form.Check, sent: str) -> bool:
    if isinstance(part, form.WindowBefore):
        return part.notice == sent
    return bool(getattr(part, "left", None) == sent)


def _spans(
    check: form.Check, sent: str, event: datetime.date
) -> Iterator[tuple[datetime.date | None, datetime.date]]:
    for part in engine.parts(check):
        if isinstance(part, form.WindowBefore) and part.notice == sent:
            first = event - part.max_days * _DAY if part.max_days is not None else None
            yield first, event - (part.min_days or 0) * _DAY
        elif isinstance(part, form.Before) and part.left == sent:
            yield None, event + part.days * _DAY
        elif isinstance(part, form.Lt) and part.left == sent:
            yield None, event - _DAY
