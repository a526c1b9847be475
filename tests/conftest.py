"""Fixtures that all tests share.

A test that writes gets a database of its own: a copy of one that was migrated once. Tests named after a dialect run on both.
Only one thing may be left out: tests marked `shared` read `../shared/data`, which not every checkout has beside it. The summary
says so in words, and any other skip makes the run fail.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import waiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from aboveboard.store import Store
    from tests.support.postgres import Cluster
    from tests.support.server import Server

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
_LEFT_OUT = "reads ../shared/data, which is not beside this checkout"
_skips: dict[str, list[str]] = {"allowed": [], "forbidden": []}


# ------------------------------------------------------------------------------------------ what may be left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests of real data that is not here; keep browser tests of one file on one worker."""
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason=_LEFT_OUT))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember each skip and whether it was the one that is allowed."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skips["allowed" if _LEFT_OUT in reason else "forbidden"].append(f"{report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which something was skipped that must not be."""
    if _skips["forbidden"] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and that nothing else may be."""
    for kind, title in (
        ("allowed", f"LEFT OUT: each {_LEFT_OUT}"),
        ("forbidden", "SKIPPED, AND MUST NOT BE"),
    ):
        if _skips[kind]:
            terminalreporter.section(f"{title} ({len(_skips[kind])})", red=True, bold=True)
            for line in _skips[kind]:
                terminalreporter.line(line)


# --------------------------------------------------------------------------------------------------- small helpers
@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
def free_port() -> int:
    """A loopback port that nobody listens on."""
    return waiting.free_port()


@pytest.fixture
def wait_for() -> Callable[..., Any]:
    """Return `wait_for(ready, seconds, what)`: ask until true, fail after a bound."""
    return waiting.wait_for


# ---------------------------------------------------------------------------------------------------- real data
@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder `../shared/data`; a test that asks for it must be marked `shared`."""
    assert SHARED.is_dir(), "mark this test with @pytest.mark.shared"
    return SHARED


@pytest.fixture(scope="session")
def cdnow() -> Path:
    """CDNOW's 69,659 purchases (customer, yyyymmdd, number of CDs, dollars), from the package that carries them, not imported."""
    spec = importlib.util.find_spec("lifetimes")
    assert spec is not None and spec.submodule_search_locations, (
        "run `make setup`: requirements/data.txt is missing"
    )
    return Path(spec.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"


# ---------------------------------------------------------------------------------------------------- databases
@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL of this worker's own."""
    from tests.support.postgres import Cluster

    cluster = Cluster()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    """The name of a migrated database that the others are copied from."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


@pytest.fixture
def empty_postgres_url(postgres: Cluster) -> Iterator[str]:
    """The address of a fresh PostgreSQL database without any table."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def postgres_url(postgres: Cluster, migrated_postgres: str) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    name = postgres.create(migrated_postgres)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that the others are copied from."""
    file = tmp_path_factory.mktemp("migrated") / "aboveboard.db"
    _migrate(f"sqlite:///{file}")
    assert not file.with_name(file.name + "-wal").exists(), (
        "the template would be copied without its last pages"
    )
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite database."""
    file = tmp_path / "aboveboard.db"
    shutil.copyfile(migrated_sqlite, file)
    return f"sqlite:///{file}"


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A migrated store on SQLite."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """A migrated store on PostgreSQL."""
    yield from _opened(postgres_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database; the test runs once on each dialect."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated store; the test runs once on each dialect."""
    yield from _opened(store_url)


def _opened(url: str) -> Iterator[Store]:
    from aboveboard.store import Store

    store = Store(url)
    yield store
    store.close()


def _migrate(url: str) -> None:
    for store in _opened(url):
        store.migrate()


# --------------------------------------------------------------------------------------------- server and browser
@pytest.fixture(scope="module")
def house_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a house in it: the sample book applied. One per test file."""
    from tests.support.server import SAMPLE, run

    home = tmp_path_factory.mktemp("house")
    run("apply", str(SAMPLE), home=home)
    return home


@pytest.fixture(scope="module")
def server(house_home: Path) -> Iterator[Server]:
    """A running server of the sample business. One per test file."""
    from tests.support.server import Server

    with Server(house_home) as running:
        yield running


# One per file and not per session: while Playwright runs, its event loop keeps others out of this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Use it in files without async tests."""
    from tests.support.browsing import launched

    with launched() as running:
        yield running


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return `new_page(**options)`: a page in a fresh profile, with Playwright's options (`locale`, `viewport`, …)."""
    from tests.support.browsing import Complaints

    complaints = Complaints()
    contexts = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**({"locale": "en-GB"} | options))
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        complaints.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints.list, "\n".join(complaints.list)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page in English on a wide screen."""
    return new_page(viewport={"width": 1280, "height": 900})


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """A page on a phone of 360 by 740 with touch."""
    return new_page(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2
    )


@pytest.fixture
def axe() -> Callable[..., list[str]]:
    """Give what axe-core finds wrong with a page, a line each: `assert axe(page) == []`."""
    from tests.support.browsing import axe

    return axe


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    """Forget who asked how often in this process: tests come from one address, and each begins with its own share."""
    from aboveboard.web.limits import Window

    for name, module in list(sys.modules.items()):
        if name.startswith("aboveboard.") and module is not None:
            for value in list(vars(module).values()):
                if isinstance(value, Window):
                    value._seen.clear()
