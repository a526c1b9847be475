"""Numbers at every door that takes one: what is no number, or too much of one, gets a sentence, and nothing is taken for another.

The doors of files (the book, bills, prices of others, price pages) are held in `tests/book/test_numbers.py`.
"""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from aboveboard.costs.commands import costs_group
from aboveboard.people.model import Identity
from aboveboard.quotes.commands import quote_command
from tests.pages.test_points import give, held
from tests.support.numbers import HOSTILE, HUGE

ANN = Identity("email", "ann@example.org")
ODD = [pytest.param(text, allowed, id=ascii(text)[:24]) for text, allowed in HOSTILE.items()]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'").replace("&#34;", '"')


def quoted(client, answer):
    """Return the quote behind a form's answer, None if the form was shown again."""
    if answer.status_code != 303:
        assert answer.status_code == 422 or (answer.status_code == 400 and len(words(answer.text)) > 100)
        return None
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_the_form_that_asks_for_a_price(client, house, text, allowed):
    asked = {"what": "treatment/standard", "quantity": text, "on": "2027-01-15"}
    answer = client.post("/price", data=asked)
    page = quoted(client, answer)
    if answer.status_code == 400:  # no form of a browser sends that
        return
    if page is None:
        assert "from 1 to 1,000" in words(answer.text) or "whole number" in words(answer.text)
    else:
        assert not text.strip()  # left out is one
        assert "You pay $80.37" in page
    asked = {"what": "open_evening/standard", "quantity": "1", "on": "2027-01-15", "pays": text}
    answer = client.post("/price", data=asked)
    page = quoted(client, answer)
    if page is None:
        said = words(answer.text)
        assert "We cannot read that amount" in said or "at least" in said or "too large" in said, said[:800]
    elif text.strip():
        assert any(f"You pay ${value:,.2f}" in page for value in allowed), text
    asked = {
        "what": "classes_at_your_firm/standard",
        "quantity": "1",
        "on": "2027-01-15",
        "use.firm_classes": text,
    }
    answer = client.post("/price", data=asked)
    page = quoted(client, answer)
    if page is None:
        assert "firm_classes" in answer.text or "classes" in words(answer.text).lower()
    else:
        assert not text.strip() or any(value == int(value) >= 0 for value in allowed), text


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_the_api_of_quotes(client, text, allowed):
    for kind in ("text", "bare"):
        raw = json.dumps(text) if kind == "text" else text
        for field, service in (
            ("quantity", "treatment"),
            ("pays", "open_evening"),
            ("seats", "members_plan"),
            ("points", "treatment"),
            ("month", "treatment"),
        ):
            body = f'{{"service": "{service}", "at": "2027-01-15", "{field}": {raw}}}'
            answer = client.post(
                "/api/v1/quotes", content=body.encode(), headers={"content-type": "application/json"}
            )
            if answer.status_code == 201:
                told = answer.json()
                # JSON has numbers of its own, in quotes or not: 1e3 is a thousand, null is left out, 1e-400 is nothing.
                assert text in ("null", "-0", "1e3", "1e-400", *HUGE), (field, raw)
                assert field != "quantity" or told["quantity"] in (1, *allowed)
            else:
                assert answer.status_code in (400, 401, 403, 409, 422), (
                    field,
                    raw,
                    answer.status_code,
                    answer.text,
                )
                assert answer.json()["title"].strip(), answer.text
        body = (
            f'{{"service": "classes_at_your_firm", "at": "2027-01-15", "usage": {{"firm_classes": {raw}}}}}'
        )
        answer = client.post(
            "/api/v1/quotes", content=body.encode(), headers={"content-type": "application/json"}
        )
        if answer.status_code == 201:
            assert any(value >= 0 for value in allowed), (
                raw
            )  # used amounts are texts, so that none loses a digit
        else:
            assert answer.status_code in (400, 422) and answer.json()["title"].strip(), (raw, answer.text)


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_the_command_that_asks_for_a_price(house, text, allowed):
    def run(*said: str):
        done = CliRunner(env={"TERM": "dumb"}).invoke(
            quote_command, [*said, "--at", "2027-01-15", "--json"], obj=house
        )
        assert not done.exception or isinstance(done.exception, SystemExit), repr(done.exception)
        assert done.exit_code in (0, 1, 2) and (done.exit_code == 0 or len(done.output.strip()) > 20)
        return json.loads(done.stdout) if done.exit_code == 0 else None

    told = run("treatment", f"--quantity={text}")
    assert told is None or told["quantity"] in allowed
    told = run("members_plan", "--tier=family", f"--seats={text}")
    assert told is None or allowed
    told = run("open_evening", f"--pays={text}")
    assert told is None or told["total"] in [value * 100 for value in allowed]
    told = run("classes_at_your_firm", f"--use=firm_classes={text}")
    assert told is None or any(value == int(value) >= 0 for value in allowed)
    done = CliRunner().invoke(costs_group, ["sensitivity", "treatment", f"--swing={text}"], obj=house)
    assert not done.exception or isinstance(done.exception, SystemExit), repr(done.exception)


@pytest.mark.parametrize(("text", "allowed"), ODD)
def test_credit_at_the_desk(clerk, house, text, allowed):
    with house.store.write() as tx:
        ann = house.people.locate(tx, ANN)
    answer = give(clerk, text)
    assert answer.status_code in (200, 422) or (answer.status_code == 400 and not held(house, ann))
    if answer.status_code == 400:
        return
    now = held(house, ann)
    if now:
        assert any(now == value * 100 for value in allowed)
    else:
        assert "Write an amount above zero, like 12.50" in words(answer.text), words(answer.text)[:900]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_too_large_is_told_with_its_limit(client, house, lang):
    client.headers["Accept-Language"] = lang
    for huge in HUGE[:2]:
        done = CliRunner().invoke(quote_command, ["open_evening", "--pays", huge, "--lang", lang], obj=house)
        assert done.exit_code == 2 and "1,000,000,000,000" in done.output
        asked = {"what": "open_evening/standard", "quantity": "1", "on": "2027-01-15", "pays": huge}
        answer = client.post("/price", data=asked)
        assert answer.status_code == 422 and "1,000,000,000,000" in answer.text
    done = CliRunner().invoke(quote_command, ["open_evening", "--pays", "much", "--lang", lang], obj=house)
    assert (
        done.exit_code == 2
        and {"en": "We cannot read that amount.", "zh": "看不懂这个金额"}[lang] in done.output
    )
