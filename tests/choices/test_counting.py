"""A signal that comes to count for more than it did when it was seen is entered, once, so that partners hear of it."""

from __future__ import annotations

import pytest

from aboveboard.choices.followers import FOLLOWER, follow_signals
from aboveboard.choices.service import as_facts
from aboveboard.people.model import Identity
from aboveboard.record.model import Entry
from tests.choices.conftest import Firm
from tests.choices.test_conflicts import QUIET, _say
from tests.support.books import BOOK

SHARING = [("sharing", None), ("sharing", "reviews"), ("sharing", "stranger")]
TO_REVIEWS = [SHARING[0], SHARING[1]]

# what happened, in order (`place <source> <place>`, a signal, a decision) | what each entry says that is newly denied
TABLE = [
    (("GPC",), []),
    (("place desk US-NV", "GPC"), []),
    (("place desk US-NV", "GPC", "place desk US-OR"), [SHARING]),
    (("place desk US-NV", "GPC", "place import US-OR"), [SHARING]),
    (("place desk US-NV", "GPC", "place desk US-OR", "place import US-CA"), [SHARING]),
    (("place desk US-NV", "GPC", "place desk US-OR", "place desk US-NV", "place desk US-OR"), [SHARING]),
    (("place desk US-NV", "GPC", "place desk US-OR", "GPC"), [SHARING]),
    (("place desk US-OR", "GPC", "place desk US-NV", "place desk US-OR"), []),
    (("GPC", "place desk US-OR"), []),
    (("place desk US-NV", "GPC", "allow sharing", "place desk US-OR"), []),
    (("place desk US-NV", "GPC", "?allow sharing", "place desk US-OR"), [SHARING]),
    (("place desk US-NV", "GPC", "deny all", "place desk US-OR"), []),
    (("place desk US-NV", "GPC", "allow sharing stranger", "place desk US-OR"), [TO_REVIEWS]),
    (("place desk US-NV", "GPP nothing", "place desk US-OR"), []),
    (("place desk US-OR", "GPC", "allow sharing", "GPC"), []),
]


def _live(firm: Firm, subject: int, happened: tuple[str, ...], *, follow: bool = True) -> None:
    """Let it happen, with the follower running after each step or not at all."""
    for words in happened:
        if words.startswith("place "):
            _, source, place = words.split()
            with firm.store.write() as tx:
                firm.people.place(tx, subject, place, source)
        else:
            _say(firm, subject, (words,))
        if follow:
            _follow(firm)


def _follow(firm: Firm) -> None:
    while follow_signals(firm.store, firm.choices, "test", 5):
        pass


def _entered(firm: Firm) -> list[Entry]:
    with firm.store.read() as conn:
        return firm.record.entries(conn, -1, 100, ["signal.counts"])


def _denied(firm: Firm) -> list[list[dict[str, str | None]]]:
    return [entry.facts["denies"] for entry in _entered(firm)]


@pytest.mark.parametrize(("happened", "found"), TABLE)
def test_what_a_signal_comes_to_stop_is_entered_once(
    firm: Firm, happened: tuple[str, ...], found: list[list[tuple[str, str | None]]]
) -> None:
    firm.publish(QUIET)
    ann = firm.person()
    _live(firm, ann, happened)
    assert _denied(firm) == [as_facts(questions) for questions in found]
    _follow(firm)
    with firm.store.write() as tx:
        assert firm.choices.enter_counting(tx, ann) is None
    assert len(_entered(firm)) == len(found)


@pytest.mark.parametrize(("happened", "found"), TABLE)
def test_what_was_entered_is_what_the_gate_denies_by_a_signal(
    firm: Firm, happened: tuple[str, ...], found: list[list[tuple[str, str | None]]]
) -> None:
    """Whatever the gate denies by a signal, some entry has said: partners know no less than the gate."""
    firm.publish(QUIET)
    ann = firm.person()
    _live(firm, ann, happened)
    with firm.store.read() as conn:
        signals = firm.record.entries(conn, -1, 100, ["signal.seen", "signal.counts"])
    said = [question for entry in signals for question in entry.facts["denies"]]
    for question in TO_REVIEWS:
        if firm.ask(ann, *question).reason.value == "signal":
            assert as_facts([question])[0] in said
    assert found == [] or said != []


def test_the_entry_tells_which_signal_it_was(firm: Firm) -> None:
    firm.publish(QUIET)
    ann = firm.person()
    _live(firm, ann, ("place desk US-NV", "GPC", "GPP sensitive", "place desk US-OR"))
    (entry,) = _entered(firm)
    with firm.store.read() as conn:
        gpc = next(
            one for one in firm.record.entries(conn, -1, 100, ["signal.seen"]) if one.facts["signal"] == "gpc"
        )
    assert (entry.subject, entry.facts["signal"], entry.facts["seen"]) == (ann, "gpc", gpc.id)


