"""Who is erased is unreadable, unfindable and uncounted; their no still holds; nobody but they themselves can bring them back."""

from __future__ import annotations

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from aboveboard.choices.model import Decision
from aboveboard.people import erasure, tables
from aboveboard.people.erasure import REASONS, ErasureError
from aboveboard.people.messages import Messages
from aboveboard.people.model import Identity
from aboveboard.people.service import Visit
from aboveboard.proof import receipt as receipts
from aboveboard.quotes.model import QuoteRequest
from aboveboard.record import erasure as lists
from aboveboard.record import tables as record_tables
from aboveboard.record.model import RecordError, Stamp
from aboveboard.record.verify import verify
from aboveboard.store import Tx, now
from aboveboard.web import sessions
from tests.people.conftest import Office

ANN = Identity("email", "ann@example.org")
PHONE = Identity("phone", "+14085550143")
NUMBER = Identity("customer", "R-1042")
BOB = Identity("email", "bob@example.org")

CUSTOMERS = "customer,email,phone\nR-1042,ann@example.org,+1 408 555 0143\nR-2000,bob@example.org,\n"
VISITS = "customer,date,amount\nR-1042,2026-01-05,80.00\nR-2000,2026-01-06,80.00\n"


def _say(office: Office, identity: Identity, decision: str, purpose: str = "all") -> Stamp:
    def work(tx: Tx) -> Stamp:
        return office.house.choices.save(
            tx,
            subject=office.house.people.locate(tx, identity),
            identity=identity,
            decisions=[Decision(decision, purpose)],  # type: ignore[arg-type]
            channel="phone",
            proven=True,
        )

    with office.house.store.write() as tx:
        return work(tx)


def _erase(office: Office, identity: Identity, reason: str = "asked") -> erasure.Erased:
    with office.house.store.write() as tx:
        subject = office.house.people.find(tx.conn, identity)
        assert subject is not None
        return office.house.people.erase(tx, subject, reason)


def _allowed(
    office: Office, identity: Identity, purpose: str = "sharing", to: str | None = "reviews"
) -> bool:
    house = office.house
    with house.store.read() as conn:
        house.gate.follow(conn)
        return house.gate.allows(house.people.find(conn, identity), purpose, to).allowed


def _living(office: Office) -> int:
    with office.house.store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(tables.identities)).scalar_one())


@pytest.fixture
def ann(office: Office) -> Office:
    """A house with two customers who came once each; Ann has said no to everything."""
    office.customers(CUSTOMERS)
    office.visits(VISITS)
    _say(office, ANN, "deny")
    return office


def test_nothing_of_the_person_can_be_read_or_counted(ann: Office) -> None:
    people, record = ann.house.people, ann.house.record
    with ann.house.store.read() as conn:
        subject = people.find(conn, ANN)
        assert subject is not None and people.facts(conn, subject, date(2026, 6, 1))["visits"] == 1
    done = _erase(ann, ANN)
    assert done.numbers == (subject,) and done.identities == 3
    with ann.house.store.read() as conn:
        assert people.facts(conn, subject, date(2026, 6, 1)) == {"visits": 0, "months": 0}
        assert people.living(conn, subject) is None
        assert people.reachable(conn, subject, "email") is None
        with pytest.raises(RecordError, match="was erased"):
            people.identities(conn, subject)
        said = next(e for e in record.about(conn, [subject], ["choice.made"]))
        assert record.open(conn, said) is None
    assert ann.entries("people.erased") == [{"numbers": 1, "reason": "asked"}]
    assert _living(ann) == 2, "nobody else's identities were touched"


def test_prices_of_before_are_gone_and_the_next_is_anyones(ann: Office) -> None:
    house, asked = ann.house, QuoteRequest("lesson", "single", 1)
    _say(ann, BOB, "allow", "prices")
    with house.store.write() as tx:
        bob = house.people.find(tx.conn, BOB)
        before = house.quotes.quote(tx, asked, bob)
    assert before.subject == bob
    _erase(ann, BOB)
    with house.store.write() as tx:
        assert house.quotes.get(tx.conn, before.id) is None
        after = house.quotes.quote(tx, asked, house.people.find(tx.conn, BOB))
    assert after.subject is None and after.price.total == before.price.total


