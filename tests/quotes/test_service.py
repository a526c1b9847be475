"""The bridge: what the gate lets through reaches the price, and nothing else does."""

import hashlib
import json
from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa

from aboveboard.pricing import AllowedFacts, PriceError, price
from aboveboard.proof import canonical
from aboveboard.quotes import tables
from aboveboard.quotes.model import QuoteError, QuoteRequest
from aboveboard.record import tables as record_tables
from tests.pricing.books import book, loyalty
from tests.quotes.conftest import ANN, BEA, MONDAYS


def entry_of(clinic, quote):
    with clinic.store.read() as conn:
        entry = clinic.record.get(conn, quote.id)
        return entry, clinic.record.open(conn, entry)


@pytest.mark.parametrize(
    ("said", "signal", "total", "used", "allowed", "reason"),
    [
        pytest.param([], False, 10925, [], False, "default", id="nothing said is a no"),
        pytest.param(["allow"], False, 10379, ["visits"], True, "choice", id="a yes lets the visits in"),
        pytest.param(["allow", "deny"], False, 10925, [], False, "choice", id="a no after it shuts them out"),
        pytest.param(
            ["deny", "allow"], False, 10379, ["visits"], True, "choice", id="and a yes after that opens again"
        ),
    ],
)
def test_the_gate_decides_what_a_price_may_use(clinic, said, signal, total, used, allowed, reason):
    subject = clinic.visits(ANN, *MONDAYS)
    for decision in said:
        clinic.says(ANN, decision)
    quote = clinic.ask(subject, signal=signal)
    assert (quote.price.total, list(quote.price.facts_used)) == (total, used)
    assert (quote.body.gate.allowed, quote.body.gate.reason) == (allowed, reason)
    assert quote.without.total == 10925
    assert quote.body.facts == (AllowedFacts(visits=10, months=10) if allowed else AllowedFacts())


def test_a_yes_that_nobody_proved_opens_nothing(clinic):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow", proven=False)
    quote = clinic.ask(subject)
    assert (quote.price.total, quote.body.gate.reason) == (10925, "unconfirmed")


def test_a_browser_signal_is_passed_on_to_the_gate(clinic, book_of_prices):
    """A book that lets the signal speak for personal prices: the browser says no, so nothing is used."""
    purpose = msgspec.structs.replace(book_of_prices.purposes[0], gpc=True, default={"US-CA": "allow"})
    clinic.publish(msgspec.structs.replace(book_of_prices, purposes=[purpose]))
    subject = clinic.visits(ANN, *MONDAYS)
    assert clinic.ask(subject).price.facts_used == ("visits",)
    assert clinic.ask(subject, signal=True).price.facts_used == ()
    assert clinic.ask(subject, signal=True).body.gate.reason == "signal"


def test_only_facts_that_the_purpose_names_are_handed_on(clinic, book_of_prices):
    purpose = msgspec.structs.replace(book_of_prices.purposes[0], facts=["months"])
    clinic.publish(msgspec.structs.replace(book_of_prices, purposes=[purpose]))
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    quote = clinic.ask(subject)
    assert quote.body.facts == AllowedFacts(months=10)
    assert quote.price.facts_used == ()
    assert quote.price.total == 10925


def test_a_book_without_personal_prices_uses_nothing(clinic, book_of_prices):
    plain = msgspec.structs.replace(book_of_prices.purposes[0], kind="statistics", facts=[])
    clinic.publish(msgspec.structs.replace(book_of_prices, purposes=[plain], loyalty=[]))
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow", "all")
    quote = clinic.ask(subject)
    assert (quote.body.gate.allowed, quote.body.gate.reason, quote.price.facts_used) == (
        False,
        "not_declared",
        (),
    )
    assert "everyone pays the same" in quote.to_json("en")["gate"]["explanation"]


def test_one_persons_visits_never_reach_another(clinic):
    clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    bea = clinic.says(BEA, "allow")
    quote = clinic.ask(bea)
    assert quote.body.facts == AllowedFacts(visits=0, months=0)
    assert (quote.price.total, quote.price.facts_used) == (10925, ("visits",))


@pytest.mark.parametrize(
    ("at", "visits"), [("2026-01-02", 0), ("2026-01-03", 1), ("2026-10-03", 10), ("2027-11-01", 10)]
)
def test_visits_are_counted_up_to_the_day_of_the_price(clinic, at, visits):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    assert clinic.ask(subject, at=at).body.facts.visits == visits


# ------------------------------------------------------------------------------------------------- record and storage
def test_an_anonymous_price_stands_in_clear(clinic):
    quote = clinic.ask(quantity=2)
    entry, personal = entry_of(clinic, quote)
    told = dict(entry.facts)
    digest = told.pop("sha256")
    assert (entry.kind, entry.subject, personal) == ("price.quoted", None, None)
    assert told == {
        "service": "treatment",
        "tier": "standard",
        "quantity": 2,
        "on": "2026-11-30",
        "total": 21850,
        "floor": 16000,
        "currency": "USD",
        "edition": 1,
    }
    assert digest == hashlib.sha256(canonical.dumps(msgspec.to_builtins(quote.body))).hexdigest()


def test_a_price_for_a_person_is_sealed(clinic):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    quote = clinic.ask(subject)
    entry, personal = entry_of(clinic, quote)
    assert (entry.subject, entry.facts) == (subject, {"edition": 1})
    assert personal["total"] == 10379
    assert personal["facts"] == {"visits": 10}
    assert personal["without_personal"] == 10925
    with clinic.store.read() as conn:
        stored = bytes(conn.execute(sa.select(tables.quotes.c.body)).scalar_one())
    for clear in (b"treatment", b"10379", b"visits"):
        assert clear not in stored
        assert clear not in entry.leaf


