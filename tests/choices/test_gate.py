"""The gate decides in its fixed order; a table of what was said, what is asked, and what holds."""

from __future__ import annotations

import random

import numpy as np
import pytest

from aboveboard.choices.gate import Gate
from aboveboard.choices.model import Decision
from tests.choices.conftest import Firm
from tests.support.books import BOOK

# said, in order (a leading ? is a yes nobody proved) | question | allowed | reason
TABLE = [
    ((), "reminders", True, "default"),
    ((), "sharing", True, "default"),
    ((), "sharing reviews", True, "default"),
    ((), "sharing stranger", False, "no_contract"),
    ((), "prices", False, "default"),
    ((), "unheard_of", False, "not_declared"),
    ((), "reminders reviews", False, "not_declared"),
    (("deny all",), "reminders", False, "choice"),
    (("deny all",), "sharing reviews", False, "choice"),
    (("deny all",), "sharing stranger", False, "no_contract"),
    (("deny sharing",), "reminders", True, "default"),
    (("deny sharing",), "sharing reviews", False, "choice"),
    (("deny sharing reviews",), "sharing reviews", False, "choice"),
    (("deny sharing reviews",), "sharing", True, "default"),
    (("deny all reviews",), "sharing reviews", False, "choice"),
    (("deny all reviews",), "sharing", True, "default"),
    (("allow prices",), "prices", True, "choice"),
    (("?allow prices",), "prices", False, "unconfirmed"),
    (("deny all", "allow sharing reviews"), "sharing reviews", True, "choice"),
    (("deny all", "allow sharing reviews"), "sharing", False, "choice"),
    (("deny all", "allow sharing reviews"), "reminders", False, "choice"),
    (("deny all", "?allow sharing reviews"), "sharing reviews", False, "unconfirmed"),
    (("allow sharing reviews", "deny all"), "sharing reviews", False, "choice"),
    (("allow prices", "deny prices"), "prices", False, "choice"),
    (("allow prices", "deny prices", "allow prices"), "prices", True, "choice"),
    (("allow prices", "?deny prices"), "prices", False, "choice"),
    (("deny sharing", "allow all"), "sharing reviews", True, "choice"),
    (("allow all",), "sharing stranger", False, "no_contract"),
    (("GPC",), "sharing reviews", False, "signal"),
    (("GPC",), "reminders", True, "default"),
    (("allow sharing", "GPC"), "sharing reviews", False, "signal"),
    (("GPC", "allow sharing"), "sharing reviews", True, "choice"),
    (("GPC", "?allow sharing"), "sharing reviews", False, "signal"),
    (("GPC", "allow sharing", "GPC"), "sharing reviews", False, "signal"),
    (("deny sharing", "GPC"), "sharing reviews", False, "choice"),
]


def _say_all(firm: Firm, subject: int, said: tuple[str, ...]) -> None:
    for words in said:
        if words == "GPC":
            with firm.store.write() as tx:
                firm.choices.signal(tx, subject)
        else:
            firm.say(subject, words.lstrip("?"), proven=not words.startswith("?"))


@pytest.mark.parametrize(
    ("said", "question", "allowed", "reason"),
    TABLE,
    ids=[f"{' then '.join(r[0]) or 'nothing'}: {r[1]}" for r in TABLE],
)
def test_what_was_said_decides(
    firm: Firm, said: tuple[str, ...], question: str, allowed: bool, reason: str
) -> None:
    subject = firm.person()
    _say_all(firm, subject, said)
    answer = firm.ask(subject, *question.split())
    assert (answer.allowed, answer.reason) == (allowed, reason)
    for lang in ("en", "zh"):
        assert "{" not in answer.explanation.say(lang) and answer.explanation.say(lang)


def test_a_gate_that_starts_late_says_the_same(firm: Firm) -> None:
    for number, (said, *_) in enumerate(TABLE):
        _say_all(firm, firm.person(f"p{number}@example.org"), said)
    late = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        late.follow(conn)
    for number, (_, question, allowed, reason) in enumerate(TABLE):
        answer = late.allows(firm.person(f"p{number}@example.org"), *question.split())
        assert (answer.allowed, answer.reason) == (allowed, reason)


