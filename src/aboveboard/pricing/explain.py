"""The sentence under the picture: what you pay, and why, read off the steps.

Each step that changed something gives one part, in the order in which it acted; a rounding is told with the step that it
rounds. Nothing is computed here, so the sentence cannot say anything that the steps do not.
"""

from __future__ import annotations

from collections.abc import Iterator

from aboveboard.pricing.says import cash, fill, listed, t
from aboveboard.pricing.steps import Price, Step
from aboveboard.words import Text


def explain(price: Price) -> Text:
    """Return "You pay $84.00. This visit costs us $58.20, and the list price is $95.00; …" in both languages."""
    parts = list(_parts(price))
    pay = fill("sentence.pay", total=cash(price.total, price.currency))
    joint, end = t.text("sentence.joint"), t.text("sentence.end")
    return Text(
        en=f"{pay.en} {joint.en.join(part.en for part in parts)}{end.en}",
        zh=f"{pay.zh}{joint.zh.join(part.zh for part in parts)}{end.zh}",
    )


def explain_without(price: Price, price_without: Price) -> Text:
    """Return what the price would be without the personal facts that were read, in a sentence."""
    if not price.facts_used:
        return t.text("without.nothing")
    mark = t.text("fact.and")
    facts = listed([t.text(f"fact.{fact}") for fact in price.facts_used], mark.en, mark.zh)
    if price.total == price_without.total:
        return fill("without.same", facts=facts)
    return fill("without.higher", facts=facts, total=cash(price_without.total, price.currency))


def _parts(price: Price) -> Iterator[Text]:
    before, cheaper = 0, False
    for step, amount in _rounded(price.steps):
        if step.kind == "cost":
            before = amount
        elif step.kind == "margin":
            yield _cost(price, before, before + amount)
        elif amount:
            yield _part(step, cash(abs(amount), price.currency), amount < 0, cheaper)
            cheaper = cheaper or amount < 0


def _rounded(steps: tuple[Step, ...]) -> Iterator[tuple[Step, int]]:
    """Yield each step that did something, with its own rounding added to its amount."""
    for index, step in enumerate(steps):
        if step.kind != "rounding" and step.applied:
            following = steps[index + 1] if index + 1 < len(steps) else None
            yield step, step.amount + (following.amount if following and following.kind == "rounding" else 0)


def _cost(price: Price, cost: int, list_price: int) -> Text:
    many = price.request.quantity
    this = t.text(f"unit.{price.unit}.one") if many == 1 else fill(f"unit.{price.unit}.many", n=many)
    return fill(
        "sentence.cost", this=this, cost=cash(cost, price.currency), price=cash(list_price, price.currency)
    )


def _part(step: Step, amount: Text, less: bool, again: bool) -> Text:
    another = "_again" if again else ""
    match step.kind:
        case "loyalty" if less and step.value is not None:
            return fill(f"sentence.{step.facts[0]}{another}", n=step.value, amount=amount)
        case "guard_floor":
            return fill("sentence.floor", amount=amount)
        case "guard_personal":
            return fill("sentence.guard", amount=amount)
        case "tax":
            return fill("sentence.tax", name=step.label, amount=amount)
        case _ if less:
            return fill(f"sentence.less{another}", name=step.label, amount=amount)
        case _:
            return fill("sentence.more", name=step.label, amount=amount)