def test_the_record_proves_itself_and_receipts_too(ann: Office) -> None:
    house = ann.house
    before = _say(ann, ANN, "deny")
    _erase(ann, ANN)
    with house.store.read() as conn:
        assert verify(conn, house.keys).ok
        verified = receipts.verify(house.record.receipt(conn, before.id), house.keys.verifier)
    assert verified.left_out and verified.entry["facts"]["decisions"][0]["decision"] == "deny"


def test_a_no_outlives_the_erasure_under_every_identity(ann: Office) -> None:
    assert _allowed(ann, BOB), "the default here is yes, so a forgotten no would show"
    _erase(ann, ANN)
    assert [_allowed(ann, one) for one in (ANN, PHONE, NUMBER)] == [False] * 3
    assert _allowed(ann, BOB)


def test_a_list_that_is_read_in_again_brings_nobody_back(ann: Office) -> None:
    _erase(ann, ANN)
    ann.customers(CUSTOMERS)
    ann.visits(VISITS)
    ann.visits(VISITS.replace("2026-01-05", "2026-02-05"))
    assert _living(ann) == 2
    with ann.house.store.read() as conn:
        number = ann.house.people.find(conn, ANN)
        assert number is not None
        assert ann.house.people.facts(conn, number, date(2026, 6, 1))["visits"] == 0
        assert ann.house.people.suppressed(conn, [ANN, BOB]) == {ANN: number}
    assert ann.find("customer", "R-2000") is not None


def test_a_new_number_beside_an_erased_address_is_the_same_person(ann: Office) -> None:
    """The firm's next export gives her a new customer number: the row still names her by address."""
    _erase(ann, ANN)
    ann.customers("customer,email\nR-9999,ann@example.org\n")
    ann.visits("customer,date\nR-9999,2026-03-01\n")
    assert _living(ann) == 2
    assert not _allowed(ann, Identity("customer", "R-9999"))


def test_a_living_customer_does_not_take_over_an_erased_address(ann: Office) -> None:
    _erase(ann, ANN)
    ann.customers("customer,email,phone\nR-2000,bob@example.org,+1 408 555 0143\n")
    assert ann.identities("email", "bob@example.org") == {
        ("email", "bob@example.org"),
        ("customer", "R-2000"),
    }
    assert not _allowed(ann, PHONE) and _allowed(ann, BOB)


def test_only_an_act_of_their_own_brings_them_back(ann: Office) -> None:
    people, gone = ann.house.people, ann.find("email", ANN.value)
    _erase(ann, ANN)
    _say(ann, ANN, "allow", "prices")
    with ann.house.store.read() as conn:
        back = people.find(conn, ANN)
        assert back is not None and back != gone
        assert people.identities(conn, back) == [ANN]
        assert people.find(conn, PHONE) == back, "the phone was theirs, and still is"
        assert people.living(conn, gone or 0) == back
    assert {"from": gone, "into": back} in ann.entries("people.linked")
    assert _allowed(ann, ANN, "prices", None), "what they say now counts"
    assert not _allowed(ann, ANN) and not _allowed(ann, PHONE), "what they had said no to stays a no"
    ann.customers(CUSTOMERS)
    assert ann.identities("email", ANN.value) == {("email", ANN.value)}, "a list still adds nothing"
    with ann.house.store.write() as tx:
        assert people.locate(tx, PHONE) == back
        assert set(people.identities(tx.conn, back)) == {ANN, PHONE}


def test_someone_who_adds_an_erased_address_of_theirs_inherits_its_no(ann: Office) -> None:
    _erase(ann, ANN)
    with ann.house.store.write() as tx:
        bob = ann.house.people.find(tx.conn, BOB)
        assert bob is not None and ann.house.people.link(tx, bob, ANN) == bob
    assert ann.find("email", ANN.value) == bob
    assert not _allowed(ann, BOB)


