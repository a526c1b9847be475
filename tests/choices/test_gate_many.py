"""The gate for many at once says for each what it says alone; and a gate that cannot know says no."""

from __future__ import annotations

import random

import numpy as np
import pytest

from aboveboard.choices.gate.heeding import Key
from aboveboard.choices.gate.slots import Slots
from aboveboard.choices.model import Decision
from aboveboard.people.model import Identity
from tests.choices.conftest import Firm
from tests.support.books import BOOK

QUESTIONS = [
    ("reminders", None),
    ("sharing", None),
    ("sharing", "reviews"),
    ("sharing", "stranger"),
    ("prices", None),
    ("unheard_of", None),
]


def _crowd(firm: Firm, seed: int) -> list[int]:
    rng = random.Random(seed)
    people = [firm.person(f"c{number}@example.org") for number in range(30)]
    for _ in range(80):
        subject = rng.choice(people)
        if rng.random() < 0.15:
            with firm.store.write() as tx:
                firm.choices.signal(tx, subject)
        else:
            purpose = rng.choice(["all", "reminders", "sharing", "sharing reviews", "prices"])
            firm.say(subject, f"{rng.choice(['deny', 'allow'])} {purpose}", proven=rng.random() < 0.7)
    with firm.store.write() as tx:
        firm.people.link(tx, people[0], Identity("email", "c1@example.org"))
        firm.people.link(tx, people[0], Identity("email", "c2@example.org"))
    return people


@pytest.mark.parametrize("seed", [1, 2])
def test_many_at_once_are_answered_as_each_alone(firm: Firm, seed: int) -> None:
    people = _crowd(firm, seed)
    asked = np.array([*people, people[3], 10**9, 5_000], dtype=np.int64)
    for purpose, recipient in QUESTIONS:
        firm.ask(None, purpose, recipient)
        alone = [firm.gate.allows(int(subject), purpose, recipient).allowed for subject in asked]
        assert firm.gate.filter(asked, purpose, recipient).tolist() == alone, (purpose, recipient)


def test_nobody_at_all_can_be_asked_about(firm: Firm) -> None:
    firm.ask(None, "reminders")
    assert firm.gate.filter(np.zeros(0, dtype=np.int64), "reminders").tolist() == []


def test_a_gate_that_has_not_read_far_enough_says_no(firm: Firm) -> None:
    subject = firm.person()
    known = firm.ask(subject, "reminders").as_of
    firm.say(subject, "allow reminders")
    assert firm.gate.allows(subject, "reminders", at_least=known).allowed
    both = np.array([subject, 10**6])
    assert firm.gate.filter(both, "reminders", at_least=known).all()
    assert not firm.gate.filter(both, "reminders", at_least=known + 1).any()
    late = firm.gate.allows(subject, "reminders", at_least=known + 1)
    assert (late.allowed, late.reason) == (False, "stale")
    assert firm.ask(subject, "reminders").as_of > known
    assert firm.gate.allows(subject, "reminders", at_least=known + 1).allowed


def test_a_gate_that_lost_touch_says_no_to_one_and_to_many(firm: Firm) -> None:
    subject = firm.person()
    firm.gate.stale_after = 60
    assert firm.ask(subject, "reminders").allowed
    firm.gate.stale_after = 0
    assert firm.gate.allows(subject, "reminders").reason == "stale"
    assert not firm.gate.filter(np.array([subject]), "reminders").any()


def test_a_new_question_knows_what_was_said_before_it_was_asked(firm: Firm) -> None:
    subject, other = firm.person("ann@example.org"), firm.person("bob@example.org")
    firm.say(subject, "deny all")
    firm.say(other, "deny all stranger")
    firm.ask(subject, "reminders")
    firm.publish(
        BOOK.replace(
            "data: [contact]\n    default: {elsewhere: allow}",
            "data: [contact]\n    recipients: [reviews]\n    default: {elsewhere: allow}",
        )
    )
    assert not firm.ask(subject, "reminders", "reviews").allowed
    assert firm.ask(other, "reminders", "reviews").allowed


def test_rows_grow_with_people_and_keep_their_bits() -> None:
    key: Key = ("news", None)
    slots = Slots({key: frozenset()})
    rng = random.Random(3)
    said: dict[int, str] = {}
    for _ in range(2_000):
        subject = int(10 ** rng.uniform(0, 5.5))
        said[subject] = rng.choice(["deny", "allow"])
        slots.say(subject, Decision(said[subject], "news"), True)  # type: ignore[arg-type]
    slot = slots.by_key[key]
    for subject, verdict in said.items():
        assert (slot.denied[subject >> 3] >> (subject & 7) & 1) == (verdict == "deny")
        assert (slot.allowed[subject >> 3] >> (subject & 7) & 1) == (verdict == "allow")
