"""A receipt against a newer head: the same entry, proven once more by the record as it stands today.

Whoever keeps receipts for years may want them under a head that witnesses have seen, or under today's, to be sure that the
entry is still there. What comes back is trusted for nothing: both receipts must hold under the same record's keys, be about
the very same entry, and the record may have grown but not shrunk. Of two heads of the same size the roots must be equal, or two
histories were shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aboveboard.proof import ProofError, canonical
from aboveboard.proof.note import Verifier
from aboveboard.proof.receipt import verify
from aboveboard.proof.signers import Signers
from aboveboard.record.model import RecordError


def refreshed(old: bytes, new: Mapping[str, Any], key: Verifier | Signers) -> dict[str, Any]:
    """Return `new` after checking that it is `old` (a receipt's file) against a later head of the same record.

    A personal part that `old` shows and `new` does not (its owner was erased since) is kept: it is still proven.
    Raises `ProofError`: `not-a-receipt`, `changed` or `other-key` from `proof.receipt.verify`, or `other-history`.
    """
    before, after = verify(old, key), verify(new, key)
    if (after.id, canonical.dumps(after.entry)) != (before.id, canonical.dumps(before.entry)):
        raise ProofError("What came back is another entry than the one in your receipt.", "other-history")
    if after.index != before.index:
        raise ProofError(
            f"The entry was number {before.index} and is now said to be number {after.index}: entries were moved. "
            "Keep both receipts; together they prove it.",
            "other-history",
        )
    if after.size < before.size:
        raise ProofError(
            f"The record had {before.size} entries and is now said to have {after.size}: its end was cut off, or an old copy "
            "answered. Keep both receipts; together they prove it.",
            "other-history",
        )
    if after.size == before.size and after.root != before.root:
        raise ProofError(
            f"Two different roots were signed for the same {after.size} entries: two histories were shown. "
            "Keep both receipts; together they prove it.",
            "other-history",
        )
    opened = new["opened"] if new["opened"] is not None else canonical.loads(old)["opened"]
    return {**new, "opened": opened}


def fetch(url: str, receipt_id: str) -> dict[str, Any]:
    """Return what the business at `url` says of a receipt today, *not checked*; raises `RecordError` if it says nothing."""
    import httpx  # late: most commands need no network

    address = f"{url.rstrip('/')}/api/v1/receipts/{receipt_id}"
    try:
        answer = httpx.get(address, timeout=20, headers={"Accept": "application/json"})
        found = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise RecordError(f"{url} gave no receipt: {error}") from None
    if not isinstance(found, dict):
        raise RecordError(f"{url} gave no receipt: it answered {answer.status_code}.")
    return found


def fetch_signers(url: str, trusted: Signers) -> Signers:
    """Return the keys that `trusted` leads to through what the business at `url` publishes; raises `RecordError`."""
    import httpx

    try:
        answer = httpx.get(f"{url.rstrip('/')}/record/key", timeout=20)
        return trusted.extended(answer.text) if answer.status_code == 200 else trusted
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RecordError(f"{url} gave no keys: {error}") from None
    except ProofError as error:
        raise RecordError(f"The keys that {url} publishes do not hold: {error}") from None


def replace(file: Path, receipt: Mapping[str, Any]) -> None:
    """Write a receipt to `file`, whole or not at all; raises `RecordError` if it cannot be written."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(json.dumps(receipt, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise RecordError(f"{file} cannot be written: {error.strerror}.") from None
