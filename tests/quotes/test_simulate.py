"""`aboveboard simulate`: a draft of the book on the prices that were really asked for, with people and with a report file."""

import itertools
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner

from aboveboard import store as clock
from aboveboard.quotes.simulation_commands import simulate_command
from tests.pricing.books import D, book, loyalty, promotion, service, tier
from tests.quotes.conftest import ANN


def run(house, *words, columns=160):
    runner = CliRunner(env={"COLUMNS": str(columns), "TERM": "dumb"})
    return runner.invoke(simulate_command, list(words), obj=house, catch_exceptions=False)


@pytest.fixture
def ann(house):
    with house.store.read() as conn:
        return house.people.find(conn, ANN)


def draft(tmp_path, **chapters):
    file = tmp_path / "draft.yaml"
    chapters.setdefault("loyalty", [loyalty("visits", (10, "-0.05"))])
    chapters.setdefault(
        "services",
        [service(tier("standard", "110.00", ("therapist", "1")), tier("long", "190.00", ("therapist", "2")))],
    )
    file.write_bytes(msgspec.yaml.encode(book(**chapters)))
    return str(file)


def ask(house, subject=None, **more):
    from aboveboard.quotes.model import QuoteRequest

    with house.store.write() as tx:
        return house.quotes.quote(
            tx, QuoteRequest(**({"service": "treatment", "at": "2026-11-30"} | more)), subject, "web"
        )


def report(house, *words):
    found = run(house, "--json", "--from", "2026-01-01", *words)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_a_dearer_draft(house, tmp_path):
    for quantity in (1, 2, 3):
        ask(house, quantity=quantity)
    ask(house, tier="long")
    found = report(house, draft(tmp_path))
    total = found["total"]
    assert (total["rows"], total["revenue_before"], total["revenue_after"]) == (
        4,
        60000 + 19000,
        66000 + 19000,
    )
    assert (total["more"], total["less"]) == (3, 0)
    assert {line["name"]: line["rows"] for line in found["tiers"]} == {
        "treatment/standard": 3,
        "treatment/long": 1,
    }


def test_a_persons_price_is_tried_with_the_facts_that_were_allowed(house, tmp_path, ann):
    first = ask(house, ann)
    assert first.price.facts_used == ("visits",)
    found = report(house, draft(tmp_path, loyalty=[loyalty("visits", (10, "-0.10"))]))
    assert (found["total"]["paid_before"], found["total"]["paid_after"]) == (9500, 9900)


def test_only_what_was_taken(house, tmp_path):
    ask(house)
    taken = ask(house, quantity=2)
    with house.store.write() as tx:
        house.quotes.accept(tx, taken.id)
    assert report(house, draft(tmp_path), "--taken")["total"]["revenue_before"] == 20000


def test_what_the_draft_breaks_is_told(house, tmp_path):
    ask(house)
    deep = draft(tmp_path, promotions=[promotion("deep", "2026-01-01", "2027-12-31", percent=D("0.6"))])
    found = report(house, deep)
    assert any("price.promotion_under_floor" in line for line in found["findings"])
    assert found["guards"]["guard_floor"][1] == 1


def test_the_findings_know_what_it_cost_before_as_those_of_a_plan_do(house, tmp_path):
    def shop(price, *offers):
        made = book(
            services=[service(tier("standard", price, ("therapist", "0.1")), margin="0", goods=True)],
            promotions=list(offers),
            currency="EUR",
        )
        return msgspec.structs.replace(made, business=msgspec.structs.replace(made.business, place="DE"))

    with house.store.write() as tx:
        house.editions.publish(tx, msgspec.yaml.encode(shop("50.00")).decode())
    today = clock.now().astimezone(ZoneInfo(shop("50.00").business.timezone)).date()
    offer = promotion("sale", str(today), str(today + timedelta(days=60)), percent=D("0.10"))
    file = tmp_path / "dearer.yaml"
    file.write_bytes(msgspec.yaml.encode(shop("60.00", offer)))
    said = report(house, str(file))["findings"]
    with house.store.read() as conn:
        plan = house.editions.plan(conn, file.read_text(), today, file.name)
    assert said == [finding.say("en") for finding in plan.findings]
    assert any("costs €45.00, not €54.00" in line for line in said), said


def test_the_table_in_both_languages(house, tmp_path):
    ask(house)
    english, chinese = run(house, draft(tmp_path)), run(house, draft(tmp_path), "--lang", "zh")
    assert "1 prices under both books" in english.output
    assert "两本账本下的 1 个价格" in chinese.output


def test_no_amount_is_cut_off_on_a_narrow_screen(house, tmp_path):
    """A table of eight amounts once said “$355.…” on 80 columns."""
    ask(house, quantity=1000)
    for lang, columns in itertools.product(("en", "zh"), (80, 60, *range(18, 34))):
        found = run(house, draft(tmp_path), "--lang", lang, columns=columns).output
        assert "…" not in found
        total = report(house, draft(tmp_path))["total"]
        for name in ("revenue_before", "revenue_after", "margin_before", "margin_after"):
            assert f"{total[name] / 100:,.2f}" in found
    assert "(treatment/standard)" in found


def test_an_attribute_is_only_reported(house, tmp_path, ann):
    from aboveboard.people.model import normalise

    with house.store.write() as tx:
        house.people.link(tx, ann, normalise("customer", "A-17", "US"))
    ask(house, ann)
    ask(house)
    file = tmp_path / "ages.csv"
    file.write_text("customer,age\nA-17,60s\nA-99,20s\n,30s\n", "utf-8")
    found = report(house, draft(tmp_path), "--report", str(file))
    assert [(line["name"], line["rows"]) for line in found["attributes"]["age"]] == [("60s", 1)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"number,age\n1,2\n", "there is no column"),
        (b"", "there is no column"),
        (b"customer,age\n\xff\xfe,1\n", "cannot be read as UTF-8"),
        (b"customer,x\n" + b"".join(b"A-17,%d\n" % n for n in range(60)), "more than 50 values"),
    ],
)
def test_report_files_that_cannot_be(house, tmp_path, ann, content, sentence):
    from aboveboard.people.model import normalise

    with house.store.write() as tx:
        house.people.link(tx, ann, normalise("customer", "A-17", "US"))
    ask(house)
    file = tmp_path / "report.csv"
    file.write_bytes(content)
    found = run(house, draft(tmp_path), "--report", str(file))
    assert found.exit_code == 1
    assert sentence in found.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--from", "yesterday"), "Write days like"),
        (("--from", "2027-01-01", "--to", "2026-01-01"), "must not be after"),
        (("--to", "9999-12-31", "--from", "0001-01-01"), "Write days like"),
    ],
)
def test_spans_that_cannot_be(house, tmp_path, words, sentence):
    found = run(house, draft(tmp_path), *words)
    assert found.exit_code == 2
    assert sentence in found.output


def test_a_draft_that_cannot_be_read(house, tmp_path):
    file = tmp_path / "draft.yaml"
    for content in (b"", b"\xff\xfe", b"book: 1\n", b"[" * 50):
        file.write_bytes(content)
        found = run(house, str(file))
        assert (found.exit_code, "Traceback" in found.output) == (1, False)
        assert "draft.yaml:1:1" in found.output or "draft.yaml" in found.output


def test_nothing_was_asked(house, tmp_path):
    assert "No quotes in this time" in run(house, draft(tmp_path)).output
