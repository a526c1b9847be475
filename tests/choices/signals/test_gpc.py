"""The six rules for `Sec-GPC` (W3C Global Privacy Control, *The Sec-GPC Header Field for HTTP Requests*)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.choices.signals import gpc

TABLE = [
    # rule, values of all headers of that name, is it a signal
    ("1 no header", [], False),
    ("2 exactly one", ["1"], True),
    ("2 space around a value is not part of it", [" 1\t"], True),
    ("3 another digit", ["0"], False),
    ("3 nothing", [""], False),
    ("3 only space", ["  "], False),
    ("3 a word", ["true"], False),
    ("3 a longer number", ["01"], False),
    ("3 a longer number", ["11"], False),
    ("3 a number with a point", ["1.0"], False),
    ("3 in quotes", ['"1"'], False),
    ("3 structured true", ["?1"], False),
    ("3 with a parameter: there are no extensions", ["1;sale"], False),
    ("3 another script's one", ["１"], False),
    ("3 a space that is none in HTTP", ["1\u00a0"], False),
    ("3 a superscript", ["¹"], False),
    ("4 one of several", ["0", "1"], True),
    ("4 in any order", ["1", "0"], True),
    ("4 twice", ["1", "1"], True),
    ("4 joined on the way", ["0, 1"], True),
    ("4 joined on the way, without space", ["1,1"], True),
    ("5 several, none is one", ["0", "2"], False),
    ("5 joined, none is one", ["0,true, 11"], False),
    ("5 the digits do not add up", ["", "1 1"], False),
]


@pytest.mark.parametrize("rule, values, signal", TABLE, ids=[f"{row[0]}: {row[1]}" for row in TABLE])
def test_the_rules(rule: str, values: list[str], signal: bool) -> None:
    assert gpc.signalled(values) is signal


@given(st.lists(st.text(max_size=8), max_size=6), st.integers(0, 6))
def test_nothing_takes_a_signal_back(values: list[str], place: int) -> None:
    assert gpc.signalled([*values[:place], "1", *values[place:]])


@given(st.lists(st.text(st.characters(exclude_characters="1"), max_size=8), max_size=6))
def test_without_the_character_there_is_no_signal(values: list[str]) -> None:
    assert not gpc.signalled(values)


@pytest.mark.parametrize("rule, values, signal", TABLE, ids=[f"{row[0]}: {row[1]}" for row in TABLE])
def test_the_web_reads_requests_by_the_same_rules(rule: str, values: list[str], signal: bool) -> None:
    """`web` lies below this room and cannot import it, so it has the rule in a line of its own; both must say the same."""
    from litestar.connection import ASGIConnection

    from aboveboard.web import gpc as web_gpc

    headers = [
        (b"sec-gpc", value.encode("utf-8").decode("utf-8").encode("latin-1", "replace")) for value in values
    ]
    scope = {"type": "http", "headers": headers}
    assert web_gpc.signalled(ASGIConnection(scope)) is signal  # type: ignore[arg-type]
