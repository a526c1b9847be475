"""What comes next for an agreement, of which its customer must hear: found from its months, and dated by law.

- `renewal`: the term ends and goes on, or ends for good;
- `fee`: an anniversary changes the price;
- `trial`: an introductory price ends and a dearer one begins;
- `charge`: money is taken by itself, where a law wants a word before each time;
- `reminder`: it still goes on, where a law wants that said every so often.

A charge whose day has come without a word is in the list too: it is late, and its money is not due on that day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aboveboard.agreements.model import Agreement
from aboveboard.agreements.notices import Case, Notice, Notices, What
from aboveboard.agreements.schedule import Run, felt, steps
from aboveboard.agreements.verdicts import Event
from aboveboard.book.model import Terms
from aboveboard.law.library import Library

_ONE = datetime.timedelta(days=1)
#: So many days before its last day a duty is opened, if no rule says that this is too early.
AHEAD: dict[What, int] = {"renewal": 14, "fee": 14, "trial": 14, "reminder": 14, "charge": 2}
#: Charges are looked for so far ahead: longer than any month and the days before it.
_CHARGES = 62 * _ONE


@dataclass(frozen=True, slots=True)
class Coming:
    """What a customer must hear of, and by when: money is one month's, with fees and tax, in minor units.

    `case` is what rules know of the agreement, `way` where a new price comes from.
    """

    agreement: Agreement
    notice: Notice
    case: Case
    before: int
    after: int
    way: str = "keep"

    @property
    def name(self) -> str:
        """What it is called in `Body.told`."""
        return f"{self.notice.what}:{self.notice.event.isoformat()}"

    @property
    def key(self) -> str:
        """What the notice is known by."""
        return f"{self.agreement.id}:{self.name}"

    @property
    def told(self) -> bool:
        """Whether it went out."""
        return self.name in self.agreement.body.told

    def late(self, on: datetime.date) -> bool:
        """Return whether a rule wanted it out before a day."""
        return any(on > window.last for window in self.notice.windows)

    def opens(self) -> datetime.date:
        """Return the day from which there is a duty for it."""
        last = self.notice.by or self.notice.event - _ONE
        early = last - datetime.timedelta(days=AHEAD[self.notice.what])
        return max(early, self.notice.first) if self.notice.first else early

    def event(self, day: datetime.date | None = None, reached: bool | None = None) -> Event:
        """Return it as rules judge it; `day` is another one than was planned."""
        notice = self.notice
        # Whoever said that it should go on was told the price; whom nobody asked has not agreed to a new one.
        agreed = not self.case.auto if notice.what == "renewal" else None
        return Event(notice.what, day or notice.event, self.before, self.after, self.way, agreed, reached)


@dataclass(frozen=True, slots=True)
class Charge:
    """One month's money: planned for `day`, to be taken `at` (None: not yet, because nobody announced it), and by which rules.

    `told` says whether it was announced; without a rule that asks for it none is needed.
    """

    day: datetime.date
    at: datetime.date | None
    amount: int
    told: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Finds what comes for one agreement on a day. `library` are the rules in use, asked for once by whoever looks at many."""

    notices: Notices
    agreement: Agreement
    run: Run
    terms: Terms
    case: Case
    library: Library

    def all(self, on: datetime.date, may_move: bool = False) -> list[Coming]:
        """Return what the customer must hear of from a day on, the next first; `may_move` if a new price is to be expected."""
        if self.agreement.ended is not None:
            return []
        found = [
            *self._fees(on),
            *self._trials(on),
            *self._charges(on),
            *self._reminders(),
            *self._renewals(on, may_move),
        ]
        return sorted(found, key=lambda each: each.notice.event)

    def _made(self, what: What, event: datetime.date, before: int, after: int, way: str = "keep") -> Coming:
        days = self.terms.charge_days if what == "charge" else self.terms.notice_days
        notice = self.notices.ask(
            what, event, self.case, days, dearer=what == "renewal" and after != before, library=self.library
        )
        return Coming(self.agreement, notice, self.case, before, after, way)

    def _fees(self, on: datetime.date) -> Iterator[Coming]:
        for change in felt(self.run, self.agreement.body):
            if change.on > on:
                at = self._month(change.on)
                yield self._made("fee", change.on, self.run.paid[at - 1], self.run.paid[at], "index")

    def _trials(self, on: datetime.date) -> Iterator[Coming]:
        for step in steps(self.run, self.agreement.body):
            days = (step.last - step.since).days + 1
            here = replace(self, case=replace(self.case, trial_days=days))
            found = here._made("trial", step.last, step.before, step.after, "agreed")
            if step.last >= on or (found.notice.windows and not found.told):
                yield found

    def _charges(self, on: datetime.date) -> Iterator[Coming]:
        if not self.notices.wants("charge", self.case, self.library):
            return
        for day, amount in self._planned():
            if day <= on + _CHARGES:
                found = self._made("charge", day, amount, amount)
                if found.notice.windows and not (found.told and day <= on):
                    yield found

    def _planned(self) -> Iterator[tuple[datetime.date, int]]:
        """Yield the days on which money is taken by itself; the very first is paid by whoever signs."""
        if self.case.automatic:
            first = 0 if self.agreement.body.term > 1 else 1
            for month, paid in list(zip(self.run.months, self.run.paid, strict=True))[first:]:
                yield month.first, paid

    def _reminders(self) -> Iterator[Coming]:
        body = self.agreement.body
        last = body.reminded or self.agreement.starts
        notice = self.notices.remind(last, self.case, self.library)
        if notice is not None and notice.event < self.agreement.renews:
            day = min(max(notice.event, self.run.months[0].first), self.run.months[-1].last)
            now = self.run.paid[self._month(day)]
            yield Coming(self.agreement, notice, self.case, now, now)

    def _renewals(self, on: datetime.date, may_move: bool) -> Iterator[Coming]:
        agreement, body = self.agreement, self.agreement.body
        if agreement.renews < on or body.renewal == "no":
            return
        before = self.run.paid[-1]
        after = before if body.next is None else body.next.signed.paid
        found = self._made("renewal", agreement.renews, before, after, "keep" if after == before else "move")
        if may_move and after == before:
            days = self.terms.notice_days
            notice = self.notices.ask(
                "renewal", agreement.renews, self.case, days, dearer=True, library=self.library
            )
            found = replace(found, notice=notice)
        yield found

    def charges(self, on: datetime.date) -> list[Charge]:
        """Return every charge of the term with whether it may be taken."""
        moved = dict(self.agreement.body.moved)
        found = []
        ended = self.agreement.ended
        for day, amount in self._planned():
            if ended is not None and day > ended:
                break
            rules = self._made("charge", day, amount, amount).notice.rules
            told = f"charge:{day.isoformat()}" in self.agreement.body.told
            at = moved.get(day, day) if told or not rules or day > on else None
            found.append(Charge(day, at, amount, told, rules))
        return found

    def _month(self, day: datetime.date) -> int:
        return next(at for at, month in enumerate(self.run.months) if month.first <= day <= month.last)
