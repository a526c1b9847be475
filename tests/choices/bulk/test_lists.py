"""A whole list at the gate: in order, as it came, with reasons, in each form, and with a sentence for each list that is none."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aboveboard.choices import bulk
from aboveboard.choices.bulk import model, text
from aboveboard.choices.bulk.judging import questions
from aboveboard.people.model import Identity
from tests.choices.bulk.conftest import LIST, ROWS, asked, lead, parquet, table_of
from tests.choices.conftest import Firm

NDJSON = "".join(json.dumps(row) + "\n" for row in ROWS)
EXTRA = ("allowed", "reason", "explanation")


def _in(form: bulk.Form) -> bytes:
    return {"csv": LIST.encode(), "ndjson": NDJSON.encode(), "parquet": parquet(ROWS)}[form]


def _out(form: bulk.Form, content: bytes) -> list[dict[str, Any]]:
    if form == "parquet":
        found: list[dict[str, Any]] = table_of(content).to_pylist()
        return found
    if form == "ndjson":
        return [json.loads(line) for line in content.decode().split("\n") if line]
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


# ------------------------------------------------------------------------------------------------ what comes out
@pytest.mark.parametrize("to", bulk.FORMS)
@pytest.mark.parametrize("form", bulk.FORMS)
def test_each_form_goes_in_and_each_comes_out(firm: Firm, form: bulk.Form, to: bulk.Form) -> None:
    firm.say(firm.person("ann@example.org"), "deny sharing")
    firm.person("bob@example.org")
    content, tally = lead(firm, _in(form), form, to)
    assert _out(to, content) == [ROWS[1], ROWS[3]]
    assert (tally.asked, tally.allowed, dict(tally.reasons)) == (4, 2, {"choice": 1, "not_an_identity": 1})
    assert tally.as_of == firm.gate.as_of


@pytest.mark.parametrize("to", bulk.FORMS)
@pytest.mark.parametrize("form", bulk.FORMS)
def test_with_reasons_each_row_says_what_holds(firm: Firm, form: bulk.Form, to: bulk.Form) -> None:
    firm.say(firm.person("ann@example.org"), "deny sharing")
    content, _ = lead(firm, _in(form), form, to, rows="all", extra=EXTRA)
    found = _out(to, content)
    assert [row["reason"] for row in found] == ["choice", "default", "not_an_identity", "default"]
    yes, no = ("true", "false") if to == "csv" else (True, False)
    assert [row["allowed"] for row in found] == [no, yes, no, yes]
    assert all(row["explanation"] for row in found)
    assert [{name: row[name] for name in ROWS[0]} for row in found] == ROWS


def test_reasons_are_told_in_the_language_that_was_asked_for(firm: Firm) -> None:
    firm.say(firm.person("ann@example.org"), "deny sharing")
    kept = {"rows": "refused", "extra": ("explanation",)}
    content, _ = lead(firm, LIST.encode(), question=asked(lang="zh"), **kept)
    assert [row["explanation"][-1] for row in _out("csv", content)] == ["。", "。"]


def test_rows_that_pass_are_the_bytes_that_came(firm: Firm) -> None:
    strange = b'\xef\xbb\xbfmail,"note"\r\n"new@example.org","a ""b"" \n c"\r\n\r\nbob@example.org,\'x\''
    content, _ = lead(firm, strange)
    assert content == b'mail,"note"\r\n"new@example.org","a ""b"" \n c"\r\nbob@example.org,\'x\'\n'
    lines = b'{"mail":"bob@example.org", "n": 1.50, "big": 123456789012345678901234567890}\n\n  { "mail":"new@example.org"}'
    content, _ = lead(firm, lines, "ndjson")
    assert content == lines.replace(b"\n\n", b"\n") + b"\n"


def test_parquet_keeps_its_types(firm: Firm) -> None:
    firm.say(firm.person("ann@example.org"), "deny all")
    table = pa.table(
        {
            "mail": pa.array(["ann@example.org", "bob@example.org", None]).dictionary_encode(),
            "since": pa.array([datetime(2026, 1, 2, tzinfo=UTC)] * 3, pa.timestamp("ns", "UTC")),
            "paid": pa.array([Decimal("1.10")] * 3, pa.decimal128(9, 2)),
            "tags": pa.array([["a"], ["b", "c"], []]),
        }
    )
    content, tally = lead(firm, parquet(table), "parquet")
    assert table_of(content).to_pylist() == table.slice(1, 1).to_pylist()
    assert table_of(content).schema.field("paid").type == pa.decimal128(9, 2)
    assert tally.reasons == {"choice": 1, "not_an_identity": 1}
    as_lines, _ = lead(firm, parquet(table.drop_columns("since")), "parquet", "ndjson")
    assert _out("ndjson", as_lines) == [{"mail": "bob@example.org", "paid": "1.10", "tags": ["b", "c"]}]
    as_cells, _ = lead(firm, parquet(table.drop_columns("since")), "parquet", "csv")
    assert _out("csv", as_cells) == [{"mail": "bob@example.org", "paid": "1.10", "tags": '["b","c"]'}]


def test_a_number_may_name_somebody(firm: Firm) -> None:
    with firm.store.write() as tx:
        subject = firm.people.locate(tx, Identity("customer", "1042"))
    firm.say(subject, "deny all")
    question = asked(column="no", kind="customer")
    assert lead(firm, b'{"no": 1042}\n{"no": 1043}\n', "ndjson", question=question)[0] == b'{"no": 1043}\n'
    assert lead(firm, parquet([{"no": 1042}]), "parquet", question=question)[1].allowed == 0
    # A table with one number missing makes floats of the others; that is the same customer, who said no.
    floats = pa.table({"no": pa.array([1042.0, None, 1043.0])})
    content, tally = lead(firm, parquet(floats), "parquet", question=question)
    assert table_of(content).to_pylist() == [{"no": 1043.0}]
    assert tally.reasons == {"choice": 1, "not_an_identity": 1}
    exact = pa.table({"no": pa.array([Decimal("1042.00"), Decimal("1043.00"), Decimal("1E+30")])})
    content, tally = lead(firm, parquet(exact), "parquet", question=question)
    assert (tally.allowed, tally.reasons) == (1, {"choice": 1, "not_an_identity": 1})


NO_NAMES = ["1042.5", "NaN", "Infinity", "9007199254740993.0", "true", '["1042"]', '{"no": 1042}']


@pytest.mark.parametrize("value", NO_NAMES)
def test_what_is_neither_text_nor_a_whole_number_names_nobody(firm: Firm, value: str) -> None:
    question = asked(column="no", kind="customer")
    content, tally = lead(firm, f'{{"no": {value}}}\n'.encode(), "ndjson", question=question)
    assert (content, tally.reasons) == (b"", {"not_an_identity": 1})


def test_bytes_name_nobody(firm: Firm) -> None:
    table = pa.table({"no": pa.array([b"1042"])})
    _, tally = lead(firm, parquet(table), "parquet", question=asked(column="no", kind="customer"))
    assert tally.reasons == {"not_an_identity": 1}


@pytest.mark.parametrize("form", bulk.FORMS)
def test_nobody_allowed_is_a_list_without_rows(firm: Firm, form: bulk.Form) -> None:
    content, tally = lead(firm, _in(form), form, question=asked(("unheard_of", None)))
    assert _out(form, content) == [] and tally.reasons == {"not_declared": 3, "not_an_identity": 1}
    assert form != "parquet" or table_of(content).schema.names == list(ROWS[0])


def test_half_a_character_does_not_break_the_answer(firm: Firm) -> None:
    line = b'{"mail": "bob@example.org", "note": "\\ud83d"}\n'
    assert lead(firm, line, "ndjson")[0] == line
    told, _ = lead(firm, line, "ndjson", extra=("allowed",))
    assert json.loads(told)["note"] == "\ud83d"
    for to in ("csv", "parquet"):
        assert _out(to, lead(firm, line, "ndjson", to)[0])[0]["note"] == "\\ud83d"  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ who is asked about
def test_a_list_longer_than_a_batch_is_judged_to_its_end(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "BATCH_ROWS", 7)
    for number in range(0, 40, 3):
        firm.say(firm.person(f"p{number}@example.org"), "deny all")
    rows = [{"mail": f"p{number}@example.org"} for number in range(40)]
    wanted = [row for number, row in enumerate(rows) if number % 3]
    lines = "mail\n" + "".join(f"{row['mail']}\n" for row in rows)
    assert _out("csv", lead(firm, lines.encode())[0]) == wanted
    assert _out("ndjson", lead(firm, lines.encode(), to="ndjson")[0]) == wanted
    for size in (1, 5, 100):
        assert table_of(lead(firm, parquet(rows, row_group_size=size), "parquet")[0]).to_pylist() == wanted


def test_wide_rows_make_short_batches(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "BATCH_BYTES", 5_000)
    rows = [{"mail": f"p{number}@example.org", "note": f"{number:01000}"} for number in range(40)]
    for form, content in (
        ("csv", "mail,note\n" + "".join(f"{r['mail']},{r['note']}\n" for r in rows)),
        ("ndjson", "".join(json.dumps(row) + "\n" for row in rows)),
    ):
        source = bulk.source_of(form, io.BytesIO(content.encode()), "mail")  # type: ignore[arg-type]
        assert max(len(batch.people) for batch in source.batches()) <= 5
    plain = parquet(rows, use_dictionary=False, compression="none")
    batches = list(bulk.source_of("parquet", io.BytesIO(plain), "mail").batches())
    assert max(len(batch.people) for batch in batches) <= 5
    assert sum(len(batch.people) for batch in batches) == 40


def test_a_no_that_comes_while_the_list_is_judged_counts_from_the_next_batch(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "BATCH_ROWS", 2)
    last = firm.person("p9@example.org")
    lines = "mail\n" + "".join(f"p{number}@example.org\n" for number in range(10))

    def speak(done: int) -> None:
        if done == 4:
            firm.say(last, "deny all")

    before = firm.ask(None, "sharing", "reviews").as_of
    content, tally = lead(firm, lines.encode(), progress=speak)
    assert tally.allowed == 9 and b"p9@" not in content
    assert tally.as_of == before, "every answer knew at least this entry"


def test_who_was_erased_keeps_their_no(firm: Firm) -> None:
    from aboveboard.people import erasure

    subject = firm.person("ann@example.org")
    with firm.store.write() as tx:
        erasure.erase(firm.people, tx, subject, "asked")
    with firm.store.read() as conn:
        alone = firm.gate.ask(conn, firm.people.find(conn, Identity("email", "ann@example.org")), "reminders")
    assert not alone.allowed
    content, _ = lead(firm, b"mail\nann@example.org\nbob@example.org\n", question=asked(("reminders", None)))
    assert content == b"mail\nbob@example.org\n"


def test_every_question_must_be_answered_with_yes(firm: Firm) -> None:
    firm.say(firm.person("ann@example.org"), "deny sharing")
    firm.say(firm.person("bob@example.org"), "deny reminders")
    both = asked(*questions("reminders", None, ["sharing:reviews"]))
    content, tally = lead(firm, LIST.encode(), question=both)
    assert [row["name"] for row in _out("csv", content)] == ["New"]
    assert tally.reasons == {"choice": 2, "not_an_identity": 1}


@pytest.mark.parametrize("written", ["", ":", "a:", ":b"])
def test_a_question_that_is_none_gets_a_sentence(written: str) -> None:
    with pytest.raises(bulk.ListError) as caught:
        questions("a", None, [written])
    assert caught.value.code == "list_question"


def test_an_answer_that_cannot_know_enough_is_no(firm: Firm) -> None:
    firm.person("bob@example.org")
    newest = firm.ask(None, "sharing", "reviews").as_of
    assert lead(firm, LIST.encode(), question=asked(at_least=newest))[1].allowed == 3
    assert lead(firm, LIST.encode(), question=asked(at_least=newest + 1))[1].reasons["stale"] == 3
    firm.gate.stale_after = 0
    assert lead(firm, LIST.encode())[1].reasons["stale"] == 3


def test_work_that_nobody_waits_for_is_given_up(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "BATCH_ROWS", 2)
    stop, seen = threading.Event(), list[int]()

    def gone(done: int) -> None:
        seen.append(done)
        stop.set()

    with pytest.raises(bulk.Stopped):
        lead(firm, LIST.encode(), stop=stop, progress=gone)
    assert seen == [2]


# ------------------------------------------------------------------------------------------------ what is no list
_WIDE = b"mail\n" + b"x" * (text.LONGEST_LINE + 1)
BROKEN: list[tuple[bytes, bulk.Form, bulk.Form, str, str]] = [
    # the list, its form, the form asked for, the code, what the sentence must name
    (b"", "csv", "csv", "list_empty", "empty"),
    (b"mail\n", "csv", "csv", "list_empty", "empty"),
    (b"\n\n", "csv", "csv", "list_empty", "empty"),
    (b"name,phone\nAnn,1\n", "csv", "csv", "list_no_column", "name, phone"),
    (b"name;mail\nAnn;a@example.org\n", "csv", "csv", "list_no_column", "name;mail"),
    (b"{mail},phone\nAnn,1\n", "csv", "csv", "list_no_column", "{mail}, phone"),
    (b"mail,mail\na@example.org,b\n", "csv", "csv", "list_column_twice", "“mail”"),
    (b"mail,reason\na@example.org,b\n", "csv", "csv", "list_column_taken", "“reason”"),
    (b"mail\na@example.org\n\xff\n", "csv", "csv", "list_not_text", "Line 3 "),
    ("mail\na@example.org\n".encode("utf-16"), "csv", "csv", "list_not_text", "Line 1 "),
    (_WIDE, "csv", "csv", "list_line_long", "Line 2 "),
    (b'mail\na@example.org\n"b\n' + b"x\n" * 100_000, "csv", "csv", "list_not_csv", "line 3 "),
    (b'mail\na@example.org\n"b', "csv", "csv", "list_not_csv", "line 3 "),
    (b'mail,n\na@example.org,"a"b\n', "csv", "csv", "list_not_csv", "line 2 "),
    (b"mail,n\na@example.org,1\nb@example.org\n", "csv", "csv", "list_row_width", "line 3 has 1"),
    (b'mail,n\n"a\n@example.org",1\nb@example.org,1,2\n', "csv", "csv", "list_row_width", "line 4 has 3"),
    (b"", "ndjson", "ndjson", "list_empty", "empty"),
    (b"\n \n", "ndjson", "ndjson", "list_empty", "empty"),
    (b'{"mail": "a@example.org"}\n\nnot json\n', "ndjson", "ndjson", "list_not_json", "Line 3 "),
    (b"[1]\n", "ndjson", "ndjson", "list_not_json", "Line 1 "),
    (b"[" * 100_000, "ndjson", "ndjson", "list_not_json", "Line 1 "),
    (b'{"name": "a@example.org"}\n', "ndjson", "ndjson", "list_no_column", "name"),
    (b'{"mail": "a@example.org"}\n\xff\n', "ndjson", "ndjson", "list_not_text", "Line 2 "),
    (b'{"mail": "a@example.org"}\n{"mail": "b@example.org", "n": 1}\n', "ndjson", "csv", "list_uneven", "Line 2 "),
    (b'{"mail": "a@example.org"}\n{"n": 1}\n', "ndjson", "parquet", "list_uneven", "Line 2 "),
    (b'{"mail": "a@example.org"}\n{"mail": "b", "reason": 1}\n', "ndjson", "ndjson", "list_column_taken", "“reason”"),
    (b"", "parquet", "parquet", "list_not_parquet", "Parquet"),
    (b"mail\na@example.org\n", "parquet", "parquet", "list_not_parquet", "Parquet"),
    (parquet(ROWS)[:-20], "parquet", "parquet", "list_not_parquet", "Parquet"),
    (parquet([{"name": "a"}]), "parquet", "parquet", "list_no_column", "name"),
    (parquet(pa.table({"mail": pa.array([], pa.string())})), "parquet", "csv", "list_empty", "empty"),
    (parquet([{"mail": "a", "allowed": "b"}]), "parquet", "parquet", "list_column_taken", "“allowed”"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "form", "to", "code", "names"), BROKEN)
def test_a_list_that_is_none_gets_a_sentence(
    sqlite_firm: Firm, content: bytes, form: bulk.Form, to: bulk.Form, code: str, names: str
) -> None:
    extra = EXTRA if code == "list_column_taken" else ()
    with pytest.raises(bulk.ListError) as caught:
        lead(sqlite_firm, content, form, to, rows="all", extra=extra)
    said = caught.value.text
    assert caught.value.code == code
    assert names in said.say("en")
    assert said.say("en").endswith("Nothing was written.") and said.say("zh").endswith("什么都没有写。")


def test_parquet_that_breaks_in_the_middle_is_found(sqlite_firm: Firm) -> None:
    rows = [{"mail": f"p{number}@example.org", "note": f"{number:0500}"} for number in range(5_000)]
    whole = bytearray(parquet(rows, compression="zstd", row_group_size=1_000, use_dictionary=False))
    middle = len(whole) // 2
    whole[middle : middle + 400] = b"\xff" * 400
    with pytest.raises(bulk.ListError) as caught:
        lead(sqlite_firm, bytes(whole), "parquet")
    assert caught.value.code == "list_not_parquet"


@pytest.mark.parametrize(("form", "to"), [("parquet", "csv"), ("csv", "parquet")])
def test_without_pyarrow_the_extra_is_named(
    sqlite_firm: Firm, monkeypatch: pytest.MonkeyPatch, form: bulk.Form, to: bulk.Form
) -> None:
    content = _in(form)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(bulk.ListError, match=r"aboveboard\[bulk\]") as caught:
        lead(sqlite_firm, content, form, to)
    assert caught.value.code == "list_no_parquet"
    assert lead(sqlite_firm, LIST.encode())[1].allowed == 3, "the other forms need nothing more"


_cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a@example.org", "b@example.org", "x@y"]), _cells, _cells), min_size=1
    )
)
def test_whatever_stands_in_a_row_it_comes_out_as_it_went_in(
    sqlite_firm: Firm, rows: list[tuple[str, str, str]]
) -> None:
    named = [{"mail": mail, "one": one, "two": two} for mail, one, two in rows]
    passing = [row for row in named if row["mail"] != "x@y"]
    out = io.StringIO()
    whole = csv.DictWriter(out, ["mail", "one", "two"], quoting=csv.QUOTE_ALL)
    whole.writeheader()
    whole.writerows(named)
    lists: dict[bulk.Form, bytes] = {
        "csv": out.getvalue().encode(),
        "ndjson": "".join(json.dumps(row) + "\n" for row in named).encode(),
        "parquet": parquet(named),
    }
    for form, content in lists.items():
        for to in bulk.FORMS:
            written = lead(sqlite_firm, content, form, to)[0]
            assert _out(to, written) == passing, (form, to)


def test_bytes_at_random_end_in_a_list_or_a_sentence(sqlite_firm: Firm) -> None:
    @settings(deadline=None, max_examples=150)
    @given(st.binary(max_size=200), st.sampled_from(bulk.FORMS), st.sampled_from(bulk.FORMS))
    def check(content: bytes, form: bulk.Form, to: bulk.Form) -> None:
        for whole in (content, b"mail,n\n" + content, b'{"mail": 1}\n' + content):
            with contextlib.suppress(bulk.ListError):
                lead(sqlite_firm, whole, form, to, rows="all")

    check()
