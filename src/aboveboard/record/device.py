"""A device that keeps wrapping keys and never lets go of them: a security module or card, spoken to through PKCS#11.

The device encrypts and decrypts people's keys (AES-256-GCM, 32 bytes at a time); its own keys are made within it, marked so that
they can be read by nobody, and known by an id. Whoever steals the disk with the key ring's file and the database can then read
nobody without the device and its PIN.

Where the device is stands in one setting, a URI as RFC 7512 has it:

    pkcs11:token=house;object=aboveboard?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/aboveboard/pin

Needs the extra `hsm` (python-pkcs11).
"""

from __future__ import annotations

import importlib.util
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from cryptography.exceptions import InvalidTag

from aboveboard.record.wrapping import KeyRingError

T = TypeVar("T")

_TAG_BITS = 128
_NONCE = 12
_NAME = "ABOVEBOARD_WRAP_DEVICE"
_LABEL = b"aboveboard wrapping key in a device"


@dataclass(frozen=True)
class Place:
    """Where a device is: its driver (`module`), its `token`, the label of its keys, and the PIN."""

    module: str
    token: str
    label: str
    pin: str = field(repr=False)

    @classmethod
    def parse(cls, uri: str) -> Place:
        """Return the place that a `pkcs11:` URI names; raises `KeyRingError`."""
        scheme, _, rest = uri.partition(":")
        path, _, query = rest.partition("?")
        if scheme != "pkcs11":
            raise KeyRingError(f"{_NAME} must be a URI that begins with pkcs11: (RFC 7512).")
        parts = _pairs(path, ";") | _pairs(query, "&")
        for needed in ("token", "module-path"):
            if not parts.get(needed):
                raise KeyRingError(
                    f"{_NAME} names no {needed}. Write it like "
                    "pkcs11:token=house;object=aboveboard?module-path=/usr/lib/…/driver.so&pin-source=file:/etc/aboveboard/pin"
                )
        return cls(parts["module-path"], parts["token"], parts.get("object", "aboveboard"), _pin(parts))


def _pairs(text: str, between: str) -> dict[str, str]:
    found = (part.partition("=") for part in text.split(between) if part)
    return {name: unquote(value) for name, _, value in found}


def _pin(parts: dict[str, str]) -> str:
    source = parts.get("pin-source")
    if source is None:
        return parts.get("pin-value", "")
    file = source.removeprefix("file:").removeprefix("//")
    try:
        return Path(file).read_text().strip()
    except (OSError, ValueError):
        raise KeyRingError(
            f"The file with the device's PIN, {file} (pin-source in {_NAME}), cannot be read."
        ) from None


