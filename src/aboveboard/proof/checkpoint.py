"""A head of the record: which log, how many entries, which root (c2sp.org/tlog-checkpoint).

    shop.example.com/record                         <- origin: the log's identity, and the name of its key
    20852163                                        <- number of entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    <- root hash

Signed as a note, this is all that others need to keep: with two of them, anybody can ask for the proof that
the later one extends the earlier. Whoever signs two that do not has shown two histories, and the signatures
prove it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aboveboard.proof import note
from aboveboard.proof.encoding import exactly, from_base64, to_base64
from aboveboard.proof.errors import ProofError
from aboveboard.proof.merkle import EMPTY_ROOT, HASH_SIZE

#: Other programs read the size into a signed 64-bit number.
LARGEST_SIZE = 2**63 - 1

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the log `origin` when it had `size` entries: its `root` (32 bytes), and optional further lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if type(self.size) is not int or not 0 <= self.size <= LARGEST_SIZE:
            raise ProofError("The size in a checkpoint must be a whole number from 0 to 2^63 - 1.")
        exactly(self.root, HASH_SIZE, "The root in a checkpoint")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ProofError("A checkpoint of no entries must have the root of the empty tree.")
        for line in (self.origin, *self.extensions):
            if not line or _CONTROL.search(line):
                raise ProofError(
                    "The lines of a checkpoint must not be empty and have no control characters."
                )

    def text(self) -> str:
        """Return the lines to be signed."""
        return "\n".join([self.origin, str(self.size), to_base64(self.root), *self.extensions]) + "\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return the checkpoint that `text` says; `text()` gives the same text again. Raises `ProofError`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise ProofError(
                "A checkpoint is three lines or more: origin, size and root, each ended by a newline."
            )
        origin, size, root, *extensions = lines[:-1]
        if not _SIZE.fullmatch(size):
            raise ProofError(
                "The second line of a checkpoint must be the size, in digits without leading zeroes."
            )
        return cls(origin, int(size), from_base64(root, "The root in a checkpoint"), tuple(extensions))


def sign(checkpoint: Checkpoint, *signers: note.Signer) -> str:
    """Return the checkpoint as a note signed by each of `signers`, whose name must be the origin."""
    for signer in signers:
        if signer.name != checkpoint.origin:
            raise ProofError(f"The key of {signer.name} must not sign a checkpoint of {checkpoint.origin}.")
    return note.sign(checkpoint.text(), *signers)


def open_checkpoint(signed: str, *verifiers: note.Verifier) -> Checkpoint:
    """Return the checkpoint in a note that the key named like its origin has signed. Raises `ProofError`."""
    text, names = note.open_note(signed, *verifiers)
    checkpoint = Checkpoint.parse(text)
    if checkpoint.origin not in names:
        raise ProofError(
            f"This checkpoint of {checkpoint.origin} is signed by {', '.join(names)}, not by its own key.",
            "unsigned",
        )
    return checkpoint
