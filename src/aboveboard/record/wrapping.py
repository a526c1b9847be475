"""Wrapping: how people's keys are kept, encrypted under a key that is not in the database.

Every person has a key of their own, and the database keeps it *wrapped*: encrypted under a wrapping key. Who has the database
and not the wrapping key can read nobody. A `Wrapper` is all that the rest of the program knows about it, so that the wrapping key
may lie in the key ring's file, in the environment, or in a device that never lets go of it (PKCS#11, a key service): such a
device needs the three methods below and nothing else.

What is wrapped begins with four bytes that say under which key. So a new wrapping key can be put in front of the old ones at any
time: from then on everything new is wrapped under it, and what was wrapped before opens as before, until `rotation` has
wrapped that anew and the old key is thrown away. Processes that run meanwhile notice by themselves, because the file is looked
at again before each wrapping and for each key that they do not know.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aboveboard.record import keyfile

SIZE = 32
#: Bytes before the ciphertext: which wrapping key, and the nonce.
_ID, _NONCE = 4, 12
_LABEL = b"aboveboard wrapping key"


class KeyRingError(RuntimeError):
    """A key ring that cannot be used; the message says which file and what to do."""


class UnknownWrappingKeyError(KeyRingError, InvalidTag):
    """Something was wrapped under a key that this ring does not hold."""


class Wrapper(Protocol):
    """Something that can wrap a key of 32 bytes and unwrap it again. `label` ties the result to its place (a key's id)."""

    def wrap(self, key: bytes, label: str) -> bytes:
        """Return `key` encrypted under the present wrapping key."""
        ...

    def unwrap(self, wrapped: bytes, label: str) -> bytes:
        """Return what `wrap` was given; raises `cryptography.exceptions.InvalidTag` for another label or key."""
        ...

    def is_current(self, wrapped: bytes) -> bool:
        """Return whether this was wrapped under the present wrapping key, rather than an older one."""
        ...


def key_id(key: bytes) -> bytes:
    """Return the four bytes by which a wrapping key is known; they say nothing about the key."""
    return sha256(_LABEL + key).digest()[:_ID]


class KeysInHand:
    """A wrapper whose wrapping keys are here, the present one first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._take(keys)

    def _take(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise KeyRingError("A key ring needs a wrapping key, and this one has none.")
        if any(len(key) != SIZE for key in keys):
            raise KeyRingError(f"A wrapping key has {SIZE} bytes; one of these has another length.")
        # Both in one assignment: another thread may be wrapping just now.
        self._ring = key_id(keys[0]), {key_id(key): AESGCM(key) for key in reversed(keys)}

    def look_again(self) -> None:
        """Take in keys that were added or removed since; these ones cannot change."""

    def wrap(self, key: bytes, label: str) -> bytes:
        """Return `key` encrypted under the present wrapping key (its id, a nonce, AES-256-GCM)."""
        self.look_again()
        present, keys = self._ring
        nonce = secrets.token_bytes(_NONCE)
        return present + nonce + keys[present].encrypt(nonce, key, label.encode())

    def unwrap(self, wrapped: bytes, label: str) -> bytes:
        """Return what `wrap` was given; raises `InvalidTag` if it was bound to another label or another ring's key."""
        which, nonce, cipher = (
            bytes(part) for part in (wrapped[:_ID], wrapped[_ID : _ID + _NONCE], wrapped[_ID + _NONCE :])
        )
        if which not in self._ring[1]:
            self.look_again()
        opener = self._ring[1].get(which)
        if opener is None:
            raise UnknownWrappingKeyError(
                f"Something was encrypted under the wrapping key {which.hex()}, which this key ring does not hold. "
                "Restore the key ring that belongs to this database."
            )
        if len(nonce) != _NONCE:
            raise InvalidTag
        return opener.decrypt(nonce, cipher, label.encode())

    def is_current(self, wrapped: bytes) -> bool:
        """Return whether this was wrapped under the present wrapping key."""
        self.look_again()
        return bytes(wrapped[:_ID]) == self._ring[0]

    @property
    def ids(self) -> list[str]:
        """The ids of all keys in hand in hexadecimal digits, the present one first."""
        self.look_again()
        present, keys = self._ring
        return [present.hex(), *(which.hex() for which in keys if which != present)]


class KeysInFile(KeysInHand):
    """The wrapping keys of a key ring's file, after those that the environment gives (`first`)."""

    def __init__(self, file: Path, first: Sequence[bytes] = ()) -> None:
        self._file, self._first = file, list(first)
        #: Whether the present key comes from the environment.
        self.given = bool(first)
        self._seen = keyfile.stamp(file)
        super().__init__([*self._first, *read_wraps(file)])

    def look_again(self) -> None:
        """Read the file anew if it was replaced; a file that is just not there changes nothing."""
        try:
            stamp = keyfile.stamp(self._file)
            if stamp != self._seen:
                self._take([*self._first, *read_wraps(self._file)])
                self._seen = stamp
        except (OSError, ValueError, KeyError, TypeError):
            return  # whoever starts anew is told; what runs goes on with the keys that it has

    def begin(self, key: bytes) -> None:
        """Put a new key in front of those in the file, on disk; it is the present one from now on."""
        write_wraps(self._file, [key, *read_wraps(self._file)])
        self.look_again()

    def end(self) -> bool:
        """Throw away every key of the file but the present one; return whether the environment still names old ones."""
        kept = [] if self.given else read_wraps(self._file)[:1]
        if read_wraps(self._file) != kept:
            write_wraps(self._file, kept)
            self.look_again()
        return len(self._first) > 1


def read_wraps(file: Path) -> list[bytes]:
    """Return the wrapping keys in a key ring's file, the present one first; there are none where the environment gives them."""
    kept = keyfile.read(file)["wrap"]
    return [base64.b64decode(key, validate=True) for key in ([kept] if isinstance(kept, str) else kept)]


def write_wraps(file: Path, keys: Sequence[bytes]) -> None:
    """Replace the wrapping keys in a key ring's file, in one step and on disk; everything else in it stays."""
    kept = [base64.b64encode(key).decode() for key in keys]
    keyfile.change(file, lambda content: content.update(wrap=kept))


def from_environment(text: str) -> list[bytes]:
    """Return the wrapping keys in `ABOVEBOARD_WRAP_KEY`: base64, the present one first, older ones after a comma."""
    try:
        keys = [base64.b64decode(part.strip(), validate=True) for part in text.split(",") if part.strip()]
    except (binascii.Error, ValueError):
        keys = [b""]
    if any(len(key) != SIZE for key in keys):
        raise KeyRingError(
            f"ABOVEBOARD_WRAP_KEY must be base64 of {SIZE} bytes (or several, with commas between, the new one first). "
            "Make one with `openssl rand -base64 32`."
        )
    return keys
