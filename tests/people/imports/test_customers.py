"""Customers: the identities of a row are one person's; a no that was said before stays; every row is accounted for."""

from __future__ import annotations

import hashlib

import pytest

from aboveboard.choices.gate import Answer
from aboveboard.choices.model import Decision
from aboveboard.people.imports import ImportFileError
from aboveboard.people.imports.customers import MOST_TOGETHER
from aboveboard.people.model import Identity
from aboveboard.record.service import entry_id_of
from tests.people.conftest import Office
from tests.support.books import BOOK

LIST = "customer_id,email,phone\nRP-1,ann@example.org,+14085550101\nRP-2,bob@example.com,+14085550102\n"
#: The same people in another file.
TURNED = "".join([LIST.splitlines(keepends=True)[place] for place in (0, 2, 1)])


def say(office: Office, identity: Identity, decision: str, *, proven: bool = True) -> None:
    house = office.house
    with house.store.write() as tx:
        house.choices.save(
            tx,
            subject=house.people.locate(tx, identity),
            identity=identity,
            decisions=[Decision(decision, "all")],  # type: ignore[arg-type]
            channel="web",
            proven=proven,
        )


def ask(office: Office, kind: str, value: str, purpose: str = "sharing") -> Answer:
    with office.house.store.read() as conn:
        office.house.gate.follow(conn)
    return office.house.gate.allows(
        office.find(kind, value), purpose, "reviews" if purpose == "sharing" else None
    )


def test_a_row_is_a_person(office: Office) -> None:
    report = office.customers(LIST)
    assert report.counts == {"rows": 2, "taken": 2, "mended": 0, "already": 0, "set_aside": 0}
    assert report.new_people == 2
    assert office.identities("phone", "+14085550101") == {
        ("customer", "RP-1"),
        ("email", "ann@example.org"),
        ("phone", "+14085550101"),
    }
    assert office.find("customer", "rp-2") == office.find("email", "BOB@example.com")


def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    office.customers(LIST)
    with office.house.store.read() as conn:
        size = office.house.record.size(conn)
    report = office.customers(LIST)
    assert report.counts == {"rows": 2, "taken": 0, "mended": 0, "already": 2, "set_aside": 0}
    assert report.new_people == 0 and not report.changed
    with office.house.store.read() as conn:
        assert office.house.record.size(conn) == size
    [entry] = office.entries("import.finished")
    assert entry["what"] == "customers" and "sha256" not in entry
    assert entry["counts"] == {
        "rows": 2,
        "taken": 2,
        "mended": 0,
        "already": 0,
        "set_aside": 0,
        "new_people": 2,
    }


def test_a_guess_at_the_file_is_not_confirmed_by_the_record(office: Office) -> None:
    """Who can read the record, but not the keys, learns neither from the entry nor from its id which file it was."""
    report = office.customers(LIST)
    record = office.house.record
    with office.house.store.read() as conn:
        (entry,) = record.entries(conn, -1, 10, ["import.finished"])
    assert report.sha256.encode() not in entry.leaf
    assert entry.id != entry_id_of("import", "customers", report.sha256)
    assert entry.facts["file"] == record.keys.mac("import", report.sha256.encode()).hex()
    other = office.customers(LIST.replace("ann", "bo"))
    assert [one["file"] for one in office.entries("import.finished")] == [
        record.keys.mac("import", sha256.encode()).hex() for sha256 in (report.sha256, other.sha256)
    ]


def test_a_file_that_an_older_version_imported_is_still_known(office: Office) -> None:
    """Its entry holds the bare hash; the same file again adds none."""
    report = office.customers(LIST)
    facts = {"what": "customers", "sha256": report.sha256, "counts": report.counts}
    other = hashlib.sha256(TURNED.encode()).hexdigest()
    with office.house.store.write() as tx:
        old = entry_id_of("import", "customers", other)
        office.house.record.append(tx, "import.finished", facts=facts | {"sha256": other}, entry_id=old)
    before = len(office.entries("import.finished"))
    assert not office.customers(TURNED).changed
    assert len(office.entries("import.finished")) == before


def test_a_longer_list_adds_what_is_new(office: Office) -> None:
    office.customers(LIST)
    report = office.customers(LIST + "RP-3,cy@example.org,\nRP-1,ann.lee@example.org,\n")
    assert office.ends() == [(2, "already", ()), (3, "already", ()), (4, "taken", ()), (5, "taken", ())]
    assert report.new_people == 1
    assert office.find("email", "ann.lee@example.org") == office.find("customer", "RP-1")
    assert len(office.entries("import.finished")) == 2


