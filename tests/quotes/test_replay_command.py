"""Prices that were given, made again by command: the same cents, or which step is another."""

import json
import zlib
from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from aboveboard.editions.service import EditionError
from aboveboard.quotes import tables
from aboveboard.quotes.model import QuoteRequest
from aboveboard.quotes.replay_commands import replay_command
from aboveboard.quotes.replaying import replay, replay_all
from tests.quotes.conftest import ANN


@pytest.fixture
def run(house):
    return lambda *words: CliRunner().invoke(replay_command, list(words), obj=house)


@pytest.fixture
def given(house):
    """A price for anyone and one for Ann, who came ten times."""
    with house.store.write() as tx:
        ann = house.people.find(tx.conn, ANN)
        return house.quotes.quote(tx, QuoteRequest("treatment")), house.quotes.quote(
            tx, QuoteRequest("treatment", tier="long", quantity=2), ann
        )


def test_old_prices_come_out_the_same_under_a_new_book(house, run, given):
    with house.store.write() as tx:
        text = house.editions.current(tx.conn).text.replace("100.00", "130.00").replace("190.00", "250.00")
        house.editions.publish(tx, text)
    anyone, ann = given
    done = run(anyone.id, ann.id)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"{anyone.id}  The same to the cent: $100.00, by edition 1 of the book.",
        f"{ann.id}  The same to the cent: ${ann.price.total / 100:.2f}, by edition 1 of the book.",
    ]
    assert ann.price.facts_used == ("visits",)
    assert (
        run("--all", "--lang", "zh").output
        == "重新算过：2 个分毫不差，0 个不一致。客户已删除、无法再读的：0 个。\n"
    )
    told = [json.loads(line) for line in run("--all", "--json").output.splitlines()]
    assert sorted(each["quote"] for each in told) == sorted([anyone.id, ann.id])
    assert {each["state"] for each in told} == {"same"}


def _rewrite(house, quote, change):
    with house.store.write() as tx:
        row = tx.conn.execute(sa.select(tables.quotes).where(tables.quotes.c.id == quote.id)).one()
        plain = house.quotes.plain(tx.conn, row)
        packed = zlib.compress(change(plain))
        if row.subject is not None:
            packed = house.record.seal_for(tx.conn, row.subject, packed)
    _set(house, quote, body=packed)


def _set(house, quote, **columns):
    with house.store.write() as tx:
        tx.conn.execute(sa.update(tables.quotes).where(tables.quotes.c.id == quote.id).values(**columns))


@pytest.mark.parametrize("which", [0, 1], ids=["anyone's", "a person's"])
def test_a_price_that_somebody_changed_is_told(house, run, given, which):
    quote = given[which]
    total = str(quote.price.total).encode()
    _rewrite(house, quote, lambda plain: plain.replace(b'"total":' + total, b'"total":' + total + b"0"))
    done = run(quote.id)
    assert done.exit_code == 1
    assert "not what the record says" in done.output
    assert run("--all").output.endswith(
        "Made again: 1 the same to the cent, 1 not. Of erased customers, and unreadable: 0.\n"
    )


@pytest.mark.parametrize("which", [0, 1], ids=["anyone's", "a person's"])
@pytest.mark.parametrize("body", [b"", b"nonsense" * 9], ids=["nothing", "nonsense"])
def test_a_price_that_was_damaged_is_told(house, run, given, which, body):
    quote = given[which]
    _set(house, quote, body=body)
    done = run(quote.id)
    assert (done.exit_code, "not what the record says" in done.output) == (1, True), done.output


def test_a_price_that_was_put_under_another_book_is_told(house, run, given):
    with house.store.write() as tx:
        text = house.editions.current(tx.conn).text
        house.editions.publish(tx, text.replace("190.00", "250.00"))
    _set(house, given[0], edition=2)
    done = run(given[0].id)
    assert (done.exit_code, "not what the record says" in done.output) == (1, True)


def test_an_edition_that_is_gone_is_told(house, run, given, monkeypatch):
    def gone(conn, number):
        raise EditionError(f"There is no edition {number} of the book.")

    monkeypatch.setattr(house.editions, "at", gone)
    assert run(given[0].id).exit_code == 1


def test_the_price_without_personal_facts_is_made_again_too(house, given, monkeypatch):
    quote = given[1]
    assert quote.body.without is not None
    again = house.quotes.again

    def dearer_for_all(conn, of):
        made, common = again(conn, of)
        *steps, last = common.steps
        return made, replace(common, steps=(*steps, replace(last, amount=last.amount + 1)))

    monkeypatch.setattr(house.quotes, "again", dearer_for_all)
    with house.store.read() as conn:
        [found] = replay(conn, house.quotes, [quote.id])
    assert (found.state, found.then) == ("differs", found.again)


def test_another_price_names_its_first_other_step(house, given, monkeypatch):
    """As if the program reckoned otherwise today: the book of that edition gives another list price."""
    book = house.editions.at
    anyone = given[0]

    def dearer(conn, number):
        edition = book(conn, number)
        text = edition.text.replace("100.00", "110.00")
        return replace(edition, book=msgspec.yaml.decode(text, type=type(edition.book)))

    monkeypatch.setattr(house.editions, "at", dearer)
    with house.store.read() as conn:
        found = {each.quote: each for each in replay_all(conn, house.quotes)}[anyone.id]
    assert (found.state, found.then, found.again, found.good) == ("differs", 10000, 11000, False)
    assert found.step is not None and found.step.en == "From our cost to the list price"
    done = CliRunner().invoke(replay_command, [anyone.id], obj=house)
    assert done.exit_code == 1
    assert "it was $100.00 and is $110.00 now" in done.output
    assert (
        "当时 100.00 美元，现在 110.00 美元"
        in CliRunner().invoke(replay_command, [anyone.id, "--lang", "zh"], obj=house).output
    )


def test_a_price_of_an_erased_customer_is_told_and_no_fault(house, run, given):
    with house.store.write() as tx:
        house.people.erase(tx, given[1].subject, "asked")
    done = run(given[1].id)
    assert (done.exit_code, "was erased" in done.output) == (0, True)


@pytest.mark.parametrize("words", [(), ("--all", "x")])
def test_what_to_replay_must_be_said(run, words):
    done = run(*words)
    assert done.exit_code == 2
    assert "Name the prices to make again, or write --all." in done.output


@pytest.mark.parametrize("odd", ["nonsense", "' OR 1=1", "0" * 32, "价格"])
def test_an_unknown_price_is_told(run, odd):
    done = run(odd)
    assert (done.exit_code, "There is no such price here." in done.output) == (1, True)
