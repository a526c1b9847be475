"""A receipt: one entry of the record with everything that proves it (`aboveboard-receipt/1`).

    {"format": "aboveboard-receipt/1",
     "id": "<entry id>-<mac>",
     "entry": {…},                                     the leaf, whose canonical JSON was hashed into the tree
     "opened": {"salt": …, "data": {…}} or null,       the personal part in clear, for its holder only
     "proof": {"index": …, "size": …, "hashes": […]},  the way from the leaf to the root (RFC 9162)
     "checkpoint": "…"}                                the root, signed by the business (C2SP note)

An entry is {"v": 1, "id": …, "ref": …, "at": "2026-11-23T16:03:00.123456Z", "kind": "choice.made", "subject": 7 or null,
"facts": {…}, "sealed": {"key": …, "nonce": …, "data": …, "commit": …} or null}. docs/receipts.md tells every field.

Three ties hold it together, so that no character of it can be changed unnoticed.

*Entry to signature.* Entry → leaf hash → path → root → checkpoint → signature. Every text has one spelling
(canonical JSON, lower-case hex, strict base64, exactly one signature line), and unknown keys are refused.

*Personal part to entry.* In the entry it is encrypted. AES-GCM does not tie a ciphertext to one key: someone
who may choose keys can make two under which the same bytes open to two different texts. So the entry also
holds a *commitment*, SHA-256 over 32 random bytes (the salt) and the clear text. It binds without revealing:
the salt is kept only under the person's key, and when that is destroyed the commitment says nothing about what
was there, not even to somebody who tries every likely text.

*Number to entry.* The receipt's number ends in a mac that only the business can compute. So that anybody can
notice a wrong digit, the entry holds `ref`, a hash of the whole number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aboveboard.proof import canonical, merkle, note
from aboveboard.proof.checkpoint import Checkpoint
from aboveboard.proof.encoding import exactly, from_base64, from_hex, to_base64
from aboveboard.proof.errors import ProofError
from aboveboard.proof.signers import Signers, replaced

FORMAT = "aboveboard-receipt/1"
#: Bytes. A receipt has a few thousand; whoever sends more is not sending a receipt.
LARGEST = 1 << 20
SALT_SIZE = 32

_REF_LABEL = b"aboveboard receipt id"
_ID = re.compile(r"[0-9a-f]{32}-[0-9a-f]{20}", re.ASCII)
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*", re.ASCII)

_RECEIPT_KEYS = frozenset({"format", "id", "entry", "opened", "proof", "checkpoint"})
_ENTRY_KEYS = frozenset({"v", "id", "ref", "at", "kind", "subject", "facts", "sealed"})
_SEALED_KEYS = frozenset({"key", "nonce", "data", "commit"})
_OPENED_KEYS = frozenset({"salt", "data"})
_PROOF_KEYS = frozenset({"index", "size", "hashes"})


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt proves: this entry is number `index` (from 0) of `size` in the record `origin`, whose root was `root`.

    `opened` is the personal part in clear. It is None where the entry has none, and where it was left out or
    erased (`left_out` tells which); the rest is proven all the same.
    """

    id: str
    entry: dict[str, Any]
    opened: dict[str, Any] | None
    index: int
    size: int
    root: bytes
    origin: str

    @property
    def left_out(self) -> bool:
        """Whether the entry has a personal part that this receipt does not show."""
        return self.opened is None and self.entry["sealed"] is not None

    @property
    def at(self) -> datetime:
        """When the entry was made, in UTC, by the clock of the business."""
        return datetime.fromisoformat(self.entry["at"])


# ---- Building: what `record` calls ----


def ref(receipt_id: str) -> str:
    """Return the hash (hex) that ties an entry to the whole number of its receipt."""
    return sha256(_REF_LABEL + receipt_id.encode()).hexdigest()


def commit(salt: bytes, data: Mapping[str, Any]) -> str:
    """Return the commitment (hex) to the personal part `data` under `salt` (32 random bytes, used once)."""
    return sha256(exactly(salt, SALT_SIZE, "A salt") + canonical.dumps(data)).hexdigest()


def sealed(key: bytes, nonce: bytes, data: bytes, commitment: str) -> dict[str, Any]:
    """Return the encrypted part of a leaf: the id of the key (not the key), the 12-byte nonce, the ciphertext, the commitment."""
    return {"key": key.hex(), "nonce": nonce.hex(), "data": to_base64(data), "commit": commitment}


