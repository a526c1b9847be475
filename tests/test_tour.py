"""The tour holds, on an invented customer and on real purchases, and says so in words and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aboveboard.proof import ProofError
from aboveboard.proof.note import Signer, Verifier
from aboveboard.proof.receipt import verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

STOPS = [
    "book", "import", "start", "price_before", "yes_unproven", "yes", "steps", "no", "forgery", "gate", "partners",
    "no_punishment", "signal", "no_probing", "record",
]  # fmt: skip


def _tour(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "aboveboard", "tour", *words], capture_output=True, text=True, timeout=360
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def _holds(tour: dict[str, Any]) -> None:
    assert tour["ok"] is True and tour["problem"] is None
    assert [step["name"] for step in tour["steps"]] == STOPS
    assert all(step["ok"] and step["said"]["en"] and step["said"]["zh"] for step in tour["steps"])
    personal, without = tour["quotes"]["personal"], tour["quotes"]["without_personal"]
    assert sum(step["amount"] for step in personal["steps"]) == personal["total"] < without["total"]
    assert (
        sum(step["amount"] for step in without["steps"]) == without["total"] == personal["without_personal"]
    )
    assert personal["facts_used"] == ["visits"]
    told = {delivery["partner"]: delivery["state"] for delivery in tour["deliveries"]}
    assert set(told.values()) <= {"confirmed", "by_hand"} and list(told.values()).count("confirmed") >= 4
    assert tour["receipt"]["entry"]["facts"]["decisions"] == [
        {"decision": "deny", "purpose": "all", "recipient": None}
    ]
    assert tour["record"]["ok"] and tour["record"]["size"] > len(told)
    _the_receipt_is_signed(tour["receipt"])


def _the_receipt_is_signed(receipt: dict[str, Any]) -> None:
    """The tour's own key is gone with its database; under any other key of the same name the receipt must be refused."""
    stranger = Signer(receipt["checkpoint"].split("\n")[0], b"1" * 32)
    with pytest.raises(ProofError, match=r"key|sign"):
        verify(receipt, Verifier.parse(stranger.verifier_key))


def test_the_tour_holds_as_json() -> None:
    _holds(json.loads(_tour("--json")))


def test_the_tour_speaks_chinese() -> None:
    lines = _tour("--lang", "zh").strip().splitlines()
    assert len(lines) == len(STOPS)
    assert all(line.startswith("✓") and any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in lines)


def test_the_tour_holds_on_real_purchases(cdnow: Path) -> None:
    tour = json.loads(_tour("--visits", str(cdnow), "--json"))
    _holds(tour)
    assert tour["imported"]["rows"] == 69_659
    assert tour["imported"]["taken"] + tour["imported"]["mended"] == 69_659


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"name,colour\nAnn,red\n", b"customer,date\n"]
)
def test_a_file_it_cannot_walk_on_ends_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "visits.csv"
    file.write_bytes(content)
    said = _tour("--visits", str(file), code=1)
    assert said.startswith("✗ ") and said.strip().endswith(".") and "Traceback" not in said


def test_a_file_that_is_not_there_ends_in_a_sentence(tmp_path: Path) -> None:
    assert "Traceback" not in _tour("--visits", str(tmp_path / "none.csv"), code=1)