def test_who_was_erased_while_somebody_linked_them_takes_nobody_with_them(ann: Office) -> None:
    """Found, then erased by another, then linked to Bob: Bob lives on, and under one number with Ann's no."""
    office = ann
    people = office.house.people
    _say(office, ANN, "deny")
    with office.house.store.write() as tx:
        found, bob = people.locate(tx, ANN), people.locate(tx, BOB)
    assert found < bob
    _erase(office, ANN)
    with office.house.store.write() as tx:
        assert people.link(tx, found, BOB) == bob
    with office.house.store.read() as conn:
        assert people.present(conn, found) == bob
        assert people.find(conn, BOB) == bob and BOB in people.identities(conn, bob)
        gone = sa.select(sa.func.count()).select_from(
            tables.identities.join(
                record_tables.subjects,
                record_tables.subjects.c.subject.in_(
                    [tables.identities.c.owner, tables.identities.c.subject]
                ),
            )
        )
        assert conn.scalar(gone.where(record_tables.subjects.c.wrapped.is_(None))) == 0
    assert not _allowed(office, BOB)


def test_they_can_be_erased_again(ann: Office) -> None:
    first = _erase(ann, ANN)
    _say(ann, ANN, "allow", "prices")
    second = _erase(ann, ANN)
    assert set(first.numbers).isdisjoint(second.numbers) and second.identities == 3
    assert not _allowed(ann, ANN) and not _allowed(ann, PHONE)
    with ann.house.store.read() as conn:
        assert len(set(ann.house.people.suppressed(conn, [ANN, PHONE, NUMBER]).values())) == 1


def test_all_numbers_of_a_person_go_together(ann: Office) -> None:
    with ann.house.store.write() as tx:
        one, other = (ann.house.people.find(tx.conn, who) for who in (ANN, BOB))
        assert one is not None and other is not None
        ann.house.people.link(tx, one, BOB)
    assert set(_erase(ann, BOB).numbers) == {one, other}
    assert _living(ann) == 0


@pytest.mark.parametrize(
    ("reason", "times", "said"),
    [("because", 1, "is no reason"), ("asked", 2, "was erased before"), ("asked", 0, "there never was one")],
)
def test_an_erasure_that_cannot_be_is_refused(ann: Office, reason: str, times: int, said: str) -> None:
    number = ann.find("email", ANN.value) if times else 4_711
    assert number is not None
    with pytest.raises(ErasureError, match=said):
        for _ in range(max(1, times)):
            with ann.house.store.write() as tx:
                ann.house.people.erase(tx, number, reason)


def test_every_reason_is_said_in_both_languages() -> None:
    assert all(text.en and text.zh for text in REASONS.values())


def test_what_was_on_its_way_is_dropped(ann: Office) -> None:
    house = ann.house
    with house.store.write() as tx:
        subject = house.people.locate(tx, ANN)
        for who in (ANN, PHONE, BOB):
            assert house.people.codes.issue(tx, who)[0]
            Messages(house.record).send(tx, who, "Your code", "123456")
        secret = sessions.begin(tx, "person", subject, ANN.masked)
    _erase(ann, ANN)
    with house.store.write() as tx:
        assert sessions.find(tx.conn, "person", secret, tx.now) is None
        states = tx.conn.execute(sa.select(tables.messages.c.state, tables.messages.c.sealed)).all()
        assert sorted(row.state for row in states) == ["dropped", "dropped", "waiting"]
        assert [row.sealed is None for row in states if row.state == "dropped"] == [True, True]
        left = tx.conn.scalars(sa.select(tables.codes.c.identity)).all()
        assert [bytes(one) for one in left] == [house.people.digest(BOB)]


