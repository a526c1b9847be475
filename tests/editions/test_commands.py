"""`aboveboard check`, `plan`, `apply`: exit codes, sentences, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aboveboard.cli import aboveboard
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ABOVEBOARD_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def call(*words: str) -> Result:
        return runner.invoke(aboveboard, list(words), catch_exceptions=False)

    return call


def test_the_sample_can_be_applied_and_says_what_is_open(run) -> None:
    done = run("check", "--sample")
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == f"The sample lies at {BOOK}."
    assert done.output.splitlines()[-1] == "0 to mend, 2 to look at."


def test_without_a_file_the_one_in_the_folder_is_meant(run, tmp_path: Path) -> None:
    missing = run("check")
    assert missing.exit_code == 1
    assert "There is no file business.yaml here." in missing.output
    (tmp_path / "business.yaml").write_text(SAMPLE.replace("percent: 0.05", "percent: 5"), "utf-8")
    wrong = run("check")
    assert wrong.exit_code == 1
    line = SAMPLE[: SAMPLE.index("percent: 0.05")].count("\n") + 1
    assert f"business.yaml:{line}:12: error: A percent of 5 is not possible." in wrong.output


def test_a_folder_is_no_book(run, tmp_path: Path) -> None:
    refused = run("check", str(tmp_path))
    assert refused.exit_code == 1 and "cannot be read" in refused.output


def test_a_book_without_findings_says_so(run, tmp_path: Path) -> None:
    text = SAMPLE.replace("[message_service, booking_app]", "[message_service]").replace(
        "[mail_service, ad_network]", "[mail_service]"
    )
    start, end = text.index("- id: booking_app\n"), text.index("# ----", text.index("- id: ad_network\n"))
    (tmp_path / "business.yaml").write_text(text[:start] + text[end:], "utf-8")
    assert run("check").output == "business.yaml: nothing to mend.\n"


def test_json_and_chinese(run) -> None:
    told = json.loads(run("check", "--sample", "--json", "--lang", "zh").output)
    assert told["ok"] is True
    assert [finding["code"] for finding in told["findings"]] == ["partner.no_contract", "law.forbidden"]
    assert told["findings"][0]["mend"].startswith("请先签合同")
    assert "要改 0 处，请留意 2 处。" in run("check", "--sample", "--lang", "zh").output


def test_the_schema_is_printed(run) -> None:
    assert json.loads(run("check", "--schema").output)["title"] == "business.yaml"


def test_plan_and_apply(run, tmp_path: Path) -> None:
    assert "There is no installation" in run("plan", "--sample").output, "a plan makes nothing"
    assert run("apply", "--sample").output == "Edition 1 is in force.\n"
    assert run("apply", "--sample").output == "This is the book in force (edition 1). Nothing changed.\n"
    (tmp_path / "business.yaml").write_text(SAMPLE.replace("list_price: 29.00", "list_price: 31.00"), "utf-8")
    planned = run("plan")
    assert planned.exit_code == 0
    assert "  Exercise kit, One kit: $29.00 / $21.45 / $31.72 → $31.00 / $21.45 / $33.91" in planned.output
    assert json.loads(run("plan", "--json").output)["number"] == 2
    told = json.loads(run("apply", "--json").output)
    assert (told["ok"], told["number"], told["same"]) == (True, 2, False)


def test_a_book_with_errors_is_refused_as_a_whole(run, tmp_path: Path) -> None:
    run("apply", "--sample")
    (tmp_path / "business.yaml").write_bytes(
        SAMPLE.encode().replace(b"list_price: 29.00", b"list_price: 1.00")
    )
    for words in (("plan",), ("apply",)):
        refused = run(*words)
        assert refused.exit_code == 1
        assert "under the floor" in refused.output
    assert "The book was not applied." in run("apply").output
    assert json.loads(run("apply", "--json").output)["ok"] is False
    (tmp_path / "business.yaml").write_bytes(b"book: caf\xe9\n")
    for words in (("check",), ("plan",), ("apply",)):
        refused = run(*words)
        assert refused.exit_code == 1
        assert "not saved as UTF-8" in refused.output
