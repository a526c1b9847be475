"""The command that exports our own plans: from a book or the edition in force, and what it says where it cannot."""

from __future__ import annotations

import json
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
        assert analyse(printed.stdout, service).valid


@pytest.mark.parametrize(
    ("service", "lang", "said"),
    [
        ("exercise_class", "en", "The price of the plan “standard” stands on the page in words, because one more"),
        ("exercise_class", "zh", "方案「standard」的价格在页面上用文字写，因为再多一份，价钱不一定一样："),
        ("members_plan", "en", "The price of the add-on “extra_seat_family” stands on the page in words"),
        ("treatment", "en", None),
    ],
)  # fmt: skip
def test_what_the_page_cannot_say_is_told_beside_it(
    tmp_path: Path, service: str, lang: str, said: str | None
) -> None:
    (tmp_path / "b.yaml").write_text(SAMPLE, "utf-8")
    words = (service, "--lang", lang, "--book", str(tmp_path / "b.yaml"))
    printed = run(*words)
    assert (said or "") in printed.stderr and bool(said) == bool(printed.stderr)
    told = json.loads(run("--json", *words).stdout)
    assert list(told) == ["service", "page", "valid", "notes", "findings"]
    assert (told["page"], told["valid"]) == (printed.stdout, True)
    assert [note["message"] for note in told["notes"]] == printed.stderr.splitlines()
    assert all(
        next(iter(note)) in ("plan", "add_on") and note["code"] == "graduated" for note in told["notes"]
    )


def test_a_fault_of_the_plans_themselves_is_told_in_one_sentence(tmp_path: Path) -> None:
    text = SAMPLE.replace("  - id: extended\n", "  - id: extended\n    features: [{feature: video_help}]\n")
    (tmp_path / "b.yaml").write_text(text, "utf-8")
    for lang, said in (("en", "because of the plans themselves: The plan “standard” gives exactly what “basic”"),
                       ("zh", "错在方案本身：")):  # fmt: skip
        printed = run("treatment", "--lang", lang, "--book", str(tmp_path / "b.yaml"))
        assert printed.exit_code == 0 and not analyse(printed.stdout, "t.yml").valid
        (line,) = printed.stderr.splitlines()
        assert said in line
        told = json.loads(run("treatment", "--json", "--book", str(tmp_path / "b.yaml")).stdout)
        assert (told["valid"], [each["code"] for each in told["findings"]]) == (False, ["plan.identical"])


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
