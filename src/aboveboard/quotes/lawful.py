"""The law and a quote: what rules ask of it is done or shown, what they said is kept, and what they find broken is made loud.

A ban is obeyed: the price is made without a fact about the person, whatever the person said. A reduction that must count from
an earlier price does. A sentence that must stand beside the price does. What none of this mends is not hidden and does not
stop the sale either (docs/decisions/0013): the quote names the rule, and the owner has a duty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.answers import for_offers
from aboveboard.book.model import Book, Service
from aboveboard.duties.service import Duties
from aboveboard.editions.past import Before, Past
from aboveboard.editions.service import Edition
from aboveboard.law import engine
from aboveboard.law.vocabulary import Day, Vocabulary, date_of
from aboveboard.pricing import NO_FACTS, AllowedFacts, Background, Price, PriceError, PriceRequest
from aboveboard.pricing import lawful as laws
from aboveboard.pricing.lawful import Ban, Bench, Judged, Setting
from aboveboard.quotes import tables
from aboveboard.quotes.model import GateSaid, Quote
from aboveboard.store import Tx
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: So many sales are looked through for the last one before a window.
_LAST = 500
#: The owner should look within this time.
_LOOK = timedelta(days=1)
DUTY = "price_breaks_rule"

Read = Callable[[Connection, Any], Quote | None]


@dataclass(frozen=True, slots=True)
class Case:
    """One request before the law: its judge, and what is known of the days before."""

    book: Book
    service: Service
    setting: Setting
    judge: engine.Judge
    today: date
    history: laws.History
    known: Vocabulary

    def allowed(self, facts: AllowedFacts, gate: GateSaid) -> tuple[AllowedFacts, GateSaid]:
        """Return the facts that may be used, and what is said of them: none where a law bans such prices."""
        banned = None if facts == NO_FACTS else laws.ban(self.judge, facts.given(), self.today)
        return (facts, gate) if banned is None else (NO_FACTS, _banned(gate, banned))

    def behind(self, made: Price) -> Background:
        """Return what this price must know beside the book, with the earlier price from which the law counts its offers."""
        return laws.behind(self.book, made, self.judge, self.history)

    def judged(self, made: Price, without: Price | None) -> Judged:
        """Return what each rule says of the price as it will be shown."""
        found = laws.facts(self.book, self.service, made, without, self.history)
        offer = laws.offered(self.book, made)
        held = for_offers(self.book, () if offer is None else offer.ids, self.today, self.known)
        found = {name: answer.value for name, answer in held.items()} | found
        wanted = [Text(words, words) for words in laws.sentences(self.judge, found, self.today)]
        near = (*wanted, *_personal(made))
        found["display.text_near_price"] = "\n".join(words.en for words in near)
        answers = {name: answer for name, answer in held.items() if found[name] == answer.value}
        return laws.judged(self.judge, found, self.today, near, {**answers, **self.setting.answers})


class Law:
    """The rules of one installation, as they meet its quotes. `read` turns a row into a quote."""

    def __init__(self, past: Past, read: Read, duties: Duties | None = None, packs: str = "") -> None:
        self.past = past
        self.read = read
        self.duties = duties
        self.bench = Bench(packs)
        self._deals: dict[tuple[str, str, date, Day], list[dict[str, Any]]] = {}

    def case(
        self,
        conn: Connection,
        edition: Edition,
        asked: PriceRequest,
        today: date,
        lives: str | None,
        history: laws.History | None = None,
    ) -> Case:
        """Return the case of a request; `lives` is where the customer is known to live. Raises `PriceError`.

        `history` is that of `history()` for the book of the edition, today's if it is left out.
        """
        book = edition.book
        service = book.service(asked.service)
        if service is None:
            services = ", ".join(each.id for each in book.services)
            raise PriceError("unknown_service", service=asked.service, services=services)
        known = self.bench.library(edition.own).vocabulary
        setting = laws.setting(book, service, asked.place or lives, asked.channel, today, known)
        judge = self.bench.judge(setting, today, edition.own)
        history = self.history(conn, book, today) if history is None else history
        return Case(book, service, setting, judge, today, history, known)

    def history(
        self, conn: Connection, book: Book, today: date, *, draft: bool = False, past: Past | None = None
    ) -> laws.History:
        """Return the firm's past as it is seen today under the book in force, or under a draft that would follow it now.

        `past` is one whose editions have been read (`Past.once`).
        """
        return _Sales(self, past or self.past, conn, book, today, draft)

    def told(self, tx: Tx, quote: Quote) -> None:
        """Open a duty for each rule that the quote breaks: one for a rule, a service and an edition of the book."""
        texts = Catalogue.load("aboveboard.quotes")
        for said in quote.body.law.failed if self.duties is not None else ():
            values = {"service": quote.price.service, "rule": said.rule}
            self.duties.open(  # type: ignore[union-attr]
                tx,
                kind=DUTY,
                key=f"{said.rule} {quote.price.request.service} {quote.edition}",
                due_at=tx.now + _LOOK,
                what=_filled(texts.text("law.duty").filled(**values)),
                why=_filled(texts.text("law.duty_why").filled(why=said.explanation, citation=said.citation)),
                entry_id=None if quote.subject is not None else quote.id,
            )

    def deals(
        self, conn: Connection, book: Book, service: str, tier: str, first: date, last: Day, later: date
    ) -> list[dict[str, Any]]:
        """Return what was taken from `first` to `last`, else the last before, as `{at, price}` for one, before fees and tax.

        What lies all before the day `later` is remembered.
        """
        key = (service, tier, first, last)
        if key in self._deals:
            return self._deals[key]
        zone = ZoneInfo(book.business.timezone)
        start = _at(first, zone)
        end = last if isinstance(last, datetime) else _at(last + timedelta(days=1), zone)
        taken = tables.accepted.c.at
        query = (
            sa.select(tables.quotes, taken)
            .join(tables.accepted, tables.accepted.c.quote == tables.quotes.c.id)
            .order_by(taken.desc())
        )
        found = self._sold(conn, query.where(taken >= start, taken < end), service, tier, zone)
        if not found:
            found = self._sold(conn, query.where(taken < start).limit(_LAST), service, tier, zone)[:1]
        if date_of(last) < later - timedelta(days=1):
            self._deals[key] = found
        return found

    def _sold(
        self, conn: Connection, query: Any, service: str, tier: str, zone: ZoneInfo
    ) -> list[dict[str, Any]]:
        found = []
        for row in conn.execute(query):
            quote = self.read(conn, row)
            asked = quote.price.request if quote is not None else None
            if quote is not None and asked is not None and (asked.service, asked.tier) == (service, tier):
                net = laws.net(quote.price)
                found.append({"at": row.at.astimezone(zone).date(), "price": net // asked.quantity})
        return found


class _Sales(Before):
    """The firm's past: published prices by edition, and what was really taken, where anything was."""

    def __init__(self, law: Law, past: Past, conn: Connection, book: Book, today: date, draft: bool) -> None:
        tomorrow = today + timedelta(days=1)
        super().__init__(past, conn, book, today if draft else tomorrow, in_force=not draft)
        self.law = law
        self.tomorrow = tomorrow
        self.book = book

    def deals(self, service: str, tier: str, first: date, last: Day) -> list[dict[str, Any]] | None:
        assert self.conn is not None  # noqa: S101 - for the type checker: given above
        found = self.law.deals(self.conn, self.book, service, tier, first, last, self.tomorrow)
        since = self._first()
        if not found:
            return super().deals(service, tier, first, last)
        if since is None or since <= first:
            return found
        # What was sold before the first edition nobody told us.
        return [{"at": since - timedelta(days=1), "price": None}, *found]


def _at(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _banned(gate: GateSaid, banned: Ban) -> GateSaid:
    texts = Catalogue.load("aboveboard.quotes")
    said = texts.text("law.banned").filled(rule=banned.explanation, citation=banned.citation)
    return replace(
        gate, allowed=False, reason="law_forbids", rule=banned.rule, entry=None, explanation=_filled(said)
    )


def _personal(made: Price) -> tuple[Text, ...]:
    """Return the sentence that a computer used facts about the person, for a price that did."""
    if not made.facts_used:
        return ()
    texts = Catalogue.load("aboveboard.quotes")
    said = {lang: [texts(f"price.{fact}", lang) for fact in made.facts_used] for lang in ("en", "zh")}
    facts = Text(", ".join(said["en"]), "、".join(said["zh"]))
    return (_filled(texts.text("law.personal").filled(facts=facts)),)


def _filled(text: Any) -> Text:
    return Text(text.say("en"), text.say("zh"))