class Device:
    """One token of a device; its session is opened when first needed, and again if it was lost."""

    def __init__(self, uri: str) -> None:
        self._place = Place.parse(uri)
        self._session: Any = None
        self._kept: dict[bytes, Any] = {}
        # A session does one thing at a time.
        self._lock = threading.Lock()

    def make(self, key: bytes) -> None:
        """Make a new AES-256 key in the device, known by the id `key`; it can be used there and never be read."""
        library = _library()
        may = dict.fromkeys(("SENSITIVE", "ENCRYPT", "DECRYPT"), True)
        may |= dict.fromkeys(("EXTRACTABLE", "WRAP", "UNWRAP", "SIGN", "VERIFY", "DERIVE"), False)
        template = {library.Attribute[name]: value for name, value in may.items()}
        self._do(
            lambda session: session.generate_key(
                library.KeyType.AES, 256, id=key, label=self._place.label, store=True, template=template
            )
        )

    def destroy(self, key: bytes) -> None:
        """Destroy a key in the device for good; one that is not there is as good as destroyed."""

        def destroy(session: Any) -> None:
            for found in list(session.get_objects(self._wanted(key))):
                found.destroy()

        self._do(destroy)
        self._kept.pop(key, None)

    def key(self, key: bytes) -> KeyInDevice:
        """Return the key with this id; raises `KeyRingError` if it is not in the device."""
        self.use(key, lambda _: None)
        return KeyInDevice(self, key)

    def use(self, key: bytes, what: Callable[[Any], T]) -> T:
        """Let `what` do something with a key in the device."""
        return self._do(lambda session: what(self._one(session, key)))

    def _one(self, session: Any, key: bytes) -> Any:
        if key not in self._kept:
            found = list(session.get_objects(self._wanted(key)))
            if not found:
                raise KeyRingError(
                    f"The device {self._place.token} does not hold the wrapping key {key.hex()} ({self._place.label}), "
                    "which this key ring names. Connect the device that belongs to it."
                )
            self._kept[key] = found[0]
        return self._kept[key]

    def _wanted(self, key: bytes) -> dict[Any, Any]:
        library = _library()
        return {
            library.Attribute.CLASS: library.ObjectClass.SECRET_KEY,
            library.Attribute.LABEL: self._place.label,
            library.Attribute.ID: key,
        }

    def _do(self, job: Callable[[Any], T]) -> T:
        library = _library()
        lost = (
            library.SessionHandleInvalid,
            library.SessionClosed,
            library.UserNotLoggedIn,
            library.DeviceRemoved,
            library.ObjectHandleInvalid,
            library.KeyHandleInvalid,
        )
        with self._lock:
            for again in (True, False):
                try:
                    if self._session is None:
                        self._session, self._kept = self._open(library), {}
                    return job(self._session)
                except lost as error:
                    self._session = None
                    if not again:
                        raise self._trouble(error) from None
        raise AssertionError  # the loop returns or raises

    def _open(self, library: Any) -> Any:
        place = self._place
        try:
            driver = library.lib(place.module)
        except (library.PKCS11Error, RuntimeError) as error:
            raise KeyRingError(f"The driver {place.module} ({_NAME}) cannot be loaded: {error}") from None
        try:
            token = driver.get_token(token_label=place.token)
            try:
                return token.open(rw=True, user_pin=place.pin or None)
            except library.UserAlreadyLoggedIn:  # a process signs in to a token once, for all its sessions
                return token.open(rw=True)
        except library.PinIncorrect:
            raise KeyRingError(f"The device {place.token} refuses the PIN that {_NAME} leads to.") from None
        except (library.NoSuchToken, library.MultipleTokensReturned):
            raise KeyRingError(
                f"There is no token {place.token} at {place.module} ({_NAME}), or more than one. Connect the device."
            ) from None
        except library.PKCS11Error as error:
            raise self._trouble(error) from None

    def _trouble(self, error: Exception) -> KeyRingError:
        return KeyRingError(
            f"The device {self._place.token} ({_NAME}) does not work: {type(error).__name__}."
        )


class KeyInDevice:
    """A wrapping key in a device; it encrypts and decrypts like one in hand."""

    def __init__(self, device: Device, key: bytes) -> None:
        self._device, self._key = device, key
        self.id = sha256(_LABEL + key).digest()[:4]

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Return `data` encrypted and bound to `associated_data`, with its tag; raises `KeyRingError`."""
        library, how = self._how(nonce, associated_data)
        try:
            return bytes(self._device.use(self._key, lambda key: key.encrypt(data, **how)))
        except library.PKCS11Error as error:
            raise KeyRingError(f"The device could not encrypt: {type(error).__name__}.") from None

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Return what `encrypt` was given; raises `InvalidTag` if it was bound to something else or changed.

        A device that does not work is a `KeyRingError`, for then nothing is known about the data: taken for a wrong key, what
        is sealed would be given up as lost.
        """
        library, how = self._how(nonce, associated_data)
        try:
            return bytes(self._device.use(self._key, lambda key: key.decrypt(data, **how)))
        except (library.EncryptedDataInvalid, library.EncryptedDataLenRange):
            raise InvalidTag from None
        except library.PKCS11Error as error:
            if self._works():  # drivers do not agree on how a wrong tag is said: then it was that
                raise InvalidTag from None
            raise KeyRingError(f"The device could not decrypt: {type(error).__name__}.") from None

    def _works(self) -> bool:
        """Return whether the device opens what it has just encrypted under this key."""
        library, how = self._how(secrets.token_bytes(_NONCE), _LABEL)
        try:
            cipher = bytes(self._device.use(self._key, lambda key: key.encrypt(_LABEL, **how)))
            opened = bytes(self._device.use(self._key, lambda key: key.decrypt(cipher, **how)))
        except (library.PKCS11Error, KeyRingError):
            return False
        return opened == _LABEL

    @staticmethod
    def _how(nonce: bytes, associated_data: bytes) -> tuple[Any, dict[str, Any]]:
        library = _library()
        how = library.GCMParams(nonce=nonce, aad=associated_data, tag_bits=_TAG_BITS)
        return library, {"mechanism": library.Mechanism.AES_GCM, "mechanism_param": how}


def _library() -> Any:
    if importlib.util.find_spec("pkcs11") is None:
        raise KeyRingError(f"{_NAME} needs the extra `hsm`: pip install 'aboveboard[hsm]'.")
    import pkcs11

    return pkcs11
