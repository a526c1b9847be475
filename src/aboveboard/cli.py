"""The command line: a door. It lists every command by plain imports and decides nothing.

A command's module is imported only when that command is called, so that `aboveboard --help` answers at once.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from aboveboard import __version__

if TYPE_CHECKING:
    from aboveboard.house import House

#: name → (module, attribute, one line for the list of commands)
COMMANDS = {
    "serve": ("aboveboard.doors", "serve_command", "Serve the customers' site, the desk and the API."),
    "work": ("aboveboard.doors", "work_command", "Tell partners, send messages, watch what is due."),
    "check": (
        "aboveboard.editions.commands",
        "check_command",
        "Check a book: what is wrong, where, and how to mend it.",
    ),
    "plan": (
        "aboveboard.editions.commands",
        "plan_command",
        "Show what applying a book would change, and for whom.",
    ),
    "apply": ("aboveboard.editions.commands", "apply_command", "Publish a book as the next edition."),
    "choose": ("aboveboard.choices.commands", "choose_command", "Save a yes or no that a customer told you."),
    "gate": (
        "aboveboard.choices.commands",
        "gate_command",
        "Ask whether a use of someone's data is allowed.",
    ),
    "gate-list": (
        "aboveboard.choices.bulk.commands",
        "gate_list_command",
        "Ask about a whole list, and keep who may be used.",
    ),
    "agreements": (
        "aboveboard.agreements.commands",
        "agreements_group",
        "What customers have agreed to for longer than one sale.",
    ),
    "points": (
        "aboveboard.agreements.points_commands",
        "points_group",
        "Points and credit that customers hold.",
    ),
    "quote": ("aboveboard.quotes.commands", "quote_command", "Make a price that explains itself."),
    "take": ("aboveboard.quotes.commands", "take_command", "Take a price that was given."),
    "replay": (
        "aboveboard.quotes.replay_commands",
        "replay_command",
        "Make prices that were given again, by the book of their day.",
    ),
    "simulate": (
        "aboveboard.quotes.simulation_commands",
        "simulate_command",
        "Try a draft of the book on the prices that were really asked for.",
    ),
    "offers": (
        "aboveboard.quotes.commands",
        "offers_group",
        "Offers in their order; codes that are good once.",
    ),
    "prices": (
        "aboveboard.quotes.price_page_commands",
        "prices_group",
        "Price pages of software services: judge, count, convert.",
    ),
    "law": (
        "aboveboard.quotes.law_commands",
        "law_group",
        "Rules of law: prove, list, count deadlines; prices that broke one.",
    ),
    "record": ("aboveboard.record.commands", "record_group", "Prove the whole record."),
    "receipt": ("aboveboard.record.commands", "receipt_group", "Prove one receipt, offline."),
    "import": (
        "aboveboard.watch.commands",
        "import_group",
        "Take in customers, visits, bills and prices of others from your own files.",
    ),
    "market": (
        "aboveboard.watch.commands",
        "market_group",
        "Where your prices stand among what others ask.",
    ),
    "costs": (
        "aboveboard.costs.commands",
        "costs_group",
        "What things cost, what moves it, and what was paid.",
    ),
    "people": (
        "aboveboard.choices.erase_commands",
        "people_group",
        "Where a person lives; erase one for good.",
    ),
    "partners": (
        "aboveboard.partners.commands",
        "partners_group",
        "Partners: their secrets and their state.",
    ),
    "backup": (
        "aboveboard.record.keeping_commands",
        "backup_command",
        "Copy the database while it is in use.",
    ),
    "restore": (
        "aboveboard.record.keeping_commands",
        "restore_command",
        "Put a backup into an empty installation.",
    ),
    "export": (
        "aboveboard.record.keeping_commands",
        "export_command",
        "Write the record into a folder for an auditor.",
    ),
    "partner-sim": (
        "aboveboard.partner_sim.commands",
        "partner_sim_command",
        "Play the partners, for trying and testing.",
    ),
    "staff": ("aboveboard.web.commands", "staff_group", "Accounts of the people who work at the desk."),
    "token": ("aboveboard.web.commands", "token_group", "Tokens for programs that use the API."),
    "tour": ("aboveboard.tour", "tour_command", "Walk through the whole story on a fresh database."),
    "demo": ("aboveboard.demo", "demo_command", "Run the sample business with invented customers."),
}


#: What may make a new installation on its way. Any other command, started in the wrong folder, would make one that has nothing
#: wrong and nothing in it, and whose gate knows of no choice; so it says that none is there. (`restore` needs the old key ring.)
BEGIN = ("serve", "apply", "import", "demo", "tour")


class _Commands(click.Group):
    """A group that knows its commands by name and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker; the table above is ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


class _LazyHouse:
    """Opens the house when a command first asks for one of its services; with `may_begin` a new one is prepared on the way."""

    def __init__(self, *, may_begin: bool) -> None:
        self._house: House | None = None
        self._may_begin = may_begin

    def __getattr__(self, name: str) -> object:
        if self._house is None:
            from aboveboard.house import House

            house = House.open()
            if not self._may_begin and not house.settings.keys_folder.exists():
                raise click.ClickException(
                    f"There is no installation in {house.settings.home}: it has no key ring. "
                    "Name the right folder in ABOVEBOARD_HOME, or begin one with `aboveboard apply`; "
                    "for a receipt, --key is enough."
                )
            self._house = house.prepare()
        return getattr(self._house, name)

    def close_if_open(self) -> None:
        if self._house is not None:
            self._house.close()


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="aboveboard")
@click.pass_context
def aboveboard(ctx: click.Context) -> None:
    """Choices that reach every partner, and prices that explain themselves.

    Where things lie is set by ABOVEBOARD_* variables; without any, everything is in the folder `var`.
    """
    house = _LazyHouse(may_begin=ctx.invoked_subcommand in BEGIN)
    ctx.obj = house
    ctx.call_on_close(house.close_if_open)


def main() -> None:
    """Run the command line; faults of the installation end in a sentence, not a traceback."""
    from aboveboard.settings import SettingsError

    try:
        aboveboard(prog_name="aboveboard")
    except SettingsError as error:
        sys.exit(f"Error: {error}")
    except Exception as error:
        # By name: importing them here would cost 0.2 s.
        if isinstance(error, OSError) or type(error).__name__ in ("KeyRingError", "StorageError"):
            sys.exit(f"Error: {error}")
        raise
