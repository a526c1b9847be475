"""The commands on price pages: what they print, how they end, and that they leave nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aboveboard.quotes.price_page_commands import prices_group
from tests.pricing.pricing2yaml.pages import PLANS, page
from tests.support import server

KEYS = [
    "file", "features", "usage_limits", "plans", "add_ons", "configuration_space", "cheapest", "dearest", "valid", "findings",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yml").write_text(page(), encoding="utf-8")
    (tmp_path / "bad.yml").write_text(page(PLANS.replace("12", "-12")), encoding="utf-8")
    (tmp_path / "worse.yml").write_text("a: [", encoding="utf-8")
    (tmp_path / "steering.yml").write_text(page(PLANS + '  "\\e[31m": {price: 3}\n'), encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(prices_group, list(words))


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["good.yml"], 0),
        (["good.yml", "good.yml"], 0),
        (["bad.yml"], 1),
        (["bad.yml", "good.yml"], 1),
        (["worse.yml"], 2),
        (["nothing.yml"], 2),
        (["."], 2),
        (["nothing.yml", "bad.yml", "good.yml"], 2),
        ([], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst(folder: Path, files: list[str], code: int) -> None:
    assert run("analyse", *files).exit_code == code
    assert run("analyse", "--json", *files).exit_code == code


def test_json_has_exactly_these_keys_in_the_order_of_the_files(folder: Path) -> None:
    told = json.loads(run("analyse", "--json", "nothing.yml", "good.yml", "worse.yml", "bad.yml").stdout)
    assert [list(answer) for answer in told] == [KEYS] * 4
    assert [answer["file"] for answer in told] == ["nothing.yml", "good.yml", "worse.yml", "bad.yml"]
    assert told[1] == {
        "file": "good.yml", "features": 2, "usage_limits": 0, "plans": 2, "add_ons": 0, "configuration_space": 2,
        "cheapest": 0, "dearest": 12, "valid": True, "findings": [],
    }  # fmt: skip
    assert [told[0][key] for key in KEYS[1:8]] == [None] * 7
    assert [finding["code"] for answer in told for finding in answer["findings"]] == [
        "file.unreadable", "yaml.bracket", "price.negative",
    ]  # fmt: skip
    finding = told[3]["findings"][0]
    assert (finding["file"], finding["line"], finding["path"]) == ("bad.yml", 10, "plans.TEAM.price")


def test_the_table_in_both_languages(folder: Path) -> None:
    said = run("analyse", "good.yml", "bad.yml", "nothing.yml").stdout
    assert "good.yml" in said and "12 EUR" in said and "yes" in said
    assert "bad.yml:10:10: error: A price cannot be below zero." in said
    assert "nothing.yml is not there." in said
    said = run("analyse", "--lang", "zh", "good.yml", "bad.yml", "nothing.yml").stdout
    assert "最便宜" in said and "错误: 价格不能小于零。" in said and "没有 nothing.yml 这个文件。" in said


def test_a_name_cannot_steer_the_terminal(folder: Path) -> None:
    said = run("analyse", "steering.yml").stdout
    assert "\x1b" not in said and "\ufffd[31m" in said


def test_a_file_without_end_is_not_read_to_its_end(folder: Path) -> None:
    (folder / "endless.yml").symlink_to("/dev/zero")
    (told,) = json.loads(run("analyse", "--json", "endless.yml").stdout)
    assert [finding["code"] for finding in told["findings"]] == ["yaml.too_large"]
    assert "2,000,000" in told["findings"][0]["message"]


def test_a_file_name_that_is_no_text_is_shown_as_far_as_it_is(folder: Path) -> None:
    name = b"caf\xe9.yml".decode("utf-8", "surrogateescape")
    (folder / "good.yml").rename(folder / name)
    done = run("analyse", "--json", name)
    assert done.exit_code == 0 and json.loads(done.stdout)[0]["file"] == "caf\ufffd.yml"


def test_convert_prints_the_newest_version_of_a_sound_page_only(folder: Path) -> None:
    done = run("convert", "good.yml")
    assert done.exit_code == 0 and done.stdout.startswith('syntaxVersion: "3.1"\nsaasName: Lamp\n')
    (folder / "again.yml").write_text(done.stdout, encoding="utf-8")
    assert run("convert", "again.yml").stdout == done.stdout
    for file, code, words in (
        ("bad.yml", 1, "below zero"),
        ("nothing.yml", 2, "not there"),
        ("worse.yml", 2, "error"),
    ):
        done = run("convert", file)
        assert (done.exit_code, done.stdout) == (code, "")
        assert words in done.stderr


def test_no_installation_is_made_or_needed(folder: Path) -> None:
    before = sorted(folder.iterdir())
    told = server.run("prices", "analyse", "--json", str(folder / "good.yml"), home=folder / "home")
    assert json.loads(told)[0]["valid"]
    assert sorted(folder.iterdir()) == [*before[:2], folder / "home", *before[2:]]
    assert list((folder / "home").iterdir()) == []
