"""What the law would say to the prices of a draft, before anybody is given one.

Each tier is priced once in each different situation of the coming time (`situations`), with no facts about a person and with
those that lower a price most, for customers in each place that the book names. What a price must count from, say or leave out
is done as a quote does it; what then still breaks a rule is an error, and what nobody knows is a warning that asks. Each rule
is told of once, with the first case that met it. What the owner alone can know is asked of the owner, each fact once
(`questions`), in words and with the line that answers it.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from aboveboard import money
from aboveboard.book import answers
from aboveboard.book.finding import Finding, Lines, Path, Severity, dotted, in_order
from aboveboard.book.model import Book, Service, Tier
from aboveboard.editions.check_prices import _best_facts
from aboveboard.editions.past import Before
from aboveboard.editions.situation_words import said_of
from aboveboard.editions.situations import Situations, open_to_all, plain
from aboveboard.law import packs
from aboveboard.law.engine import Judge, Result, Sourced, evaluate
from aboveboard.law.form import Rule
from aboveboard.law.library import Library
from aboveboard.law.vocabulary import Fact, Vocabulary
from aboveboard.pricing import lawful as laws
from aboveboard.pricing.compiled import compiled
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.lawful import Ban, Offered
from aboveboard.pricing.order import offer_for
from aboveboard.pricing.quote import best, price, situate
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: How pressing an outcome is.
_WEIGHT = {"fail": 3, "undecided": 2, "pass": 1, "not_yet": 0}


@dataclass(frozen=True, slots=True)
class Met:
    """A rule and the first case that met it with its worst outcome; `offers` are the ids of the offers in that price."""

    result: Result
    service: Service
    tier: Tier
    day: datetime.date
    place: str | None
    offers: tuple[str, ...]
    #: What was asked for; None where a rule was not asked about a price.
    asked: PriceRequest | None = None


@dataclass(slots=True)
class Question:
    """A fact that only the owner knows, the rules that wait for it, and what it is asked about (in order, each once)."""

    fact: Fact
    rules: dict[str, Rule] = field(default_factory=dict)
    services: dict[str, None] = field(default_factory=dict)
    promotions: dict[str, None] = field(default_factory=dict)

    @property
    def words(self) -> Text:
        """The question in both languages."""
        assert self.fact.asks is not None  # noqa: S101 - for the type checker: only such facts are asked for
        return self.fact.asks.words

    def line(self, today: datetime.date) -> str:
        """Return the line that answers it in the book."""
        return answers.line(self.fact, today, tuple(self.services), tuple(self.promotions))

    def block(self, today: datetime.date) -> str:
        """Return the same as it stands in the book, with its chapter."""
        return answers.block(self.fact, today, tuple(self.services), tuple(self.promotions))


@dataclass(slots=True)
class Survey:
    """What the rules say to all prices of a book: by rule, and what was mended on the way."""

    met: dict[str, Met] = field(default_factory=dict)
    #: Services (with tier) that each rule meets, whatever it says.
    touched: dict[str, set[str]] = field(default_factory=dict)
    #: By fact that only the owner knows: the rules that wait for it, and the promotions or services that it is asked about.
    asked: dict[str, Question] = field(default_factory=dict)
    #: By offers: the price that counts from an earlier one, and what it would be without, before fees and tax.
    lowered: dict[str, tuple[Service, Tier, Price, int, Offered]] = field(default_factory=dict)
    banned: dict[str, tuple[Ban, Service, str | None]] = field(default_factory=dict)

    def add(self, result: Result, met: Met) -> None:
        """Keep the worst outcome of each rule, and of equal ones the first."""
        if result.outcome not in _WEIGHT:
            return
        rule = result.rule_id
        self.touched.setdefault(rule, set()).add(f"{met.service.id}/{met.tier.id}")
        known = self.met.get(rule)
        if known is None or _WEIGHT[known.result.outcome] < _WEIGHT[result.outcome]:
            self.met[rule] = met

    def ask(self, result: Result, met: Met, known: Vocabulary) -> None:
        """Write down what a rule that is open asks of the owner."""
        for name in result.missing:
            fact = known.get(name)
            if fact is None or fact.asks is None:
                continue
            question = self.asked.setdefault(name, Question(fact))
            question.rules[result.rule_id] = result.rule
            if fact.asks.about == "service":
                question.services[met.service.id] = None
            elif fact.asks.about == "promotion":
                question.promotions.update(dict.fromkeys(met.offers))


def check(
    book: Book,
    lines: Lines,
    today: datetime.date,
    file: str = "business.yaml",
    before: Before | None = None,
    library: Library | None = None,
) -> list[Finding]:
    """Return findings about the law for a book whose prices are sound; `before` knows the prices of past editions."""
    library = library or Library.open()
    found = survey(book, today, before, library)
    return list(in_order([*_found(book, found, lines, file, today, library)]))


def survey(
    book: Book,
    today: datetime.date,
    before: Before | None,
    library: Library,
    rules: Iterable[Sourced] | None = None,
) -> Survey:
    """Judge every tier in every coming situation and place by the rules of a library, or by these of them."""
    known, found = tuple(library.rules.values() if rules is None else rules), Survey()
    vocabulary = library.vocabulary
    history = (before or Before(None, None, book, today)).under(library)
    judges: dict[object, Judge] = {}
    tried = Situations(book, today, _first_days(known, today))
    for service in book.services:
        for place in places(book):
            settings: dict[object, Case] = {}
            for tier in service.tiers:
                for asked in _asked(tried, service, tier, place):
                    where = asked.on, asked.channel or "web"
                    if where not in settings:
                        setting = laws.setting(book, service, place, where[1], asked.on, vocabulary)
                        if setting.key not in judges:
                            judges[setting.key] = laws.judge_of(known, setting)
                        judge = judges[setting.key]
                        settings[where] = Case(book, service, place, judge, history, vocabulary)
                    _ask(settings[where], tier, asked, found)
    _ask_of_terms(book, today, library, known, found)
    return found


def _asked(tried: Situations, service: Service, tier: Tier, place: str | None) -> list[PriceRequest]:
    """Return what is asked for in the situations of customers in a place; none for a tier that has no price.

    One of it on each kind of day is always asked. Of all the rest, a rule of law can tell apart only what is offered, when
    and by which way of buying; of those that are alike in this, the cheapest, the dearest and the one that is reduced
    from the highest price stand for all.
    """

    def floor(on: datetime.date, channel: str | None) -> int:
        return compiled(tried.book).offer(service.id, tier.id, on, channel).floor

    try:
        found = tried.of(service, tier, floor, [place])
        chosen: list[PriceRequest] = []
        ends: dict[object, list[tuple[Fraction, Fraction, PriceRequest]]] = {}
        for each in found:
            if plain(replace(each, place=None)):
                chosen.append(each)
                continue
            offers, net, reference = _walked(tried.book, each)
            key = offers, each.channel, bisect_right(tried.changes, each.on)
            ends.setdefault(key, []).append((net, reference, each))
    except PriceError:
        return []  # said by the checks of prices
    for alike in ends.values():
        low, high = min(alike, key=_net), max(alike, key=_net)
        chosen += list({id(one): one for _, _, one in (low, high, max(alike, key=_reference))}.values())
    return chosen


def _net(one: tuple[Fraction, Fraction, PriceRequest]) -> Fraction:
    return one[0]


def _reference(one: tuple[Fraction, Fraction, PriceRequest]) -> Fraction:
    return one[1]


def _walked(book: Book, asked: PriceRequest) -> tuple[tuple[str, ...], Fraction, Fraction]:
    """Return which offers a price holds, what one comes to, and what one would be before them."""
    offer = offer_for(book, asked)
    made = best(offer, situate(offer, asked, NO_FACTS, NO_BACKGROUND), NO_BACKGROUND)
    times = offer.times(asked.quantity)
    applied: list[str] = []
    before = made.net
    for rule, move in zip(offer.unit_rules, made.unit_moves, strict=True):
        if rule.kind == "promotion" and move.applied:
            before = before if applied else move.before * times
            applied.append(rule.id)
    for rule, move in zip(offer.order_rules, made.order_moves, strict=True):
        if move.applied:
            before = before if applied else move.before
            applied.append(rule.id)
    return tuple(applied), Fraction(made.net, asked.quantity), Fraction(before, asked.quantity)


def _first_days(rules: Iterable[Sourced], today: datetime.date) -> list[datetime.date]:
    """Return the days to come on which a rule becomes law."""
    starts = {rule.rule.effective.start for rule in rules if rule.rule.area in ("pricing", "records")}
    return sorted(start for start in starts if start is not None and start > today)


def _ask_of_terms(
    book: Book, today: datetime.date, library: Library, rules: Iterable[Sourced], found: Survey
) -> None:
    """Write down what rules on contracts ask of the owner for the terms that customers may agree to; no more is judged of them.

    What happens in a contract (a notice, a charge) is judged when it happens. What is so in all of them is asked now.
    """
    asked = [rule for rule in rules if rule.rule.area in ("contracts", "records")]
    for terms in book.agreements.terms if book.agreements is not None and asked else ():
        service = book.service(terms.services[0])
        if service is None:
            continue
        held = answers.for_service(book, service.id, today, library.vocabulary)
        told = {name: answer.value for name, answer in held.items()}
        for place in places(book):
            facts = told | {
                **laws.setting(book, service, place, "web").fixed,
                "contract.auto_renews": terms.renewal == "auto",
                "contract.term_months": terms.months,
                "contract.made_online": True,
                "charge.automatic": terms.charges == "automatic",
                "change.kind": "fee",
            }
            for rule in asked:
                result = evaluate(rule, facts, today)
                if result.outcome == "undecided":
                    met = Met(result, service, service.tiers[0], today, place, ())
                    found.ask(result, met, library.vocabulary)


@dataclass(frozen=True, slots=True)
class Case:
    """A service for customers in a place: the judge, and what is known of the days before."""

    book: Book
    service: Service
    place: str | None
    judge: Judge
    history: Before
    known: Vocabulary


def places(book: Book) -> list[str | None]:
    """Return the places whose customers the book speaks of: the business's own, and those that it names."""
    firm = book.business
    named = [place for condition in book.conditions for place in condition.when.places]
    if firm.customers == "anywhere":
        named += [place for purpose in book.purposes for place in purpose.default if place != "elsewhere"]
    return list(dict.fromkeys([firm.place, *named]))


