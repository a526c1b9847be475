"""Days and amounts as people write them; what one cell cannot tell is learnt from the others, or set aside."""

from __future__ import annotations

import contextlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.people.imports.model import ImportFileError, SetAside
from aboveboard.people.imports.values import Amounts, Days, is_amount, is_day

TODAY = date(2026, 11, 23)

DAYS = [
    ("2026-03-05", "2026-03-05"),
    ("2026-3-5", "2026-03-05"),
    ("2026/03/05", "2026-03-05"),
    ("2026.3.5", "2026-03-05"),
    ("20260305", "2026-03-05"),
    ("19970101", "1997-01-01"),
    ("20260305T1030", "2026-03-05"),
    ("20260305103000", "2026-03-05"),
    ("2026-03-05T23:59:59Z", "2026-03-05"),
    ("2026-03-05T23:59:59.123+08:00", "2026-03-05"),
    ("2014-03-08 00:00:00", "2014-03-08"),
    (" 2026-03-05 ", "2026-03-05"),
    ("２０２６-０３-０５", "2026-03-05"),
    ("2026年3月5日", "2026-03-05"),
    ("2026 年 3 月 5 号", "2026-03-05"),
    ("2026年3月5日 10时30", "2026-03-05"),
    ("5.3.2026", "2026-03-05"),
    ("05.03.2026 10:30", "2026-03-05"),
    ("5 Mar 2026", "2026-03-05"),
    ("5th March, 2026", "2026-03-05"),
    ("05-MAR-2026", "2026-03-05"),
    ("Mar 5, 2026", "2026-03-05"),
    ("March 5 2026", "2026-03-05"),
    ("Sept. 5, 2026", "2026-09-05"),
    ("25/3/2026", "2026-03-25"),
    ("3/25/2026", "2026-03-25"),
    ("3/3/2026", "2026-03-03"),
    ("12/31/2025 8:26", "2025-12-31"),
    ("2026-11-23", "2026-11-23"),
    ("2024-02-29", "2024-02-29"),
]  # fmt: skip

NO_DAYS = [
    ("", "date_missing"),
    ("   ", "date_missing"),
    ("yesterday", "date_unreadable"),
    ("2026-02-29", "date_unreadable"),
    ("2026-13-01", "date_unreadable"),
    ("0000-00-00", "date_unreadable"),
    ("31/31/2026", "date_unreadable"),
    ("5 Foo 2026", "date_unreadable"),
    ("45123", "date_unreadable"),
    ("2026-03-05" * 10, "date_unreadable"),
    ("3/4/2026", "date_ambiguous"),
    ("03-04-2026", "date_ambiguous"),
    ("3/4/26", "date_two_digit_year"),
    ("25.12.99", "date_two_digit_year"),
    ("2026-11-24", "date_future"),
    ("9999-12-31", "date_future"),
    ("1899-12-31", "date_too_early"),
    ("0001-01-01", "date_too_early"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "day"), DAYS)
def test_days(cell: str, day: str) -> None:
    assert Days(TODAY).read(cell) == date.fromisoformat(day)
    assert is_day(cell)


@pytest.mark.parametrize(("cell", "code"), NO_DAYS)
def test_no_days(cell: str, code: str) -> None:
    days = Days(TODAY)
    for _ in range(2):  # the second answer comes from memory
        with pytest.raises(SetAside) as aside:
            days.read(cell)
        assert aside.value.code == code


@pytest.mark.parametrize(
    ("others", "day", "learnt"),
    [
        (["25/4/2026"], "2026-04-03", "day_first"),
        (["4/25/2026"], "2026-03-04", "month_first"),
        (["25/4/2026", "4/25/2026"], None, None),
        (["5/6/2026", "2026-01-25", "99/99/2026", ""], None, None),
    ],
)
def test_the_file_tells_what_a_cell_cannot(others: list[str], day: str | None, learnt: str | None) -> None:
    days = Days(TODAY)
    for other in [*others, "3/4/2026"]:
        days.look(other)
    if day is None:
        with pytest.raises(SetAside, match="date_ambiguous"):
            days.read("3/4/2026")
    else:
        assert days.read("3/4/2026") == date.fromisoformat(day)
    assert days.learnt == learnt


def test_the_book_may_say_the_form() -> None:
    days = Days(TODAY, "%d/%m/%y")
    days.look("4/25/26")
    assert days.read("03/04/26") == date(2026, 4, 3)
    with pytest.raises(SetAside, match="date_unreadable"):
        days.read("2026-04-03")


@pytest.mark.parametrize("form", ["", "%d", "%H:%M", "%Q", "dd/mm/yyyy", "%d/%m"])
def test_a_form_that_says_no_day_is_refused(form: str) -> None:
    with pytest.raises(ImportFileError) as refused:
        Days(TODAY, form)
    assert refused.value.code == "date_format"


@given(
    st.dates(date(1900, 1, 1), TODAY),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y"]),
)
def test_every_day_is_read_back(day: date, form: str) -> None:
    written = day.strftime(form)
    assert form == "%Y%m%d" or Days(TODAY).read(written) == day
    assert Days(TODAY, form).read(written) == day


@given(st.text(max_size=50))
def test_any_text_is_a_day_or_set_aside(cell: str) -> None:
    days = Days(TODAY)
    days.look(cell)
    with contextlib.suppress(SetAside):
        assert date(1900, 1, 1) <= days.read(cell) <= TODAY


