"""Every id that is named must exist, once; and what exists should be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from aboveboard.book.check import agreements, charges, plans
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Condition, Promotion, Service
from aboveboard.book.near import nearest
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text

#: Each chapter with ids, and what one entry of it is called in `texts.yaml` under `things`.
_CHAPTERS = {
    "data": "data",
    "purposes": "purpose",
    "partners": "partner",
    "roles": "role",
    "drivers": "driver",
    "costs": "cost",
    "no_shows": "no_shows",
    "channels": "channel",
    "segments": "segment",
    "taxes": "tax",
    "meters": "meter",
    "features": "feature",
    "services": "service",
    "groups": "group",
    "seasons": "season",
    "conditions": "condition",
    "promotions": "promotion",
    "loyalty": "loyalty",
    "fees": "fee",
    "witnesses": "witness",
}
#: Chapters whose entries exist only to be named elsewhere.
_TO_BE_NAMED = ("data", "partners", "roles", "drivers", "costs", "taxes", "groups", "meters", "features")

#: Chapters whose entries may name the services that they hold for.
_FOR_SERVICES = (
    "seasons", "conditions", "promotions", "loyalty", "fees", "data_value", "no_shows", "channels", "segments",
)  # fmt: skip

#: (path of the name, chapter that must have it, the id)
Name = tuple[Path, str, str]


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


def check(book: Book, report: Report) -> None:
    """Write findings about ids used twice, names without an entry, and entries without a name."""
    ids = {chapter: [entry.id for entry in getattr(book, chapter)] for chapter in _CHAPTERS}
    for chapter in _CHAPTERS:
        _unique(getattr(book, chapter), (chapter,), report)
    for number, service in enumerate(book.services):
        _unique(service.tiers, ("services", number, "tiers"), report)
        _unique(service.add_ons, ("services", number, "add_ons"), report)
        for place, tier in enumerate(service.tiers):
            _unique(tier.charges, ("services", number, "tiers", place, "charges"), report)
    names = list(_names(book))
    for path, chapter, name in names:
        _known(name, ids[chapter], _CHAPTERS[chapter], path, report)
    _tiers(book, report)
    _add_ons(book, report)
    _terms(book, report)
    for chapter in _TO_BE_NAMED:
        used = {name for _, of, name in names if of == chapter}
        for number, each in enumerate(ids[chapter]):
            if each not in used:
                report.add("reference.unused", (chapter, number), what=thing(_CHAPTERS[chapter]), id=each)


def thing(kind: str) -> Text:
    """Return what an entry of a chapter is called, e.g. "data category"."""
    return Catalogue.load("aboveboard.book").text(f"things.{kind}")


def _unique(entries: Sequence[_HasId], path: Path, report: Report) -> None:
    first: dict[str, Path] = {}
    for number, entry in enumerate(entries):
        here = (*path, number, "id")
        if entry.id in first:
            line = report.lines.at(first[entry.id]).line
            report.add("reference.duplicate_id", here, id=entry.id, first=line)
        first.setdefault(entry.id, here)


def _known(name: str, known: Sequence[str], kind: str, path: Path, report: Report) -> None:
    if name in known:
        return
    near = nearest(name, known)
    if near:
        report.add("reference.mistyped", path, what=thing(kind), id=name, near=near)
    else:
        report.add("reference.unknown", path, what=thing(kind), id=name, known=", ".join(known) or "–")


def _names(book: Book) -> Iterator[Name]:
    for number, purpose in enumerate(book.purposes):
        yield from _listed(purpose.data, ("purposes", number, "data"), "data")
        yield from _listed(purpose.recipients, ("purposes", number, "recipients"), "partners")
    for number, service in enumerate(book.services):
        yield ("services", number, "tax"), "taxes", service.tax
        for place, tier in enumerate(service.tiers):
            for index, use in enumerate(tier.uses):
                yield ("services", number, "tiers", place, "uses", index, "item"), "costs", use.item
            if tier.holds is not None:
                yield ("services", number, "tiers", place, "holds", "service"), "services", tier.holds.service
        yield from _names_of_plans(service, ("services", number))
    for number, meter in enumerate(book.meters):
        for index, use in enumerate(meter.uses):
            yield ("meters", number, "uses", index, "item"), "costs", use.item
    for chapter in _FOR_SERVICES:
        for number, rule in enumerate(getattr(book, chapter)):
            yield from _listed(rule.services, (chapter, number, "services"), "services")
    for number, condition in enumerate(book.conditions):
        yield from _listed(condition.when.groups, ("conditions", number, "when", "groups"), "groups")
    for number, promotion in enumerate(book.promotions):
        here = ("promotions", number)
        yield from _listed(promotion.excludes, (*here, "excludes"), "promotions")
        yield from _listed(promotion.bundle, (*here, "bundle"), "services")
        if promotion.when is not None:
            yield from _listed(promotion.when.groups, (*here, "when", "groups"), "groups")
    for number, said in enumerate(book.law.facts):
        yield from _listed(said.services, ("law", "facts", number, "services"), "services")
        yield from _listed(said.promotions, ("law", "facts", number, "promotions"), "promotions")
    yield from agreements.names(book)
    yield from _names_of_costs(book)


def _names_of_plans(service: Service, path: Path) -> Iterator[Name]:
    yield from ((here, "meters", name) for here, name in charges.names(service, path))
    yield from ((here, "features", name) for here, name in plans.names(service, path))
    for place, add_on in enumerate(service.add_ons):
        for index, use in enumerate(add_on.uses):
            yield (*path, "add_ons", place, "uses", index, "item"), "costs", use.item
    for place, tier in enumerate(service.tiers):
        for index, use in enumerate(tier.seats.uses if tier.seats else ()):
            yield (*path, "tiers", place, "seats", "uses", index, "item"), "costs", use.item


def _names_of_costs(book: Book) -> Iterator[Name]:
    for number, item in enumerate(book.costs):
        if item.role is not None:
            yield ("costs", number, "role"), "roles", item.role
        if item.driver is not None:
            yield ("costs", number, "driver"), "drivers", item.driver
    for number, entry in enumerate(book.no_shows):
        yield from _listed(entry.items, ("no_shows", number, "items"), "costs")
    for chapter in ("channels", "segments"):
        for number, each in enumerate(getattr(book, chapter)):
            for index, use in enumerate(each.uses):
                yield (chapter, number, "uses", index, "item"), "costs", use.item
    for number, way in enumerate(book.channels):
        yield from _listed(way.without, ("channels", number, "without"), "costs")
    for number, sold in enumerate(book.normal_month):
        yield ("normal_month", number, "service"), "services", sold.service


def _listed(names: Iterable[str], path: Path, chapter: str) -> Iterator[Name]:
    return (((*path, index), chapter, name) for index, name in enumerate(names))


def _add_ons(book: Book, report: Report) -> None:
    """Add-ons name the tiers they go with, and each other, within their service."""
    for number, service in enumerate(book.services):
        tiers, add_ons = [tier.id for tier in service.tiers], [add_on.id for add_on in service.add_ons]
        for place, add_on in enumerate(service.add_ons):
            here = ("services", number, "add_ons", place)
            for key, names, known, kind in (
                ("available_for", add_on.available_for, tiers, "tier"),
                ("depends_on", add_on.depends_on, add_ons, "add_on"),
                ("excludes", add_on.excludes, add_ons, "add_on"),
            ):
                for index, name in enumerate(names):
                    _known(name, known, kind, (*here, key, index), report)
                    if name in names[:index]:
                        report.add("reference.repeated", (*here, key, index), id=name)


def _terms(book: Book, report: Report) -> None:
    """Terms and indices have their ids inside one chapter; conditions and offers name terms."""
    terms = book.agreements.terms if book.agreements else []
    if book.agreements is not None:
        _unique(terms, ("agreements", "terms"), report)
        _unique(book.agreements.indices, ("agreements", "indices"), report)
    if book.points is not None:
        _unique(book.points.levels, ("points", "levels"), report)
    whens = [("conditions", number, each.when) for number, each in enumerate(book.conditions)]
    whens += [("promotions", number, each.when) for number, each in enumerate(book.promotions) if each.when]
    for chapter, number, asked in whens:
        for index, name in enumerate(asked.terms):
            path = (chapter, number, "when", "terms", index)
            _known(name, [each.id for each in terms], "terms", path, report)


def _tiers(book: Book, report: Report) -> None:
    """Tiers have names of their own within a service, so they are looked up there; and lists should not repeat themselves."""
    for number, service in enumerate(book.services):
        if service.default_tier is not None:
            known = [tier.id for tier in service.tiers]
            _known(service.default_tier, known, "tier", ("services", number, "default_tier"), report)
        for place, tier in enumerate(service.tiers):
            held = tier.holds and book.service(tier.holds.service)
            if tier.holds is not None and held:
                here = ("services", number, "tiers", place, "holds", "tier")
                _known(tier.holds.tier, [each.id for each in held.tiers], "tier", here, report)
    rules: list[tuple[str, int, Promotion | Condition]] = [
        *(("promotions", number, each) for number, each in enumerate(book.promotions)),
        *(("conditions", number, each) for number, each in enumerate(book.conditions)),
    ]
    for chapter, number, rule in rules:
        meant = [each for each in book.services if not rule.services or each.id in rule.services]
        known = sorted({tier.id for service in meant for tier in service.tiers})
        for index, tier_id in enumerate(rule.tiers):
            _known(tier_id, known, "tier", (chapter, number, "tiers", index), report)
    for number, sold in enumerate(book.normal_month):
        sells = book.service(sold.service)
        if sells is not None and sold.tier is not None:
            known = [tier.id for tier in sells.tiers]
            _known(sold.tier, known, "tier", ("normal_month", number, "tier"), report)
    seen: set[tuple[Path, str]] = set()
    for path, _, name in _names(book):
        if isinstance(path[-1], int):
            if (path[:-1], name) in seen:
                report.add("reference.repeated", path, id=name)
            seen.add((path[:-1], name))
