"""A service of the book as a price page to hand out: prices that are one number, words for all others, and what got lost.

The format knows one number per unit, or words. A price is exported as a number only if so many cost exactly so many times as
much and nothing else counts; bands, packages, shares, used amounts, time and smallest orders are said in the book's own
published sentence. A charge that is paid once is a number too, with a note, because nearly everybody buys one. Each thing that
the page cannot say is a `Note`.

The format wants features, and holds plans without a difference for one plan. A service whose tiers name nothing that can be
compared is told apart by what its tiers say of themselves: texts, which nobody can call more or less than another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from aboveboard.book.model import AddOn, Book, Service, Tier
from aboveboard.money import exponent
from aboveboard.pricing.charges import ChargeRule, TierRules, tier_rules
from aboveboard.pricing.charges.words import fill as fill_charge
from aboveboard.pricing.charges.words import joined
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.own_page import SEATS, page_of
from aboveboard.pricing.pricing2yaml import model as page
from aboveboard.pricing.says import cash
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: How fine a price on a page may be.
_PLACES = 8


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a page cannot say: of which plan or add-on (its name on the page), a code, and the sentence."""

    kind: Literal["plan", "add_on"]
    name: str
    code: str
    text: Text

    def as_dict(self, lang: str) -> dict[str, str]:
        """Return the note for JSON."""
        return {self.kind: self.name, "code": self.code, "message": self.text.say(lang)}


@dataclass(frozen=True, slots=True)
class Exported:
    """The page, and what it cannot say."""

    page: page.PricePage
    notes: tuple[Note, ...]


def exported(book: Book, service: Service, created: str) -> Exported:
    """Return a service as a price page; raises `PriceError` where a price cannot be made."""
    bare = page_of(book, service, created)
    notes: list[Note] = []
    plans = tuple(
        replace(plan, price=_plan_price(tier, tier_rules(book, service, tier), notes))
        for tier, plan in zip(service.tiers, bare.plans, strict=True)
    )
    add_ons = tuple(
        replace(found, price=_add_on_price(book, service, add_on, found, notes))
        for add_on, found in zip(service.add_ons, bare.add_ons, strict=True)
    )
    seats = tuple(_extra_seats(book, service, notes))
    return Exported(
        _told_apart(service, replace(bare, plans=plans, add_ons=(*add_ons, *seats))), tuple(notes)
    )