ROWS = [
    ("rp-1,ann@example.org,", "mended", ("capitals",)),
    ("RP-1, ann@example.org ,", "mended", ("spaces",)),
    ("RP-1,ANN@Example.org,", "mended", ("capitals",)),
    ("ＲＰ-1,ann@example.org,", "mended", ("spelling",)),
    ("RP-1,,(408) 555-0101", "mended", ("phone_country",)),
    ("RP-1,,+1 (408) 555-0101", "mended", ("phone_form",)),
    ("RP-1,,+14085550101", "taken", ()),
    ("RP-1,,", "taken", ()),
    (",ann@example.org,", "taken", ()),
    (",,+14085550101", "taken", ()),
    ("RP-1,nonsense,+14085550101", "mended", ("email_left_out",)),
    ("RP-1,ann@example.org,12", "mended", ("phone_left_out",)),
    ("RP-1,nonsense,12", "mended", ("email_left_out", "phone_left_out")),
    (f"{'A' * 65},ann@example.org,", "mended", ("customer_left_out",)),
    (",nonsense,", "set_aside", ("email_invalid",)),
    (",,12", "set_aside", ("phone_invalid",)),
    (f"{'A' * 65},,", "set_aside", ("customer_invalid",)),
    ("RP-1,a@example.org,+14085550101,extra", "set_aside", ("too_many_cells",)),
    ("RP-1,a@example.org,+14085550101,,", "taken", ()),
    ("RP-1,a@example.org", "set_aside", ("too_few_cells",)),
    ('RP-1,"a@example.org,+14085550101', "set_aside", ("quote_open",)),
    ("R" * 70_000, "set_aside", ("too_long",)),
]  # fmt: skip


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("row", "outcome", "codes"), ROWS)
def test_how_a_row_ends(office: Office, row: str, outcome: str, codes: tuple[str, ...]) -> None:
    office.customers(f"customer_id,email,phone\nRP-9,,\n{row}\n")
    assert office.ends() == [(2, "taken", ()), (3, outcome, codes)]


@pytest.mark.parametrize("decision", ["deny", "allow"])
def test_a_choice_made_by_one_identity_counts_for_all(office: Office, decision: str) -> None:
    say(office, Identity("email", "ann@example.org"), decision)
    assert ask(office, "customer", "RP-1").reason == "default"
    report = office.customers(LIST)
    assert report.new_people == 1
    assert office.entries("people.linked") == []
    answer = ask(office, "customer", "RP-1")
    assert (answer.allowed, answer.reason) == (decision == "allow", "choice")
    assert ask(office, "phone", "+14085550101").reason == "choice"
    assert ask(office, "customer", "RP-2").reason == "default"


def test_two_known_people_in_one_row_become_one_and_a_no_of_either_stays(office: Office) -> None:
    say(office, Identity("phone", "+14085550101"), "deny")
    say(office, Identity("email", "ann@example.org"), "allow")
    assert ask(office, "email", "ann@example.org", "prices").allowed
    report = office.customers(LIST)
    assert report.counts["taken"] == 2 and report.new_people == 1
    assert len(office.entries("people.linked")) == 1
    for kind, value in (("customer", "RP-1"), ("email", "ann@example.org"), ("phone", "+14085550101")):
        assert not ask(office, kind, value, "prices").allowed
    assert office.customers(LIST).counts["already"] == 2


def test_customers_known_from_their_visits_get_their_mailboxes(office: Office) -> None:
    office.visits("customer,date\nRP-1,2026-03-05\nRP-2,2026-03-05\n")
    report = office.customers(LIST)
    assert report.counts["taken"] == 2 and report.new_people == 0
    assert office.find("email", "ann@example.org") == office.find("customer", "RP-1")


def test_a_household_counts_together_and_the_report_says_so(office: Office) -> None:
    say(office, Identity("email", "home@example.org"), "deny")
    office.customers("customer_id,email,phone\nRP-1,home@example.org,\nRP-2,home@example.org,\n")
    assert office.ends() == [(2, "taken", ()), (3, "mended", ("joined",))]
    assert not ask(office, "customer", "RP-1").allowed
    assert not ask(office, "customer", "RP-2").allowed


def test_a_household_found_out_later(office: Office) -> None:
    """Two customers who are known already turn out to share a phone: a no of either counts for both."""
    office.customers(LIST)
    say(office, Identity("customer", "RP-2"), "deny")
    office.customers("customer_id,email,phone\nRP-1,bob@example.com,\n")
    assert office.ends() == [(2, "mended", ("joined",))]
    assert not ask(office, "customer", "RP-1").allowed
    assert office.entries("people.linked") == [{"from": 2, "into": 1}]


