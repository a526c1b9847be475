"""The simulator's two pages: what each partner received, and the mailbox. Plain HTML, one style sheet inside, no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from aboveboard.partner_sim.inbox import MODES, Inbox, Mail, Received, Refused
from aboveboard.partner_sim.texts import TEXTS, say

#: Messages shown per partner; the rest is in /received.json.
SHOWN = 20


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def language(query: str, accepted: str) -> str:
    """Return `en` or `zh`: what the address says, else the first of the two in Accept-Language, else English."""
    if query in ("en", "zh"):
        return query
    for part in accepted.lower().split(","):
        if part.strip()[:2] in ("en", "zh"):
            return part.strip()[:2]
    return "en"


def clock(at: float) -> str:
    """Return an instant (seconds since 1970) as local time of day and date."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S · %Y-%m-%d")


def decisions(content: Any, lang: str) -> list[str]:
    """Return what a message asks for, one sentence a decision; nothing for a message of another shape."""
    data = content.get("data") if isinstance(content, Mapping) else None
    found = data.get("decisions") if isinstance(data, Mapping) else None
    if not isinstance(found, list):
        return []
    return [_decision(decision, lang) for decision in found if isinstance(decision, Mapping)]


def _decision(decision: Mapping[str, Any], lang: str) -> str:
    purpose = str(decision.get("purpose"))
    name = say(lang, "all") if purpose == "all" else purpose
    text = say(lang, "allow" if decision.get("decision") == "allow" else "deny", purpose=name)
    day = decision.get("delete_by")
    return text if not day else f"{text} · {say(lang, 'delete_by', date=day)}"


def _message(message: Received, lang: str) -> dict[str, Any]:
    content = message.content
    data = content.get("data", {}) if isinstance(content, dict) else {}
    people = data.get("subject", []) if isinstance(data, dict) else []
    return {
        "id": message.id,
        "at": clock(message.first_at),
        "times": message.times,
        "says": decisions(content, lang),
        "identifiers": len(people) if isinstance(people, list) else 0,
        "body": message.body,
    }


def partners(inbox: Inbox, names: Iterable[str], lang: str) -> str:
    """Return the page of all partners."""
    boxes = [_box(inbox, name, lang) for name in names]
    return _render("partners.html", lang, "/", boxes=boxes, modes=MODES, shown=SHOWN)


def _box(inbox: Inbox, name: str, lang: str) -> dict[str, Any]:
    first, repeats = inbox.counts(name)
    refused = inbox.refused(name)
    return {
        "name": name,
        "switch": inbox.switched(name),
        "first": first,
        "repeats": repeats,
        "refused": refused
        and {"times": refused.times, "at": clock(refused.at), "reason": _reason(refused, lang)},
        "messages": [_message(message, lang) for message in inbox.received(name, SHOWN)],
    }


def _reason(refused: Refused, lang: str) -> str:
    known = f"reason.{refused.reason}" in TEXTS
    return say(lang, f"{'reason' if known else 'mode'}.{refused.reason}")


def mailbox(mails: Iterable[Mail], lang: str, *, smtp: bool) -> str:
    """Return the page of the mailbox; `smtp` says whether mail can arrive at all."""
    rows = [{**vars(mail), "at": clock(mail.at)} for mail in mails]
    return _render("mailbox.html", lang, "/mailbox", mails=rows, smtp=smtp)


def _render(template: str, lang: str, path: str, **values: Any) -> str:
    def t(key: str, **places: object) -> str:
        return say(lang, key, **places)

    return _environment().get_template(template).render(t=t, lang=lang, path=path, **values)
