"""The facts of one price, in the words that rules read.

All amounts are minor units: those of the order for what is shown and billed, those of one for what an offer compares with.
`base` is the price before fees and tax, and every fee and tax is a mandatory charge; the first price that our pages show is
the total. A fact that cannot be known from a price and its book is not there.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from aboveboard.book.model import Book, Service
from aboveboard.law.vocabulary import Day, date_of
from aboveboard.pricing.compiled import Offer, compiled
from aboveboard.pricing.lawful.past import ONE_DAY, History, NoHistory, Offered, comparable, eve, offered
from aboveboard.pricing.steps import Price

#: The kinds of steps that are rules of the book, whatever they did.
RULES = frozenset({"season", "condition", "promotion", "loyalty"})
#: The facts that differ from price to price, even where two prices are alike in all else.
AMOUNTS = frozenset(
    {
        "price.base", "price.final", "price.mandatory_charges", "cost.floor", "display.first_price",
        "display.promised_total", "display.detail_page_price", "display.home_page_price", "bill.total",
        "offer.price_gap", "data_value.estimate",
    }
)  # fmt: skip
#: What packs call the facts that our prices may use.
_PERSONAL = {"visits": ("visits", "visit_history"), "months": ("months",)}
#: The days before an offer whose prices are told.
_BACK = 30
_NONE = NoHistory()


class Figures(NamedTuple):
    """The numbers of a price that facts are made of, for the whole order; `common` is what everyone pays, net and in all.

    `charges` are the fees and taxes with their roundings, `billed` the names of all that is on the bill, `kinds` the kinds of
    rules that the price knows, `used` the facts about a person; `told` is what is announced as reduced.
    """

    net: int
    total: int
    common: tuple[int, int]
    floor: int
    charges: tuple[int, ...]
    billed: tuple[str, ...]
    kinds: frozenset[str]
    used: tuple[str, ...]
    quantity: int
    told: Offered | None


def facts(
    book: Book,
    service: Service,
    made: Price,
    without: Price | None = None,
    history: History = _NONE,
    near: str | None = None,
) -> dict[str, Any]:
    """Return the facts of a price; `without` is what everyone pays, where that differs, and `near` the words beside it."""
    offer = compiled(book).offer(service.id, made.request.tier, made.request.on)
    net, charges, billed = _parts(made)
    common = made if without is None else without
    figures = Figures(
        net=net,
        total=made.total,
        common=(_parts(common)[0], common.total),
        floor=made.floor,
        charges=charges,
        billed=billed,
        kinds=frozenset(step.kind for step in made.steps) & RULES,
        used=made.facts_used,
        quantity=made.request.quantity,
        told=offered(book, made),
    )
    found = facts_of(book, service, offer, figures, history if comparable(made.request) else _NONE)
    if near is not None:
        found["display.text_near_price"] = near
    return found


def facts_of(
    book: Book, service: Service, offer: Offer, figures: Figures, history: History = _NONE
) -> dict[str, Any]:
    """Return the facts of a price of this offer, by its figures."""
    total = figures.total
    return {
        "price.base": figures.net,
        "price.final": figures.net,
        "price.mandatory_charges": figures.charges,
        "price.charges_marked": figures.billed,
        "price.charges_billed": figures.billed,
        "price.factors": _factors(book, offer, figures),
        "price.personal_data_factors": tuple(
            name for fact in figures.used for name in _PERSONAL.get(fact, (fact,))
        ),
        "cost.floor": figures.floor,
        "offer.price_by_condition": bool(offer.unit_rules or offer.order_rules),
        "offer.has_extras": bool(service.add_ons),
        "display.currency": offer.currency,
        "display.first_price": total,
        "display.promised_total": total,
        "display.detail_page_price": total,
        "display.home_page_price": figures.common[1],
        "bill.total": total,
        **_privacy(book, offer, figures),
        **_promotion(figures.told, service.id, offer.tier.id, history),
    }


def net(made: Price) -> int:
    """Return a price before fees and tax, for the whole quantity."""
    return _parts(made)[0]


def _parts(made: Price) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
    """Return the price before fees and tax, those, and the names of all that is billed."""
    charges: list[int] = []
    names = [made.request.service]
    net, counting = made.total, False
    for step in made.steps:
        if step.kind in ("fee", "tax"):
            if not counting:
                net, counting = step.subtotal - step.amount, True
            charges.append(step.amount)
            names.append(step.id or step.kind)
        elif counting and step.kind == "rounding":
            charges.append(step.amount)
    return net, tuple(charges), tuple(names)


def _factors(book: Book, offer: Offer, figures: Figures) -> tuple[str, ...]:
    """Return what the price depends on: kinds of rules, groups by id, and where somebody lives if the price goes by that."""
    found = {"tier", "quantity", *figures.kinds, *figures.used}
    here = {rule.id for rule in offer.unit_rules} if book.conditions else ()
    for condition in book.conditions:
        if condition.id in here:
            found.update(condition.when.groups)
            # Who sells to customers anywhere can only know a place as that of the customer.
            if condition.when.places:
                found.add("place" if book.business.customers == "here" else "residence")
    return tuple(sorted(found))


def _privacy(book: Book, offer: Offer, figures: Figures) -> dict[str, Any]:
    """Return what a yes to personal prices is worth here: nothing depends on it unless facts may lower the price."""
    depends = any(rule.fact for rule in offer.unit_rules) and offer.worth is not None
    documented = any(not each.services or offer.service.id in each.services for each in book.data_value)
    gap = figures.common[0] - figures.net
    told: dict[str, Any] = {
        "offer.depends_on_privacy_choice": depends or gap != 0,
        "offer.price_gap": gap,
        "data_value.method_documented": documented,
    }
    if documented:
        told["data_value.estimate"] = 0 if offer.worth is None else offer.worth.amount * figures.quantity
    return told


def _promotion(told: Offered | None, service: str, tier: str, history: History) -> dict[str, Any]:
    """Return what a price announces as reduced, and what the thing cost before."""
    if told is None:
        return {
            "promo.announces_reduction": False,
            "promo.has_compared_price": False,
            "promo.has_gift": False,
            "promo.acts": (),
            "promo.claims_true": True,
        }
    began = history.began(told)
    first, last = date_of(began) - _BACK * ONE_DAY, eve(began)
    found: dict[str, Any] = {
        "promo.announces_reduction": True,
        "promo.has_compared_price": True,
        # The page says what the price before is, yet no law says when that is enough; so it counts as not said.
        "promo.compared_price_explained": False,
        "promo.has_gift": told.gift,
        "promo.gift_told": ("name", "number", "current_price"),
        "promo.starts_at": began,
        "promo.reference_price": told.reference,
        "promo.compared_price": told.reference,
        "promo.price": told.price,
        "promo.percent_off": told.percent,
    }
    if abs(told.percent * told.reference - (told.reference - told.price) * 100) > told.reference / 2:
        found["promo.acts"] = ("false_reduction",)
    intervals = history.intervals(service, tier, first, last)
    if intervals:
        found["price.intervals"] = intervals
        found.update(_before(intervals, last))
        raised = before_raise(intervals, told)
        if raised is not None:
            found["promo.price_before_raise"] = raised
    deals = history.deals(service, tier, first, last)
    if deals:
        found["sales.deals_same_venue"] = deals
    return found


def _before(intervals: list[dict[str, Any]], last: Day) -> dict[str, Any]:
    """Return for how many days up to `last` it had been sold (of those that are looked at), and whether no cut ran before.

    Where prices of some days are not known, neither can be said. Whether a price that fell was a cut, only the owner knows.
    """
    prices = [each["price"] for each in intervals]
    if None in prices:
        return {}
    found: dict[str, Any] = {"offer.days_on_market": (date_of(last) - intervals[0]["from"]).days + 1}
    return found if prices[-1] < max(prices) else {**found, "promo.progressive": False}


def before_raise(intervals: list[dict[str, Any]], told: Offered) -> Any:
    """Return the price before the last rise among these days, or the offer's own reference if nothing rose.

    None: no rise is known, and not all prices are.
    """
    known = [each["price"] for each in intervals if each["price"] is not None]
    for before, after in reversed(list(pairwise([*known, told.reference]))):
        if after > before:
            return before
    return told.reference if len(known) == len(intervals) else None
