"""What the four clients do: each act follows from the seed, the client and the act's number, and nothing else.

People come in families of four addresses. A client works on families in a narrow window that moves on with its act numbers, so
that clients meet on the same people, and links join members of one family, so that nobody becomes everybody.

Each act puts entries into the record under ids of its own. That makes it repeatable, and tells afterwards, act by act, whether it
is there, whole, or not at all.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import Literal

from aboveboard.choices.model import Decision
from aboveboard.people.model import Identity

CLIENTS = 4
#: These clients hand their acts to the writer thread, several at a time; the others each open a transaction of their own.
SUBMITTING = (0, 1)
#: So many acts of a submitting client may be under way.
WINDOW = 6

Kind = Literal["save", "pair", "link", "erase"]
_KINDS: tuple[Kind, ...] = ("save", "save", "save", "save", "pair", "pair", "link", "link", "link", "erase")
_MEMBERS = 4
_SAID = (
    ("deny", "all", None),
    ("deny", "sharing", None),
    ("deny", "sharing", "reviews"),
    ("deny", "prices", None),
    ("allow", "all", None),
    ("allow", "sharing", "reviews"),
    ("allow", "prices", None),
    ("allow", "reminders", None),
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `people` are one or two; `said` and `proven` are what each of them says; `ids` are its entries' ids."""

    client: int
    number: int
    kind: Kind
    people: tuple[Identity, ...]
    said: tuple[Decision, ...]
    proven: bool
    ids: tuple[str, ...]


def act(seed: int, client: int, number: int) -> Act:
    """Return what `client` does as its act `number` (from 0)."""
    chance = random.Random(f"{seed}/{client}/{number}")
    kind = chance.choice(_KINDS)
    family = number // 6 + chance.randrange(12)
    members = chance.sample(range(_MEMBERS), 2)
    people = tuple(Identity("email", f"f{family}m{member}@example.org") for member in members)
    said = tuple(Decision(*chance.choice(_SAID)) for _ in people)
    count = 2 if kind == "pair" else 1
    ids = tuple(_id(seed, client, number, place) for place in range(count))
    return Act(client, number, kind, people, said, chance.random() < 0.6, ids)


def _id(seed: int, client: int, number: int, place: int) -> str:
    return hashlib.sha256(f"chaos/{seed}/{client}/{number}/{place}".encode()).hexdigest()[:32]