# ------------------------------------------------------------------------------------------------ what is in a plan
def _told_apart(service: Service, found: page.PricePage) -> page.PricePage:
    """Return the page with a feature that every page must have, if the book names none."""
    if not any(tier.features or tier.limits for tier in service.tiers):
        name = _free("what", [feature.name for feature in found.features])
        what = page.Feature(name, "TEXT", "", description=service.what.en)
        plans = tuple(
            replace(plan, features={name: tier.what.en}, description="")
            for tier, plan in zip(service.tiers, found.plans, strict=True)
        )
        return replace(found, features=(what, *found.features), plans=plans)
    if found.features:
        return found
    return replace(found, features=(page.Feature(service.id, default=True, description=service.what.en),))


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a name that is not taken: this one, or with a number."""
    return next(each for each in (name, *(f"{name}_{n}" for n in range(2, 10_000))) if each not in taken)


# ------------------------------------------------------------------------------------------------------------ prices
def _plan_price(tier: Tier, rules: TierRules, notes: list[Note]) -> page.PagePrice:
    of_all = [rule for rule in rules.rules if rule.counts != "seats" or not _even(rule)]
    each, why = _sum(of_all)
    more = max(rules.least_seats - rules.included, 0)
    if more:
        seats, nothing = _sum(_of_seats(rules), "seats")
        each += more * seats
        if why in (None, "once"):
            why = nothing or ("mixed" if why and seats else why)
    if why in (None, "once") and rules.minimum is not None and rules.minimum > each:
        why = "minimum"
    says = [rule.says for rule in of_all]
    if more:
        says += [rule.says for rule in _of_seats(rules)]
    if rules.minimum is not None:
        says.append(fill_charge("says.minimum", amount=cash(rules.minimum, rules.currency)))
    return _price("plan", tier.id, (each, why), says, rules.currency, notes)


def _add_on_price(
    book: Book, service: Service, add_on: AddOn, found: page.AddOn, notes: list[Note]
) -> page.PagePrice:
    rules = tier_rules(book, service, service.tiers[0], [add_on.id]).add_ons[0].rules
    currency = book.business.currency
    price = _price("add_on", add_on.id, _sum(rules), [rule.says for rule in rules], currency, notes)
    if add_on.most > 1 and not found.scalable:
        notes.append(_note("add_on", add_on.id, "times", most=f"{add_on.most:,}"))
    return price


def _extra_seats(book: Book, service: Service, notes: list[Note]) -> Iterator[page.AddOn]:
    """Yield one more seat of each tier as an add-on."""
    taken = [add_on.id for add_on in service.add_ons]
    for tier in service.tiers:
        seats = tier.seats
        if seats is None or seats.extra is None:
            continue
        most = page.most_of(None if seats.most is None else seats.most - max(seats.included, seats.least))
        if most <= 0:
            continue
        rules = tier_rules(book, service, tier)
        name = _free(f"extra_seat_{tier.id}", taken)
        taken.append(name)
        charged = _of_seats(rules)
        says = [rule.says for rule in charged]
        yield page.AddOn(
            name=name,
            price=_price("add_on", name, _sum(charged, "seats"), says, rules.currency, notes),
            unit=service.unit,
            available_for=(tier.id,),
            extensions={SEATS: Decimal(1)},
            quantity=page.Quantity(most=most),
            description=seats.extra.name.en,
        )


def _of_seats(rules: TierRules) -> list[ChargeRule]:
    """Return what is charged for one more seat."""
    found = [rule for rule in rules.rules if rule.counts == "seats"]
    return found if rules.seat is None else [*found, rules.seat]


def _sum(rules: Iterable[ChargeRule], counts: str = "quantity") -> tuple[Fraction, str | None]:
    """Return what one costs, in exact minor units, and why that number does not say it all (None if it does).

    The reason is `once` if all of it is paid once, however many are bought; the number may then stand with a note.
    """
    each, once, why = Fraction(0), Fraction(0), None
    for rule in rules:
        if rule.kind == "flat":
            once += rule.base
        elif rule.counts == counts and _even(rule):
            each += rule.spans[0].rate
        else:
            why = why or _reason(rule, counts)
    if once and why is None:
        why = "mixed" if each else "once"
    return each + once, why


def _even(rule: ChargeRule) -> bool:
    """Return whether twice as many cost twice as much, and nothing is free."""
    return (
        len(rule.spans) == 1
        and not (rule.base or rule.free or rule.spans[0].flat)
        and rule.size == 1
        and rule.least is None
        and rule.most is None
        and rule.percent is None
    )


def _reason(rule: ChargeRule, counts: str) -> str:
    if rule.kind in ("percentage", "capacity", "time", "pay_what_you_want", "package"):
        return rule.kind
    if rule.counts not in (counts, "quantity", "seats"):
        return "usage"
    if len(rule.spans) > 1:
        return rule.kind
    return "free" if rule.free else "seats" if rule.counts == "seats" else "mixed"


def _price(
    kind: Literal["plan", "add_on"],
    name: str,
    found: tuple[Fraction, str | None],
    says: Iterable[Text],
    currency: str,
    notes: list[Note],
) -> page.PagePrice:
    exact, why = found
    places = exponent(currency)
    amount = decimal(exact).scaleb(-places)
    if why in (None, "once") and amount != round(amount, _PLACES):
        why = "fine"
    if why in (None, "once"):
        if why is not None:
            notes.append(_note(kind, name, why))
        return page.PagePrice(round(amount, places) if amount == round(amount, places) else amount)
    said = page.in_words(joined(list(says), " ", "").en)
    notes.append(_note(kind, name, str(why), words=said))
    return page.PagePrice(None, said)


def _note(kind: Literal["plan", "add_on"], name: str, code: str, **values: str) -> Note:
    texts = Catalogue.load("aboveboard.pricing")
    what = texts.text(f"own_page.{kind}").filled(name=name)
    why = texts.text(f"own_page.why.{code}").filled(**values)
    key = "own_page.in_words" if "words" in values else "own_page.lost"
    return Note(kind, name, code, texts.text(key).filled(what=what, why=why, **values))