def _ask(case: Case, tier: Tier, asked: PriceRequest, found: Survey) -> None:
    book, service, place, judge, day = case.book, case.service, case.place, case.judge, asked.on
    most = _best_facts(book, service) if open_to_all(asked) else NO_FACTS
    for facts in (NO_FACTS,) if most == NO_FACTS else (NO_FACTS, most):
        allowed, banned = facts, laws.ban(judge, facts.given(), day)
        if banned is not None:
            allowed = NO_FACTS
            found.banned.setdefault(f"{banned.rule} {service.id}", (banned, service, place))
        try:
            made, without, instead = _priced(book, asked, allowed, judge, case.history)
        except PriceError:
            return  # said by the checks of prices
        offer = laws.offered(book, made)
        if offer is not None and laws.net(made) < instead:
            found.lowered.setdefault(" ".join(offer.ids), (service, tier, made, instead, offer))
        offers = () if offer is None else offer.ids
        held = answers.for_offers(book, offers, day, case.known)
        told = {name: answer.value for name, answer in held.items()}
        told |= laws.facts(book, service, made, without, case.history)
        told["display.text_near_price"] = "\n".join(laws.sentences(judge, told, day))
        for result in judge.results(told, day):
            met = Met(result, service, tier, day, place, offers, asked)
            found.add(result, met)
            if result.outcome == "undecided":
                found.ask(result, met, case.known)


