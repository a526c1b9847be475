"""docs/law-rules.md as it must read: one table for each rule pack, made from the pack itself.

`python -m tests.support.rules` writes the tables anew; what stands around them on the page is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "law-rules.md"
PACKS = ROOT / "src" / "aboveboard" / "law" / "packs"

#: How sure we are, from the best to the least.
SURE = {
    "primary": "law text read",
    "official-mirror": "copy of the law text read",
    "secondary": "**not verified against the law text**",
    "unverified-here": "**not confirmed**",
}


def rules(name: str) -> list[dict[str, Any]]:
    """Return the rules of a pack as they stand in its file: `prices/eu`."""
    found = yaml.load((PACKS / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - text only
    return list(found["rules"])


def names() -> list[str]:
    """Return the names of all shipped packs."""
    return sorted(str(path.relative_to(PACKS).with_suffix("")) for path in PACKS.rglob("*.yaml"))


def row(rule: Mapping[str, Any]) -> str:
    """Return the line of the page for one rule."""
    duty = [source for source in rule["authority"] if "role" not in source]
    sources = "; ".join(f"{_place(source)}: {_sure(source)}" for source in duty)
    title = f"{rule['title']['en']}<br>{rule['title']['zh']}"
    return f"| `{rule['id']}` | {title} | {since(rule)} | {sources} |"


def _place(source: Mapping[str, Any]) -> str:
    return f"{source['instrument']} {source.get('provision', '')}".strip()


def _sure(source: Mapping[str, Any]) -> str:
    return "no law, but our own word" if source.get("kind") == "contract" else SURE[source["verified"]]


def since(rule: Mapping[str, Any]) -> str:
    """Return from when until when a rule holds, in words."""
    dates = rule.get("effective") or {}
    start, until = dates.get("from"), dates.get("until")
    match rule["status"]:
        case "in_force":
            words = f"since {start}" if start else "in force"
            words += f", enforced since {dates['enforced_from']}" if "enforced_from" in dates else ""
            return words + (f", ends {until}" if until else "")
        case "enacted_not_yet_in_force":
            return f"from {start}" if start else "enacted, no day yet"
        case "undecided":
            return "open"
        case "repealed" | "vacated" | "vetoed" as gone:
            return f"{gone} {until}" if until else str(gone)
        case other:
            return str(other)


def table(name: str) -> str:
    """Return the table of one pack."""
    head = "| rule | what it asks | holds | stands in: how sure |\n|---|---|---|---|\n"
    return head + "\n".join(row(rule) for rule in rules(name)) + "\n"


def written(page: str) -> dict[str, str]:
    """Return the tables that the page holds, by pack."""
    return dict(re.findall(r"^<!-- (\S+) -->\n((?:\|.*\n)+)", page, re.MULTILINE))


def renewed(page: str) -> str:
    """Return the page with every table made anew."""
    return re.sub(
        r"^(<!-- (\S+) -->\n)(?:\|.*\n)*", lambda found: found[1] + table(found[2]), page, flags=re.MULTILINE
    )


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
