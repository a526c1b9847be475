"""What others may ask about choices: save one, note a browser's signal, show someone's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from aboveboard.choices.model import CHANNELS, ChoiceError, Decision, check
from aboveboard.editions.service import Editions
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import Entry, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Tx
from aboveboard.words import Text

_CHANNEL = Text(
    "We do not know this way of telling us. Use one of: {ids}. Nothing was saved.",
    "没有这种渠道。请用其中一种：{ids}。什么都没有保存。",
)
_NO_BOOK = Text(
    "This business has not published its book yet, so there is nothing to choose. Run `aboveboard apply` first.",
    "商家还没有公布账本，没有可选的内容。请先运行 aboveboard apply。",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One saved choice as its owner sees it. `decisions` is empty for a browser's signal."""

    entry_id: str
    at: datetime
    decisions: tuple[Decision, ...]
    channel: str
    proven: bool
    signal: str | None = None


class Choices:
    """Choices of one installation."""

    def __init__(self, record: Record, people: People, editions: Editions) -> None:
        self.record = record
        self.people = people
        self.editions = editions

    def save(
        self,
        tx: Tx,
        *,
        subject: int,
        identity: Identity,
        decisions: Sequence[Decision],
        channel: str,
        proven: bool,
        entry_id: str | None = None,
    ) -> Stamp:
        """Save the decisions of one moment as one entry and return its stamp.

        `proven` says that the person, a clerk or the firm's own system stands behind it; a yes without it opens nothing.
        `entry_id` makes a request repeatable (raises `AlreadyRecorded` the second time). Raises `ChoiceError`.
        """
        edition = self.editions.current(tx.conn)
        if edition is None:
            raise ChoiceError("no_book", _NO_BOOK)
        if channel not in CHANNELS:
            raise ChoiceError("channel_unknown", _CHANNEL.filled(ids=", ".join(CHANNELS)))
        check(edition.book, decisions, tx.now)
        facts = {
            "decisions": [decision.as_facts() for decision in decisions],
            "channel": channel,
            "proven": proven,
            "edition": edition.number,
        }
        personal = {"identity": {"kind": identity.kind, "shown": identity.masked}}
        return self.record.append(
            tx, "choice.made", subject=subject, facts=facts, personal=personal, entry_id=entry_id
        )

    def signal(self, tx: Tx, subject: int, channel: str = "web") -> Stamp | None:
        """Note that this person's browser sends Global Privacy Control; None if it stands noted already.

        It is written again only when the person said yes to something since, because then it is news that the browser
        still says no (11 CCR 7025(c)(3)).
        """
        for entry in self._about(tx.conn, subject):
            if entry.kind == "signal.seen":
                return None
            if any(decision["decision"] == "allow" for decision in entry.facts["decisions"]):
                break
        return self.record.append(
            tx, "signal.seen", subject=subject, facts={"signal": "gpc", "channel": channel}
        )

    def history(self, conn: Connection, subject: int) -> list[Said]:
        """Return what this person said, under any of their identities, newest first."""
        return [_said(entry) for entry in self._about(conn, subject)]

    def _about(self, conn: Connection, subject: int) -> list[Entry]:
        return self.record.about(conn, self.people.numbers(conn, subject), ("choice.made", "signal.seen"))


def _said(entry: Entry) -> Said:
    facts = entry.facts
    decisions = tuple(Decision.from_facts(decision) for decision in facts.get("decisions", ()))
    return Said(
        entry.id, entry.at, decisions, facts["channel"], bool(facts.get("proven")), facts.get("signal")
    )