def _priced(
    book: Book, asked: PriceRequest, facts: AllowedFacts, judge: Judge, history: Before
) -> tuple[Price, Price | None, int]:
    """Return the price as a quote makes it, what everyone pays if that differs, and the net price without the law's guard."""
    made = price(book, asked, facts)
    instead = laws.net(made)
    background = laws.behind(book, made, judge, history)
    if background != made.background:
        made = price(book, asked, facts, background)
    return made, price(book, asked, NO_FACTS, background) if made.facts_used else None, instead


# ------------------------------------------------------------------------------------------------------- findings
def _found(
    book: Book, found: Survey, lines: Lines, file: str, today: datetime.date, library: Library
) -> Iterator[Finding]:
    writer = _Writer(lines, file)
    for met in found.met.values():
        if met.result.outcome == "fail":
            yield writer.rule("error", "law.price_fails", book, met)
        elif met.result.outcome == "undecided" and not _asked_for(met, found):
            yield writer.rule("warning", "law.price_open", book, met)
    for question in found.asked.values():
        yield writer.question(question, today)
    for service, tier, made, instead, offer in found.lowered.values():
        yield writer.lowered(book, service, tier, made, instead, offer)
    for banned, service, place in found.banned.values():
        path: Path = ("services", book.services.index(service))
        values = {"service": service.name.words, "place": place or "", "rule": banned.explanation}
        values |= {"citation": banned.citation, "id": banned.rule}
        yield writer.write("warning", "law.price_ban", path, values)
    for pack, due in late(found, library, today).items():
        yield writer.write("warning", "law.pack_past_review", ("business",), {"pack": pack, "due": due})


