"""Did you mean …? The nearest known word to one that was mistyped."""

from __future__ import annotations

from collections.abc import Iterable

#: Longer words are not typed by hand; comparing them would only cost time.
LONGEST = 60


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that needs the fewest changes to become `word`, if a slip of the hand can explain it."""
    if len(word) > LONGEST:
        return None
    allowed = max(1, len(word) // 3)
    best = min(((distance(word.lower(), other.lower()), other) for other in known), default=None)
    return best[1] if best is not None and best[0] <= allowed else None


def distance(one: str, other: str) -> int:
    """Return how many letters to add, drop, change or swap with a neighbour lead from one word to the other.

    Optimal string alignment (Damerau-Levenshtein without moving a letter twice).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
