"""docs/architecture.md against the code: its picture is the contract of import-linter, and no room is left out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.support import pages

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def _layers() -> list[set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = [c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "layers"]
    return [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]


def test_the_picture_is_the_contract() -> None:
    """Each line of the picture names rooms of one layer, in the contract's order; small helpers may be left out of it."""
    picture = next(block.text for block in pages.blocks(PAGE) if block.text.startswith("doors"))
    layers, at = _layers(), -1
    for line in picture.splitlines():
        rooms = set(re.split(r"\s{3,}", line[11:].strip())) & set.union(*layers)
        if rooms:
            [at_now] = [place for place, layer in enumerate(layers) if rooms & layer]
            assert rooms <= layers[at_now] and at_now >= at, line
            at = at_now


def test_every_room_is_on_the_page() -> None:
    told = set(re.findall(r"`(\w+)`", PAGE)) | set(re.findall(r"\w+", PAGE.split("```")[1]))
    real = {path.name.removesuffix(".py") for path in (ROOT / "src" / "aboveboard").iterdir()}
    real = {name for name in real if re.fullmatch(r"[a-z]\w*", name)} - {"py"}
    assert real - told == set()
    rows = pages.table_keys(pages.headings(PAGE)["The house"])
    assert rows <= real
