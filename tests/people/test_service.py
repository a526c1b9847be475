"""People are found, made, joined and counted the same way one by one and many at once; codes open once, in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.people import tables
from aboveboard.people.codes import ASKS_A_DAY, ASKS_BY_ONE, CODE_MINUTES, CODE_TRIES, CODES_AT_ONCE
from aboveboard.people.model import Identity
from aboveboard.people.service import Visit, whole_months
from tests.people.conftest import Office

ANN, ANNS_PHONE, ANNS_NUMBER = (
    Identity("email", "ann@example.org"),
    Identity("phone", "+14085550143"),
    Identity("customer", "RP-1"),
)
BOB = Identity("email", "bob@example.org")
DAY = date(2026, 3, 5)


def test_a_stranger_gets_a_number_and_keeps_it(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        assert people.find(tx.conn, ANN) is None
        ann = people.locate(tx, ANN)
        assert people.locate(tx, ANN) == ann
        assert people.locate(tx, BOB) != ann
    with office.house.store.read() as conn:
        assert people.find(conn, ANN) == ann
        assert people.identities(conn, ann) == [ANN]


def test_identities_are_not_kept_in_clear(office: Office) -> None:
    with office.house.store.write() as tx:
        office.house.people.locate(tx, ANN)
        office.house.people.locate_many(tx, [ANN, BOB])
        rows = tx.conn.execute(sa.select(tables.identities)).all()
    assert len(rows) == 2
    assert not any(b"example" in bytes(row.sealed) or b"example" in bytes(row.digest) for row in rows)


def test_a_second_identity_leads_to_the_same_person(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        ann = people.locate(tx, ANN)
        assert people.link(tx, ann, ANNS_PHONE) == ann
        assert people.link(tx, ann, ANNS_PHONE) == ann
        assert people.locate(tx, ANNS_PHONE) == ann
        assert set(people.identities(tx.conn, ann)) == {ANN, ANNS_PHONE}
        assert people.reachable(tx.conn, ann, "phone") == ANNS_PHONE
        assert people.reachable(tx.conn, ann, "customer") is None
    assert office.entries("people.linked") == []


def test_two_numbers_that_turn_out_to_be_one_person(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        first, second, third = (people.locate(tx, one) for one in (ANN, ANNS_PHONE, ANNS_NUMBER))
        people.add_visits(tx, [(second, Visit(DAY, 8000, "a")), (third, Visit(DAY, 8000, "b"))])
        assert people.link(tx, third, ANNS_PHONE) == second
        assert people.link(tx, second, ANN) == first
    with office.house.store.read() as conn:
        assert {people.find(conn, one) for one in (ANN, ANNS_PHONE, ANNS_NUMBER)} == {first}
        assert set(people.identities(conn, first)) == {ANN, ANNS_PHONE, ANNS_NUMBER}
        assert sorted(people.numbers(conn, first)) == [first, second, third]
        assert [people.present(conn, number) for number in (first, second, third)] == [first] * 3
        assert people.facts(conn, first, DAY + timedelta(1))["visits"] == 2
    assert office.entries("people.linked") == [
        {"from": third, "into": second},
        {"from": second, "into": first},
    ]


def test_an_old_number_is_followed_to_the_person(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        ann, other = people.locate(tx, ANN), people.locate(tx, ANNS_PHONE)
        people.link(tx, ann, ANNS_PHONE)
        assert people.link(tx, other, ANNS_NUMBER) == ann
        assert people.find(tx.conn, ANNS_NUMBER) == ann
        assert people.link(tx, other, ANN) == ann
    assert len(office.entries("people.linked")) == 1


def test_many_at_once_is_the_same_as_one_by_one(office: Office) -> None:
    people = office.house.people
    many = [Identity("customer", f"C{number}") for number in range(4_500)]
    with office.house.store.write() as tx:
        known = people.locate(tx, many[7])
        asked = [*many, many[3], many[7], BOB]
        found = people.locate_many(tx, asked)
        assert people.locate_many(tx, asked) == found
        assert found[7] == known == found[-2]
        assert len(set(found)) == len(many) + 1
        assert people.find_many(tx.conn, [many[0], ANN]) == {many[0]: found[0]}
        assert people.identities(tx.conn, found[4_000]) == [many[4_000]]
        assert people.locate_many(tx, []) == []


def test_a_group_of_identities_becomes_one_person(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        ann, bob = people.enrol(tx, [[ANN, ANNS_NUMBER], [BOB]])
        people.adopt(tx, [(ann, ANNS_PHONE)])
        assert set(people.identities(tx.conn, ann)) == {ANN, ANNS_NUMBER, ANNS_PHONE}
        assert people.customer_numbers(tx.conn, [ann, bob]) == {ann: 1}
        people.adopt(tx, [])


def test_adopting_what_somebody_else_has_joins_the_two(office: Office) -> None:
    """This happens when another process is faster by a breath."""
    people = office.house.people
    with office.house.store.write() as tx:
        ann, bob = people.locate(tx, ANN), people.locate(tx, BOB)
        people.adopt(tx, [(bob, ANN)])
        assert people.find(tx.conn, BOB) == ann
        assert people.enrol(tx, [[ANN, ANNS_PHONE]]) == [ann]
        assert people.find(tx.conn, ANNS_PHONE) == ann


def test_visits_before_the_day_count_and_months_since_the_first(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        ann = people.locate(tx, ANN)
        assert people.facts(tx.conn, ann, DAY) == {"visits": 0, "months": 0}
        days = [date(2025, 1, 31), date(2025, 6, 1), DAY, DAY]
        visits = [(ann, Visit(day, None, str(place))) for place, day in enumerate(days)]
        assert people.new_visits(tx, [*visits, visits[0]]) == [True] * 4 + [False]
        assert people.add_visits(tx, visits) == 0
        assert people.add_visits(tx, []) == 0
    with office.house.store.read() as conn:
        assert people.facts(conn, ann, date(2025, 1, 31)) == {"visits": 0, "months": 0}
        assert people.facts(conn, ann, date(2025, 2, 1)) == {"visits": 1, "months": 0}
        assert people.facts(conn, ann, DAY) == {"visits": 2, "months": 13}
        assert people.facts(conn, ann, DAY + timedelta(1)) == {"visits": 4, "months": 13}


@pytest.mark.parametrize(
    ("first", "on", "months"),
    [
        ("2025-01-31", "2025-01-31", 0),
        ("2025-01-31", "2025-02-28", 0),
        ("2025-01-31", "2025-03-01", 1),
        ("2025-01-31", "2026-01-30", 11),
        ("2025-01-31", "2026-01-31", 12),
        ("2025-02-01", "2025-01-01", 0),
    ],
)
def test_whole_months(first: str, on: str, months: int) -> None:
    assert whole_months(date.fromisoformat(first), date.fromisoformat(on)) == months


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 5_000))
def test_months_only_grow(first: date, days: int) -> None:
    on = first + timedelta(days)
    assert 0 <= whole_months(first, on) <= whole_months(first, on + timedelta(1)) <= days // 28 + 1


# -- one-time codes --------------------------------------------------------------------------------------------------


def wrong(code: str | None) -> str:
    return f"{(int(code or 0) + 1) % 10**6:06d}"


def test_a_code_opens_once(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        code, ask = people.codes.issue(tx, ANN)
        assert code is not None and len(code) == 6 and code.isdecimal()
        assert not people.codes.redeem(tx, BOB, ask, code)
        assert people.codes.redeem(tx, ANN, ask, f" {code} ")
        assert not people.codes.redeem(tx, ANN, ask, code)


@pytest.mark.parametrize("other", ["", "0" * 32, "é"])
def test_a_code_opens_only_where_it_was_asked_for(office: Office, other: str) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        code, ask = people.codes.issue(tx, ANN)
        assert code is not None and len(ask) == 32
        assert not people.codes.redeem(tx, ANN, other, code)
        assert people.codes.redeem(tx, ANN, ask, code)


def test_a_code_lives_some_minutes(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        code, ask = people.codes.issue(tx, ANN)
        assert code is not None
        tx.now += timedelta(minutes=CODE_MINUTES)
        assert not people.codes.redeem(tx, ANN, ask, code)


def test_a_code_forgives_few_wrong_tries(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        code, ask = people.codes.issue(tx, ANN)
        assert code is not None
        assert not any(people.codes.redeem(tx, ANN, ask, wrong(code)) for _ in range(CODE_TRIES))
        assert not people.codes.redeem(tx, ANN, ask, code)


def test_a_strangers_wrong_tries_do_not_spend_mine(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        code, mine = people.codes.issue(tx, ANN)
        assert code is not None
        _, theirs = people.codes.issue(tx, ANN)
        for ask in (theirs, "", "f" * 32):
            assert not any(people.codes.redeem(tx, ANN, ask, wrong(code)) for _ in range(CODE_TRIES + 1))
        assert not any(people.codes.redeem(tx, ANN, mine, wrong(code)) for _ in range(CODE_TRIES - 1))
        assert people.codes.redeem(tx, ANN, mine, code)


def test_few_codes_live_at_once_and_one_that_fits_ends_the_others(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        issued = [people.codes.issue(tx, ANN) for _ in range(CODES_AT_ONCE)]
        assert all(code for code, _ in issued)
        assert people.codes.issue(tx, ANN)[0] is None
        assert people.codes.issue(tx, BOB)[0] is not None
        (first, ask), (second, other) = issued[:2]
        assert people.codes.redeem(tx, ANN, ask, str(first))
        assert not people.codes.redeem(tx, ANN, other, str(second))
        assert people.codes.issue(tx, ANN)[0] is not None
        tx.now += timedelta(minutes=CODE_MINUTES)
        assert people.codes.issue(tx, ANN)[0] is not None


def test_a_stranger_who_asks_and_guesses_locks_nobody_out(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        for _ in range(CODES_AT_ONCE):
            code, theirs = people.codes.issue(tx, ANN)
            assert not any(people.codes.redeem(tx, ANN, theirs, wrong(code)) for _ in range(CODE_TRIES))
        code, mine = people.codes.issue(tx, ANN)
        assert code is not None and people.codes.redeem(tx, ANN, mine, code)


def test_while_a_strangers_codes_live_the_newest_of_them_opens_for_who_has_the_mailbox(
    office: Office,
) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        asked = []
        for _ in range(CODES_AT_ONCE):
            asked.append(people.codes.issue(tx, ANN))
            tx.now += timedelta(minutes=1)
        none, mine = people.codes.issue(tx, ANN)
        newest, theirs = asked[-1]
        assert none is None and newest is not None
        assert not any(people.codes.redeem(tx, ANN, theirs, wrong(newest)) for _ in range(CODE_TRIES))
        # The same code on two forms is one code: no place came free for another.
        assert people.codes.issue(tx, ANN)[0] is None
        assert people.codes.redeem(tx, ANN, mine, newest)


def test_the_newest_code_does_not_live_longer_for_being_asked_for_again(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        newest = [people.codes.issue(tx, ANN) for _ in range(CODES_AT_ONCE)][-1][0]
        tx.now += timedelta(minutes=CODE_MINUTES - 1)
        mine = people.codes.issue(tx, ANN)[1]
        tx.now += timedelta(minutes=1)
        assert newest is not None and not people.codes.redeem(tx, ANN, mine, newest)


def test_one_identity_has_so_many_asks_a_day(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        start = tx.now
        for _ in range(ASKS_A_DAY):
            assert people.codes.issue(tx, ANN)[0] is not None
            tx.now += timedelta(minutes=CODE_MINUTES)
        none, ask = people.codes.issue(tx, ANN)
        assert none is None and len(ask) == 32
        assert people.codes.issue(tx, BOB)[0] is not None
        kept = sa.select(sa.func.count()).select_from(tables.codes)
        assert tx.conn.execute(kept).scalar_one() == 1, "what is over is deleted; Bob's lives"
        tx.now = start + timedelta(days=1)
        assert people.codes.issue(tx, ANN)[0] is not None


def test_a_stranger_at_one_place_leaves_the_person_most_of_the_day(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        sent = 0
        for _ in range(200):
            sent += people.codes.issue(tx, ANN, "198.51.100.66")[0] is not None
            tx.now += timedelta(minutes=6)
            if sent == ASKS_BY_ONE:
                break
        for _ in range(100):
            assert people.codes.issue(tx, ANN, "198.51.100.66")[0] is None
        tx.now += timedelta(minutes=CODE_MINUTES)
        code, mine = people.codes.issue(tx, ANN, "203.0.113.9")
        assert code is not None and people.codes.redeem(tx, ANN, mine, code)


def test_many_places_together_stay_within_the_days_share(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        sent = 0
        for number in range(3 * ASKS_A_DAY):
            sent += people.codes.issue(tx, ANN, f"198.51.100.{number}")[0] is not None
            tx.now += timedelta(minutes=CODE_MINUTES)
        assert sent == ASKS_A_DAY


def test_codes_whose_time_is_over_are_deleted(office: Office) -> None:
    people = office.house.people
    with office.house.store.write() as tx:
        for who in (ANN, BOB, ANN):
            people.codes.issue(tx, who)
        assert people.codes.sweep(tx) == 0
        tx.now += timedelta(minutes=CODE_MINUTES)
        assert people.codes.sweep(tx) == 3
        assert tx.conn.execute(sa.select(sa.func.count()).select_from(tables.codes)).scalar_one() == 0


def test_codes_are_not_kept_in_clear(office: Office) -> None:
    with office.house.store.write() as tx:
        code, ask = office.house.people.codes.issue(tx, ANN)
        assert code is not None
        row = tx.conn.execute(sa.select(tables.codes)).one()
    assert code.encode() not in bytes(row.code)
    assert ask.encode() not in bytes(row.ask) and bytes.fromhex(ask) not in bytes(row.ask)
