"""Offers: the one list that says in which order they apply and which exclude which.

First come the offers on each unit, then those on the whole order, both in the order of the book. An offer says what it asks:
days, a code, other services bought together, the first months of an agreement, a spend by list prices, anything that a condition
can ask. One that does not apply says what would make it apply.

Of offers that exclude each other the customer gets the set that leads to the lowest amount to pay; of equal sets the one whose
offers stand first in the book. `compatible` lists the sets; `quote` and `columns` try them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from aboveboard.book.model import Promotion
from aboveboard.money import minor
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.moves import Move
from aboveboard.pricing.rules import (
    AmountOff,
    Case,
    Deed,
    DownTo,
    EveryNthFree,
    Has,
    Not,
    Rule,
    ShareOfNow,
    Test,
    Within,
)
from aboveboard.pricing.says import cash, fill, full_date, listed, sentence, share, t, times
from aboveboard.pricing.spoken import Speaking, Stage
from aboveboard.pricing.steps import Kind
from aboveboard.pricing.when import Names, parts
from aboveboard.words import Text

_ALWAYS = 10**15
#: Twelve offers that exclude others make at most so many sets (Moon and Moser 1965); `aboveboard check` refuses more.
MOST_SETS = 81
_MOST_TRIES = 20_000
#: So many offers can concern one tier; they are bits of a 64-bit number.
MOST_OFFERS = 60


@dataclass(frozen=True, slots=True)
class PromotionRule:
    """One offer, ready to compute with. `says` and `values` are the words for what it did, `why_not` for what it asks."""

    id: str
    name: Text
    rule: Rule
    stage: Stage
    says: str
    values: Mapping[str, Text | str | int]
    why_not: Mapping[str, Text]
    kind: Kind = "promotion"
    fact: str | None = None

    @classmethod
    def of(
        cls,
        promotion: Promotion,
        bit: int,
        currency: str,
        tier: str,
        tier_names: Mapping[str, Text],
        names: Names,
    ) -> PromotionRule:
        """Return the rule that the book's chapter declares, for one tier; `bit` is its place among that tier's offers."""
        asks = list(_asks(promotion, bit, currency, tier, tier_names, names))
        deed, code = _deed(promotion, currency)
        return cls(
            id=promotion.id,
            name=promotion.name.words,
            rule=Rule((*(Case(test, code) for test, code, _ in asks), Case(None, code, deed))),
            stage="order" if promotion.per == "order" or promotion.free_every else "unit",
            says=code,
            values=_values(promotion, currency),
            why_not={code: words for _, code, words in asks},
        )

    def say(self, move: Move, speaking: Speaking) -> Text:
        """Say from what the step was computed, or what would make it apply."""
        if not move.applied:
            return self.why_not[move.code]
        price = cash(move.before, speaking.currency)
        return fill(self.says, price=price, times=times(speaking.times), **self.values)


def compatible(promotions: Sequence[Promotion]) -> tuple[int, ...]:
    """Return the sets of these offers that may go together and to which none can be added, as bits, in the book's order.

    With no exclusions that is the one set of all. Raises `PriceError` if there are more than `MOST_SETS`.
    """
    clash = [0] * len(promotions)
    for one, first in enumerate(promotions):
        for other, second in enumerate(promotions):
            if one != other and (second.id in first.excludes or first.id in second.excludes):
                clash[one] |= 1 << other
    found: list[int] = []
    tries = count()
    _grow(clash, 0, 0, found, tries)
    return tuple(found)


def _grow(clash: Sequence[int], index: int, chosen: int, found: list[int], tries: Iterator[int]) -> None:
    """Add to `found` every largest set that holds `chosen` and decides about the offers from `index` on."""
    if next(tries) > _MOST_TRIES:
        raise PriceError("book_broken", where="promotions (excludes)")
    if index == len(clash):
        if all(chosen >> each & 1 or clash[each] & chosen for each in range(len(clash))):
            found.append(chosen)
            if len(found) > MOST_SETS:
                raise PriceError("book_broken", where="promotions (excludes)")
        return
    if not clash[index] & chosen:
        _grow(clash, index + 1, chosen | 1 << index, found, tries)
        if not clash[index] >> index + 1:
            return
    _grow(clash, index + 1, chosen, found, tries)


def _deed(promotion: Promotion, currency: str) -> tuple[Deed, str]:
    if promotion.percent is not None:
        return ShareOfNow.of(-promotion.percent), "promotion.percent"
    if promotion.price is not None:
        return DownTo(minor(promotion.price, currency)), "promotion.price"
    if promotion.free_every is not None:
        return EveryNthFree(promotion.free_every), "promotion.nth_free"
    return AmountOff(-minor(promotion.amount or Decimal(0), currency)), "promotion.amount"


def _values(promotion: Promotion, currency: str) -> dict[str, Text | str | int]:
    def money(amount: Decimal | None) -> Text:
        return cash(minor(amount or Decimal(0), currency), currency)

    limited = promotion.budget is not None or promotion.uses is not None
    return {
        "share": share(promotion.percent or Decimal(0)),
        "amount": money(promotion.amount),
        "to": money(promotion.price),
        "n": promotion.free_every or 0,
        "starts": full_date(promotion.starts),
        "ends": full_date(promotion.ends),
        "why": sentence(promotion.why.words),
        "limit": t.text("promotion.while_it_lasts") if limited else Text("", ""),
    }


def _asks(
    promotion: Promotion, bit: int, currency: str, tier: str, tier_names: Mapping[str, Text], names: Names
) -> Iterator[tuple[Test | None, str, Text]]:
    """Yield what keeps the offer from applying: a test that holds then, the code, and the words for what is asked."""
    if promotion.tiers and tier not in promotion.tiers:
        tiers = listed([tier_names[each] for each in promotion.tiers if each in tier_names])
        yield None, "promotion.other_tier", fill("promotion.other_tier", tiers=tiers)
    first, last = promotion.starts.toordinal(), promotion.ends.toordinal()
    yield (
        Within.of("day", 0, first - 1),
        "promotion.not_yet",
        fill("promotion.not_yet", starts=full_date(promotion.starts)),
    )
    yield (
        Within.of("day", last + 1, _ALWAYS),
        "promotion.over",
        fill("promotion.over", ends=full_date(promotion.ends)),
    )
    if promotion.referral:
        yield Not(Has.of("coupons", [bit])), "promotion.no_referral", t.text("promotion.no_referral")
    elif promotion.coupon:
        yield Not(Has.of("coupons", [bit])), "promotion.no_code", t.text("promotion.no_code")
    if promotion.bundle:
        wanted = [each for each in names.book.services if each.id in promotion.bundle]
        said = fill("promotion.alone", services=listed([each.name.words for each in wanted]))
        yield (
            Not(Has.of("basket", [names.services[each.id] for each in wanted], every=True)),
            "promotion.alone",
            said,
        )
    if promotion.months is not None:
        said = fill("promotion.too_late", n=promotion.months)
        yield Not(Within.of("month", 1, promotion.months)), "promotion.too_late", said
    if promotion.spend_least is not None:
        least = minor(promotion.spend_least, currency)
        said = fill("promotion.spend", amount=cash(least, currency))
        yield Within.of("spend", 0, least - 1), "promotion.spend", said
    for part in parts(promotion.when, names) if promotion.when else ():
        yield Not(part.test), f"promotion.{part.code}", part.words
    if promotion.budget is not None or promotion.uses is not None or promotion.uses_each is not None:
        yield Has.of("used_up", [bit]), "promotion.used_up", t.text("promotion.used_up")
