"""What commands print on narrow screens: every amount whole, on one line, in both languages."""

from __future__ import annotations

import io
import re

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from aboveboard.house import House
from aboveboard.quotes import price_page_commands
from aboveboard.quotes.commands import quote_command
from aboveboard.quotes.printing import Row, steps, wrapped
from aboveboard.record.keys import KeyRing
from aboveboard.sample import BOOK
from aboveboard.settings import Settings
from tests.pricing.pricing2yaml.pages import PLANS, page

AT = ["--at", "2027-01-15"]
ASKED = [
    ["members_plan", "--tier", "family", "--seats", "6", "--add-on", "second_treatment", "--quantity", "300"],
    ["treatment", "--quantity", "900"],
    ["exercise_kit", "--quantity", "1000"],
    ["classes_at_your_firm", "--use", "firm_classes=900000"],
    ["open_evening", "--pays", "1234567.89"],
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    KeyRing.create(folder / "keys", "riverside.example/record")
    house = House(Settings(home=str(folder), database_url=f"sqlite:///{folder}/a.db"))
    house.store.migrate()
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK.read_text("utf-8"))
    yield house
    house.close()


def printed(house, words, columns, lang="en"):
    runner = CliRunner(env={"COLUMNS": str(columns), "TERM": "dumb"})
    done = runner.invoke(quote_command, [*words, *AT, "--lang", lang, "--costs", "--market"], obj=house)
    assert done.exit_code == 0, done.output
    return done.output


def amounts(text):
    """Return every number with a point or a comma in it, in order of the text."""
    return sorted(re.findall(r"\d[\d,]*\.\d+…?|\d{1,3}(?:,\d{3})+", text))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("words", ASKED, ids=[words[0] for words in ASKED])
def test_no_amount_loses_a_digit_on_a_narrow_screen(sample, words, lang):
    whole = printed(sample, words, 500, lang)
    assert len(amounts(whole)) > 10
    for columns in (80, 60, 40):
        narrow = printed(sample, words, columns, lang)
        assert amounts(narrow) == amounts(whole)
        assert max(cell_len(line.rstrip()) for line in narrow.splitlines()) <= columns
        # The same words; only where lines end is different. (“…” after a number says that more decimals follow.)
        assert narrow.count("…") == whole.count("…")


def test_wide_screens_have_a_table_and_narrow_ones_blocks():
    rows = [
        Row("What it costs us", "$58.20", "$1,058.20", "Everything this uses up."),
        Row("您付", "", "", "全部", True),
    ]
    for width, first in ((90, "  Step "), (50, "What it costs us" + " " * 17 + "$58.20  $1,058.20\n")):
        console = Console(file=io.StringIO(), width=width)
        steps(console, "Treatment", ("Step", "Change", "Price", "Why"), rows)
        said = console.file.getvalue()
        assert first in said and said.startswith("Treatment") and "$1,058.20" in said
    console = Console(file=io.StringIO(), width=20)
    steps(console, "Treatment", ("Step", "Change", "Price", "Why"), rows)
    assert (
        "What it costs us\n   $58.20  $1,058.20\n    Everything this\n    uses up.\n"
        in console.file.getvalue()
    )


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("You pay $100.00 now", 8, ["You pay", "$100.00", "now"]),
        ("您付281,700.00美元。再见", 12, ["您付", "281,700.00美", "元。再见"]),
        ("底价，不低", 4, ["底", "价，", "不低"]),
        ("（底价）", 4, ["（底", "价）"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("", 5, [""]),
        ("   ", 5, [""]),
    ],
)  # fmt: skip
def test_where_a_line_ends(text, width, lines):
    assert wrapped(text, width) == lines


@given(st.text("ab 1,.$底价（）。…é", max_size=60), st.integers(4, 30))
def test_nothing_is_lost_or_too_wide(text, width):
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [80, 60, 40])
def test_price_pages_on_a_narrow_screen(tmp_path, monkeypatch, capsys, columns, lang):
    file = tmp_path / "lamp.yml"
    file.write_text(page(PLANS.replace("12", "999123456789.25")), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(price_page_commands.sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit) as ended:
        price_page_commands.prices_group.main(["analyse", "lamp.yml", "--lang", lang])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "999,123,456,789.25 EUR" in said and "…" not in said
    assert columns > 60 or {"en": "dearest: 999", "zh": "最贵：999"}[lang] in said
