"""Tiers side by side on the page of prices, and what a list price is made of on the page of one."""

from __future__ import annotations

import re

import pytest


def _table(page: str, service: str = "members_plan") -> dict[str, list[str]]:
    """Return the rows of the comparison: the head of each and its cells, as plain text."""
    (body,) = re.findall(rf'<section class="tiers" id="plans-{service}".*?</section>', page, re.DOTALL)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', body, re.DOTALL)
    cells = {head: re.findall(r"<td[^>]*>(.*?)</td>", rest, re.DOTALL) for head, rest in rows}
    return {
        re.sub(r"<[^>]+>", "", head): [re.sub(r"<[^>]+>", " ", cell) for cell in row]
        for head, row in cells.items()
    }


def test_the_tiers_of_the_members_plan_stand_side_by_side(client):
    table = _table(client.get("/price").text)
    assert table["How long a treatment is"] == ["45 minutes", "60 minutes", "60 minutes"]
    assert table["A therapist by video"] == ["no", "no", "yes"]
    assert table["Exercise classes"][:2] == ["up to 4 classes a month", "as much as you like"]
    assert table["In addition: As many classes as you like"][1:] == ["no", "no"]
    assert "$229.00" in table["Today"][1]
    assert "More than 2 extra seats: $109.00 for each extra seat." in table["How the price is made"][2]


def test_the_tiers_in_chinese(client):
    table = _table(client.get("/price?lang=zh").text)
    assert table["每次治疗多久"] == ["45 分钟", "60 分钟", "60 分钟"]
    assert table["视频问治疗师"] == ["没有", "没有", "有"]
    assert table["练习课"][0] == "每月最多 4 节课"


def test_boundaries_are_said_before_anybody_buys(client):
    page = client.get("/price").text
    assert (
        "The first 5 visits: $16.00 for each visit. From more than 5 visits up to 10 visits: $14.00" in page
    )
    assert "You say what you pay, from $5.00 for each visit. We suggest $12.00." in page


@pytest.mark.parametrize(
    ("what", "quantity", "said"),
    [
        ("exercise_class/standard", "6", "from more than 5 visits up to 10 visits: 1 visit × $14.00"),
        ("open_evening/standard", "2", "we suggest $24.00; you may pay any amount from $10.00"),
        ("classes_at_your_firm/standard", "1", "$480.00, and nothing was used"),
    ],
)
def test_a_price_says_what_its_list_price_is_made_of(client, what, quantity, said):
    answer = client.post("/price", data={"what": what, "quantity": quantity, "on": ""})
    page = client.get(answer.headers["location"]).text
    assert "What the list price is made of" in page and said in page


def test_a_list_price_needs_no_parts(client):
    answer = client.post("/price", data={"what": "treatment/standard", "quantity": "1", "on": ""})
    assert "What the list price is made of" not in client.get(answer.headers["location"]).text
