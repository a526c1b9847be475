"""When a tier changes: what those who have it already pay before and after, from when, and by which way.

A service says in the book what a change means for its subscribers (`existing`):

    keep     they keep the tier as it was, at its old price, for as long as they stay
    move     on the day `on` they move to the new one
    choose   until that day they may choose; who says nothing keeps what they have

Nothing said means keep: silence is no yes to paying more. Whether and until when somebody must be told before is not for this
room to say: the caller hands in `notice`, which knows the law, and gets each day back beside the change it belongs to.

Pure: subscriptions come without a person. `ref` is whatever the caller knows them by, and is given back as it came.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from aboveboard.book.model import Book, Contained, Existing, Limit, Service, Tier
from aboveboard.pricing.charges import Ask, Asked, TierRules, total
from aboveboard.pricing.charges.words import fill
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.listed import charges_of_one
from aboveboard.pricing.plans import chosen
from aboveboard.pricing.says import cash, full_date
from aboveboard.words import Text

Way = Literal["same", "keep", "move", "choose", "ended"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody's subscription, without the somebody: what they have, since when, and under which edition.

    `ask` is a usual month of theirs, for tiers that charge by use; left out, nothing is used. `seats`, where it is given, goes
    before the seats of `ask`.
    """

    ref: str
    service: str
    tier: str
    since: datetime.date
    edition: int
    add_ons: tuple[str, ...] = ()
    seats: int | None = None
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What a new edition means for one subscription; money is minor units for one, before tax and reductions.

    `before` is what they pay now, `offered` the same thing under the new book (None: it is not there any more), `after` what they
    pay from `starts` on. `notice_by` is the last day to tell them, as `notice` said. `gained` and `lost` name what moves
    with the tier. `why_not` says why the same is not to be had any more.
    """

    ref: str
    way: Way
    before: int
    after: int
    offered: int | None
    starts: datetime.date
    notice_by: datetime.date | None
    gained: tuple[Text, ...]
    lost: tuple[Text, ...]
    says: Text
    why_not: Text | None = None

    @property
    def change(self) -> int:
        """How much more they pay after it, in minor units."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Preview:
    """All passages, and what they come to: how many by which way, how many pay more or less, the sums before and after."""

    passages: tuple[Passage, ...]
    ways: dict[Way, int]
    more: int
    less: int
    before: int
    after: int


def preview(
    old: Book,
    new: Book,
    subscriptions: Iterable[Subscription],
    on: datetime.date,
    notice: Callable[[Service, datetime.date, bool], datetime.date | None] | None = None,
) -> Preview:
    """Return what publishing `new` on the day `on` means for each subscription made under `old`.

    `notice(service, starts, dearer)` gives the last day to tell somebody of a change, or None. Raises `PriceError` for a
    subscription that the old book does not sell: then it is not the book that it was made under.
    """
    passages = tuple(_passage(old, new, each, on, notice) for each in subscriptions)
    return Preview(
        passages=passages,
        ways=dict(Counter(each.way for each in passages)),
        more=sum(each.change > 0 for each in passages),
        less=sum(each.change < 0 for each in passages),
        before=sum(each.before for each in passages),
        after=sum(each.after for each in passages),
    )


def _passage(
    old: Book,
    new: Book,
    had: Subscription,
    on: datetime.date,
    notice: Callable[[Service, datetime.date, bool], datetime.date | None] | None,
) -> Passage:
    was = chosen(old, had.service, had.tier, had.add_ons, had.seats)
    before = _amount(was.rules, had)
    why_not: Text | None = None
    offered, now = None, None
    try:
        now = chosen(new, had.service, had.tier, had.add_ons, had.seats)
        offered = _amount(now.rules, had)
    except PriceError as error:
        if error.code == "book_broken":
            raise
        why_not = error.text
    gained, lost = ((), ()) if now is None else _contents(old, new, was.tier, now.tier)
    # What the old book promised to those who come under it is what holds for them.
    promise = was.service.existing or Existing(way="keep")
    starts = max(on, promise.on or on, had.since)
    way = _way(promise, before, offered, (gained, lost), was.service.id, new)
    after = offered if way == "move" and offered is not None else before
    told = None
    if way != "same" and notice is not None:
        told = notice(was.service, starts, (offered or 0) > before)
    says = _says(old, way, before, offered, starts, had.since)
    return Passage(had.ref, way, before, after, offered, starts, told, gained, lost, says, why_not)


def _way(
    promise: Existing,
    before: int,
    offered: int | None,
    contents: tuple[tuple[Text, ...], tuple[Text, ...]],
    service: str,
    new: Book,
) -> Way:
    if offered is None:
        return "ended" if new.service(service) is None else "keep"
    if offered == before and not any(contents):
        return "same"
    return promise.way


def _amount(rules: TierRules, had: Subscription) -> int:
    if had.ask is None:
        return charges_of_one(rules, had.seats).amount
    ask = had.ask
    if (
        had.seats is not None
    ):  # the seats of the subscription are what is paid for, whatever a usual month says
        ask = Asked(ask.quantity, ask.usage, had.seats, ask.pays, ask.starts, ask.ends)
    return total(rules, ask).amount


def _contents(old: Book, new: Book, was: Tier, now: Tier) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """Return what the tier gives more and what less than it did, by name."""
    gained: list[Text] = []
    lost: list[Text] = []
    names = _names(old) | _names(new)
    before: dict[str, Contained | Limit] = {**_features(was), **_limits(was)}
    after: dict[str, Contained | Limit] = {**_features(now), **_limits(now)}
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        if one != other:
            more = other is not None and (one is None or _more(other, one))
            (gained if more else lost).append(names.get(key, Text(key, key)))
    seats = [tier.seats.included if tier.seats else 1 for tier in (was, now)]
    if seats[0] != seats[1]:
        (gained if seats[1] > seats[0] else lost).append(fill("plan.seats_name"))
    return tuple(gained), tuple(lost)


def _names(book: Book) -> dict[str, Text]:
    """Return the names of features and meters by the keys of `_features` and `_limits`."""
    features = {f"feature {feature.id}": feature.name.words for feature in book.features}
    return features | {f"limit {meter.id}": meter.name.words for meter in book.meters}


def _features(tier: Tier) -> dict[str, Contained]:
    return {f"feature {each.feature}": each for each in tier.features}


def _limits(tier: Tier) -> dict[str, Limit]:
    return {f"limit {each.meter}": each for each in tier.limits}


def _more(one: Contained | Limit, other: Contained | Limit) -> bool:
    """Whether the first gives more; two texts, or limits over different times, cannot be compared and count as less."""
    if isinstance(one, Contained) and isinstance(other, Contained):
        return one.number is not None and other.number is not None and one.number > other.number
    if isinstance(one, Limit) and isinstance(other, Limit):
        return (one.most is None) or (
            other.most is not None and one.per == other.per and one.most > other.most
        )
    return False


def _says(
    old: Book, way: Way, before: int, offered: int | None, starts: datetime.date, since: datetime.date
) -> Text:
    currency = old.business.currency
    return fill(
        f"existing.{way if offered is not None or way == 'ended' else 'keep_gone'}",
        before=cash(before, currency),
        offered=cash(offered or 0, currency),
        starts=full_date(starts),
        since=full_date(since),
    )
