"""A guard that a house's own rule asked for names that rule, as one that ships does."""

import datetime

import msgspec

from aboveboard import store as clock
from aboveboard.law.library import Library, Own
from aboveboard.quotes.law_words import library_for
from aboveboard.quotes.picture import shown
from tests.pricing.books import D, promotion
from tests.quotes.test_lawful import days_ago, shop
from tests.support import laws

__all__ = ["days_ago"]  # a fixture

RULE = "us-ca.own-promise.s2.prior-price"
_LOW = "{{from: 2026-01-01, to: {end}, price: 80}}, {{from: {then}, to: 2026-11-19, price: 100}}"
SIXTY = laws.pack(
    id=RULE,
    area="pricing",
    jurisdiction="[US-CA]",
    authority="[{instrument: Our own promise, verified: primary}]",
    explain="{en: We compare with our lowest price of 60 days., zh: 我们和 60 天里的最低价比。}",
    applies_when="{fact: promo.announces_reduction, is: true}",
    check="{kind: lookback_max, value: promo.reference_price, history: price.intervals, history_type: intervals, "
    "anchor: promo.starts_at, days: 60, stat: min, fallback: undecided}",
    given="{promo.announces_reduction: true, promo.starts_at: 2026-11-20, promo.reference_price: 100}",
    fixtures="["
    f"{{name: a, facts: {{price.intervals: [{_LOW.format(end='2026-09-21', then='2026-09-22')}]}}, expect: fail}}, "
    f"{{name: b, facts: {{price.intervals: [{_LOW.format(end='2026-09-20', then='2026-09-21')}]}}, expect: pass}}]",
)


def test_a_guard_of_the_owners_own_law_names_that_law(make_clinic, store, days_ago):
    clinic = make_clinic(store)

    def publish(made):
        own = (Own("house.yaml", SIXTY),)
        made = msgspec.structs.replace(made, law=msgspec.structs.replace(made.law, packs=["house.yaml"]))
        with clinic.store.write() as tx:
            clinic.editions.publish(tx, msgspec.yaml.encode(made).decode(), own)

    days_ago(25)
    publish(shop(price="80.00"))
    days_ago(20)
    publish(shop())
    days_ago(0)
    today = clock.now().date()
    end = str(today + datetime.timedelta(days=9))
    offer = promotion("sale", str(today - datetime.timedelta(days=1)), end, percent=D("0.10"))
    publish(shop(offers=[offer]))
    made = clinic.ask(at=None)
    guard = next(step for step in made.price.steps if step.kind == "guard_prior")
    assert (guard.id, made.price.total) == (RULE, 7200)
    with store.read() as conn:
        edition = clinic.editions.at(conn, made.edition)
    library = library_for(clinic.editions, edition)

    def law_of(library):
        rows = shown(made, edition.book, "zh", library).rows
        return next(row.law for row in rows if row.step.kind == "guard_prior")

    said = law_of(library)
    assert said.en == "We compare with our lowest price of 60 days. (Our own promise)"
    assert said.zh.startswith("我们和 60 天里的最低价比。")
    assert law_of(Library.open()) is None
