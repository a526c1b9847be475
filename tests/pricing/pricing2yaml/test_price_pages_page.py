"""The page on price pages against the code: every finding is listed, as what it is, and none is invented."""

from __future__ import annotations

import re
from pathlib import Path

from aboveboard.pricing.pricing2yaml.place import PACKAGE, WARNINGS
from aboveboard.words.catalogue import Catalogue
from tests.support import pages

PAGE = Path(__file__).parents[3] / "docs" / "price-pages.md"
SOURCE = Path(__file__).parents[3] / "src" / "aboveboard" / "pricing" / "pricing2yaml"


def _codes() -> set[str]:
    found = (re.fullmatch(r"findings\.(.+)\.message", key) for key in Catalogue.load(PACKAGE))
    return {match[1] for match in found if match}


def test_every_code_is_listed_and_none_is_invented() -> None:
    section = pages.headings(PAGE.read_text("utf-8"))["What can be wrong"]
    faults, warnings = section.split("Warnings leave a page sound:")
    listed = [
        set(re.findall(r"`([a-z]+\.[a-z_]+)`", part.split("\n\n|", 1)[1])) for part in (faults, warnings)
    ]
    assert listed[1] == WARNINGS
    assert listed[0] == _codes() - WARNINGS


def test_every_code_is_used() -> None:
    code = "\n".join(file.read_text("utf-8") for file in SOURCE.glob("*.py"))
    made = {
        "form.map",
        "form.list",
        "form.text",
        "value.boolean",
        "value.numeric",
        "value.text",
    }  # from their kind
    borrowed = {"yaml.too_large"}  # from the book's reader
    assert {known for known in _codes() - made - borrowed if f'"{known}"' not in code} == set()
