"""Looking back and ahead at prices and the law: what was broken, what an old price says again, what a new pack would change.

A pack is compared with the one of the same id that is in use. A rule is *new*, *gone* or *changed*; it holds from its own first
day on; and whom it concerns is found by pricing the book in force in all its coming situations, by the old rules and by the
new ones. Prices that customers hold and have not taken yet are counted: they stay as they were given. Agreements live in a room
above this one; whoever asks hands in a function that counts those of them whose renewal, price or payment a rule meets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.editions import check_law
from aboveboard.editions.past import Before
from aboveboard.editions.service import Edition
from aboveboard.law.engine import Sourced
from aboveboard.law.library import Library
from aboveboard.law.loading import Loaded
from aboveboard.pricing.lawful import Said
from aboveboard.quotes import tables
from aboveboard.quotes.concerned import held
from aboveboard.quotes.model import Quote
from aboveboard.quotes.service import Quotes
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

_c = tables.quotes.c


@dataclass(frozen=True, slots=True)
class Broken:
    """A price and what one rule said of it."""

    quote: str
    day: date
    service: Text
    said: Said

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "quote": self.quote,
            "on": self.day.isoformat(),
            "service": self.service.say(lang),
            "rule": self.said.rule,
            "outcome": self.said.outcome,
            "explanation": self.said.explanation.say(lang),
            "citation": self.said.citation,
            "missing": list(self.said.missing),
            "known_since": None if self.said.known_since is None else self.said.known_since.isoformat(),
        }


def broken(conn: Connection, quotes: Quotes, days: int, outcomes: Collection[str]) -> Iterator[Broken]:
    """Yield what rules said of the prices of the last `days` days with one of these outcomes, the newest first."""
    for quote in _since(conn, quotes, clock.now() - timedelta(days=days)):
        law = quote.body.law
        for said in law.rules:
            if said.outcome in outcomes and law.on is not None:
                yield Broken(quote.id, law.on, quote.price.service, said)


def replayed(quote: Quote, library: Library) -> Iterator[tuple[str, str, str]]:
    """Yield each rule of a price with what it said then and says again; raises `KeyError` for a pack that nobody kept."""
    law = quote.body.law
    for said, record in zip(law.rules, law.records(), strict=True):
        yield said.rule, said.outcome, library.replay(record).outcome


def open_quotes(conn: Connection, quotes: Quotes, today: date) -> dict[str, int]:
    """Return how many prices customers may still take, by service and tier."""
    asked = (quote.price.request for quote in held(conn, quotes, today))
    return dict(Counter(f"{each.service}/{each.tier}" for each in asked))


def _since(conn: Connection, quotes: Quotes, since: datetime) -> Iterator[Quote]:
    query = sa.select(tables.quotes).where(_c.created_at >= since).order_by(_c.created_at.desc(), _c.id)
    for row in conn.execute(query):
        found = quotes.read(conn, row)
        if found is not None:
            yield found


# ----------------------------------------------------------------------------------------------------- a new pack
@dataclass(frozen=True, slots=True)
class Reached:
    """The agreements that a rule meets: how many, by what comes for them, the `first` of these days.

    `before` and `after` are the days by which the first notice must be out by the rule in use and by the new one, if they ask
    for any.
    """

    agreements: int
    renewals: int
    fees: int
    charges: int
    first: date
    before: date | None
    after: date | None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        days = {"first": self.first, "notice_before": self.before, "notice_after": self.after}
        counts = {"count": self.agreements, "renewals": self.renewals, "new_prices": self.fees}
        said = {name: None if day is None else day.isoformat() for name, day in days.items()}
        return {**counts, "payments": self.charges, **said}


#: Asked with the rules in use, those of the new pack, and the ids of those that differ.
Reaching = Callable[
    [Connection, Mapping[str, Sourced], Mapping[str, Sourced], Collection[str], date], Mapping[str, Reached]
]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of a new pack against the one in use: `how` is new, gone or changed, `since` its first day.

    `before` and `after` are the worst that it says to our prices (`none`: it meets none of them), `touches` are service/tier,
    `held` counts prices there that customers may still take, `reached` the agreements (None: it meets none).
    """

    rule: str
    how: str
    title: Text
    since: date | None
    before: str
    after: str
    touches: tuple[str, ...]
    held: int
    reached: Reached | None = None


