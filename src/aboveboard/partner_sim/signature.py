"""How a partner checks that a message is from the firm it has a contract with: twenty lines of Standard Webhooks 1.0.

Written from the specification and on purpose not shared with the sender's code: if both sides had the same mistake, a test
between them would pass.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

from aboveboard.partner_sim.texts import say

TOLERANCE = 300


class RefusedError(Exception):
    """A message that the partner does not believe. `status` is the HTTP status it answers with, `code` says why."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(say("en", f"reason.{code}"))
        self.status = status
        self.code = code


def checked_id(secret: str, headers: Mapping[str, str], body: bytes, skew: float = 0.0) -> str:
    """Return the id of a message that was signed with `secret` within five minutes; raises `RefusedError` for any other.

    `skew` is how many seconds this partner's own clock is wrong, to try that out.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdigit() or "webhook-signature" not in headers:
        raise RefusedError(400, "unsigned")
    if abs(time.time() + skew - int(timestamp)) > TOLERANCE:
        raise RefusedError(400, "clock")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(
        hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    )
    for signature in headers["webhook-signature"].split():
        if hmac.compare_digest(b"v1," + expected, signature.encode()):
            return message_id
    raise RefusedError(401, "secret")
