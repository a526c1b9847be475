"""Heads that somebody kept: in a receipt, in a file of a partner or auditor, at a witness.

A record that proves itself may still be an old copy of itself, or a second history that was written with the same keys. Only a
head that lies elsewhere can tell. Every receipt carries one; a witness's file holds many, one note after the other with an empty
line between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aboveboard.proof import ProofError, canonical, note
from aboveboard.proof import receipt as receipts
from aboveboard.proof.checkpoint import Checkpoint
from aboveboard.proof.receipt import VerifiedReceipt
from aboveboard.proof.signers import Signers

_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Kept:
    """A head that somebody kept: where it comes from, what it says, and the receipt if it came with one."""

    source: str
    head: Checkpoint
    receipt: VerifiedReceipt | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something in a kept file that proves nothing: a head by another key (`other_key`), a changed one, or none at all."""

    source: str
    code: str
    why: str


def read(source: str, content: bytes, key: note.Verifier | Signers) -> list[Kept | Unusable]:
    """Return every head in a file that somebody kept, called `source`, checked against the record's keys."""
    signers = Signers.of(key)
    if content.lstrip()[:1] == b"{":
        return [_receipt(source, content, signers)]
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return [Unusable(source, "unreadable", "it is neither a receipt nor a list of signed heads.")]
    found = [_head(source, one, signers) for one in notes(text)]
    return found or [Unusable(source, "unreadable", "there is neither a receipt nor a signed head in it.")]


def notes(text: str) -> Iterator[str]:
    """Yield the signed notes in a text one after the other; what is cut off or out of place is yielded as it stands.

    A note is two paragraphs: lines of text, none of them empty, and lines of signatures.
    """
    body = ""
    for paragraph in _paragraphs(text):
        if paragraph.startswith(_DASH):
            yield f"{body}\n{paragraph}" if body else paragraph
            body = ""
            continue
        if body:
            yield body
        body = paragraph
    if body:
        yield body


def _paragraphs(text: str) -> Iterator[str]:
    """Yield runs of lines; an empty line ends one, and so does text after signatures (notes put together without a gap)."""
    lines: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if lines and (not line or (lines[-1].startswith(_DASH) and not line.startswith(_DASH))):
            yield "\n".join([*lines, ""])
            lines = []
        if line:
            lines.append(line)


def _head(source: str, signed: str, signers: Signers) -> Kept | Unusable:
    try:
        return Kept(source, signers.open_head(signed))
    except ProofError as error:
        code = {"unsigned": "other_key", "replaced": "other_key", "changed": "changed"}.get(
            error.code, "unreadable"
        )
        return Unusable(source, code, str(error))


def _receipt(source: str, content: bytes, signers: Signers) -> Kept | Unusable:
    try:
        receipt = receipts.verify(content, signers)
        whole = canonical.loads(content)
        return Kept(source, signers.open_head(whole["checkpoint"]), receipt)
    except ProofError as error:
        codes = {"other-key": "other_key", "changed": "changed"}
        return Unusable(source, codes.get(error.code, "unreadable"), str(error))
