"""docs/record.md against the code: its kinds, its tables, its secrets and its identities are the real ones."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from pathlib import Path

from aboveboard.people import model as people
from aboveboard.record import model, tables
from aboveboard.record.keys import KeyRing
from tests.support import pages

PAGE = Path(__file__).parents[2] / "docs" / "record.md"


@cache
def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    section = pages.headings(_page())[heading]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def test_the_table_of_kinds_is_that_of_the_code() -> None:
    told = {row[0].strip("`"): row[1] for row in _rows("Kinds of entries")}
    assert told == {kind: text.en for kind, text in model.KINDS.items()}


def test_the_tables_and_what_never_changes_are_those_of_the_code() -> None:
    rows = [row for row in _rows("How an entry gets its place") if row[0].startswith("`record_")]
    told = {row[0].strip("`"): row[2] == "never" for row in rows}
    ours = (
        tables.entries,
        tables.nodes,
        tables.checkpoints,
        tables.cosignatures,
        tables.stamps,
        tables.witnesses,
        tables.subjects,
        tables.bookmarks,
        tables.leases,
    )
    assert told == {table.name: bool(table.info.get("append_only")) for table in ours}


def test_the_secrets_are_those_of_the_key_ring() -> None:
    told = {row[0].strip("`") for row in _rows("The key ring")}
    assert told == {field.name.removesuffix("_key") for field in fields(KeyRing)} - {"origin", "folder"}


def test_each_kind_of_identity_has_its_rule() -> None:
    told = set(
        re.findall(r"^\| `(\w+)` \|", pages.headings(_page())["People, and how they are found"], re.MULTILINE)
    )
    assert told == set(people.KINDS)
