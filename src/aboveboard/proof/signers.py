"""The keys with which one record signs, one after the other, each vouched for by the one before it.

A signing key does not last as long as a record: somebody leaves who could read it, or a new one is due. So a key may be
replaced. The old key and the new one then both sign a small text, the *endorsement*:

    aboveboard-signer/1
    shop.example.com/record                      <- the record, and the name of both keys
    shop.example.com/record+c74f20a3+ARpc2Q…     <- the key until now
    shop.example.com/record+9a4be0d1+AfX0zk…     <- the key from now on
    20852163                                     <- a head by the old key alone covers at most so many entries

    — shop.example.com/record xxT/AB…=           <- by the old key: this is my successor
    — shop.example.com/record mkvg0d…=           <- by the new key: that was my predecessor

Whoever trusts any one of a record's keys can so reach all of them, from text that comes from anywhere: forwards by the old key's
signature, backwards by the new one's. Receipts and heads of before stay good. What the old key signs later, alone, is
nothing: that is what the number is for. A key with two successors has been used by two hands, and is believed about neither.

`Signers.text()` is how the keys are handed around: the key that is trusted in the first line, endorsements below. Whoever kept
an older key puts that line first and the rest below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aboveboard.proof import note
from aboveboard.proof.checkpoint import LARGEST_SIZE, Checkpoint
from aboveboard.proof.errors import ProofError
from aboveboard.proof.note import Signature, Signer, Verifier

FORMAT = "aboveboard-signer/1"
#: More changes than this in one text are not read; a record that changes its key every month needs 83 years for them.
MOST = 1_000

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Change:
    """`old` was replaced by `new`; a head that `old` signed alone covers at most `size` entries."""

    old: Verifier
    new: Verifier
    size: int

    def text(self) -> str:
        """Return the lines to be signed by both."""
        lines = [FORMAT, self.old.name, self.old.verifier_key, self.new.verifier_key, str(self.size)]
        return "\n".join(lines) + "\n"


def endorse(old: Signer, new: Signer, size: int) -> str:
    """Return the endorsement of `new` by `old`, signed by both. Raises `ProofError` if they have two names, or are one key."""
    change = Change(old.verifier, new.verifier, size)
    _check(change)
    return note.sign(change.text(), old, new)


def open_endorsement(signed: str) -> Change:
    """Return what an endorsement says, both its signatures checked. Raises `ProofError`."""
    text, signatures = note.parse(signed)
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != FORMAT or not _SIZE.fullmatch(lines[4]):
        raise ProofError("This is not the endorsement of a new signing key: five lines are expected.")
    change = Change(Verifier.parse(lines[2]), Verifier.parse(lines[3]), int(lines[4]))
    if lines[1] != change.old.name:
        raise ProofError("The endorsement of a new signing key names another record than its keys.")
    _check(change)
    wanted = [(key.name, key.key_id) for key in (change.old, change.new)]
    if [(one.name, one.key_id) for one in signatures] != wanted:
        raise ProofError(
            "The endorsement of a new signing key must be signed by the old key and by the new one."
        )
    for key, signature in zip((change.old, change.new), signatures, strict=True):
        if not key.accepts(text, signature.value):
            raise ProofError(
                f"The signature by {_named(key)} does not fit the endorsement: one of them was changed.",
                "changed",
            )
    return change


def _check(change: Change) -> None:
    if change.old.name != change.new.name:
        raise ProofError(f"The key of {change.old.name} must not endorse one of {change.new.name}.")
    if (change.old.name, change.old.key_id) == (change.new.name, change.new.key_id):
        raise ProofError("A key must not endorse itself, nor one that has the same key id.")
    if not 0 <= change.size <= LARGEST_SIZE:
        raise ProofError("The size in an endorsement must be a whole number from 0 to 2^63 - 1.")


@dataclass(frozen=True, slots=True)
class Signers:
    """All keys of one record that somebody who trusts one of them may believe, the oldest first.

    `until[i]` is how many entries a head by key i alone may cover; the present key, the last one, has no such bound.
    `notes` are the endorsements between them.
    """

    keys: tuple[Verifier, ...]
    until: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, trusted: Verifier | Signers, notes: Iterable[str] = ()) -> Signers:
        """Return the keys that `trusted` leads to through `notes`, which may come from anywhere.

        Raises `ProofError` for an endorsement that does not hold, that does not belong to these keys, or of which
        there are two by one key.
        """
        if isinstance(trusted, Signers):
            notes = [*trusted.notes, *notes]
            trusted = trusted.present
        changes: dict[Change, str] = {open_endorsement(one): one for one in dict.fromkeys(notes)}
        _check_straight(changes)
        chain = [*_before(trusted, changes), *_after(trusted, changes)]
        if len(chain) != len(changes):
            other = next(change for change in changes if change not in chain)
            raise ProofError(
                f"The endorsement of {_named(other.new)} by {_named(other.old)} does not lead to the key you trust, "
                f"{_named(trusted)}.",
                "unsigned",
            )
        keys = (chain[0].old if chain else trusted, *(change.new for change in chain))
        until = tuple(change.size for change in chain)
        if list(until) != sorted(until):
            raise ProofError("A key is endorsed for fewer entries than the key before it.")
        return cls(keys, until, tuple(changes[change] for change in chain))

    @classmethod
    def parse(cls, text: str) -> Signers:
        """Return the keys in a text as `text()` writes it: the first line is trusted, everything else must follow from it.

        Raises `ProofError`; `unsigned` if there is a key that the first one does not lead to.
        """
        lines, notes = _read(text)
        if not lines:
            raise ProofError(
                "There is no public key. It is one line: a name, a key id and the key, with a plus between."
            )
        keys = [Verifier.parse(line) for line in lines]
        found = cls.of(keys[0], notes)
        for key in keys:
            if key not in found.keys:
                raise ProofError(
                    f"The first key here, {_named(keys[0])}, does not lead to {_named(key)}: no endorsement joins them.",
                    "unsigned",
                )
        return found

    def extended(self, text: str) -> Signers:
        """Return these keys and those that the endorsements in `text` lead on to; keys in it that stand alone are passed over.

        Raises `ProofError` like `of`.
        """
        return Signers.of(self, _read(text)[1])

    def text(self) -> str:
        """Return the present key in the first line, and below it each endorsement, with empty lines between."""
        return "\n".join([self.present.verifier_key + "\n", *self.notes])

    @property
    def present(self) -> Verifier:
        """The key that signs now."""
        return self.keys[-1]

    @property
    def name(self) -> str:
        """The record's name, which all its keys bear."""
        return self.present.name

    def find(self, signature: Signature) -> Verifier | None:
        """Return the key that a signature line names, or None if it is none of these."""
        wanted = (signature.name, signature.key_id)
        return next((key for key in self.keys if (key.name, key.key_id) == wanted), None)

    def allows(self, key: Verifier, size: int) -> bool:
        """Return whether a head for `size` entries may be signed by `key` alone."""
        place = self.keys.index(key)
        return place == len(self.until) or size <= self.until[place]

    def open_head(self, signed: str) -> Checkpoint:
        """Return the head in a signed note, if one of the record's keys signed it in its time. Raises `ProofError`.

        Codes: `unsigned` (none of these keys signed), `changed` (a signature by one of them is wrong), `replaced` (only
        keys that had been replaced by then).
        """
        text, signatures = note.parse(signed)
        found = [(key, one) for one in signatures if (key := self.find(one)) is not None]
        for key, signature in found:
            if not key.accepts(text, signature.value):
                raise ProofError(
                    f"The signature by {_named(key)} does not fit the text: one of them was changed.",
                    "changed",
                )
        if not found:
            by = ", ".join(f"{one.name}+{one.key_id.hex()}" for one in signatures[:3])
            raise ProofError(f"None of the keys we know signed this note; it is signed by {by}.", "unsigned")
        head = Checkpoint.parse(text)
        if head.origin != self.name:
            raise ProofError(
                f"This checkpoint of {head.origin} is signed by {self.name}, not by its own key.", "unsigned"
            )
        if not any(self.allows(key, head.size) for key, _ in found):
            raise replaced(found[0][0], self, f"The head for {head.size} entries")
        return head


