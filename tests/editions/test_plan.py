"""A plan says what changes, what it costs, who decided about it and whom to tell; it writes nothing."""

from __future__ import annotations

import datetime

import pytest
from msgspec import structs

from aboveboard.book.load import load
from aboveboard.book.model import Book
from aboveboard.editions.diff import CHAPTERS, SINGLE, changes, price_changes
from aboveboard.editions.plan import Plan, say_change
from aboveboard.sample import BOOK
from tests.editions.conftest import Press

SAMPLE = BOOK.read_text("utf-8")
TODAY = datetime.date(2026, 11, 23)
LAB = "data: [contact, health]\n  recipients: [lab]"
CONTRACT = "  contract:\n    signed: 2024-06-17\n"


def book(text: str):
    loaded = load(text)
    assert loaded.book is not None, [finding.say("en") for finding in loaded.findings]
    return loaded.book


def plan(press: Press, text: str) -> Plan:
    with press.store.read() as conn:
        return press.editions.plan(conn, text, TODAY)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("# yaml", "# YAML", []),
        ("  capacity: 1200", "  capacity: 1300", [("drivers", "room_hours", "changed", ("capacity",))]),
        ("- id: spring", "- id: may", [("seasons", "may", "added", ()), ("seasons", "spring", "removed", ())]),
        ("kind: clinic", "kind: studio", [("business", "business", "changed", ("kind",))]),
        ('version: "3"', 'version: "4"', [("notice", "notice", "changed", ("version",))]),
        (LAB, LAB.replace("health", "visits"), [("purposes", "share_lab", "changed", ("data",))]),
        ("list_price: 29.00", "list_price: 31.00", [("services", "exercise_kit", "changed", ("tiers",))]),
        ("guards: {cap: 0.10", "guards: {cap: 0.20", [("guards", "guards", "changed", ("cap",))]),
        ("amount: 10.20", "amount: 10.00", [("data_value", "data_value", "changed", ("treatment",))]),
        ("  worth: 0.01", "  worth: 0.02", [("points", "points", "changed", ("worth",))]),
        ("when: {lead_least: 21}", "when: {lead_least: 20}", [("conditions", "three_weeks_ahead", "changed", ("when",))]),
    ],
)  # fmt: skip
def test_changes(old: str, new: str, expected: list[tuple[str, str, str, tuple[str, ...]]]) -> None:
    found = changes(book(SAMPLE), book(SAMPLE.replace(old, new, 1)))
    assert [(change.chapter, change.id, change.what, change.keys) for change in found] == expected


def test_no_chapter_of_the_book_is_left_out() -> None:
    assert {*CHAPTERS, *SINGLE} == set(Book.__struct_fields__) - {"book"}


@pytest.mark.parametrize("chapter", ["agreements", "points", "credit"])
def test_a_chapter_that_comes_or_goes(chapter: str) -> None:
    sample = book(SAMPLE)
    without = structs.replace(sample, **{chapter: None})
    [gone], [new] = changes(sample, without), changes(without, sample)
    assert (gone.chapter, gone.what, new.chapter, new.what) == (chapter, "removed", chapter, "added")
    assert chapter in say_change(gone, "en") and chapter in say_change(new, "zh")


def test_price_changes_show_list_price_floor_and_an_example() -> None:
    after = SAMPLE.replace("list_price: 29.00", "list_price: 31.00").replace("rate: 14.20", "rate: 16.00")
    [kit] = price_changes(book(SAMPLE), book(after), TODAY)
    assert kit.before is not None and kit.after is not None
    assert (kit.before.listed, kit.before.floor, kit.before.example) == (2900, 2145, 3172)
    assert (kit.after.listed, kit.after.floor, kit.after.example) == (3100, 2395, 3391)


def test_a_season_moves_the_example_only() -> None:
    found = price_changes(book(SAMPLE), book(SAMPLE.replace("change: 0.04", "change: 0.02")), TODAY)
    assert {change.service for change in found} == {"first_visit", "treatment"}
    for change in found:
        assert change.before is not None and change.after is not None
        assert (change.before.listed, change.before.floor) == (change.after.listed, change.after.floor)
        assert change.before.example > change.after.example


def test_before_the_first_edition_everything_is_new(press: Press) -> None:
    first = plan(press, SAMPLE)
    assert first.ok and first.number == 1 and not first.same
    assert {change.what for change in first.changes} == {"added"}
    assert all(change.before is None for change in first.prices)
    assert first.tell == []
    with press.store.read() as conn:
        assert press.record.size(conn) == 0


def test_the_book_in_force_changes_nothing(press: Press) -> None:
    with press.store.write() as tx:
        press.editions.apply(tx, SAMPLE, TODAY)
    same = plan(press, SAMPLE)
    assert same.same and same.ok and same.number == 1
    assert list(same.lines("en")) == ["This is the book in force. Nothing would change."]


def test_a_broken_book_has_findings_and_no_plan(press: Press) -> None:
    broken = plan(press, SAMPLE.replace("currency: USD", "currency: USX"))
    assert not broken.ok and broken.changes == []
    assert [finding.code for finding in broken.findings if finding.severity == "error"] == [
        "business.currency"
    ]
    assert not plan(press, "\udcff").ok


