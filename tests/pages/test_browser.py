"""The pages in a real browser: on a phone, by keyboard, without scripts, in both languages, and what axe-core finds (nothing)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.server import Process, Server, run
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PASSWORD = "a short sentence works"
PUBLIC = [
    "/",
    "/choices",
    "/price",
    "/price/members_plan",
    "/offers",
    "/costs",
    "/costs/treatment",
    "/market/treatment",
    "/receipts",
    "/check",
    "/notice",
    "/partners",
    "/code",
    "/api/docs",
    "/desk/sign-in",
    "/nothing",
]
DESK = [
    "/desk", "/desk/opt-out", "/desk/place", "/desk/partners", "/desk/prices", "/desk/costs", "/desk/bills", "/desk/quotes",
    "/desk/points", "/desk/history", "/desk/market",
]  # fmt: skip
LOOKS = {
    "en-wide": {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}},
    "zh-320": {"locale": "zh-CN", "viewport": {"width": 320, "height": 640}},
    "en-320": {"locale": "en-GB", "viewport": {"width": 320, "height": 640}},
    "zh-wide-dark": {"locale": "zh-CN", "viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "en-200-per-cent": {"locale": "en-GB", "viewport": {"width": 640, "height": 450}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def staffed(server: Server) -> Server:
    """The server, with an account for a clerk."""
    run("staff", "add", "ann", "--password", PASSWORD, home=server.home)
    return server


@pytest.fixture
def opted_out(server: Server, new_page: Callable[..., Page]) -> str:
    """The number of a receipt for a no to everything."""
    page = new_page()
    return _say_no(page, server, "zoe@example.org")


def _say_no(page: Page, server: Server, who: str) -> str:
    page.goto(server.url + "/choices")
    page.locator("#who-all").fill(who)
    page.get_by_role("button", name="Say no to everything").click()
    page.wait_for_url("**/receipts/*")
    return page.url.rsplit("/", 1)[1]


def _price(page: Page, server: Server, offer: str = "treatment/standard") -> str:
    page.goto(server.url + "/price")
    page.locator(f'input[value="{offer}"]').check()
    page.locator("main button").last.click()
    page.wait_for_url(re.compile(r"/price/[0-9a-f]{32}"))
    return page.url.removeprefix(server.url)


def _sign_in(page: Page, server: Server) -> None:
    page.goto(server.url + "/desk/sign-in")
    page.locator("#name").fill("ann")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").last.click()
    page.wait_for_url("**/desk")


def _overflow(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_tier_runs_off_a_phone(server, new_page, lang):
    """The last of three tiers once stood beyond the edge of the screen, and its sentences made the rows long and empty."""
    page = new_page(viewport={"width": 360, "height": 800})
    page.goto(f"{server.url}/price?lang={lang}")
    plans = page.locator("#plans-members_plan .scroll")
    assert plans.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    assert {
        round(row["height"]) < 120
        for row in plans.evaluate(
            "e => Array.from(e.querySelectorAll('tr'), row => row.getBoundingClientRect().toJSON())"
        )
    } == {True}
    assert plans.locator("thead th").count() == 3


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits(staffed, new_page, axe, opted_out, look):
    page = new_page(**LOOKS[look])
    _sign_in(page, staffed)
    addresses = [*PUBLIC, *DESK, f"/receipts/{opted_out}", f"/told/{opted_out}", _price(page, staffed)]
    found = []
    for address in addresses:
        page.goto(staffed.url + address)
        page.wait_for_load_state("networkidle")
        found += [f"{address}: {line}" for line in axe(page)]
        if _overflow(page) > 0:
            found.append(f"{address} is {_overflow(page)} px wider than the screen")
    assert found == []


@pytest.fixture
def of_two_minds(server: Server) -> dict[str, Any]:
    """The cookie of somebody who said yes before their browser said no, and has said nothing about it since."""
    from aboveboard.choices.model import Decision
    from aboveboard.house import House
    from aboveboard.people.model import Identity
    from aboveboard.settings import Settings
    from aboveboard.web import sessions

    house, me = House.open(Settings(home=str(server.home))), Identity("email", "two@example.org")

    yes = [Decision("allow", "marketing_email")]
    try:
        with house.store.write() as tx:
            house.choices.save(
                tx,
                subject=house.people.locate(tx, me),
                identity=me,
                decisions=yes,
                channel="counter",
                proven=True,
            )
        with house.store.write() as tx:
            house.choices.signal(tx, house.people.locate(tx, me))
            secret = sessions.begin(tx, "person", house.people.locate(tx, me), me.masked)
    finally:
        house.close()
    return {"name": sessions.COOKIES["person"], "value": secret, "url": server.url}


@pytest.mark.parametrize("look", ["en-wide", "zh-320", "en-320"])
def test_two_answers_are_shown_accessible_and_fit(server, new_page, axe, of_two_minds, look):
    page = new_page(**LOOKS[look])
    page.context.add_cookies([of_two_minds])
    for address in ("/choices", "/history"):
        page.goto(server.url + address)
        page.wait_for_load_state("networkidle")
        assert page.locator(".both li").count() == 2
        assert axe(page) == [] and _overflow(page) <= 0


def test_everything_works_without_scripts(server, new_page):
    page = new_page(java_script_enabled=False)
    rid = _say_no(page, server, "nora@example.org")
    assert page.locator("h1").inner_text() == "Done."
    page.get_by_role("link", name="See who was told").click()
    assert page.url == f"{server.url}/told/{rid}"
    assert page.locator("tbody tr").count() == 8
    page.get_by_role("link", name="Look again").click()
    assert page.locator("tbody tr").count() == 8
    _price(page, server)
    assert page.locator(".big-price").inner_text().startswith("$")
    page.get_by_role("link", name="中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


def test_by_keyboard_alone(server, page):
    page.goto(server.url + "/choices")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "who-all"
    page.keyboard.type("kim@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/*")
    assert page.locator("h1").inner_text() == "Done."


def test_one_by_one_by_keyboard(server, page):
    page.goto(server.url + "/choices")
    first = page.locator('input[name="purpose.share_review_site"]').first
    first.focus()
    page.keyboard.press("Space")
    assert first.is_checked()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.locator("#who").fill("lee@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/*")
    assert "Invitations to rate us" in page.locator("main").inner_text()


def test_the_focus_can_always_be_seen(server, page):
    page.goto(server.url + "/choices")
    page.keyboard.press("Tab")
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(
                   e.matches('.pair input') ? e.nextElementSibling : e);
               return [e.tagName + (e.type || ''), s.outlineStyle, parseFloat(s.outlineWidth)]; }"""
        )
        if style[0] != "BODY":
            assert style[1] == "solid" and style[2] >= 2, style
            seen.add(style[0])
    assert {"A", "INPUTtext", "INPUTradio", "SUMMARY", "BUTTONsubmit"} <= seen


