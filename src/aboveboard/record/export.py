"""An export: the whole record as plain files, which an auditor can check without us and without a database.

    entries.jsonl     each entry on a line of its own: the very bytes that the tree hashes
    checkpoints       every head that was signed, with what witnesses signed under it, and an empty line between
    key               the public key, and how it followed those before it
    README.txt        how to check all this by hand
    manifest.json     the SHA-256 and size of each of these files

Line n of `entries.jsonl` is entry n (the first is 0). SHA-256 of a zero byte and the line, without its newline, is its leaf's
hash; over those the tree is that of RFC 9162. What is personal in an entry stays sealed: the export holds nobody's key. It is
written beside its place and put there whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.proof import ProofError, merkle
from aboveboard.proof.note import Verifier
from aboveboard.proof.signers import Signers
from aboveboard.record import cosigning, files, kept, sealing, tables
from aboveboard.record.model import RecordError
from aboveboard.record.service import Record
from aboveboard.store import Store, now

FORMAT = "aboveboard-export/1"
_BATCH = 2_000
_CONTENT = ("entries.jsonl", "checkpoints", "key", "README.txt")


class ExportError(RecordError):
    """An export that cannot be written or does not hold; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: the record's name, its number of entries, their root."""

    origin: str
    entries: int
    root: bytes


# -- writing ---------------------------------------------------------------------------------------------------------


