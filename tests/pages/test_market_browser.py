"""The step that opens to what others ask, in a real browser: on the narrowest phone, in both languages, and what axe finds."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

LOOKS = {
    "en-320": {"locale": "en-GB", "viewport": {"width": 320, "height": 640}},
    "zh-320": {"locale": "zh-CN", "viewport": {"width": 320, "height": 640}},
    "zh-wide-dark": {"locale": "zh-CN", "viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_step_opens_to_each_price_and_fits(server, new_page, axe, look):
    page = new_page(**LOOKS[look])
    page.goto(f"{server.url}/price")
    page.check("input[name=what][value='treatment/standard']")
    page.fill("input[name=on]", "2027-01-15")
    page.click("main form button:not(.link)")
    step = page.locator("table.steps details").nth(1)
    assert not step.evaluate("e => e.open")
    step.locator("summary").click()
    assert step.locator("ul.parts li").count() == 5
    # An address is one long word: it may not push the amounts off the paper.
    table = page.locator("table.steps").bounding_box()
    assert table["x"] + table["width"] <= LOOKS[look]["viewport"]["width"]
    assert page.locator("table.steps ul.parts a").first.get_attribute("rel") == "nofollow noopener noreferrer"
    assert axe(page) == []
    step.get_by_role(
        "link", name="Where our prices stand" if look.startswith("en") else "我们的价格在什么位置"
    ).click()
    page.wait_for_url("**/market/treatment")
    assert page.locator("svg.chart .c-mark").count() == 2
    page.locator("details summary").first.click()
    assert axe(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
