"""The command `gate-list`: from a file or a pipe, in each form, and nothing of a list that is broken."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.choices.bulk.conftest import parquet, table_of
from tests.support.server import PROGRAM, clean_environment, run

ROWS = [{"mail": "ann@example.org", "n": 1}, {"mail": "bo@example.org", "n": 2}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
ASK = ("gate-list", "marketing_email", "--column", "mail", "--recipient", "mail_service")


@pytest.fixture(scope="module", autouse=True)
def ann_says_no(house_home: Path) -> None:
    run("choose", "deny", "--email", "ann@example.org", home=house_home)


def _ask(
    home: Path, *more: str, given: bytes = b"", seconds: float = 60
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PROGRAM, *ASK, *more],
        cwd=home,
        env=clean_environment(home),
        input=given,
        capture_output=True,
        timeout=seconds,
    )


@pytest.mark.parametrize(
    ("name", "content", "options", "printed"),
    [
        ("list.ndjson", LINES.encode(), [], b'{"mail": "bo@example.org", "n": 2}\n'),
        ("list.jsonl", LINES.encode(), ["--to", "csv"], b"mail,n\nbo@example.org,2\n"),
        ("list.parquet", parquet(ROWS), ["--to", "csv"], b"mail,n\nbo@example.org,2\n"),
        ("LIST.CSV", b"mail\r\nann@example.org\r\nbo@example.org\r\n", [], b"mail\r\nbo@example.org\r\n"),
        ("list.txt", b"mail\nbo@example.org", [], b"mail\nbo@example.org\n"),
        ("list.csv", LINES.encode(), ["--format", "ndjson", "--kind", "email"], b'{"mail": "bo@example.org", "n": 2}\n'),
        ("list.csv", b"mail\nbo@example.org\n", ["--also", "personal_prices"], b"mail\n"),
        ("list.csv", b"mail\nbo@example.org\n", ["--at-least", "999999"], b"mail\n"),
    ],
)  # fmt: skip
def test_the_rows_that_may_be_used_are_printed(house_home, tmp_path, name, content, options, printed) -> None:
    (tmp_path / name).write_bytes(content)
    asked = _ask(house_home, str(tmp_path / name), *options)
    assert (asked.returncode, asked.stdout) == (0, printed), asked.stderr
    assert asked.stderr.decode().endswith("may be used.\n")


def test_parquet_may_come_through_a_pipe_and_leave_through_one(house_home) -> None:
    asked = _ask(house_home, "-", "--format", "parquet", given=parquet(ROWS))
    assert table_of(asked.stdout).to_pylist() == ROWS[1:]


def test_the_refused_are_kept_with_their_reason_in_either_language(house_home, tmp_path) -> None:
    kept = tmp_path / "refused.ndjson"
    kept.write_text("what stood here before")
    asked = _ask(
        house_home, "-", "--format", "ndjson", "--refused", str(kept), "--lang", "zh", given=LINES.encode()
    )
    assert asked.returncode == 0
    [row] = map(json.loads, kept.read_text().splitlines())
    assert (
        row["mail"] == "ann@example.org" and row["reason"] == "choice" and row["explanation"].endswith("。")
    )
    assert "allowed" not in row
    assert [file.name for file in tmp_path.iterdir()] == ["refused.ndjson"]


def test_of_a_broken_list_nothing_is_printed_and_nothing_kept(house_home, tmp_path) -> None:
    kept = tmp_path / "refused.csv"
    kept.write_text("what stood here before")
    lines = b"mail,n\n" + b"ann@example.org,1\nbo@example.org,2\n" * 20_000 + b"bo@example.org\n"
    before = sorted(house_home.iterdir())
    asked = _ask(house_home, "-", "--refused", str(kept), given=lines)
    assert (asked.returncode, asked.stdout) == (1, b"")
    assert b"begins in line 40002 has 1 cells" in asked.stderr
    assert kept.read_text() == "what stood here before"
    assert [file.name for file in tmp_path.iterdir()] == ["refused.csv"]
    assert sorted(house_home.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--also", "a:"], b"Write a further question as"),
        (["--refused", "missing/refused.csv"], b"missing/refused.csv cannot be written"),
        (["--format", "xlsx"], b"'xlsx' is not one of 'csv', 'ndjson', 'parquet'"),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence(house_home, options, said) -> None:
    asked = _ask(house_home, "-", *options, given=b"mail\nbo@example.org\n")
    assert asked.returncode in (1, 2) and said in asked.stderr and asked.stdout == b""
