"""A form that is sent twice is saved once.

Each form carries a random `once`. The id of the entry is a hash of it and of what the form says, so a double click or a
reload finds the entry of the first time. What was changed in between is another entry: someone who goes back, turns a
yes into a no and sends again must be heard. Nobody can aim at a stranger's entry, for that would mean to find the
`once` behind a hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

FIELD = "once"

_FORM = re.compile(r"[0-9a-f]{32}")


def fresh() -> str:
    """Return a new `once` for a form."""
    return secrets.token_hex(16)


def entry_id(once: str | None, said: Iterable[tuple[str, str]]) -> str | None:
    """Return the entry id (32 hex digits) of a form with these fields, or None if it has no valid `once`."""
    if once is None or not _FORM.fullmatch(once):
        return None
    digest = hashlib.sha256(f"once\0{once}".encode())
    for name, value in sorted(said):
        for part in (name, value):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.hexdigest()[:32]
