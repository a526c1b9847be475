"""The 56 real price pages: our counts against a plain listing made here from the bare YAML, and against what was published.

The pages are of the University of Seville (ISA group, Pricing-Intelligence data set, CC BY 4.0), and so are the published figures
(`data/TSC_analytics.json` of isa-group/Pricing-Intelligence-Interpretation-Process), which leave out two of the pages here.
"""

from __future__ import annotations

import itertools
import time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from aboveboard.pricing.pricing2yaml import Analysis, analyse, export, read
from aboveboard.pricing.pricing2yaml.place import PageReport

pytestmark = pytest.mark.shared

#: service: year → features, limits, plans, add-ons, subscriptions, cheapest, dearest (None: theirs has an invented one).
PUBLISHED = {
    "box": {
        2019: (40, 5, 4, 0, 4, 5, None), 2020: (41, 7, 4, 0, 4, 5, None), 2021: (46, 6, 4, 0, 4, 15, None),
        2022: (50, 9, 5, 0, 5, 5, None), 2023: (50, 9, 5, 0, 5, 8, None), 2024: (50, 9, 5, 0, 5, 8, None),
        2025: (64, 13, 5, 5, 33, 15, None),
    },
    "buffer": {
        2019: (28, 4, 3, 0, 3, 15, 99), 2020: (31, 3, 3, 0, 3, 15, 99), 2021: (62, 9, 2, 2, 5, 0, 18),
        2022: (71, 11, 4, 3, 7, 0, 125), 2023: (76, 16, 4, 3, 7, 0, 126), 2024: (76, 16, 4, 3, 7, 0, 126),
        2025: (58, 8, 3, 2, 5, 0, 24),
    },
    "canva": {
        2019: (19, 2, 3, 0, 3, 0, None), 2020: (33, 3, 3, 0, 3, 0, None), 2021: (37, 3, 3, 0, 3, 0, None),
        2022: (37, 4, 3, 0, 3, 0, None), 2023: (61, 3, 3, 0, 3, 0, 23), 2024: (92, 14, 4, 0, 4, 0, None),
        2025: (93, 15, 4, 0, 4, 0, None),
    },
    "clockify": {
        2020: (31, 3, 4, 0, 4, 0, 29.99), 2021: (38, 3, 5, 0, 5, 0, 14.99), 2022: (65, 0, 5, 4, 9, 0, 17.98),
        2023: (68, 0, 5, 4, 9, 0, 17.98), 2024: (72, 0, 6, 4, 10, 0, 17.98), 2025: (72, 0, 6, 4, 10, 0, 17.98),
    },
    "github": {
        2019: (38, 7, 4, 3, 11, 0, None), 2020: (47, 5, 4, 4, 14, 0, None), 2021: (49, 5, 3, 10, 216, 0, None),
        2022: (51, 5, 3, 10, 216, 0, None), 2023: (73, 9, 3, 14, 1272, 0, None), 2024: (81, 9, 3, 14, 1272, 0, None),
        2025: (110, 11, 3, 15, 1896, 0, None),
    },
    "mailchimp": {
        2019: (48, 5, 4, 0, 4, 0, 299), 2020: (69, 5, 4, 0, 4, 0, 299), 2021: (90, 5, 4, 3, 26, 0, None),
        2022: (89, 6, 4, 3, 26, 0, None), 2023: (80, 8, 4, 4, 11, 0, None), 2024: (None, 8, 4, 5, 15, 0, None),
    },
    "trello": {
        2019: (42, 9, 3, 0, 3, 0, 20.83), 2020: (42, 9, 3, 1, 6, 0, 20.5), 2021: (44, 5, 4, 1, 8, 0, 20.5),
        2022: (38, 3, 4, 1, 7, 0, 17.5), 2023: (39, 4, 4, 1, 7, 0, 17.5), 2024: (41, 5, 4, 1, 7, 0, 17.5),
        2025: (49, 1, 4, 1, 7, 0, 17.5),
    },
    "zenhub": {
        2019: (11, 1, 3, 0, 3, 0, 12.5), 2020: (14, 1, 3, 0, 3, 0, 12.5), 2021: (27, 0, 3, 0, 3, 0, 12.5),
        2022: (26, 0, 3, 0, 3, 0, None), 2023: (33, 6, 3, 0, 3, 0, None), 2024: (39, 4, 2, 0, 2, 12.5, None),
        2025: (41, 5, 3, 0, 3, 0, None),
    },
}  # fmt: skip

#: What is wrong with them: nothing, but for these.
UNSOUND = {
    "clockify/2019.yml": ["plans.PREMIUM.price"],
    "clockify/2020.yml": ["plans.PREMIUM.price"],
    "canva/2024.yml": ["plans.PRO.price"],
    "canva/2025.yml": ["plans.PRO.price"],
}


