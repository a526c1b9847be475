"""What became of entries that do not stand where they were sealed: edited, inserted, deleted or moved.

The tree keeps the hash of every leaf in the order of sealing. So when entries and hashes do not agree, two lists lie side by
side: the entries as they stand now, and the hashes of those that once stood there. An entry whose hash is found at another place
was moved, or only shifted because something before it came or went; the longest run that kept its order is taken for shifted, and
what broke the order for moved. What is left over, on either side and between the same neighbours, is an edit if both sides have
something, an insertion if only the entries have, a deletion if only the hashes have.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["edited", "inserted", "deleted", "moved"]


@dataclass(frozen=True, slots=True)
class Now:
    """An entry as it stands now: its place, its id, the hash of its leaf."""

    index: int
    id: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `index` is where the entry stands now, `sealed_at` the place it was sealed at; either may be missing."""

    kind: Kind
    index: int | None
    id: str | None
    sealed_at: int | None


def differences(now: Sequence[Now], sealed: Sequence[tuple[int, bytes]]) -> list[Difference]:
    """Return how the entries in `now` differ from the hashes `sealed` (place, hash), both in the order of places.

    Only what does not agree should be given: an entry that stands where it was sealed belongs in neither list.
    """
    places = {value: place for place, value in reversed(sealed)}
    found = [(one, places[one.hash]) for one in now if one.hash in places]
    in_order = _longest_run([place for _, place in found])
    shifted = {found[i][0].index: found[i][1] for i in in_order}
    moved = [
        Difference("moved", one.index, one.id, place)
        for one, place in found
        if one.index not in shifted and one.index != place
    ]
    used = {place for _, place in found}
    extra = [one for one in now if one.hash not in places]
    gone = [place for place, _ in sealed if place not in used]
    return sorted([*moved, *_left_over(extra, gone, shifted)], key=lambda one: (_place(one), one.kind))


def _place(one: Difference) -> int:
    return one.sealed_at if one.index is None else one.index  # type: ignore[return-value]


def _left_over(extra: list[Now], gone: list[int], shifted: dict[int, int]) -> list[Difference]:
    """Pair entries without a hash and hashes without an entry that lie between the same neighbours."""
    missing = set(gone)
    edited = [one for one in extra if one.index in missing]
    same_place = {one.index for one in edited}
    result = [Difference("edited", one.index, one.id, one.index) for one in edited]
    before, after = sorted(shifted), sorted(shifted.values())
    gaps: dict[int, list[int]] = {}
    for place in gone:
        if place not in same_place:
            gaps.setdefault(bisect_left(after, place), []).append(place)
    for one in extra:
        if one.index in same_place:
            continue
        waiting = gaps.get(bisect_left(before, one.index), [])
        if waiting:
            result.append(Difference("edited", one.index, one.id, waiting.pop(0)))
        else:
            result.append(Difference("inserted", one.index, one.id, None))
    result += [Difference("deleted", None, None, place) for places in gaps.values() for place in places]
    return result


def _longest_run(values: Sequence[int]) -> set[int]:
    """Return the positions of a longest strictly increasing run in `values` (patience sorting, n log n)."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, value in enumerate(values):
        pile = bisect_left(tails, value)
        if pile == len(tails):
            tails.append(value)
            at.append(position)
        else:
            tails[pile], at[pile] = value, position
        before.append(at[pile - 1] if pile else -1)
    run, position = set[int](), at[-1] if at else -1
    while position >= 0:
        run.add(position)
        position = before[position]
    return run
