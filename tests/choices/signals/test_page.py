"""docs/signals.md against the program: its tables are run, its sections and codes are all there and none is invented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aboveboard.choices.signals import gpc
from aboveboard.choices.signals.error import CODES
from aboveboard.choices.signals.gpp import fields
from aboveboard.choices.signals.gpp.tables import LAYOUTS, NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "signals.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n" if f"\n## {heading}\n" in PAGE else f"\n### {heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[0].splitlines()[2:]]


@pytest.mark.parametrize("row", _rows("Global Privacy Control"), ids=lambda row: f"{row[0]} {row[-2]}")
def test_the_rules_of_gpc(row: list[str]) -> None:
    headers, signal = row[-2:]
    assert gpc.signalled(re.findall(r"`([^`]*)`", headers)) is (signal == "yes")


def test_the_sections() -> None:
    told = {}
    for cells in _rows("The sections"):
        found = re.match(r"`(\w+)`", cells[1])
        assert found is not None
        versions = [int(each) for each in re.findall(r"(?:^|, )(\d)\b", cells[2] if len(cells) > 2 else "")]
        told[int(cells[0])] = (found[1], versions)
    known = {number: (name, [1] if name == "uspv1" else []) for number, name in NAMES.items()}
    for layout in LAYOUTS:
        if layout.version not in known[layout.id][1]:
            known[layout.id][1].append(layout.version)
    assert told == known


def test_the_words() -> None:
    told = [tuple(cell.strip("`") for cell in row[1:]) for row in _rows("GPP strings")]
    assert told == [fields.NOTICE, fields.OPT_OUT, fields.CONSENT, fields.YES_NO]


def test_the_codes() -> None:
    section = PAGE.split("\n## When a signal cannot be read\n", 1)[1]
    named = {row[0].strip("`") for row in _rows("When a signal cannot be read")}
    named |= set(re.findall(r"`(\w+)`", section.rsplit("These come only from writing", 1)[1]))
    assert named == CODES