def write(
    store: Store, record: Record, folder: Path, progress: Callable[[int, int], None] | None = None
) -> Exported:
    """Write an export into `folder`, which must not be there or be empty; raises `ExportError`, and then nothing is left."""
    if folder.exists() and any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty. Name a folder that is not there yet.")
    draft = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        with store.read() as conn:
            tree = _Tree()
            with (draft / "entries.jsonl").open("wb") as out:
                _write_entries(conn, out, tree, progress)
            with (draft / "checkpoints").open("wb") as out:
                signed = cosigning.lines_under(conn)
                for row in conn.execute(sa.select(tables.checkpoints).order_by(tables.checkpoints.c.size)):
                    out.write((row.note + signed.get(row.size, "") + "\n").encode())
                if not tree.size:
                    out.write(record.checkpoint(conn).encode() + b"\n")
            (draft / "key").write_text(record.signers(conn).text())
        (draft / "README.txt").write_text(_README)
        _write_manifest(draft, record.keys.origin, tree)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
        files.sync_folder(folder.parent)
    except OSError as error:
        raise ExportError(
            f"The export {folder} could not be written: {error.strerror or error}. What was begun was removed."
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Exported(record.keys.origin, tree.size, tree.root())


def _write_entries(
    conn: Connection, out: BinaryIO, tree: _Tree, progress: Callable[[int, int], None] | None
) -> None:
    total, column = sealing.size(conn), tables.entries.c
    query = sa.select(column.leaf).order_by(column.index)
    for batch in conn.execution_options(yield_per=_BATCH).execute(query).partitions():
        leaves = [bytes(row.leaf) for row in batch]
        out.writelines(leaf + b"\n" for leaf in leaves)
        tree.add(leaves)
        if progress is not None:
            progress(tree.size, total)


def _write_manifest(draft: Path, origin: str, tree: _Tree) -> None:
    content = {name: _measured(draft / name) for name in _CONTENT}
    manifest = {
        "format": FORMAT,
        "origin": origin,
        "made_at": now().isoformat(timespec="seconds"),
        "entries": tree.size,
        "root": tree.root().hex(),
        "files": content,
    }
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    for name in (*_CONTENT, "manifest.json"):
        files.sync(draft / name)
    files.sync_folder(draft)


def _measured(file: Path) -> dict[str, Any]:
    digest = sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return {"bytes": file.stat().st_size, "sha256": digest.hexdigest()}


# -- checking --------------------------------------------------------------------------------------------------------


def check(folder: Path, key: Verifier | Signers) -> Exported:
    """Check an export against the record's public key, from its files alone; raises `ExportError` with what does not hold.

    Every file must be what the manifest says, every signed head must be that of the entries it covers, and the last one must
    cover them all.
    """
    manifest = _read_manifest(folder)
    for name, told in manifest["files"].items():
        try:
            there = _measured(folder / name)
        except OSError as error:
            raise ExportError(f"{folder / name} cannot be read: {error.strerror or error}.") from None
        if there != told:
            cut = "was cut off or added to" if there["bytes"] != told["bytes"] else "was changed"
            raise ExportError(f"{folder / name} {cut}: it is not the file that was exported.")
    signers = _signers(folder, key)
    heads = _heads(folder, signers)
    tree = _Tree()
    for leaf in _lines(folder / "entries.jsonl"):
        tree.add([leaf])
        root = heads.pop(tree.size, None)
        tree.covered = root is not None
        if root is not None and root != tree.root():
            raise ExportError(
                f"The head signed for {tree.size} entries is not that of the entries here: "
                f"one of the first {tree.size} was changed."
            )
    _check_end(manifest, heads, tree)
    return Exported(signers.name, tree.size, tree.root())


def _read_manifest(folder: Path) -> dict[str, Any]:
    file = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(file.read_bytes())
        whole = manifest["format"] == FORMAT and set(_CONTENT) <= set(manifest["files"])
    except FileNotFoundError:
        raise ExportError(f"{folder} is not a whole export: it has no manifest.json.") from None
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise ExportError(f"{file} is not the manifest of an export, or it was damaged.")
    return manifest


def _signers(folder: Path, key: Verifier | Signers) -> Signers:
    """Return the keys that `key` leads to through what the export says of later and earlier ones, which proves itself."""
    try:
        return Signers.of(key).extended((folder / "key").read_text(encoding="utf-8", errors="replace"))
    except ProofError as error:
        raise ExportError(f"The keys in {folder / 'key'} do not hold: {error}") from None


def _heads(folder: Path, signers: Signers) -> dict[int, bytes]:
    heads = {}
    for note in kept.notes((folder / "checkpoints").read_text(encoding="utf-8", errors="replace")):
        try:
            head = signers.open_head(note)
        except ProofError as error:
            raise ExportError(f"A signed head in {folder / 'checkpoints'} does not hold: {error}") from None
        heads[head.size] = head.root
    return heads


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as lines:
        for line in lines:
            yield line.removesuffix(b"\n")


def _check_end(manifest: dict[str, Any], left: dict[int, bytes], tree: _Tree) -> None:
    if left.pop(0, merkle.EMPTY_ROOT) != merkle.EMPTY_ROOT or left:
        raise ExportError(
            f"A head was signed for {max(left, default=0)} entries, but here are {tree.size}: the end is missing."
        )
    if tree.size and not tree.covered:
        raise ExportError(f"No head was signed for all {tree.size} entries: the last ones were added.")
    if (manifest.get("entries"), manifest.get("root")) != (tree.size, tree.root().hex()):
        raise ExportError("The manifest speaks of other entries than those that are here.")


class _Tree:
    """A hash tree that grows and remembers only its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self.covered = False
        self._edge: dict[tuple[int, int], bytes] = {}

    def add(self, leaves: list[bytes]) -> None:
        fresh = merkle.new_nodes(
            self.size,
            [merkle.leaf_hash(leaf) for leaf in leaves],
            lambda level, index: self._edge[level, index],
        )
        self._edge.update({(level, index): value for level, index, value in fresh})
        self.size += len(leaves)
        self._edge = {place: self._edge[place] for place in merkle.roots(self.size)}

    def root(self) -> bytes:
        return merkle.fold([self._edge[place] for place in merkle.roots(self.size)])


_README = """\
This is a whole record, exported by Aboveboard. Everything can be checked by hand.

1. manifest.json names each file with its SHA-256. Compare: sha256sum entries.jsonl checkpoints key README.txt
2. entries.jsonl has one entry on each line; the first line is entry 0. What is personal in it is encrypted.
3. The hash of an entry is SHA-256 of a zero byte followed by the line without its newline. The hash of two neighbours is SHA-256
   of a one byte followed by both hashes. So they are joined, as RFC 9162 section 2.1.1 says, until one is left: the root.
4. checkpoints has the signed heads: the record's name, how many entries, the root of that many in base64, an empty line, the
   signature (Ed25519, https://c2sp.org/signed-note), those of witnesses. Each must be the root of that many
   lines from the top; the last one of all.
5. key has the public key in its first line. Take it from somewhere else as well, and compare: an export could bring its own.
   Below stands each key that was replaced: a text signed by the old key and by the new one, with the number of entries up to
   which a head may be signed by the old one alone.

Or let the program do it, anywhere, without a database:    aboveboard export FOLDER --check --key KEY
"""
