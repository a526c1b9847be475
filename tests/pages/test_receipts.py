"""The receipt: to keep, to check, to come back to, and worth nothing when changed."""

import json
import re

import pytest

from aboveboard.proof import note
from aboveboard.proof import receipt as receipts

ANN = "ann@example.org"


@pytest.fixture
def rid(client):
    return (
        client.post("/choices", data={"everything": "deny", "who": ANN})
        .headers["location"]
        .removeprefix("/receipts/")
    )


def test_the_file_proves_the_choice_offline(client, house, rid):
    answer = client.get(f"/receipts/{rid}.json")
    assert answer.headers["content-disposition"] == f'attachment; filename="receipt-{rid[:8]}.json"'
    verified = receipts.verify(answer.content, house.keys.signer.verifier)
    assert verified.entry["facts"]["decisions"] == [{"decision": "deny", "purpose": "all", "recipient": None}]
    assert client.get(f"/api/v1/receipts/{rid}").json()["entry"] == verified.entry


def test_the_page_checks_what_is_pasted_or_chosen(client, rid):
    whole = client.get(f"/receipts/{rid}.json").content
    pasted = client.post("/check", data={"receipt": whole.decode()})
    chosen = client.post("/check", files={"file": ("receipt.json", whole)}, data={"receipt": ""})
    for page in (pasted, chosen):
        assert (page.status_code, "This receipt is real." in page.text) == (200, True)
        assert rid in page.text and "A choice was saved" in page.text


def forged(whole):
    """Yield the receipt with each single value changed."""

    def walk(value, path):
        if isinstance(value, dict):
            for key in value:
                yield from walk(value[key], [*path, key])
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield from walk(inner, [*path, place])
        else:
            yield path, value

    for path, value in walk(whole, []):
        other = json.loads(json.dumps(whole))
        at = other
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = _changed(value)
        yield path, other


def _changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return {}
    return value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1] if len(value) > 1 else value + "x"


def test_every_change_is_noticed(client, rid):
    whole = json.loads(client.get(f"/receipts/{rid}.json").content)
    tried = 0
    for path, other in forged(whole):
        page = client.post("/check", data={"receipt": json.dumps(other, ensure_ascii=False)})
        assert page.status_code == 200
        assert "This receipt does not hold." in page.text, path
        tried += 1
    assert tried > 15


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "Paste a receipt or choose a file first."),
        ("hello", "not one of our receipts"),
        ("{}", "not one of our receipts"),
        ("[1,2", "not one of our receipts"),
        ("[" * 5000, "not one of our receipts"),
    ],
)
def test_what_is_no_receipt(client, pasted, words):
    assert words in client.post("/check", data={"receipt": pasted}).text


def test_a_receipt_of_another_business(client, rid):
    whole = json.loads(client.get(f"/receipts/{rid}.json").content)
    body = whole["checkpoint"].split("\n\n")[0] + "\n"
    stranger = note.Signer("elsewhere.example/record", b"1" * 32)
    whole["checkpoint"] = note.sign(body, stranger)
    assert "signed by someone else" in client.post("/check", data={"receipt": json.dumps(whole)}).text


@pytest.mark.parametrize(
    "change",
    [
        lambda rid: rid[:-1],
        lambda rid: rid[:-1] + ("0" if rid[-1] != "0" else "1"),
        lambda rid: "0" * 32 + rid[32:],
        lambda rid: rid.upper(),
        lambda rid: rid[:32],
    ],
)
def test_only_the_whole_number_opens_a_receipt(client, rid, change):
    for address in ("/receipts/{}", "/receipts/{}.json", "/told/{}", "/api/v1/receipts/{}"):
        assert client.get(address.format(change(rid))).status_code == 404, address


def test_the_receipt_page_shows_no_address_and_no_name(client, rid):
    page = client.get(f"/receipts/{rid}").text
    assert ANN not in page and "a…@" not in page


def test_what_holds_now_is_asked_anew(client, be, rid):
    be(ANN)
    client.post("/choices", data={"purpose.share_review_site": "allow"})
    page = client.get(f"/receipts/{rid}").text
    assert "You said yes to “Invitations to rate us”" in page
    assert "From now on we use your data for nothing" in page


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_who_speaks_in_another_s_name_does_not_learn_what_that_person_chose(client, be, decision):
    """Bea said yes with a code, Cy said no, nobody knows Dee: a stranger who claims to be them reads the same of all three."""
    for who, said in (("bea@example.org", "allow"), ("cy@example.org", "deny")):
        be(who)
        client.post("/choices", data={"purpose.share_review_site": said})
        client.cookies.clear()

    def reads(who):
        sent = client.post("/choices", data={"purpose.share_review_site": decision, "who": who})
        page = client.get(sent.headers["location"]).text
        number = sent.headers["location"].removeprefix("/receipts/")
        consent = client.get(f"/api/v1/receipts/{number}/consent").json()
        signs = f"{number[:4]} {number[4:8]} {number[8:12]}"
        page = page.replace(number, "…").replace(signs, "…")
        text = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
        return re.sub(r"<time.*?</time>", "…", text), [
            one["events"][0]["@type"] for one in consent["records"]
        ]

    bea, cy, dee = (reads(f"{who}@example.org") for who in ("bea", "cy", "dee"))
    assert bea == cy == dee
