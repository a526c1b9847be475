"""What a hostile or careless file may hold, and what is said of it."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.law import loading, reading
from aboveboard.law.finding import Report

BOMB = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n"


def read(source: str | bytes) -> tuple[object, list[str]]:
    report = Report("x.yaml")
    values = reading.read(source, report)
    return values, [f"{finding.code}:{finding.line}" for finding in report.findings]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (BOMB, "yaml.anchor:1"),
        ("a: *nobody\n", "yaml.anchor:1"),
        ("<<: {a: 1}\nb: !!python/object/apply:os.system [rm]\n", "yaml.tag:2"),
        ("a: !!float 1\n", "yaml.tag:1"),
        ("a: 1\na: 2\n", "yaml.duplicate_key:2"),
        ("{a: 1}: 2\n", "yaml.key:1"),
        ("a: [1\n", "yaml.syntax:2"),
        ("a: 1\n---\nb: 2\n", "yaml.many_documents:2"),
        ("", "yaml.empty:1"),
        ("# nothing\n", "yaml.empty:1"),
        (b"a: \xff\n", "yaml.not_utf8:1"),
        ("a: \x00\n", "yaml.syntax:1"),
        ("[" * 400 + "]" * 400, "yaml.too_deep:1"),
        ("a: 2026-02-30\n", "yaml.day:1"),
        ("a: 0000-01-01\n", "yaml.day:1"),
        ("a: 2026-01-01T25:00:00Z\n", "yaml.day:1"),
        ("x" * (reading.LARGEST + 1), "yaml.too_large:1"),
    ],
)
def test_what_is_not_read_is_told_with_its_line(source: str | bytes, code: str) -> None:
    assert code in read(source)[1]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("True", "True"),
        ("yes", "yes"),
        ("NO", "NO"),
        ('"1"', "1"),
        ("1", 1),
        ("-7", -7),
        ("007", 7),
        ("0.50", Decimal("0.50")),
        ("-0.0", Decimal("0.0")),
        ("1e5", "1e5"),
        (".5", ".5"),
        (".nan", ".nan"),
        ("NaN", "NaN"),
        (".inf", ".inf"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("9" * 19, "9" * 19),
        ("~", None),
        ("2026-11-23", datetime.date(2026, 11, 23)),
        ("2026-11-23T10:00:00", "2026-11-23T10:00:00"),
        ("2026-11-23T10:00:00Z", datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)),
        ("'2026-11-23'", "2026-11-23"),
        ("__import__('os')", "__import__('os')"),
    ],
)
def test_what_a_value_is(written: str, value: object) -> None:
    found, findings = read(f"a: {written}\n")
    assert findings == []
    assert found == {"a": value} and type(found["a"]) is type(value)
    assert not str(found["a"]).startswith("-0")


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_nothing_that_a_file_may_hold_makes_it_fall_over(source: str | bytes) -> None:
    loaded = loading.load(source, "x.yaml")
    assert loaded.pack is None and loaded.findings


def test_findings_say_where_in_both_languages() -> None:
    finding = loading.load("a: 1\na: 2\n", "x.yaml").findings[0]
    assert finding.say("en").startswith("x.yaml:2:1: “a” is written twice here; first on line 1.")
    assert "写了两次" in finding.say("zh") and finding.as_dict("zh")["line"] == 2
