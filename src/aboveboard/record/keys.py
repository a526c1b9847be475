"""The key ring: the secrets of an installation, in a file outside the database.

Four secrets, each for one use: `signing` (Ed25519) signs heads of the record, and may be replaced (see `signing`); `wrap`
encrypts every person's own key (see `wrapping`; it may also lie in the environment or in a device); `index` turns an e-mail
address or phone number into the digest it is looked up by, so that a stolen database is no list of customers; `mac` makes
receipt ids that cannot be guessed, secrets that are shared with one partner each, and seals what belongs to nobody yet, such as
a message that waits to be sent.

Who has the database without this file can read nobody; who loses this file has lost every personal word in the record.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aboveboard.proof.note import Signer, Verifier
from aboveboard.proof.signers import Signers
from aboveboard.record.signing import SigningKeys
from aboveboard.record.wrapping import (
    KeyRingError,
    KeysInFile,
    Wrapper,
    from_environment,
    read_device,
    read_wraps,
)

if TYPE_CHECKING:
    from aboveboard.record.device import Device

__all__ = ["KeyRing", "KeyRingError"]

_NAMES = ("signing", "index", "mac")
FILE = "keys.json"


@dataclass(frozen=True)
class KeyRing:
    """The secrets, 32 bytes each, and `origin`, the name under which this record signs; `folder` is where its file lies."""

    origin: str
    signing: SigningKeys = field(repr=False)
    index_key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)
    wrap: Wrapper = field(repr=False)
    folder: Path = field(repr=False)

    @classmethod
    def create(cls, folder: Path, origin: str = "", wrap_key: str = "", wrap_device: str = "") -> KeyRing:
        """Make a new ring in `folder` (readable by its owner only) unless another process just did; return what is there.

        With `wrap_key` or `wrap_device` (the settings of these names) the wrapping key is the environment's, or is made in the
        device, and none is put into the file.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        given = from_environment(wrap_key)
        content: dict[str, object] = {name: _new() for name in _NAMES}
        device, made = _device(wrap_device), secrets.token_bytes(8)
        content["wrap"] = [] if given or device else [_new()]
        if device is not None and not (folder / FILE).exists():
            device.make(made)
            content["device"] = [made.hex()]
        content["origin"] = origin or f"aboveboard.invalid/{secrets.token_hex(6)}"
        draft = folder / f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=1) + "\n")
        try:
            os.link(
                draft, folder / FILE
            )  # fails if the file exists: two processes never sign with different keys
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        ring = cls.load(folder, wrap_key, wrap_device)
        if device is not None and made not in read_device(folder / FILE):
            device.destroy(made)  # another process was faster
        return ring

    @classmethod
    def load(cls, folder: Path, wrap_key: str = "", wrap_device: str = "") -> KeyRing:
        """Read the ring in `folder`; raises `KeyRingError` when it is missing or damaged.

        `wrap_key` is the setting of that name: wrapping keys of the environment, which come before those of the file; those in
        the device at `wrap_device` come before both.
        """
        path, given = folder / FILE, from_environment(wrap_key)
        try:
            content = json.loads(path.read_text())
            parts = [base64.b64decode(content[name], validate=True) for name in _NAMES]
            parts += read_wraps(path)
            named = read_device(path)
            origin = str(content["origin"])
        except FileNotFoundError:
            raise KeyRingError(
                f"There is no key ring in {folder}. Run `aboveboard apply` once, or restore {FILE} from its safe copy."
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
        if len(parts) == len(_NAMES) and not given and not named:
            raise KeyRingError(
                f"The key ring {path} has no wrapping key of its own: it was given in ABOVEBOARD_WRAP_KEY. Set that again."
            )
        _, index, mac = parts[: len(_NAMES)]
        try:
            signing = SigningKeys(path, origin)
        except (OSError, ValueError, KeyError, TypeError):
            raise KeyRingError(
                f"The signing keys in the key ring {path} cannot be read. Restore it from its safe copy."
            ) from None
        return cls(origin, signing, index, mac, KeysInFile(path, given, _device(wrap_device)), folder)

    @property
    def signer(self) -> Signer:
        """The key that signs heads of the record now."""
        return self.signing.signer

    @property
    def verifier(self) -> Verifier:
        """Checks heads of the record that are signed now; its text is the public key that anyone may have."""
        return self.signing.signer.verifier

    @property
    def signers(self) -> Signers:
        """Checks everything that the record ever signed; see `Record.signers`, which asks the record whose turn it is."""
        return self.signing.signers

    def wrap_key(self, key: bytes, key_id: str) -> bytes:
        """Encrypt a person's key, bound to its id."""
        return self.wrap.wrap(key, key_id)

    def unwrap_key(self, wrapped: bytes, key_id: str) -> bytes:
        """Decrypt what `wrap_key` made; raises `cryptography.exceptions.InvalidTag` under another ring."""
        return self.wrap.unwrap(wrapped, key_id)

    @cached_property
    def _sealer(self) -> AESGCM:
        return AESGCM(self.derive("seal", 32))

    def seal(self, plain: bytes, label: str) -> bytes:
        """Encrypt what belongs to nobody yet and lives for minutes (AES-256-GCM: nonce, then ciphertext), bound to `label`."""
        nonce = secrets.token_bytes(12)
        return nonce + self._sealer.encrypt(nonce, plain, label.encode())

    def unseal(self, sealed: bytes, label: str) -> bytes:
        """Decrypt what `seal` made; raises `cryptography.exceptions.InvalidTag` under another ring or label."""
        return self._sealer.decrypt(sealed[:12], sealed[12:], label.encode())

    def index(self, kind: str, value: str) -> bytes:
        """Return the 32-byte digest under which an identity is looked up."""
        return hmac.digest(self.index_key, f"{kind}\0{value}".encode(), "sha256")

    def mac(self, label: str, data: bytes) -> bytes:
        """Return a 32-byte code over `data` that only this ring can make; `label` keeps uses apart."""
        return hmac.digest(self.mac_key, label.encode() + b"\0" + data, "sha256")

    def alias(self, subject: int | None) -> int | None:
        """Return the number under which a person stands in entries, and so in receipts: the same each time, and telling nothing.

        The dense number would tell a stranger who says no for somebody whether that somebody was known before: a low one is
        old, the highest is new.
        """
        return (
            None if subject is None else int.from_bytes(self.mac("subject", str(subject).encode())[:6], "big")
        )

    def derive(self, label: str, size: int) -> bytes:
        """Return `size` (at most 32) secret bytes that belong to `label`, the same every time."""
        return self.mac("derive", label.encode())[:size]


def _device(uri: str) -> Device | None:
    if not uri:
        return None
    from aboveboard.record.device import Device  # late: most rings need none

    return Device(uri)


def _new() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
