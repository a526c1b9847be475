"""Wrapping: how people's keys are kept, encrypted under a key that is not in the database.

Every person has a key of their own, and the database keeps it *wrapped*: encrypted under a wrapping key. Who has the database
and not the wrapping key can read nobody. A `Wrapper` is all that the rest of the program knows about it, so that the wrapping key
may lie in the key ring's file, in the environment, or in a device that never lets go of it (PKCS#11, see `device`). Another kind
of place, such as a key service, needs the three methods below and nothing else.

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
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aboveboard.record import keyfile

if TYPE_CHECKING:
    from aboveboard.record.device import Device, KeyInDevice

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


def _id_of(key: bytes | KeyInDevice) -> bytes:
    return key_id(key) if isinstance(key, bytes) else key.id


class KeysInHand:
    """A wrapper whose wrapping keys are here, or at hand in a device, the present one first."""

    def __init__(self, keys: Sequence[bytes | KeyInDevice]) -> None:
        self._take(keys)

    def _take(self, keys: Sequence[bytes | KeyInDevice]) -> None:
        if not keys:
            raise KeyRingError("A key ring needs a wrapping key, and this one has none.")
        if any(isinstance(key, bytes) and len(key) != SIZE for key in keys):
            raise KeyRingError(f"A wrapping key has {SIZE} bytes; one of these has another length.")
        ring = {_id_of(key): AESGCM(key) if isinstance(key, bytes) else key for key in reversed(keys)}
        # Both in one assignment: another thread may be wrapping just now.
        self._ring = _id_of(keys[0]), ring

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
    """The wrapping keys of a key ring: those that its file names in a `device`, those of the environment (`first`), its own."""

    def __init__(self, file: Path, first: Sequence[bytes] = (), device: Device | None = None) -> None:
        self._file, self._first, self._device = file, list(first), device
        self._seen = keyfile.stamp(file)
        super().__init__(self._all())

    @property
    def given(self) -> bool:
        """Whether the present key comes from the environment, where only its owner can put a new one."""
        return bool(self._first) and self._device is None

    def _all(self) -> list[bytes | KeyInDevice]:
        named = read_device(self._file)
        if named and self._device is None:
            raise KeyRingError(
                f"The wrapping keys of the key ring {self._file} are in a device. Say where it is in ABOVEBOARD_WRAP_DEVICE."
            )
        there = [self._device.key(one) for one in named] if self._device is not None else []
        return [*there, *self._first, *read_wraps(self._file)]

    def look_again(self) -> None:
        """Read the file anew if it was replaced; a file that is just not there changes nothing."""
        try:
            stamp = keyfile.stamp(self._file)
            if stamp != self._seen:
                self._take(self._all())
                self._seen = stamp
        except (OSError, ValueError, KeyError, TypeError):
            return  # whoever starts anew is told; what runs goes on with the keys that it has

    def begin(self) -> None:
        """Put a new key in front, in the device if there is one; on disk, and the present one from now on."""
        if self._device is None:
            write_wraps(self._file, [secrets.token_bytes(SIZE), *read_wraps(self._file)])
        else:
            key = secrets.token_bytes(8)
            self._device.make(key)
            write_device(self._file, [key, *read_device(self._file)])
        self.look_again()

    def end(self) -> bool:
        """Throw away every key but the present one; return whether the environment still names old ones."""
        named, own = read_device(self._file), read_wraps(self._file)
        kept = [] if named or self._first else own[:1]
        if own != kept or named[1:]:
            write_wraps(self._file, kept)
            write_device(self._file, named[:1])
            self.look_again()
        if self._device is not None:
            for old in named[1:]:
                self._device.destroy(old)
        return len(self._first) > (0 if named else 1)


def read_wraps(file: Path) -> list[bytes]:
    """Return the wrapping keys in a key ring's file, the present one first; there are none where the environment gives them."""
    kept = keyfile.read(file)["wrap"]
    return [base64.b64decode(key, validate=True) for key in ([kept] if isinstance(kept, str) else kept)]


def write_wraps(file: Path, keys: Sequence[bytes]) -> None:
    """Replace the wrapping keys in a key ring's file, in one step and on disk; everything else in it stays."""
    kept = [base64.b64encode(key).decode() for key in keys]
    keyfile.change(file, lambda content: content.update(wrap=kept))


def read_device(file: Path) -> list[bytes]:
    """Return the ids of wrapping keys in a device that a key ring's file names, the present one first."""
    return [bytes.fromhex(one) for one in keyfile.read(file).get("device", [])]


def write_device(file: Path, keys: Sequence[bytes]) -> None:
    """Replace the ids of wrapping keys in a device in a key ring's file, in one step and on disk."""
    if keys or read_device(file):
        keyfile.change(file, lambda content: content.update(device=[key.hex() for key in keys]))


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
