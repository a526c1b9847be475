"""The key ring: the secrets of an installation, in a file outside the database.

Four secrets, each for one use: `signing` (Ed25519) signs heads of the record; `wrap` encrypts every person's own key;
`index` turns an e-mail address or phone number into the digest it is looked up by, so that a stolen database is no list of
customers; `mac` makes receipt ids that cannot be guessed and secrets that are shared with one partner each.

Who has the database without this file can read nobody; who loses this file has lost every personal word in the record.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aboveboard.proof.note import Signer, Verifier

_NAMES = ("signing", "wrap", "index", "mac")
_FILE = "keys.json"


class KeyRingError(RuntimeError):
    """A key ring that cannot be used; the message says which file and what to do."""


@dataclass(frozen=True)
class KeyRing:
    """The secrets, 32 bytes each, and `origin`, the name under which this record signs."""

    origin: str
    signing: bytes
    wrap: bytes
    index_key: bytes
    mac_key: bytes

    @classmethod
    def create(cls, folder: Path, origin: str = "") -> KeyRing:
        """Make a new ring in `folder` (readable by its owner only) unless another process just did; return what is there."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in _NAMES}
        content["origin"] = origin or f"aboveboard.invalid/{secrets.token_hex(6)}"
        draft = folder / f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=1) + "\n")
        try:
            os.link(
                draft, folder / _FILE
            )  # fails if the file exists: two processes never sign with different keys
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> KeyRing:
        """Read the ring in `folder`; raises `KeyRingError` when it is missing or damaged."""
        path = folder / _FILE
        try:
            content = json.loads(path.read_text())
            parts = [base64.b64decode(content[name], validate=True) for name in _NAMES]
            origin = str(content["origin"])
        except FileNotFoundError:
            raise KeyRingError(
                f"There is no key ring in {folder}. Run `aboveboard apply` once, or restore {_FILE} from its safe copy."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyRingError(
                f"The key ring {path} cannot be read ({type(error).__name__}). Restore it from its safe copy; "
                "with a new one the old record could not be opened."
            ) from None
        if any(len(part) != 32 for part in parts):
            raise KeyRingError(
                f"The key ring {path} holds a key of the wrong length. Restore it from its safe copy."
            )
        return cls(origin, *parts)

    @cached_property
    def signer(self) -> Signer:
        """Signs heads of the record."""
        return Signer(self.origin, self.signing)

    @cached_property
    def verifier(self) -> Verifier:
        """Checks heads of the record; its text is the public key that anyone may have."""
        return Verifier.parse(self.signer.verifier_key)

    @cached_property
    def _wrapper(self) -> AESGCM:
        return AESGCM(self.wrap)

    def wrap_key(self, key: bytes, key_id: str) -> bytes:
        """Encrypt a person's key (AES-256-GCM: nonce, then ciphertext), bound to its id."""
        nonce = secrets.token_bytes(12)
        return nonce + self._wrapper.encrypt(nonce, key, key_id.encode())

    def unwrap_key(self, wrapped: bytes, key_id: str) -> bytes:
        """Decrypt what `wrap_key` made; raises `cryptography.exceptions.InvalidTag` under another ring."""
        return self._wrapper.decrypt(wrapped[:12], wrapped[12:], key_id.encode())

    def index(self, kind: str, value: str) -> bytes:
        """Return the 32-byte digest under which an identity is looked up."""
        return hmac.digest(self.index_key, f"{kind}\0{value}".encode(), "sha256")

    def mac(self, label: str, data: bytes) -> bytes:
        """Return a 32-byte code over `data` that only this ring can make; `label` keeps uses apart."""
        return hmac.digest(self.mac_key, label.encode() + b"\0" + data, "sha256")

    def derive(self, label: str, size: int) -> bytes:
        """Return `size` (at most 32) secret bytes that belong to `label`, the same every time."""
        return self.mac("derive", label.encode())[:size]
