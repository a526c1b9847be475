"""Global Privacy Control: exactly `1` is a signal; it is honoured, shown, and recorded once per browser."""

import pytest

from aboveboard.people.model import Identity

HONOURED = "Your browser asked us not to share your data. We honour that."

HEADERS = [
    (["1"], True),
    ([" 1 "], True),
    (["1", "0"], True),
    (["0", "1"], True),
    (["0,1"], True),
    (["0"], False),
    (["true"], False),
    (["11"], False),
    (["1.0"], False),
    ([""], False),
    ([], False),
]


@pytest.mark.parametrize(("values", "signal"), HEADERS)
def test_what_is_a_signal(client, values, signal):
    page = client.get("/", headers=[("Sec-GPC", value) for value in values])
    assert (HONOURED in page.text) is signal
    assert ("device" in page.cookies) is signal


def signals(house):
    with house.store.read() as conn:
        return house.record.entries(conn, -1, 100, ["signal.seen"])


def test_a_browser_is_recorded_once(house, client):
    for _ in range(3):
        client.get("/choices", headers={"Sec-GPC": "1"})
    assert len(signals(house)) == 1


def test_a_program_is_given_no_number(house, client):
    client.get("/record/key", headers={"Sec-GPC": "1", "Accept": "*/*"})
    assert signals(house) == []


def test_who_says_who_they_are_is_recorded_as_a_person(house, client):
    client.get("/choices", headers={"Sec-GPC": "1"})
    form = {"purpose.share_insurer": "deny", "who": "ann@example.org"}
    client.post("/choices", data=form, headers={"Sec-GPC": "1"})
    with house.store.read() as conn:
        house.gate.follow(conn)
        subject = house.people.find(conn, Identity("email", "ann@example.org"))
    assert {entry.subject for entry in signals(house)} >= {subject}
    answer = house.gate.allows(subject, "share_review_site", "review_site")
    assert (answer.allowed, answer.reason) == (False, "signal")


def test_two_people_at_one_browser_stay_two(house, client):
    client.get("/choices", headers={"Sec-GPC": "1"})
    for who in ("ann@example.org", "bob@example.org"):
        client.post("/choices", data={"everything": "deny", "who": who}, headers={"Sec-GPC": "1"})
    with house.store.read() as conn:
        found = {
            house.people.find(conn, Identity("email", who)) for who in ("ann@example.org", "bob@example.org")
        }
        assert house.record.entries(conn, -1, 100, ["people.linked"]) == []
    assert len(found) == 2


def test_a_flood_of_new_browsers_is_honoured_but_not_all_recorded(house, client):
    for _ in range(70):
        client.cookies.clear()
        assert HONOURED in client.get("/check", headers={"Sec-GPC": "1"}).text
    assert len(signals(house)) == 60


def test_the_support_file(client):
    assert client.get("/.well-known/gpc.json").json()["gpc"] is True