def test_a_mailbox_of_many_is_nobodys(office: Office) -> None:
    rows = "".join(f"RP-{number},none@example.org,\n" for number in range(MOST_TOGETHER + 1))
    report = office.customers(f"customer_id,email,phone\n{rows},none@example.org,\n")
    assert report.mends == {"shared_by_many": MOST_TOGETHER + 1}
    assert report.reasons == {"shared_by_many": 1}
    assert report.new_people == MOST_TOGETHER + 1
    assert (
        len({office.find("customer", f"RP-{number}") for number in range(MOST_TOGETHER + 1)})
        == MOST_TOGETHER + 1
    )


def test_a_mailbox_does_not_join_many_by_several_files(office: Office) -> None:
    for number in range(MOST_TOGETHER + 2):
        office.customers(f"customer_id,email,phone\nRP-{number},none@example.org,\n")
    found = [office.find("customer", f"RP-{number}") for number in range(MOST_TOGETHER + 2)]
    assert len(set(found[:MOST_TOGETHER])) == 1
    assert len(set(found)) == 3
    assert office.ends() == [(2, "mended", ("shared_by_many",))]


def test_people_without_numbers(office: Office) -> None:
    report = office.customers(
        "E-mail,Mobile,Home phone\nann@example.org,+14085550101,+14085550102\n,+14085550102,\n"
    )
    assert office.ends() == [(2, "taken", ()), (3, "already", ())]
    assert report.new_people == 1
    assert len(office.identities("email", "ann@example.org")) == 3


def test_a_phone_is_read_in_the_business_country(office: Office) -> None:
    office.publish(BOOK.replace("place: US-CA", "place: CN"))
    office.customers("会员号,手机\nV1,138 0013 8000\n")
    assert office.find("phone", "+8613800138000") == office.find("customer", "V1")


def test_more_rows_than_one_batch_takes(office: Office) -> None:
    rows = (
        "".join(f"C{n},c{n}@example.org,\n" for n in range(4_100))
        + "C0,other@example.org,\nC9,c8@example.org,\n"
    )
    report = office.customers(f"customer_id,email,phone\n{rows}")
    assert report.counts == {"rows": 4102, "taken": 4101, "mended": 1, "already": 0, "set_aside": 0}
    assert report.new_people == 4_100
    assert office.find("customer", "C8") == office.find("customer", "C9")
    assert office.find("email", "other@example.org") == office.find("customer", "C0")


def test_without_a_book_nothing_is_imported(bare_office: Office) -> None:
    with pytest.raises(ImportFileError) as refused:
        bare_office.customers(LIST)
    assert refused.value.code == "no_book"


def test_a_refused_file_leaves_nothing(office: Office) -> None:
    with office.house.store.read() as conn:
        size = office.house.record.size(conn)
    for content in (
        "",
        'customer_id\n"x',
        "customer_id,email\n",
        "a,b\n1,2\n",
        "\0\0",
        "customer_id,client_no\n1,2\n",
    ):
        with pytest.raises(ImportFileError):
            office.customers(content)
    with office.house.store.read() as conn:
        assert office.house.record.size(conn) == size
    assert office.find("customer", "1") is None


def test_a_list_brings_nobody_back_who_was_erased(office: Office) -> None:
    office.customers(LIST)
    say(office, Identity("email", "ann@example.org"), "deny")
    ann = office.find("customer", "RP-1")
    assert ann is not None
    with office.house.store.write() as tx:
        office.house.people.erase(tx, ann, "asked")
    report = office.customers(LIST + "RP-3,cy@example.org,\n")
    assert office.ends() == [(2, "set_aside", ("erased",)), (3, "already", ()), (4, "taken", ())]
    assert report.new_people == 1
    office.visits("customer,date\nRP-1,2026-03-05\nRP-2,2026-03-05\n")
    assert office.ends() == [(2, "set_aside", ("erased",)), (3, "taken", ())]
    assert not ask(office, "customer", "RP-1").allowed


def test_an_erased_phone_in_the_row_of_someone_else_is_left_out(office: Office) -> None:
    office.customers(LIST)
    ann = office.find("phone", "+14085550101")
    assert ann is not None
    with office.house.store.write() as tx:
        office.house.people.erase(tx, ann, "asked")
    office.customers("customer_id,email,phone\nRP-2,bob2@example.com,+14085550101\nRP-2,,+14085550101\n")
    assert office.ends() == [(2, "mended", ("erased_left_out",)), (3, "already", ())]
    assert ("email", "bob2@example.com") in office.identities("customer", "RP-2")
    assert ("phone", "+14085550101") not in office.identities("customer", "RP-2")