def late(found: Survey, library: Library, today: datetime.date) -> dict[str, datetime.date]:
    """Return the packs past their review that a book leans on: those that meet its prices, its own, and those of the gate."""
    used = {met.result.source.pack for met in found.met.values() if met.result.outcome != "not_yet"}
    own = {pack.name for pack in library.own}
    used |= {pack.pack.pack.id for pack in library.packs if pack.pack is not None and pack.name in own}
    overdue = library.late(today)
    return {pack: due for pack, due in overdue.items() if pack in used} | packs.late(today)


def _asked_for(met: Met, found: Survey) -> bool:
    """Return whether a rule is open for nothing but what is asked of the owner."""
    missing = met.result.missing
    return bool(missing) and found.asked.keys() >= set(missing)


@dataclass(frozen=True, slots=True)
class _Writer:
    lines: Lines
    file: str

    def rule(self, severity: Severity, code: str, book: Book, met: Met) -> Finding:
        result = met.result
        values = {
            "service": met.service.name.words,
            "tier": met.tier.name.words,
            "day": met.day if met.asked is None else said_of(book, replace(met.asked, place=None)),
            "id": result.rule_id,
            "why": result.explanation,
            "citation": result.rule.citation,
            "place": met.place or book.business.place,
            "missing": self.missing(result),
        }
        return self.write(severity, code, self.where(book, met), values)

    def missing(self, result: Result) -> Text | str:
        """Return what an open rule lacks; of prices that are known in part, since when they are."""
        since = result.known_since
        if since is not None:
            return Catalogue.load("aboveboard.editions").text("law.known_since").filled(since=since)
        return ", ".join(result.missing) or result.verdict

    def question(self, question: Question, today: datetime.date) -> Finding:
        values = {
            "question": question.words,
            "count": len(question.rules),
            "rules": ", ".join(sorted(question.rules)),
            "line": question.line(today),
        }
        return self.write("warning", "law.question", ("law", "facts"), values)

    def lowered(
        self, book: Book, service: Service, tier: Tier, made: Price, instead: int, offer: Offered
    ) -> Finding:
        prior = made.background.prior
        assert prior is not None  # noqa: S101 - for the type checker: the guard binds only with one
        number = _offer(book, offer.ids[0])
        values = {
            "promotion": book.promotions[number].name.words,
            "service": service.name.words,
            "tier": tier.name.words,
            "days": prior.days,
            "lowest": money.show(prior.lowest, made.currency),
            "price": money.show(laws.net(made), made.currency),
            "instead": money.show(instead, made.currency),
            "citation": prior.law,
            "id": prior.rule,
            "since": prior.since,
        }
        code = "law.price_lowered" if prior.since is None else "law.price_lowered_since"
        finding = self.write("warning", code, ("promotions", number), values)
        return replace(finding, code="law.price_lowered")

    def where(self, book: Book, met: Met) -> Path:
        reads = met.result.facts
        if met.offers and any(name.startswith("promo.") for name in (*reads, *met.result.missing)):
            return "promotions", _offer(book, met.offers[0])
        return "services", book.services.index(met.service), "tiers", met.service.tiers.index(met.tier)

    def write(self, severity: Severity, code: str, path: Path, values: dict[str, Any]) -> Finding:
        texts, at = Catalogue.load("aboveboard.editions"), self.lines.at(path)
        return Finding(
            severity=severity,
            code=code,
            path=dotted(path),
            line=at.line,
            column=at.column,
            text=texts.text(f"{code}.message").filled(**values),
            how=texts.text(f"{code}.mend").filled(**values),
            file=self.file,
        )