def test_a_quote_is_found_again_as_it_was(clinic):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    for quote in (clinic.ask(), clinic.ask(subject, quantity=3, at="2027-01-15")):
        with clinic.store.read() as conn:
            found = clinic.quotes.get(conn, quote.id)
        assert found == quote
        assert found.to_json() == quote.to_json()
        assert found.price.steps == quote.price.steps


def test_an_unknown_quote_is_none(clinic):
    with clinic.store.read() as conn:
        for wanted in ("", "0" * 32, "../etc", "x" * 10_000):
            assert clinic.quotes.get(conn, wanted) is None
            assert clinic.quotes.replay(conn, wanted) is None


def test_yesterdays_quote_is_explained_by_yesterdays_book(clinic, book_of_prices):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    old = [clinic.ask(subject, quantity=2), clinic.ask(at="2027-01-15")]
    dearer = msgspec.structs.replace(
        book_of_prices, loyalty=[loyalty("visits", (1, "-0.50"))], seasons=[], costs=[]
    )
    dearer = msgspec.structs.replace(dearer, costs=book().costs, taxes=book(tax="0.20").taxes)
    clinic.publish(dearer)
    clinic.says(ANN, "deny")
    assert clinic.ask(subject).price.total == 12000
    with clinic.store.read() as conn:
        for quote in old:
            assert clinic.quotes.replay(conn, quote.id) == quote.price


def test_history_shows_ones_own_prices_newest_first_under_all_ones_numbers(clinic):
    ann, bea = clinic.visits(ANN, *MONDAYS), clinic.visits(BEA)
    first, other, second = clinic.ask(ann), clinic.ask(bea), clinic.ask(ann, quantity=2)
    clinic.ask()
    with clinic.store.read() as conn:
        assert [quote.id for quote in clinic.quotes.history(conn, ann)] == [second.id, first.id]
        assert [quote.id for quote in clinic.quotes.history(conn, ann, limit=1)] == [second.id]
    with clinic.store.write() as tx:
        kept = clinic.people.link(tx, ann, BEA)
    with clinic.store.read() as conn:
        for number in (kept, ann, bea):
            assert {quote.id for quote in clinic.quotes.history(conn, number)} == {
                first.id,
                other.id,
                second.id,
            }


def test_after_two_numbers_became_one_person_the_old_number_still_finds_the_visits(clinic):
    ann, bea = clinic.visits(ANN, *MONDAYS[:5]), clinic.visits(BEA, *MONDAYS[5:])
    with clinic.store.write() as tx:
        clinic.people.link(tx, ann, BEA)
    clinic.says(ANN, "allow")
    assert clinic.ask(bea).body.facts.visits == clinic.ask(ann).body.facts.visits == 10


def test_when_a_person_is_erased_so_are_their_prices(clinic):
    subject = clinic.visits(ANN, *MONDAYS)
    quote = clinic.ask(subject)
    with clinic.store.write() as tx:
        tx.conn.execute(sa.update(record_tables.subjects).values(wrapped=None))
    with clinic.store.read() as conn:
        assert clinic.quotes.get(conn, quote.id) is None
        assert clinic.quotes.history(conn, subject) == []


def test_a_price_that_failed_leaves_no_trace(clinic):
    with clinic.store.read() as conn:
        before = clinic.record.size(conn)
    for wrong in ({"service": "nothing"}, {"quantity": 0}, {"at": "soon"}):
        with pytest.raises((PriceError, QuoteError)):
            clinic.ask(**wrong)
    with clinic.store.read() as conn:
        assert clinic.record.size(conn) == before
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.quotes)).scalar_one() == 0


def test_both_databases_give_the_same_quote(make_clinic, store, book_of_prices):
    clinic = make_clinic(store)
    clinic.publish(book_of_prices)
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    made = store.submit(
        lambda tx: clinic.quotes.quote(tx, QuoteRequest("treatment", at="2026-11-30"), subject)
    ).result()
    with store.read() as conn:
        assert clinic.quotes.get(conn, made.id) == made
        assert clinic.quotes.replay(conn, made.id) == made.price
    assert made.price.total == 10379


def test_before_the_first_book_there_is_no_price(make_clinic, sqlite_store):
    with pytest.raises(QuoteError, match="not published") as caught:
        make_clinic(sqlite_store).ask()
    assert caught.value.code == "no_book"


# --------------------------------------------------------------------------------------------------------- the answer
def test_the_answer_for_programs(clinic):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    quote = clinic.ask(subject)
    told = json.loads(json.dumps(quote.to_json()))
    assert told["total"] == 10379
    assert told["without_personal"] == 10925
    assert told["facts_used"] == ["visits"]
    assert told["floor"] == 8000
    assert sum(step["amount"] for step in told["steps"]) == told["total"]
    assert sum(step["amount"] for step in told["without_personal_steps"]) == told["without_personal"]
    loyal = next(step for step in told["steps"] if step["kind"] == "loyalty")
    assert loyal["facts"] == ["visits"]
    assert set(loyal["label"]) == set(loyal["basis"]) == {"en", "zh"}
    assert told["steps"][0]["detail"][0]["how"]["en"] == "1 h × $60.00"
    assert clinic.record.entry_of(told["receipt"]) == told["id"]
    assert "Without your visit count you would pay $109.25" in told["explanation_without"]["en"]
    assert quote.to_json("zh")["steps"][0]["label"] == "我们的成本"


def test_a_quote_agrees_with_pricing_alone(clinic, book_of_prices):
    quote = clinic.ask(quantity=7, at="2027-02-28")
    assert quote.price == price(book_of_prices, replace(quote.price.request, tier=None), AllowedFacts())
