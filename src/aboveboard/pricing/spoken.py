"""What every rule of a tier can do besides counting: say what it did, or what would make it apply."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from aboveboard.pricing.moves import Move
from aboveboard.pricing.rules import Rule
from aboveboard.pricing.steps import Kind
from aboveboard.words import Text

#: A rule of stage `unit` moves the price of one, which is then taken times the quantity; one of stage `order` the whole.
Stage = Literal["unit", "order"]


class Speaking(NamedTuple):
    """What words need besides a move: the list price the stage counts from, and how many times the move counts."""

    listed: int
    currency: str
    times: int


class Spoken(Protocol):
    """A rule with its words."""

    @property
    def kind(self) -> Kind:
        """The kind of step it makes."""
        ...

    @property
    def id(self) -> str:
        """Its id in the book."""
        ...

    @property
    def name(self) -> Text:
        """Its name on the price page."""
        ...

    @property
    def rule(self) -> Rule:
        """What it counts."""
        ...

    @property
    def stage(self) -> Stage:
        """Whether it moves one unit or the whole order."""
        ...

    @property
    def fact(self) -> str | None:
        """The personal fact it reads, if any."""
        ...

    def say(self, move: Move, speaking: Speaking) -> Text:
        """Say from what the step was computed, or what would make it apply."""
        ...
