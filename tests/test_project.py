"""The project's own order: locks that anyone can use, files without traces of a machine, walls between rooms."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import aboveboard

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "aboveboard"
LOCKS = sorted(ROOT.glob("requirements/*.txt"))


@cache
def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def _tracked() -> list[Path]:
    """Return the files of the project as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


# ---------------------------------------------------------------------------------------------------- locks
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ; (.+?))? \\$")


def _pins(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return {canonicalize_name(m[1]): Version(m[2]) for line in text.splitlines() if (m := _PIN.match(line))}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_names_and_hashes_only(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ") and "make lock" in lines[0]
    for line in lines[1:]:
        assert _PIN.match(line) or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line), line


def test_the_locks_are_of_this_project() -> None:
    project, dev = _pyproject()["project"], _pins("dev")
    needed = project["dependencies"]
    everything = [
        *needed,
        *chain(*project["optional-dependencies"].values()),
        *_pyproject()["dependency-groups"]["dev"],
    ]
    for lock, wanted in (("core", needed), ("dev", everything)):
        pins = _pins(lock)
        for requirement in map(Requirement, wanted):
            pinned = pins.get(canonicalize_name(requirement.name))
            assert pinned is not None and pinned in requirement.specifier, (
                f"`make lock`: {lock}.txt lags: {requirement}"
            )
    assert {name: dev.get(name) for name in _pins("core")} == _pins("core"), (
        "`make lock`: core.txt and dev.txt disagree"
    )


def test_core_brings_no_weights() -> None:
    heavy = {"numpy", "pandas", "scipy", "playwright", "pyarrow", "duckdb", "pyspark", "torch"}
    assert heavy & _pins("core").keys() == set()


# ---------------------------------------------------------------------------------------------------- files
# Built from pieces, so that this file does not find itself.
_TRACES = {
    "a path of one machine": r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)" + r"/[\w.]",
    "the host of a package registry": r"(?:pypi|pythonhosted|npmjs|debian|yarnpkg)\.(?:org|com)\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----",
    "a left-over": r"\b(?:TO[D]O|FIX[M]E|XX[X])\b",
    "a merge mark": r"(?m)^(?:<{7}|>{7}) ",
}
_NOT_OURS = re.compile(r"(^LICENSE$|/static/vendor/|/vendor/|\.(png|jpg|ico|woff2|gz|db)$)")


@pytest.mark.parametrize("what", _TRACES)
def test_no_file_carries(what: str) -> None:
    pattern = re.compile(_TRACES[what])
    found = [
        f"{path.relative_to(ROOT)}: {m[0]}"
        for path in _tracked()
        if not _NOT_OURS.search(str(path.relative_to(ROOT)))
        for m in pattern.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, f"{what}: {found}"


@pytest.mark.parametrize(
    "name",
    ["LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/glossary.md", ".ci/run"],
)
def test_the_file_is_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 200, f"{name} is missing or empty"


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "Version 2.0" in text and "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_knows_this_version() -> None:
    assert re.search(
        rf"^## .*\b{re.escape(aboveboard.__version__)}\b",
        (ROOT / "CHANGELOG.md").read_text("utf-8"),
        re.MULTILINE,
    )


def test_there_is_a_first_decision() -> None:
    assert list(ROOT.glob("docs/decisions/0001-*.md"))


def test_programs_are_executable() -> None:
    for path in (ROOT / ".ci/run", *(ROOT / "tools").iterdir()):
        assert not path.is_file() or path.stat().st_mode & 0o100, f"{path} cannot be started"


# ---------------------------------------------------------------------------------------------------- walls
def _imports(path: Path) -> set[str]:
    """Return the modules that a file imports, also inside functions and for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _modules() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if "__pycache__" not in path.parts]


def test_no_room_reads_anothers_tables() -> None:
    trespass = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules()
        for name in _imports(path)
        if (m := re.match(r"aboveboard\.(\w+)\.tables\b", name)) and _room(path) not in (m[1], "migrations")
    ]
    assert not trespass, f"ask the room's service instead: {trespass}"


KNOWING = ("book", "law", "money", "pricing", "proof", "words")
WORLD = re.compile(
    r"^(sqlalchemy|alembic|litestar|granian|httpx|socket|random|time|aboveboard\.(store|web|settings))(\.|$)"
)


def test_rooms_that_know_touch_no_world() -> None:
    """They have no database, web, clock or chance: what they say depends on what they are given, and on nothing else."""
    touched = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules()
        if _room(path) in KNOWING
        for name in _imports(path)
        if WORLD.match(name)
    ]
    clocks = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in _modules()
        if _room(path) in KNOWING
        for found in re.finditer(
            r"\b(?:datetime\.now|date\.today|time\.time|utcnow)\(", path.read_text(encoding="utf-8")
        )
    ]
    assert touched + clocks == []


@pytest.mark.parametrize("alone", ["proof", "partner_sim"])
def test_some_stand_alone(alone: str) -> None:
    """`proof` is what a stranger needs to check a receipt, `partner_sim` is somebody else's computer: neither needs us."""
    needed = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules()
        if _room(path) == alone
        for name in _imports(path)
        if name.startswith("aboveboard.") and not f"{name}.".startswith(f"aboveboard.{alone}.")
    ]
    assert not needed


def test_pages_load_nothing_from_elsewhere() -> None:
    loading = re.compile(
        r"(?:<(?:script|img|iframe|source|embed)\b[^>]*\bsrc|<link\b[^>]*\bhref|url\(|@import)\W{0,3}https?:",
        re.IGNORECASE,
    )
    found = [
        f"{path.relative_to(ROOT)}: {m[0]}"
        for path in SOURCE.rglob("*")
        if path.suffix in (".html", ".css", ".svg", ".js", ".xml", ".txt")
        for m in loading.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
