"""docs/api.md against the API: every call and every code is on the page, and nothing that does not exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

from tests.support import pages

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "aboveboard"

#: Where the calls of the API find their codes.
FACES = ("*/api.py", "web/tokens.py", "web/origin.py", "web/problems.py")
#: The desk's, the forms' and the commands' only, or refused by the decoder before our own check could say it.
NOT_MET = {
    "bad_count", "bad_draft", "bad_labels", "no_codes",
    "decision_missing", "decision_unknown", "foreign_form", "identity_kind", "not_allowed", "not_signed_in", "too_often",
    "told_at_invalid", "told_before", "too_many_decisions", "wrong_format",
}  # fmt: skip

#: What only a file on one's own disk, or the desk, can be refused for.
DESK_ONLY = {"unreadable", "draft_gone"}


@cache
def _section(heading: str) -> str:
    return pages.headings((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))[heading]


def _codes() -> set[str]:
    """Return every code that a call can answer with, read from the source."""
    from aboveboard.choices.bulk import errors
    from aboveboard.pricing.errors import Code
    from aboveboard.record.model import PersonErased
    from aboveboard.web import problems

    text = "\n".join(path.read_text(encoding="utf-8") for face in FACES for path in SOURCE.glob(face))
    found = set(re.findall(r'\b[pP]roblem\(\s*\d{3},\s*"(\w+)"', text))
    rooms = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    found |= set(re.findall(r'\b(?:Choice|Identity|Quote)Error\(\s*"(\w+)"', rooms))
    found |= {f"list_{what}" for what in errors._TEXTS}
    found |= {f"bills_{code}" for code in set(re.findall(r'BillFileError\(\s*"(\w+)"', rooms)) - DESK_ONLY}
    found.add(PersonErased.code)
    found |= {key for _, key in problems._FAULTS} | set(problems._BY_STATUS.values()) | set(get_args(Code))
    return found


def test_every_call_is_on_the_page(tmp_path: Path) -> None:
    from aboveboard.app import create_app
    from aboveboard.house import House
    from aboveboard.settings import Settings

    schema = create_app(House.open(Settings(home=str(tmp_path)))).openapi_schema.to_schema()
    real = {
        f"{method.upper()} {path}"
        for path, methods in schema["paths"].items()
        for method in methods
        if path.startswith("/api/v1/")
    }
    told = set(re.findall(r"^\| `([A-Z]+ /api/v1/[^`]+)` \|", _section("The API"), re.MULTILINE))
    assert told == real


def test_every_code_is_on_the_page() -> None:
    told = pages.table_keys(_section("Errors"))
    assert told == _codes() - NOT_MET
