"""Saying yes and no on the page: in one step or one by one, known or not, twice, and with mistakes."""

import re

import pytest

ONCE = "0123456789abcdef0123456789abcdef"
ANN = "ann@example.org"


def test_no_to_everything_is_one_step_and_holds_at_once(client, holds):
    answer = client.post("/choices", data={"everything": "deny", "who": f"  {ANN.upper()} "})
    assert answer.status_code == 303
    assert holds(ANN, "share_review_site", "review_site") == (False, "choice")
    assert holds(ANN, "appointment_reminders", "message_service") == (False, "choice")
    page = client.get(answer.headers["location"]).text
    assert "<h1>Done.</h1>" in page
    assert "From now on we use your data for nothing on our list, and share it with nobody on it." in page


@pytest.mark.parametrize("who", [ANN, "408 555 0143", "+1 (408) 555-0143", "R-1042", "ａｎｎ＠example.org"])
def test_any_of_the_three_is_enough(client, who, made):
    assert client.post("/choices", data={"everything": "deny", "who": who}).status_code == 303
    assert made()[0]["decisions"] == [{"decision": "deny", "purpose": "all", "recipient": None}]


BAD = [
    ("", "email, phone" if False else "customer number"),
    ("@", "e-mail address"),
    ("ann@", "e-mail address"),
    ("ann example@x.org", "e-mail address"),
    ("12345678", "phone number"),
    ("+99 999 999", "phone number"),
    ("x" * 80, "customer number"),
]


@pytest.mark.parametrize(("who", "words"), BAD)
def test_a_locator_that_cannot_be_one_is_explained_beside_the_field(client, who, words, made):
    page = client.post("/choices", data={"everything": "deny", "who": who})
    assert page.status_code == 422
    wrong = re.search(r'<p class="wrong"[^>]*>([^<]*)</p>', page.text)
    assert wrong and words in wrong.group(1) and wrong.group(1).endswith("Nothing was saved.")
    assert 'aria-invalid="true"' in page.text and 'name="kind"' in page.text
    assert made() == []


def test_a_number_that_looks_like_a_phone_may_be_a_customer_number(client, made):
    form = {"everything": "deny", "who": "12345678", "kind": "customer"}
    assert client.post("/choices", data=form).status_code == 303
    assert len(made()) == 1


def test_what_was_typed_comes_back_escaped(client):
    page = client.post("/choices", data={"everything": "deny", "who": '"><script>@'}).text
    assert "<script>@" not in page and "&lt;script&gt;@" in page


def test_known_and_unknown_people_get_the_same_answer(client, house, came):
    came(ANN, 5)
    pages = []
    for who in (ANN, "nobody@example.org"):
        answer = client.post("/choices", data={"everything": "deny", "who": who})
        page = client.get(answer.headers["location"]).text
        # A receipt's own number is written whole, and by its first twelve signs.
        number = r"[0-9a-f]{32}-[0-9a-f]{20}|(?:[0-9a-f]{4} ){2}[0-9a-f]{4}"
        pages.append(re.sub(number + r"|<time.*?</time>|<svg.*?</svg>", "", page, flags=re.DOTALL))
    assert pages[0] == pages[1]


def test_one_by_one(client, holds, made):
    form = {
        "who": ANN,
        "purpose.marketing_email": "deny",
        "purpose.appointment_reminders": "",
        "purpose.share_insurer": "deny",
    }
    answer = client.post("/choices", data=form)
    assert made()[0]["decisions"] == [
        {"decision": "deny", "purpose": "marketing_email", "recipient": None},
        {"decision": "deny", "purpose": "share_insurer", "recipient": None},
    ]
    assert holds(ANN, "share_review_site", "review_site") == (True, "default")
    assert holds(ANN, "marketing_email", "mail_service") == (False, "choice")
    page = client.get(answer.headers["location"]).text
    assert "don’t share it for that with Oakline Insurance." in page


def test_choosing_nothing_or_nonsense_is_explained(client, made):
    for form in (
        {"who": ANN},
        {"who": ANN, "purpose.nothing": "deny"},
        {"who": ANN, "purpose.share_lab": "maybe"},
    ):
        page = client.post("/choices", data=form)
        assert (page.status_code, "Choose at least one yes or no" in page.text) == (422, True)
    assert made() == []


def test_a_law_leaves_nothing_to_choose(client, made):
    form = {
        "who": ANN,
        "partner.marketing_email.ad_network": "allow",
        "partner.appointment_reminders.booking_app": "allow",
    }
    assert client.post("/choices", data=form).status_code == 422
    page = client.get("/choices").text
    assert 'name="partner.marketing_email.ad_network"' not in page
    assert "US health privacy law forbids us" in page


