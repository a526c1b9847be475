"""Who was told, who gets what, and the desk's look at it."""

import re

ANN = "ann@example.org"


def number(client, **form):
    answer = client.post("/choices", data={"who": ANN, **form})
    return answer.headers["location"].removeprefix("/receipts/")


def test_before_the_worker_looks_everyone_is_still_waiting(client):
    page = client.get(f"/told/{number(client, everything='deny')}").text
    assert page.count(">not yet<") == 8
    assert "so a colleague tells them, by" in page and "to delete what they have." in page
    assert 'data-hx-trigger="every 3s"' in page and "htmx.min.js" in page


def test_how_each_state_reads(client, house):
    rid = number(client, everything="deny")
    entry_id = rid[:32]
    from aboveboard.partners import tables

    with house.store.write() as tx:
        entry = house.record.get(tx.conn, entry_id)
        book = house.editions.current(tx.conn).book
        house.partners.enter(tx, book, entry)
        house.record.move_bookmark(tx, "partners.fan_out", entry.index)

        def put(partner, **values):
            row = tables.deliveries
            tx.conn.execute(
                row.update().where(row.c.partner == partner, row.c.entry_id == entry_id).values(**values)
            )

        put("lab", state="confirmed", told_at=tx.now, confirmed_at=tx.now, attempts=1)
        put("review_site", state="told", told_at=tx.now, attempts=2, last_error="answer_no_json")
        put("mail_service", attempts=3, last_error="timeout")
        put("message_service", attempts=1, last_error="status_500")
        put("statistics_office", state="failed", attempts=1, last_error="partner_gone")
        house.partners.done_by_hand(tx, "insurer", entry_id, "ann")
    page = client.get(f"/told/{rid}").text
    for words in (
        "They confirmed <time",
        "They have not confirmed yet, so we ask again.",
        "We tried 3 times. They did not answer in time. We try again.",
        "We tried once. They answered with an error (500). We try again.",
        "They are no longer our partner. We send them nothing.",
        "A colleague told them <time",
        "We will check that they did.",
    ):
        assert words in page, words
    chinese = client.get(f"/told/{rid}", headers={"accept-language": "zh"}).text
    for words in ("对方 <time", "我们试过 3 次。对方没有在规定时间内回应。我们会再试。", "同事 <time"):
        assert words in chinese, words


def test_a_yes_that_nobody_confirmed_is_told_to_nobody(client):
    page = client.get(f"/told/{number(client, **{'purpose.share_lab': 'allow'})}").text
    assert "Nobody is told of a yes before you confirm it" in page
    assert "every 3s" not in page


def test_the_list_of_partners_shows_contracts(client):
    page = client.get("/partners").text
    assert page.count('<section class="card">') == 8
    page = re.sub(r"<[^>]*>", "", page)
    assert "None. So they get nothing." in page
    assert "Since 17 June 2024, until 16 June 2028." in page


def test_the_front_page_answers_and_shows_who_gets_nothing(client):
    page = client.get("/").text
    for words in (
        "What do you do with my data, and can I say no?",
        "Why do I pay this price?",
        "Nothing. US health privacy law forbids us",
        "Nothing. The booking app Slotly has no contract",
        "only if you say yes",
        "unless you say no",
    ):
        assert words in page, words


def test_the_notice(client):
    page = client.get("/notice").text
    assert "What we do with your data" in page and "Version 3, in force since" in page
    assert page.count("<h2>") == 7