def test_yes_and_no_are_the_same_size_and_colour(server, phone):
    phone.goto(server.url + "/choices")
    for pair in phone.locator(".pair").all():
        looks = pair.locator("span").evaluate_all(
            """spans => spans.map(s => { const r = s.getBoundingClientRect(), c = getComputedStyle(s);
                 return [r.width, r.height, c.color, c.backgroundColor, c.borderColor, c.fontWeight, c.fontSize].join(); })"""
        )
        assert len(looks) == 2 and looks[0] == looks[1]


@pytest.mark.parametrize("address", ["/", "/choices", "/price", "/check", "/code"])
def test_targets_are_large_enough_for_a_thumb(server, phone, address):
    phone.goto(server.url + address)
    small = phone.evaluate(
        """things => [...document.querySelectorAll(things)]
           .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)
           .map(e => e.outerHTML.slice(0, 90) + ' ' + e.getBoundingClientRect().height)""",
        "button, nav a, .button, summary, select, .pair span, .offer, .foot .links a, .todo a, "
        ".check label, input:not([type=hidden]):not([type=radio]):not([type=checkbox])",
    )
    assert small == []


@pytest.mark.parametrize("look", ["en-320", "zh-320", "en-wide"])
@pytest.mark.parametrize("offer", ["treatment/standard", "exercise_kit/standard"])
def test_no_words_overlap_in_the_picture(server, new_page, look, offer):
    page = new_page(**LOOKS[look])
    _price(page, server, offer)
    boxes: list[dict[str, Any]] = page.evaluate(
        """() => { const paper = document.querySelector('svg.chart').getBoundingClientRect();
             return [...document.querySelectorAll('svg.chart text')].map(t => { const r = t.getBoundingClientRect();
               return {words: t.textContent, left: r.left - paper.left, right: r.right - paper.left, top: r.top, bottom: r.bottom,
                       width: paper.width}; }); }"""
    )
    assert len(boxes) > 6
    for box in boxes:
        assert box["left"] >= -1 and box["right"] <= box["width"] + 1, box
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            # Boxes of lines overlap by their line height; the letters themselves are 15 px high.
            over = abs((one["top"] + one["bottom"]) - (other["top"] + other["bottom"])) / 2 >= 15
            assert apart or over, (one["words"], other["words"])


