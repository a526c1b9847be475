"""The tour: the whole story on a fresh database, with a real server, a real worker and real partners, in plain words.

One customer walks through everything: she is asked nothing and said nothing, says yes to personal prices, sees her price with
and without her visits, says no to everything, gets a receipt, sees every partner told (one of them is down at first), and
finds that the gate, her price and the record keep to it. Every stop is checked; one that does not hold makes the tour fail.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aboveboard import children
from aboveboard.house import House
from aboveboard.settings import Settings
from aboveboard.words import Text

if TYPE_CHECKING:
    import httpx

    from aboveboard.book.model import Book, Service

#: A customer with enough visits for the loyalty level, when no file of visits is given.
_INVENTED = (
    "customer,date\n"
    + "".join(f"TOUR-1,2026-{1 + n // 2:02d}-{5 + n:02d}\n" for n in range(12))
    + "TOUR-2,2026-03-02\n"
)


@dataclass
class Stop:
    """One stop of the tour: what was tried, whether it held, and what happened, in words."""

    name: str
    held: bool
    said: Text


@dataclass
class Tour:
    """Everything the tour found out, ready to be printed as one JSON object."""

    stops: list[Stop] = field(default_factory=list)
    receipt: dict[str, Any] | None = None
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    quotes: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    imported: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every stop held and none was missed."""
        return self.problem is None and bool(self.stops) and all(stop.held for stop in self.stops)

    def as_json(self) -> dict[str, Any]:
        """Return the tour as one JSON object."""
        return {
            "ok": self.ok,
            "problem": self.problem,
            "steps": [
                {"name": stop.name, "ok": stop.held, "said": {"en": stop.said.en, "zh": stop.said.zh}}
                for stop in self.stops
            ],
            "receipt": self.receipt,
            "deliveries": self.deliveries,
            "quotes": self.quotes,
            "record": self.record,
            "imported": self.imported,
        }


