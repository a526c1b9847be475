"""Commands of the record: prove all of it, or one receipt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


@receipt_group.command("refresh")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--url", help="The address of the business; without it this installation is asked.")
@click.option(
    "--key",
    help="The public key, or a file that holds it; needed with --url, else this installation's own key is used.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the new receipt goes; without it FILE itself is replaced.",
)
@click.pass_obj
def refresh_receipt_command(
    house: House, file: Path, url: str | None, key: str | None, out: Path | None
) -> None:
    """Get the same entry proven against the newest head; nothing is written unless all of it holds."""
    from aboveboard.proof import ProofError
    from aboveboard.proof.receipt import verify
    from aboveboard.record import refresh
    from aboveboard.record.model import RecordError

    if url is not None and key is None:
        raise click.UsageError("--url needs --key: a key that came with the answer would prove nothing.")
    old, verifier = _read(file), _verifier(house, key)
    try:
        before = verify(old, verifier)
        new = _ask(house, before.id) if url is None else refresh.fetch(url, before.id)
        whole = refresh.refreshed(old, new, verifier)
        refresh.replace(out or file, whole)
    except (ProofError, RecordError) as error:
        raise click.ClickException(f"{file} was left as it is. {error}") from None
    size = whole["proof"]["size"]
    click.echo(
        f"The receipt holds against the newest head: entry {before.index} of {size} (before: of {before.size})."
    )


def _ask(house: House, receipt_id: str) -> dict[str, Any]:
    entry_id = house.record.entry_of(receipt_id)
    with house.store.read() as conn:
        if entry_id is None or house.record.get(conn, entry_id) is None:
            raise click.ClickException(
                f"This installation has no receipt {receipt_id}; ask the business that issued it with --url."
            )
        return house.record.receipt(conn, entry_id)
