"""The keys that sign heads: the present one, those before it, and perhaps one that is about to follow.

Which key signs is decided by the database and not by the file, because only the database changes in one step: a key has
followed as soon as a head stands in the record that it signed. So a change of key goes like this (see `resigning`):

1. the new key and its endorsement are put into the file as `next`, on disk;
2. in one transaction the entry `record.signer` is sealed, under a head that both keys sign;
3. in the file, `next` becomes `signing`, and the old key goes to those before it.

It may be killed anywhere. Before the commit of step 2 nobody signs with the new key. After it everybody does: whoever is about to
sign looks who signed the newest head, and finds `next`. Who does not find that key in the ring at all signs nothing.

For a while (the *overlap*) the old key signs beside the new one, so that whoever knows only the old one can still check new heads
and has time to fetch the endorsement. Then it is thrown away; its public half and its endorsement stay for ever.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aboveboard.proof import ProofError
from aboveboard.proof.note import Signer, parse
from aboveboard.proof.signers import Signers
from aboveboard.record import keyfile
from aboveboard.record.wrapping import KeyRingError


@dataclass(frozen=True, slots=True)
class _Next:
    """A key that is to follow, its endorsement, and until when the present one signs beside it."""

    signer: Signer
    note: str
    until: datetime


@dataclass(frozen=True, slots=True)
class _Ring:
    """The signing part of the file; `overlapping` are old keys that still sign, each until when."""

    signer: Signer
    signers: Signers
    overlapping: tuple[tuple[Signer, datetime], ...] = ()
    next: _Next | None = None


class SigningKeys:
    """The signing keys of a key ring's file; `origin` is their name."""

    def __init__(self, file: Path, origin: str) -> None:
        """Read the file; raises what a damaged one causes (`OSError`, `ValueError`, `KeyError`, `TypeError`)."""
        self._file, self._origin = file, origin
        self._seen = keyfile.stamp(file)
        self._ring = self._read()

    @property
    def signer(self) -> Signer:
        """The present key."""
        return self._ring.signer

    @property
    def signers(self) -> Signers:
        """All keys of the record with which anything of it can be checked, the present one last."""
        return self._ring.signers

    def at(self, newest: str | None, now: datetime, *, changing: bool = False) -> list[Signer]:
        """Return who signs the head after `newest` (a note, or None for the first head): the present key first.

        With `changing`, the head is the one under which `next` becomes the present key. Raises `KeyRingError` if the newest
        head is signed by a key that this ring does not hold.
        """
        self.settle(newest)
        ring = self._ring
        followed = [ring.next.signer] if changing and ring.next is not None else []
        return [*followed, ring.signer, *(key for key, until in ring.overlapping if now < until)]

    def settle(self, newest: str | None) -> None:
        """See to it that the present key here is the one that signed the head `newest`; raises `KeyRingError` if it cannot be."""
        try:
            by = first_signature(newest or "")
        except ProofError:
            return  # there is none yet, or one that somebody destroyed, which `verify` tells
        if self._is(by, self._ring.signer):
            return
        if not self._promote(by) and by not in self._known():
            self._look_again()
            if not self._promote(by) and by not in self._known():
                raise KeyRingError(
                    f"The newest head of the record is signed by {by[0]}+{by[1].hex()}, a key that the key ring {self._file} "
                    "does not hold: the signing key was replaced. Put the key ring that belongs to this database there."
                )

    def refresh(self) -> None:
        """Take in a file that was replaced since."""
        try:
            replaced = keyfile.stamp(self._file) != self._seen
        except OSError:
            return
        if replaced:
            self._look_again()

    def stage(self, key: bytes, endorsement: str, until: datetime) -> None:
        """Put a key that is to follow into the file, on disk; the present one overlaps with it until `until`."""
        told = {"key": base64.b64encode(key).decode(), "note": endorsement, "until": until.isoformat()}
        keyfile.change(self._file, lambda content: content.update(next=told))
        self._look_again()

    def forget(self, now: datetime) -> None:
        """Throw away the private halves of old keys whose overlap is over."""
        if all(now < until for _, until in self._ring.overlapping):
            return

        def drop(content: dict[str, Any]) -> None:
            for one in content["signers"]:
                if one["key"] is not None and datetime.fromisoformat(one["until"]) <= now:
                    one["key"] = None

        keyfile.change(self._file, drop)
        self._look_again()

    def _look_again(self) -> None:
        try:
            self._seen = keyfile.stamp(self._file)
            self._ring = self._read()
        except (OSError, ValueError, KeyError, TypeError):
            return  # whoever starts anew is told; what runs goes on with the keys that it has

    def _read(self) -> _Ring:
        content = keyfile.read(self._file)
        before = content.get("signers", [])
        signer, coming = self._signer(content["signing"]), content.get("next")
        return _Ring(
            signer,
            Signers.of(signer.verifier, [one["note"] for one in before]),
            tuple(
                (self._signer(one["key"]), datetime.fromisoformat(one["until"]))
                for one in reversed(before)
                if one["key"] is not None
            ),
            None
            if coming is None
            else _Next(self._signer(coming["key"]), coming["note"], datetime.fromisoformat(coming["until"])),
        )

    def _signer(self, text: str) -> Signer:
        return Signer(self._origin, base64.b64decode(text, validate=True))

    def _promote(self, by: tuple[str, bytes]) -> bool:
        """Make `next` the present key if it is the one named; in the file as well, if that can be written."""
        ring, coming = self._ring, self._ring.next
        if coming is None or not self._is(by, coming.signer):
            return False

        def follow(content: dict[str, Any]) -> None:
            there = content.get("next")
            if there is not None and there["note"] == coming.note:
                old = {"note": coming.note, "key": content["signing"], "until": there["until"]}
                content.update(signing=there["key"], signers=[*content.get("signers", []), old])
                del content["next"]

        signers = Signers.of(coming.signer.verifier, [*ring.signers.notes, coming.note])
        self._ring = _Ring(coming.signer, signers, ((ring.signer, coming.until), *ring.overlapping))
        with suppress(OSError):  # a process that may only read the ring goes on with what it knows
            keyfile.change(self._file, follow)
            self._seen = keyfile.stamp(self._file)
        return True

    def _known(self) -> set[tuple[str, bytes]]:
        return {(key.name, key.key_id) for key in self._ring.signers.keys}

    @staticmethod
    def _is(by: tuple[str, bytes], signer: Signer) -> bool:
        return by == (signer.name, signer.key_id)


def first_signature(note: str) -> tuple[str, bytes]:
    """Return name and id of the key in a head's first signature line, which is that of the key that was present then."""
    first = parse(note)[1][0]
    return first.name, first.key_id
