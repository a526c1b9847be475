"""Offers over time: codes that are good once, budgets that run out in the middle, and two who come at the same moment."""

import threading
from decimal import Decimal

import pytest

from aboveboard.quotes.model import QuoteError
from aboveboard.store import StorageError
from tests.pricing.books import D, book, promotion, season, service, tier
from tests.quotes.conftest import ANN, BEA


def offer(name="spring", **more):
    return promotion(name, "2026-01-01", "2028-12-31", **({"percent": D("0.10")} | more))


def publish(clinic, *offers, **more):
    clinic.publish(book(promotions=list(offers), **more))


def issue(clinic, name="spring", count=1):
    with clinic.store.write() as tx:
        return clinic.quotes.offers.issue(tx, clinic.editions.current(tx.conn).book, name, count)


def take(clinic, quote):
    with clinic.store.write() as tx:
        return clinic.quotes.accept(tx, quote.id)


def refused(call, *args, **more):
    with pytest.raises(QuoteError) as found:
        call(*args, **more)
    return found.value


@pytest.mark.parametrize(
    ("codes", "total", "reason"),
    [
        ((), 10000, "promotion.no_code"),
        (("SPRING",), 9000, "promotion.percent"),
        ((" sp-ring ",), 9000, "promotion.percent"),
        (("SPRING", "spring"), 9000, "promotion.percent"),
    ],
)
def test_a_public_code(clinic, codes, total, reason):
    publish(clinic, offer(coupon="code", code="Spring"))
    quote = clinic.ask(codes=codes)
    assert quote.price.total == total
    assert next(step.reason for step in quote.price.steps if step.kind == "promotion") == reason


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (("WINTER",), "unknown_code"),
        (("",), "unknown_code"),
        (("'; DROP TABLE quotes_codes; --",), "unknown_code"),
        (("SPRING",) * 11, "too_many_codes"),
        (("\x00" * 5000,), "unknown_code"),
    ],
)
def test_codes_that_are_no_codes_save_nothing(clinic, codes, code):
    publish(clinic, offer(coupon="code", code="SPRING"))
    before = clinic.size()
    assert refused(clinic.ask, codes=codes).code == code
    assert clinic.size() == before


def test_a_code_of_its_own_is_good_once(clinic):
    publish(clinic, offer(coupon="own_codes"))
    (code,) = issue(clinic)
    first, second = clinic.ask(codes=(code,)), clinic.ask(codes=(code.lower(),))
    assert first.price.total == second.price.total == 9000
    assert take(clinic, first).quote.id == first.id
    assert refused(take, clinic, second).code == "offer_used_up"
    assert refused(clinic.ask, codes=(code,)).code == "code_used"


def test_taking_a_quote_twice_changes_nothing(clinic):
    publish(clinic, offer(uses=1))
    quote = clinic.ask()
    first = take(clinic, quote)
    again = take(clinic, quote)
    assert (first.entry, first.at) == (again.entry, again.at)


def test_a_budget_that_runs_out_in_the_middle(clinic):
    publish(clinic, offer(budget=D("25.00")))
    quotes = [clinic.ask() for _ in range(4)]
    assert [quote.price.total for quote in quotes] == [9000] * 4
    take(clinic, quotes[0])
    take(clinic, quotes[1])
    size = clinic.size()
    error = refused(take, clinic, quotes[2])
    assert error.code == "offer_used_up"
    assert "used up after this price was made" in error.text.en
    assert clinic.size() == size
    # 5.00 are left, which is too little for this order: it is priced without the offer, says so, and can be taken.
    after = clinic.ask()
    step = next(step for step in after.price.steps if step.kind == "promotion")
    assert (after.price.total, step.applied, step.reason) == (10000, False, "promotion.used_up")
    assert "too little of it is left" in step.why_not.en
    take(clinic, after)


def test_what_is_left_of_a_budget_goes_to_an_order_that_it_covers(clinic):
    publish(
        clinic,
        offer(budget=D("25.00"), per="order"),
        offer("small", amount=D("4.00"), percent=None, budget=D("25.00")),
    )
    for _ in range(2):
        take(clinic, clinic.ask())
    left = clinic.ask()
    # “spring” has 5.00 left of the 10.00 it would take, “small” has enough.
    assert left.price.total == 9600
    take(clinic, left)