def _offer(book: Book, offer: str) -> int:
    return next(number for number, each in enumerate(book.promotions) if each.id == offer)


# ------------------------------------------------------------------------------------------------------ for a plan
def say_coming(found: Survey, today: datetime.date) -> list[Text]:
    """Return a line for each rule that is not law today and will be, and meets these prices: from when, and whom."""
    texts = Catalogue.load("aboveboard.editions")
    lines = []
    for met in found.met.values():
        start = met.result.rule.effective.start
        if start is not None and start > today:
            what = ", ".join(sorted(found.touched[met.result.rule_id]))
            said = texts.text("plan.law_from").filled(day=start, what=what, why=met.result.rule.title.words)
            lines.append((start, said))
    return [said for _, said in sorted(lines, key=lambda pair: pair[0])]


def say_touched(before: Survey | None, after: Survey) -> list[Text]:
    """Return a line for each rule whose word on these prices is another than it was under the book in force."""
    texts = Catalogue.load("aboveboard.editions")
    lines = []
    for rule in sorted(after.met.keys() | (before.met.keys() if before else set())):
        was = before.met.get(rule) if before is not None else None
        now = after.met.get(rule)
        old = "none" if was is None else was.result.outcome
        new = "none" if now is None else now.result.outcome
        # Before the first edition there is nothing to compare with, and what holds needs no word.
        if old == new or (before is None and new in ("pass", "not_yet")):
            continue
        met = now or was
        assert met is not None  # noqa: S101 - for the type checker: the rule is in one of both
        touched = after.touched.get(rule) or (before.touched[rule] if before is not None else set())
        words = {"before": texts.text(f"law.outcome.{old}"), "after": texts.text(f"law.outcome.{new}")}
        values = {"id": rule, "what": ", ".join(sorted(touched)), "why": met.result.rule.title.words}
        # A rule that met no price was not broken: it had nothing to say.
        line = "law_new" if was is None else "law_gone" if now is None else "law_line"
        lines.append(texts.text(f"plan.{line}").filled(**values, **words))
    return lines


def behind(
    book: Book, history: Before, library: Library, today: datetime.date
) -> Callable[[Service, PriceRequest], Background]:
    """Return how to tell what a price for anyone must know beside the book, as a quote of today would."""
    known = tuple(library.rules.values())

    def found(service: Service, asked: PriceRequest) -> Background:
        setting = laws.setting(book, service, None, "web", today, library.vocabulary)
        judge = laws.judge_of(known, setting)
        background = Background(lowest=history.lowest(book, service.id, asked.tier, today))
        return laws.behind(book, price(book, asked, NO_FACTS, background), judge, history)

    return found
