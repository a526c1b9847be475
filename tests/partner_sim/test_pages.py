"""The simulator's pages in a real browser: readable by everyone, on a phone, without a script, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aboveboard.partner_sim import PartnerSim
from tests.partner_sim.test_partner_sim import SECRET, send

pytestmark = pytest.mark.browser


@pytest.fixture
def sim() -> Iterator[PartnerSim]:
    with PartnerSim({"lab": SECRET, "review_site": SECRET}, smtp_port=0) as sim:
        for _ in range(2):
            send(sim)
        send(sim, to="/inbox/review_site", message="msg_2", secret="whsec_" + "A" * 32)
        sim.inbox.deliver("email", "ann@example.org", "Your code 您的验证码", "Your code is 123456.")
        yield sim


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", ["/", "/mailbox"])
def test_pages_are_accessible_and_fit_a_narrow_phone(
    sim: PartnerSim, new_page: Callable[..., Any], axe: Callable[..., list[str]], lang: str, path: str
) -> None:
    page = new_page(viewport={"width": 320, "height": 700}, java_script_enabled=True)
    page.goto(f"{sim.url}{path}?lang={lang}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_switch_works_without_a_script(sim: PartnerSim, new_page: Callable[..., Any]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{sim.url}/?lang=en")
    assert page.get_by_text("2 times, counted once").count() == 1
    assert page.get_by_text("Turned away: 1.").count() == 1
    box = page.get_by_role("region", name="lab").first
    box.get_by_label("How this partner behaves now").select_option("down")
    box.get_by_role("button", name="Change it").click()
    assert page.url.endswith("/?lang=en")
    assert sim.inbox.switched("lab").mode == "down"