def test_nobody_is_thanked_for_bringing_themselves(clinic):
    publish(clinic, offer("friend", referral=True), offer("other", coupon="own_codes"))
    ann, bea = clinic.visits(ANN, "2026-01-05"), clinic.visits(BEA, "2026-01-05")
    with clinic.store.write() as tx:
        book_now = clinic.editions.current(tx.conn).book
        (code,) = clinic.quotes.offers.issue(tx, book_now, "friend", 1, referrer=ann)
        spread = "-".join(code).lower()
    error = refused(clinic.ask, ann, codes=(spread,))
    assert error.code == "own_code"
    assert spread in error.text.en and "is yours to pass on" in error.text.en and "转送别人" in error.text.zh
    theirs = clinic.ask(bea, codes=(code,))
    assert theirs.price.total == 9000
    # The two turn out to be one person before she takes it: nothing is taken.
    with clinic.store.write() as tx:
        clinic.people.link(tx, bea, ANN)
    size = clinic.size()
    assert refused(take, clinic, theirs).code == "own_code"
    assert clinic.size() == size


def test_when_it_is_over_the_next_price_says_so(clinic):
    publish(clinic, offer(uses=2))
    for _ in range(2):
        take(clinic, clinic.ask())
    step = next(step for step in clinic.ask().price.steps if step.kind == "promotion")
    assert (step.reason, step.applied) == ("promotion.used_up", False)
    assert step.why_not.zh == "这项优惠已经用完，或剩下的不够这一单用。"


def test_so_often_for_each_customer(clinic):
    publish(clinic, offer(uses_each=1))
    ann, bea = clinic.visits(ANN, "2026-01-05"), clinic.visits(BEA, "2026-01-05")
    two = clinic.ask(ann), clinic.ask(ann)
    take(clinic, two[0])
    assert refused(take, clinic, two[1]).code == "offer_used_up"
    assert clinic.ask(ann).price.total == 10000
    assert clinic.ask(bea).price.total == 9000
    assert refused(take, clinic, clinic.ask()).code == "who"