@dataclass(frozen=True, slots=True)
class PackChange:
    """What a new pack would change."""

    pack: str
    version: str
    known: str | None
    rules: list[RuleChange] = field(default_factory=list)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "pack": self.pack,
            "version": self.version,
            "in_use": self.known,
            "rules": [
                {
                    "rule": each.rule,
                    "change": each.how,
                    "title": each.title.say(lang),
                    "from": None if each.since is None else each.since.isoformat(),
                    "before": each.before,
                    "after": each.after,
                    "touches": list(each.touches),
                    "open_quotes": each.held,
                    "agreements": None if each.reached is None else each.reached.as_dict(),
                }
                for each in self.rules
            ],
        }

    def lines(self, lang: str) -> Iterator[str]:
        """Yield it as people read it."""
        t = Catalogue.load("aboveboard.quotes")
        key = "law.pack" if self.known else "law.pack_new"
        yield t(key, lang, pack=self.pack, version=self.version, known=self.known or "")
        for each in self.rules:
            since = t("law.since", lang, day=each.since) if each.since else ""
            yield f"{t('law.how_' + each.how, lang)}: {each.rule} {since}".rstrip()
            yield f"    {each.title.say(lang)}"
            if each.touches:
                yield "    " + t(
                    "law.touches", lang,
                    what=", ".join(each.touches), held=each.held,
                    before=_outcome(each.before, lang), after=_outcome(each.after, lang),
                )  # fmt: skip
            if each.reached is not None:
                yield from (f"    {line}" for line in _say_reached(each.reached, lang))
            if not each.touches and each.reached is None:
                yield f"    {t('law.touches_none', lang)}"
        if not self.rules:
            yield t("law.pack_same", lang)


def _say_reached(reached: Reached, lang: str) -> Iterator[str]:
    t = Catalogue.load("aboveboard.quotes")
    counts = {"count": reached.agreements, "renewals": reached.renewals}
    counts |= {"fees": reached.fees, "charges": reached.charges}
    yield t("law.reached", lang, first=reached.first, **counts)
    if reached.before != reached.after:
        nothing = t("law.no_notice", lang)
        days = {"before": reached.before or nothing, "after": reached.after or nothing}
        yield t("law.notice_moves", lang, **days)
    elif reached.after is not None:
        yield t("law.notice_stays", lang, day=reached.after)


def _outcome(name: str, lang: str) -> str:
    return Catalogue.load("aboveboard.editions")(f"law.outcome.{name}", lang)


def pack_changes(
    conn: Connection,
    quotes: Quotes,
    edition: Edition | None,
    library: Library,
    fresh: Loaded,
    reaching: Reaching | None = None,
) -> PackChange:
    """Return what a pack that proves itself would change for the book in force, if it took the place of the one in use.

    `reaching` counts agreements; without it none are counted.
    """
    new = {one.rule.id: one for one in fresh.rules()}
    source = next(iter(new.values())).source
    old = {name: one for name, one in library.rules.items() if one.source.pack == source.pack}
    known = next((one.source.version for one in old.values()), None)
    found = PackChange(source.pack, source.version, known)
    differing = [
        name
        for name in (*old, *(each for each in new if each not in old))
        if name not in old or name not in new or old[name].rule != new[name].rule
    ]
    now = clock.now()
    zone = ZoneInfo(edition.book.business.timezone) if edition else ZoneInfo("UTC")
    today = now.astimezone(zone).date()
    was, will = (_survey(conn, quotes, edition, today, each, differing) for each in (old, new))
    held_now = open_quotes(conn, quotes, today)
    reached = reaching(conn, old, new, differing, today) if reaching is not None else {}
    for name in differing:
        how = "gone" if name not in new else "new" if name not in old else "changed"
        rule = (new.get(name) or old[name]).rule
        touches = tuple(sorted(was.touched.get(name, set()) | will.touched.get(name, set())))
        found.rules.append(
            RuleChange(
                name, how, rule.title.words, rule.effective.start,
                _said(was, name), _said(will, name), touches, sum(held_now.get(each, 0) for each in touches),
                reached.get(name),
            )
        )  # fmt: skip
    return found


def _survey(
    conn: Connection,
    quotes: Quotes,
    edition: Edition | None,
    today: date,
    rules: dict[str, Sourced],
    names: list[str],
) -> check_law.Survey:
    if edition is None:
        return check_law.Survey()
    before = Before.now(quotes.past, conn, edition.book, today)
    asked = [rules[name] for name in names if name in rules]
    return check_law.survey(edition.book, today, before, quotes.editions.library(edition), asked)


def _said(survey: check_law.Survey, name: str) -> str:
    met = survey.met.get(name)
    return "none" if met is None else met.result.outcome