def test_the_same_form_twice_is_saved_once(client, made):
    form = {"everything": "deny", "who": ANN, "once": ONCE}
    first, second = (client.post("/choices", data=form).headers["location"] for _ in range(2))
    assert first == second and len(made()) == 1


def test_going_back_and_forth_is_heard(client, made, holds, be):
    be(ANN)
    no = {"purpose.share_review_site": "deny", "once": ONCE}
    yes = {"purpose.share_review_site": "allow", "once": ONCE}
    for form, allowed in ((no, False), (yes, True), (no, False), (yes, True)):
        assert client.post("/choices", data=form).status_code == 303
        assert holds(ANN, "share_review_site", "review_site") == (allowed, "choice")
    assert len(made()) == 4


def test_an_unproven_yes_opens_nothing_until_a_code_confirms_it(client, holds, be, made):
    answer = client.post("/choices", data={"who": ANN, "purpose.share_lab": "allow"})
    receipt = answer.headers["location"]
    assert holds(ANN, "share_lab", "lab") == (False, "unconfirmed")
    page = client.get(receipt).text
    assert "Noted, but it does not count yet." in page and f"/code?to={receipt}" in page
    assert client.post(f"{receipt}/confirm").headers["location"] == f"/code?to={receipt}"
    be(ANN)
    assert "Yes, that was me: let it count" in client.get(receipt).text
    confirmed = client.post(f"{receipt}/confirm").headers["location"]
    assert holds(ANN, "share_lab", "lab") == (True, "choice")
    assert "You can say no any time." in client.get(confirmed).text
    assert "You have confirmed this yes." in client.get(receipt).text
    assert [facts["proven"] for facts in made()] == [False, True]


def test_nobody_confirms_someone_elses_yes(client, holds, be):
    receipt = client.post("/choices", data={"who": ANN, "purpose.share_lab": "allow"}).headers["location"]
    be("eve@example.org")
    assert "let it count" not in client.get(receipt).text
    assert client.post(f"{receipt}/confirm").status_code == 403
    assert holds(ANN, "share_lab", "lab")[0] is False
    assert holds("eve@example.org", "share_lab", "lab")[0] is False


def test_a_no_beside_an_unproven_yes_holds_at_once(client, holds):
    form = {"who": ANN, "purpose.share_lab": "allow", "purpose.share_review_site": "deny"}
    page = client.get(client.post("/choices", data=form).headers["location"]).text
    assert "<h1>Done.</h1>" in page and "It counts once you confirm that it is you." in page
    assert holds(ANN, "share_review_site", "review_site") == (False, "choice")


def test_signed_in_the_page_shows_what_holds_and_saves_only_what_changed(client, be, made):
    be(ANN)
    page = client.get("/choices").text
    assert 'name="who"' not in page
    assert "What holds now" in page and "checked" not in page  # a default is nobody's word
    client.post("/choices", data={"purpose.share_lab": "deny", "purpose.share_review_site": "allow"})
    page = client.get("/choices").text
    same = dict(re.findall(r'name="(purpose\.\w+)" value="(\w+)" checked', page))
    assert same == {"purpose.share_lab": "deny", "purpose.share_review_site": "allow"}
    page = client.post("/choices", data=same)
    assert (page.status_code, "This is what holds already" in page.text) == (422, True)
    client.post("/choices", data=same | {"purpose.share_lab": "allow"})
    assert made()[1:] == [
        {
            "decisions": [{"decision": "allow", "purpose": "share_lab", "recipient": None}],
            "channel": "web",
            "proven": True,
            "edition": 1,
        }
    ]


def test_nothing_is_chosen_for_a_stranger_and_yes_and_no_look_the_same(client):
    page = client.get("/choices").text
    assert "checked" not in page
    pairs = re.findall(r'<div class="pair".*?</div>', page, re.DOTALL)
    assert len(pairs) == 7
    assert all(pair.count("<label>") == 2 and pair.count("<span>") == 2 for pair in pairs)


def test_each_purpose_says_what_why_an_example_the_benefit_and_what_a_no_means(client):
    page = client.get("/choices").text
    for words in (
        "The day before a visit we send you a short message.",
        "One visit in nine was missed",
        "Tomorrow at 10:30 with Ana.",
        "You don&#39;t lose your place",
        "Your appointment stays as it is.",
        "Shortline. Sends our text messages.",
    ):
        assert words in page, words


@pytest.mark.parametrize(
    "data", [b"who=%ff%fe", b"who=a%00b&everything=deny", b"who=" + b"x" * 600, b"=&&=&who"]
)
def test_strange_forms_are_refused_in_words(client, data, made):
    page = client.post(
        "/choices", content=data, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert page.status_code in (400, 422)
    assert "Nothing was saved" in page.text
    assert made() == []
