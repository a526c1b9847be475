"""`aboveboard import` as people run it: what it prints, lists and answers."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tests.support.server import PROGRAM, clean_environment

LIST = "customer_id;email;phone\nrp-1;ann@example.org;\nRP-2;nonsense;\n;nonsense;\nRP-3;;\n"


@pytest.fixture(scope="module")
def home(house_home: Path) -> Path:
    """A house with the sample book."""
    return house_home


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "import", *words], env=clean_environment(home), capture_output=True, text=True, timeout=60
    )


def test_the_report_and_the_list_of_rows(home: Path, tmp_path: Path) -> None:
    file, listing = tmp_path / "list.csv", tmp_path / "rows.csv"
    file.write_text(LIST)
    done = run(home, "customers", str(file), "--report", str(listing))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Read as UTF-8, separated by semicolons, with a header line" in done.stdout
    assert "  taken: 1\n  taken with a small change: 2\n  already there: 0\n  set aside: 1\n" in done.stdout
    assert "1 × not an e-mail address (first on line 4)" in done.stdout
    with listing.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["line"], row["outcome"], row["code"]) for row in rows] == [
        ("2", "mended", "capitals"),
        ("3", "mended", "email_left_out"),
        ("4", "set_aside", "email_invalid"),
    ]
    assert "nonsense" not in listing.read_text() and "ann@" not in listing.read_text() + done.stdout
    again = run(home, "customers", str(file), "--report", str(listing), "--lang", "zh")
    assert "  原来就有：3\n" in again.stdout
    assert listing.read_text("utf-8-sig").count("already") == 3


def test_json(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("customer,date\nJ-1,2026-03-05\n")
    done = run(home, "visits", str(file), "--json")
    found = json.loads(done.stdout)
    assert (found["rows"], found["taken"], found["new_people"]) == (1, 1, 1)
    assert found["columns"] == {"customer": "customer", "date": "date"}
    assert found["span"] == ["2026-03-05", "2026-03-05"]


def test_a_refusal_is_a_sentence(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_bytes(b"")
    done = run(home, "visits", str(file), "--lang", "zh")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Error: 文件是空的。什么都没有保存。\n")
    missing = run(home, "visits", str(tmp_path / "none.csv"))
    assert missing.returncode == 1 and "none.csv cannot be read" in missing.stderr


def test_a_file_of_which_nothing_can_be_taken(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("customer,date\nJ-1,soon\n")
    assert run(home, "visits", str(file)).returncode == 3


def test_an_encoding_can_be_named(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("客户号,日期\nG-1,2026-03-05\n".encode("gb18030"))
    assert (
        json.loads(run(home, "visits", str(file), "--encoding", "gbk", "--json").stdout)["encoding"] == "gbk"
    )
    assert run(home, "visits", str(file), "--encoding", "utf-8").returncode == 1


def test_every_code_is_told_in_the_documents() -> None:
    from aboveboard.people.imports.model import SAYS

    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    codes = {key.partition(".")[2] for key in SAYS if key.startswith(("reason.", "refused."))}
    assert {code for code in codes if f"`{code}`" not in page} == set()
