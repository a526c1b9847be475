"""What `plan`, `apply` and `law plan` say of those who hold a price or have an agreement: how many, from when, by when."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from aboveboard.book.model import Book, Existing
from aboveboard.editions.commands import apply_command, plan_command
from aboveboard.editions.plan import Plan
from aboveboard.quotes.law_commands import law_group
from tests.agreements.conftest import BEA, Firm, the_book
from tests.pricing.books import service, tier

DAY = datetime.timedelta(days=1)


def plans(
    price: str = "100.00", way: str | None = None, on: datetime.date | None = None, **more: Any
) -> Book:
    """The firm's book with another price for the plan by the month, and what the book says of those who have it."""
    existing = Existing(way=way, on=on) if way else None
    plan = service(
        tier("standard", price, ("therapist", "1")), tier("plus", "150.00", ("therapist", "1")),
        name="plan", unit="month", existing=existing,
    )  # fmt: skip
    return the_book(services=[plan, the_book().services[1]], **more)


def text(published: Book) -> str:
    return msgspec.yaml.encode(published).decode()


def today(firm: Firm) -> datetime.date:
    with firm.house.store.read() as conn:
        return firm.house.agreements.today(conn, datetime.datetime.now(datetime.UTC))


def planned(firm: Firm, draft: Book) -> Plan:
    with firm.house.store.read() as conn:
        made = firm.house.editions.plan(conn, text(draft), today(firm))
    assert made.ok, [finding.say("en") for finding in made.findings]
    return made


def concern(made: Plan, kind: str) -> dict[str, Any]:
    found = made.as_dict()["concerns"]
    return dict(found[kind]) if kind in found else {}


# ------------------------------------------------------------------------------------------------------ agreements
@pytest.mark.parametrize(
    ("way", "draft", "dearer", "cheaper", "after", "says"),
    [
        ("move", "120.00", 2, 0, 22560, "2 move to the new book when their term is over, the first on {first}"),
        ("move", "90.00", 0, 2, 16920, "0 pay more, 2 less. Together a month: $188.00 → $169.20."),
        ("keep", "120.00", 0, 0, 18800, "2 keep what they have at the price they have. Together a month: $188.00."),
        (None, "120.00", 0, 0, 18800, "2 keep what they have"),
        ("move", "100.00", 0, 0, 18800, "2 are not touched."),
    ],
)  # fmt: skip
def test_a_plan_says_what_becomes_of_those_who_agreed(
    firm: Firm, way: str | None, draft: str, dearer: int, cheaper: int, after: int, says: str
) -> None:
    firm.publish(plans(way=way))
    made = [firm.agree(firm.person()), firm.agree(firm.person(BEA), "long")]
    changes = bool(dearer or cheaper)
    # One more word in the book, so that there is something to plan where the price stays.
    found = planned(firm, plans(draft, way, data_value=[]) if changes else plans(draft, way, credit=None))
    told = concern(found, "agreements")
    assert (told["agreements"], told["dearer"], told["cheaper"]) == (2, dearer, cheaper)
    assert (told["before"], told["after"]) == (18800, after)
    days = sorted(each.renews for each in made)
    assert (told["from"], told["last_from"]) == (
        (days[0].isoformat(), days[1].isoformat()) if changes else (None, None)
    )
    english = "\n".join(found.lines("en"))
    assert "Whom it concerns\n  Agreements that run: 2." in english
    assert says.format(first=days[0]) in english, english
    assert "关系到哪些人\n  还在进行的约定：2 份。" in "\n".join(found.lines("zh"))
    assert f"in force from the moment you apply it ({today(firm)})" in english


def test_those_who_may_choose_are_told_until_when(firm: Firm) -> None:
    until = today(firm) + 500 * DAY
    firm.publish(plans(way="choose", on=until))
    firm.agree(firm.person())
    found = planned(firm, plans("120.00", "choose", until))
    assert f"1 may choose the new price, until {until} at the latest" in "\n".join(found.lines("en"))
    assert concern(found, "agreements")["ways"] == {"choose": 1}


def test_what_is_sold_no_more_holds_to_the_end_of_its_term(firm: Firm) -> None:
    made = firm.agree(firm.person())
    base = the_book()
    assert base.agreements is not None
    draft = the_book(services=base.services[1:], agreements=None, conditions=[])
    found = planned(firm, draft)
    assert concern(found, "agreements")["ways"] == {"ended": 1}
    said = f"1 are for something that is no longer sold. Each holds to the end of its term, the first ends on {made.renews}"
    assert said in "\n".join(found.lines("en"))


def test_the_first_notice_is_named_with_the_rule_that_wants_it(firm: Firm) -> None:
    firm.publish(plans(way="move"))
    made = firm.agree(firm.person(), "long")
    with firm.house.store.read() as conn:
        from aboveboard.agreements.preview import draft

        [row] = draft(firm.renewals, conn, plans("120.00", "move"), today(firm)).rows
    assert row.notice is not None and row.notice.by is not None and row.notice.rules
    found = planned(firm, plans("120.00", "move"))
    [first, *_] = next(each.notices for each in found.concerns if each.kind == "agreements")
    assert (
        f"First notice out by {row.notice.by}, not before {row.notice.first}, for what begins on {made.renews}"
        in first.en
    )
    assert row.notice.rules[0] in first.en and row.notice.rules[0] in first.zh
    assert "\nNotices that are due\n" in "\n".join(found.lines("en"))
    assert concern(found, "agreements")["notice_by"] == row.notice.by.isoformat()


