"""The sentence under the picture: what you pay, and why, read off the steps.

Each step that changed something gives one part, in the order in which it acted; a rounding is told with the step that it
rounds. Of more than `MOST_PARTS` steps the largest are told and the others counted and summed up, so that a price with a dozen
small steps is still a sentence. Nothing is computed here but that sum, so the sentence cannot say anything that the steps do not.
"""

from __future__ import annotations

from collections.abc import Iterator

from aboveboard.pricing.says import cash, fill, listed, t
from aboveboard.pricing.steps import Price, Step
from aboveboard.words import Text

#: So many parts a reader keeps in mind; the table beneath has them all.
MOST_PARTS = 5
_COUNTED = "guard_prior.counted"


def explain(price: Price) -> Text:
    """Return "You pay $84.00. This visit costs us $58.20, and the list price is $95.00. …" in both languages."""
    first = [fill("sentence.pay", total=cash(price.total, price.currency)), _cost(price)]
    parts = list(_parts(price))
    if parts:
        joint, end = t.text("sentence.joint"), t.text("sentence.end")
        moved = listed(parts, joint.en, joint.zh)
        first.append(Text(moved.en[0].upper() + moved.en[1:] + end.en, moved.zh + end.zh))
    return listed(first, " ", "")


def explain_without(price: Price, price_without: Price) -> Text:
    """Return what the price would be without the personal facts that were read, in a sentence."""
    if not price.facts_used:
        shown = price.request.groups or price.request.offers
        return t.text("without.nothing_shown" if shown else "without.nothing")
    mark = t.text("fact.and")
    facts = listed([t.text(f"fact.{fact}") for fact in price.facts_used], mark.en, mark.zh)
    if price.total == price_without.total:
        return fill("without.same", facts=facts)
    return fill("without.higher", facts=facts, total=cash(price_without.total, price.currency))


def _cost(price: Price) -> Text:
    """Say what it costs us, rounded as its step is, and the list price: where the first steps lead; a closed book says less."""
    if all(step.kind != "cost" for step in price.steps):
        return fill(
            "sentence.listed", price=cash(price.steps[_place(price, "margin")].subtotal, price.currency)
        )
    many = price.request.quantity
    cost = sum(step.amount for step in price.steps[: _place(price, "margin")])
    this = t.text(f"unit.{price.unit}.one") if many == 1 else fill(f"unit.{price.unit}.many", n=many)
    list_price = cash(price.steps[_place(price, "margin")].subtotal, price.currency)
    return fill("sentence.cost", this=this, cost=cash(cost, price.currency), price=list_price)


def _place(price: Price, kind: str) -> int:
    return next(place for place, step in enumerate(price.steps) if step.kind == kind)


def _parts(price: Price) -> Iterator[Text]:
    """Yield a part for each step after the list price that changed something, the smallest of too many as one."""
    moved = list(_moved(price))
    places = range(len(moved))
    if len(moved) > MOST_PARTS:
        largest = sorted(places, key=lambda place: -abs(moved[place][1]))[: MOST_PARTS - 1]
    else:
        largest = list(places)
    told = [moved[place] for place in places if place in largest]
    small = [moved[place][1] for place in places if place not in largest]
    cheaper = False
    for step, amount in told:
        if step.reason == _COUNTED:
            # It is what an offer counts from, so the offer does not take off "another" amount.
            lowest = cash(step.subtotal, price.currency)
            yield fill("sentence.prior", price=lowest, amount=cash(abs(amount), price.currency))
            continue
        yield _part(step, cash(abs(amount), price.currency), amount < 0, cheaper)
        cheaper = cheaper or amount < 0
    if small:
        left = sum(small)
        way = "less" if left < 0 else "more" if left > 0 else "even"
        yield fill(f"sentence.small_{way}", n=len(small), amount=cash(abs(left), price.currency))


def _moved(price: Price) -> Iterator[tuple[Step, int]]:
    """Yield each step after the list price that changed something, with its own rounding added."""
    steps = price.steps[_place(price, "margin") + 1 :]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if step.kind != "rounding":
            amount = step.amount + (following.amount if following and following.kind == "rounding" else 0)
            if amount:
                yield step, amount


def _part(step: Step, amount: Text, less: bool, again: bool) -> Text:
    another = "_again" if again else ""
    match step.kind:
        case "loyalty" if less and step.value is not None:
            return fill(f"sentence.{step.facts[0]}{another}", n=step.value, amount=amount)
        case "guard_floor":
            return fill("sentence.floor", amount=amount)
        case "guard_personal":
            return fill("sentence.guard", amount=amount)
        case "guard_cap" | "guard_rise" | "guard_prior":
            return fill("sentence.down", name=step.label, amount=amount)
        case "guard_data":
            return fill("sentence.up", name=step.label, amount=amount)
        case "tax" | "fee":
            return fill("sentence.tax", name=step.label, amount=amount)
        case _ if less:
            return fill(f"sentence.less{another}", name=step.label, amount=amount)
        case _:
            return fill("sentence.more", name=step.label, amount=amount)
