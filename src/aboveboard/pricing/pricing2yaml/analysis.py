"""One price page, judged and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aboveboard.book.finding import Finding, Full, in_order
from aboveboard.pricing.pricing2yaml.faults import judge
from aboveboard.pricing.pricing2yaml.model import PricePage, plain
from aboveboard.pricing.pricing2yaml.place import PageReport
from aboveboard.pricing.pricing2yaml.reading import read
from aboveboard.pricing.pricing2yaml.space import (
    Subscription,
    Ties,
    TooTangled,
    cheapest,
    dearest,
    size,
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What there is to say about a price page. Without a page (`page` None) there is nothing but the findings.

    `configuration_space` is None if it cannot be counted in reasonable time; `cheapest` and `dearest` are None if nothing on the
    page has an amount.
    """

    file: str
    page: PricePage | None
    configuration_space: int | None
    cheapest: Subscription | None
    dearest: Subscription | None
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing must be mended; warnings may stand."""
        return all(finding.severity != "error" for finding in self.findings)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the answer for JSON: counts, prices per month in the page's currency, findings with their place."""
        page = self.page
        return {
            "features": len(page.features) if page else None,
            "usage_limits": len(page.limits) if page else None,
            "plans": len(page.plans) if page else None,
            "add_ons": len(page.add_ons) if page else None,
            "configuration_space": self.configuration_space,
            "cheapest": plain(self.cheapest.price) if self.cheapest else None,
            "dearest": plain(self.dearest.price) if self.dearest else None,
            "valid": self.valid,
            "findings": [finding.as_dict(lang) for finding in self.findings],
        }


def analyse(text: str | bytes, name: str = "pricing.yml") -> Analysis:
    """Read, judge and count a price page; `name` is the file shown in findings. Never raises for what a file may hold."""
    report = PageReport(file=name)
    page = read(text, report)
    if page is None:
        return Analysis(name, None, None, None, None, tuple(in_order(report.findings)))
    ties = Ties(page.add_ons)
    try:
        judge(page, ties, report)
    except Full:
        report.findings.pop()
        report.add("page.too_many", ())
    try:
        count, low, high = size(page, ties), cheapest(page, ties), dearest(page, ties)
    except (TooTangled, RecursionError):
        if not any(finding.code == "page.too_many" for finding in report.findings):
            report.add("space.too_tangled", ("addOns",))
        count, low, high = None, cheapest(page, ties), None
    return Analysis(name, page, count, low, high, tuple(in_order(report.findings)))
