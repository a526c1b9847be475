"""The lists of pages: none is left out, so that whoever writes a page also says where it is found."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_every_page_is_on_the_map() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [
        page.name for page in DOCS.glob("*.md") if page.name != "index.md" and f"({page.name})" not in text
    ] == []


def test_every_decision_is_on_its_list() -> None:
    text = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("decisions/0*.md") if f"({page.name})" not in text] == []
