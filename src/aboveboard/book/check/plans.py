"""Plans that cannot be: a feature of the wrong kind, a limit below nothing, seats that contradict each other, unknown add-ons.

Whether an add-on can be had at all, and whether a tier is worth its price, is found in `editions.check_plans`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aboveboard.book.check import costs
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Contained, Feature, Limit, Seats, Service, Tier


def check(book: Book, report: Report) -> None:
    """Write findings about features, limits, seats, add-ons and what happens to subscribers."""
    for number, feature in enumerate(book.features):
        if feature.unit is not None and feature.kind != "number":
            report.add("plan.unit", ("features", number, "unit"), kind=feature.kind)
    for number, meter in enumerate(book.meters):
        for index, use in enumerate(meter.uses):
            costs.use(book, use, None, ("meters", number, "uses", index), report)
    for number, service in enumerate(book.services):
        path: Path = ("services", number)
        for place, tier in enumerate(service.tiers):
            here = (*path, "tiers", place)
            _contents(book, tier.features, tier.limits, here, report)
            _holds(book, service, tier, (*here, "holds"), report)
            if tier.seats is not None:
                _seats(tier.seats, (*here, "seats"), report)
                for index, use in enumerate(tier.seats.uses):
                    costs.use(book, use, None, (*here, "seats", "uses", index), report)
        for place, add_on in enumerate(service.add_ons):
            here = (*path, "add_ons", place)
            _contents(book, add_on.features, add_on.limits, here, report)
            for index, use in enumerate(add_on.uses):
                costs.use(book, use, add_on.list_price, (*here, "uses", index), report)
        _existing(service, (*path, "existing"), report)


def _holds(book: Book, service: Service, tier: Tier, path: Path, report: Report) -> None:
    """A course holds what is sold singly, and should cost less than its parts."""
    if tier.holds is None:
        return
    single = book.service(tier.holds.service)
    held = next((each for each in single.tiers if each.id == tier.holds.tier), None) if single else None
    if single is None or held is None:
        return
    name, single_name = tier.name.words, held.name.words
    if single is service and held is tier:
        report.add("plan.holds_itself", path, tier=name)
    elif held.holds is not None:
        report.add("plan.holds_course", path, tier=name)
    elif tier.list_price is not None and held.list_price is not None:
        singly = held.list_price * tier.holds.quantity
        if tier.list_price > singly:
            whole, n = tier.list_price, tier.holds.quantity
            report.add(
                "plan.holds_dearer", path, n=n, singly=singly, whole=whole, tier=name, held=single_name
            )


def _contents(
    book: Book, features: Sequence[Contained], limits: Sequence[Limit], path: Path, report: Report
) -> None:
    known = {feature.id: feature for feature in book.features}
    seen: set[str] = set()
    for number, contained in enumerate(features):
        here = (*path, "features", number)
        feature = known.get(contained.feature)
        if contained.feature in seen:
            report.add("reference.repeated", (*here, "feature"), id=contained.feature)
        seen.add(contained.feature)
        if feature is not None:
            _value(feature, contained, here, report)
    seen = set()
    for number, limit in enumerate(limits):
        here = (*path, "limits", number)
        if limit.meter in seen:
            report.add("reference.repeated", (*here, "meter"), id=limit.meter)
        seen.add(limit.meter)
        if limit.most is not None and limit.most < 0:
            report.add("plan.limit", (*here, "most"), value=limit.most)


def _value(feature: Feature, contained: Contained, path: Path, report: Report) -> None:
    wanted = {"number": "number", "text": "text"}.get(feature.kind)
    for key in ("number", "text"):
        if (getattr(contained, key) is not None) != (key == wanted):
            report.add("plan.feature_value", path, feature=feature.name.words, kind=feature.kind)
            return
    if contained.number is not None and contained.number < 0:
        report.add("plan.limit", (*path, "number"), value=contained.number)


def _seats(seats: Seats, path: Path, report: Report) -> None:
    if seats.most is not None and seats.most < max(seats.least, seats.included):
        report.add("plan.seats", (*path, "most"), most=seats.most, least=seats.least, included=seats.included)
    elif seats.extra is None and seats.least > seats.included:
        report.add("plan.seats_price", (*path, "least"), least=seats.least, included=seats.included)
    extra = seats.extra
    if extra is not None:
        if extra.kind not in ("per_unit", "graduated", "volume", "package"):
            report.add("plan.seats_kind", (*path, "extra", "kind"), kind=extra.kind)
        elif extra.counts not in (None, "seats"):
            report.add("plan.seats_counts", (*path, "extra", "counts"), counts=extra.counts)


def _existing(service: Service, path: Path, report: Report) -> None:
    existing = service.existing
    if existing is None:
        return
    if existing.way == "choose" and existing.on is None:
        report.add("plan.choose_date", path)
    if existing.way == "keep" and existing.on is not None:
        report.add("plan.keep_date", (*path, "on"))


def names(service: Service, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each feature that a service names, with its path."""
    lists = [("tiers", [tier.features for tier in service.tiers])]
    lists.append(("add_ons", [add_on.features for add_on in service.add_ons]))
    for kind, entries in lists:
        for place, features in enumerate(entries):
            for index, contained in enumerate(features):
                yield (*path, kind, place, "features", index, "feature"), contained.feature
