"""A signed text, in the form of C2SP signed-note (c2sp.org/signed-note), with Ed25519.

    the text, one or more lines
                                            <- an empty line
    — shop.example.com/record AbCd…=        <- em dash, name of the key, base64 of (key id ‖ signature)

The signature covers the text with its last newline. The key id is four bytes that say which key of that name
signed; it finds a key, it does not prove one: who opens a note must already hold the *verifier key*, a line
such as `shop.example.com/record+c74f20a3+ARpc2Q…`, from a place that they trust. Signatures by keys that we
do not know are passed over, so that witnesses and a next key may sign too; a wrong signature by a key that we
know spoils the whole note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from aboveboard.proof.encoding import exactly, from_base64, from_hex, to_base64
from aboveboard.proof.errors import ProofError

#: Notes with more signatures are refused before any is checked (C2SP asks for a limit of at least 16).
MOST_SIGNATURES = 100

_ED25519 = b"\x01"
_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and four-byte id, and what that key made of the text (64 bytes for Ed25519)."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """Return the line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: enough to check a note, not to make one."""

    name: str
    public_key: bytes
    key_id: bytes = field(init=False, repr=False, compare=False)
    _key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exactly(self.public_key, 32, "An Ed25519 public key")
        object.__setattr__(self, "key_id", _key_id(self.name, self.public_key))
        object.__setattr__(self, "_key", Ed25519PublicKey.from_public_bytes(self.public_key))

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Return the verifier written as `name+hex key id+base64 key`. Raises `ProofError` if any of it does not fit."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise ProofError("A verifier key has three parts with a plus between: name, key id and key.")
        name, key_id, key = parts
        raw = from_base64(key, "The last part of a verifier key")
        if raw[:1] != _ED25519 or len(raw) != 33:
            raise ProofError(
                "This verifier key is not an Ed25519 key (its bytes begin with 1, and 32 follow)."
            )
        verifier = cls(name, raw[1:])
        if from_hex(key_id, "The key id in a verifier key", 4) != verifier.key_id:
            raise ProofError(
                f"The key id {key_id} does not belong to this name and key; copy the whole line again."
            )
        return verifier

    @property
    def verifier_key(self) -> str:
        """The line that others keep to check this key's notes."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.public_key)}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Return whether `signature` (64 bytes) is this key's signature of `text`."""
        try:
            self._key.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Signer:
    """A private key with its name."""

    def __init__(self, name: str, private_key: bytes) -> None:
        """Take the 32 bytes of an Ed25519 private key (RFC 8032). Raises `ProofError` for a bad name or length."""
        self._key = Ed25519PrivateKey.from_private_bytes(exactly(private_key, 32, "An Ed25519 private key"))
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        """The key's name, by custom the address of the record without `https://`."""
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell this key from others of the same name."""
        return self.verifier.key_id

    @property
    def verifier_key(self) -> str:
        """The line that others keep to check this key's notes."""
        return self.verifier.verifier_key

    def sign(self, text: str) -> Signature:
        """Return this key's signature of `text`."""
        return Signature(self.name, self.key_id, self._key.sign(text.encode()))


def sign(text: str, *signers: Signer) -> str:
    """Return `text`, which must end with a newline, as a note signed by each of `signers`. Raises `ProofError`."""
    _check_text(text)
    if not text.endswith("\n"):
        raise ProofError("The text of a note must end with a newline.")
    if not 0 < len(signers) <= MOST_SIGNATURES:
        raise ProofError(f"A note needs a signature, and at most {MOST_SIGNATURES}.")
    return text + "\n" + "".join(signer.sign(text).line() for signer in signers)


def parse(note: str) -> tuple[str, list[Signature]]:
    """Return the text and the signatures of a note, *none of them checked*. Raises `ProofError` if it is no note."""
    _check_text(note)
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise ProofError(
            "This is not a signed note: a text, an empty line and at least one signature line are expected."
        )
    rows = lines[:-1].split("\n")
    if len(rows) > MOST_SIGNATURES:
        raise ProofError(f"This note has {len(rows)} signatures; more than {MOST_SIGNATURES} are not read.")
    return text + "\n", [_signature(row) for row in rows]


def open_note(note: str, *verifiers: Verifier) -> tuple[str, tuple[str, ...]]:
    """Return the text of a note and the names of the `verifiers` that signed it, each once, in the note's order.

    Raises `ProofError`: code `unsigned` if none of them signed, `changed` if a signature of theirs is wrong,
    else if it is no note.
    """
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise ProofError(
                f"Two different keys are given with the name {verifier.name} and the same key id."
            )
    text, signatures = parse(note)
    names: dict[str, None] = {}
    for signature in signatures:
        found = known.get((signature.name, signature.key_id))
        if found is None:
            continue
        if not found.accepts(text, signature.value):
            raise ProofError(
                f"The signature by {found.name} does not fit the text: one of them was changed.", "changed"
            )
        names[found.name] = None
    if not names:
        signed_by = ", ".join(f"{s.name}+{s.key_id.hex()}" for s in signatures[:3])
        raise ProofError(
            f"None of the keys we know signed this note; it is signed by {signed_by}.", "unsigned"
        )
    return text, tuple(names)


def _signature(row: str) -> Signature:
    dash, name, encoded = row[:2], *row[2:].partition(" ")[::2]
    if dash != _DASH or not encoded:
        raise ProofError(
            "A signature line is an em dash, a space, the key's name, a space and the signature in base64."
        )
    _check_name(name)
    data = from_base64(encoded, "A signature")
    if len(data) < 5:
        raise ProofError("A signature is four bytes of key id and then at least one more.")
    return Signature(name, data[:4], data[4:])


def _key_id(name: str, public_key: bytes) -> bytes:
    _check_name(name)
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(char.isspace() for char in name):
        raise ProofError("The name of a key must not be empty and has neither spaces nor a plus.")
    _check_text(name)


def _check_text(text: str) -> None:
    if _CONTROL.search(text):
        raise ProofError("A note has no control characters besides newlines.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProofError("A note is whole Unicode characters, without half a surrogate pair.") from None
