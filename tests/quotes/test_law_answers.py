"""The owner's answers and the owner's rules in a quote: they decide, they are named with their source, old prices keep theirs."""

from __future__ import annotations

import datetime
import json
import re

import msgspec
import pytest
from click.testing import CliRunner

from aboveboard import store as clock
from aboveboard.book.model import Law, LawFact, Text
from aboveboard.editions.service import Editions
from aboveboard.law import vocabulary
from aboveboard.law.library import Own
from aboveboard.pricing import lawful as laws
from aboveboard.quotes.commands import quote_command
from aboveboard.quotes.law_commands import law_group
from aboveboard.quotes.law_review import replayed
from aboveboard.quotes.model import QuoteRequest
from aboveboard.quotes.service import Quotes
from tests.pricing.books import promotion
from tests.quotes.conftest import ANN, MONDAYS
from tests.quotes.test_lawful import OWN, outcomes, shop

LEASE = Text(en="The lease of 2024", zh="2024 年的租约")
BAN = "us-md.13-321.grocery-price-without-personal-data"

CAP = "us-ca.own-promise.s1.no-price-above"
FEET = "store.square_feet"


def says(fact, value, since="2026-01-01", **scope):
    return LawFact(fact=fact, value=value, since=datetime.date.fromisoformat(since), source=LEASE, **scope)


def told(book, *facts, packs=()):
    return msgspec.structs.replace(book, law=Law(facts=list(facts), packs=list(packs)))


def regular(clinic):
    subject = clinic.visits(ANN, *MONDAYS)
    clinic.says(ANN, "allow")
    return subject


@pytest.mark.parametrize(
    ("value", "used", "outcome"),
    [("14999", ("visits",), None), ("15000", (), "pass"), (None, (), "undecided")],
)
def test_an_answer_decides_what_was_open(make_clinic, store, value, used, outcome):
    clinic = make_clinic(store)
    clinic.publish(told(shop("US-MD", sector="grocery"), *([says(FEET, value)] if value else [])))
    made = clinic.ask(regular(clinic), at=None)
    assert made.price.facts_used == used
    assert outcomes(made).get(BAN) == outcome
    said = next((each for each in made.to_json("en")["rules"] if each["rule"] == BAN), None)
    if outcome == "pass":
        assert said["answers"] == [
            {"fact": FEET, "value": 15000, "since": "2026-01-01", "source": "The lease of 2024"}
        ]
        with store.read() as conn:
            assert clinic.quotes.get(conn, made.id).body == made.body
    elif said is not None:
        assert (said["answers"], said["missing"]) == ([], [FEET])


def test_the_gate_and_the_price_law_hear_the_same_answer(clinic):
    grocer = shop("US-MD", sector="grocery")
    grocer = msgspec.structs.replace(
        grocer, business=msgspec.structs.replace(grocer.business, kind="grocery")
    )
    clinic.publish(told(grocer, says(FEET, "15000")))
    subject = regular(clinic)
    large = clinic.ask(subject, at=None)
    clinic.publish(told(grocer, says(FEET, "14999")))
    small = clinic.ask(subject, at=None)
    assert (large.price.facts_used, small.price.facts_used) == ((), ("visits",))
    assert large.body.gate.rule == "law:us-md.13-321.no-personal-grocery-prices"


def test_an_answer_counts_from_its_day_and_an_old_price_keeps_its_own(clinic):
    clinic.publish(told(shop("US-MD", sector="grocery"), says(FEET, "16000")))
    old = clinic.ask(at=None)
    tomorrow = (clock.now() + datetime.timedelta(days=2)).date().isoformat()
    clinic.publish(told(shop("US-MD", sector="grocery"), says(FEET, "16000"), says(FEET, "900", tomorrow)))
    assert outcomes(clinic.ask(at=None))[BAN] == "pass"
    clinic.publish(told(shop("US-MD", sector="grocery"), says(FEET, "900")))
    assert BAN not in outcomes(clinic.ask(at=None))
    with clinic.store.read() as conn:
        library = clinic.editions.library(clinic.editions.at(conn, old.edition))
        found = clinic.quotes.get(conn, old.id)
        assert {rule: again for rule, _, again in replayed(found, library)}[BAN] == "pass"
        assert found.body.law.answers[0].value == 16000