def test_two_numbers_of_one_person_share_a_signal_and_a_place(firm: Firm) -> None:
    """The signal came under one number, the place under the other: only together it counts."""
    firm.publish(QUIET)
    ann, device = firm.person(), Identity("device", "d" * 32)
    with firm.store.write() as tx:
        other = firm.people.locate(tx, device)
    _live(firm, ann, ("place import US-OR",))
    _live(firm, other, ("place desk US-NV", "GPC"))
    assert _entered(firm) == []
    with firm.store.write() as tx:
        firm.people.link(tx, ann, device)
    _follow(firm)
    (entry,) = _entered(firm)
    assert (entry.subject, entry.facts["denies"]) == (min(ann, other), as_facts(SHARING))


def test_who_turns_out_to_be_two_people_is_looked_at_again(firm: Firm) -> None:
    """What another person said about this signal's place was never theirs; alone, nobody knows where they live."""
    firm.publish(QUIET)
    ann, device = firm.person(), Identity("device", "d" * 32)
    with firm.store.write() as tx:
        other = firm.people.locate(tx, device)
        firm.people.place(tx, ann, "US-NV", "desk")
        firm.people.link(tx, ann, device)
    with firm.store.write() as tx:
        (link,) = firm.record.entries(tx.conn, -1, 10, ["people.linked"])
        firm.record.append(
            tx,
            "signal.seen",
            subject=other,
            facts={"signal": "gpc", "denies": [], "channel": "web", "edition": 1},
        )
    _follow(firm)
    assert _entered(firm) == []
    with firm.store.write() as tx:
        firm.people.unlink(tx, link.id)
    _follow(firm)
    assert [entry.subject for entry in _entered(firm)] == [other]


def test_a_new_book_in_which_a_signal_counts_for_more_looks_at_everyone_again(firm: Firm) -> None:
    firm.publish(QUIET)
    ann = firm.person()
    _live(firm, ann, ("place desk US-NV", "GPC"))
    assert _entered(firm) == []
    firm.publish(BOOK)  # `gpc: true`: counts everywhere
    _follow(firm)
    assert _denied(firm) == [as_facts(SHARING)]
    firm.publish(QUIET)
    firm.publish(BOOK)
    _follow(firm)
    assert len(_entered(firm)) == 1


def test_the_first_entries_did_not_say_what_they_deny(firm: Firm) -> None:
    ann = firm.person()
    with firm.store.write() as tx:
        firm.record.append(tx, "signal.seen", subject=ann, facts={"signal": "gpc", "channel": "web"})
    _follow(firm)
    assert _entered(firm) == []
    with firm.store.write() as tx:
        firm.record.append(
            tx,
            "signal.seen",
            subject=ann,
            facts={"signal": "gpp", "refuses": ["targeted_advertising"], "channel": "api"},
        )
    _follow(firm)
    assert _entered(firm) == []


def test_a_database_from_before_the_follower_is_caught_up(firm: Firm) -> None:
    """The places of before were never followed; the first look finds what partners were not told."""
    firm.publish(QUIET)
    for number in range(3):
        subject = firm.person(f"guest{number}@example.org")
        _live(firm, subject, ("place desk US-NV", "GPC", "place desk US-OR"), follow=False)
    _follow(firm)
    assert len(_entered(firm)) == 3


def test_who_was_erased_is_left_alone(firm: Firm) -> None:
    firm.publish(QUIET)
    ann = firm.person()
    _live(firm, ann, ("place desk US-NV", "GPC", "place desk US-OR"), follow=False)
    with firm.store.write() as tx:
        firm.people.erase(tx, ann, "asked")
    _follow(firm)
    assert _entered(firm) == []


def test_two_workers_enter_it_once_and_only_who_holds_the_lease(firm: Firm) -> None:
    firm.publish(QUIET)
    ann = firm.person()
    _live(firm, ann, ("place desk US-NV", "GPC"))
    _live(firm, ann, ("place desk US-OR",), follow=False)
    with firm.store.write() as tx:
        assert firm.record.lease(tx, FOLLOWER, "test", 0)
    with firm.store.write() as tx:
        assert firm.record.lease(tx, FOLLOWER, "one", 60)
    assert follow_signals(firm.store, firm.choices, "two", 60) is False
    assert _entered(firm) == []
    with firm.store.write() as tx:
        firm.record.lease(tx, FOLLOWER, "one", 0)
    assert follow_signals(firm.store, firm.choices, "one", 60)
    assert len(_entered(firm)) == 1
