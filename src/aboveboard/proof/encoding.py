"""Hexadecimal and base64 read so strictly that bytes have exactly one spelling.

Python's decoders forgive: capital letters, any value in the unused bits at the end of base64, line
breaks. A receipt may not, since a character that can be changed without being noticed is a character that
proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import re

from aboveboard.proof.errors import ProofError

_HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)


def exactly(value: object, size: int, name: str) -> bytes:
    """Return `value` if it is `size` bytes; raises `ProofError` that calls it `name`."""
    if not isinstance(value, bytes) or len(value) != size:
        raise ProofError(f"{name} must be {size} bytes.")
    return value


def from_hex(text: object, name: str, size: int | None = None) -> bytes:
    """Return the bytes of lower-case hexadecimal `text`, `size` bytes if that is given.

    Raises `ProofError` that calls the value `name`.
    """
    if not isinstance(text, str) or not _HEX.fullmatch(text) or (size is not None and len(text) != 2 * size):
        wanted = f"{2 * size} hexadecimal digits" if size is not None else "pairs of hexadecimal digits"
        raise ProofError(f"{name} must be {wanted} in lower case.")
    return bytes.fromhex(text)


def to_base64(data: bytes) -> str:
    """Return `data` in standard base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: object, name: str) -> bytes:
    """Return the bytes of `text`, which must be exactly what `to_base64` writes.

    Raises `ProofError` that calls the value `name`, also where only the unused last bits or the padding
    differ.
    """
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or to_base64(data) != text:
        raise ProofError(f"{name} must be base64 with padding, as RFC 4648 section 4 writes it.")
    return data
