"""Plans seen as a buyer sees them: add-ons that nobody can have, and tiers that nobody should buy.

Each service with features, limits or add-ons is laid out as a price page and judged like anybody else's (`pricing2yaml.faults`);
what is found there is told in the words and at the place of the book.
"""

from __future__ import annotations

import datetime

from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Service
from aboveboard.pricing.own_page import limit_names, page_of
from aboveboard.pricing.pricing2yaml.faults import judge
from aboveboard.pricing.pricing2yaml.place import PageReport
from aboveboard.pricing.pricing2yaml.space import Ties
from aboveboard.words import Text

#: What a fault of a price page is called in a book. What is left out here is told by other checks, or is no fault of ours.
_CODES = {
    "feature.dead": "plan.dead_feature",
    "limit.dead": "plan.dead_limit",
    "plan.identical": "plan.identical",
    "plan.contained": "plan.contained",
    "addon.depends_circle": "plan.add_on_circle",
    "addon.unavailable": "plan.add_on_unavailable",
    "addon.contradiction": "plan.add_on_contradiction",
    "addon.identical": "plan.add_on_identical",
    "addon.less_for_more": "plan.add_on_less",
    "addon.same_for_more": "plan.add_on_same",
    "addon.gives_nothing": "plan.add_on_nothing",
}
#: Faults that only show in services whose tiers name what they contain.
_COMPARED = frozenset(
    {"feature.dead", "limit.dead", "plan.identical", "plan.contained", "addon.identical", "addon.less_for_more",
     "addon.same_for_more", "addon.gives_nothing"}
)  # fmt: skip


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about the plans of every service."""
    for number, service in enumerate(book.services):
        compared = any(tier.features or tier.limits for tier in service.tiers)
        if compared or service.add_ons:
            page = page_of(book, service, today.isoformat())
            judge(page, Ties(page.add_ons), _Translator(book, service, number, report, compared))


class _Translator(PageReport):
    """A report about a price page that writes into the report about the book."""

    def __init__(self, book: Book, service: Service, number: int, report: Report, compared: bool) -> None:
        super().__init__(report.file)
        self._book = book
        self._service = service
        self._path: Path = ("services", number)
        self._report = report
        self._compared = compared
        self._names = _names(book, service)

    def add(self, code: str, path: Path, **values: object) -> None:
        """Write the fault down in the words of the book, if it is one of ours."""
        ours = _CODES.get(code)
        if ours is None or (code in _COMPARED and not self._compared):
            return
        kind, name = str(path[0]), str(path[1])
        other = values.get("other")
        self._report.add(
            ours,
            self._place(kind, name),
            service=self._service.name.words,
            feature=self._name(name),
            meter=self._name(name),
            tier=self._name(name),
            add_on=self._name(name),
            other=self._name(str(other)) if other else "",
            way=values.get("way", ""),
            needs=values.get("needs", ""),
        )

    def _place(self, kind: str, name: str) -> Path:
        chapter = {"plans": "tiers", "addOns": "add_ons"}.get(kind)
        if chapter is None:
            return self._path
        entries = getattr(self._service, chapter)
        return (*self._path, chapter, next(i for i, entry in enumerate(entries) if entry.id == name))

    def _name(self, name: str) -> Text:
        """Return what a tier, add-on, feature or limit of the page is called in the book."""
        return self._names.get(name, Text(name, name))


def _names(book: Book, service: Service) -> dict[str, Text]:
    """Return what is named on the page by what it is called in the book."""
    meters = {meter.id: meter.name.words for meter in book.meters}
    found = {name: meters[meter] for (meter, _), name in limit_names(service).items() if meter in meters}
    found |= {feature.id: feature.name.words for feature in book.features}
    found |= {add_on.id: add_on.name.words for add_on in service.add_ons}
    return found | {tier.id: tier.name.words for tier in service.tiers}