def test_whom_to_tell(press: Press) -> None:
    with press.store.write() as tx:
        press.editions.apply(tx, SAMPLE, TODAY)
        for decisions in (["share_lab"], ["all"], ["share_review_site"], ["share_lab"]):
            press.record.append(
                tx,
                "choice.made",
                subject=press.record.new_subject(tx),
                facts={
                    "decisions": [
                        {"decision": "deny", "purpose": each, "recipient": None} for each in decisions
                    ]
                },
            )
    after = (
        SAMPLE.replace(LAB, LAB.replace("health", "visits"))
        .replace("list_price: 109.00", "list_price: 119.00")
        .replace('version: "3"', 'version: "4"')
        .replace("recipients: [message_service, booking_app]", "recipients: [message_service]")
    )
    start, end = after.index("- id: booking_app\n"), after.index("- id: ad_network\n")
    after = after[:start] + after[end:]
    after = after.replace(
        CONTRACT + after.split(CONTRACT)[1].split("  feed:")[0], ""
    )  # the insurer's contract is gone
    found = plan(press, after)
    assert found.ok
    assert found.decided == {"appointment_reminders": 1, "share_lab": 3}
    assert [text.en for text in found.tell] == [
        "Customers: the notice changes from version 3 to 4.",
        "Everyone who decided about “Appointment reminders” (1 so far): what they said yes or no to is no longer the same. "
        "Tell them, and ask again where a yes is needed.",
        "Everyone who decided about “Samples and findings with the lab” (3 so far): what they said yes or no to is no "
        "longer the same. Tell them, and ask again where a yes is needed.",
        "Oakline Insurance: there is no contract any more. From now on the gate gives it nothing.",
        "the booking app Slotly: you no longer work together. Ask it to delete what it has.",
        "Everyone on “Members' plan”: they keep it at the old price, as you promised. Only new customers pay more.",
    ]  # fmt: skip
    english, chinese = "\n".join(found.lines("en")), "\n".join(found.lines("zh"))
    assert "  Members' plan, One month: $109.00 / $94.23 / $109.00 → $119.00 / $94.23 / $119.00" in english
    assert "  changed: purpose “Samples and findings with the lab” (data)" in english
    assert "  “化验样本和结果”：有 3 人说过同意或不同意。" in chinese
    told = found.as_dict("zh")
    assert told["ok"] and told["number"] == 2 and len(told["tell"]) == 6
    assert told["prices"][0]["after"]["list_price"] == 11900


def test_new_and_gone_purposes_are_told() -> None:
    from aboveboard.editions.plan import _tell

    before = SAMPLE.replace("- id: share_lab", "- id: lab_sharing")
    found = changes(book(before), book(SAMPLE))
    told = [text.en for text in _tell(book(before), book(SAMPLE), found, [], {})]
    assert [line.split(":")[0] for line in told] == [
        "Customers",
        "Partners of “Samples and findings with the lab”",
    ]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("existing: {way: keep}", "they keep it at the old price, as you promised"),
        ("existing: {way: choose, on: 2027-03-01}", "until 2027-03-01 they can choose"),
        ("existing: {way: move, on: 2027-03-01}", "California wants them told 7 to 30 days before"),
        ("existing:", "California wants them told 7 to 30 days before"),
    ],
)
def test_members_are_told_what_the_book_promised_them(press: Press, way: str, said: str) -> None:
    before = SAMPLE.replace("existing: {way: keep}", way)
    with press.store.write() as tx:
        press.editions.publish(tx, before)
    found = plan(press, before.replace("list_price: 109.00", "list_price: 119.00"))
    assert found.ok and [text.en for text in found.tell if said in text.en] and len(found.tell) == 1


def test_a_plan_says_which_costs_move_which_floors(press: Press) -> None:
    with press.store.write() as tx:
        press.editions.apply(tx, SAMPLE, TODAY)
    dearer = SAMPLE.replace("per_month: 4800.00", "per_month: 6000.00").replace("wage: 41.00", "wage: 61.00")
    found = plan(press, dearer)
    assert found.ok  # a floor that rises later is a warning
    now, later = found.costs
    rises = [finding for finding in found.findings if finding.code == "price.floor_rises"]
    assert len(rises) == sum(move.under for move in later.floors) >= 6
    assert [one.key for one in now.numbers] == ["costs.rooms.per_month"]
    assert (later.on, [one.key for one in later.numbers]) == (
        datetime.date(2027, 7, 1),
        ["roles.therapist.wage"],
    )
    assert now.floors and not any(move.under for move in now.floors)
    english, chinese = "\n".join(found.lines("en")), "\n".join(found.lines("zh"))
    assert "    Rent of the rooms, monthly bill: 4,800.00 → 6,000.00" in english
    assert "UNDER ITS FLOOR by" in english and "低于底价" in chinese
    assert found.as_dict()["costs"][1]["floors"][0]["under"] is True
