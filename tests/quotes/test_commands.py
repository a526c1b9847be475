"""The command: a table that a shopkeeper can read, a sentence beneath, and faults in a sentence."""

import json

import pytest
from click.testing import CliRunner

from aboveboard.quotes.commands import quote_command

AT = ["--at", "2026-11-30"]


@pytest.fixture
def run(house):
    """Run `aboveboard quote` with these words in a wide terminal."""

    def run(*words: str):
        return CliRunner(env={"COLUMNS": "140", "TERM": "dumb"}).invoke(quote_command, list(words), obj=house)

    return run


def test_the_table_and_the_sentence(run):
    done = run("treatment", *AT)
    assert done.exit_code == 0
    said = " ".join(done.output.split())
    for words in (
        "treatment · standard · 2026-11-30",
        "What it costs us $60.00 $60.00",
        "From our cost to the list price $40.00 $100.00",
        "Our lowest price $80.00 $60.00 ÷ (1 − 25%) = $80.00",
        "From 10 visits on it is 5% less.",
        "You pay $100.00 All the steps above added up.",
        "You pay $100.00. This visit costs us $60.00, and the list price is $100.00.",
        "No data of yours touched this price.",
    ):
        assert words in said
    assert "1 h ×" not in said
    assert "1 h × $60.00" in run("treatment", *AT, "--costs").output


def test_a_regulars_price_in_chinese(run):
    said = " ".join(run("treatment", *AT, "--email", "ANN@example.org", "--lang", "zh").output.split())
    assert "您来过 10 次，减 5.00 美元。" in said
    assert "如果不用您的到访次数，您付 100.00 美元，和大家一样。" in said


def test_json_is_the_answer_of_the_api(run):
    told = json.loads(run("treatment", *AT, "--tier", "long", "--quantity", "2", "--json").output)
    assert (told["total"], told["tier"]["id"], told["quantity"]) == (38000, "long", 2)
    assert sum(step["amount"] for step in told["steps"]) == 38000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["haircut"], "There is no service “haircut”. We offer: treatment."),
        (["treatment", "--tier", "gold"], "has no tier “gold”"),
        (["treatment", "--quantity", "0"], "whole number from 1 to 1,000"),
        (["treatment", "--at", "soon"], "cannot read that date"),
        (["treatment", "--email", "nobody"], "does not look like an e-mail address"),
        (["treatment", "--email", "a@example.org", "--phone", "408 555 0143"], "exactly one of"),
        (["{x}", "--lang", "zh"], "没有「{x}」这项服务"),
    ],
)
def test_faults(run, words, sentence):
    done = run(*words)
    assert done.exit_code == 1
    assert sentence in done.output
    assert "Traceback" not in done.output