def test_a_line_in_the_book_never_changes_what_the_price_itself_says(clinic):
    """Even a book that was published without a check cannot talk a price's own facts away."""
    lies = [
        says("display.first_price", "1"), says("display.currency", "CNY"), says("offer.kind", "service"),
        says("price.mandatory_charges", ["0"]), says("business.place", "US-NV"), says("price.tool_binds", "true"),
    ]  # fmt: skip
    clinic.publish(shop("CN"))
    honest = clinic.ask(at=None)
    clinic.publish(told(shop("CN"), *lies))
    lied = clinic.ask(at=None)
    assert (lied.body.law.rules, lied.body.law.facts, lied.body.law.answers) == (
        honest.body.law.rules, honest.body.law.facts, (),
    )  # fmt: skip
    assert outcomes(lied)["cn.samr56.rmb-and-chinese"] == "fail"


def test_what_is_said_of_an_offer_counts_for_that_offer(clinic):
    today = clock.now().date()
    sale = promotion("sale", str(today), str(today + datetime.timedelta(days=9)), percent="0.20")
    rule = "cn.price-law.art14-4.no-false-price"
    made_for = shop("CN", offers=[sale], currency="CNY")
    at = str(today + datetime.timedelta(days=1))
    clinic.publish(made_for)
    assert outcomes(clinic.ask(at=at))[rule] == "undecided"
    clinic.publish(told(made_for, says("promo.claims_true", "true", promotions=["sale"])))
    quote = clinic.ask(at=at)
    assert outcomes(quote)[rule] == "pass" and quote.body.law.answers[0].source.en == "The lease of 2024"
    clinic.publish(told(made_for, says("promo.claims_true", "false", promotions=["sale"])))
    assert outcomes(clinic.ask(at=at))[rule] == "fail"


# ------------------------------------------------------------------------------------------------------- own packs
def with_pack(limit):
    return (Own("house.yaml", OWN.format(limit=limit, more=limit + 1)),)


def publish(clinic, book, own):
    with clinic.store.write() as tx:
        clinic.editions.publish(tx, msgspec.yaml.encode(book).decode(), own)


def test_a_rule_of_the_book_judges_and_an_old_price_is_judged_by_the_rule_of_its_day(make_clinic, store):
    clinic = make_clinic(store)
    book = told(shop(), packs=["house.yaml"])
    publish(clinic, book, with_pack(20000))
    old = clinic.ask(at=None)
    publish(clinic, book, with_pack(9000))
    new = clinic.ask(at=None)
    assert (outcomes(old)[CAP], outcomes(new)[CAP], old.edition, new.edition) == ("pass", "fail", 1, 2)
    # A worker on another machine has the database, no file, and none of this process's memory.
    editions = Editions(clinic.record)
    quotes = Quotes(clinic.record, clinic.people, clinic.gate, editions)
    with store.read() as conn:
        for quote in (old, new):
            found = quotes.get(conn, quote.id)
            library = editions.library(editions.at(conn, found.edition))
            lines = {rule: (then, again) for rule, then, again in replayed(found, library)}
            assert lines[CAP] == (outcomes(quote)[CAP],) * 2
    publish(clinic, shop(), ())
    assert CAP not in outcomes(clinic.ask(at=None))


def run(house, *words):
    ran = CliRunner().invoke(law_group, list(words), obj=house)
    return ran.exit_code, ran.output


