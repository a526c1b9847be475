"""Commands that keep an installation: `backup`, `restore`, `export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aboveboard.record.commands import progress_bar, signers_of

if TYPE_CHECKING:
    from aboveboard.house import House

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def backup_command(house: House, file: Path, as_json: bool) -> None:
    """Copy the whole database into FILE, and the people's keys into FILE.keys, while it is in use.

    The key ring is in neither. FILE may be kept for years; of FILE.keys keep only the newest, apart from FILE.
    """
    from aboveboard.record.backup import BackupError, backup

    try:
        with progress_bar("Copying", hidden=as_json) as tell:
            made = backup(house.store, house.keys, file, tell)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        shown = {
            "file": str(made.file),
            "keys": str(made.keys_file),
            "entries": made.entries,
            "people": made.people,
        }
        click.echo(json.dumps(shown))
        return
    click.echo(
        f"{made.file}: the database, with {made.entries:,} entries. It may be kept as long as you like."
    )
    click.echo(
        f"{made.keys_file}: people's keys ({made.people:,}). Keep the newest, apart from the first; delete older ones."
    )
    click.echo("The key ring is in neither of them.")


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option(
    "--keys", "keys_file", type=_FILE, help="The people's keys, if not FILE.keys; a newer one is better."
)
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Go on although people's keys are missing: what is sealed for them is lost.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def restore_command(
    house: House, file: Path, keys_file: Path | None, accept_loss: bool, as_json: bool
) -> None:
    """Put a backup into an empty installation, prove it, and erase again whoever was erased since."""
    from aboveboard.record.backup import BackupError
    from aboveboard.record.erasure import scrub
    from aboveboard.record.restore import restore

    try:
        with progress_bar("Putting back", hidden=as_json) as tell:
            done = restore(
                house.store,
                house.record,
                file,
                house.people.erase_again,
                keys_file=keys_file,
                accept_loss=accept_loss,
                progress=tell,
            )
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    scrub(house.store, ["record_subjects"])
    if as_json:
        shown = {
            "entries": done.entries,
            "newest": done.newest.isoformat() if done.newest else None,
            "erased_again": len(done.erased_again),
            "without_key": done.without_key,
        }
        click.echo(json.dumps(shown))
        return
    click.echo(f"Restored and proven: {done.entries:,} entries.")
    if done.newest is not None:
        click.echo(
            f"The newest is of {done.newest:%Y-%m-%d %H:%M:%S} UTC. Whatever was recorded after that is not here."
        )
    if done.erased_again:
        click.echo(f"Erased again, because they were erased after this backup: {len(done.erased_again)}")
    if done.without_key:
        click.echo(
            f"People whose key is lost: {done.without_key:,}. What was sealed for them cannot be read any more."
        )
    click.echo(
        "Compare it with the newest head that somebody else keeps: aboveboard record audit --against FILE"
    )


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--check",
    is_flag=True,
    help="Check an export instead of making one; needs nothing but the folder and a key.",
)
@click.option(
    "--key", help="With --check: the public key, or a file that holds it; without it this installation's own."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def export_command(house: House, folder: Path, check: bool, key: str | None, as_json: bool) -> None:
    """Write the record into FOLDER for an auditor: entries as JSON Lines, signed heads, hashes of all that."""
    from aboveboard.record import export

    try:
        if check:
            found = export.check(folder, signers_of(house, key))
        else:
            with progress_bar("Writing", hidden=as_json) as tell:
                found = export.write(house.store, house.record, folder, tell)
    except export.ExportError as error:
        if as_json:
            click.echo(json.dumps({"ok": False, "problem": str(error)}, ensure_ascii=False))
        else:
            click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        click.echo(
            json.dumps(
                {"ok": True, "origin": found.origin, "entries": found.entries, "root": found.root.hex()}
            )
        )
        return
    verb = "The export holds" if check else f"{folder} holds the record"
    click.echo(f"{verb}: {found.entries:,} entries of {found.origin}.")
    click.echo(f"Root: {found.root.hex()}")
