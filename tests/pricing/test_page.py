"""docs/price.md lists exactly the steps, facts and error codes that exist."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from aboveboard.pricing import AllowedFacts
from aboveboard.pricing.errors import Code
from aboveboard.pricing.steps import Kind
from aboveboard.quotes.model import QuoteCode

PAGE = (Path(__file__).parents[2] / "docs" / "price.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> set[str]:
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {
        code
        for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", row)
    }


def test_steps():
    assert first_cells("The order of the steps") == set(get_args(Kind)) - {"rounding"}
    assert "A `rounding` step" in PAGE


def test_facts():
    assert first_cells("Which of your data touched it") == {field.name for field in fields(AllowedFacts)}


def test_codes():
    assert first_cells("When there is no price") == set(get_args(Code)) | set(get_args(QuoteCode))
