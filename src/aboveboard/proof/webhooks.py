"""Signed messages between two firms, after Standard Webhooks 1.0.

A message is an HTTP POST with three headers. `webhook-id` names the message and stays the same however often it is sent, so the
receiver can drop repeats. `webhook-timestamp` is the second of *this* attempt, so that an old copy cannot be played again later.
`webhook-signature` is one or more `v1,<base64>` with a space between them, each the HMAC-SHA256 over

    {webhook-id}.{webhook-timestamp}.{body}

under a secret that both firms know, written `whsec_<base64>`. While a secret is being replaced the sender signs with the new one
and the old one, and the receiver is content with either: nobody has to change at the same second as the other.

Source: Standard Webhooks specification 1.0.0, "Signature scheme" and "Verifying webhook authenticity". It lives with the other
proofs because it is the same kind of thing: bytes, a key, and a question with a yes or a no.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence

#: How old or how far in the future an attempt may be, in seconds.
TOLERANCE = 300
PREFIX = "whsec_"


class WebhookError(ValueError):
    """A message that must not be believed. `code` is stable: headers, id, timestamp, too_old, too_new, signature, secret."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def secret_text(secret: bytes) -> str:
    """Return a secret as two firms hand it to each other: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """Return the bytes of a written secret; raises `WebhookError` when it is none (the message does not repeat it)."""
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not text.startswith(PREFIX) or not 16 <= len(secret) <= 64:
        raise WebhookError(
            "secret", f"This is not a webhook secret: it must be {PREFIX} and base64 of 16 to 64 bytes."
        )
    return secret


def sign(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers for one attempt, signed with each of `secrets` (the newest first).

    `timestamp` is in whole seconds since 1970. Raises `WebhookError` for an id with a full stop (it could be shifted into the
    timestamp) or if there is no secret.
    """
    if not secrets:
        raise WebhookError("secret", "There is no secret to sign with.")
    if not message_id or "." in message_id or not message_id.isascii() or not message_id.isprintable():
        raise WebhookError(
            "id", "A message id needs at least one printable ASCII character and no full stop."
        )
    signatures = (
        base64.b64encode(_mac(secret, message_id, str(timestamp), body)).decode() for secret in secrets
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def verify(
    secrets: Sequence[bytes],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    tolerance: float = TOLERANCE,
) -> str:
    """Return the message id if one of `secrets` signed this body lately; raises `WebhookError` if none did.

    `now` and `tolerance` are in seconds; names of headers may be in any case. Signatures of other versions are passed over.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, given = (lower[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
    except KeyError as missing:
        raise WebhookError("headers", f"The header {missing} is missing.") from None
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WebhookError(
            "timestamp", "The header 'webhook-timestamp' is not a whole number of seconds since 1970."
        )
    _refuse_stale(int(timestamp), now, tolerance)
    expected = [_mac(secret, message_id, timestamp, body) for secret in secrets]
    for signature in _signatures(given):
        for mac in expected:
            if hmac.compare_digest(mac, signature):
                return message_id
    raise WebhookError(
        "signature", "No signature fits: the body or a header was changed, or the secret is another one."
    )


def _mac(secret: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, "sha256")


def _signatures(header: str) -> list[bytes]:
    found = []
    for part in header.split(" ")[
        :16
    ]:  # a header of a thousand signatures would be an attack, not a rotation
        version, _, text = part.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found


def _refuse_stale(timestamp: int, now: float, tolerance: float) -> None:
    if timestamp < now - tolerance:
        raise WebhookError(
            "too_old", f"The message was sent more than {tolerance:.0f} seconds ago; check both clocks."
        )
    if timestamp > now + tolerance:
        raise WebhookError(
            "too_new", f"The message comes from more than {tolerance:.0f} seconds ahead; check both clocks."
        )
