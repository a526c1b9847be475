"""The key ring: made once, readable by its owner, and never silently replaced."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from aboveboard.record.keys import KeyRing, KeyRingError


def test_a_ring_is_made_once_even_by_many(tmp_path: Path) -> None:
    rings: list[KeyRing] = []
    threads = [threading.Thread(target=lambda: rings.append(KeyRing.create(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ring.signer.verifier_key for ring in rings}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no key ring"),
        ("", "cannot be read"),
        ("{}", "cannot be read"),
        ("[]", "cannot be read"),
        (
            json.dumps({"origin": "x", "signing": "AA==", "wrap": "AA==", "index": "AA==", "mac": "AA=="}),
            "wrong length",
        ),
        (json.dumps({"origin": "x", "signing": "?", "wrap": "", "index": "", "mac": ""}), "cannot be read"),
    ],
)
def test_a_ring_that_cannot_be_used_says_so_and_is_left_alone(
    tmp_path: Path, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "keys.json").write_text(content)
    with pytest.raises(KeyRingError, match=said):
        KeyRing.load(tmp_path)
    assert content is None or (tmp_path / "keys.json").read_text() == content


def test_wrapped_keys_open_only_under_their_own_id_and_ring(tmp_path: Path) -> None:
    ring, other = KeyRing.create(tmp_path / "a"), KeyRing.create(tmp_path / "b")
    wrapped = ring.wrap_key(b"k" * 32, "01")
    assert ring.unwrap_key(wrapped, "01") == b"k" * 32
    for which, key_id in ((ring, "02"), (other, "01")):
        with pytest.raises(InvalidTag):
            which.unwrap_key(wrapped, key_id)


def test_digests_differ_by_kind_and_by_ring(tmp_path: Path) -> None:
    ring, other = KeyRing.create(tmp_path / "a"), KeyRing.create(tmp_path / "b")
    assert ring.index("email", "a@example.org") == ring.index("email", "a@example.org")
    assert (
        len(
            {
                ring.index("email", "x"),
                ring.index("phone", "x"),
                other.index("email", "x"),
                ring.mac("email", b"x"),
            }
        )
        == 4
    )
