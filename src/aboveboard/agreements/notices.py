"""By when must a customer be told? What the rules of their place ask before a renewal, a new fee, a charge, the end of a trial.

Each rule that applies names a window: so many days before at the latest, so many at the earliest. The windows are cut with each
other, so the strictest wins on both sides; our own terms may ask for a day inside them and never outside. When a day was
found, every rule is asked again as if the notice had gone out on it: what still fails, or cannot be told, is shown as a question.

A reminder is different: it hangs on no event, but on a clock of the rule's own that starts with the last one. No number of a
law stands in this file; all of them come out of the packs.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aboveboard.law import check_form as form
from aboveboard.law import engine
from aboveboard.law.library import Library, Own
from aboveboard.law.vocabulary import date_of
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

What = Literal["renewal", "fee", "charge", "trial", "reminder"]

#: For each kind of notice: the fact that says when it went out, and the fact that says when the thing itself happens. Of a
#: reminder the second is the start of its clock.
FACTS: dict[What, tuple[str, str]] = {
    "renewal": ("contract.renewal_notice_sent_at", "contract.renews_at"),
    "fee": ("change.notice_sent_at", "change.takes_effect_at"),
    "charge": ("charge.notice_sent_at", "charge.at"),
    "trial": ("trial.notice_sent_at", "trial.ends_at"),
    "reminder": ("contract.reminder_sent_at", "contract.last_reminder_at"),
}
#: What is so in every agreement of this house, because the program makes it so.
OURS: Mapping[str, Any] = {
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
#: So many answers are kept: one for each day, place and kind of agreement.
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Case:
    """What rules may read of an agreement: where customer and firm are, and how it was made. `trial_days` of 0 is no trial."""

    place: str
    home: str | None
    auto: bool
    months: int
    channel: str
    express: bool | None = True
    automatic: bool = True
    trial_days: int = 0
    #: What the owner answers in the book to questions that only the owner can.
    answers: tuple[tuple[str, Any], ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return them under the names that rules use; what nobody knows is left out."""
        facts: dict[str, Any] = {
            **OURS,
            "consumer.country": self.place[:2],
            "contract.auto_renews": self.auto,
            "contract.term_months": self.months,
            "contract.made_online": self.channel in ("web", "api", "platform"),
            "contract.trial_days": self.trial_days,
            "charge.automatic": self.automatic,
            "offer.channel": {"counter": "store", "command": "store", "api": "web"}.get(
                self.channel, self.channel
            ),
        }
        facts |= {**dict(self.answers), **OURS}
        if "-" in self.place:
            facts["consumer.state"] = self.place
        if self.home is not None:
            facts["business.place"] = self.home
        if self.express is not None:
            facts["consent.express"] = self.express
        return facts

    @property
    def places(self) -> tuple[str, ...]:
        """The places whose rules are asked."""
        return (self.place,) if self.home in (None, self.place) else (self.place, str(self.home))


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

    @property
    def last(self) -> datetime.date | None:
        """The last day on which every rule would still have it in time; None where no rule asks."""
        return min((window.last for window in self.windows), default=None)