def test_the_commands_know_the_packs_of_the_book_in_force(house, tmp_path, monkeypatch):
    monkeypatch.setenv("ABOVEBOARD_HOME", str(house.settings.home))
    monkeypatch.setenv("ABOVEBOARD_KEYS", str(house.settings.keys_folder))
    assert CAP not in run(house, "rules", "--place", "US-CA")[1]
    with house.store.write() as tx:
        text = house.editions.current(tx.conn).text
        house.editions.publish(tx, text + "\n", with_pack(20000))
        quote = house.quotes.quote(tx, QuoteRequest("treatment"))
    assert CAP in run(house, "rules", "--place", "US-CA")[1]
    code, said = run(house, "show", CAP, "--json")
    assert code == 0 and json.loads(said)["pack"] == "own"
    code, said = run(house, "test", "own")
    assert code == 0 and said.startswith("own ")
    assert "own " in run(house, "test")[1]
    code, said = run(house, "replay", quote.id)
    assert code == 0 and f"{CAP}: holds" in said
    file = tmp_path / "own.yaml"
    file.write_text(with_pack(9000)[0].text, "utf-8")
    changed = json.loads(run(house, "plan", str(file), "--json")[1])
    assert changed["in_use"] is not None and changed["rules"][0]["change"] == "changed"


def test_the_commands_know_the_packs_of_a_draft(house, tmp_path):
    draft = tmp_path / "business.yaml"
    draft.write_text(msgspec.yaml.encode(told(shop(), packs=["house.yaml"])).decode(), "utf-8")
    code, said = run(house, "rules", "--book", str(draft))
    assert code == 1 and "There is no file “house.yaml” beside the book." in said
    (tmp_path / "house.yaml").write_text(with_pack(20000)[0].text, "utf-8")
    assert CAP in run(house, "rules", "--book", str(draft))[1]
    assert run(house, "show", CAP, "--book", str(draft))[0] == 0
    assert run(house, "test", "own", "--book", str(draft))[0] == 0
    (tmp_path / "house.yaml").write_text(
        with_pack(20000)[0].text.replace("expect: fail", "expect: pass"), "utf-8"
    )
    code, said = run(house, "rules", "--book", str(draft))
    assert code == 1 and "does not prove its rules" in said
    assert run(house, "test", "own", "--book", str(draft))[0] == 1


def test_a_pack_past_its_review_warns_in_each_price(house):
    text = OWN.format(limit=20000, more=20001)
    late = re.sub(r"next_review_due: [0-9-]+", "next_review_due: 2026-01-01", text)
    assert late != text
    with house.store.write() as tx:
        book = house.editions.current(tx.conn).text
        house.editions.publish(tx, book + "\n", (Own("house.yaml", late),))
    ran = CliRunner().invoke(quote_command, ["treatment", "--json"], obj=house)
    warned = {rule["rule"]: rule["warnings"] for rule in json.loads(ran.output)["rules"]}
    assert "past_review" in warned.pop(CAP) and not any("past_review" in each for each in warned.values())
    shown = CliRunner().invoke(quote_command, ["treatment", "--lang", "zh"], obj=house)
    assert "这些规则包早该重新核对了：own。" in shown.output


def test_lists_and_deadlines_warn_of_a_pack_past_its_review():
    code, said = run(None, "rules", "--place", "GB", "--on", "2027-02-02")
    assert code == 0 and "Warning: the pack prices-gb should have been reviewed by 2027-02-01." in said
    assert "Warning" not in run(None, "rules", "--place", "GB", "--on", "2027-02-01")[1]
    told = json.loads(run(None, "rules", "--place", "GB", "--on", "2027-02-02", "--json")[1])
    assert {rule["past_review"] for rule in told if rule["pack"] == "prices-gb"} == {True}
    code, said = run(None, "show", "gb.dmcca.s230.total-price-first", "--on", "2027-02-02", "--lang", "zh")
    assert code == 0 and "提醒：规则包 prices-gb 本该在 2027-02-01 以前复查。" in said


def test_what_the_program_knows_of_a_setting_no_answer_changes_even_if_it_could_be_asked():
    """A belt beside the braces: should somebody put a question on such a fact, the program's own word still stands."""
    known = vocabulary.shipped()
    askable = {
        **known,
        "offer.kind": msgspec.structs.replace(known["offer.kind"], asks=vocabulary.Asks("What?", "什么？")),
    }
    book = told(shop("DE"), says("offer.kind", "goods"))
    setting = laws.setting(book, book.services[0], "DE", "web", clock.now().date(), askable)
    assert setting.fixed["offer.kind"] == "service" and setting.answers == {}
