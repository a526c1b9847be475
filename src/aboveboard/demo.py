"""The demo: the sample business with its invented customers, running on this machine, ready to be tried.

The first start makes a database, publishes the sample book, and takes in 2,000 customers and a year of visits through the same
import that a firm would use. Later starts find all that and are quick. Then the server, the worker and the played partners run
as processes of their own until Ctrl-C; if one of them dies, the demo says so, with its last words, and stops the others.

Everything it makes is in one folder. A folder that holds another business is left alone.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING

import click

from aboveboard import children
from aboveboard.settings import Settings
from aboveboard.words import Text

if TYPE_CHECKING:
    from aboveboard.house import House
    from aboveboard.sample.invented import Saying
    from aboveboard.store import Tx

#: Where the sample book expects its partners to listen, and where their mailbox takes mail.
SIM_PORT, MAIL_PORT = 8701, 8702
_STAFF_FILE = "demo-staff.txt"
#: Looking further than this for a free port means that something else is wrong.
_PORTS_TO_TRY = 100
_SECONDS_TO_START = 30.0

Say = Callable[..., None]


@click.command("demo")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), help="English or Chinese; as your system speaks, without it."
)
@click.option("--no-serve", is_flag=True, help="Fill the database, then stop.")
def demo_command(lang: str | None, no_serve: bool) -> None:
    """Run the sample business with 2,000 invented customers, until you press Ctrl-C."""
    spoken = lang or ("zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en")

    def say(text: Text, **values: object) -> None:
        click.echo(text.say(spoken, **values))

    try:
        with _interruptible():
            run(Settings.load(), say, serve=not no_serve)
    except KeyboardInterrupt:
        say(_STOPPED)
    except children.ChildError as error:
        say(_BROKEN, why=error)
        sys.exit(1)


def run(settings: Settings, say: Say, *, serve: bool = True) -> None:
    """Fill the house of these settings, then keep it running; raises `ChildError` when a part of it ends by itself."""
    if not serve:
        fill(settings, SIM_PORT, say)
        return
    ports: dict[str, int] = {}
    for name, wanted in (("sim", SIM_PORT), ("mail", MAIL_PORT), ("web", settings.port)):
        ports[name] = _port(wanted, ports.values(), say)
    settings = replace(
        settings,
        port=ports["web"],
        smtp_url=f"smtp://127.0.0.1:{ports['mail']}",
        sms_url=f"http://127.0.0.1:{ports['sim']}/sms",
    )
    name, password = fill(settings, ports["sim"], say)
    with _running(settings, ports) as parts:
        _explain(settings, ports["sim"], name, password, say)
        _watch(parts, Path(settings.home))


def _port(wanted: int, given: Collection[int], say: Say) -> int:
    """Return `wanted`, or the next port that nobody listens on and that was not given away already."""
    for port in range(wanted, wanted + _PORTS_TO_TRY):
        if port in given:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port != wanted:
                say(_OTHER_PORT, wanted=wanted, port=port)
            return port
    raise children.ChildError(f"no port between {wanted} and {wanted + _PORTS_TO_TRY - 1} is free")


# ----------------------------------------------------------------------------------------------------------- filling


def fill(settings: Settings, sim_port: int, say: Say) -> tuple[str, str]:
    """Make what is missing in the demo's house; return the name and password of its owner at the desk."""
    from aboveboard.house import House

    Path(settings.home).mkdir(parents=True, exist_ok=True, mode=0o700)
    house = House.open(settings).prepare()
    try:
        _publish(house, sim_port)
        _invite(house, say)
        return _staff(house)
    finally:
        house.close()


def _publish(house: House, sim_port: int) -> None:
    from aboveboard.sample import BOOK

    text = BOOK.read_text(encoding="utf-8").replace(f"127.0.0.1:{SIM_PORT}", f"127.0.0.1:{sim_port}")
    with house.store.write() as tx:
        current = house.editions.current(tx.conn)
        if current is None or current.book.business.id == "riverside":
            house.editions.publish(tx, text)
            return
    raise children.ChildError(
        f"the folder '{house.settings.home}' holds another business, {current.book.business.name.en}; "
        "name another folder with ABOVEBOARD_HOME=demo"
    )


