"""A signal against a saved yes: who holds, what the person is shown, what makes a yes last, and where a signal counts."""

from __future__ import annotations

import pytest

from aboveboard.choices.conflicts import Conflict
from aboveboard.choices.gate import Gate
from aboveboard.choices.signals.heard import read
from tests.choices.conftest import Firm
from tests.choices.signals.strings import gpp_string, tcf_string
from tests.support.books import BOOK

SIGNALS = {
    "GPC": {"gpc": True},
    "GPP sale": {"gpp": gpp_string("usca", SaleOptOut="opted_out")},
    "GPP advertising": {"gpp": gpp_string("usva", TargetedAdvertisingOptOut="opted_out")},
    "GPP sensitive": {"gpp": gpp_string("usca", SensitiveDataProcessing={"health": "opted_out"})},
    "GPP nothing": {"gpp": gpp_string("usca", SaleOptOut="not_opted_out")},
    "TCF nothing agreed": {"tcf": tcf_string()},
    "TCF only counting": {"tcf": tcf_string([7, 8, 9])},
}

# said, in order (a leading ? is a yes nobody proved) | question | allowed | what holds if both are shown
TABLE = [
    (("allow sharing", "GPC"), "sharing reviews", False, "signal"),
    (("allow all", "GPC"), "sharing reviews", False, "signal"),
    (("allow sharing", "GPP sale"), "sharing reviews", False, "signal"),
    (("allow sharing", "GPP advertising"), "sharing reviews", False, "signal"),
    (("allow sharing", "TCF nothing agreed"), "sharing reviews", False, "signal"),
    (("allow sharing", "TCF only counting"), "sharing reviews", False, "signal"),
    (("allow sharing", "GPP sensitive"), "sharing reviews", True, None),
    (("allow sharing", "GPP nothing"), "sharing reviews", True, None),
    (("GPC",), "sharing reviews", False, None),
    (("GPC", "?allow sharing reviews"), "sharing reviews", False, None),
    (("GPC", "allow sharing"), "sharing reviews", True, "choice"),
    (("GPC", "allow sharing", "GPC"), "sharing reviews", False, "signal"),
    (("GPC", "allow all", "GPC"), "sharing reviews", False, "signal"),
    (("GPC", "allow sharing reviews"), "sharing reviews", True, "choice"),
    (("GPC", "allow sharing reviews", "GPC"), "sharing reviews", True, "choice"),
    (("GPC", "allow sharing reviews", "GPC"), "sharing", False, None),
    (("allow sharing reviews", "GPC"), "sharing reviews", False, "signal"),
    (("GPC", "allow sharing reviews", "GPP advertising"), "sharing reviews", False, "signal"),
    (("GPC", "allow sharing reviews", "GPP sale"), "sharing reviews", True, "choice"),
    (("GPC", "allow sharing reviews", "allow all", "GPC"), "sharing reviews", False, "signal"),
    (("GPC", "allow sharing reviews", "deny sharing"), "sharing reviews", False, None),
    (("GPC", "allow sharing reviews", "?allow all", "GPC"), "sharing reviews", True, "choice"),
    (("allow prices", "GPC"), "prices", True, None),
]


def _say(firm: Firm, subject: int, said: tuple[str, ...]) -> None:
    for words in said:
        if words in SIGNALS:
            with firm.store.write() as tx:
                for heard in read(**SIGNALS[words]):  # type: ignore[arg-type]
                    firm.choices.signal(tx, subject, "api", heard)
        else:
            firm.say(subject, words.lstrip("?"), proven=not words.startswith("?"))


def _found(firm: Firm, subject: int) -> dict[str, Conflict]:
    with firm.store.read() as conn:
        firm.gate.follow(conn)
        edition = firm.editions.current(conn)
        assert edition is not None
        found = firm.choices.conflicts(conn, firm.gate, edition.book, subject)
    return {" ".join(filter(None, (one.purpose, one.recipient))): one for one in found}


@pytest.mark.parametrize(
    ("said", "question", "allowed", "holds"), TABLE, ids=[f"{' then '.join(r[0])}: {r[1]}" for r in TABLE]
)
def test_who_holds(
    firm: Firm, said: tuple[str, ...], question: str, allowed: bool, holds: str | None
) -> None:
    subject = firm.person()
    _say(firm, subject, said)
    assert firm.ask(subject, *question.split()).allowed is allowed
    conflict = _found(firm, subject).get(question)
    assert (conflict.holds if conflict else None) == holds
    if conflict is not None:
        newer = conflict.signal if holds == "signal" else conflict.choice
        older = conflict.choice if holds == "signal" else conflict.signal
        assert older.index < newer.index or holds == "choice"
        assert conflict.lasts is (conflict.decision.recipient == "reviews")


def test_a_gate_that_starts_late_says_the_same(firm: Firm) -> None:
    people = [firm.person(f"p{number}@example.org") for number in range(len(TABLE))]
    for subject, (said, *_) in zip(people, TABLE, strict=True):
        _say(firm, subject, said)
    late = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        late.follow(conn)
    for subject, (_, question, allowed, _) in zip(people, TABLE, strict=True):
        assert late.allows(subject, *question.split()).allowed is allowed


def test_both_numbers_of_one_person_are_looked_at(firm: Firm) -> None:
    from aboveboard.people.model import Identity

    ann, phone = firm.person(), firm.person("other@example.org")
    _say(firm, ann, ("allow sharing",))
    _say(firm, phone, ("GPC",))
    with firm.store.write() as tx:
        firm.people.link(tx, ann, Identity("email", "other@example.org"))
    for subject in (ann, phone):
        assert _found(firm, subject)["sharing reviews"].holds == "signal"