def test_nobody_we_know_gets_the_default(firm: Firm) -> None:
    assert firm.ask(None, "reminders").allowed
    assert not firm.ask(None, "prices").allowed
    assert not firm.ask(999_999, "prices").allowed


def test_without_a_book_everything_is_no(empty_firm: Firm) -> None:
    answer = empty_firm.ask(None, "reminders")
    assert (answer.allowed, answer.reason, answer.as_of) == (False, "no_book", -1)


def test_the_signal_of_this_very_request_counts(firm: Firm) -> None:
    subject = firm.person()
    firm.say(subject, "allow sharing")
    assert not firm.ask(subject, "sharing", "reviews", signal=True).allowed
    assert firm.ask(subject, "sharing", "reviews").allowed
    assert firm.ask(subject, "reminders", signal=True).allowed


def test_the_answer_names_the_entry_that_decided_and_what_it_knows(firm: Firm) -> None:
    subject = firm.person()
    entry = firm.say(subject, "deny sharing")
    with firm.store.read() as conn:
        answer = firm.gate.ask(conn, subject, "sharing", "reviews")
        assert (answer.entry, answer.rule) == (entry, "choice:sharing/everyone")
        assert answer.as_of == firm.record.size(conn) - 1


@pytest.mark.parametrize(
    ("first", "second", "question", "allowed"),
    [
        ("deny sharing", "allow sharing", "sharing reviews", False),
        ("allow sharing", "deny sharing", "sharing reviews", False),
        ("allow prices", "deny reminders", "prices", True),
        ("deny all", "allow prices", "prices", False),
    ],
)
def test_when_two_turn_out_to_be_one_a_no_of_either_stays(
    firm: Firm, first: str, second: str, question: str, allowed: bool
) -> None:
    from aboveboard.people.model import Identity

    ann, other = firm.person("ann@example.org"), firm.person("ann@work.example.org")
    firm.say(ann, first)
    firm.say(other, second)
    with firm.store.write() as tx:
        firm.people.link(tx, ann, Identity("email", "ann@work.example.org"))
    for subject in (ann, other):
        assert firm.ask(subject, *question.split()).allowed is allowed
    root = firm.person("ann@work.example.org")
    assert root == ann
    firm.say(root, "allow all")
    assert firm.ask(root, *question.split()).allowed
    assert firm.ask(other, *question.split()).allowed


def test_a_book_change_counts_at_once(firm: Firm) -> None:
    assert firm.ask(None, "sharing", "reviews").allowed
    firm.publish(
        BOOK.replace("contract: {signed: 2025-01-01,", "contract: {signed: 2025-01-01, until: 2025-12-31,")
    )
    assert firm.ask(None, "sharing", "reviews").reason == "no_contract"
    firm.publish(BOOK.replace("default: {US-CA: allow}", "default: {US-NV: allow}"))
    assert firm.ask(None, "sharing", "reviews").reason == "default"
    assert not firm.ask(None, "sharing", "reviews").allowed


def test_the_law_comes_before_everything(firm: Firm) -> None:
    firm.publish(
        BOOK.replace("kind: studio", "kind: clinic\n  hipaa_covered: true")
        .replace("kind: review_site", "kind: advertising")
        .replace('    example: {en: "Ann', '    sensitive: true\n    example: {en: "Ann')
    )
    subject = firm.person()
    firm.say(subject, "allow all")
    answer = firm.ask(subject, "sharing", "reviews")
    assert (answer.allowed, answer.reason) == (False, "law_forbids")
    assert answer.rule.startswith("law:")


