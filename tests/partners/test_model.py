"""Whom a choice concerns, what an answer means, how long the pauses are: tables that a clerk could read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.book.load import load
from aboveboard.book.model import Book
from aboveboard.choices.model import Decision
from aboveboard.partners.model import (
    WHY,
    Heard,
    Tell,
    judge,
    overtaken,
    pause,
    signal_tells,
    standing_noes,
    taken_back,
    tells,
    why,
)
from aboveboard.web.outgoing import ANSWER_LIMIT, Answer
from tests.partners.conftest import SAMPLE

DAY = date(2026, 11, 23)
_loaded = load(SAMPLE).book
assert _loaded is not None
BOOK: Book = _loaded

WHO = [
    # what is said, proven, which partners hear what
    ("deny all", False, {
        "lab": "deny all", "insurer": "deny all", "review_site": "deny all", "mail_service": "deny all",
        "message_service": "deny all", "statistics_office": "deny all", "booking_app": "deny all", "ad_network": "deny all",
    }),
    ("deny share_lab", False, {"lab": "deny share_lab"}),
    ("deny share_lab lab", False, {"lab": "deny share_lab"}),
    ("deny all lab", False, {"lab": "deny all"}),
    ("deny personal_prices", False, {}),  # nobody receives anything for it
    ("deny marketing_email", False, {"mail_service": "deny marketing_email", "ad_network": "deny marketing_email"}),
    ("deny marketing_email mail_service", False, {"mail_service": "deny marketing_email"}),
    ("allow share_lab", True, {"lab": "allow share_lab"}),
    ("allow share_lab", False, {}),  # a yes that nobody proved
    # A yes the gate would not give is not passed on: booking_app has no contract, advertisers get no patient data.
    ("allow appointment_reminders", True, {"message_service": "allow appointment_reminders"}),
    ("allow marketing_email", True, {"mail_service": "allow marketing_email"}),
    ("allow all", True, {
        "lab": "allow share_lab", "insurer": "allow share_insurer", "review_site": "allow share_review_site",
        "mail_service": "allow marketing_email", "message_service": "allow appointment_reminders",
        "statistics_office": "allow anonymous_statistics",
    }),
]  # fmt: skip


def _heard(decisions: list[Decision], proven: bool) -> dict[str, str]:
    found = {partner.id: tells(BOOK, partner, decisions, proven=proven, on=DAY) for partner in BOOK.partners}
    return {
        name: "; ".join(f"{tell.decision} {tell.purpose}" for tell in what)
        for name, what in found.items()
        if what
    }


@pytest.mark.parametrize(
    ("said", "proven", "expected"), WHO, ids=[f"{row[0]}{'' if row[1] else ' (unproven)'}" for row in WHO]
)
def test_who_hears_of_a_choice(said: str, proven: bool, expected: dict[str, str]) -> None:
    assert _heard([Decision(*said.split())], proven) == expected


def test_one_entry_with_several_decisions_is_one_list() -> None:
    decisions = [
        Decision("deny", "share_lab"),
        Decision("allow", "marketing_email", "mail_service"),
        Decision("deny", "all", "lab"),
    ]
    assert _heard(decisions, False) == {"lab": "deny share_lab; deny all"}
    assert _heard(decisions, True) == {
        "lab": "deny share_lab; deny all",
        "mail_service": "allow marketing_email",
    }


def test_the_contract_s_days_count_from_the_choice() -> None:
    review_site = BOOK.partner("review_site")
    assert review_site is not None
    (tell,) = tells(BOOK, review_site, [Decision("deny", "all")], proven=False, on=DAY)
    assert tell.delete_by == date(2026, 12, 7)
    assert Tell.from_json(tell.as_json()) == tell


def test_a_choice_for_a_time_is_told_with_its_end() -> None:
    end = datetime(2027, 6, 30, tzinfo=UTC)
    lab = BOOK.partner("lab")
    assert lab is not None
    said = [Decision("deny", "all", None, end), Decision("allow", "share_lab", None, end)]
    told = tells(BOOK, lab, said, proven=True, on=DAY)
    assert [(tell.decision, tell.until) for tell in told] == [("deny", end), ("allow", end)]
    assert [Tell.from_json(tell.as_json()) for tell in told] == told


def test_what_was_allowed_on_another_s_word_is_taken_back() -> None:
    lab = BOOK.partner("lab")
    assert lab is not None
    told = [Tell("allow", "share_lab"), Tell("deny", "all"), Tell("allow", "share_lab")]
    assert [(tell.decision, tell.purpose) for tell in taken_back(lab, told, DAY)] == [("deny", "share_lab")]
    assert taken_back(lab, [Tell("deny", "all")], DAY) == []


def test_a_browser_s_signal_reaches_the_partners_of_what_it_covers() -> None:
    heard = {
        partner.id: [tell.purpose for tell in signal_tells(BOOK, partner, {"signal": "gpc"}, DAY)]
        for partner in BOOK.partners
    }
    assert {name: what for name, what in heard.items() if what} == {
        "review_site": ["share_review_site"],
        "mail_service": ["marketing_email"],
        "ad_network": ["marketing_email"],
    }


def test_a_signal_that_says_what_it_denies_reaches_only_those() -> None:
    facts = {"signal": "tcf", "denies": [{"purpose": "marketing_email", "recipient": "mail_service"}]}
    heard = {
        partner.id: [tell.purpose for tell in signal_tells(BOOK, partner, facts, DAY)]
        for partner in BOOK.partners
    }
    assert {name: what for name, what in heard.items() if what} == {"mail_service": ["marketing_email"]}


ONE_PERSON = [
    # what the two numbers said, newest first, and what the review site must hear once they are one person
    ("nobody said anything", [], []),
    ("one said no", [(5, 1, "deny all", False)], ["share_review_site"]),
    ("one said no and the other yes", [(6, 2, "allow all", True), (5, 1, "deny all", False)], ["share_review_site"]),
    ("one said no, then yes", [(6, 1, "allow all", True), (5, 1, "deny all", False)], []),
    ("one said no, then an unproven yes", [(6, 1, "allow all", False), (5, 1, "deny all", False)], ["share_review_site"]),
    ("a no to something else", [(5, 1, "deny share_lab", False)], []),
    ("a signal", [(5, 1, "", False)], ["share_review_site"]),
    ("a signal, then a yes", [(6, 1, "allow all", True), (5, 1, "", False)], []),
]  # fmt: skip


@pytest.mark.parametrize(("case", "heard", "expected"), ONE_PERSON, ids=[row[0] for row in ONE_PERSON])
def test_what_two_numbers_that_are_one_person_denied(case: str, heard: list, expected: list[str]) -> None:
    review_site = BOOK.partner("review_site")
    assert review_site is not None
    said = [
        Heard(index, subject, (Decision(*words.split()),) if words else (), proven, None if words else {})
        for index, subject, words, proven in heard
    ]
    assert [tell.purpose for tell in standing_noes(BOOK, review_site, said, DAY)] == expected


ID = "msg_1"
ANSWERS = [
    # what came back, what it means, the code, and whether all of the partner's messages wait
    (Answer(200, b'{"received": "msg_1"}'), "confirmed", None, False),
    (Answer(201, b'{"received": "msg_1", "at": "now", "more": 1}'), "confirmed", None, False),
    (Answer(200, b'{"received": "msg_2"}'), "told", "answer_other_id", False),
    (Answer(200, b'{"received": ["msg_1"]}'), "told", "answer_other_id", False),
    (Answer(200, b'{"id": "msg_1"}'), "told", "answer_other_id", False),
    (Answer(200, b'["msg_1"]'), "told", "answer_other_id", False),
    (Answer(200, b'"msg_1"'), "told", "answer_other_id", False),
    (Answer(200, b"msg_1"), "told", "answer_no_json", False),
    (Answer(200, b"<!doctype html>"), "told", "answer_no_json", False),
    (Answer(200, b"\xff\xfe\x00"), "told", "answer_no_json", False),
    (Answer(200, b"[" * 50_000), "told", "answer_no_json", False),
    (Answer(204, b""), "told", "answer_no_json", False),
    (Answer(200, fault="answer_too_long"), "told", "answer_too_long", False),
    (Answer(302), "not_yet", "redirect", True),
    (Answer(400), "not_yet", "status_400", False),
    (Answer(413), "not_yet", "status_413", False),
    (Answer(422), "not_yet", "status_422", False),
    (Answer(401), "not_yet", "status_401", True),
    (Answer(404), "not_yet", "status_404", True),
    (Answer(429), "not_yet", "status_429", True),
    (Answer(500), "not_yet", "status_500", True),
    (Answer(503), "not_yet", "status_503", True),
    (Answer(fault="timeout"), "not_yet", "timeout", True),
    (Answer(fault="connect"), "not_yet", "connect", True),
    (Answer(), "not_yet", "closed", True),
]


@pytest.mark.parametrize(("answer", "outcome", "code", "everyone"), ANSWERS)
def test_what_an_answer_means(answer: Answer, outcome: str, code: str | None, everyone: bool) -> None:
    verdict = judge(answer, ID)
    assert (verdict.outcome, verdict.code, verdict.everyone) == (outcome, code, everyone)
    sentence = why(code)
    assert (sentence is None) == (code is None)
    assert sentence is None or (sentence.en.endswith(".") and sentence.zh.endswith("。"))


@given(st.binary(max_size=300))
def test_no_answer_confirms_by_accident(body: bytes) -> None:
    assert judge(Answer(200, body), "msg_" + "0" * 32).outcome == "told"


def test_every_code_has_its_sentence_and_places_are_filled() -> None:
    assert all("{" not in sentence.en + sentence.zh for sentence in WHY.values())
    assert "503" in str(why("status_503"))
    assert why("something new") is not None
    assert ANSWER_LIMIT < 1_000_000


@given(failures=st.integers(0, 10_000), spread=st.floats(0, 1))
def test_pauses_grow_and_end_at_an_hour(failures: int, spread: float) -> None:
    assert 0.75 <= pause(failures, spread) <= 3600
    assert pause(failures, spread) <= pause(failures + 1, spread)
    assert pause(1, 0.5) == 1
    assert pause(12, 0.5) == 2048
    assert pause(10_000, spread) >= 0.75 * 3600


OVERTAKEN = [
    ([Tell("allow", "a")], [Tell("deny", "a")], True),
    ([Tell("allow", "a")], [Tell("deny", "all")], True),
    ([Tell("deny", "all")], [Tell("allow", "a")], True),
    ([Tell("deny", "a")], [Tell("deny", "a")], False),
    ([Tell("deny", "a")], [Tell("allow", "b")], False),
    ([Tell("deny", "a")], [], False),
]


@pytest.mark.parametrize(("older", "newer", "expected"), OVERTAKEN)
def test_what_must_not_be_asked_again(older: list[Tell], newer: list[Tell], expected: bool) -> None:
    assert overtaken(older, newer) is expected