def test_where_a_contract_is_missing_nothing_is_in_conflict(firm: Firm) -> None:
    subject = firm.person()
    _say(firm, subject, ("allow all", "GPC"))
    assert "sharing stranger" not in _found(firm, subject)


# -- where a signal counts -----------------------------------------------------------------------------------------------

QUIET = BOOK.replace("    gpc: true\n", "")
REVIEWS, STRANGER = "kind: review_site", "kind: other"
# the book | the person's places | what they said | question | allowed
PLACES = [
    ("the book says so", BOOK, {"desk": "US-NV"}, "GPC", "sharing reviews", False),
    ("the law says so", QUIET, {"desk": "US-CA"}, "GPC", "sharing reviews", False),
    ("the law of the business's place", QUIET, {}, "GPC", "sharing reviews", False),
    ("neither", QUIET, {"desk": "US-NV"}, "GPC", "sharing reviews", True),
    ("one of two sources", QUIET, {"desk": "US-NV", "import": "US-CO"}, "GPC", "sharing reviews", False),
    ("the state is unknown", QUIET, {"desk": "US"}, "GPC", "sharing reviews", False),
    ("the state is known to another", QUIET, {"desk": "US", "import": "US-NV"}, "GPC", "sharing reviews", True),
    ("in the EU", QUIET, {"desk": "DE"}, "TCF nothing agreed", "sharing reviews", False),
    ("a part of an EU country", QUIET, {"desk": "DE-BY"}, "TCF nothing agreed", "sharing reviews", False),
    ("not in Switzerland", QUIET, {"desk": "CH"}, "TCF nothing agreed", "sharing reviews", True),
    ("a lab only works for us", QUIET.replace(REVIEWS, "kind: lab"), {}, "GPC", "sharing reviews", True),
    ("advertisers are meant", QUIET.replace(REVIEWS, "kind: advertising"), {}, "GPC", "sharing reviews", False),
    ("customers from anywhere", QUIET.replace("place: US-CA\n  cur", "place: US-NV\n  customers: anywhere\n  cur"), {}, "GPC",
     "sharing reviews", False),
    ("customers who come to Nevada", QUIET.replace("place: US-CA\n  cur", "place: US-NV\n  cur"), {}, "GPC",
     "sharing reviews", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("book", "places", "said", "question", "allowed"),
    [row[1:] for row in PLACES],
    ids=[row[0] for row in PLACES],
)
def test_where_it_counts(
    firm: Firm, book: str, places: dict[str, str], said: str, question: str, allowed: bool
) -> None:
    import numpy as np

    firm.publish(book)
    subject = firm.person()
    _say(firm, subject, ("allow sharing", said))
    with firm.store.write() as tx:
        for source, place in places.items():
            firm.people.place(tx, subject, place, source)
    assert firm.ask(subject, *question.split()).allowed is allowed
    assert firm.gate.filter(np.array([subject]), *question.split()).tolist() == [allowed]
    assert ("sharing reviews" in _found(firm, subject)) is not allowed


def test_a_place_that_is_learnt_later_changes_what_counts(firm: Firm) -> None:
    firm.publish(QUIET)
    subject = firm.person()
    _say(firm, subject, ("allow sharing", "GPC"))
    assert not firm.ask(subject, "sharing", "reviews").allowed
    with firm.store.write() as tx:
        firm.people.place(tx, subject, "US-NV", "person")
    assert firm.ask(subject, "sharing", "reviews").allowed
    with firm.store.write() as tx:
        firm.people.place(tx, subject, "US-OR", "person")
    assert not firm.ask(subject, "sharing", "reviews").allowed


# purpose (kind, sensitive data?) | what came | is it touched
KINDS = [
    ("sharing", False, "GPC", True),
    ("sharing", False, "GPP sensitive", False),
    ("sharing", True, "GPP sensitive", True),
    ("marketing", False, "GPC", False),
    ("marketing", False, "GPP advertising", True),
    ("marketing", False, "TCF nothing agreed", True),
    ("marketing", False, "TCF only counting", True),
    ("statistics", False, "GPC", False),
    ("statistics", False, "TCF nothing agreed", True),
    ("statistics", False, "TCF only counting", False),
    ("statistics", True, "GPP sensitive", True),
    ("pricing", False, "TCF nothing agreed", False),
    ("service", True, "GPP sensitive", False),
    ("service", False, "TCF nothing agreed", False),
]


@pytest.mark.parametrize(("kind", "sensitive", "said", "touched"), KINDS)
def test_which_kinds_a_refusal_touches(kind: str, sensitive: bool, said: str, touched: bool) -> None:
    from aboveboard.book.load import load
    from aboveboard.choices.gate.heeding import touching
    from aboveboard.choices.signals.refusals import refused

    text = QUIET.replace("kind: sharing", f"kind: {kind}")
    if sensitive:
        text = text.replace('zh: "安，ann@example.org"}', 'zh: "安，ann@example.org"}\n    sensitive: true')
    book = load(text).book
    assert book is not None
    refuses = refused(read(**SIGNALS[said]))  # type: ignore[arg-type]
    assert (not touching(book)["sharing", "reviews"].isdisjoint(refuses)) is touched


def test_the_table_of_the_page_is_run_here() -> None:
    import re
    from pathlib import Path

    from tests.support import pages

    page = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
    section = pages.headings(page)["A signal against a yes"]
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    said = [
        (tuple(re.findall(r"`([^`]+)`", row[0])), row[1].strip("`"), row[2] == "yes", row[3] or None)
        for row in rows
    ]
    assert len(said) > 10
    assert [row for row in said if row not in TABLE] == []