def _invite(house: House, say: Say) -> None:
    """Take in the invented customers, their visits and what they said, unless that was done before."""
    from aboveboard.people.imports import import_customers, import_visits
    from aboveboard.sample import invented

    sayings = invented.sayings()
    with house.store.read() as conn:
        if house.record.get(conn, _entry_id(sayings[-1])) is not None:
            return
    say(_FILLING)
    people, came = invented.write(Path(house.settings.home))
    for importer, file, told in ((import_customers, people, _CUSTOMERS), (import_visits, came, _VISITS)):
        counts = importer(house, file).counts
        taken = counts["taken"] + counts["mended"] + counts["already"]
        say(told, file=file, taken=f"{taken:,}", mended=counts["mended"], aside=counts["set_aside"])
    with house.store.write() as tx:
        for saying in sayings:
            _save(house, tx, saying)


def _save(house: House, tx: Tx, saying: Saying) -> None:
    from aboveboard.choices.model import Decision
    from aboveboard.people.model import Identity
    from aboveboard.record.model import AlreadyRecorded

    who = Identity("customer", saying.number)
    with suppress(AlreadyRecorded):
        house.choices.save(
            tx,
            subject=house.people.locate(tx, who),
            identity=who,
            decisions=[Decision(saying.decision, saying.purpose, saying.recipient)],
            channel=saying.channel,
            proven=True,
            entry_id=_entry_id(saying),
        )


def _entry_id(saying: Saying) -> str:
    from aboveboard.record.service import entry_id_of

    return entry_id_of("demo", repr(saying))


def _staff(house: House) -> tuple[str, str]:
    """Return the owner's name and password from the file beside the database; make both if there is no such file."""
    from aboveboard.web.signin import StaffError

    file = Path(house.settings.home) / _STAFF_FILE
    if file.exists():
        name, _, password = file.read_text(encoding="utf-8").strip().partition(" ")
        return name, password
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    with house.store.write() as tx:
        try:
            name = house.staff.add(tx, "demo", "owner", password).name
        except StaffError:  # its file was lost, and a password cannot be read back
            name = house.staff.add(tx, f"demo-{secrets.token_hex(2)}", "owner", password).name
    file.touch(mode=0o600)
    file.write_text(f"{name} {password}\n", encoding="utf-8")
    return name, password


# ----------------------------------------------------------------------------------------------------------- running


@contextmanager
def _running(settings: Settings, ports: dict[str, int]) -> Iterator[dict[str, Popen[bytes]]]:
    """Run the played partners, the server and the worker while the block runs."""
    home = Path(settings.home)
    keys = home / "demo-partner-secrets"
    _hand_out_secrets(settings, keys)
    commands = {
        "partner-sim": (
            *("partner-sim", "--keys", str(keys), "--data", str(home / "partner-sim")),
            *("--port", str(ports["sim"]), "--smtp-port", str(ports["mail"])),
        ),
        "serve": ("serve",),
        "work": ("work",),
    }
    with ExitStack() as stack:
        parts = {
            name: stack.enter_context(children.started(*words, settings=settings, log=_log(home, name)))
            for name, words in commands.items()
        }
        for name, address in (
            ("partner-sim", f"http://127.0.0.1:{ports['sim']}"),
            ("serve", settings.address),
        ):
            children.until(
                partial(_answers, f"{address}/health"),
                _SECONDS_TO_START,
                what=f"`aboveboard {name}` did not start",
                child=parts[name],
                log=_log(home, name),
            )
        yield parts


def _hand_out_secrets(settings: Settings, keys: Path) -> None:
    from aboveboard.house import House
    from aboveboard.partners.commands import GATEWAY
    from aboveboard.proof.webhooks import secret_text
    from aboveboard.store import now

    keys.mkdir(exist_ok=True, mode=0o700)
    house = House.open(settings)
    with house.store.read() as conn:
        edition = house.editions.current(conn)
        told = [partner.id for partner in edition.book.partners if partner.feed.webhook] if edition else []
        shared = {partner: house.partners.secrets(conn, partner, now())[0] for partner in told}
    for name, secret in {**shared, GATEWAY: house.partners.gateway_secret()}.items():
        file = keys / f"{name}.secret"
        file.touch(mode=0o600)
        file.write_text(secret_text(secret) + "\n")
    house.close()


