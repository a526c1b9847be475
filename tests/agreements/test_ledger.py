"""Points and credit: the ledger's sums, lots that lapse, spending at the same moment, and what a referral brings."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from aboveboard.agreements import tables
from aboveboard.agreements.ledger import Booked, earned_since, lapsed, open_lots
from aboveboard.agreements.model import AgreementError
from aboveboard.pricing import PriceRequest, price
from aboveboard.pricing.costs import floor_of, full_cost
from aboveboard.pricing.points import earned
from tests.agreements.conftest import BEA, Firm, the_book

day = datetime.date.fromisoformat
TODAY = datetime.datetime.now(datetime.UTC).date()


# -------------------------------------------------------------------------------------------------- in the price
@pytest.mark.parametrize(
    ("points", "total", "reason"),
    [
        (0, 10000, None),
        (49, 10000, "points.too_few"),
        (50, 9950, "points.used"),
        (10000, 0, "points.used"),
        (999999, 0, "points.used"),  # no more than the price comes to
    ],
)
def test_points_come_off_like_money(points, total, reason):
    made = price(the_book(), PriceRequest("treatment", "standard", 1, day("2026-12-01"), points=points))
    assert made.total == total == sum(step.amount for step in made.steps)
    step = next((step for step in made.steps if step.kind == "points"), None)
    assert (step.reason if step else None) == reason
    if reason == "points.used":
        assert step.value == min(points, 10000) and "Each takes off $0.01" in step.basis.en
        assert [each.kind for each in made.steps].index("points") > [each.kind for each in made.steps].index(
            "guard_personal"
        )


def test_points_that_a_price_earns_are_a_line_of_its_cost():
    book = the_book()
    plain = the_book(points=None)
    found, without = (b.service("treatment") for b in (book, plain))
    # One point for 1.00, worth 0.01, of which 80 % are spent: 0.8 % of the price.
    assert full_cost(book, found.tiers[0]) - full_cost(plain, without.tiers[0]) == 80
    made = price(book, PriceRequest("treatment", "standard", 1, day("2026-12-01")))
    line = next(each for each in made.steps[0].detail if each.kind == "points")
    assert line.amount == 80 and line.how.en == "$100.00 ÷ $1.00 × $0.01 × 80% that are spent in the end"
    # 60.00 / (1 − 0.25 − 0.008) = 80.862…, rounded up.
    assert floor_of(book, found, found.tiers[0]).amount == 8087
    assert floor_of(plain, without, without.tiers[0]).amount == 8000
    assert not [
        each
        for each in price(book, PriceRequest("plan", "standard", 1, day("2026-12-01"))).steps[0].detail
        if each.kind == "points"
    ]


@given(st.integers(0, 10**8), st.decimals("1", "5", places=2))
def test_no_more_points_than_were_paid_for(paid, times):
    assert 0 <= earned(the_book().points, "USD", paid, times) * 100 <= paid * times


# ---------------------------------------------------------------------------------------------------- the ledger
def test_a_price_that_is_taken_earns_points_and_the_next_one_may_use_them(firm: Firm) -> None:
    ann = firm.person()
    firm.take(ann, service="treatment")
    assert firm.points(ann) == 100
    made = firm.take(ann, service="treatment", points=60)
    assert made.price.total == 9940
    assert firm.points(ann) == 100 - 60 + 99  # for 99.40 that were paid
    with pytest.raises(AgreementError) as error:
        firm.take(ann, service="treatment", points=140)
    assert error.value.code == "few_points" and firm.points(ann) == 139
    with pytest.raises(AgreementError) as error:
        firm.take(None, service="treatment", points=60)
    assert error.value.code == "no_points"


def test_a_level_lets_points_come_faster(small: Firm) -> None:
    ann = small.person()
    for _ in range(5):
        small.take(ann, service="treatment")
    assert small.points(ann) == 500
    small.take(ann, service="treatment")
    assert small.points(ann) == 650
    with small.house.store.read() as conn:
        assert small.house.purses.held(conn, ann, TODAY).level.id == "often"


def test_two_prices_at_the_same_moment_use_the_points_once(firm: Firm) -> None:
    ann = firm.person()
    firm.take(ann, service="treatment")
    quotes = [firm.ask(ann, service="plan", points=80).id for _ in range(4)]  # a plan earns none

    def take(quote: str) -> str:
        try:
            with firm.house.store.write() as tx:
                firm.house.quotes.accept(tx, quote)
        except AgreementError as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(take, quotes))
    assert found == ["few_points"] * 3 + ["taken"]
    with firm.house.store.read() as conn:
        held = firm.house.purses.entries(conn, ann, "points")
        booked = conn.execute(sa.text("SELECT count(*) FROM quotes_accepted")).scalar()
    assert booked == 2 and [(each.kind, each.amount) for each in held] == [("earned", 100), ("spent", -80)]


def test_points_lapse_and_that_is_written_down(firm: Firm) -> None:
    ann = firm.person()
    firm.take(ann, service="treatment")
    later = TODAY + datetime.timedelta(days=370)
    with firm.house.store.write() as tx:
        assert firm.house.purses.lapse(tx, later - datetime.timedelta(days=300)) == 0
        assert firm.house.purses.lapse(tx, later) == 1
        assert firm.house.purses.lapse(tx, later) == 0
    with firm.house.store.read() as conn:
        held = firm.house.purses.entries(conn, ann, "points")
    assert [(each.kind, each.amount) for each in held] == [("earned", 100), ("expired", -100)]


def test_points_of_one_day_lapse_together_also_where_two_purses_became_one(firm: Firm) -> None:
    ann, other = firm.person(), firm.person(BEA)
    for subject in (ann, ann, other):
        firm.take(subject, service="treatment")
    with firm.house.store.read() as conn:
        assert [number for _, number in firm.house.purses.held(conn, ann, TODAY).lots] == [200]
    later = TODAY + datetime.timedelta(days=370)
    with firm.house.store.write() as tx:
        firm.house.purses.lapse(tx, later)
        firm.house.people.link(tx, ann, BEA)
    for _ in range(2):
        with firm.house.store.write() as tx:
            firm.house.purses.lapse(tx, later)
    with firm.house.store.read() as conn:
        held = firm.house.purses.entries(conn, ann, "points")
        assert sum(each.amount for each in held) == 0 and not open_lots(held, later)


def test_what_two_purses_used_up_is_nobodys_after_they_became_one():
    """One wrote off its lot; the other had spent a younger one. Joined, what was spent comes from the older lot."""
    entries = [
        Booked("earned", "a", 100, day("2026-01-01"), day("2027-01-01")),
        Booked("earned", "b", 100, day("2026-02-01"), day("2027-02-01")),
        Booked("spent", "b", -100, day("2026-03-01"), None),
        Booked("expired", "a", -100, day("2027-01-01"), None),
    ]
    assert open_lots(entries, day("2027-01-02")) == [] == lapsed(entries, day("2027-03-01"))


def test_the_longest_name_of_an_offer_fits_into_the_ledger(firm: Firm) -> None:
    ann, bea = firm.person(), firm.person(BEA)
    offers, credit = the_book().promotions, the_book().credit
    assert credit is not None
    name = "f" * 40
    firm.publish(
        the_book(
            promotions=[structs.replace(each, id=name) for each in offers],
            credit=structs.replace(
                credit, referrals=[structs.replace(each, offer=name) for each in credit.referrals]
            ),
        )
    )
    with firm.house.store.write() as tx:
        edition = firm.house.editions.current(tx.conn)
        [code] = firm.house.quotes.offers.issue(tx, edition.book, name, 1, referrer=ann)
    firm.take(bea, service="treatment", codes=(code,))
    with firm.house.store.read() as conn:
        [booked] = firm.house.purses.entries(conn, ann, "credit")
    assert booked.amount == 1000 and len(booked.ref) <= tables.ledger.c.ref.type.length


def test_two_numbers_of_one_person_are_one_purse(small: Firm) -> None:
    ann, other = small.person(), small.person(BEA)
    small.take(ann, service="treatment")
    small.take(other, service="treatment")
    with small.house.store.write() as tx:
        small.house.people.link(tx, ann, BEA)
    assert small.points(ann) == small.points(other) == 200
    small.take(other, service="treatment", points=150)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(-300, 300).filter(bool)), max_size=40),
    st.integers(0, 1200),
)
def test_what_is_left_is_never_negative_and_the_ledger_adds_up(moves, until):
    start = day("2026-01-31")
    entries: list[Booked] = []
    for days, amount in sorted(moves):
        on = start + datetime.timedelta(days=days)
        entries += [Booked("expired", "x", -lot, on, None) for _, lot in lapsed(entries, on)]
        held = sum(lot for _, lot in open_lots(entries, on))
        if amount > 0:
            entries.append(Booked("earned", "x", amount, on, on + datetime.timedelta(days=365)))
        elif -amount <= held:
            entries.append(Booked("spent", "x", amount, on, None))
        assert sum(each.amount for each in entries) == sum(lot for _, lot in open_lots(entries, on)) >= 0
    on = max([start + datetime.timedelta(days=until), *(each.booked_on for each in entries)])
    gone = lapsed(entries, on)
    left = sum(lot for _, lot in open_lots(entries, on))
    assert left + sum(lot for _, lot in gone) == sum(each.amount for each in entries)
    assert all(lot > 0 for _, lot in gone) and earned_since(entries, on) >= 0


# ------------------------------------------------------------------------------------------- referral and credit
def test_whose_code_it_was_gets_credit_once_and_can_have_it_as_money(firm: Firm) -> None:
    ann, bea = firm.person(), firm.person(BEA)
    with firm.house.store.write() as tx:
        edition = firm.house.editions.current(tx.conn)
        [code] = firm.house.quotes.offers.issue(tx, edition.book, "friend", 1, referrer=ann)
    made = firm.take(bea, service="treatment", codes=(code,))
    assert made.price.total == 9500
    with firm.house.store.write() as tx:
        firm.house.quotes.accept(tx, made.id)  # taking it again gives nothing again
    with firm.house.store.read() as conn:
        assert firm.house.purses.held(conn, ann, TODAY).credit == 1000
        assert firm.house.purses.held(conn, bea, TODAY).credit == 0
        # Credit never lapses.
        assert firm.house.purses.held(conn, ann, TODAY + datetime.timedelta(days=9999)).credit == 1000
    with firm.house.store.write() as tx:
        firm.house.purses.refund(tx, ann, 400, "asked at the desk", TODAY)
    for amount in (601, 0, -5):
        with pytest.raises(AgreementError) as error, firm.house.store.write() as tx:
            firm.house.purses.refund(tx, ann, amount, f"again {amount}", TODAY)
        assert error.value.code == "no_credit" and "$6.00" in error.value.text.en


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("credit", "20.00"), 0, "Done. $20.00 of credit is left."),
        (("refund", "5.00"), 1, "$0.00"),
        (("credit", "-5"), 1, "above zero"),
        (("credit", "0"), 1, "above zero"),
        (("credit", "NaN"), 1, "is not an amount of money"),
        (("credit", "1.005"), 1, "finer than the smallest coin"),
        (("credit", "1e99"), 1, "too large"),
        (("refund", ""), 1, "is not an amount of money"),
    ],
)
def test_credit_by_command(firm: Firm, words: tuple[str, ...], code: int, said: str) -> None:
    from click.testing import CliRunner

    from aboveboard.agreements.points_commands import points_group

    run = [words[0], "--why", "it rained", "--email", "ann@example.org", "--", words[1]]
    done = CliRunner().invoke(points_group, run, obj=firm.house)
    assert (done.exit_code, said in done.output) == (code, True), done.output
    if code == 0:
        again = CliRunner().invoke(points_group, run, obj=firm.house)
        assert "That was done before. $20.00" in again.output


# ------------------------------------------------------------------------------------------------------ liability
def test_what_is_owed_is_counted_on_the_day(firm: Firm) -> None:
    ann, bea = firm.person(), firm.person(BEA)
    firm.take(ann, service="treatment")
    firm.take(bea, service="treatment")
    with firm.house.store.write() as tx:
        assert firm.house.purses.give_credit(tx, bea, 700, "gift", TODAY)
        assert not firm.house.purses.give_credit(tx, bea, 700, "gift", TODAY)
    with firm.house.store.read() as conn:
        found = firm.house.purses.liability(conn, TODAY)
        later = firm.house.purses.liability(conn, TODAY + datetime.timedelta(days=400))
    assert (found.holders, found.points, found.owed, found.credit) == (2, 200, 160, 700)
    assert (later.points, later.owed, later.credit) == (0, 0, 700)
    assert "2 customers hold 200 points" in found.says.en and "we owe $1.60" in found.says.en


def test_nobody_changes_what_was_booked(firm: Firm) -> None:
    firm.take(firm.person(), service="treatment")
    for change in (sa.update(tables.ledger).values(amount=1), sa.delete(tables.ledger)):
        with pytest.raises(Exception, match="append-only"), firm.house.store.write() as tx:
            tx.conn.execute(change)
