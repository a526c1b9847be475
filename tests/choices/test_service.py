"""Saving choices: what is refused, what is kept, what the history shows."""

from __future__ import annotations

import pytest

from aboveboard.choices.model import ChoiceError, Decision
from aboveboard.people.model import Identity
from tests.choices.conftest import Firm

ANN = Identity("email", "ann@example.org")


@pytest.mark.parametrize(
    ("decisions", "channel", "code"),
    [
        ([], "web", "decision_missing"),
        ([("perhaps", "all", None)], "web", "decision_unknown"),
        ([("deny", "everything", None)], "web", "purpose_unknown"),
        ([("deny", "", None)], "web", "purpose_unknown"),
        ([("deny", "all", "nobody")], "web", "recipient_unknown"),
        ([("deny", "reminders", "reviews")], "web", "recipient_not_of_purpose"),
        ([("deny", "all", None), ("deny", "ALL", None)], "web", "purpose_unknown"),
        ([("deny", "all", None)], "pigeon", "channel_unknown"),
    ],
)
def test_what_cannot_be_saved_says_why_and_leaves_nothing(
    firm: Firm, decisions: list[tuple[str, str, str | None]], channel: str, code: str
) -> None:
    subject = firm.person()
    with firm.store.read() as conn:
        before = firm.record.size(conn)
    with pytest.raises(ChoiceError) as caught, firm.store.write() as tx:
        said = [Decision(*one) for one in decisions]  # type: ignore[arg-type]
        firm.choices.save(tx, subject=subject, identity=ANN, decisions=said, channel=channel, proven=False)
    assert caught.value.code == code
    assert "Nothing was saved." in caught.value.text.en and "什么都没有保存" in caught.value.text.zh
    with firm.store.read() as conn:
        assert firm.record.size(conn) == before


def test_without_a_book_nothing_can_be_chosen(empty_firm: Firm) -> None:
    with pytest.raises(ChoiceError) as caught:
        empty_firm.say(empty_firm.person(), "deny all")
    assert caught.value.code == "no_book"


def test_history_is_newest_first_and_follows_linked_people(firm: Firm) -> None:
    ann, other = firm.person("ann@example.org"), firm.person("ann@work.example.org")
    firm.say(other, "deny prices")
    firm.say(ann, "deny sharing", "allow reminders")
    with firm.store.write() as tx:
        firm.choices.signal(tx, ann)
        firm.people.link(tx, ann, Identity("email", "ann@work.example.org"))
    with firm.store.read() as conn:
        said = firm.choices.history(conn, ann)
    assert [one.signal or [d.purpose for d in one.decisions] for one in said] == [
        "gpc",
        ["sharing", "reminders"],
        ["prices"],
    ]
    assert said[1].proven and said[1].channel == "web"


def test_a_standing_signal_is_written_once_and_again_after_a_yes(firm: Firm) -> None:
    subject = firm.person()

    def signal() -> bool:
        with firm.store.write() as tx:
            return firm.choices.signal(tx, subject) is not None

    assert [signal(), signal()] == [True, False]
    firm.say(subject, "deny reminders")
    assert not signal()
    firm.say(subject, "allow sharing")
    assert [signal(), signal()] == [True, False]


def test_the_identity_in_the_entry_is_sealed_and_masked(firm: Firm) -> None:
    entry_id = firm.say(firm.person(), "deny all")
    with firm.store.read() as conn:
        entry = firm.record.get(conn, entry_id)
        assert entry is not None and b"ann@" not in entry.leaf and b"example.org" not in entry.leaf
        assert firm.record.open(conn, entry) == {"identity": {"kind": "email", "shown": "a…@example.org"}}
