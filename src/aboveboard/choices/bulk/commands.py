"""The command `gate-list`: a list at the gate, from a file or a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from aboveboard.choices.bulk import Form
    from aboveboard.house import House

_FORMS = ("csv", "ndjson", "parquet")


@click.command("gate-list")
@click.argument("purpose")
@click.argument("file", type=click.File("rb"))
@click.option("--column", required=True, help="The column that names the person.")
@click.option(
    "--kind",
    type=click.Choice(["email", "phone", "customer"]),
    help="What the column holds; guessed row by row without it.",
)
@click.option("--recipient", help="A partner's id; left out: the business itself.")
@click.option(
    "--also",
    multiple=True,
    metavar="PURPOSE[:PARTNER]",
    help="A further use that each row must be allowed; may be given again.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    help="What FILE is: CSV with a header, one JSON object a line, or Parquet. Left out: what its name says, else CSV.",
)
@click.option("--to", type=click.Choice(_FORMS), help="What to print; left out: the same as FILE.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the refused rows to this file, each with its reason.",
)
@click.option(
    "--at-least",
    type=click.IntRange(0),
    help="Index of an entry that the answer must know of; if the record is not so far, everything is refused.",
)
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of reasons."
)
@click.pass_obj
def gate_list_command(
    house: House,
    purpose: str,
    file: BinaryIO,
    column: str,
    kind: Any,
    recipient: str | None,
    also: tuple[str, ...],
    form: Form | None,
    to: Form | None,
    refused: Path | None,
    at_least: int | None,
    lang: Any,
) -> None:
    """Read a list of people from FILE (- is standard input) and print the rows whose data may be used for PURPOSE.

    Rows are printed as they came, when the last one has been judged: if a row is broken, nothing is printed at all.
    """
    from aboveboard.choices import bulk
    from aboveboard.choices.bulk.judging import questions
    from aboveboard.choices.commands import catch_up

    form = form or bulk.form_of_name(file.name)
    to = to or form
    with ExitStack() as stack:
        home = house.settings.home
        passed: BinaryIO = stack.enter_context(tempfile.TemporaryFile(dir=home))
        kept = [bulk.Kept(passed, to)]
        try:
            if refused is not None:
                beside = stack.enter_context(_replacing(refused))
                kept.append(bulk.Kept(beside, to, "refused", ("reason", "explanation")))
            with house.store.read() as conn:
                catch_up(house, conn)
                country = house.editions.country(conn)
            asked = bulk.Asked(
                questions(purpose, recipient, also),
                column,
                country,
                kind,
                -1 if at_least is None else at_least,
                lang,
            )
            source = bulk.source_of(form, _seekable(file, form, home, stack), column)
            with _progress(file) as tell:
                tally = bulk.work(house.store, house.people, house.gate, asked, source, kept, progress=tell)
        except bulk.ListError as error:
            raise click.ClickException(error.text.say("en")) from None
        passed.seek(0)
        shutil.copyfileobj(passed, sys.stdout.buffer)
    click.echo(f"{tally.allowed:,} of {tally.asked:,} may be used.", err=True)


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the place of `path` when all went well, and is gone otherwise."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with open(number, "wb") as out:  # noqa: PTH123 - a descriptor
            yield out
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _seekable(file: BinaryIO, form: Form, home: str, stack: ExitStack) -> BinaryIO:
    """Return the list as a file in which one can go back: a pipe with Parquet is put down first."""
    if form != "parquet" or file.seekable():
        return file
    whole = tempfile.TemporaryFile(dir=home)  # noqa: SIM115 - the stack closes it
    stack.enter_context(closing(whole))
    shutil.copyfileobj(file, whole)
    whole.seek(0)
    return whole


@contextmanager
def _progress(file: BinaryIO) -> Iterator[Any]:
    """Give what shows how much of a file was read; nothing for a pipe, whose length nobody knows."""
    from aboveboard.record.commands import progress_bar

    known = file.seekable()
    size = os.fstat(file.fileno()).st_size if known else 0
    with progress_bar("Asking the gate", hidden=size < (4 << 20)) as tell:
        yield lambda _: tell(min(file.tell(), size), size) if known else None
