"""What is wrong with a price page that can be read: things that nobody can have, and things that nobody should buy.

    dead          a feature or limit that no plan gives, and no add-on that can be bought
    unavailable   an add-on that fits no plan, or whose needs contradict each other
    references    add-ons and plans that do not exist, and add-ons that need each other in a circle
    identical     two plans (or add-ons) that give exactly the same
    contained     a plan that gives less than a cheaper one, or an add-on that offers less for more

"Less" compares everything: yes is more than no, a larger number is more, and two different texts cannot be compared, so that
a plan with another text is never called contained. Nor can two limits that are a yes and a no: some allow ("own domain"), some
forbid ("public projects only"). A limit counts for nothing where none of its features are given. Prices are compared only where
both are amounts per the same unit, or one is nothing. And a plan that opens an add-on which the cheaper one does not open is not
contained in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, islice

from aboveboard.book.near import nearest
from aboveboard.pricing.pricing2yaml.model import AddOn, Plan, PricePage, UsageLimit, Value, gives
from aboveboard.pricing.pricing2yaml.place import PageReport
from aboveboard.pricing.pricing2yaml.space import Ties, ones

#: The features, limits and extensions that an add-on gives.
_What = tuple[dict[str, Value], dict[str, Value], dict[str, Value]]


def judge(page: PricePage, ties: Ties, report: PageReport) -> None:
    """Write a finding for each fault of a page; raises `Full` when the report is full."""
    plans = [_Given.by(page, plan) for plan in page.plans]
    sold = 0
    for plan in page.plans or (None,):
        sold |= ties.sold_with(plan)
    _dead(page, plans, sold, report)
    _linked(page, plans, report)
    _references(page, report)
    _circles(page, ties, report)
    _unavailable(page, ties, sold, report)
    _plans(plans, ties, report)
    _add_ons(page, ties, report)


@dataclass(frozen=True, slots=True)
class _Given:
    """What one gets with a plan: each feature and each limit with its value, defaults included."""

    plan: Plan
    features: tuple[Value, ...]
    limits: tuple[Value, ...]
    #: The limits that count: those of which some linked feature is given (or that are linked to nothing).
    counting: tuple[bool, ...]

    @classmethod
    def by(cls, page: PricePage, plan: Plan) -> _Given:
        features = {f.name: plan.features.get(f.name, f.default) for f in page.features}
        return cls(
            plan,
            tuple(features.values()),
            tuple(plan.limits.get(limit.name, limit.default) for limit in page.limits),
            tuple(
                not limit.linked or any(gives(features[name]) for name in limit.linked)
                for limit in page.limits
            ),
        )

    def within(self, other: _Given) -> bool:
        """Whether the other gives all that this gives, or more."""
        return all(map(_covers, other.features, self.features)) and all(
            not counts or _allows(more, less)
            for counts, more, less in zip(self.counting, other.limits, self.limits, strict=True)
        )


def _covers(more: Value, less: Value) -> bool:
    if more == less or not gives(less):
        return True
    if isinstance(more, bool | Decimal) and isinstance(less, bool | Decimal):
        return more >= less
    return isinstance(more, tuple) and isinstance(less, tuple) and set(less) <= set(more)


def _allows(more: Value | None, less: Value) -> bool:
    """`_covers`, for the values of a limit."""
    return more == less if isinstance(less, bool) or more is None else _covers(more, less)


# ------------------------------------------------------------------------------------------------- nobody can have it
def _dead(page: PricePage, plans: list[_Given], sold: int, report: PageReport) -> None:
    """Name what nobody can have: no plan gives it, and none of the add-ons that can be bought (`sold`, as bits)."""
    bought = [page.add_ons[i] for i in ones(sold)]
    added = {n for a in bought for n, value in a.features.items() if gives(value)}
    for i, feature in enumerate(page.features):
        given = any(gives(plan.features[i]) for plan in plans) if plans else gives(feature.default)
        if not given and feature.name not in added:
            report.add("feature.dead", ("features", feature.name), name=feature.name)
    added = {
        name
        for add_on in bought
        for values in (add_on.limits, add_on.extensions)
        for name, value in values.items()
        if gives(value)
    }
    for i, limit in enumerate(page.limits):
        given = any(gives(plan.limits[i]) for plan in plans) if plans else gives(limit.default)
        if not given and limit.name not in added:
            report.add("limit.dead", ("usageLimits", limit.name), name=limit.name)


def _linked(page: PricePage, plans: list[_Given], report: PageReport) -> None:
    """Warn of a limit without its feature, and of a feature all of whose limits are zero."""
    place = {feature.name: i for i, feature in enumerate(page.features)}
    of: dict[str, list[int]] = {}
    for i, limit in enumerate(page.limits):
        for name in limit.linked:
            of.setdefault(name, []).append(i)
    for plan in plans:
        path = ("plans", plan.plan.name)
        for i, limit in enumerate(page.limits):
            if not plan.counting[i] and limit.kind == "NUMERIC" and gives(plan.limits[i]):
                report.add(
                    "limit.without_feature", (*path, "usageLimits", limit.name), name=limit.name, plan=path[1]
                )
        for name, limits in of.items():
            if gives(plan.features[place[name]]) and not any(
                _open(page.limits[i], plan.limits[i]) for i in limits
            ):
                report.add("feature.without_limit", (*path, "features", name), name=name, plan=path[1])


def _open(limit: UsageLimit, value: Value) -> bool:
    return limit.kind == "BOOLEAN" or gives(value)


def _references(page: PricePage, report: PageReport) -> None:
    plans, add_ons = dict.fromkeys(p.name for p in page.plans), dict.fromkeys(a.name for a in page.add_ons)
    for add_on in page.add_ons:
        for key, names, known, code in (
            ("availableFor", add_on.available_for or (), plans, "addon.plan_unknown"),
            ("dependsOn", add_on.depends_on, add_ons, "addon.depends_unknown"),
            ("excludes", add_on.excludes, add_ons, "addon.excludes_unknown"),
        ):
            for name in names:
                if name not in known:
                    path = report.item(("addOns", add_on.name, key), name)
                    report.add(code, path, name=name[:60], add_on=add_on.name, near=_meant(name, known))


def _meant(name: str, known: Collection[str]) -> str:
    """Return which name was probably meant, or some of those that there are."""
    some = list(islice(known, 50))  # comparing with more is slow, and nobody would find it among them
    near = nearest(name, some) if len(name) <= 30 else None
    return near or ", ".join(some[:8]) or "–"


def _circles(page: PricePage, ties: Ties, report: PageReport) -> None:
    """Name each circle once, from its first add-on in the file."""
    needs = {add_on.name: add_on.depends_on for add_on in page.add_ons}
    told: set[str] = set()
    for i, add_on in enumerate(page.add_ons):
        if add_on.name not in told and ties.circular(i) and (way := _way_back(add_on.name, needs)):
            told.update(way)
            report.add(
                "addon.depends_circle",
                ("addOns", add_on.name, "dependsOn"),
                way=" → ".join([*way, add_on.name]),
            )


def _way_back(start: str, needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the shortest way of dependencies from an add-on to itself, without the end; nothing if there is none."""
    came: dict[str, str] = {}
    rim = [start]
    while rim:
        reached = []
        for name in rim:
            for other in needs.get(name, ()):
                if other == start:
                    way = [name]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return way[::-1]
                if other not in came:
                    came[other] = name
                    reached.append(other)
        rim = reached
    return []