class Notices:
    """Answers to "by when", worked out once for each kind of case. `folder` holds the owner's own packs."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self._library: Library | None = None
        self._known: dict[object, Any] = {}

    def library(self, own: tuple[Own, ...] = ()) -> Library:
        """Return the rules in use, `own` being those of the book; raises `LibraryError` for one that must not be used."""
        return Library.open(self.folder, own)

    def _of(self, library: Library) -> None:
        if library is not self._library or len(self._known) > _KEPT:
            self._library, self._known = library, {}

    def ask(
        self,
        what: What,
        event: datetime.date,
        case: Case,
        days: int,
        *,
        library: Library,
        dearer: bool = False,
    ) -> Notice:
        """Return by when a notice must be out before `event`; a renewal at a new price (`dearer`) is a new fee as well.

        `library` is what `library()` gave.
        """
        self._of(library)
        key = what, event, case, days, dearer
        found: Notice | None = self._known.get(key)
        if found is None:
            found = self._known[key] = _notice(what, event, case, days, library, dearer)
        return found

    def wants(self, what: What, case: Case, library: Library) -> bool:
        """Return whether any rule, of whatever day, may ask for a notice of this kind in such a case."""
        self._of(library)
        key = "wants", what, case
        if key not in self._known:
            out, facts = FACTS[what][0], case.facts()
            self._known[key] = any(
                _concerns(rule, out) and not engine.Compiled(rule, facts).never
                for rule in library.at(*case.places, area="contracts")
            )
        return bool(self._known[key])

    def remind(self, last: datetime.date, case: Case, library: Library) -> Notice | None:
        """Return by when the next reminder must be out if the last was on a day, by the clock of the rule that asks first."""
        self._of(library)
        key = "reminder", last, case
        if key not in self._known:
            self._known[key] = _reminder(last, case, library)
        found: Notice | None = self._known[key]
        return found


def notice(what: What, event: datetime.date, case: Case, days: int, folder: str = "") -> Notice:
    """Return by when a notice must be out before `event`; `days` before it is what our own terms say."""
    found = Notices(folder)
    return found.ask(what, event, case, days, library=found.library())


def kinds(what: What, dearer: bool = False) -> tuple[What, ...]:
    """Return what a letter announces: a renewal at a new price is a new fee as well."""
    return ("renewal", "fee") if what == "renewal" and dearer else (what,)


def facts_about(what: What, event: datetime.date, sent: datetime.date | None, dearer: bool) -> dict[str, Any]:
    """Return the facts of an event and of its letter, if it went out on a day."""
    known: dict[str, Any] = {}
    for kind in kinds(what, dearer):
        out, happens = FACTS[kind]
        known[happens] = event
        if kind == "fee":
            known["change.kind"] = "fee"
        if sent is not None:
            known[out] = sent
    return known


def _notice(
    what: What, event: datetime.date, case: Case, days: int, library: Library, dearer: bool
) -> Notice:
    known = {**case.facts(), **facts_about(what, event, None, dearer)}
    outs = [FACTS[kind][0] for kind in kinds(what, dearer)]
    rules = [
        rule
        for rule in library.at(*case.places, area="contracts")
        if any(_concerns(rule, out) for out in outs)
    ]
    texts = Catalogue.load("aboveboard.agreements")
    windows: list[Window] = []
    questions: list[Text] = []
    for rule in rules:
        outcome = engine.evaluate(rule, known, event).outcome
        title = rule.rule.title.words
        if outcome == "not_yet":
            questions.append(texts.text("notice.coming").filled(rule=title))
        elif outcome not in ("not_applicable", "expired"):
            for out in outs:
                windows += [Window(rule.rule.id, title, *span) for span in spans(rule.rule.check, out, event)]
    own = event - datetime.timedelta(days=days)
    last = min((window.last for window in windows), default=own)
    first = max((window.first for window in windows if window.first), default=None)
    if first is not None and first > last:
        questions.append(texts.text("notice.clash").filled(first=first.isoformat(), last=last.isoformat()))
        return Notice(what, event, first, None, tuple(windows), tuple(questions))
    by = min(last, max(own, first) if first else own)
    told = {**known, **facts_about(what, event, by, dearer)}
    for rule in rules:
        result = engine.evaluate(rule, told, event)
        if result.outcome in ("fail", "undecided"):
            said = texts.text("notice.open").filled(rule=rule.rule.title.words, verdict=result.verdict)
            questions.append(said)
    return Notice(what, event, first, by, tuple(windows), tuple(questions))


def _reminder(last: datetime.date, case: Case, library: Library) -> Notice | None:
    out, start = FACTS["reminder"]
    known = {**case.facts(), start: last}
    windows: list[Window] = []
    for rule in library.at(*case.places, area="contracts"):
        if not _reminds(rule, out, start):
            continue
        # It is law or not on the day on which the reminder falls due, not on the day of the last one.
        due = engine.evaluate(rule, known, last).safe
        if due is None or engine.evaluate(rule, known, date_of(due)).outcome in (
            "not_applicable",
            "not_yet",
            "expired",
        ):
            continue
        windows.append(Window(rule.rule.id, rule.rule.title.words, None, date_of(due)))
    if not windows:
        return None
    by = min(window.last for window in windows)
    return Notice("reminder", by, None, by, tuple(windows), ())


def _reminds(rule: engine.Sourced, out: str, start: str) -> bool:
    clock = rule.rule.deadline
    return (
        clock is not None
        and clock.start == start
        and any(
            isinstance(part, form.Deadline) and part.done == out for part in engine.parts(rule.rule.check)
        )
    )


def _concerns(rule: engine.Sourced, sent: str) -> bool:
    """Return whether a rule asks for this notice."""
    return any(_reads(part, sent) for part in engine.parts(rule.rule.check) if isinstance(part, _KINDS))


def _reads(part: form.Check, sent: str) -> bool:
    if isinstance(part, form.WindowBefore):
        return part.notice == sent
    return bool(getattr(part, "left", None) == sent)


def spans(
    check: form.Check, sent: str, event: datetime.date
) -> Iterator[tuple[datetime.date | None, datetime.date]]:
    """Yield from when (None: any day) until when a check wants a notice out before an event."""
    for part in engine.parts(check):
        if isinstance(part, form.WindowBefore) and part.notice == sent:
            first = event - part.max_days * _DAY if part.max_days is not None else None
            yield first, event - (part.min_days or 0) * _DAY
        elif isinstance(part, form.Before) and part.left == sent:
            yield None, event + part.days * _DAY
        elif isinstance(part, form.Lt) and part.left == sent:
            yield None, event - _DAY


def said(questions: Sequence[Text]) -> Text:
    """Return questions one after the other."""
    return Text(" ".join(each.en for each in questions), "".join(each.zh for each in questions))
