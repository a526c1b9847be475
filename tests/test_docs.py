"""The documents against the code: examples run, and nothing a user can type, set or declare goes undocumented or invented."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
import msgspec.inspect
import pytest

from tests.support import pages

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
)
NEEDED = (
    "docs/concepts.md", "docs/glossary.md", "docs/book.md", "docs/record.md", "docs/gate.md", "docs/price.md",
    "docs/api.md", "docs/operating.md",
)  # fmt: skip


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NEEDED)
def test_the_page_is_there(name: str) -> None:
    assert (ROOT / name).is_file(), f"{name} is missing"


# ------------------------------------------------------------------------------------------------- examples run
@pytest.mark.parametrize("page", [p for p in PAGES if any(pages.blocks(_text(p)))], ids=_name)
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support import server

    folder = tmp_path / "page"
    folder.mkdir()
    env = server.clean_environment(folder / "var") | {"HOME": str(folder)}
    asked, address, running = pages.wants(_text(page)), pages.ADDRESS, None
    if asked:
        server.run("apply", str(server.SAMPLE), home=folder / "var", env=env)
    if "server" in asked:
        running = server.Server(folder / "var")
        address = running.url
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("ABOVEBOARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ABOVEBOARD_HOME", env["ABOVEBOARD_HOME"])
    try:
        runner = pages.Runner(_name(page), folder, env, address)
        for block in pages.blocks(_text(page)):
            runner.run(block)
    finally:
        if running is not None:
            running.stop()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", pages.prose(_text(page))):
        link = target[0] or target[1]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, place = link.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (
            place and place not in {pages.anchor(heading) for heading in pages.headings(_text(file))}
        ):
            dead.append(link)
    assert not dead, f"{_name(page)}: these links lead nowhere: {dead}"


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        (_name(page), target)
        for page in PAGES
        for target in re.findall(r"(?:^|`)(?:\$ )?make ([a-z]+)(?=[`\s])", _text(page), re.MULTILINE)
    }
    assert {pair for pair in asked if pair[1] not in targets} == set()


# ------------------------------------------------------------------------------------------------- command line
def _commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command that does something, with its whole name: ("receipt verify", …)."""
    from aboveboard.cli import aboveboard

    def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            yield name, command
            return
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            if not found.hidden:
                yield from walk(found, f"{name} {child}".strip())

    yield from walk(aboveboard, "")


def test_each_command_is_documented() -> None:
    everything = "\n".join(_text(page) for page in PAGES)
    missing = [name for name, _ in _commands() if not re.search(rf"\baboveboard {name}\b", everything)]
    assert not missing, f"no page shows how to use: {missing}"


