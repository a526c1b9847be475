"""Where people live, as a list writes it: codes and names in both languages, and nothing guessed."""

from __future__ import annotations

import pytest

from aboveboard.people.places import UnknownPlaceError, place_name, read_place
from tests.people.conftest import Office

# country | state | the code (of a firm in California)
READ = [
    ("", "", None),
    ("  ", "-", None),
    ("US", "CA", "US-CA"),
    ("usa", "ca", "US-CA"),
    ("U.S.A.", "Calif", "state_left_out US"),
    ("United States of America", "California", "US-CA"),
    ("美国", "加州", "US-CA"),
    ("美国", "加利福尼亚", "US-CA"),
    ("ＵＳ", "ＣＡ", "US-CA"),
    ("US", "US-NV", "US-NV"),
    ("", "Nevada", "US-NV"),
    ("", "new york", "US-NY"),
    ("US", "Washington", "US-WA"),
    ("US", "Washington, D.C.", "US-DC"),
    ("US", "", "US"),
    ("DE", "", "DE"),
    ("DEU", "", "DE"),
    ("Germany", "BY", "DE-BY"),
    ("德国", "", "DE"),
    ("Deutschland", "", "country_left_out None"),
    ("Germany", "Bavaria", "state_left_out DE"),
    ("UK", "", "GB"),
    ("England", "", "GB"),
    ("中国", "", "CN"),
    ("中华人民共和国", "GD", "CN-GD"),
    ("Georgia", "", "GE"),
    ("US", "Georgia", "US-GA"),
    ("Narnia", "", "country_left_out None"),
    ("Narnia", "CA", "country_left_out None"),
    ("EU", "", "country_left_out None"),
    ("XX", "", "country_left_out None"),
    ("US", "ZZ", "state_left_out US"),
    ("1", "2", "country_left_out None"),
    # A whole code in either column.
    ("US-NV", "", "US-NV"),
    ("us-nv", "US-NV", "US-NV"),
    ("DE-BY", "", "DE-BY"),
    ("DE-BY", "NV", "country_left_out None"),
    ("", "DE-BY", "DE-BY"),
    ("", "US-ZZ", "state_left_out US"),
    ("US", "DE-BY", "state_left_out US"),
    ("QQ-1", "", "country_left_out None"),
    # A state that is none of ours, and no country beside it: somebody may live anywhere.
    ("", "Ontario", "state_left_out None"),
    ("", "ZZ", "state_left_out None"),
    # Nothing known is not Namibia.
    ("N/A", "", None),
    ("n/a", "n.a.", None),
    ("unknown", "Nevada", "US-NV"),
    ("NA", "", "NA"),
    ("Namibia", "", "NA"),
    ("未知", "", None),
    # Full width, as Chinese keyboards write.
    ("Germany", "ｂｙ", "DE-BY"),
    ("ＤＥ", "ＤＥ－ＢＹ", "DE-BY"),
    # No countries, though the lists of names have them.
    ("European Union", "", "country_left_out None"),
    ("欧盟", "", "country_left_out None"),
    ("Unknown Region", "", "country_left_out None"),
    ("Eurozone", "", "country_left_out None"),
    # What people call them, where the list of names is more formal.
    ("Hong Kong", "", "HK"),
    ("Turkey", "", "TR"),
    ("澳门", "", "MO"),
    ("US'; DROP TABLE people_identities; --", "", "country_left_out None"),
]


@pytest.mark.parametrize(("country", "state", "place"), READ)
def test_a_place_is_known_or_left_out(country: str, state: str, place: str | None) -> None:
    try:
        found = read_place(country, state, "US")
    except UnknownPlaceError as error:
        found = f"{error.code} {error.rest}"
    assert found == place


@pytest.mark.parametrize(
    ("place", "en", "zh"),
    [
        ("US-CA", "California, United States", "美国加利福尼亚州"),
        ("US-DC", "District of Columbia, United States", "美国哥伦比亚特区"),
        ("DE", "Germany", "德国"),
        ("DE-BY", "Germany (BY)", "德国（BY）"),
        ("QQ", "QQ", "QQ"),
    ],
)
def test_a_place_has_a_name(place: str, en: str, zh: str) -> None:
    assert (place_name(place).en, place_name(place).zh) == (en, zh)


def _places(office: Office, customer: str) -> list[tuple[str, str]]:
    subject = office.find("customer", customer)
    assert subject is not None
    with office.house.store.read() as conn:
        return [(one.place, one.source) for one in office.house.people.places(conn, subject)]


LIST = "customer_id,email,Country,State\nR-1,ann@example.org,US,Nevada\nR-2,bob@example.org,德国,\nR-3,eve@example.org,,\n"


def test_a_list_tells_where_people_live(office: Office) -> None:
    report = office.customers(LIST)
    assert report.counts["taken"] == 3
    assert [_places(office, f"R-{number}") for number in (1, 2, 3)] == [
        [("US-NV", "import")],
        [("DE", "import")],
        [],
    ]
    assert "country" in report.columns and "state" in report.columns
    again = office.customers(LIST)
    assert again.counts["already"] == 3 and not again.changed


def test_who_moved_is_news_and_nothing_else_is(office: Office) -> None:
    office.customers(LIST)
    report = office.customers(LIST.replace("Nevada", "Oregon"))
    assert (report.counts["taken"], report.counts["already"]) == (1, 2)
    assert _places(office, "R-1") == [("US-OR", "import")]


def test_a_word_that_is_no_place_is_left_out_and_the_person_taken(office: Office) -> None:
    report = office.customers(LIST.replace("Nevada", "Atlantis").replace("德国", "Narnia"))
    assert (report.counts["taken"], report.counts["mended"], report.counts["set_aside"]) == (1, 2, 0)
    assert report.mends == {"state_left_out": 1, "country_left_out": 1}
    assert (_places(office, "R-1"), _places(office, "R-2")) == ([("US", "import")], [])


def test_a_row_may_end_before_its_place(office: Office) -> None:
    report = office.customers("customer_id,email,country\nR-1,ann@example.org\nR-2,bob@example.org,US\n")
    assert report.counts["set_aside"] == 0 and _places(office, "R-2") == [("US", "import")]


def test_two_states_of_one_person_leave_the_country(office: Office) -> None:
    twice = "customer_id,country,state\nR-1,US,NV\nR-1,US,CA\nR-2,US,CA\nR-2,DE,\n"
    office.customers(twice)
    assert (_places(office, "R-1"), _places(office, "R-2")) == ([("US", "import")], [("DE", "import")])
    assert not office.customers(twice).changed


def test_the_gate_goes_by_it(office: Office) -> None:
    office.customers(LIST)
    with office.house.store.read() as conn:
        office.house.gate.follow(conn)
    answer = office.house.gate.allows(office.find("customer", "R-2"), "sharing", "reviews")
    assert (answer.allowed, answer.rule) == (False, "default:DE")


def test_a_list_does_not_bring_back_who_was_erased(office: Office) -> None:
    office.customers(LIST)
    subject = office.find("customer", "R-1")
    assert subject is not None
    with office.house.store.write() as tx:
        office.house.people.erase(tx, subject, "asked")
    report = office.customers(LIST.replace("Nevada", "Oregon"))
    assert report.counts["set_aside"] == 1
    with office.house.store.read() as conn:
        assert [one.place for one in office.house.people.places(conn, subject)] == ["US-NV"]