def _log(home: Path, name: str) -> Path:
    return home / f"{name}.log"


def _answers(address: str) -> bool:
    import httpx

    try:
        return httpx.get(address, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _watch(parts: dict[str, Popen[bytes]], home: Path) -> None:
    """Wait until a part ends by itself, and raise `ChildError` with its last words."""
    while all(part.poll() is None for part in parts.values()):
        time.sleep(0.3)
    name = next(name for name, part in parts.items() if part.poll() is not None)
    children.until(
        lambda: None, 0, what=f"`aboveboard {name}` stopped", child=parts[name], log=_log(home, name)
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM stop the demo as Ctrl-C does, so that no part of it stays behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# --------------------------------------------------------------------------------------------------- what it tells


def _explain(settings: Settings, sim_port: int, name: str, password: str, say: Say) -> None:
    from aboveboard.sample.invented import ANN, FANG

    say(
        _OPEN,
        site=settings.address,
        sim=f"http://127.0.0.1:{sim_port}",
        ann=ANN.email,
        fang=FANG.email,
        number=FANG.number,
        name=name,
        password=password,
        file=Path(settings.home) / _STAFF_FILE,
    )


_FILLING = Text(
    "Making the sample business, Riverside Physiotherapy, with 2,000 invented customers. This takes a few seconds, once.",
    "正在准备示例商家“河畔理疗”和 2,000 位虚构的客人。只有第一次要等几秒。",
)
_CUSTOMERS = Text(
    "  {taken} customers taken in from {file}; in {mended} rows a small thing was mended.",
    "  从 {file} 收下 {taken} 位客人，其中 {mended} 行改了点小毛病。",
)
_VISITS = Text(
    "  {taken} visits taken in from {file}; {aside} rows were set aside, refunds for example.",
    "  从 {file} 收下 {taken} 次到访；{aside} 行放在一边，比如退款。",
)
_OTHER_PORT = Text("Port {wanted} is taken, so {port} is used.", "端口 {wanted} 已被占用，改用 {port}。")
_STOPPED = Text("\nStopped. Start again with: make run", "\n已停止。再次启动：make run")
_BROKEN = Text("The demo stopped: {why}", "演示停了：{why}")
_OPEN = Text(
    """
The clinic is open:   {site}

Three things to try:

  1. Say no to everything. Open {site}/choices, type {fang}, press “Say no to everything”.
     Nobody asks you to log in. Keep the receipt, and see who was told.
  2. See a price with its reasons. Open {site}/price and choose a treatment. Then follow “show me
     my own price” as {ann}, who came 14 times and lets us use that. Her code
     arrives in the mailbox below.
  3. Check a receipt. Change one letter in the one you kept, and open {site}/check.

The partners, and what they were told:   {sim}/
The mailbox, where codes arrive:         {sim}/mailbox
The desk, for those who work there:      {site}/desk
   name {name}, password {password}   (also in {file})

Stop with Ctrl-C.
""",
    """
诊所开门了：  {site}

三件事，不妨试试：

  1. 全部说不。打开 {site}/choices，填 {fang}，按“全部说不”。
     不用登录。留好回执，再看看“通知了谁”。
  2. 看一个讲得清的价格。打开 {site}/price，选一项治疗。再点“看我自己的价格”，填 {ann}：
     她来过 14 次，也同意用到访次数算价格。验证码会到下面的邮箱里。
  3. 验一张回执。把留下的那张改掉一个字母，再打开 {site}/check。

合作方收到了什么：  {sim}/
验证码到这个邮箱：  {sim}/mailbox
店里人用的前台：    {site}/desk
   用户名 {name}，密码 {password}  （也写在 {file} 里）

按 Ctrl-C 停止。
""",
)


if __name__ == "__main__":
    demo_command()