def _unavailable(page: PricePage, ties: Ties, sold: int, report: PageReport) -> None:
    for i, add_on in enumerate(page.add_ons):
        if sold >> i & 1:
            continue
        path = ("addOns", add_on.name)
        if add_on.smallest() is None:
            report.add("addon.quantity", (*path, "subscriptionConstraints"), name=add_on.name)
        elif ties.possible >> i & 1:
            report.add("addon.unavailable", (*path, "availableFor"), name=add_on.name)
        elif not ties.needs[i] & ties.broken:  # what is broken is named by itself
            needs = [page.add_ons[j].name for j in ones(ties.needs[i]) if j != i]
            report.add("addon.contradiction", path, name=add_on.name, needs=", ".join(needs[:8]) or "–")


# ---------------------------------------------------------------------------------------------- nobody should buy it
def _plans(plans: list[_Given], ties: Ties, report: PageReport) -> None:
    for one, other in combinations(plans, 2):
        if one.features == other.features and one.limits == other.limits:
            report.add(
                "plan.identical", ("plans", other.plan.name), name=other.plan.name, other=one.plan.name
            )
    for plan in plans:
        for other in plans:
            if (
                _dearer(plan.plan, other.plan)
                and (plan.features, plan.limits) != (other.features, other.limits)
                and plan.within(other)
                and not ties.sold_with(plan.plan) & ~ties.sold_with(other.plan)
            ):
                report.add(
                    "plan.contained",
                    ("plans", plan.plan.name, "price"),
                    name=plan.plan.name,
                    other=other.plan.name,
                )
                break


