"""Commands of the record: prove all of it, or one receipt; hold it against heads that others kept; rotate its keys."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

    from aboveboard.house import House
    from aboveboard.proof.signers import Signers
    from aboveboard.record.verify import Verdict


@click.group("record")
def record_group() -> None:
    """The record that nobody can quietly change."""


@record_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def verify_command(house: House, as_json: bool) -> None:
    """Prove the whole record: every entry, every hash, every signed head."""
    from aboveboard.record.verify import verify

    with checking(house, as_json=as_json) as (tell, conn):
        verdict = verify(conn, house.keys, tell, authority=house.authority())
    if as_json:
        click.echo(json.dumps(_as_json(verdict)))
    elif verdict.ok:
        _say_holds(house, verdict)
    else:
        for problem in verdict.problems:
            click.echo(problem, err=True)
    sys.exit(0 if verdict.ok else 1)


@record_group.command("audit")
@click.option(
    "--against",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A receipt, or a file of signed heads, that somebody kept; may be given many times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def audit_command(house: House, against: tuple[Path, ...], as_json: bool) -> None:
    """Name what was edited, inserted, deleted or moved; find an older copy or a second history by heads that others kept.

    Exit code 0: nothing was found.
    """
    from aboveboard.record.audit import audit

    files = [(file.name, _read(file)) for file in against]
    with checking(house, as_json=as_json) as (tell, conn):
        found = audit(conn, house.keys, files, tell, house.authority())
    if as_json:
        shown = _as_json(found.verdict) | {
            "ok": found.ok,
            "compared": found.compared,
            "findings": [asdict(finding) for finding in found.findings],
        }
        click.echo(json.dumps(shown, ensure_ascii=False))
    elif found.ok:
        _say_holds(house, found.verdict)
        if against:
            click.echo(f"It goes on from each of the {found.compared:,} heads that were kept elsewhere.")
    else:
        for line in [*(finding.text for finding in found.findings), *found.verdict.problems]:
            click.echo(line, err=True)
    sys.exit(0 if found.ok else 1)


@record_group.command("publish")
@click.pass_obj
def publish_command(house: House) -> None:
    """Send the newest signed head to all witnesses now. Exit code 1: one of them did not get it, or refuses it."""
    outcomes = house.witnesses.publish(house.store, house.ways())
    if not outcomes:
        raise click.ClickException(
            "There are no witnesses. Name them in the book (`witnesses`), or in ABOVEBOARD_WITNESSES."
        )
    for outcome in outcomes:
        click.echo(outcome.text, err=not outcome.ok)
    sys.exit(0 if all(outcome.ok for outcome in outcomes) else 1)


@record_group.command("stamp")
@click.pass_obj
def stamp_command(house: House) -> None:
    """Have the newest signed head stamped by the authority in ABOVEBOARD_TIMESTAMP_URL."""
    from aboveboard.record.stamping import StampError, stamp

    authority = house.authority()
    if authority is None or not authority.url:
        raise click.ClickException(
            "There is no time stamping authority. Name its address in ABOVEBOARD_TIMESTAMP_URL."
        )
    try:
        said = stamp(house.store, house.record, authority)
    except StampError as error:
        raise click.ClickException(str(error)) from None
    click.echo(said or "The newest head is stamped already, or there is none yet.")


@record_group.command("rotate-keys")
@click.pass_obj
def rotate_command(house: House) -> None:
    """Put a new wrapping key in place and encrypt every person's key under it; may be cut off and run again."""
    from aboveboard.record.model import RecordError
    from aboveboard.record.rotation import rotate

    try:
        with progress_bar("Wrapping keys anew") as tell:
            done = rotate(house.store, house.keys, tell)
    except RecordError as error:
        raise click.ClickException(str(error)) from None
    if done.taken_up:
        click.echo("Took up the rotation that was begun.")
    click.echo(
        f"People's keys wrapped under the new wrapping key: {done.people:,}. The old one is gone from the ring."
    )
    if done.in_environment:
        click.echo("Now take the old keys out of ABOVEBOARD_WRAP_KEY, and start every process anew.")
    click.echo(
        "Make a backup now, and a safe copy of the key ring: those of before do not open each other any more."
    )


@record_group.command("rotate-signer")
@click.option(
    "--overlap",
    type=click.IntRange(0, 366),
    default=30,
    show_default=True,
    help="Days that the old key signs beside the new one; 0 if it was stolen.",
)
@click.pass_obj
def rotate_signer_command(house: House, overlap: int) -> None:
    """Let a new key sign the record from now on; the old one vouches for it, and everything it signed still holds."""
    from datetime import timedelta

    from aboveboard.record.model import RecordError
    from aboveboard.record.resigning import rotate_signer

    try:
        done = rotate_signer(house.store, house.record, timedelta(days=overlap))
    except RecordError as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        f"From entry {done.change.size} on a new key signs. The change is entry {done.change.size - 1}."
    )
    click.echo(done.change.new.verifier_key)
    click.echo(
        "Receipts and heads by the old key still hold; /record/key shows how one key followed the other."
    )
    click.echo("Make a safe copy of the key ring now: an older copy can sign no more.")


@record_group.command("key")
@click.pass_obj
def key_command(house: House) -> None:
    """Print the public key that receipts are checked with, and how it followed those before it."""
    click.echo(signers_of(house, None).text(), nl=False)


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
        receipt = verify(_read(file), signers_of(house, key))
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


@contextmanager
def progress_bar(what: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how much is done, of how much; on a screen only, and on standard error."""
    if hidden or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def checking(house: House, *, as_json: bool) -> Iterator[tuple[Callable[[int, int], None], Connection]]:
    """Give a progress bar and a connection to check the record with; what cannot be checked ends in a sentence."""
    from aboveboard.record.stamping import StampError

    try:
        with progress_bar("Reading the record", hidden=as_json) as tell, house.store.read() as conn:
            yield tell, conn
    except StampError as error:
        raise click.ClickException(f"The time stamps cannot be checked: {error}") from None


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "ok": verdict.ok,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "checkpoints": verdict.checkpoints,
        "stamps": verdict.stamps,
        "problems": verdict.problems,
    }


def _say_holds(house: House, verdict: Verdict) -> None:
    click.echo(f"The record holds: {verdict.size:,} entries under {verdict.checkpoints:,} signed heads.")
    if verdict.stamps and house.authority() is not None:
        click.echo(f"Time stamps of heads that hold: {verdict.stamps:,}")
    elif verdict.stamps:
        click.echo(f"Time stamps, not checked for want of ABOVEBOARD_TIMESTAMP_ROOTS: {verdict.stamps:,}")
    click.echo(f"Root: {verdict.root.hex()}")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from None


def signers_of(house: House, key: str | None) -> Signers:
    """Return the public keys that an option gives, as text or in a file; without it this installation's own."""
    from aboveboard.proof import ProofError
    from aboveboard.proof.signers import Signers

    if key is None:
        with house.store.read() as conn:
            return house.record.signers(conn)
    text = Path(key).read_text() if Path(key).is_file() else key
    try:
        return Signers.parse(text)
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
    old, signers = _read(file), signers_of(house, key)
    try:
        signers = signers if url is None else refresh.fetch_signers(url, signers)
        before = verify(old, signers)
        new = _ask(house, before.id) if url is None else refresh.fetch(url, before.id)
        whole = refresh.refreshed(old, new, signers)
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