@dataclass
class Walk:
    """The house, its running parts and the customer, while the tour walks through."""

    house: House
    book: Book
    http: httpx.Client
    sim: httpx.Client
    token: str
    customer: str
    tour: Tour
    say: Callable[[Stop], None]

    def stop(self, name: str, held: bool, en: str, zh: str, **values: object) -> None:
        """Note a stop and tell it."""
        stop = Stop(name, held, Text(en, zh).filled(**values))
        self.tour.stops.append(stop)
        self.say(stop)

    def post(
        self, path: str, body: dict[str, Any], *, token: bool = False, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Post to the API and return the answer; an answer that is no success ends the tour with its sentence."""
        sent = {**(headers or {}), **({"Authorization": f"Bearer {self.token}"} if token else {})}
        answer = self.http.post(f"/api/v1/{path}", json=body, headers=sent)
        if not answer.is_success:
            raise children.ChildError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found

    @property
    def identity(self) -> dict[str, str]:
        """The customer, as request bodies name her."""
        return {"customer": self.customer}

    def quote(self) -> dict[str, Any]:
        """Ask for a price of the service that loyalty rewards, as this customer."""
        service, tier = _rewarded(self.book)
        return self.post(
            "quotes", {"service": service.id, "tier": tier, "identity": self.identity}, token=True
        )


@click.command("tour")
@click.option(
    "--visits", type=click.Path(dir_okay=False, path_type=Path), help="A CSV of real visits to walk on."
)
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
def tour_command(visits: Path | None, lang: str, as_json: bool) -> None:
    """Walk through the whole story on a fresh temporary database. Exit code 0 only if every stop held."""

    def say(stop: Stop) -> None:
        if not as_json:
            click.echo(f"{'✓' if stop.held else '✗'} {stop.said.say(lang)}")

    tour = run(visits, say)
    if as_json:
        click.echo(json.dumps(tour.as_json(), ensure_ascii=False))
    elif tour.problem is not None:
        click.echo(f"✗ {tour.problem}", err=True)
    sys.exit(0 if tour.ok else 1)


def run(visits: Path | None = None, say: Callable[[Stop], None] = lambda _: None) -> Tour:
    """Walk the tour on a fresh database, on the visits in the file `visits` if given; never raises for a stop that fails."""
    from aboveboard.people.imports import ImportFileError

    tour = Tour()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="aboveboard-tour-") as folder,
            _walk(Path(folder), visits, tour, say) as walk,
        ):
            for part in (
                _ask_price,
                _say_yes,
                _say_no,
                _gate_keeps,
                _partners_hear,
                _price_after,
                _signal,
                _nobody_known,
                _prove,
            ):
                part(walk)
    except (children.ChildError, ImportFileError) as error:
        tour.problem = str(error)
    return tour


# ---------------------------------------------------------------------------------------------------------- setting up


@contextmanager
def _walk(folder: Path, visits: Path | None, tour: Tour, say: Callable[[Stop], None]) -> Iterator[Walk]:
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


def _rewarded(book: Book) -> tuple[Service, str]:
    """Return the first service that rewards visits, and its usual tier."""
    rule = next(rule for rule in book.loyalty if rule.fact == "visits")
    service = next(service for service in book.services if not rule.services or service.id in rule.services)
    return service, service.default_tier or service.tiers[0].id


# ------------------------------------------------------------------------------------------------------------- the stops


def _ask_price(walk: Walk) -> None:
    quote = walk.quote()
    same = quote["total"] == quote["without_personal"] and not quote["facts_used"]
    walk.stop(
        "price_before",
        same,
        "She never said yes to personal prices, so she pays {total}, the same as everyone.",
        "她没有对“个人价格”说过可以，所以付 {total}，和大家一样。",
        total=_shown(quote, "total"),
    )


def _say_yes(walk: Walk) -> None:
    purpose = walk.book.pricing_purpose()
    purpose_id = purpose.id if purpose else ""
    body = {"identity": walk.identity, "decision": "allow", "purpose": purpose_id, "channel": "web"}
    waiting = walk.post("choices", body)
    unproven = walk.quote()
    walk.stop(
        "yes_unproven",
        not waiting["in_effect"] and unproven["total"] == unproven["without_personal"],
        "Somebody says yes in her name without proving it. It is written down and opens nothing.",
        "有人没有证明身份就用她的名义说“可以”。我们记下来，但什么也不开放。",
    )
    saved = walk.post("choices", body, token=True)
    quote = walk.quote()
    walk.tour.quotes = {
        "personal": quote,
        "without_personal": {
            "total": quote["without_personal"],
            "currency": quote["currency"],
            "steps": quote["without_personal_steps"],
        },
    }
    walk.stop(
        "yes",
        saved["in_effect"] and "visits" in quote["facts_used"] and quote["total"] < quote["without_personal"],
        "At the desk she says yes to personal prices. Her visits now count: {total} instead of {without}.",
        "她在前台说“可以”用个人价格。现在到访次数算数了：{total}，不用的话是 {without}。",
        total=_shown(quote, "total"),
        without=_shown(quote, "without_personal"),
    )
    walk.stop(
        "steps",
        sum(step["amount"] for step in quote["steps"]) == quote["total"]
        and sum(step["amount"] for step in quote["without_personal_steps"]) == quote["without_personal"],
        "The {count} steps of her price add up to the cent. {explanation}",
        "价格的 {count} 个步骤加起来一分不差。{explanation}",
        count=len(quote["steps"]),
        explanation=Text(**quote["explanation"]),
    )


def _say_no(walk: Walk) -> None:
    from aboveboard.proof import ProofError
    from aboveboard.proof.note import Verifier
    from aboveboard.proof.receipt import verify

    down = _told_by_webhook(walk)[0]
    walk.sim.post(f"/switch/{down}", json={"mode": "down"})
    saved = walk.post(
        "choices", {"identity": walk.identity, "decision": "deny", "purpose": "all", "channel": "web"}
    )
    walk.tour.receipt = saved["receipt"]
    key = Verifier.parse(walk.http.get("/record/key").text.strip())
    receipt = verify(saved["receipt"], key)
    walk.stop(
        "no",
        saved["in_effect"] and receipt.entry["facts"]["decisions"][0]["decision"] == "deny",
        "She says no to everything: one request, no login, no reason. The receipt {id} proves itself offline.",
        "她对所有用途说“不可以”：一次请求，不用登录，不问理由。回执 {id} 离线就能验证。",
        id=saved["id"][:8] + "…",
    )
    forged = json.loads(json.dumps(saved["receipt"]).replace('"deny"', '"allow"'))
    try:
        verify(forged, key)
        found = False
    except ProofError:
        found = True
    walk.stop(
        "forgery",
        found,
        "Someone turns the no in the receipt into a yes. The check finds it.",
        "有人把回执里的“不可以”改成“可以”。一查就发现。",
    )


def _gate_keeps(walk: Walk) -> None:
    answers = []
    for purpose in walk.book.purposes:
        for recipient in [None, *purpose.recipients]:
            body = {"identity": walk.identity, "purpose": purpose.id, "recipient": recipient}
            answers.append(walk.post("gate", body, token=True))
    walk.stop(
        "gate",
        not any(answer["allowed"] for answer in answers),
        "The gate is asked all {count} questions about her data and says no to every one: {why}",
        "就她的资料问了闸门 {count} 个问题，每个都回答“不可以”：{why}",
        count=len(answers),
        why=Text(**next(answer["explanation"] for answer in answers if answer["reason"] == "choice")),
    )


def _partners_hear(walk: Walk) -> None:
    assert walk.tour.receipt is not None  # noqa: S101 - _say_no went before; for the type checker
    entry = walk.tour.receipt["entry"]["id"]
    wanted = set(_told_by_webhook(walk))
    down = _told_by_webhook(walk)[0]

    def confirmed() -> set[str]:
        with walk.house.store.read() as conn:
            return {
                told.partner for told in walk.house.partners.told(conn, entry) if told.state == "confirmed"
            }

    children.until(lambda: confirmed() >= wanted - {down}, 30, what="The partners did not confirm")
    late = down not in confirmed()
    walk.sim.post(f"/switch/{down}", json={"mode": "ok"})
    children.until(lambda: confirmed() >= wanted, 60, what="The partner that was down did not confirm")
    with walk.house.store.read() as conn:
        walk.tour.deliveries = [_delivery(told) for told in walk.house.partners.told(conn, entry)]
    received = walk.sim.get("/received.json").json()
    walk.stop(
        "partners",
        late and _each_once(received, wanted),
        "{count} partners were told and confirmed, each exactly once. One was down at first and heard it when it came back.",
        "{count} 个合作方都收到通知并确认，各一次。其中一个起初连不上，恢复后也收到了。",
        count=len(wanted),
    )


def _price_after(walk: Walk) -> None:
    quote = walk.quote()
    walk.stop(
        "no_punishment",
        quote["total"] == quote["without_personal"] and not quote["facts_used"],
        "After her no she pays {total}: the price of everyone, not a cent more.",
        "说了“不可以”之后，她付 {total}：和大家一样，一分不多。",
        total=_shown(quote, "total"),
    )


def _signal(walk: Walk) -> None:
    purpose = next(purpose for purpose in walk.book.purposes if purpose.gpc)
    body = {"identity": {"email": f"{secrets.token_hex(6)}@example.org"}, "purpose": purpose.id}
    answer = walk.post("gate", body, token=True, headers={"Sec-GPC": "1"})
    walk.stop(
        "signal",
        not answer["allowed"]
        and answer["reason"] == "signal"
        and walk.http.get("/.well-known/gpc.json").json()["gpc"] is True,
        "A browser that sends Global Privacy Control is taken at its word.",
        "浏览器发出“全球隐私控制”信号，我们照办。",
    )


def _nobody_known(walk: Walk) -> None:
    answers = []
    for identity in ({"email": f"{secrets.token_hex(6)}@example.org"}, walk.identity):
        saved = walk.post("choices", {"identity": identity, "decision": "deny", "purpose": "all"})
        answers.append(
            (sorted(saved), saved["message"], sorted(saved["receipt"]["entry"]), saved["in_effect"])
        )
    walk.stop(
        "no_probing",
        answers[0] == answers[1],
        "A stranger's no gets the same answer as a customer's. Nobody can find out who is a customer.",
        "陌生人说“不可以”，得到的回答和客人一样。谁也试不出谁是客人。",
    )


def _prove(walk: Walk) -> None:
    from aboveboard.record.verify import verify

    with walk.house.store.read() as conn:
        verdict = verify(conn, walk.house.keys)
    walk.tour.record = {
        "ok": verdict.ok,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "problems": verdict.problems,
    }
    walk.stop(
        "record",
        verdict.ok,
        "The whole record was read and holds: {size} entries, every one in its place.",
        "整本记录从头读到尾，完好：{size} 条，每条都在原位。",
        size=verdict.size,
    )


def _told_by_webhook(walk: Walk) -> list[str]:
    """Return the partners that hear of a no to everything by themselves: they receive something, and have a feed."""
    receiving = {recipient for purpose in walk.book.purposes for recipient in purpose.recipients}
    return [
        partner.id
        for partner in walk.book.partners
        if partner.id in receiving and partner.feed.webhook and partner.contract
    ]


def _each_once(received: dict[str, Any], wanted: set[str]) -> bool:
    """Return whether each wanted partner has exactly one message, by its id."""
    return all(
        len({message["id"] for message in received["partners"][name]["messages"]}) == 1 for name in wanted
    )


def _delivery(told: Any) -> dict[str, Any]:
    return {
        "partner": told.partner,
        "state": told.state,
        "told_at": told.told_at and told.told_at.isoformat(),
        "confirmed_at": told.confirmed_at and told.confirmed_at.isoformat(),
        "attempts": told.attempts,
    }


def _shown(quote: dict[str, Any], key: str) -> Text:
    from aboveboard import money

    return money.show(quote[key], quote["currency"])
