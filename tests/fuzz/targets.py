"""What is fuzzed: each target takes bytes, may do nothing but return, and checks what must hold for any file."""

from __future__ import annotations

import json
from collections.abc import Callable

from aboveboard.pricing.pricing2yaml import analyse, export, read
from aboveboard.pricing.pricing2yaml.place import PageReport

#: A page with something of everything, for the fuzzers to begin with.
PRICE_PAGE = """\
syntaxVersion: '3.1'
saasName: Lamp
createdAt: 2026-11-01
currency: EUR
tags: [A, B]
billing: {monthly: 1, annual: 0.8}
variables: {seat: 4, base: {eu: 3}, steps: [1, 2]}
features:
  notes: {valueType: BOOLEAN, defaultValue: true, type: DOMAIN}
  help: {valueType: TEXT, defaultValue: by mail, type: SUPPORT}
  speed: {valueType: NUMERIC, defaultValue: 3, type: GUARANTEE}
usageLimits:
  storage: {valueType: NUMERIC, defaultValue: 1, type: RENEWABLE, period: {value: 2, unit: DAY}, linkedFeatures: [notes]}
plans:
  FREE: {price: 0}
  TEAM: {price: "3 * #seat + #base['eu']", features: {speed: {value: 9}}, usageLimits: {storage: {value: .inf}}}
addOns:
  space: {price: 2.50, usageLimitsExtensions: {storage: {value: 10}}, subscriptionConstraints: {minQuantity: 2, maxQuantity: 9}}
  phone: {price: 5, availableFor: [TEAM], features: {help: {value: by phone}}, excludes: [audit]}
  audit: {price: Contact us, dependsOn: [space], features: {notes: {value: true}}}
"""


def price_pages(given: bytes) -> None:
    """Any bytes are answered; what could be read is written, and reads the same again."""
    found = analyse(given, "fuzz.yml")
    for lang in ("en", "zh"):
        told = json.loads(json.dumps(found.as_dict(lang), allow_nan=False))
        assert told["valid"] == all(finding["severity"] != "error" for finding in told["findings"])
        assert all(finding["message"] and finding["mend"] for finding in told["findings"])
    if found.page is None:
        assert not found.valid
        return
    if found.cheapest is not None and found.dearest is not None:
        assert 0 <= found.cheapest.price <= found.dearest.price
    if found.valid and found.configuration_space is not None:
        assert found.configuration_space >= 1
    again = read(export(found.page), PageReport(file="again.yml"))
    # What could not be read is left out of the page; so only a valid one is whole.
    assert not found.valid or again == found.page


TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "price-pages": (price_pages, (PRICE_PAGE.encode(),)),
}
