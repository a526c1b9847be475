"""A real browser on our pages: Debian's Chromium through Playwright, and axe-core for what it can know of accessibility.

A page may talk only to its own machine and must not complain: requests that would leave it are cut off, and they, script
errors and console errors fail the test at its end.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

# --no-sandbox because CI is root; the rest keeps the browser from calling its maker.
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
_AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str:
    """Return the path of Debian's Chromium; fails if there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise RuntimeError("Chromium is missing; `tools/machine tests` installs it")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a running browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Complaints:
    """What pages did wrong while a test looked at them."""

    def __init__(self) -> None:
        self.list: list[str] = []

    def watch(self, page: Page) -> None:
        """Listen to `page`, and let it reach only this machine."""
        page.route("**/*", self._gate)
        page.on("pageerror", lambda error: self.list.append(f"{page.url}: script error: {error}"))
        page.on("console", self._console)

    def _gate(self, route: Route, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob") or address.hostname in ("127.0.0.1", "localhost"):
            route.continue_()
            return
        self.list.append(f"a page wanted to load {request.url}")
        route.abort()

    def _console(self, message: ConsoleMessage) -> None:
        # A page that answers 4xx on purpose is reported in the same way as a broken one: tests look at those themselves.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.list.append(f"{message.location.get('url')}: {message.text}")


@cache
def _axe_source() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None and spec.submodule_search_locations
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core finds wrong with `page` (WCAG 2.2 A and AA, best practice), a readable line each."""
    page.wait_for_load_state("load")  # after a click the page may stand there before its style sheet does
    page.evaluate(_axe_source())  # unlike a script tag, this passes a strict content security policy
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", _AXE_RULES
    )
    return [
        f"{problem['id']} ({problem['impact']}): {problem['help']}: {node['html'][:160]} {node['any'][:1]}"
        for problem in found["violations"]
        if problem["id"] not in without
        for node in problem["nodes"]
    ]
