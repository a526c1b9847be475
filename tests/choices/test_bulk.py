"""A whole list at the gate: streamed, in order, with reasons, and with a sentence for each list that is none."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from aboveboard.choices import bulk
from tests.choices.conftest import Firm

LIST = 'name,mail,note\nAnn,ANN@example.org,a\nBob,bob@example.org,"b, c"\nNo one,no@one,d\nNew,new@example.org,e\n'


def _judge(
    firm: Firm,
    text: str,
    form: Any = "csv",
    column: str = "mail",
    purpose: str = "sharing",
    reasons: bool = True,
) -> list[bulk.Verdict]:
    with firm.store.read() as conn:
        rows = bulk.read(io.StringIO(text), form)
        return list(
            bulk.judge(
                conn,
                firm.people,
                firm.gate,
                rows,
                column=column,
                kind=None,
                purpose=purpose,
                recipient="reviews",
                country="US",
                reasons=reasons,
            )
        )


@pytest.mark.parametrize("reasons", [True, False])
def test_each_row_is_judged_in_order(firm: Firm, reasons: bool) -> None:
    firm.say(firm.person("ann@example.org"), "deny sharing")
    firm.person("bob@example.org")
    verdicts = _judge(firm, LIST, reasons=reasons)
    assert [(v.row["name"], v.allowed) for v in verdicts] == [
        ("Ann", False),
        ("Bob", True),
        ("No one", False),
        ("New", True),
    ]
    if reasons:
        assert [v.reason for v in verdicts] == ["choice", "default", "not_an_identity", "default"]
        assert all(v.explanation is None or v.explanation.say("zh") for v in verdicts)


def test_json_lines_are_read_as_well(firm: Firm) -> None:
    firm.say(firm.person("ann@example.org"), "deny all")
    lines = "\n".join(json.dumps(row) for row in csv.DictReader(io.StringIO(LIST))) + "\n\n"
    assert [v.allowed for v in _judge(firm, lines, "ndjson")] == [False, True, False, True]


def test_a_list_longer_than_a_chunk_is_judged_to_its_end(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 7)
    for number in range(0, 40, 3):
        firm.say(firm.person(f"p{number}@example.org"), "deny all")
    text = "mail\n" + "".join(f"p{number}@example.org\n" for number in range(40))
    for reasons in (True, False):
        assert [not v.allowed for v in _judge(firm, text, reasons=reasons)] == [
            number % 3 == 0 for number in range(40)
        ]


def test_what_the_gate_closes_is_closed_for_all(firm: Firm) -> None:
    assert not any(v.allowed for v in _judge(firm, LIST, purpose="unheard_of"))


@pytest.mark.parametrize(
    ("text", "form", "code"),
    [
        ("", "csv", "list_empty"),
        ("mail\n", "csv", "list_empty"),
        ("name,phone\nAnn,1\n", "csv", "list_no_column"),
        ('{"mail": "a@example.org"}\nnot json\n', "ndjson", "list_not_json"),
        ("[1]\n", "ndjson", "list_not_json"),
        ("[" * 100_000, "ndjson", "list_not_json"),
        ('mail\n"' + "x" * 200_000 + '"\n', "csv", "list_not_text"),
        ("", "ndjson", "list_empty"),
    ],
)
def test_a_list_that_is_none_gets_a_sentence(firm: Firm, text: str, form: Any, code: str) -> None:
    with pytest.raises(bulk.ListError) as caught:
        _judge(firm, text, form)
    assert caught.value.code == code
    assert caught.value.text.say("en").endswith(".") and caught.value.text.say("zh").endswith("。")
