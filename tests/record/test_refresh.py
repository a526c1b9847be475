"""A receipt against a newer head: the same entry, or nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aboveboard.cli import aboveboard
from aboveboard.proof import ProofError, checkpoint, merkle, note
from aboveboard.proof.receipt import verify
from aboveboard.record.refresh import refreshed
from tests.support import server

SIGNER = note.Signer("clinic.example/record", bytes(range(32)))


# -------------------------------------------------------------------------------------------------- the pure part
@pytest.fixture
def two(store, record, fill) -> tuple[dict[str, Any], dict[str, Any]]:
    """The receipt of one entry against a head of four, and the same against a head of nine."""
    ids = fill(4)
    with store.read() as conn:
        old = record.receipt(conn, ids[1])
    fill(5)
    with store.read() as conn:
        return old, record.receipt(conn, ids[1])


def raw(receipt: dict[str, Any]) -> bytes:
    return json.dumps(receipt).encode()


def test_the_same_entry_under_a_later_head(two, keys) -> None:
    old, new = two
    found = verify(refreshed(raw(old), new, keys.verifier), keys.verifier)
    assert (found.index, found.size) == (1, 9)
    assert found.opened == {"identity": {"kind": "email", "shown": "a…@example.org"}}
    assert refreshed(raw(old), old, keys.verifier) == old


def test_a_personal_part_that_was_erased_since_stays_in_the_file(two, keys) -> None:
    old, new = two
    assert refreshed(raw(old), new | {"opened": None}, keys.verifier) == new
    without = raw(old | {"opened": None})
    assert refreshed(without, new | {"opened": None}, keys.verifier)["opened"] is None


def _refusal(old: dict[str, Any], new: dict[str, Any], verifier: note.Verifier) -> str:
    with pytest.raises(ProofError) as refused:
        refreshed(raw(old), new, verifier)
    return refused.value.code


def test_a_record_that_shrank_or_another_entry_is_refused(two, keys, store, record) -> None:
    old, new = two
    assert _refusal(new, old, keys.verifier) == "other-history"
    with store.read() as conn:
        [other] = record.entries(conn, 3, 1)
        assert _refusal(old, record.receipt(conn, other.id), keys.verifier) == "other-history"
    assert _refusal(old, new | {"format": "x"}, keys.verifier) == "not-a-receipt"
    assert _refusal(old | {"opened": None, "id": new["id"]}, new, SIGNER.verifier) == "other-key"


def _rebuilt(receipt: dict[str, Any], hashes: list[bytes], index: int, signer: note.Signer) -> dict[str, Any]:
    from aboveboard.proof.receipt import leaf_bytes

    hashes = [*hashes]
    hashes[index] = merkle.leaf_hash(leaf_bytes(receipt["entry"]))
    head = checkpoint.sign(checkpoint.Checkpoint(signer.name, len(hashes), merkle.root(hashes)), signer)
    proof = {
        "index": index,
        "size": len(hashes),
        "hashes": [value.hex() for value in merkle.inclusion_proof(index, len(hashes), hashes)],
    }
    return receipt | {"proof": proof, "checkpoint": head}


def test_two_histories_are_named(two, keys) -> None:
    old, _ = two
    others = [bytes([place]) * 32 for place in range(9)]
    for index, size, words in ((1, 4, "two histories"), (2, 9, "entries were moved")):
        other = _rebuilt(old, others[:size], index, keys.signer)
        with pytest.raises(ProofError, match=words) as refused:
            refreshed(raw(old), other, keys.verifier)
        assert refused.value.code == "other-history"


# ---------------------------------------------------------------------------------------------------- the command
@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample business, a receipt in `receipt.json`, and one more entry after it."""
    server.run("apply", str(server.SAMPLE), home=tmp_path)
    file = tmp_path / "receipt.json"
    server.run("choose", "deny", "--email", "ann@example.org", "--receipt", str(file), home=tmp_path)
    server.run("choose", "deny", "--email", "bob@example.org", home=tmp_path)
    monkeypatch.setenv("ABOVEBOARD_HOME", str(tmp_path))
    return file


def call(*words: object) -> Result:
    return CliRunner().invoke(aboveboard, ["receipt", *map(str, words)])


def _size(file: Path) -> int:
    size: int = json.loads(file.read_text())["proof"]["size"]
    return size


def test_from_this_installation(installed: Path) -> None:
    before = _size(installed)
    done = call("refresh", installed)
    assert done.exit_code == 0, done.output
    assert f"of {before + 1} (before: of {before})" in done.output
    assert _size(installed) == before + 1
    assert call("verify", installed).exit_code == 0
    assert not list(installed.parent.glob(".*.new"))


def test_into_another_file(installed: Path) -> None:
    before, out = installed.read_bytes(), installed.parent / "new.json"
    assert call("refresh", installed, "--out", out).exit_code == 0
    assert installed.read_bytes() == before and _size(out) == _size(installed) + 1


def test_over_the_network_with_a_key_from_before(installed: Path) -> None:
    key = server.run("record", "key", home=installed.parent).strip()
    assert call("refresh", installed, "--url", "http://127.0.0.1:9").exit_code == 2
    before = installed.read_bytes()
    silent = call("refresh", installed, "--url", "http://127.0.0.1:9", "--key", key)
    assert silent.exit_code == 1 and "gave no keys" in silent.output
    with server.Server(installed.parent) as running:
        wrong = call("refresh", installed, "--url", running.url, "--key", SIGNER.verifier_key)
        assert wrong.exit_code == 1 and "was left as it is" in wrong.output
        assert installed.read_bytes() == before
        done = call("refresh", installed, "--url", running.url, "--key", key)
        assert done.exit_code == 0, done.output
    assert json.loads(installed.read_bytes())["proof"]["size"] == json.loads(before)["proof"]["size"] + 1


def test_a_changed_file_is_left_alone(installed: Path) -> None:
    text = installed.read_text().replace('"deny"', '"allow"')
    installed.write_text(text)
    done = call("refresh", installed)
    assert done.exit_code == 1 and "changed after it was issued" in done.output
    assert installed.read_text() == text
