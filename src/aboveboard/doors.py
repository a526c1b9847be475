"""The commands that open a door and keep it open: `serve` and `work`."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aboveboard.house import House


@click.command("serve")
@click.option("--host", help="Address to listen on; ABOVEBOARD_HOST without it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; ABOVEBOARD_PORT without it.")
@click.pass_obj
def serve_command(house: House, host: str | None, port: int | None) -> None:
    """Serve the customers' site, the desk and the API, until you press Ctrl-C."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    settings = house.settings
    Server(
        "aboveboard.app:application",
        factory=True,
        address=host or settings.host,
        port=port or settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        log_level=LogLevels.warning,
        log_access=False,
        websockets=False,
    ).serve()


@click.command("work")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.pass_obj
def work_command(house: House, once: bool) -> None:
    """Tell partners, send messages and watch what is due, until you press Ctrl-C."""
    from aboveboard.worker import run

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(house, once=once, stop=stop)