AMOUNTS = [
    ("84.00", "USD", 8400),
    ("84", "USD", 8400),
    ("84.5", "USD", 8450),
    (".50", "USD", 50),
    ("0", "USD", 0),
    ("0.00", "USD", 0),
    ("-0.00", "USD", 0),
    ("84,00", "USD", 8400),
    ("84,5", "EUR", 8450),
    ("1,234", "USD", 123400),
    ("1.234", "EUR", 123400),
    ("1,234.56", "USD", 123456),
    ("1.234,56", "EUR", 123456),
    ("1 234,56", "EUR", 123456),
    ("1\u202f234,56", "EUR", 123456),
    ("1'234.56", "CHF", 123456),
    ("1’234.56", "CHF", 123456),
    ("12,34,567.89", "INR", 123456789),
    ("1,234,567", "USD", 123456700),
    ("1.234.567", "EUR", 123456700),
    ("$84.00", "USD", 8400),
    ("$ 84.00", "CAD", 8400),
    ("US$84.00", "USD", 8400),
    ("USD 84.00", "USD", 8400),
    ("84.00 usd", "USD", 8400),
    ("84,00 €", "EUR", 8400),
    ("£84", "GBP", 8400),
    ("¥84.00", "CNY", 8400),
    ("￥84", "JPY", 84),
    ("84元", "CNY", 8400),
    ("RMB 84", "CNY", 8400),
    ("８４．００", "USD", 8400),
    ("+84.00", "USD", 8400),
    ("1,234", "JPY", 1234),
    ("1.234", "KWD", 1234),
    ("0.125", "KWD", 125),
    ("84.500", "KWD", 84500),
    ("", "USD", None),
    ("-", "USD", None),
    ("n/a", "USD", None),
    ("NULL", "USD", None),
    ("无", "CNY", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "currency", "minor"), AMOUNTS)
def test_amounts(cell: str, currency: str, minor: int | None) -> None:
    assert Amounts(currency).read(cell) == (minor, False)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("eighty", "amount_unreadable"),
        ("84.00.00", "amount_unreadable"),
        ("8,4,0", "amount_unreadable"),
        ("1,23,4", "amount_unreadable"),
        ("1.234,567.8", "amount_unreadable"),
        ("84 00", "amount_unreadable"),
        ("5.", "amount_unreadable"),
        ("1e5", "amount_unreadable"),
        ("Infinity", "amount_unreadable"),
        ("٨٤", "amount_unreadable"),
        ("9" * 100, "amount_too_large"),
        ("9" * 15, "amount_too_large"),
        ("€84.00", "amount_currency"),
        ("84.00 CNY", "amount_currency"),
        ("C$84.00", "amount_currency"),
        ("-84.00", "refund"),
        ("\u221284.00", "refund"),
        ("$-84.00", "refund"),
        ("-$84.00", "refund"),
        ("(84.00)", "refund"),
        ("84.00-", "refund"),
    ],
)
def test_no_amounts(cell: str, code: str) -> None:
    with pytest.raises(SetAside) as aside:
        Amounts("USD").read(cell)
    assert aside.value.code == code


@pytest.mark.parametrize(
    ("others", "cell", "minor", "rounded"),
    [
        ([], "1.234", 123400, False),
        (["12,50"], "1.234", 123400, False),
        (["12.50"], "1.234", 123, True),
        (["12.50"], "11.769999", 1177, True),
        (["12.50"], "1,234", 123400, False),
        (["12.50", "12,50"], "1.234", 123400, False),
        (["12.50"], "29.330", 2933, False),
        ([], "0.005", 1, True),
    ],
)
def test_the_column_tells_which_mark_stands_before_decimals(
    others: list[str], cell: str, minor: int, rounded: bool
) -> None:
    amounts = Amounts("USD")
    for other in [*others, cell]:
        amounts.look(other)
    assert amounts.read(cell) == (minor, rounded)


@given(st.integers(0, 10**9), st.sampled_from(["{:.2f}", "{:,.2f}", "${:,.2f}", "{:,.2f} USD"]))
def test_every_amount_is_read_back(minor: int, form: str) -> None:
    amounts = Amounts("USD")
    written = form.format(Decimal(minor) / 100)
    amounts.look(written)
    assert amounts.read(written) == (minor, False)


@given(st.text(max_size=40), st.sampled_from(["USD", "CNY", "JPY", "KWD"]))
def test_any_text_is_an_amount_or_set_aside(cell: str, currency: str) -> None:
    amounts = Amounts(currency)
    amounts.look(cell)
    try:
        minor, _ = amounts.read(cell)
        assert minor is None or minor >= 0
    except SetAside:
        pass


@pytest.mark.parametrize(
    ("cell", "looks"),
    [("84.00", True), ("$84", True), ("84", False), ("1997", False), ("x", False), ("", False)],
)
def test_what_looks_like_money(cell: str, looks: bool) -> None:
    assert is_amount(cell) is looks


@pytest.mark.parametrize(
    "cell", ["", "84.00", "00001", "12345678", "20261301", "RP-00001", "408 555 0143", "Ann"]
)
def test_what_does_not_look_like_a_day(cell: str) -> None:
    assert not is_day(cell)
