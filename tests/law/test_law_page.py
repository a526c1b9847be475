"""docs/law.md against the code: every key, kind, type, warning and code is there, and nothing else is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from aboveboard.law import calendars, check_form, form, vocabulary
from aboveboard.words.catalogue import Catalogue
from tests.support import pages

PAGE = (Path(__file__).parents[2] / "docs" / "law.md").read_text(encoding="utf-8")


@cache
def _tables(heading: str) -> list[list[set[str]]]:
    """Return the tables of a section as the words in code in the first two cells of each row."""
    section = next(text for name, text in pages.headings(PAGE).items() if name.strip("`") == heading)
    tables: list[list[set[str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        rows = [line.strip("| \n").split(" | ") for line in block.splitlines()[2:]]
        tables.append([set(re.findall(r"`([^`]+)`", cell)) for row in rows for cell in row[:2]])
    return tables


def _first(heading: str, table: int = 0) -> set[str]:
    return set().union(*_tables(heading)[table][::2])


def _keys(kind: Any) -> set[str]:
    return {part.encode_name for part in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("pack", form.Head), ("facts", vocabulary.Fact), ("rules", form.Rule), ("authority", form.Authority),
        ("effective", form.Effective), ("applies_when", check_form.Condition), ("deadline", form.Clock),
        ("deadline.extension", form.Extension), ("retention", form.Retention), ("fixtures", form.Fixture),
    ],
)  # fmt: skip
def test_each_key_is_told(heading: str, kind: Any) -> None:
    assert _first(heading) == _keys(kind)


def test_each_kind_of_check_is_told_with_its_keys() -> None:
    rows = _tables("check")[0]
    told: dict[str, set[str]] = {}
    for kinds, keys in zip(rows[::2], rows[1::2], strict=True):
        for kind in kinds:
            told[kind] = keys
    assert told.keys() == check_form.KINDS.keys()
    for name, kind in check_form.KINDS.items():
        keys = _keys(kind) - {"only_if", "else"}
        assert keys <= told[name] and told[name] - keys <= {"value", "values"}, name


def test_types_calendars_outcomes_and_warnings_are_told() -> None:
    assert _first("facts", 1) == set(get_args(vocabulary.Type)) == set(vocabulary.READ)
    assert _first("deadline", 1) == set(get_args(form.Calendar))
    assert set(calendars._BY_NAME) < set(get_args(form.Calendar))
    assert _first("Judge", 0) == set(get_args(form.Outcome))
    assert _first("Judge", 1) == set(get_args(form.Warns))


def test_each_code_of_a_finding_is_told_as_it_is_said() -> None:
    texts = Catalogue.load("aboveboard.law")
    codes = {
        key[9:-8]: texts.text(key).en
        for key in texts
        if key.startswith("findings.") and key.endswith(".message")
    }
    told = dict(
        re.findall(
            r"^\| `([a-z0-9_.]+)` \| (.+) \|$", PAGE.split("## What is said of a pack")[1], re.MULTILINE
        )
    )
    assert told == codes