def test_against_a_plain_reading_of_the_rules(firm: Firm) -> None:
    """The gate's index and pruning against the sentence in design.md, word for word, on random histories."""
    rng = random.Random(20261123)
    purposes, recipients = ["all", "reminders", "sharing", "prices"], [None, "reviews"]
    for person in range(25):
        subject = firm.person(f"r{person}@example.org")
        history: list[Decision] = []
        for _ in range(rng.randrange(9)):
            purpose = rng.choice(purposes)
            recipient = rng.choice(recipients) if purpose in ("all", "sharing") else None
            decision = Decision(rng.choice(["deny", "allow"]), purpose, recipient)
            history.append(decision)
            firm.say(subject, " ".join(str(part) for part in (decision.decision, purpose, recipient) if part))
        for purpose, recipient, default in [
            ("reminders", None, True),
            ("sharing", None, True),
            ("sharing", "reviews", True),
            ("prices", None, False),
        ]:
            covering = [
                d for d in history if d.purpose in ("all", purpose) and d.recipient in (None, recipient)
            ]
            expected = covering[-1].decision == "allow" if covering else default
            assert firm.ask(subject, purpose, recipient).allowed is expected, (history, purpose, recipient)


def _link(firm: Firm, subject: int, email: str) -> str:
    from aboveboard.people.model import Identity

    with firm.store.write() as tx:
        root = firm.people.link(tx, subject, Identity("email", email))
    with firm.store.read() as conn:
        return firm.record.about(conn, [root], ["people.linked"])[0].id


def test_a_link_can_be_taken_back_and_each_has_their_own_choices_again(firm: Firm) -> None:
    from aboveboard.people.service import LinkError

    ann, bob = firm.person("ann@example.org"), firm.person("bob@example.org")
    firm.say(ann, "deny sharing")
    firm.say(bob, "allow prices")
    link = _link(firm, ann, "bob@example.org")
    assert firm.person("bob@example.org") == ann
    assert not firm.ask(bob, "sharing").allowed
    with firm.store.write() as tx:
        assert firm.people.unlink(tx, link) == [ann, bob]
    assert firm.person("bob@example.org") == bob
    assert not firm.ask(ann, "sharing").allowed and firm.ask(bob, "sharing").allowed
    assert not firm.ask(ann, "prices").allowed and firm.ask(bob, "prices").allowed
    late = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        late.follow(conn)
    assert late.allows(bob, "sharing").allowed and not late.allows(ann, "sharing").allowed
    for wrong in (link, "0" * 32, firm.say(ann, "deny all")):
        with pytest.raises(LinkError), firm.store.write() as tx:
            firm.people.unlink(tx, wrong)


def test_bits_are_only_read_with_the_memory_they_belong_to(firm: Firm) -> None:
    """While a gate learns a book or a link anew, what answers meanwhile must not mix old bits with who is who now."""
    from aboveboard.choices.gate.slots import Memory

    ann, bob = firm.person("ann@example.org"), firm.person("bob@example.org")
    firm.say(ann, "deny sharing")
    firm.say(bob, "allow prices")
    _link(firm, ann, "bob@example.org")
    assert not firm.ask(bob, "sharing").allowed
    # The moment between: the new memory is there, the questions of the old one still answer.
    firm.gate._known = (firm.gate._known[0], Memory({}))
    assert not firm.gate.allows(bob, "sharing").allowed
    assert not firm.gate.filter(np.array([bob], dtype=np.int64), "sharing")[0]


def test_taking_back_one_of_three_links_keeps_the_others(firm: Firm) -> None:
    numbers = [firm.person(f"{name}@example.org") for name in ("ann", "bob", "cat", "dan")]
    links = [_link(firm, numbers[0], f"{name}@example.org") for name in ("bob", "cat", "dan")]
    with firm.store.write() as tx:
        assert firm.people.unlink(tx, links[1]) == [numbers[0], numbers[2]]
    assert [firm.person(f"{name}@example.org") for name in ("ann", "bob", "cat", "dan")] == [
        numbers[0],
        numbers[0],
        numbers[2],
        numbers[0],
    ]


