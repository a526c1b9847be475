"""The glossary against the code: each word once, in both languages, and defined where the page says."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.support import pages

ROOT = Path(__file__).parents[1]


@cache
def _rows() -> list[list[str]]:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| **")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def test_each_word_is_there_once_and_in_order() -> None:
    words = [row[0] for row in _rows()]
    assert len(words) > 60 and len(set(words)) == len(words)
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for section in pages.headings(page).values():
        found = [word.lower() for word in re.findall(r"^\| \*\*([^*]+)\*\*", section, re.MULTILINE)]
        assert found == sorted(found)


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0].strip("*"))
def test_a_word_has_both_languages_a_sentence_and_its_place(row: list[str]) -> None:
    _, chinese, meaning, where = row
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert meaning.endswith((".", ")"))
    assert (ROOT / "src" / "aboveboard" / where.strip("`")).is_file(), where