def leaf(
    *,
    receipt_id: str,
    at: datetime,
    kind: str,
    subject: int | None = None,
    facts: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the JSON object of an entry; `leaf_bytes` of it goes into the tree.

    `at` must have a time zone. Raises `ProofError` for anything that `verify` would refuse later.
    """
    if at.tzinfo is None:
        raise ProofError("The time of an entry needs a time zone.")
    entry = {
        "v": 1,
        "id": receipt_id[:32],
        "ref": ref(receipt_id),
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0"),
        "kind": kind,
        "subject": subject,
        "facts": dict(facts or {}),
        "sealed": None if sealed is None else dict(sealed),
    }
    _check_number(receipt_id)
    _check_entry(entry)
    return entry


def leaf_bytes(entry: Mapping[str, Any]) -> bytes:
    """Return the bytes of an entry that `merkle.leaf_hash` takes."""
    return canonical.dumps(entry)


def build(
    entry: Mapping[str, Any],
    opened: Mapping[str, Any] | None,
    index: int,
    size: int,
    hashes: Sequence[bytes],
    checkpoint_note: str,
    receipt_id: str,
) -> dict[str, Any]:
    """Return the receipt; `opened` is {"salt": hex, "data": {…}} or None. Nothing is checked here: `verify` does."""
    return {
        "format": FORMAT,
        "id": receipt_id,
        "entry": dict(entry),
        "opened": None if opened is None else dict(opened),
        "proof": {"index": index, "size": size, "hashes": [value.hex() for value in hashes]},
        "checkpoint": checkpoint_note,
    }


# ---- Checking ----


def verify(receipt: Mapping[str, Any] | bytes | str, key: note.Verifier | Signers) -> VerifiedReceipt:
    """Check a receipt, as JSON or as the object it holds, against the public key of the business that issued it.

    With `Signers`, a receipt by a key that was replaced since holds as well, if it is of the time of that key. Needs no
    network and nothing else. Raises `ProofError` with code `not-a-receipt` (not of this format, or
    damaged), `changed` (some part no longer fits the others) or `other-key` (signed by someone else).
    """
    whole = _read(receipt)
    try:
        _check_form(whole)
    except ProofError as error:
        raise ProofError(
            f"This is not a receipt as it was issued: {error} Get the file again.", "not-a-receipt"
        ) from None
    checkpoint = _check_signature(whole["checkpoint"], key if isinstance(key, Signers) else Signers.of(key))
    try:
        _check_ties(whole, checkpoint)
    except ProofError as error:
        raise _changed(str(error)) from None
    opened, proof = whole["opened"], whole["proof"]
    return VerifiedReceipt(
        id=whole["id"],
        entry=whole["entry"],
        opened=None if opened is None else opened["data"],
        index=proof["index"],
        size=proof["size"],
        root=checkpoint.root,
        origin=checkpoint.origin,
    )


def _read(receipt: object) -> Mapping[str, Any]:
    try:
        if isinstance(receipt, str):
            data = receipt.encode()
        elif isinstance(receipt, bytes):
            data = receipt
        else:
            data = canonical.dumps(dict(receipt) if isinstance(receipt, Mapping) else receipt)
        if len(data) > LARGEST:
            raise ProofError(f"It has more than {LARGEST:,} bytes; a receipt has a few thousand.")
        whole = canonical.loads(data)
    except UnicodeEncodeError:
        raise ProofError(
            "This is not a receipt. The text has half a character in it.", "not-a-receipt"
        ) from None
    except ProofError as error:
        raise ProofError(f"This is not a receipt. {error}", "not-a-receipt") from None
    if not isinstance(whole, dict):
        raise ProofError("This is not a receipt. A receipt is a JSON object.", "not-a-receipt")
    return whole


def _check_form(whole: Mapping[str, Any]) -> None:
    """Refuse what has another shape than the one in the module's docstring: keys, types, spelling."""
    if whole.get("format") != FORMAT:
        raise ProofError(f'"format" must be "{FORMAT}".')
    _keys(whole, _RECEIPT_KEYS, "The receipt")
    _check_number(whole["id"])
    _keys(whole["entry"], _ENTRY_KEYS, '"entry"')
    _check_entry(whole["entry"])
    if whole["opened"] is not None:
        _keys(whole["opened"], _OPENED_KEYS, '"opened"')
        from_hex(whole["opened"]["salt"], '"salt"', SALT_SIZE)
        _object(whole["opened"]["data"], '"data" in "opened"')
    proof = whole["proof"]
    _keys(proof, _PROOF_KEYS, '"proof"')
    _number(proof["index"], '"index"')
    _number(proof["size"], '"size"')
    if not isinstance(proof["hashes"], list):
        raise ProofError('"hashes" must be a list.')
    for value in proof["hashes"]:
        from_hex(value, 'Each of "hashes"', merkle.HASH_SIZE)
    if not isinstance(whole["checkpoint"], str):
        raise ProofError('"checkpoint" must be text.')


def _check_entry(entry: Mapping[str, Any]) -> None:
    if type(entry["v"]) is not int or entry["v"] != 1:
        raise ProofError('"v" must be 1; a newer program is needed for other versions.')
    from_hex(entry["id"], '"id" of the entry', 16)
    from_hex(entry["ref"], '"ref"', 32)
    _check_time(entry["at"])
    if not isinstance(entry["kind"], str) or not _KIND.fullmatch(entry["kind"]):
        raise ProofError('"kind" must be small letters and digits, with points between words.')
    if entry["subject"] is not None:
        _number(entry["subject"], '"subject"')
    _object(entry["facts"], '"facts"')
    part = entry["sealed"]
    if part is not None:
        _keys(part, _SEALED_KEYS, '"sealed"')
        if not from_hex(part["key"], '"key"'):
            raise ProofError('"key" must not be empty.')
        from_hex(part["nonce"], '"nonce"', 12)
        from_base64(part["data"], '"data" in "sealed"')
        from_hex(part["commit"], '"commit"', 32)


def _check_time(at: object) -> None:
    try:
        good = isinstance(at, str) and _AT.fullmatch(at) and datetime.fromisoformat(at)
    except ValueError:
        good = False
    if not good:
        raise ProofError('"at" must be a time in UTC, written like 2026-11-23T16:03:00.123456Z.')


def _check_number(receipt_id: object) -> None:
    if not isinstance(receipt_id, str) or not _ID.fullmatch(receipt_id):
        raise ProofError('"id" must be 32 hexadecimal digits, a hyphen and 20 more.')


def _check_signature(text: str, signers: Signers) -> Checkpoint:
    try:
        body, signatures = note.parse(text)
        checkpoint = Checkpoint.parse(body)
    except ProofError as error:
        raise _changed(f"its checkpoint cannot be read. {error}") from None
    if len(signatures) != 1:
        raise _changed(f"its checkpoint has {len(signatures)} signatures, and a receipt has one.")
    [signature] = signatures
    key = signers.find(signature)
    if key is None:
        raise ProofError(
            f"This receipt was signed by another key, {signature.name}+{signature.key_id.hex()}, than the one you check it "
            f"against, {signers.name}+{signers.present.key_id.hex()}. Take the key of the business that issued it.",
            "other-key",
        )
    if not key.accepts(body, signature.value):
        raise _changed("the signature does not fit the checkpoint.")
    if checkpoint.origin != key.name:
        raise ProofError(
            f"This receipt is of the record {checkpoint.origin}, but the key is that of {key.name}.",
            "other-key",
        )
    if not signers.allows(key, checkpoint.size):
        raise ProofError(str(replaced(key, signers, "This receipt")), "other-key")
    return checkpoint


def _check_ties(whole: Mapping[str, Any], checkpoint: Checkpoint) -> None:
    entry, opened, proof = whole["entry"], whole["opened"], whole["proof"]
    if whole["id"][:32] != entry["id"] or ref(whole["id"]) != entry["ref"]:
        raise ProofError("the number of the receipt does not belong to its entry.")
    if proof["size"] != checkpoint.size:
        raise ProofError("the proof is for another size of the record than the checkpoint.")
    hashes = [bytes.fromhex(value) for value in proof["hashes"]]
    try:
        merkle.verify_inclusion(
            proof["index"], proof["size"], merkle.leaf_hash(leaf_bytes(entry)), hashes, checkpoint.root
        )
    except ProofError as error:
        raise ProofError(f"the entry and its proof do not lead to the signed root. {error}") from None
    if opened is None:
        return
    if entry["sealed"] is None:
        raise ProofError("a personal part was added to an entry that has none.")
    if commit(bytes.fromhex(opened["salt"]), opened["data"]) != entry["sealed"]["commit"]:
        raise ProofError("the personal part is not the one that the entry committed to.")


def _changed(what: str) -> ProofError:
    return ProofError(f"This receipt was changed after it was issued: {what}", "changed")


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ProofError(f"{name} must be a JSON object.")
    return value


def _keys(value: object, wanted: frozenset[str], name: str) -> None:
    found = _object(value, name).keys()
    if found != wanted:
        wrong = [f'"{key}" is missing' for key in sorted(wanted - found)]
        wrong += [f'"{key}" is unknown' for key in sorted(found - wanted)]
        raise ProofError(f"{name} has other keys than it should: {', '.join(wrong)}.")


def _number(value: object, name: str) -> None:
    if type(value) is not int or value < 0:
        raise ProofError(f"{name} must be a whole number, 0 or more.")