def test_codes_at_the_same_moment_by_two_clients_once_is_once(make_clinic, store):
    clinic = make_clinic(store)
    publish(clinic, offer(coupon="own_codes", uses=50))
    (code,) = issue(clinic)
    quotes = [clinic.ask(codes=(code,)) for _ in range(8)]
    start, taken, errors = threading.Barrier(8), [], []

    def run(quote):
        start.wait(timeout=30)
        try:
            taken.append(take(clinic, quote))
        except QuoteError as error:
            errors.append(error.code)

    threads = [threading.Thread(target=run, args=(quote,)) for quote in quotes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(taken) == 1
    assert errors == ["offer_used_up"] * 7


def test_the_last_use_taken_by_eight_at_once(make_clinic, store):
    clinic = make_clinic(store)
    publish(clinic, offer(uses=3))
    quotes = [clinic.ask() for _ in range(8)]
    start, taken, errors = threading.Barrier(8), [], []

    def run(quote):
        start.wait(timeout=30)
        try:
            taken.append(take(clinic, quote))
        except QuoteError as error:
            errors.append(error.code)

    threads = [threading.Thread(target=run, args=(quote,)) for quote in quotes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (len(taken), errors) == (3, ["offer_used_up"] * 5)


def test_the_same_price_taken_by_eight_at_once_is_taken_once(make_clinic, store):
    clinic = make_clinic(store)
    publish(clinic, offer(uses=3))
    quote = clinic.ask()
    start, taken, errors = threading.Barrier(8), [], []

    def run():
        start.wait(timeout=30)
        try:
            taken.append(take(clinic, quote).entry)
        except (QuoteError, StorageError) as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert (len(taken), len(set(taken))) == (8, 1)


def test_a_price_that_has_lapsed_is_not_taken(clinic):
    publish(clinic, offer())
    quote = clinic.ask(at="2025-06-01")
    assert refused(take, clinic, quote).code == "lapsed"


@pytest.mark.parametrize(
    ("name", "count", "code"),
    [
        ("spring", 0, "bad_count"),
        ("spring", 10**9, "bad_count"),
        ("spring", -1, "bad_count"),
        ("other", 1, "no_codes"),
    ],
)
def test_codes_that_cannot_be_made(clinic, name, count, code):
    publish(clinic, offer(coupon="own_codes"), offer("other"))
    assert refused(issue, clinic, name, count).code == code


def test_no_code_stands_anywhere_in_clear(clinic, tmp_path):
    publish(clinic, offer(coupon="own_codes"))
    (code,) = issue(clinic)
    take(clinic, clinic.ask(codes=(code,)))
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert code.encode() not in file.read_bytes()


def test_what_is_taken_is_in_the_record_and_can_be_proven(clinic):
    publish(clinic, offer())
    accepted = take(clinic, clinic.ask())
    with clinic.store.read() as conn:
        entry = clinic.record.get(conn, accepted.entry)
        assert entry.kind == "price.accepted"
        assert entry.facts["total"] == 9000
        assert clinic.record.receipt(conn, accepted.entry)


def test_groups_conditions_and_a_rise_that_is_held(clinic):
    from aboveboard.book.model import Condition, Group, Guards, When
    from tests.pricing.books import both

    students = Group(
        id="students", name=both("Students"), criterion=both("A student card"), proof=both("Show the card")
    )
    less = Condition(
        id="less", name=both("less"), when=When(groups=["students"]), change=D("-0.2"), why=both("why")
    )
    clinic.publish(book(groups=[students], conditions=[less], guards=Guards(rise=Decimal("0.05"))))
    assert clinic.ask(groups=("students",)).price.total == 8000
    assert refused(clinic.ask, groups=("rich",)).code == "unknown_group"


def test_a_tier_that_is_proposed_instead_is_held_by_its_own_past(clinic, later):
    from aboveboard.book.model import Guards

    guards = Guards(rise=Decimal("0.10"), rise_days=30)
    for days, long in ((0, "70.00"), (1, "99.00")):
        later(days=days)
        tiers = [tier("standard", "100.00", ("therapist", "0.5")), tier("long", long, ("therapist", "0.5"))]
        clinic.publish(book(services=[service(*tiers)], guards=guards))
    instead = clinic.ask().body.alternatives[0]
    assert (instead.way, instead.total) == ("tier", 7700)
    assert clinic.ask(tier="long").price.total == 7700


def test_a_sudden_rise_is_held_at_what_the_book_promises(clinic, later):
    from aboveboard.book.model import Guards

    guards = Guards(rise=Decimal("0.05"), rise_days=30)
    clinic.publish(book(guards=guards))
    later(days=2)
    clinic.publish(book(guards=guards, seasons=[season("dear", "01-01", "12-31", "0.30")]))
    quote = clinic.ask()
    step = next(step for step in quote.price.steps if step.kind == "guard_rise")
    assert (quote.price.total, step.reason) == (10500, "guard_rise.lowered")
    assert "It cost $100.00 in the last 30 days" in step.basis.en
    with clinic.store.read() as conn:
        assert clinic.quotes.replay(conn, quote.id).total == 10500


@pytest.mark.parametrize(
    "usage", [{"photos": "NaN"}, {"photos": "-1"}, {"photos": "1e9"}, {"photos": ""}, {"photos": "١٢"}]
)
def test_usage_that_is_no_number(clinic, usage):
    clinic.publish(book())
    assert refused(clinic.ask, usage=usage).code == "bad_usage"


def test_a_larger_order_is_not_advised_by_a_budget_that_does_not_cover_it(clinic):
    """20.00 are left: enough for one with 10 % off, or two, and too little for a third."""
    publish(
        clinic,
        offer("pair", budget=D("20.00"), percent=D("0.10"), spend_least=D("200.00")),
        offer("three", budget=D("20.00"), percent=D("0.10"), spend_least=D("300.00")),
    )
    words = [each.words.en for each in clinic.ask().body.alternatives]
    assert len(words) == 1 and words[0].startswith("With 2 at once"), words
    found = clinic.ask(quantity=2)
    assert found.price.total == 18000
    assert found.body.alternatives == ()  # three would ask 30.00 of either budget
    told = clinic.ask().body.alternatives[0]
    real = clinic.ask(quantity=told.request.quantity)
    assert real.price.total == told.total * told.request.quantity
    take(clinic, real)
    # Nothing is left of “pair”, and “three” never had enough for three.
    assert clinic.ask().body.alternatives == ()


def test_a_smaller_bill_is_advised_by_a_budget_that_covers_it_though_not_the_one_asked_for(clinic):
    """9.50 are left: too little for 10 % of 100.00, enough for 10 % of the day after, in winter, at 90.00."""
    publish(clinic, offer(budget=D("9.50")), seasons=[season("winter", "12-01", "02-28", "-0.10")])
    quote = clinic.ask(at="2026-11-30")
    assert quote.price.total == 10000
    told = next(each for each in quote.body.alternatives if each.way == "day")
    assert told.total == 8100
    assert clinic.ask(at=told.request.on.isoformat()).price.total == told.total
