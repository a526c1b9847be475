"""Setting the scene: a fresh house with the sample book and visits in it, and its server, worker and partners running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aboveboard import children
from aboveboard.house import House
from aboveboard.settings import Settings
from aboveboard.tour.model import Stop, Tour, Walk

if TYPE_CHECKING:
    import httpx

    from aboveboard.book.model import Book

#: A customer with enough visits for the loyalty level, when no file of visits is given.
_INVENTED = (
    "customer,date\n"
    + "".join(f"TOUR-1,2026-{1 + n // 2:02d}-{5 + n:02d}\n" for n in range(12))
    + "TOUR-2,2026-03-02\n"
)


@contextmanager
def begun(folder: Path, visits: Path | None, tour: Tour, say: Callable[[Stop], None]) -> Iterator[Walk]:
    """Give a walk that may begin, in a folder of its own; what runs for it ends with it."""
    import httpx

    with ExitStack() as stack:
        port, sim_port = children.free_port(), children.free_port()
        settings = Settings(home=str(folder), port=port, database_url=f"sqlite:///{folder / 'aboveboard.db'}")
        house = House.open(settings).prepare()
        stack.callback(house.close)
        book = _publish(house, sim_port)
        http = stack.enter_context(httpx.Client(base_url=settings.address, timeout=30, trust_env=False))
        sim = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{sim_port}", timeout=30, trust_env=False)
        )
        walk = Walk(house, book, http, sim, _token(house), "", tour, say)
        walk.stop(
            "book",
            True,
            "The sample business published its book: {purposes} uses of data, {partners} partners, {services} services.",
            "示例商家公布了账本：{purposes} 种资料用途，{partners} 个合作方，{services} 项服务。",
            purposes=len(book.purposes),
            partners=len(book.partners),
            services=len(book.services),
        )
        _import(walk, folder, visits)
        _start(stack, walk, folder, settings, sim_port)
        yield walk


def _publish(house: House, sim_port: int) -> Book:
    from aboveboard.sample import BOOK

    text = BOOK.read_text(encoding="utf-8").replace("127.0.0.1:8701", f"127.0.0.1:{sim_port}")
    with house.store.write() as tx:
        return house.editions.publish(tx, text).book


def _token(house: House) -> str:
    from aboveboard.web import tokens

    with house.store.write() as tx:
        return tokens.new(tx, "tour", ["gate", "quotes", "choices"])


def _import(walk: Walk, folder: Path, visits: Path | None) -> None:
    from aboveboard.people.imports import import_visits

    if visits is None:
        visits = folder / "visits.csv"
        visits.write_text(_INVENTED)
    report = import_visits(walk.house, visits)
    counts = report.counts
    walk.tour.imported = counts
    walk.customer = _most_loyal(walk)
    rows, taken, aside = counts["rows"], counts["taken"] + counts["mended"], counts["set_aside"]
    walk.stop(
        "import",
        rows > 0 and rows == sum(counts[key] for key in ("taken", "mended", "already", "set_aside")),
        "We took in {taken} of {rows} visits; {aside} were set aside, each with its reason.",
        "{rows} 条到访记录里收下了 {taken} 条；{aside} 条放在一边，每条都写了原因。",
        rows=f"{rows:,}",
        taken=f"{taken:,}",
        aside=f"{aside:,}",
    )


def _most_loyal(walk: Walk) -> str:
    """Return the customer number of whoever came most often; raises `ChildError` if the file names nobody."""
    with walk.house.store.read() as conn:
        found = walk.house.people.most_frequent(conn)
        known = walk.house.people.reachable(conn, found, "customer") if found is not None else None
    if known is None:
        raise children.ChildError("The file of visits names no customer number that the tour could follow.")
    return known.value


def _start(stack: ExitStack, walk: Walk, folder: Path, settings: Settings, sim_port: int) -> None:
    secrets_ = [
        f"--secret={partner.id}={_secret(walk, partner.id)}"
        for partner in walk.book.partners
        if partner.feed.webhook
    ]
    parts = {
        "partner-sim": (
            "partner-sim",
            "--port",
            str(sim_port),
            "--smtp-port",
            "0",
            "--data",
            str(folder / "sim"),
            *secrets_,
        ),
        "serve": ("serve",),
        "work": ("work",),
    }
    running = {
        name: stack.enter_context(children.started(*words, settings=settings, log=folder / f"{name}.log"))
        for name, words in parts.items()
    }
    for name, client, path in (("serve", walk.http, "/health"), ("partner-sim", walk.sim, "/received.json")):
        children.until(
            _answers(client, path),
            30,
            what=f"`aboveboard {name}` did not start",
            child=running[name],
            log=folder / f"{name}.log",
        )
    walk.stop(
        "start",
        True,
        "Server, worker and partners are running on this machine.",
        "服务器、后台程序和模拟的合作方都在本机运行。",
    )


def _secret(walk: Walk, partner: str) -> str:
    from aboveboard.proof.webhooks import secret_text
    from aboveboard.store import now

    with walk.house.store.read() as conn:
        return secret_text(walk.house.partners.secrets(conn, partner, now())[0])


def _answers(client: httpx.Client, path: str) -> Callable[[], bool]:
    import httpx

    def ask() -> bool:
        try:
            return client.get(path).is_success
        except httpx.TransportError:
            return False

    return ask