@pytest.mark.parametrize(
    ("before", "with_end", "during", "after"),
    [
        ("", "deny sharing", False, True),
        ("deny sharing", "allow sharing", True, False),
        ("allow prices", "deny all", True, True),
    ],
)
def test_a_choice_with_an_end_counts_until_then(
    firm: Firm, before: str, with_end: str, during: bool, after: bool
) -> None:
    import time
    from datetime import UTC, datetime, timedelta

    from aboveboard.people.model import Identity

    subject = firm.person()
    purpose = "prices" if "prices" in before else "sharing"
    if before:
        firm.say(subject, before)
    during = during if purpose == "sharing" else False
    until = (datetime.now(UTC) + timedelta(seconds=2)).replace(microsecond=0)
    with firm.store.write() as tx:
        verdict, what = with_end.split()
        decisions = [Decision(verdict, what, None, until)]  # type: ignore[arg-type]
        firm.choices.save(
            tx,
            subject=subject,
            identity=Identity("email", "ann@example.org"),
            decisions=decisions,
            channel="web",
            proven=True,
        )
    assert firm.ask(subject, purpose).allowed is during
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 0.05)
    unread = firm.gate.allows(subject, purpose)
    assert not unread.allowed and unread.reason == "stale"
    assert firm.ask(subject, purpose).allowed is after
    late = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        late.follow(conn)
    assert late.allows(subject, purpose).allowed is after


def test_an_end_that_lies_behind_is_refused(firm: Firm) -> None:
    from datetime import UTC, datetime

    from aboveboard.choices.model import ChoiceError
    from aboveboard.people.model import Identity

    for until in (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1)):  # noqa: DTZ001
        with pytest.raises(ChoiceError) as caught, firm.store.write() as tx:
            firm.choices.save(
                tx,
                subject=1,
                identity=Identity("email", "ann@example.org"),
                decisions=[Decision("deny", "all", None, until)],
                channel="web",
                proven=True,
            )
        assert caught.value.code == "until_invalid"


def _place(firm: Firm, subject: int, place: str, source: str = "desk") -> bool:
    with firm.store.write() as tx:
        return firm.people.place(tx, subject, place, source) is not None


# where the person lives, by source | customers are | allowed by default (sharing: US-CA allow, nowhere else)
PLACED = [
    ({}, "here", True),
    ({}, "anywhere", False),
    ({"desk": "US-CA"}, "anywhere", True),
    ({"desk": "DE"}, "here", False),
    ({"desk": "US-NV"}, "here", False),
    ({"desk": "US-CA", "import": "DE"}, "here", False),
    ({"desk": "US-CA", "import": "US-CA"}, "anywhere", True),
]


@pytest.mark.parametrize(("told", "customers", "allowed"), PLACED)
def test_the_default_is_that_of_the_place_and_the_strictest_if_unsure(
    firm: Firm, told: dict[str, str], customers: str, allowed: bool
) -> None:
    import numpy as np

    firm.publish(
        BOOK.replace("place: US-CA\n  currency", f"place: US-CA\n  customers: {customers}\n  currency")
    )
    subject = firm.person()
    for source, place in told.items():
        assert _place(firm, subject, place, source)
    answer = firm.ask(subject, "sharing", "reviews")
    assert (answer.allowed, answer.reason) == (allowed, "default")
    assert firm.gate.filter(np.array([subject]), "sharing", "reviews").tolist() == [allowed]
    firm.say(subject, "allow sharing")
    assert firm.ask(subject, "sharing", "reviews").allowed


def test_a_source_may_correct_itself_and_linked_people_share_their_places(firm: Firm) -> None:
    from aboveboard.people.service import PlaceError

    ann = firm.person("ann@example.org")
    assert [_place(firm, ann, "DE"), _place(firm, ann, "DE"), _place(firm, ann, "US-CA")] == [
        True,
        False,
        True,
    ]
    assert firm.ask(ann, "sharing").allowed
    bob = firm.person("bob@example.org")
    _place(firm, bob, "DE")
    _link(firm, ann, "bob@example.org")
    assert not firm.ask(ann, "sharing").allowed
    for place, source in (("Germany", "desk"), ("de", "desk"), ("DE", ""), ("DE", "ann@example.org")):
        with pytest.raises(PlaceError):
            _place(firm, ann, place, source)


def test_whoever_was_erased_is_a_no_to_everything_even_after_a_yes(firm: Firm) -> None:
    subject = firm.person()
    firm.say(subject, "allow prices")
    assert firm.ask(subject, "prices").allowed
    with firm.store.write() as tx:
        firm.people.erase(tx, subject, "asked")
    late = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        late.follow(conn)
    for purpose in ("prices", "sharing", "reminders"):
        assert not firm.ask(subject, purpose).allowed
        assert not late.allows(subject, purpose).allowed
