"""What the gate answers."""

from __future__ import annotations

from dataclasses import dataclass

from aboveboard.choices.reasons import Reason
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, with its reason.

    `rule` names what decided: a rule of law, a contract, a choice, a signal, a default. `entry` is the id of the entry that did
    (known only to `Gate.ask`, which looks it up). `as_of` is the index of the newest entry the gate knew of.
    """

    allowed: bool
    reason: Reason
    rule: str
    entry: str | None
    as_of: int
    text: Text
    purpose: Text | str
    partner: Text | str | None = None

    @property
    def explanation(self) -> Text:
        """The reason as a sentence to the person."""
        return self.text.filled(purpose=self.purpose, partner=self.partner or "")