def _dearer(one: Plan | AddOn, other: Plan | AddOn) -> bool:
    """Whether both have an amount per the same unit, and the first costs more; nothing is nothing per whatever."""
    if one.price.amount is None or other.price.amount is None:
        return False
    return one.price.amount > other.price.amount and (_unit(one) == _unit(other) or not other.price.amount)


def _unit(item: Plan | AddOn) -> str:
    return item.unit.strip().lower()


def _add_ons(page: PricePage, ties: Ties, report: PageReport) -> None:
    given = [_what(add_on) for add_on in page.add_ons]
    for i, add_on in enumerate(page.add_ons):
        path = ("addOns", add_on.name)
        if not any(given[i]):
            report.add("addon.gives_nothing", path, name=add_on.name)
            continue
        for j, other in enumerate(page.add_ons):
            if i > j and given[i] == given[j] and _same(add_on, other):
                report.add("addon.identical", path, name=add_on.name, other=other.name)
                break
        for other, equal in _better(page, ties, given, i):
            code = "addon.same_for_more" if equal else "addon.less_for_more"
            report.add(code, (*path, "price"), name=add_on.name, other=other.name)
            break


def _better(page: PricePage, ties: Ties, given: list[_What], i: int) -> Iterator[tuple[AddOn, bool]]:
    """Yield the add-ons that give as much as number `i` for less, and can be had wherever it can; those that give more first."""
    add_on = page.add_ons[i]
    found = [
        (other, given[j] == given[i])
        for j, other in enumerate(page.add_ons)
        if _dearer(add_on, other)
        and not ties.needs[j] & ~(ties.needs[i] & ~(1 << i)) & ~(1 << j)
        and _everywhere(add_on, other)
        and _within(given[i], given[j])
    ]
    yield from sorted(found, key=lambda pair: pair[1])


def _what(add_on: AddOn) -> _What:
    """Return the features, limits and extensions that an add-on gives, apart from what it names without giving."""
    return (
        {name: value for name, value in add_on.features.items() if gives(value)},
        {name: value for name, value in add_on.limits.items() if gives(value) or isinstance(value, bool)},
        {name: value for name, value in add_on.extensions.items() if gives(value)},
    )


def _within(less: _What, more: _What) -> bool:
    return all(_covers(more[0].get(name, False), value) for name, value in less[0].items()) and all(
        _allows(more[i].get(name), value) for i in (1, 2) for name, value in less[i].items()
    )


def _everywhere(add_on: AddOn, other: AddOn) -> bool:
    """Whether the other is sold with every plan that the add-on is sold with."""
    if other.available_for is None:
        return True
    return add_on.available_for is not None and set(add_on.available_for) <= set(other.available_for)


def _same(one: AddOn, other: AddOn) -> bool:
    """Whether two that give the same are sold alike."""
    return (
        one.price == other.price
        and set(one.depends_on) == set(other.depends_on)
        and set(one.excludes) == set(other.excludes)
        and (one.available_for is None) == (other.available_for is None)
        and set(one.available_for or ()) == set(other.available_for or ())
    )
