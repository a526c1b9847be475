"""docs/gate.md against the code: each row of its table of what holds is a row that the gate's own test runs."""

from __future__ import annotations

import re
from pathlib import Path

from aboveboard.choices.reasons import Reason
from tests.choices.test_gate import TABLE
from tests.support import pages

PAGE = Path(__file__).parents[2] / "docs" / "gate.md"


def _rows(heading: str) -> list[list[str]]:
    section = pages.headings(PAGE.read_text(encoding="utf-8"))[heading]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def test_every_row_is_run_by_the_gates_own_test() -> None:
    said = [
        (tuple(re.findall(r"`([^`]+)`", row[0])), row[1].strip("`"), row[2] == "yes", row[3].strip("`"))
        for row in _rows("What was said, and what holds")
    ]
    assert len(said) > 20
    assert [row for row in said if row not in TABLE] == []


def test_every_reason_is_on_the_page() -> None:
    told = {reason for row in _rows("The order") for reason in re.findall(r"`(\w+)`", row[-2])}
    assert told == {reason.value for reason in Reason}
