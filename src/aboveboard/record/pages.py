"""Pages of the record: anyone may have a receipt checked here, whoever holds it and wherever it came from.

The check is the same pure function that `aboveboard receipt verify` runs offline. This page only saves the trouble of installing
anything; who does not want to trust our page to check our receipts takes the program and the public key, and the page says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post

from aboveboard.proof import receipt as receipts
from aboveboard.proof.errors import ProofError
from aboveboard.proof.receipt import VerifiedReceipt
from aboveboard.proof.signers import Signers
from aboveboard.record import download
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import KINDS
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web.layout import form, page
from aboveboard.web.problems import Problem
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

#: Characters of a pasted receipt; the largest real one has about 6,000.
LONGEST = 40_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found: a verified receipt with its kind in words, or the key of the sentence that says why not."""

    receipt: VerifiedReceipt | None = None
    kind: Text | None = None
    why: str = ""


@get("/check", include_in_schema=False, sync_to_thread=False)
def check_form(request: AnyRequest, keys: KeyRing) -> Response[str]:
    """Show where to paste or choose a receipt."""
    return _page(request, keys)


@post("/check", include_in_schema=False, status_code=200)
async def check(request: AnyRequest, keys: KeyRing, store: Store, record: Record) -> Response[str]:
    """Check a receipt that was pasted or chosen as a file; nothing of it is kept."""
    said = await form(request, LONGEST)
    pasted = said.said("receipt") or said.said("file")
    if not pasted:
        trouble = Problem(422, "receipt_missing", _texts().text("check.missing"), field="receipt")
        return _page(request, keys, status=422, problem=trouble)
    signers = await store.aread(record.signers)
    return _page(request, keys, verdict=judge(pasted, signers), pasted=pasted)


def judge(pasted: str, signers: Signers) -> Verdict:
    """Return whether `pasted` is a receipt of this record, whole and unchanged."""
    try:
        verified = receipts.verify(pasted, signers)
    except ProofError as error:
        return Verdict(why=error.code if f"check.why.{error.code}" in _texts() else "not-a-receipt")
    return Verdict(verified, KINDS.get(verified.entry["kind"]))


def _page(
    request: AnyRequest, keys: KeyRing, *, status: int = 200, pasted: str = "", **facts: Any
) -> Response[str]:
    shown: dict[str, Any] = {
        "verdict": None,
        "pasted": pasted,
        "key": keys.signer.verifier_key,
        "verifier": download.ADDRESS,
    }
    return page(request, "record/check.html", status=status, **(shown | facts), pretty=_pretty)


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _texts() -> Catalogue:
    return Catalogue.load("aboveboard.record")


handlers = [check_form, check, *download.handlers]
