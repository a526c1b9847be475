"""What a duty is, and how urgent.

A duty is known by its `kind` and a `key` that is the same however often the reason for it is found: opening it twice is
opening it once, so whoever watches (a contract's end, a silent partner) may look every minute and just say what it sees. A
duty ends when someone does it, or when its reason is gone; either way an entry in the record is the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from aboveboard.words import Text

Urgency = Literal["done", "overdue", "soon", "later"]

#: What is due within this time is shown as urgent.
SOON = timedelta(days=3)
#: Who did it, when nobody had to: the reason went away by itself.
BY_ITSELF = "aboveboard"


class DutyError(ValueError):
    """A duty that cannot be changed so. `code` is stable: `duty_unknown`, `duty_done`; `text` tells the clerk."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to be done.

    `what` says it in one sentence and `why` under which rule; neither holds anything personal. `partner`, `entry_id` and
    `subject` (a person's number) say what it is about, `detail` is for the room that opened it. `evidence` is the id of the
    entry that says it was done.
    """

    id: int
    kind: str
    key: str
    due_at: datetime
    what: Text
    why: Text
    created_at: datetime
    partner: str | None = None
    entry_id: str | None = None
    subject: int | None = None
    detail: dict[str, str] = field(default_factory=dict)
    done_at: datetime | None = None
    done_by: str | None = None
    evidence: str | None = None

    def urgency(self, now: datetime) -> Urgency:
        """Return how urgent the duty is at `now`."""
        if self.done_at is not None:
            return "done"
        if self.due_at <= now:
            return "overdue"
        return "soon" if self.due_at - now <= SOON else "later"


UNKNOWN = Text(
    "There is no such duty. It may have been done by someone else.", "没有这项任务。可能已经有人做完了。"
)
DONE = Text("This was already done. Nothing was changed.", "这件事已经做过了。什么都没有改动。")
