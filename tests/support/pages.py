"""The documents as tests: what a reader copies from a page is run, in the page's order, and must do what the page says.

| block | what is done with it |
|---|---|
| `python` | run; all blocks of a page share one namespace; `>>>` blocks are doctests |
| `console` | each `$ command` is run by bash; the lines under it must be what it prints, `...` standing for anything |
| `json`, `yaml`, `toml` | must parse |
| anything else (`sh`, `text`, none) | only read |

A page runs in an empty folder with an empty house. `<!-- tests: house -->` in the page puts the sample business into it first;
`<!-- tests: server -->` also starts it, and `http://127.0.0.1:8700` in the page then means that server. A command that must fail
ends with `# exit 2`. Exported variables and the folder stay from command to command.
"""

from __future__ import annotations

import doctest
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ADDRESS = "http://127.0.0.1:8700"
_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+)(?P<kind>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_EXIT = re.compile(r"\s+# exit (\d+)$")
_LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """One fenced block: its kind, its text, the line on which the text starts."""

    kind: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    for found in _FENCE.finditer(page):
        indent = found["indent"]
        text = "".join(line.removeprefix(indent) for line in found["text"].splitlines(keepends=True))
        yield Block(found["kind"], text, page.count("\n", 0, found.start("text")) + 1)


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page)


def wants(page: str) -> set[str]:
    """Return what the page asks its tests to prepare: `house`, `server`."""
    asked = set(re.findall(r"(?m)^<!-- tests: (\w+) -->$", page))
    unknown = asked - {"house", "server"}
    assert not unknown, f"a page can ask for `house` or `server`, not for {unknown}"
    return asked


@dataclass(frozen=True)
class Command:
    """A line after `$ `, what it should print (None: not said), and its exit code."""

    line: str
    output: str | None
    code: int


def commands(text: str) -> list[Command]:
    """Return the commands of a console block; a line that ends with a backslash goes on in the next."""
    found: list[Command] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        last = next(i for i, line in enumerate(lines) if not line.endswith("\\"))
        command = "\n".join(lines[: last + 1])
        output = "\n".join(lines[last + 1 :]).strip()
        code = _EXIT.search(command)
        found.append(Command(_EXIT.sub("", command), output or None, int(code[1]) if code else 0))
    return found


class Runner:
    """Runs the blocks of one page in `folder` with the environment `env`."""

    def __init__(self, name: str, folder: Path, env: dict[str, str], address: str = ADDRESS) -> None:
        self.name = name
        self.folder = folder
        self.env = env | {"COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}
        self.address = address
        self._namespace: dict[str, Any] = {"__name__": "page"}
        self._state = folder.parent / f"{folder.name}.bash"
        self._state.write_text("", encoding="utf-8")

    def run(self, block: Block) -> None:
        """Do with `block` what its kind asks for; fails with the page's name and line."""
        parsers: dict[str, Callable[[str], object]] = {
            "python": lambda text: self._python(block, text),
            "console": self._console,
            "json": json.loads,
            "yaml": lambda text: list(yaml.safe_load_all(text)),
            "toml": tomllib.loads,
        }
        if block.kind not in parsers:
            return
        try:
            parsers[block.kind](block.text.replace(ADDRESS, self.address))
        except Exception as error:
            error.add_note(f"in {self.name}, block at line {block.line}")
            raise

    def _python(self, block: Block, text: str) -> None:
        if ">>> " in text:
            test = doctest.DocTestParser().get_doctest(
                text, self._namespace, self.name, self.name, block.line - 1
            )
            said: list[str] = []
            doctest.DocTestRunner(optionflags=_LOOSE).run(test, out=said.append, clear_globs=False)
            self._namespace.update(test.globs)
            assert not said, "".join(said)
            return
        # As many empty lines before it as on the page, so that a traceback names the page's line.
        code = compile("\n" * (block.line - 1) + text, self.name, "exec")
        exec(code, self._namespace)  # noqa: S102  # our own pages

    def _console(self, text: str) -> None:
        asked = commands(text)
        assert asked, "a console block needs a line that starts with `$ `; use `text` for output alone"
        for command in asked:
            code, printed = self._bash(command.line)
            assert code == command.code, f"`{command.line}` ended with {code}, not {command.code}:\n{printed}"
            if command.output is None:
                continue
            same = doctest.OutputChecker().check_output(command.output + "\n", printed.strip() + "\n", _LOOSE)
            assert same, f"`{command.line}` should print\n{command.output}\n--- but printed\n{printed}"

    def _bash(self, line: str) -> tuple[int, str]:
        state = shlex.quote(str(self._state))
        script = f"source {state}\n{line}\ncode=$?\n{{ declare -px; printf 'cd %q\\n' \"$PWD\"; }} > {state}\nexit $code"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout


def headings(page: str) -> dict[str, str]:
    """Return the sections of a page: heading (without its signs) to the text until the next heading."""
    parts = re.split(
        r"^#{1,6} +(.+?) *$",
        _FENCE.sub(lambda found: re.sub(r"(?m)^#", " ", found[0]), page),
        flags=re.MULTILINE,
    )
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchor(heading: str) -> str:
    """Return the link name that a forge gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def table_keys(section: str) -> set[str]:
    """Return the first cells of the section's tables that are written as `code`."""
    return set(re.findall(r"^\| *`([^`|]+)` *\|", section, re.MULTILINE))