def test_two_identities_that_come_back_at_once_are_one_person(ann: Office) -> None:
    _erase(ann, ANN)
    barrier, errors = threading.Barrier(3), list[BaseException]()

    def back(identity: Identity) -> None:
        try:
            barrier.wait()
            with ann.house.store.write() as tx:
                ann.house.people.locate(tx, identity)
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=back, args=(one,)) for one in (ANN, PHONE, NUMBER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({ann.find(one.kind, one.value) for one in (ANN, PHONE, NUMBER)}) == 1
    assert not _allowed(ann, PHONE)


# -- the list outside the database -----------------------------------------------------------------------------------


def test_the_list_of_erasures_names_numbers_keys_and_digests_only(ann: Office) -> None:
    done = _erase(ann, ANN)
    folder = ann.house.settings.keys_folder
    [kept] = lists.read(folder)
    assert (kept.entry, tuple(kept.keys), len(kept.digests)) == (done.stamp.id, done.numbers, 3)
    assert kept.at == done.stamp.at
    assert set(kept.digests) == {ann.house.people.digest(one) for one in (ANN, PHONE, NUMBER)}
    assert b"ann" not in (folder / "erasures").read_bytes()
    _erase(ann, BOB)
    assert len(lists.read(folder)) == 2


def test_an_erasure_that_fails_is_not_on_the_list(ann: Office) -> None:
    with pytest.raises(ZeroDivisionError), ann.house.store.write() as tx:
        ann.house.people.erase(tx, ann.find("email", ANN.value) or 0, "asked")
        1 / 0  # noqa: B018
    assert lists.read(ann.house.settings.keys_folder) == []
    assert not (ann.house.settings.keys_folder / "erasures").exists()

    def fails(tx: Tx) -> None:
        ann.house.people.erase(tx, ann.find("email", ANN.value) or 0, "asked")
        raise ZeroDivisionError

    assert isinstance(ann.house.store.submit(fails).exception(), ZeroDivisionError)
    assert lists.read(ann.house.settings.keys_folder) == []


def test_an_erasure_does_not_happen_if_the_list_cannot_be_written(ann: Office) -> None:
    (ann.house.settings.keys_folder / "erasures").mkdir()
    with pytest.raises(RecordError, match="list of erasures .* cannot be written"):
        _erase(ann, ANN)
    assert ann.identities("email", ANN.value) == {(one.kind, one.value) for one in (ANN, PHONE, NUMBER)}


@pytest.mark.parametrize("cut", [1, 5, 40, 100, -2])
def test_a_line_cut_off_by_a_crash_spoils_neither_the_list_nor_the_next_line(ann: Office, cut: int) -> None:
    _erase(ann, ANN)
    file = ann.house.settings.keys_folder / "erasures"
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:cut])
    assert len(lists.read(file.parent)) == 1
    _erase(ann, BOB)
    assert len(lists.read(file.parent)) == 2


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"at":"x","entry":"","keys":{},"digests":[]}', "[1]"])
def test_a_list_that_somebody_damaged_is_not_passed_over(ann: Office, line: str) -> None:
    _erase(ann, ANN)
    file = ann.house.settings.keys_folder / "erasures"
    file.write_bytes(file.read_bytes() + line.encode() + b"\n")
    with pytest.raises(RecordError, match=r"Line 2 .* cannot be read"):
        lists.read(file.parent)


def test_erasures_are_applied_to_a_database_from_before_them(ann: Office) -> None:
    """What a restore does: the rows of before come back, then the list is applied."""
    house = ann.house
    with house.store.read() as conn:
        before = {
            table: [dict(row._mapping) for row in conn.execute(sa.select(table))]
            for table in (tables.identities, tables.visits, record_tables.subjects)
        }
    _erase(ann, ANN)
    with house.store.write() as tx:
        tx.conn.execute(sa.delete(tables.suppressions))
        for table, rows in before.items():
            tx.conn.execute(sa.delete(table))
            tx.conn.execute(sa.insert(table), rows)
    assert ann.identities("email", ANN.value)
    known = lists.read(house.settings.keys_folder)
    with house.store.write() as tx:
        assert erasure.erase_again(house.people, tx, known) == list(known[0].keys)
    assert _living(ann) == 2 and not _allowed(ann, PHONE)
    with house.store.write() as tx:
        assert erasure.erase_again(house.people, tx, known) == []


def test_who_came_and_went_since_the_backup_is_not_brought_back_by_a_list(ann: Office) -> None:
    house = ann.house
    cy = Identity("email", "cy@example.org")
    known = lists.Erasure(now(), "asked", "f" * 32, {2: "00" * 8}, (house.people.digest(cy),))
    with house.store.write() as tx:
        assert erasure.erase_again(house.people, tx, [known]) == []
    assert ann.identities("email", BOB.value), "number 2 has another key now: it is somebody else"
    ann.customers("customer,email\nR-3000,cy@example.org\n")
    assert ann.find("customer", "R-3000") == ann.find("email", "cy@example.org")
    assert _living(ann) == 5
    number = ann.find("email", cy.value)
    assert number is not None
    with house.store.write() as tx:
        assert house.people.new_visits(tx, [(number, Visit(date(2026, 1, 1), None, "x"))]) == [False]
