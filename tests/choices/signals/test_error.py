"""Errors: every code has a plain sentence in both languages, whatever was sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.choices.signals import error
from aboveboard.words import plain

_VALUES = {
    "place": error.HEADER, "character": "'+'", "found": 2, "read": 1, "announced": 2, "most": 9, "known": "a, b",
    "field": "SaleOptOut", "value": "maybe",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(error.CODES))
def test_each_code_speaks_plainly(code: str) -> None:
    fault = error.fault(code, **_VALUES)
    assert fault.code == code and str(fault) == fault.text.en
    assert fault.text.say("en").endswith(".") and fault.text.say("zh").endswith("。")
    assert not plain.check_pair(fault.text, colleagues=True)


@given(st.text())
def test_what_was_sent_stands_in_the_sentence_and_breaks_nothing(sent: str) -> None:
    text = error.fault("value", place=error.section(sent), field=sent, value=sent, known="a").text
    assert text.say("en") and text.say("zh")
    assert len(text.say("en")) < 1000
