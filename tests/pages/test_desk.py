"""The clerk's day: what is due, an opt-out by phone in half a minute, partners, prices."""

import re

ANN = "ann@example.org"


def test_an_opt_out_by_phone_needs_a_name_and_enter(clerk, holds, made):
    answer = clerk.post(
        "/desk/opt-out", data={"who": ANN, "decision": "deny", "what": "all", "channel": "phone"}
    )
    assert answer.status_code == 303
    assert holds(ANN, "share_review_site", "review_site") == (False, "choice")
    assert (made()[0]["channel"], made()[0]["proven"]) == ("phone", True)
    page = clerk.get(answer.headers["location"]).text
    rid = answer.headers["location"].split("=")[1]
    assert f"{rid[:4]} {rid[4:8]} {rid[8:12]}" in page
    assert "Saved. Read this number out:" in page
    assert re.search(r'<input id="who"[^>]* autofocus', page)


def test_a_letter_about_one_partner(clerk, made):
    form = {
        "who": "R-1042",
        "decision": "deny",
        "what": "appointment_reminders/message_service",
        "channel": "letter",
    }
    clerk.post("/desk/opt-out", data=form)
    assert made()[0]["decisions"] == [
        {"decision": "deny", "purpose": "appointment_reminders", "recipient": "message_service"}
    ]
    assert made()[0]["channel"] == "letter"


def test_a_yes_counts_only_if_the_clerk_made_sure(clerk, holds):
    form = {"who": ANN, "decision": "allow", "what": "share_lab", "channel": "counter"}
    page = clerk.get(clerk.post("/desk/opt-out", data=form).headers["location"]).text
    assert "It does not count until it is confirmed" in page
    assert holds(ANN, "share_lab", "lab") == (False, "unconfirmed")
    clerk.post("/desk/opt-out", data=form | {"yes_check": "on"})
    assert holds(ANN, "share_lab", "lab") == (True, "choice")


def test_mistakes_keep_what_was_typed(clerk, made):
    page = clerk.post(
        "/desk/opt-out", data={"who": "ann@", "decision": "allow", "what": "share_lab", "channel": "letter"}
    )
    assert page.status_code == 422 and 'value="ann@"' in page.text
    assert 'value="share_lab" selected' in page.text and 'value="letter" selected' in page.text
    page = clerk.post("/desk/opt-out", data={"who": ANN, "what": "nothing"})
    assert (page.status_code, "no such use of data" in page.text) == (422, True)
    assert made() == []


def test_the_same_form_twice_is_saved_once(clerk, made):
    form = {"who": ANN, "what": "all", "once": "0" * 32}
    first, second = (clerk.post("/desk/opt-out", data=form).headers["location"] for _ in range(2))
    assert first == second and len(made()) == 1


def test_telling_by_hand_is_due_until_someone_did_it(clerk, house):
    clerk.post("/desk/opt-out", data={"who": ANN, "what": "share_insurer"})
    with house.store.write() as tx:
        [entry] = house.record.entries(tx.conn, -1, 10, ["choice.made"])
        house.partners.enter(tx, house.editions.current(tx.conn).book, entry)
    page = clerk.get("/desk").text
    assert "Tell Oakline Insurance about a customer&#39;s choice." in page
    assert "Tell Oakline Insurance" in clerk.get("/desk/partners").text  # the left list
    address = re.search(r'action="(/desk/due/\d+/done)"', page).group(1)
    assert clerk.post(address).headers["location"] == "/desk"
    page = clerk.get("/desk").text
    assert "Nothing is due. Well done." in page and "ann, today at" in re.sub(r"<[^>]*>", "", page)
    assert clerk.post(address).status_code == 409
    assert clerk.post("/desk/due/999/done").status_code == 404


def test_the_price_book_shows_cost_floor_and_list_price(clerk):
    page = clerk.get("/desk/prices").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "Treatment Standard $58.20 $72.11 $90.00 35.3 %" in text
    assert "Quiet January: −6 %, each year from 2 January to 31 January." in text
    assert "wage of $40.00 × (1 + 20%) ÷ 80% of paid hours" in text


def test_partners_with_nothing_to_tell(clerk):
    page = clerk.get("/desk/partners").text
    assert page.count("There was nothing to tell yet.") == 8
