"""A clerk in a real browser, with scripts and without: bills, prices, credit, a customer, a receipt by its signs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.server import Server, run

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PASSWORD = "a short sentence works"
BILLS = (
    "Date,Item,Supplier,Amount,Quantity,Note\n2026-10-02,,Alameda Properties,5000.00,,\n2026-10-09,,Elastica,705.00,47,\n"
    "2026-10-12,{thing},,240.00,1,\n{day},Gel,Bay Medical Supply,-14.20,-1,came back\n"
)
LOOKS = {
    f"{lang}-{width}": {"locale": locale, "viewport": {"width": width, "height": 800}}
    for lang, locale in (("en", "en-GB"), ("zh", "zh-CN"))
    for width in (360, 1280)
} | {"no-scripts": {"locale": "en-GB", "java_script_enabled": False}}


@pytest.fixture(scope="module")
def staffed(server: Server) -> Server:
    """The server, with an account for a clerk."""
    run("staff", "add", "ann", "--password", PASSWORD, home=server.home)
    return server


def _fits(page: Page, axe: Callable[..., list[str]], look: str) -> None:
    """See that the page is sound for everyone and no wider than the screen; without scripts there is nothing to ask."""
    if look != "no-scripts":
        assert axe(page) == []
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, page.url


@pytest.mark.parametrize("look", LOOKS)
def test_a_clerks_day(staffed, new_page, axe, look):
    page = new_page(**LOOKS[look])
    page.goto(staffed.url + "/desk/sign-in")
    page.locator("#name").fill("ann")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").last.click()

    # Bills: a file with a bad row cannot be taken; mended it can, once.
    for day in ("soon", "2026-10-20"):
        page.goto(staffed.url + "/desk/bills")
        content = BILLS.format(day=day, thing=f"Coffee machine of {look}").encode()
        page.locator("#file").set_input_files(
            {"name": "october.csv", "mimeType": "text/csv", "buffer": content}
        )
        page.locator("form[enctype] button").click()
        _fits(page, axe, look)
        assert page.locator('form[action="/desk/bills/take"]').count() == (0 if day == "soon" else 1)
    page.locator('form[action="/desk/bills/take"] button').click()
    assert "done=" in page.url and page.locator(".note.good").count() == 1

    # A price that a customer asked for is found, opened and taken.
    page.goto(staffed.url + "/price")
    page.locator('input[value="treatment/standard"]').check()
    page.locator("main button").last.click()
    quote = page.url.rpartition("/")[2]
    page.goto(staffed.url + "/desk/quotes?state=open")
    _fits(page, axe, look)
    page.locator(f'a[href="/desk/quotes/{quote}"]').click()
    _fits(page, axe, look)
    page.locator(f'form[action="/desk/quotes/{quote}/take"] button').click()
    assert page.locator(".note.good").count() == 1

    # A customer says no; the clerk finds the receipt by its signs and the customer by the address, and gives credit.
    page.goto(staffed.url + "/choices")
    page.locator("#who-all").fill("zoe@example.org")
    page.locator("form button").first.click()
    rid = page.url.rpartition("/")[2]
    page.goto(staffed.url + "/desk/history")
    page.locator("#number").fill(f"{rid[:4]} {rid[4:8]} {rid[8:12]}")
    page.locator('form[action="/desk/receipts"] button').click()
    _fits(page, axe, look)
    assert page.locator(f'a[href="/receipts/{rid}"]').count() == 1
    page.locator("#who").fill("zoe@example.org")
    page.locator('form[action="/desk/history"] button').first.click()
    _fits(page, axe, look)
    page.locator('form[action="/desk/points"] button').click()
    page.locator("#amount-given").fill("10.00")
    page.locator("#why-given").fill(f"we were late ({look})")
    page.locator('form[action="/desk/points/move"] button').first.click()
    _fits(page, axe, look)
    assert re.search(r"[1-5]0\.00", page.locator(".note.good").inner_text())

    # The customer finds the receipt again with the signs that were read out.
    page.goto(staffed.url + "/receipts")
    page.locator("#number").fill(rid[:12])
    page.locator("#who").fill("zoe@example.org")
    page.locator("main button").last.click()
    assert page.url.endswith(f"/receipts/{rid}")
