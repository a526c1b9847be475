"""Commands of the record: prove all of it, or one receipt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aboveboard.house import House


@click.group("record")
def record_group() -> None:
    """The record that nobody can quietly change."""


@record_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def verify_command(house: House, as_json: bool) -> None:
    """Prove the whole record: every entry, every hash, every signed head."""
    from rich.progress import Progress

    from aboveboard.record.verify import verify

    hidden = as_json or not sys.stderr.isatty()
    with Progress(transient=True, disable=hidden) as bar, house.store.read() as conn:
        task = bar.add_task("Reading the record", total=None)
        verdict = verify(conn, house.keys, lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        click.echo(
            json.dumps(
                {
                    "ok": verdict.ok,
                    "size": verdict.size,
                    "root": verdict.root.hex(),
                    "checkpoints": verdict.checkpoints,
                    "problems": verdict.problems,
                }
            )
        )
    elif verdict.ok:
        click.echo(f"The record holds: {verdict.size:,} entries under {verdict.checkpoints:,} signed heads.")
        click.echo(f"Root: {verdict.root.hex()}")
    else:
        for problem in verdict.problems:
            click.echo(problem, err=True)
    sys.exit(0 if verdict.ok else 1)


@record_group.command("key")
@click.pass_obj
def key_command(house: House) -> None:
    """Print the public key that receipts are checked with."""
    click.echo(house.keys.signer.verifier_key)


@click.group("receipt")
def receipt_group() -> None:
    """Receipts of single entries."""


@receipt_group.command("verify")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--key", help="The public key, or a file that holds it; without it this installation's own key is used."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def verify_receipt_command(house: House, file: Path, key: str | None, as_json: bool) -> None:
    """Prove one receipt offline, with the public key only."""
    from aboveboard.proof import ProofError
    from aboveboard.proof.receipt import verify

    try:
        receipt = verify(_read(file), _verifier(house, key))
    except ProofError as error:
        if as_json:
            click.echo(json.dumps({"ok": False, "problem": str(error)}))
        else:
            click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        found = {
            "ok": True,
            "id": receipt.id,
            "entry": receipt.entry,
            "opened": receipt.opened,
            "index": receipt.index,
            "size": receipt.size,
        }
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(
        f"The receipt holds. It is entry {receipt.index} of {receipt.size} in the record of {receipt.origin}."
    )
    click.echo(f"At {receipt.entry['at']}: {receipt.entry['kind']}")
    click.echo(
        json.dumps(
            {"facts": receipt.entry["facts"], "personal": receipt.opened}, ensure_ascii=False, indent=1
        )
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from None


def _verifier(house: House, key: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from aboveboard.proof import ProofError
    from aboveboard.proof.note import Verifier

    if key is None:
        return house.keys.verifier
    text = Path(key).read_text() if Path(key).is_file() else key
    try:
        return Verifier.parse(text.strip())
    except ProofError as error:
        raise click.ClickException(f"The public key cannot be used: {error}") from None
