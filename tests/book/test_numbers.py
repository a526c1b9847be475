"""Numbers in files: the book, bills, prices of others, visits, price pages. None is taken for another; a fault says its place."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal

import pytest

from aboveboard.book.load import load
from aboveboard.costs.model import BillError
from aboveboard.costs.rows import BillRows
from aboveboard.editions.check import findings
from aboveboard.people.imports.model import SetAside
from aboveboard.people.imports.reading import Row
from aboveboard.people.imports.values import Amounts
from aboveboard.pricing.pricing2yaml import analyse
from aboveboard.sample import BOOK
from aboveboard.watch.model import SAYS as MARKET_SAYS
from aboveboard.watch.rows import take
from aboveboard.words.catalogue import Catalogue
from tests.support.numbers import HOSTILE, HUGE
from tests.watch.test_import import GOOD, HEAD

SAMPLE = BOOK.read_text("utf-8")
TODAY = datetime.date(2026, 11, 24)
ODD = [pytest.param(text, allowed, id=ascii(text)[:24]) for text, allowed in HOSTILE.items()]
#: A number of each chapter, with what may come of -0 and -1: nothing but a finding.
IN_THE_BOOK = [
    "list_price: 64.00", "quantity: 0.5}", "margin: 0.20", "rate: 0.84", "most: 6", "up_to: 5,", "percent: 0.05", "wage: 40.00",
    "overage: 112.50", "included: 4", "change: -0.06", "least: 5.00",
]  # fmt: skip


@pytest.mark.parametrize("place", IN_THE_BOOK)
def test_the_book(place):
    assert place in SAMPLE
    key, _, old = place.partition(":")
    line = SAMPLE[: SAMPLE.index(place)].count("\n") + 1
    tail = old[-1] if old[-1] in "}," else ""
    assert SAMPLE[SAMPLE.index(place) + len(place)] in "\n ,}"
    for text, allowed in HOSTILE.items():
        if text not in HUGE and place not in IN_THE_BOOK[:2]:
            continue
        broken = SAMPLE.replace(place, f"{key}: {json.dumps(text)}{tail}", 1)
        loaded = load(broken)
        if loaded.book is not None:
            assert any(value in (0, -1) for value in allowed), text
            continue
        (found,) = (each for each in loaded.findings if each.severity == "error")
        assert found.line == line and found.text.say("en") and found.how.say("zh")
        if text in HUGE:
            assert found.code == "shape.too_large", (text, found)
            assert "1,000,000,000,000" in found.text.say("en") or "999,999,999" in found.text.say("en")


@pytest.mark.parametrize("number", ["10000000000000", "999999999999999"])
def test_what_the_shape_lets_in_is_told_too_large_with_the_limit_by_the_check(number):
    for place in ("list_price: 64.00", "wage: 40.00", "up_to: 5,", "quantity: 0.5}", "included: 4"):
        key, _, old = place.partition(":")
        tail = old[-1] if old[-1] in "}," else ""
        told = findings(SAMPLE.replace(place, f"{key}: {number}{tail}", 1), TODAY)
        said = [each.say("en") for each in told if "too large" in each.say("en")]
        assert said and "1,000,000,000,000" in said[0], (place, [each.say("en") for each in told][:3])


def _to_the_coin(minor, text, allowed):
    """Whether an amount was taken for what is written; bills may be finer than a coin."""
    if Decimal(minor) / 100 in allowed:
        return True
    return re.fullmatch(r"\d+\.\d{3,}", text, re.ASCII) is not None and abs(
        Decimal(text) * 100 - minor
    ) <= Decimal("0.5")


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_bills(text, allowed):
    head = Row(1, ["date", "item", "supplier", "amount", "quantity", "note"])
    texts = Catalogue.load("aboveboard.costs")
    for role in ("amount", "quantity"):
        amount, quantity = (text, "") if role == "amount" else ("1.00", text)
        row = Row(2, ["2026-11-01", "rent", "", amount, quantity, ""])
        rows = BillRows([head, row], None, "USD", TODAY)
        rows.look(row.cells)
        try:
            bill = rows.read(row)
        except BillError as error:
            code = error.code
        else:
            code = None
        if code is not None:
            assert texts.text(f"reason.{code}").en and texts.text(f"mend.{code}").zh
            assert text not in HUGE or code.endswith("too_large"), code
            continue
        if role == "amount":
            assert _to_the_coin(bill.amount, text, allowed), (text, bill)
        else:
            assert bill.quantity in allowed or (bill.quantity is None and text.strip() == ""), (text, bill)


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_prices_of_others(text, allowed):
    of = load(SAMPLE).book
    for role in ("amount", "quantity", "own_quantity", "on_top"):
        values = GOOD | {role: text} | ({"all_in": "no"} if role == "on_top" else {})
        found = take([Row(1, list(HEAD)), Row(2, [values.get(each, "") for each in HEAD])], of, TODAY)
        if found.fresh:
            (one,) = found.fresh
            got = {"amount": one.amount, "quantity": one.quantity, "on_top": one.on_top,
                   "own_quantity": one.compared_with[0].quantity}[role]  # fmt: skip
            empty = text.strip() == "" or (role == "on_top" and got is None)
            assert got in allowed or (empty and got in (None, 1)), (role, text, got)
        else:
            ((line, code),) = found.aside
            assert line == 2 and MARKET_SAYS.text(f"reason.{code}").zh
            assert text not in HUGE or code.endswith("too_large"), (role, code)


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_amounts_of_visits(text, allowed):
    amounts = Amounts("USD")
    amounts.look(text)
    try:
        minor, rounded = amounts.read(text)
    except SetAside as aside:
        minor, rounded, code = None, False, aside.code
    else:
        code = "amount_too_large"
    assert text not in HUGE or (minor is None and code == "amount_too_large")
    assert minor is None or _to_the_coin(minor, text, allowed), (text, minor)
    assert not rounded or "." in text


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_price_pages(text, allowed):
    page = """\
syntaxVersion: '3.1'
saasName: Lamp
createdAt: 2026-11-01
currency: EUR
features: {notes: {valueType: BOOLEAN, defaultValue: true, type: DOMAIN}}
usageLimits: {storage: {valueType: NUMERIC, defaultValue: %s, type: NON_RENEWABLE}}
plans: {ONE: {price: %s}}
"""
    written = json.dumps(text)
    found = analyse(page % (written, "1"), "p.yml")
    assert found.page is not None
    limit = found.page.limits[0].default
    if found.valid:
        exact = text in (".inf", "1e-400") or re.fullmatch(r"\d+\.\d+", text)
        assert limit in allowed or (exact and limit == Decimal(text.lstrip("."))), (text, limit)
    else:
        assert all(each.line == 6 and each.text.say("zh") for each in found.findings)
        assert text not in HUGE or found.findings[0].code == "number.too_large", (text, found.findings)
    found = analyse(page % ("1", written), "p.yml")
    price = found.page.plans[0].price
    if found.valid:
        assert price.amount in allowed or price.written == text.strip() != "", (text, price)
    elif text in HUGE:
        assert f"{10**18:,}" in found.findings[0].text.say("en")