@pytest.fixture(scope="module")
def answers(shared_data: Path) -> dict[str, Analysis]:
    files = sorted((shared_data / "saas-pricings").glob("*/*.yml"))
    return {f"{file.parent.name}/{file.name}": analyse(file.read_bytes(), str(file)) for file in files}


@pytest.fixture(scope="module")
def raw(shared_data: Path) -> Any:
    return cache(
        lambda name: yaml.load(
            (shared_data / "saas-pricings" / name).read_text("utf-8"), Loader=yaml.CSafeLoader
        )
    )


def listed(page: dict[str, Any]) -> tuple[int, Decimal, Decimal]:
    """Return the number of subscriptions, the least and the largest amount, by trying all sets of add-ons with each plan."""
    count, amounts = 0, []
    add_ons = page.get("addOns") or {}
    for plan, of_plan in page["plans"].items():
        for many in range(len(add_ons) + 1):
            for chosen in itertools.combinations(add_ons, many):
                if all(
                    plan in add_ons[name].get("availableFor", [plan])
                    and set(add_ons[name].get("dependsOn") or []) <= set(chosen)
                    and not set(add_ons[name].get("excludes") or []) & set(chosen)
                    for name in chosen
                ):
                    count += 1
                    prices = [of_plan["price"], *(add_ons[name]["price"] for name in chosen)]
                    if not any(isinstance(price, str) for price in prices):
                        amounts.append(sum(Decimal(str(price)) for price in prices))
    return count, min(amounts), max(amounts)


def test_all_of_them_are_read(answers: dict[str, Analysis]) -> None:
    assert len(answers) == 56
    assert all(answer.page is not None for answer in answers.values())


def test_each_counts_as_a_plain_listing_does(answers: dict[str, Analysis], raw: Any) -> None:
    for name, answer in answers.items():
        page, told = raw(name), answer.as_dict()
        counts = [len(page[key] or {}) for key in ("features", "plans")]
        counts += [len(page.get(key) or {}) for key in ("usageLimits", "addOns")]
        assert [told[key] for key in ("features", "plans", "usage_limits", "add_ons")] == counts, name
        assert answer.cheapest is not None and answer.dearest is not None
        found = (answer.configuration_space, answer.cheapest.price, answer.dearest.price)
        assert found == listed(page), name


def test_each_is_what_was_published(answers: dict[str, Analysis]) -> None:
    keys = ("features", "usage_limits", "plans", "add_ons", "configuration_space", "cheapest", "dearest")
    compared = 0
    for service, years in PUBLISHED.items():
        for year, figures in years.items():
            told = answers[f"{service}/{year}.yml"].as_dict()
            for key, figure in zip(keys, figures, strict=True):
                assert figure is None or told[key] == figure, (service, year, key)
            compared += 1
    assert compared == 54


def test_four_are_unsound_and_say_where(answers: dict[str, Analysis]) -> None:
    for name, answer in answers.items():
        errors = [f for f in answer.findings if f.severity == "error"]
        assert [f.path for f in errors] == UNSOUND.get(name, []), name
        assert answer.valid == (not errors)
        assert all(f.code == "plan.contained" for f in errors)


def test_the_line_is_the_one_in_the_file(answers: dict[str, Analysis], shared_data: Path) -> None:
    for name in UNSOUND:
        finding = next(f for f in answers[name].findings if f.severity == "error")
        line = (shared_data / "saas-pricings" / name).read_text("utf-8").splitlines()[finding.line - 1]
        assert line.strip().startswith("price: ")


def test_what_we_write_says_the_same(answers: dict[str, Analysis], raw: Any) -> None:
    for name, answer in answers.items():
        assert answer.page is not None
        text = export(answer.page)
        assert read(text, PageReport(file=name)) == answer.page, name
        # And another reader of YAML finds the same plans, prices and values in it.
        theirs, ours = raw(name), yaml.load(text, Loader=yaml.CSafeLoader)
        for key in ("plans", "addOns"):
            assert list(ours.get(key) or {}) == list(theirs.get(key) or {})
            for item, was in (theirs.get(key) or {}).items():
                assert ours[key][item]["price"] == was["price"], (name, item)
                assert (ours[key][item].get("features") or {}) == (was.get("features") or {}), (name, item)


def test_all_of_them_together_are_quick(shared_data: Path) -> None:
    texts = [file.read_bytes() for file in sorted((shared_data / "saas-pricings").glob("*/*.yml"))]
    best = 9.0
    for _ in range(3):
        began = time.process_time()
        for text in texts:
            analyse(text)
        best = min(best, time.process_time() - began)
    assert best < 0.5
