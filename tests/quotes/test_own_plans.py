"""The command that exports our own plans: from a book or the edition in force, and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aboveboard.pricing.pricing2yaml import analyse
from aboveboard.quotes.price_page_commands import prices_group
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text(encoding="utf-8")


def run(*words: str, house: object = None) -> Result:
    return CliRunner().invoke(prices_group, ["export", *words], obj=house)


def test_the_only_service_with_tiers_to_compare_is_meant(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(SAMPLE, "utf-8")
    printed = run("--book", str(tmp_path / "b.yaml"))
    assert printed.exit_code == 0, printed.output
    found = analyse(printed.stdout, "members.yml")
    assert found.valid and found.page is not None
    assert [plan.name for plan in found.page.plans] == ["standard", "plus", "family"]
    assert run("members_plan", "--book", str(tmp_path / "b.yaml")).stdout == printed.stdout


def test_every_service_can_be_exported(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(SAMPLE, "utf-8")
    for service in ("treatment", "exercise_class", "classes_at_your_firm", "open_evening"):
        printed = run(service, "--book", str(tmp_path / "b.yaml"))
        assert printed.exit_code == 0, printed.output
        assert "plans:" in printed.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["swimming"], "There is no service “swimming”. We offer: first_visit"),
        (["--lang", "zh", "swimming"], "没有「swimming」这项服务"),
    ],
)
def test_a_service_that_is_not_there(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "b.yaml").write_text(SAMPLE, "utf-8")
    printed = run(*words, "--book", str(tmp_path / "b.yaml"))
    assert printed.exit_code == 1 and said in printed.output


def test_a_book_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in run("--book", str(tmp_path / "none.yaml")).output
    (tmp_path / "b.yaml").write_text(SAMPLE.replace("margin: 0.20", "margin: 20"), "utf-8")
    assert "aboveboard check" in run("--book", str(tmp_path / "b.yaml")).output


def test_which_service_if_there_are_several(tmp_path: Path) -> None:
    text = SAMPLE.replace("  - id: extended\n", "  - id: extended\n    features: [{feature: video_help}]\n")
    (tmp_path / "b.yaml").write_text(text, "utf-8")
    assert "Name the service: treatment, members_plan" in run("--book", str(tmp_path / "b.yaml")).output
