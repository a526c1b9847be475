"""Whom a new book or a new rule pack concerns among those who have an agreement: how many, from when, told by when.

Both answers are counts and days; nobody's name is in them. For a book it is `preview.draft`, said in sentences. For a pack each
coming event of each agreement (its renewal, a new price on an anniversary, its next payment) is put to the rules as
they were and as they would be: a rule concerns an agreement if it meets one of these events.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard.agreements.model import Agreement
from aboveboard.agreements.notices import FACTS, What, spans
from aboveboard.agreements.preview import Previewed, draft
from aboveboard.agreements.renewals import Renewals
from aboveboard.agreements.schedule import steps
from aboveboard.book.model import Book
from aboveboard.editions.concern import Concern
from aboveboard.law import engine
from aboveboard.law.engine import Sourced
from aboveboard.money import show
from aboveboard.quotes.law_review import Reached
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

_NOT_MET = ("not_applicable", "expired")


def by_book(renewals: Renewals, conn: Connection, new: Book, on: datetime.date) -> Concern | None:
    """Return what a draft means for those with an agreement that runs, or None if nobody has one."""
    found = draft(renewals, conn, new, on)
    if not found.rows:
        return None
    changed = [row.starts for row in found.rows if row.after != row.before]
    counts = found.counts() | {
        "from": min(changed).isoformat() if changed else None,
        "last_from": max(changed).isoformat() if changed else None,
    }
    return Concern("agreements", counts, tuple(_says(found)), tuple(_notices(found, on)))


def _says(found: Previewed) -> Iterator[Text]:
    texts = Catalogue.load("aboveboard.agreements")
    yield texts.text("concern.run").filled(count=_many(found.rows))
    for way in ("move", "choose", "keep", "ended", "same"):
        rows = [row for row in found.rows if row.way == way]
        if not rows:
            continue
        days = [row.starts for row in rows]
        yield texts.text(f"concern.{way}").filled(
            count=_many(rows),
            first=min(days),
            last=max(days),
            dearer=_many([row for row in rows if row.after > row.before]),
            cheaper=_many([row for row in rows if row.after < row.before]),
            before=show(sum(row.before for row in rows), found.currency),
            after=show(sum(row.after for row in rows), found.currency),
        )


def _notices(found: Previewed, on: datetime.date) -> Iterator[Text]:
    texts = Catalogue.load("aboveboard.agreements")
    due = sorted(
        ((row.notice.by, row.starts, row.notice) for row in found.rows if row.notice and row.notice.by),
        key=lambda each: each[:2],
    )
    if due:
        by, starts, first = due[0]
        rules = ", ".join(dict.fromkeys(rule for _, _, notice in due for rule in notice.rules))
        key = "concern.notice_late" if by < on else "concern.notice_by"
        why = Text(rules, rules) if rules else texts.text("duty.own")
        earliest = first.first or on
        values = {"by": by, "count": f"{len(due):,}", "starts": starts, "why": why, "first": earliest}
        yield texts.text(key).filled(**values)
    questions = {said.en: said for row in found.rows if row.notice for said in row.notice.questions}
    yield from (texts.text("concern.question").filled(what=said) for said in questions.values())


def _many(rows: Iterable[Any]) -> str:
    return f"{sum(1 for _ in rows):,}"


# ------------------------------------------------------------------------------------------------------ a rule pack
@dataclass(frozen=True, slots=True)
class _Event:
    """Something that comes for an agreement, with the facts that a rule may read; `what` None: only that it runs."""

    agreement: str
    what: What | None
    day: datetime.date
    facts: Mapping[str, Any]


def by_rules(
    renewals: Renewals,
    conn: Connection,
    old: Mapping[str, Sourced],
    new: Mapping[str, Sourced],
    names: Iterable[str],
    on: datetime.date,
) -> dict[str, Reached]:
    """Return, for each of these rules that meets an agreement's coming events before or after, what it meets."""
    running = [each for each in renewals.agreements.running(conn, on) if each.ended is None]
    events = [event for each in running for event in _events(renewals, conn, each, on)]
    found: dict[str, Reached] = {}
    for name in names:
        rules = [rule for rule in (old.get(name), new.get(name)) if rule is not None]
        met = [event for event in events if any(_meets(rule, event) for rule in rules)]
        if met:
            found[name] = Reached(
                agreements=len({event.agreement for event in met}),
                renewals=sum(event.what == "renewal" for event in met),
                fees=sum(event.what == "fee" for event in met),
                charges=sum(event.what == "charge" for event in met),
                first=min(event.day for event in met),
                before=_first_notice(old.get(name), met),
                after=_first_notice(new.get(name), met),
            )
    return found


def _events(
    renewals: Renewals, conn: Connection, agreement: Agreement, on: datetime.date
) -> Iterator[_Event]:
    seen = renewals.agreements.view(conn, agreement, on)
    body = agreement.body
    place = renewals.place(conn, agreement, seen.book)
    facts = renewals.case(conn, seen.book, agreement, place, on).facts()
    events: list[tuple[What, datetime.date]] = [
        ("fee", change.on) for change in seen.changes if change.after != change.before and change.on > on
    ]
    if agreement.renews >= on and body.renewal != "no":
        events.append(("renewal", agreement.renews))
    paid = next((month.first for month in seen.months if month.first > on), None)
    if paid is not None:
        events.append(("charge", paid))
    for step in steps(renewals.agreements.run(conn, agreement, on), body):
        days = {"contract.trial_days": (step.last - step.since).days + 1, FACTS["trial"][1]: step.last}
        yield _Event(agreement.id, "trial", step.last, facts | days)
    events.append(("reminder", body.reminded or agreement.starts))
    for what, day in events:
        more = {FACTS[what][1]: day} | ({"change.kind": "fee"} if what == "fee" else {})
        yield _Event(agreement.id, what, day, facts | more)
    yield _Event(agreement.id, None, on, facts)


def _meets(rule: Sourced, event: _Event) -> bool:
    """Return whether a rule looks at this event and does not leave this agreement alone."""
    if rule.rule.area != "contracts":
        return False
    asked = {what for what, names in FACTS.items() if set(names) & set(engine.Compiled(rule).reads)}
    if (event.what is None) is bool(asked) or (asked and event.what not in asked):
        return False
    return engine.evaluate(rule, event.facts, event.day).outcome not in _NOT_MET


def _first_notice(rule: Sourced | None, met: Iterable[_Event]) -> datetime.date | None:
    """Return by when a rule wants the first of these notices out, or None if it asks for none."""
    if rule is None:
        return None
    days = [
        last
        for event in met
        if event.what is not None and _meets(rule, event) and engine.state(rule.rule, event.day) is None
        for _, last in spans(rule.rule.check, FACTS[event.what][0], event.day)
    ]
    return min(days, default=None)