def test_each_command_and_its_options_explain_themselves() -> None:
    silent = [name for name, command in _commands() if not command.get_short_help_str()]
    silent += [
        f"{name} {option.opts[0]}"
        for name, command in _commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert not silent, f"no help for: {silent}"


def test_documented_commands_and_options_exist() -> None:
    known = dict(_commands())
    groups = {name.rsplit(" ", 1)[0] for name in known if " " in name}
    invented = []
    for page in PAGES:
        for words in _typed(_text(page)):
            name = max((n for n in known if f"{words} ".startswith(f"{n} ")), key=len, default=None)
            if name is None:
                if words.split(" ")[0] not in {*groups, "--help", "--version", "COMMAND", "…"}:
                    invented.append(f"{_name(page)}: aboveboard {words}")
                continue
            options = {o for param in known[name].params for o in (*param.opts, *param.secondary_opts)} | {
                "--help"
            }
            typed = set(re.findall(r"(?<=\s)--[a-z][a-z-]*", words.removeprefix(name)))
            invented += [f"{_name(page)}: aboveboard {name} {option}" for option in typed - options]
    assert not invented, f"the pages show what does not exist: {invented}"


def _typed(page: str) -> Iterator[str]:
    """Yield what a page tells its reader to type after `aboveboard`, in blocks and in the text."""
    for block in pages.blocks(page):
        if block.kind in ("console", "sh", "bash"):
            text = block.text.replace("\\\n", " ")
            yield from re.findall(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*aboveboard ([^|;&#\n]+)", text, re.MULTILINE)
    yield from re.findall(r"`(?:\$ )?aboveboard ([^`]+)`", pages.prose(page))


# ---------------------------------------------------------------------------------------------------- settings
def test_settings_and_their_page_agree() -> None:
    from aboveboard.settings import Settings, variable

    real = {variable(field.name) for field in fields(Settings)}
    page = ROOT / "docs/operating.md"
    told = {key for section in pages.headings(_text(page)).values() for key in pages.table_keys(section)}
    told = {key for key in told if key.startswith("ABOVEBOARD_")}
    assert real - told == set(), "docs/operating.md has no table row for these settings"
    mentioned = {name for page in PAGES for name in re.findall(r"\bABOVEBOARD_[A-Z_]*[A-Z]\b", _text(page))}
    assert mentioned - real == set(), "the pages name settings that do not exist"


# ---------------------------------------------------------------------------------------------------- the book
def _chapters() -> dict[str, set[str]]:
    """Return each place in the book that has keys of its own, as a path, with its keys; texts (`en`, `zh`) are values."""
    from aboveboard.book.model import Book

    found: dict[str, set[str]] = {}

    def walk(kind: msgspec.inspect.Type, path: str) -> None:
        match kind:
            case msgspec.inspect.StructType(cls=struct) if struct.__name__ != "Text":
                found[path or "business.yaml"] = {field.encode_name for field in kind.fields}
                for field in kind.fields:
                    walk(field.type, f"{path}.{field.encode_name}".lstrip("."))
            case msgspec.inspect.Metadata(type=inner):
                walk(inner, path)
            case msgspec.inspect.ListType(item_type=inner) | msgspec.inspect.VarTupleType(item_type=inner):
                walk(inner, path)
            case msgspec.inspect.DictType(value_type=inner):
                walk(inner, path)
            case msgspec.inspect.UnionType(types=types):
                for inner in types:
                    walk(inner, path)

    walk(msgspec.inspect.type_info(Book), "")
    return found


def test_each_key_of_the_book_is_documented() -> None:
    """In docs/book.md each place has a heading with its path as code (`partners.contract`), and under it a table of its keys."""
    told: dict[str, set[str]] = {}
    for heading, section in pages.headings(_text(ROOT / "docs/book.md")).items():
        for path in re.findall(r"`([^`]+)`", heading):
            told.setdefault(path, set()).update(pages.table_keys(section))
    real = _chapters()
    wrong = [
        f"no heading with `{path}` (its keys: {sorted(keys)})"
        for path, keys in real.items()
        if path not in told
    ]
    for path, keys in real.items():
        if path in told:
            wrong += [f"`{path}` has no table row for `{key}`" for key in sorted(keys - told[path])]
            wrong += [
                f"`{path}` has a table row for `{key}`, which is not a key"
                for key in sorted(told[path] - keys)
            ]
    assert not wrong, "docs/book.md: " + "; ".join(wrong)


# ---------------------------------------------------------------------------------------------------- glossary
def test_the_glossary_has_the_words_of_the_field() -> None:
    words = {
        "bookmark", "checkpoint", "duty", "edition", "entry", "floor", "follower", "gate", "list price", "partner",
        "purpose", "receipt", "recipient", "record", "step", "tier",
    }  # fmt: skip
    glossary = _text(ROOT / "docs/glossary.md").lower()
    told = {
        word
        for word in words
        if re.search(rf"^(\| *\**|- \**|#+ +|\**){re.escape(word)}\b", glossary, re.MULTILINE)
    }
    assert words - told == set(), "docs/glossary.md does not explain these"