def test_on_paper_only_the_content_remains(server, page):
    _price(page, server)
    page.emulate_media(media="print")
    for gone in ("nav", ".skip", ".actions"):
        assert not page.locator(gone).first.is_visible()
    assert page.locator("svg.chart").is_visible() and page.locator("table.steps").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.fixture
def worker(server: Server) -> Iterator[Process]:
    """A worker; the partners of the sample are not there, so it finds nobody at home."""
    with Process("work", home=server.home) as running:
        yield running


def test_the_receipt_tells_by_itself_how_it_goes_on(server, page, request):
    _say_no(page, server, "mia@example.org")
    page.get_by_text("We are telling them now.").first.wait_for()
    request.getfixturevalue("worker")
    page.get_by_text(re.compile("We tried once|We tried 2 times")).first.wait_for(timeout=25_000)
    assert page.locator("#told").count() == 1


def test_the_clerk_needs_less_than_half_a_minute_and_no_mouse(staffed, page):
    _sign_in(page, staffed)
    page.goto(staffed.url + "/desk/opt-out")
    began = time.monotonic()
    page.wait_for_function(
        "document.activeElement.id == 'who'"
    )  # the browser gives it the focus a moment after the page is there
    page.keyboard.type("408 555 0143")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/opt-out?saved=*")
    assert time.monotonic() - began < 30
    assert re.fullmatch(r"[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}", page.locator(".read-out").inner_text())
    assert page.evaluate("document.activeElement.id") == "who"


def test_a_browser_that_asks_for_privacy_is_told_that_it_is_honoured(server, new_page):
    page = new_page(extra_http_headers={"Sec-GPC": "1"})
    page.goto(server.url)
    assert (
        page.locator(".strip").inner_text() == "Your browser asked us not to share your data. We honour that."
    )
    assert [cookie["name"] for cookie in page.context.cookies()] == ["device"]


def test_reading_and_saying_no_sets_no_cookie(server, new_page):
    page = new_page()
    _say_no(page, server, "una@example.org")
    _price(page, server)
    assert page.context.cookies() == []


def test_a_double_click_is_one_receipt(server, page):
    page.goto(server.url + "/choices")
    page.locator("#who-all").fill("dee@example.org")
    page.get_by_role("button", name="Say no to everything").dblclick()
    page.wait_for_url("**/receipts/*")
    wait_for(lambda: page.locator("h1").inner_text() == "Done.", 10, "the receipt")