def test_a_notice_that_can_no_longer_be_in_time_is_told(firm: Firm) -> None:
    firm.publish(plans(way="move"))
    made = firm.agree(firm.person(), "long")
    late = made.renews - DAY
    with firm.house.store.read() as conn:
        found = firm.house.editions.plan(conn, text(plans("120.00", "move")), late)
    assert found.ok
    english, chinese = "\n".join(found.lines("en")), "\n".join(found.lines("zh"))
    assert f"Too late: the first notice, for what begins on {made.renews}, had to be out by" in english
    assert "来不及了" in chinese and "First notice out by" not in english


def test_an_agreement_that_was_ended_concerns_nobody(firm: Firm) -> None:
    firm.publish(plans(way="move"))
    made = firm.agree(firm.person())
    with firm.house.store.write() as tx:
        firm.house.agreements.end(tx, made.id)
    assert concern(planned(firm, plans("120.00", "move")), "agreements") == {}


# ------------------------------------------------------------------------------------------------------ open prices
@pytest.mark.parametrize(
    ("draft", "way", "says"),
    [
        ("120.00", "dearer", "Asked again, 1 of them would cost more."),
        ("90.00", "cheaper", "Asked again, 1 of them would cost less."),
        ("100.00", "same", "Asked again, 1 of them would cost the same."),
        (None, "gone", "What 1 of them are for would not be sold that way any more."),
    ],
)
def test_a_plan_counts_the_prices_that_may_still_be_taken(
    firm: Firm, draft: str | None, way: str, says: str
) -> None:
    held = firm.ask(None)
    firm.take(firm.person(), service="treatment")  # taken: nobody holds it any more
    base = the_book()
    gone = the_book(services=base.services[1:], agreements=None, conditions=[])
    new = gone if draft is None else plans(draft, credit=None)
    found = planned(firm, new)
    told = concern(found, "open_prices")
    assert held.body.valid_until is not None
    assert (told["count"], told["until"], told[way]) == (1, held.body.valid_until.isoformat(), 1)
    english = "\n".join(found.lines("en"))
    assert (
        says in english and f"Each stays as it was given, the last until {held.body.valid_until}." in english
    )


def test_a_price_in_another_currency_is_not_compared(small: Firm) -> None:
    small.ask(None)
    base = the_book(credit=None)
    abroad = msgspec.structs.replace(base, business=msgspec.structs.replace(base.business, currency="EUR"))
    assert concern(planned(small, abroad), "open_prices")["gone"] == 1


def test_prices_whose_last_day_is_over_are_not_counted(small: Firm) -> None:
    held = small.ask(None)
    assert held.body.valid_until is not None
    with small.house.store.read() as conn:
        draft = text(plans("120.00"))
        last = small.house.editions.plan(conn, draft, held.body.valid_until)
        over = small.house.editions.plan(conn, draft, held.body.valid_until + DAY)
    assert concern(last, "open_prices")["count"] == 1
    assert concern(over, "open_prices") == {}


