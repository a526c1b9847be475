"""An export is checked from its files alone, by the program and by a few lines that know nothing of it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aboveboard.proof.note import Verifier
from aboveboard.record.export import ExportError, check, write
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store

Fill = Callable[[int], list[str]]


@pytest.fixture
def exported(store: Store, record: Record, fill: Fill, tmp_path: Path) -> Path:
    """An export of 20 entries."""
    fill(20)
    write(store, record, tmp_path / "export")
    return tmp_path / "export"


def test_an_export_holds(exported: Path, record: Record, store: Store) -> None:
    found = check(exported, record.keys.verifier)
    assert (found.origin, found.entries) == ("clinic.example/record", 20)
    assert sorted(one.name for one in exported.iterdir()) == [
        "README.txt", "checkpoints", "entries.jsonl", "key", "manifest.json",
    ]  # fmt: skip
    with store.read() as conn:
        leaves = [entry.leaf for entry in record.entries(conn, -1, 100)]
    assert (exported / "entries.jsonl").read_bytes() == b"".join(leaf + b"\n" for leaf in leaves)


def test_an_empty_record_can_be_exported(store: Store, record: Record, tmp_path: Path) -> None:
    assert write(store, record, tmp_path / "export").entries == 0
    assert check(tmp_path / "export", record.keys.verifier).entries == 0


def test_the_readme_is_enough_to_check_it_by_hand(exported: Path, record: Record) -> None:
    """Written from README.txt alone: hashes of the files, the tree, the heads. (Signatures of notes are checked elsewhere.)."""
    manifest = json.loads((exported / "manifest.json").read_text())
    said = subprocess.run(
        ["sha256sum", *manifest["files"]], cwd=exported, capture_output=True, text=True, check=True
    )
    assert {line.split()[1]: line.split()[0] for line in said.stdout.splitlines()} == {
        name: told["sha256"] for name, told in manifest["files"].items()
    }

    def root(hashes: list[bytes]) -> bytes:
        if len(hashes) == 1:
            return hashes[0]
        half = 1
        while half * 2 < len(hashes):
            half *= 2
        return hashlib.sha256(b"\x01" + root(hashes[:half]) + root(hashes[half:])).digest()

    lines = (exported / "entries.jsonl").read_bytes().splitlines()
    heads = (exported / "checkpoints").read_text().split("\n\n")
    for head in heads[::2]:
        if head.strip():
            origin, size, told = head.strip().split("\n")
            assert origin == "clinic.example/record"
            hashes = [hashlib.sha256(b"\x00" + line).digest() for line in lines[: int(size)]]
            assert base64.b64decode(told) == root(hashes)
    assert int(size) == len(lines) == 20
    assert Verifier.parse((exported / "key").read_text().strip()) == record.keys.verifier


def _lines(change: Callable[[list[bytes]], object]) -> Callable[[Path], None]:
    """Change the lines of the entries and write a manifest that fits: what a forger without the key can do."""

    def work(folder: Path) -> None:
        file = folder / "entries.jsonl"
        lines = file.read_bytes().splitlines(keepends=True)
        change(lines)
        file.write_bytes(b"".join(lines))
        _fit(folder)

    return work


def _fit(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _without_heads(keep: int) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        notes = (folder / "checkpoints").read_text().split("\n\n")
        (folder / "checkpoints").write_text("\n\n".join(notes[: keep * 2]) + "\n\n")
        _fit(folder)

    return work


def _in(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert old in content
        (folder / name).write_bytes(content.replace(old, new, 1))

    return work


def _cut(name: str, count: int) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / name, (folder / name).stat().st_size - count)


def _then_fit(deed: Callable[[Path], object]) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        deed(folder)
        _fit(folder)

    return work


BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("no manifest", lambda folder: (folder / "manifest.json").unlink(), "is not a whole export"),
    ("an empty manifest", lambda folder: (folder / "manifest.json").write_text(""), "is not the manifest"),
    ("a manifest of something else", lambda folder: (folder / "manifest.json").write_text("{}"), "is not the manifest"),
    ("a file missing", lambda folder: (folder / "checkpoints").unlink(), "cannot be read"),
    ("entries cut off", _cut("entries.jsonl", 9), "cut off or added to"),
    ("a byte changed", _in("entries.jsonl", b"n7", b"n9"), "was changed"),
    ("the README changed", _in("README.txt", b"Everything", b"Something!"), "was changed"),
    ("an entry changed, made to fit", _then_fit(_in("entries.jsonl", b"n7", b"n9")), "one of the first 9 was changed"),
    ("two entries swapped, made to fit", _lines(lambda lines: lines.insert(3, lines.pop(4))), "one of the first 6 was changed"),
    ("an entry taken out, made to fit", _lines(lambda lines: lines.pop(5)), "one of the first 6 was changed"),
    ("the last one taken out, made to fit", _lines(lambda lines: lines.pop()), "the end is missing"),
    ("one added at the end, made to fit", _lines(lambda lines: lines.append(lines[0])), "the last ones were added"),
    ("all taken out, made to fit", _lines(lambda lines: lines.clear()), "the end is missing"),
    ("the last head taken out, made to fit", _without_heads(6), "the last ones were added"),
    ("a head changed, made to fit", _then_fit(_in("checkpoints", b"\n9\n", b"\n8\n")), "does not hold"),
    ("a head cut off, made to fit", _then_fit(_cut("checkpoints", 30)), "does not hold"),
    ("other numbers in the manifest", _in("manifest.json", b'"entries": 20', b'"entries": 21'), "speaks of other entries"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "deed", "said"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_export_is_refused_in_a_sentence(
    sqlite_store: Store,
    record: Record,
    tmp_path: Path,
    what: str,
    deed: Callable[[Path], object],
    said: str,
) -> None:
    for number in range(0, 20, 3):
        with sqlite_store.write() as tx:
            for place in range(number, min(number + 3, 20)):
                record.append(tx, "duty.done", facts={"what": f"n{place}"})
    write(sqlite_store, record, tmp_path / "export")
    deed(tmp_path / "export")
    with pytest.raises(ExportError, match=said):
        check(tmp_path / "export", record.keys.verifier)


def test_an_export_by_another_key_is_refused(exported: Path, tmp_path: Path) -> None:
    other = KeyRing.create(tmp_path / "other", "clinic.example/record")
    with pytest.raises(ExportError, match="None of the keys we know signed"):
        check(exported, other.verifier)


def test_an_export_writes_over_nothing(exported: Path, store: Store, record: Record, tmp_path: Path) -> None:
    before = {one.name: one.read_bytes() for one in exported.iterdir()}
    with pytest.raises(ExportError, match="is not empty"):
        write(store, record, exported)
    assert {one.name: one.read_bytes() for one in exported.iterdir()} == before
    (tmp_path / "empty").mkdir()
    assert write(store, record, tmp_path / "empty").entries == 20


@pytest.mark.parametrize("size", [0, 100, 2_000])
def test_a_full_disk_leaves_no_half_an_export(
    sqlite_store: Store, record: Record, tmp_path: Path, size: int
) -> None:
    for _ in range(20):
        with sqlite_store.write() as tx:
            record.append(tx, "duty.done")
    before = sorted(tmp_path.iterdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        with pytest.raises(ExportError, match="could not be written: File too large"):
            write(sqlite_store, record, tmp_path / "export")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_into_a_folder_that_is_not_there_says_so(
    sqlite_store: Store, record: Record, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="No such file or directory"):
        write(sqlite_store, record, tmp_path / "missing" / "export")
