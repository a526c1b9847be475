"""Reading a book: exact numbers, the line of every value, and no text that could make it fall over."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.finding import LIMIT
from aboveboard.book.load import load
from aboveboard.book.source import LARGEST
from aboveboard.editions.check import findings
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")
TODAY = datetime.date(2026, 11, 23)


def codes(text: str | bytes) -> list[str]:
    return [finding.code for finding in load(text).findings]


def test_the_sample_becomes_a_book() -> None:
    loaded = load(SAMPLE)
    assert loaded.findings == []
    book = loaded.book
    assert book is not None
    assert [purpose.id for purpose in book.purposes] == [
        "appointment_reminders", "marketing_email", "anonymous_statistics", "share_insurer", "share_lab",
        "share_review_site", "personal_prices",
    ]  # fmt: skip
    assert len(book.partners) == 8
    assert sum(partner.feed.webhook is not None for partner in book.partners) >= 5
    assert len(book.service("treatment").tiers) == 3  # type: ignore[union-attr]
    assert {item.kind for item in book.costs} >= {"time", "equipment", "material", "marketing", "rent"}


def test_amounts_keep_their_text() -> None:
    book = load(SAMPLE.replace("wage: 40.00", "wage: 39.999999999999")).book
    assert book is not None
    assert book.roles[0].wage == Decimal("39.999999999999")
    assert str(book.services[1].tiers[1].list_price) == "90.00"


@pytest.mark.parametrize("written", ["90.00", '"90.00"', "'90.00'", "90.0", "90"])
def test_quotes_make_no_difference(written: str) -> None:
    book = load(SAMPLE.replace("list_price: 90.00", f"list_price: {written}")).book
    assert book is not None and book.services[1].tiers[1].list_price == 90


@pytest.mark.parametrize(
    "word", ["no", "on", "yes", "null book", "12:30", "1_000", "0x1F", "2026-01-01", "84.00"]
)
def test_texts_are_never_guessed_to_be_something_else(word: str) -> None:
    book = load(SAMPLE.replace("{en: Quiet January, zh", f"{{en: {word}, zh")).book
    assert book is not None and book.seasons[0].name.en == word


def test_each_value_knows_its_line() -> None:
    loaded = load(SAMPLE)
    for path, written in (
        (("business", "currency"), "currency: USD"),
        (("services", 1, "tiers", 1, "list_price"), "list_price: 90.00"),
        (("partners", 1, "contract", "until"), "until: 2028-06-16"),
        (("purposes", 6, "default", "elsewhere"), "default: {elsewhere: deny}\n  facts"),
    ):
        mark = loaded.lines.at(path)
        line = SAMPLE[: SAMPLE.index(written)].count("\n") + 1
        assert mark.line == line
        assert SAMPLE.split("\n")[line - 1][mark.column - 1 :] in written


def test_what_is_not_in_the_file_stands_where_its_parent_does() -> None:
    loaded = load(SAMPLE)
    assert loaded.lines.at(("services", 0, "default_tier")) == loaded.lines.at(("services", 0))
    assert loaded.lines.at(("nowhere",)) == loaded.lines.at(())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ["yaml.empty"]),
        ("# only a comment\n", ["yaml.empty"]),
        ("null", ["yaml.empty"]),
        ("just words", ["shape.wrong_kind"]),
        ("- a\n- b\n", ["shape.wrong_kind"]),
        ("\x00", ["yaml.character"]),
        ("a: \ud800", ["yaml.not_utf8"]),
        (b"\xff\xfeb\x00o\x00", ["yaml.not_utf8"]),
        (b"book: 1\nbusiness: caf\xe9\n", ["yaml.not_utf8"]),
        ("%YAML 3", ["yaml.syntax"]),
        ("a: " + "[" * 100_000, ["yaml.too_deep"]),
        ("a: &a [x]\nb: [*a, *a]", ["yaml.anchor"]),
        ("a: *nobody", ["yaml.anchor"]),
        ("x" * (LARGEST + 1), ["yaml.too_large"]),
    ],
)
def test_what_is_no_book_at_all(source: str | bytes, expected: list[str]) -> None:
    loaded = load(source)
    assert loaded.book is None
    assert [finding.code for finding in loaded.findings] == expected


def test_the_line_of_bytes_that_are_not_utf8() -> None:
    assert load(b"book: 1\nbusiness: caf\xe9\n").findings[0].line == 2


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert load(b"\xef\xbb\xbf" + SAMPLE.replace("\n", "\r\n").encode()).book == load(SAMPLE).book


def test_a_flood_of_faults_is_cut_off_and_says_so() -> None:
    flood = "".join(f"key{number}x: 1\n" for number in range(5_000))
    found = codes(flood)
    assert len(found) == LIMIT
    assert "book.too_many" in found


def test_repeated_runs_say_the_same() -> None:
    broken = SAMPLE.replace("currency", "curency").replace("rate:", "rat:")
    assert load(broken).findings == load(broken).findings


LINES = SAMPLE.split("\n")


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The sample with a few lines deleted, doubled, swapped, moved, or salted with signs that mean something in YAML."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(lines) - 1))
        deed = draw(st.sampled_from(["delete", "double", "indent", "cut", "salt", "swap"]))
        line = lines[place]
        if deed == "delete":
            lines[place] = ""
        elif deed == "double":
            lines.insert(place, line)
        elif deed == "indent":
            lines[place] = " " * draw(st.integers(1, 3)) + line
        elif deed == "cut":
            lines[place] = line[: draw(st.integers(0, len(line)))]
        elif deed == "salt":
            at = draw(st.integers(0, len(line)))
            salt = draw(
                st.text(
                    alphabet="{}[],:&*!|>'\"%@`#-?\t \n0-9a\u4f60\ue000\x85\u2028", min_size=1, max_size=4
                )
            )
            lines[place] = line[:at] + salt + line[at:]
        else:
            other = draw(st.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], line
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_no_slip_of_the_hand_makes_the_check_fall_over(text: str) -> None:
    loaded = load(text)
    assert loaded.book is not None or loaded.findings
    for finding in findings(text, TODAY):
        assert finding.line >= 1 and finding.column >= 1
        assert finding.say("en") and finding.say("zh")
        assert "{" not in finding.code


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_no_text_at_all_makes_loading_fall_over(text: str | bytes) -> None:
    loaded = load(text)
    assert loaded.book is None and loaded.findings
