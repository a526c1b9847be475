"""Prices of others from a file into the book: read from a hostile world, put in line by line, nothing else touched."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.book.load import load
from aboveboard.book.model import ImportMapping, Text
from aboveboard.people.imports.reading import Row
from aboveboard.watch.lines import lines, put
from aboveboard.watch.model import SAYS, MarketFileError
from aboveboard.watch.rows import take
from tests.watch.conftest import SAMPLE

TODAY = datetime.date(2026, 11, 23)
BOOK = load(SAMPLE).book
assert BOOK is not None
HEAD = (
    "who", "service", "tier", "amount", "all_in", "quantity", "unit", "seen", "learnt", "source", "own_quantity", "currency",
    "place", "public", "on_top", "id", "who_zh", "need", "theirs_only", "described",
)  # fmt: skip
GOOD = {
    "who": "River", "service": "treatment", "tier": "standard", "amount": "99.00", "all_in": "yes", "quantity": "45",
    "unit": "minute", "seen": "2026-11-20", "source": "https://river.example.org", "own_quantity": "45",
}  # fmt: skip


def read(*changes, book=BOOK, head=HEAD):
    rows = [Row(1, list(head))]
    for number, change in enumerate(changes, 2):
        values = GOOD | change
        rows.append(Row(number, [values.get(role, "") for role in head]))
    return take(rows, book, TODAY)


def test_a_good_row_is_an_observation():
    [one] = read({}).fresh
    assert (one.id, one.who, one.amount, one.currency) == (
        "river_20261120",
        Text(en="River", zh="River"),
        Decimal("99.00"),
        "USD",
    )
    assert (one.quantity, one.unit, one.place, one.learnt) == (45, "minute", "US-CA", "website")
    assert one.seen == datetime.date(2026, 11, 20) and one.all_in and not one.public and one.need is None
    [compared] = one.compared_with
    assert (compared.service, compared.tier, compared.quantity) == ("treatment", "standard", 45)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"service": ""}, "service_missing"), ({"service": "massage"}, "service_unknown"),
        ({"service": "../../etc"}, "service_unknown"), ({"tier": ""}, "tier_missing"), ({"tier": "gold"}, "tier_unknown"),
        ({"who": ""}, "who_missing"), ({"who": "\u202e\u0007 \x00"}, "who_missing"), ({"who": "x" * 301}, "text_too_long"),
        ({"who": "{River}"}, "braces"), ({"all_in": ""}, "all_in_missing"), ({"all_in": "perhaps"}, "all_in_unreadable"),
        ({"public": "2"}, "public_unreadable"), ({"amount": ""}, "amount_missing"), ({"amount": "0"}, "amount_missing"),
        ({"amount": "n/a"}, "amount_missing"), ({"amount": "ask us"}, "amount_unreadable"),
        ({"amount": "NaN"}, "amount_missing"), ({"amount": "1e3"}, "amount_unreadable"),
        ({"amount": "Infinity"}, "amount_unreadable"), ({"amount": "-5"}, "amount_negative"),
        ({"amount": "9.999"}, None), ({"amount": "9.9999"}, "amount_unreadable"), ({"amount": "€90"}, "amount_currency"),
        ({"currency": "EUR"}, "amount_currency"), ({"amount": "9" * 20}, "amount_too_large"),
        ({"amount": "=1+1"}, "amount_unreadable"), ({"all_in": "no", "on_top": "some"}, "amount_unreadable"),
        ({"quantity": "0"}, "quantity_unreadable"), ({"quantity": "-1"}, "quantity_unreadable"),
        ({"quantity": "NaN"}, "quantity_unreadable"), ({"quantity": "1e9"}, "quantity_unreadable"),
        ({"quantity": "9999999999"}, "quantity_too_large"), ({"own_quantity": "½"}, "quantity_unreadable"),
        ({"unit": "furlong"}, "unit_unknown"), ({"place": "California"}, "place_unreadable"),
        ({"seen": ""}, "date_missing"), ({"seen": "soon"}, "date_unreadable"), ({"seen": "2026-02-30"}, "date_unreadable"),
        ({"seen": "2026-11-24"}, "date_future"), ({"seen": "1/2/2026"}, "date_ambiguous"),
        ({"seen": "1/2/26"}, "date_two_digit_year"), ({"seen": "0001-01-01"}, "date_too_early"),
        ({"learnt": "spy"}, "learnt_unknown"), ({"learnt": "competitor"}, "from_rival"),
        ({"source": "at the door"}, "learnt_missing"), ({"source": "", "learnt": "bought"}, "source_missing"),
        ({"source": "javascript:alert(1)"}, "learnt_missing"), ({"id": "A B"}, "id_unreadable"),
        ({"id": "bayside_45"}, "id_taken"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_is_set_aside_with_its_reason(change, code):
    found = read(change, {})
    if code is None:
        # 9.999 in a file without other decimals is nine thousand nine hundred and ninety-nine
        assert [each.amount for each in found.fresh] != [Decimal("9.999")]
        return
    assert found.aside == ((2, code),) and len(found.fresh) == 1
    assert SAYS(f"reason.{code}", "en") and SAYS(f"reason.{code}", "zh")


@pytest.mark.parametrize("problem", ["too_long", "quote_open"])
def test_a_row_that_is_no_row_is_set_aside(problem):
    found = take([Row(1, list(HEAD)), Row(2, [], problem)], BOOK, TODAY)
    assert found.aside == ((2, problem),) and SAYS(f"reason.{problem}", "zh")


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"amount": "$1,099.50"}, "amount", Decimal("1099.50")), ({"amount": "１０"}, "amount", Decimal("10.00")),
        ({"all_in": "NO", "on_top": "3.50"}, "on_top", Decimal("3.50")), ({"all_in": "否"}, "on_top", None),
        ({"all_in": "含"}, "all_in", True), ({"unit": "minutes"}, "unit", "minute"), ({"unit": ""}, "unit", "visit"),
        ({"quantity": ""}, "quantity", 1), ({"place": "us-ny"}, "place", "US-NY"),
        ({"seen": "20 Nov 2026"}, "seen", datetime.date(2026, 11, 20)), ({"public": "x"}, "public", True),
        ({"learnt": "Price list", "source": "at the door"}, "learnt", "price_list"), ({"id": "my_own"}, "id", "my_own"),
        ({"who": "", "who_zh": "河边诊所"}, "who", Text(en="河边诊所", zh="河边诊所")),
        ({"who": "", "who_zh": "河边诊所"}, "id", "seen_20261120"),
        ({"theirs_only": "a pool"}, "theirs_only", [Text(en="a pool", zh="a pool")]),
        ({"described": "near\tus\n"}, "described", Text(en="near us", zh="near us")),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(change, field, value):
    [one] = read(change).fresh
    assert getattr(one, field) == value


@pytest.mark.parametrize(
    ("service", "tier", "expected"),
    [
        ("Treatment", "Standard", ("treatment", "standard")), ("单次治疗", "标准", ("treatment", "standard")),
        ("treatment/extended", "", ("treatment", "extended")), ("first_visit", "", ("first_visit", "standard")),
    ],
)  # fmt: skip
def test_services_are_known_by_id_and_by_name(service, tier, expected):
    [one] = read({"service": service, "tier": tier}).fresh
    assert (one.compared_with[0].service, one.compared_with[0].tier) == expected


def test_rows_that_differ_in_our_tier_are_one_observation():
    found = read({}, {"tier": "extended", "own_quantity": "60"}, {})
    [one] = found.fresh
    assert [(each.tier, each.quantity) for each in one.compared_with] == [("standard", 45), ("extended", 60)]
    assert found.rows == 3 and found.already == 0


def test_two_prices_of_a_day_have_ids_of_their_own():
    ids = [each.id for each in read({}, {"amount": "98.00"}, {"amount": "97.00"}).fresh]
    assert ids == ["river_20261120", "river_20261120_2", "river_20261120_3"]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (("who", "amount"), "role_missing"), (("who", "who", "amount", "all_in", "seen", "service"), "column_ambiguous"),
        (("a", "b"), "role_missing"),
    ],
)  # fmt: skip
def test_a_table_whose_columns_cannot_be_told_is_refused(head, code):
    with pytest.raises(MarketFileError) as refused:
        read({}, head=head)
    assert refused.value.code == code and refused.value.text.zh


def test_the_book_names_columns_of_its_own():
    from msgspec import structs

    own = ImportMapping(columns={"who": "Rival", "amount": 2})
    book = structs.replace(BOOK, imports=structs.replace(BOOK.imports, market=own))
    head = ("Rival", "Asks of them", "service", "tier", "all_in", "seen", "source", "learnt")
    rows = [
        Row(1, list(head)),
        Row(2, ["Lee", "80", "treatment", "basic", "y", "2026-11-01", "at the door", "bought"]),
    ]
    [one] = take(rows, book, TODAY).fresh
    assert one.who.en == "Lee" and one.amount == 80
    for columns, code in (
        ({"rival": "x"}, "role_unknown"),
        ({"who": "Nobody"}, "column_missing"),
        ({"who": 99}, "column_missing"),
    ):
        odd = structs.replace(
            BOOK, imports=structs.replace(BOOK.imports, market=ImportMapping(columns=columns))
        )
        with pytest.raises(MarketFileError) as refused:
            take(rows, odd, TODAY)
        assert refused.value.code == code


def test_a_file_of_too_many_rows_and_one_of_none():
    with pytest.raises(MarketFileError) as refused:
        take([Row(1, list(HEAD)), *(Row(number, []) for number in range(2, 2100))], BOOK, TODAY)
    assert refused.value.code == "too_many_rows"
    with pytest.raises(MarketFileError) as refused:
        take([], BOOK, TODAY)
    assert refused.value.code == "empty"


# --------------------------------------------------------------------------------------------------- lines of the book
@given(st.text(max_size=60), st.text(max_size=60), st.decimals("0.01", "99999", places=2))
def test_whatever_a_row_says_becomes_lines_that_say_the_same(who, zh, amount):
    found = read(
        {"who": who, "who_zh": zh, "amount": str(amount), "id": "odd_one", "need": who, "theirs_only": zh}
    )
    if not found.fresh:
        assert found.aside[0][1] in ("who_missing", "braces", "text_too_long")
        return
    after = load(put(SAMPLE, found.fresh, "b.yaml")).book
    assert after is not None and after.market.observations[0] == found.fresh[0]
    assert after.market.observations[1:] == BOOK.market.observations


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_other_byte_stays(ends):
    text = SAMPLE.replace("\n", ends)
    made = put(text, read({}).fresh, "b.yaml")
    new = ends.join(lines(read({}).fresh, "  ")) + ends
    assert new in made and made.replace(new, "", 1) == text
    assert made.index(new) < made.index("- id: bayside_45")


def without_market():
    start = SAMPLE.index("market:\n  shown")
    text = SAMPLE[:start] + SAMPLE[SAMPLE.index("# ---", start) :]
    for tier in ("45 minutes of treatment", "An hour for several"):
        at = text.index("    positioned:", text.index(tier))
        text = text[:at] + text[text.index("    uses:", at) :]
    return text


@pytest.mark.parametrize(
    ("chapter", "there"),
    [
        ("", "market:\n  observations:\n  - id: river"),
        ("market:\n  shown: none\n", "market:\n  observations:\n  - id: river_20261120"),
        ("market:\n    # ours\n    review_days: 90\n", "    observations:\n    - id: river"),
        ("market: {}\n", None), ("market:\n  observations: []\n", None), ("market: {shown: none}\n", None),
        ("market:\n  observations:\n", None),
    ],
)  # fmt: skip
def test_a_book_with_little_or_no_market_gets_one_where_its_place_is_clear(chapter, there):
    text = without_market().rstrip("\n") + "\n" + chapter
    if there is None:
        with pytest.raises(MarketFileError) as refused:
            put(text, read({}).fresh, "b.yaml")
        assert refused.value.code == "no_place" and "b.yaml" in refused.value.text.say("zh")
        return
    made = put(text, read({}).fresh, "b.yaml")
    assert there in made
    after = load(made).book
    assert after is not None and [each.id for each in after.market.observations] == ["river_20261120"]


def test_a_last_line_without_an_end_is_no_trap():
    made = put(without_market().rstrip("\n"), read({}).fresh, "b.yaml")
    after = load(made).book
    assert after is not None and len(after.market.observations) == 1


# ------------------------------------------------------------------------------------------------------ the command
CSV = """who,service,tier,price,all in,quantity,unit,date,source,own quantity
River,treatment,standard,$99.00,yes,45,minute,2026-11-20,https://river.example.org,45
Rio,treatment,standard,€99.00,yes,45,minute,2026-11-20,https://rio.example.org,45
"""


def test_the_lines_are_printed_and_the_report_is_said_beside(run, tmp_path):
    file = tmp_path / "others.csv"
    file.write_text(CSV, "utf-8")
    done = run("import", "market", str(file))
    assert done.exit_code == 0
    assert done.stdout.startswith("  - id: river_20261120\n") and "rows" not in done.stdout
    assert "2 rows: 1 prices are new, 0 rows were there already, 1 set aside." in done.stderr
    assert "1 × another currency than the book's, which is never mixed in (first on line 3)" in done.stderr
    told = json.loads(run("import", "market", str(file), "--json").stdout)
    assert told["set_aside"] == [{"line": 3, "reason": "amount_currency"}]
    assert told["observations"][0]["who"] == {"en": "River", "zh": "River"}
    file.write_text(CSV.replace("$99.00", "?"), "utf-8")
    assert run("import", "market", str(file)).exit_code == 3


def test_the_lines_are_put_into_a_book_once(run, tmp_path):
    file, book = tmp_path / "others.csv", tmp_path / "business.yaml"
    file.write_text(CSV, "utf-8")
    book.write_text(SAMPLE, "utf-8")
    book.chmod(0o640)
    done = run("import", "market", str(file), "--into", str(book))
    assert done.exit_code == 0 and "aboveboard check" in done.stdout
    once = book.read_bytes()
    assert b"river_20261120" in once and book.stat().st_mode & 0o777 == 0o640
    again = run("import", "market", str(file), "--into", str(book), "--lang", "zh")
    assert "新价格 0 个，原来就有 1 行" in again.stdout and book.read_bytes() == once
    assert list(tmp_path.glob(".business*")) == []


@pytest.mark.parametrize(
    ("content", "book", "said"),
    [
        (b"", SAMPLE.encode(), "Nothing was"), (b"\x89PNG\r\n", SAMPLE.encode(), "Nothing was"),
        (CSV.encode(), b"book: 1\n", "is no book that can be read"), (CSV.encode(), b"\xff\xfe", "is no book that can be read"),
        (b"a,b\n1,2\n", SAMPLE.encode(), "No column tells: who, amount, all_in, seen, service"),
        (CSV.encode(), SAMPLE.replace("  observations:\n", "  observations: [\n").encode(), "is no book"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence_and_nothing_is_written(
    run, tmp_path, content, book, said
):
    file, path = tmp_path / "others.csv", tmp_path / "business.yaml"
    file.write_bytes(content)
    path.write_bytes(book)
    done = run("import", "market", str(file), "--into", str(path))
    assert done.exit_code == 1 and said in done.stderr and path.read_bytes() == book


def test_a_file_that_is_not_there(run, tmp_path):
    assert "cannot be read" in run("import", "market", str(tmp_path / "no.csv")).stderr
    file = tmp_path / "others.csv"
    file.write_text(CSV, "utf-8")
    assert "cannot be read" in run("import", "market", str(file), "--into", str(tmp_path / "no.yaml")).stderr


# ------------------------------------------------------------------------------------------------------ market show
def test_where_we_stand_in_a_line_each(run):
    done = run("market", "show", "--at", "2026-11-23")
    assert done.exit_code == 0
    assert (
        "Treatment · Standard: we ask $90.00, others $85.00 to $110.00, middle $95.00 of 5 prices: 5.3% below the middle"
        in done.output
    )
    assert "$93.00  Station Therapy: $124.00 for 60 minutes" in done.output
    assert "Exercise kit: we ask $31.72, one other asks $34.90: 9.1% below the middle" in done.output
    assert "Look at it again" not in done.output
    assert "该再看一次" in run("market", "show", "treatment", "--at", "2027-11-23", "--lang", "zh").output
    told = json.loads(run("market", "show", "treatment", "--json").output)
    standard = next(each for each in told if each["tier"] == "standard")
    assert (standard["ours"], standard["lower"], standard["middle"], standard["upper"]) == (
        9000,
        "9300",
        "9500",
        "10000",
    )
    assert standard["place"] == "below" and standard["gap"] == -0.052632 and standard["count"] == 5


def test_strange_questions_are_answered_in_a_sentence(run):
    assert "There is no service “x”." in run("market", "show", "x").output
    assert run("market", "show", "--at", "soon").exit_code == 2
    assert "no prices of others yet" in run("market", "show", "first_visit").output
