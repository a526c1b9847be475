"""A witness's own signature under a head (c2sp.org/tlog-cosignature, cosignature/v1, with Ed25519).

A witness signs a head only after it has checked that the head extends the one that it signed before. So a head with its
cosignature is a head that somebody else has seen, at a time that they vouch for:

    cosignature/v1
    time 1679315147                  <- seconds since 1970, by the witness's clock
    shop.example.com/record          <- and then the head's own lines
    …

The signature line is that of any note (`note`); its bytes are the time (8, big-endian) and the Ed25519 signature of the text
above (64). The key id covers another number for the kind of key than that of a log's key, so neither can be taken for the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aboveboard.proof import note
from aboveboard.proof.encoding import from_base64, from_hex, to_base64
from aboveboard.proof.errors import ProofError

_KIND = b"\x04"
#: No more than 140 characters, so that the whole key has a place in every database (200 characters).
_NAME = re.compile(r"[^\s+\x00-\x1f]{1,140}")
#: The last second of the year 9999, beyond which no clock of ours goes.
_LAST = 253402300799


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that holds: who signed, when by their clock, and the line to keep (with its newline)."""

    name: str
    at: datetime
    line: str


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's public key with its name."""

    name: str
    public_key: bytes
    key_id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public_key) != 32:
            raise ProofError(
                "A witness's key is a name of at most 140 characters without spaces or plus, and 32 bytes."
            )
        digest = sha256(self.name.encode() + b"\n" + _KIND + self.public_key).digest()
        object.__setattr__(self, "key_id", digest[:4])

    @classmethod
    def parse(cls, text: str) -> Cosigner:
        """Return the witness written as `name+hex key id+base64 key`. Raises `ProofError` if any of it does not fit."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise ProofError("A witness's key has three parts with a plus between: name, key id and key.")
        name, key_id, key = parts
        raw = from_base64(key, "The last part of a witness's key")
        if raw[:1] != _KIND or len(raw) != 33:
            raise ProofError("This is not a witness's key (its bytes begin with 4, and 32 follow).")
        found = cls(name, raw[1:])
        if from_hex(key_id, "The key id in a witness's key", 4) != found.key_id:
            raise ProofError(
                f"The key id {key_id} does not belong to this name and key; copy the whole line again."
            )
        return found

    @property
    def verifier_key(self) -> str:
        """The line by which the witness is known."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_KIND + self.public_key)}"

    def find(self, head: str, lines: str) -> Cosignature:
        """Return this witness's cosignature of the signed note `head` among signature `lines`.

        Lines by others are passed over. Raises `ProofError`: `unsigned` if there is none by this witness, `changed` if there
        is one that does not hold.
        """
        text = note.parse(head)[0]
        signatures = note.parse(f"{text}\n{lines}")[1]
        for one in signatures:
            if (one.name, one.key_id) == (self.name, self.key_id):
                return Cosignature(self.name, self._check(text, one.value), one.line())
        raise ProofError(f"There is no cosignature by {self.name} in it.", "unsigned")

    def _check(self, text: str, value: bytes) -> datetime:
        if len(value) != 72:
            raise ProofError(f"The cosignature by {self.name} has not the length of one.", "changed")
        at = int.from_bytes(value[:8], "big")
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(value[8:], signed_text(text, at))
        except InvalidSignature:
            raise ProofError(f"The cosignature by {self.name} does not fit the head.", "changed") from None
        if not 0 < at <= _LAST:
            raise ProofError(f"The cosignature by {self.name} names no time.", "changed")
        return datetime.fromtimestamp(at, UTC)


def signed_text(text: str, at: int) -> bytes:
    """Return the bytes that a witness signs for a head's `text` at `at` seconds since 1970."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()