def replaced(key: Verifier, signers: Signers, what: str) -> ProofError:
    """Return the error for something that a key signed after it had been replaced."""
    size = signers.until[signers.keys.index(key)]
    return ProofError(
        f"{what} is signed by {_named(key)} alone. That key was replaced when there were {size} entries, and what it signs "
        "after that proves nothing.",
        "replaced",
    )


def _check_straight(changes: Iterable[Change]) -> None:
    by_old: dict[Verifier, Change] = {}
    by_new: dict[Verifier, Change] = {}
    for change in changes:
        if by_old.setdefault(change.old, change) != change:
            raise ProofError(
                f"The key {_named(change.old)} has endorsed two successors. Somebody else has used it: neither is believed."
            )
        if by_new.setdefault(change.new, change) != change:
            raise ProofError(f"The key {_named(change.new)} is said to follow two others.")


def _before(trusted: Verifier, changes: Iterable[Change]) -> list[Change]:
    by_new = {change.new: change for change in changes}
    found: list[Change] = []
    while (change := by_new.get(found[0].old if found else trusted)) is not None:
        if change in found:
            raise ProofError("These keys endorse each other in a circle.")
        found.insert(0, change)
    return found


def _after(trusted: Verifier, changes: Iterable[Change]) -> list[Change]:
    by_old = {change.old: change for change in changes}
    found: list[Change] = []
    while (change := by_old.get(found[-1].new if found else trusted)) is not None:
        found.append(change)  # a circle would have been found backwards
    return found


def _read(text: str) -> tuple[list[str], list[str]]:
    """Return the lines with keys and the endorsements in a text, none of it checked."""
    lines: list[str] = []
    notes: list[str] = []
    body = ""
    for paragraph in _paragraphs(text):
        if body:
            notes.append(f"{body}\n{paragraph}")
            body = ""
        elif paragraph.startswith(f"{FORMAT}\n"):
            body = paragraph
        else:
            lines += paragraph[:-1].split("\n")
        if len(notes) > MOST:
            raise ProofError(f"There are more than {MOST} endorsements; they are not read.")
    if body:
        raise ProofError("The end of this text is missing: an endorsement in it has no signatures.")
    return lines, notes


def _paragraphs(text: str) -> Iterator[str]:
    """Yield runs of lines that are not empty; a text after signatures begins a new one even where the gap was lost."""
    found: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        line = line.strip(" \t")
        if found and (not line or (found[-1].startswith(_DASH) and not line.startswith(_DASH))):
            yield "\n".join(found) + "\n"
            found = []
        if line:
            found.append(line)


def _named(key: Verifier) -> str:
    return f"{key.name}+{key.key_id.hex()}"
