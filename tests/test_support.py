"""The fixtures' own tests: a fixture that lets everything pass would make all other tests worthless."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from aboveboard.store import Store
from tests.support import pages
from tests.support.browsing import Complaints
from tests.support.postgres import Cluster
from tests.support.server import clean_environment
from tests.support.waiting import free_port, wait_for

GOOD = """<!doctype html><html lang="en"><head><title>Good</title><link rel="icon" href="data:,"></head>
<body><main><h1>Good 好</h1><p>All is well.</p></main></body></html>"""
BAD = """<!doctype html><html><head><title>Bad</title><link rel="icon" href="data:,"></head><body><img src="data:,">
<script src="https://cdn.example.com/x.js"></script><script>console.error("oh"); throw new Error("no")</script></body></html>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "good.html").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.html").write_text(BAD, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_store_on_each_dialect_is_migrated_and_ones_own(store: Store) -> None:
    with store.read() as conn:
        tables = sa.inspect(conn).get_table_names()
        assert "record_entries" in tables
        assert conn.execute(sa.text("SELECT count(*) FROM record_entries")).scalar() == 0


@pytest.mark.postgres
def test_postgres_is_real_and_databases_do_not_share(postgres: Cluster, postgres_url: str) -> None:
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address) as conn:
        version = conn.execute("SHOW server_version_num").fetchone()
        assert version is not None and int(version[0]) >= 130000
        conn.execute("CREATE TABLE mine (a int)")
    other = postgres.create()
    with psycopg.connect(postgres.url(other).replace("+psycopg", "")) as conn:
        assert conn.execute("SELECT to_regclass('mine')").fetchone() == (None,)
    postgres.drop(other)


def test_free_ports_differ() -> None:
    assert len({free_port() for _ in range(50)}) == 50


def test_waiting_has_a_bound_and_says_for_what() -> None:
    with pytest.raises(AssertionError, match="for the moon"):
        wait_for(lambda: None, 0.05, "the moon")
    assert wait_for(lambda: 7) == 7


@pytest.mark.browser
def test_a_good_page_passes(page: Page, site: str, axe: Callable[..., list[str]]) -> None:
    page.goto(f"{site}/good.html")
    assert axe(page) == []


@pytest.mark.browser
def test_a_bad_page_is_complained_about(browser: Browser, site: str, axe: Callable[..., list[str]]) -> None:
    complaints = Complaints()
    with browser.new_context() as context:
        page = context.new_page()
        complaints.watch(page)
        page.goto(f"{site}/bad.html")
        found = " ".join(axe(page))
    assert "image-alt" in found and "html-has-lang" in found
    said = " ".join(complaints.list)
    assert "cdn.example.com" in said and "oh" in said and "script error" in said


# ------------------------------------------------------------------------------------------- the documents' runner
def _page(text: str, folder: Path) -> None:
    home = folder / "page"
    home.mkdir()
    runner = pages.Runner("page.md", home, clean_environment(home))
    for block in pages.blocks(text):
        runner.run(block)


RIGHT = [
    (
        "names are shared by a page's python blocks",
        "```python\na = 1\n```\ntext\n```python\nassert a == 1\n```\n",
    ),
    ("a doctest", "```python\n>>> 1 + 1\n2\n```\n"),
    ("what a command prints", "```console\n$ echo one two\none  two\n$ echo a; echo b\na\n...\n```\n"),
    (
        "variables and folders stay",
        "```console\n$ export A=7; mkdir x; cd x\n$ echo $A ${PWD##*/}\n7 x\n```\n",
    ),
    ("a long command", "```console\n$ echo one \\\n    two\none two\n```\n"),
    ("a command that must fail", "```console\n$ bash -c 'echo no; exit 3'  # exit 3\nno\n```\n"),
    ("ours is found", "```console\n$ aboveboard --version\naboveboard, version ...\n```\n"),
    ("other blocks are only read", '```sh\nfalse\n```\n```json\n{"a": 1}\n```\n  ```yaml\n  a: 1\n  ```\n'),
]
WRONG = [
    ("an exception", '```python\nraise ValueError("oh")\n```\n', "oh"),
    ("a doctest that lies", "```python\n>>> 1 + 1\n3\n```\n", "Expected"),
    ("other words", "```console\n$ echo one\ntwo\n```\n", "should print"),
    ("a failure that nobody expected", "```console\n$ false\n```\n", "ended with 1"),
    ("a success where failure is promised", "```console\n$ true  # exit 2\n```\n", "ended with 0"),
    ("no command at all", "```console\nhello\n```\n", "starts with"),
    ("no JSON", "```json\n{a: 1}\n```\n", "property name"),
]


@pytest.mark.parametrize(("what", "text"), RIGHT)
def test_a_page_that_is_right_passes(what: str, text: str, tmp_path: Path) -> None:
    _page(text, tmp_path)


@pytest.mark.parametrize(("what", "text", "said"), WRONG)
def test_a_page_that_is_wrong_fails(what: str, text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=said):
        _page(text, tmp_path)
