"""`aboveboard partner-sim`: play the partners, so that the whole story can be tried on one machine."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)
_PORT = click.IntRange(0, 65535)


@click.command("partner-sim")
@click.option(
    "--port",
    default=8701,
    show_default=True,
    type=_PORT,
    help="Port of pages and inboxes; 0 takes a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--smtp-port",
    default=8702,
    show_default=True,
    type=_PORT,
    help="Port where mail arrives; 0 takes a free one.",
)
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="ID=whsec_…",
    help="A partner to play; give it once for each.",
)
@click.option(
    "--keys", type=_FOLDER, help="Folder of ID.secret files, as `aboveboard partners secrets` writes it."
)
@click.option(
    "--data", type=_FOLDER, help="Folder that keeps what was received; without it, it ends with the program."
)
def partner_sim_command(
    port: int, host: str, smtp_port: int, secrets: tuple[str, ...], keys: Path | None, data: Path | None
) -> None:
    """Play the partners: show what each received, and let each be slow, down or wrong."""
    import signal
    import threading

    from aboveboard.partner_sim.sim import PartnerSim

    given = dict(_pair(text) for text in secrets)
    try:
        sim = PartnerSim(given, keys=keys, data=data, host=host, port=port, smtp_port=smtp_port)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"The partners cannot be played: {error}") from None
    click.echo(f"Partners: {sim.url}/   Mailbox: {sim.url}/mailbox")
    if sim.smtp_port is None:
        click.echo(
            "The mailbox takes text messages only: mail needs the extra, pip install 'aboveboard[demo]'."
        )
    else:
        click.echo(f"Mail arrives at smtp://{sim.host}:{sim.smtp_port}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with sim:
        stop.wait()


def _pair(text: str) -> tuple[str, str]:
    name, sign, secret = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"'{text[:12]}…' is not ID=whsec_…", param_hint="--secret")
    return name, secret
