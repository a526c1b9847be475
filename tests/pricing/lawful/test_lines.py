"""A whole book before the law: the same facts, and so the same answers, as of each price written out."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.load import load
from aboveboard.book.model import Fee
from aboveboard.pricing import AllowedFacts, PriceError, PriceRequest, price
from aboveboard.pricing import lawful as laws
from aboveboard.pricing.listed import request_for_one
from aboveboard.pricing.outline import outline
from aboveboard.sample import BOOK
from aboveboard.words import Text
from tests.pricing.books import D, book, both, cost, promotion, service, tier
from tests.pricing.test_columns import START, backgrounds, books, facts, requests

SAMPLE = load(BOOK.read_text("utf-8")).book
NOTHING = Text("", "")


def whole(clinic, chosen, level, on):
    return laws.facts(clinic, chosen, price(clinic, request_for_one(chosen, level, on)))


@settings(max_examples=120, deadline=None)
@given(books(), st.integers(0, 400))
def test_the_facts_of_a_line_are_those_of_its_price(clinic, day):
    [chosen] = clinic.services
    on = START + datetime.timedelta(day)
    assert laws.line_facts(clinic, chosen, chosen.tiers[0], on) == whole(clinic, chosen, chosen.tiers[0], on)


@pytest.mark.parametrize("on", ["2026-11-24", "2027-01-15", "2027-07-03"])
@pytest.mark.parametrize("place", ["US-CA", "CN", "DE"])
def test_the_rules_say_the_same_of_the_sample(on, place):
    day, bench = datetime.date.fromisoformat(on), laws.Bench()
    found = list(
        laws.lines(SAMPLE, day, lambda each: bench.judge(laws.setting(SAMPLE, each, place, "web"), day))
    )
    assert len(found) == sum(len(each.tiers) for each in SAMPLE.services)
    for line in found:
        told = whole(SAMPLE, line.service, line.tier, day)
        assert line.total == told["bill.total"]
        judge = bench.judge(laws.setting(SAMPLE, line.service, place, "web"), day)
        said = {each.rule_id: each.record() for each in judge.results(told, day)}
        assert {each.rule_id: each.record() for each in line.results} == said


def test_fees_in_a_row_count_from_the_same_price_and_round_for_themselves():
    fees = [
        Fee(id="card", name=both("card"), percent=D("0.0155"), why=both("why")),
        Fee(id="desk", name=both("desk"), amount=D("2.50"), channels=["desk"], why=both("why")),
        Fee(id="each", name=both("each"), amount=D("0.99"), per="unit", why=both("why")),
    ]
    clinic = book(services=[service(tier("standard", "99.99", ("therapist", "1")))], fees=fees, tax="0.0925")
    [chosen] = clinic.services
    assert laws.line_facts(clinic, chosen, chosen.tiers[0], START) == whole(
        clinic, chosen, chosen.tiers[0], START
    )


def test_a_price_that_cannot_be_is_refused():
    clinic = book(
        services=[service(tier("standard", "99999999999.00", ("therapist", "1000000000000000")))],
        costs=[cost(rate="60.00")],
    )
    [chosen] = clinic.services
    with pytest.raises(PriceError):
        laws.line_facts(clinic, chosen, chosen.tiers[0], START)


@settings(max_examples=100, deadline=None)
@given(books(), requests, facts, backgrounds)
def test_an_outline_is_the_price_without_its_sentences(clinic, request, allowed, background):
    full, bare = price(clinic, request, allowed, background), outline(clinic, request, allowed, background)
    shown = [step for step in full.steps if step.kind != "floor"]
    assert [
        (s.kind, s.id, s.amount, s.subtotal, s.exact, s.reason, s.applied, s.facts, s.value)
        for s in bare.steps
    ] == [(s.kind, s.id, s.amount, s.subtotal, s.exact, s.reason, s.applied, s.facts, s.value) for s in shown]
    assert all(step.basis == NOTHING for step in bare.steps if step.kind not in ("total", "tax", "points"))
    assert replace(full, steps=()) == replace(bare, steps=())
    # Writing an outline leaves nothing behind that a price for people could find.
    assert price(clinic, request, allowed, background) == full


def test_a_sale_is_made_step_by_step():
    clinic = book(promotions=[promotion("sale", "2026-01-01", "2026-12-31", percent=D("0.2"))])
    [chosen] = clinic.services
    told = laws.line_facts(clinic, chosen, chosen.tiers[0], START)
    assert told["promo.announces_reduction"] is True
    assert told == whole(clinic, chosen, chosen.tiers[0], START)
    made = price(clinic, PriceRequest("treatment", None, 1, START), AllowedFacts())
    assert told["promo.price"] == made.total
