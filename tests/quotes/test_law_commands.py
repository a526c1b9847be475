"""`aboveboard law …` as typed: what is printed, in both languages and as JSON, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aboveboard.law.library import Library
from aboveboard.quotes.law_commands import law_group
from tests.support import laws

GDPR = "eu.gdpr.art12-3.respond-one-month"
OPT_OUT = "us-ca.ccpa.7026.opt-out-15-business-days"
MEND = "no fixture would notice. Add a fixture on the boundary and one beyond it."
HIPAA = "us.hipaa.164-524b2.access-30-days"
NUMBER = "{kind: lt, left: t.number, right: 5}"
FAR = "[{name: a, facts: {t.number: 1}, expect: pass}, {name: b, facts: {t.number: 9}, expect: fail}]"


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(law_group, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(laws.pack(id="gb.own.s1.promise"), encoding="utf-8")
    return file


# ---------------------------------------------------------------------------------------------------------- test
def test_everything_that_ships_is_proven() -> None:
    code, said = run("test")
    assert code == 0 and said.endswith("All of it holds.\n")
    assert {line.split()[0] for line in said.splitlines()} >= {
        "prices-cn",
        "prices-eu",
        "requests",
        "bans",
        "asking",
        "signals",
    }
    assert "unnoticed" not in said


def test_packs_are_named_by_file_or_id(pack: Path) -> None:
    code, said = run("test", str(pack), "prices-gb", "bans")
    assert code == 0 and [line.split()[0] for line in said.splitlines()] == ["x", "prices-gb", "bans", "All"]
    code, said = run("test", "nonsense")
    assert code == 1 and "neither a file nor a pack in use. Packs: bans, asking, signals, prices-cn" in said


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (("expect: fail", "expect: pass"), 1, "own.yaml:27:"),
        (("status: in_force", "status: x"), 1, "[form.choice]"),
        ((f"check: {laws.CHECK}", f"check: {NUMBER}"), 1, "[fixture.fails]"),
        (("jurisdiction", "effective: {from: 2020-01-01}\n  jurisdiction"), 0, "--dates lists them"),
    ],
)
def test_what_does_not_hold_ends_with_1(pack: Path, change: tuple[str, str], code: int, said: str) -> None:
    pack.write_text(pack.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    ended, printed = run("test", str(pack))
    assert ended == code and said in printed


def test_survivors_are_printed_with_their_line(pack: Path) -> None:
    pack.write_text(laws.pack(check=NUMBER, fixtures=FAR), encoding="utf-8")
    code, said = run("test", str(pack))
    assert code == 1 and said.splitlines() == [
        f"own.yaml:26: gb.x.s1.y: If check.right were 6 instead of 5, {MEND}",
        f"own.yaml:26: gb.x.s1.y: If check.right were 4 instead of 5, {MEND}",
        "x 2026.11.23: 1 rules, 2 fixtures, 2 changes by one; 2 went unnoticed",
        "It does not hold. A pack like this is not used.",
    ]  # fmt: skip
    code, said = run("test", str(pack), "--json")
    told = json.loads(said)[0]
    assert code == 1 and not told["holds"] and [one["to"] for one in told["survivors"]] == ["6", "4"]
    assert "没有一个案例会发现" in run("test", str(pack), "--lang", "zh")[1]


def test_dates_asks_for_first_and_last_days_too(pack: Path) -> None:
    pack.write_text(laws.pack(effective="{from: 2020-01-01}"), encoding="utf-8")
    assert run("test", str(pack))[0] == 0
    code, said = run("test", str(pack), "--dates")
    assert code == 1 and "effective.from were 2020-01-02 instead of 2020-01-01" in said


# ------------------------------------------------------------------------------------------------- rules and show
def test_rules_are_listed_as_they_stand_on_a_day() -> None:
    before, after = (run("rules", "--place", "US-CT", "--on", day)[1] for day in ("2026-11-23", "2027-07-01"))
    increase = "us-ct.pa26-130.s11.increase-sentence"
    assert next(line for line in before.splitlines() if line.startswith(increase)).split()[1] in (
        "not",
        "disputed",
    )
    assert increase in after and run("rules", "--place", "US-CT", "--on", "2026-02-30")[0] == 1
    code, said = run("rules", "--place", "Mars")
    assert code == 1 and "'Mars' is no place" in said
    assert run("rules", "--place", "JP") == (0, "No rule was found.\n")


def test_rules_as_json_hold_every_rule() -> None:
    told = json.loads(run("rules", "--json")[1])
    ids = {one["id"] for one in told}
    assert ids > set(Library.open().rules) and "us.hipaa.164-508a3.no-patient-data-to-advertisers" in ids
    assert len(ids) == len(told)
    assert {one["area"] for one in json.loads(run("rules", "--json", "--area", "requests")[1])} == {
        "requests"
    }


@pytest.mark.parametrize(
    "rule", [*sorted(Library.open().rules), "us.hipaa.164-508a3.no-patient-data-to-advertisers"]
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_rule_can_be_shown(rule: str, lang: str) -> None:
    code, said = run("show", rule, "--lang", lang)
    assert code == 0 and said.startswith(rule + "\n") and "{" not in said.split("Asks:")[0].split("要求：")[0]
    told = json.loads(run("show", rule, "--json")[1])
    assert told["id"] == told["rule"]["id"] == rule and told["rule"]["fixtures"]


def test_a_rule_that_is_not_there_is_told(pack: Path) -> None:
    code, said = run("show", "respond-one-month")
    assert code == 1 and f"did you mean {GDPR}?" in said
    assert run("show", "gb.own.s1.promise", "--pack", str(pack))[0] == 0
    pack.write_text("a: 1", encoding="utf-8")
    assert "[form.type]" in run("show", "gb.own.s1.promise", "--pack", str(pack))[1]


# ------------------------------------------------------------------------------------------------------ deadline
@pytest.mark.parametrize(
    ("words", "due", "safe"),
    [
        ((GDPR, "--start", "2026-01-31", "--country", "DE"), "2026-03-02", "2026-02-28"),
        ((GDPR, "--start", "2026-03-02", "--country", "DE", "--extended-at", "2026-04-02"), "2026-06-02", "2026-06-02"),
        ((GDPR, "--start", "2026-03-02", "--country", "DE", "--extended-at", "2026-04-03"), "2026-04-02", "2026-04-02"),
        ((GDPR, "--start", "2026-01-31"), None, "2026-02-28"),
        ((OPT_OUT, "--start", "2026-11-23"), "2026-12-11", "2026-12-11"),
        ((OPT_OUT, "--start", "2026-11-23T23:59:00-08:00"), "2026-12-11", "2026-12-11"),
        ((HIPAA, "--start", "2026-02-01"), "2026-03-03", "2026-03-03"),
        ((HIPAA, "--start", "2026-02-01", "--extended-at", "2026-03-03"), "2026-04-02", "2026-04-02"),
        (("cn.own-promise.answer-10-working-days", "--start", "2026-09-28"), "2026-10-16", "2026-10-16"),
        (("cn.own-promise.answer-10-working-days", "--start", "2026-12-25"), None, "2027-01-08"),
    ],
)  # fmt: skip
def test_deadlines_are_counted(words: tuple[str, ...], due: str | None, safe: str) -> None:
    code, said = run("deadline", *words, "--json")
    told = json.loads(said)
    assert (code, told["due"], told["safe"]) == (0, due, safe) and len(told["steps"]) >= 2
    code, said = run("deadline", *words)
    assert code == 0 and f"Safe: {safe}" in said and "How it was counted:" in said and "  2. " in said
    code, said = run("deadline", *words, "--lang", "zh")
    assert code == 0 and safe in said and "怎么算的：" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((GDPR, "--start", "2026-02-30"), "--start 2026-02-30: there is no such day"),
        ((GDPR, "--start", "soon"), "there is no such day"),
        ((GDPR, "--start", "9999-12-31"), "lies beyond the calendar"),
        ((OPT_OUT, "--start", "2026-11-23", "--extended-at", "2026-11-24"), "knows no extension"),
        (("gb.dmcca.s230.total-price-first", "--start", "2026-11-23"), "sets no time"),
        (("us.hipaa.164-508a3.no-patient-data-to-advertisers", "--start", "2026-11-23"), "sets no time"),
        (("nobody", "--start", "2026-11-23"), "there is no rule 'nobody'"),
    ],
)
def test_what_cannot_be_counted_is_told(words: tuple[str, ...], said: str) -> None:
    code, printed = run("deadline", *words)
    assert code == 1 and said in printed


def test_an_own_folder_is_read(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABOVEBOARD_LAW_PACKS", str(pack.parent))
    assert "gb.own.s1.promise" in run("rules", "--place", "GB")[1]
    pack.write_text(
        pack.read_text(encoding="utf-8").replace("expect: fail", "expect: pass"), encoding="utf-8"
    )
    code, said = run("rules")
    assert code == 1 and "own.yaml does not prove its rules" in said
