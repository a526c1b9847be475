"""Tiers side by side on the page of prices, and what a list price is made of on the page of one."""

from __future__ import annotations

import re

import pytest


def _section(page: str, service: str = "members_plan") -> str:
    (body,) = re.findall(rf'<section class="tiers" id="plans-{service}".*?</section>', page, re.DOTALL)
    return body


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html).strip()


def _table(page: str, service: str = "members_plan") -> dict[str, list[str]]:
    """Return the rows of the comparison: the head of each and its cells, as plain text."""
    rows = re.findall(r"<tr[^>]*><th [^>]*>(.*?)</th>(.*?)</tr>", _section(page, service), re.DOTALL)
    return {
        _plain(head): [_plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", rest, re.DOTALL)]
        for head, rest in rows
    }


def _said(page: str, service: str = "members_plan") -> dict[str, str]:
    """Return what stands in sentences below the table, by the name before it."""
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", _section(page, service), re.DOTALL)
    return {_plain(name): _plain(what) for name, what in pairs}


def test_the_tiers_of_the_members_plan_stand_side_by_side(client):
    page = client.get("/price").text
    table, said = _table(page), _said(page)
    assert table["How long a treatment is"] == ["45 minutes", "60 minutes", "60 minutes"]
    assert table["A therapist by video"] == ["no", "no", "yes"]
    assert table["Exercise classes"][:2] == ["up to 4 classes a month", "as much as you like"]
    assert "$229.00" in table["Today"][1]
    assert "More than 2 extra seats: $109.00 for each extra seat." in said["Family"]
    classes = re.findall(r"<dt>As many classes as you like</dt>\s*<dd>(.*?)</dd>", _section(page), re.DOTALL)
    each = re.findall(r'<span class="each">(.*?)</span>', classes[0])
    assert each[0].startswith("One month: $19.00 for each month.")
    assert each[1:] == ["Plus: no", "Family: no"]


def test_what_every_tier_can_add_alike_is_said_once(client):
    assert _said(client.get("/price").text)["One more treatment"].count("$84.00") == 1


def test_the_tiers_in_chinese(client):
    page = client.get("/price?lang=zh").text
    table = _table(page)
    assert table["每次治疗多久"] == ["45 分钟", "60 分钟", "60 分钟"]
    assert table["视频问治疗师"] == ["没有", "没有", "有"]
    assert table["练习课"][0] == "每月最多 4 节课"
    assert "可以加购" in _section(page)
    assert "今天：" in _section(page, "exercise_class") and "今天:" not in _section(page, "exercise_class")


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
