"""What a partner is sent: the decision, the day by which data must be gone, and who it is about, in a form only it can read.

The person is named by keyed hashes: each identity's HMAC under a key that we share with this one partner. The partner makes the
same hash of each of its own customers and looks whether one fits. So it learns nothing of people it does not know, two partners
cannot put their lists together by comparing hashes, and whoever takes a copy of the message cannot guess addresses and try them
(a bare SHA-256 of an e-mail is guessed in seconds). Everyone is sent in the same way, known to us or not: a list of only our own
customers would tell the partner who our customers are.

The message id is made from the entry's id and the partner's, under a key: the same on every try, so that it is the partner's key
to dropping repeats; different for each partner; and it gives away no entry id, because with those begin the ids of receipts.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aboveboard.partners.model import Tell
from aboveboard.people.model import Identity
from aboveboard.record.keys import KeyRing

TYPE = "choice.changed"
#: What the matching key is derived from, so that it is of no use for signing.
MATCHING = b"aboveboard matching key 1"


def message_id(keys: KeyRing, partner: str, entry_id: str) -> str:
    """Return the id of the message that tells `partner` of an entry."""
    return "msg_" + keys.mac("partner message", f"{partner}\0{entry_id}".encode())[:16].hex()


def matching_key(secret: bytes) -> bytes:
    """Return the key under which people are named to the partner who has this webhook secret."""
    return hmac.digest(secret, MATCHING, "sha256")


def named(secrets: Sequence[bytes], identities: Iterable[Identity]) -> list[dict[str, str]]:
    """Return the hashes that name a person: each identity under each secret (two only while a secret is being replaced)."""
    keys = [matching_key(secret) for secret in secrets]
    return [
        {"kind": identity.kind, "hmac": hmac.digest(key, identity.value.encode(), "sha256").hex()}
        for identity in identities
        for key in keys
    ]


def body(message: str, at: datetime, tells: Iterable[Tell], subject: list[dict[str, str]]) -> bytes:
    """Return the message as JSON in UTF-8. `at` is when the choice took effect, which is when it was saved."""
    instant = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    content: dict[str, Any] = {
        "type": TYPE,
        "id": message,
        "timestamp": instant,
        "data": {
            "decisions": [tell.as_json() for tell in tells],
            "subject": subject,
            "effective_at": instant,
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