# ----------------------------------------------------------------------------------------------------- command line
def test_apply_says_the_same_as_plan(firm: Firm, tmp_path: Path) -> None:
    firm.publish(plans(way="move"))
    firm.agree(firm.person())
    firm.ask(None)
    file = tmp_path / "business.yaml"
    file.write_text(text(plans("120.00", "move")), "utf-8")

    def ran(command: Any, *words: str) -> str:
        done = CliRunner().invoke(command, [str(file), *words], obj=firm.house, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    said = ran(plan_command)
    touched = said[said.index("\nWhom it concerns") :]
    assert "Agreements that run: 1." in touched and "Prices that customers may still take: 1." in touched
    expected = json.loads(ran(plan_command, "--json"))
    done = ran(apply_command)
    assert done == "Edition 3 is in force.\n" + touched
    assert ran(apply_command) == "This is the book in force (edition 3). Nothing changed.\n"
    file.write_text(text(plans("130.00", "move")), "utf-8")
    told = json.loads(ran(apply_command, "--json"))
    assert told["concerns"].keys() == expected["concerns"].keys() == {"agreements", "open_prices"}
    assert told["concerns"]["agreements"]["dearer"] == 1


# ------------------------------------------------------------------------------------------------------- a rule pack
def pack(check: str, applies: str = "{fact: contract.running, is: true}") -> str:
    return f"""
pack: {{id: own-contracts, version: "2026.11.23", schema: rulepack/1, next_review_due: 2030-06-01, not_legal_advice: true}}
rules:
- id: us-ca.own.s1.tell
  title: {{en: Tell them, zh: 要告诉客人}}
  area: contracts
  jurisdiction: [US]
  authority: [{{instrument: A promise, kind: contract, verified: primary}}]
  status: in_force
  effective: {{from: 2026-01-01}}
  applies_when: {applies}
  check: {check}
  explain: {{en: "We tell.", zh: "我们告诉。"}}
  given: {{contract.running: true, contract.renews_at: 2026-06-30, charge.at: 2026-06-30}}
  fixtures:
"""


RENEWALS = (
    pack(
        "{kind: window_before, event: contract.renews_at, notice: contract.renewal_notice_sent_at, min_days: 20}"
    )
    + """  - {name: boundary, facts: {contract.renewal_notice_sent_at: 2026-06-10}, expect: pass}
  - {name: too late, facts: {contract.renewal_notice_sent_at: 2026-06-11}, expect: fail}
"""
)
CHARGES = (
    pack("{kind: window_before, event: charge.at, notice: charge.notice_sent_at, min_days: 5}")
    + """  - {name: boundary, facts: {charge.notice_sent_at: 2026-06-25}, expect: pass}
  - {name: too late, facts: {charge.notice_sent_at: 2026-06-26}, expect: fail}
"""
)
NOBODY = RENEWALS.replace(
    "{fact: contract.running, is: true}", "{fact: contract.running, is: false}"
).replace("contract.running: true, contract.renews_at", "contract.running: false, contract.renews_at")


def law_plan(firm: Firm, tmp_path: Path, written: str) -> tuple[dict[str, Any], str]:
    file = tmp_path / "own.yaml"
    file.write_text(written, "utf-8")
    said = [
        CliRunner().invoke(law_group, ["plan", str(file), *more], obj=firm.house, catch_exceptions=False)
        for more in (["--json"], [])
    ]
    assert [done.exit_code for done in said] == [0, 0], said[0].output
    return json.loads(said[0].output)["rules"][0], said[1].output


def test_a_new_pack_counts_the_renewals_that_it_meets(firm: Firm, tmp_path: Path) -> None:
    made = [firm.agree(firm.person()), firm.agree(firm.person(BEA), "long")]
    rule, said = law_plan(firm, tmp_path, RENEWALS)
    first = min(each.renews for each in made)
    assert rule["agreements"] == {
        "count": 2, "renewals": 2, "new_prices": 0, "payments": 0,
        "first": first.isoformat(), "notice_before": None, "notice_after": (first - 20 * DAY).isoformat(),
    }  # fmt: skip
    assert "agreements that run: 2; coming: renewals 2, new prices 0, payments 0" in said
    assert f"first notice out by: none asked → {first - 20 * DAY}" in said
    assert "It meets none" not in said


def test_a_pack_about_payments_counts_the_next_one_of_each(firm: Firm, tmp_path: Path) -> None:
    made = firm.agree(firm.person())
    rule, _ = law_plan(firm, tmp_path, CHARGES)
    with firm.house.store.read() as conn:
        months = firm.house.agreements.view(conn, made, made.starts).months
    paid = next(month.first for month in months if month.first > today(firm))
    assert (rule["agreements"]["payments"], rule["agreements"]["renewals"]) == (1, 0)
    assert rule["agreements"]["first"] == paid.isoformat()
    assert rule["agreements"]["notice_after"] == (paid - 5 * DAY).isoformat()


def test_a_changed_pack_says_how_the_first_notice_moves(firm: Firm, tmp_path: Path) -> None:
    made = firm.agree(firm.person())
    own = tmp_path / "packs"
    own.mkdir()
    (own / "own.yaml").write_text(RENEWALS, "utf-8")
    firm.house.editions.law_packs = str(own)
    longer = (
        RENEWALS.replace("min_days: 20", "min_days: 30")
        .replace("06-10}", "05-31}")
        .replace("06-11}", "06-01}")
    )
    rule, said = law_plan(firm, tmp_path, longer)
    assert rule["change"] == "changed"
    assert rule["agreements"]["notice_before"] == (made.renews - 20 * DAY).isoformat()
    assert f"first notice out by: {made.renews - 20 * DAY} → {made.renews - 30 * DAY}" in said


@pytest.mark.parametrize(
    "case",
    [
        "nobody agreed",
        "the rule leaves them alone",
        "it was ended",
        "it is no law of theirs",
        "it is about prices",
    ],
)
def test_a_pack_that_meets_no_agreement_says_so(firm: Firm, tmp_path: Path, case: str) -> None:
    written = RENEWALS
    if case != "nobody agreed":
        made = firm.agree(firm.person())
    if case == "it was ended":
        with firm.house.store.write() as tx:
            firm.house.agreements.end(tx, made.id)
        written = CHARGES  # it still pays to the end of its month
    if case == "it is about prices":
        written = RENEWALS.replace("area: contracts", "area: pricing")
    if case == "the rule leaves them alone":
        written = NOBODY
    if case == "it is no law of theirs":
        written = RENEWALS.replace("jurisdiction: [US]", "jurisdiction: [GB]").replace("us-ca.own", "gb.own")
    rule, said = law_plan(firm, tmp_path, written)
    assert rule["agreements"] is None and "agreements that run" not in said
    assert (case == "it is about prices") is not ("It meets none of our prices and agreements." in said)
