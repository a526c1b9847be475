"""Replacing the signing key, whole or not at all; `signing` tells the steps and why it may be killed anywhere."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from aboveboard.proof.note import Signer
from aboveboard.proof.signers import Change, endorse, open_endorsement
from aboveboard.record import sealing
from aboveboard.record.model import NEW_SIGNER, RecordError, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Store

#: How long the old key signs beside the new one, unless told otherwise.
OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Resigned:
    """The change of key that was made, and the entry that says so."""

    change: Change
    stamp: Stamp


def rotate_signer(store: Store, record: Record, overlap: timedelta = OVERLAP) -> Resigned:
    """Let a new key sign from the next head on, endorsed by the present one.

    The old key signs beside it for `overlap`. Raises `RecordError` where the key ring cannot be written: nothing was
    changed then.
    """
    keys = record.keys
    secret = secrets.token_bytes(32)
    try:
        with store.write() as tx:
            sealing.hold(tx.conn)
            size, newest = sealing.newest(tx.conn)
            keys.signing.refresh()
            keys.signing.settle(newest)
            # One entry more, and its head is the last that the old key may sign alone.
            endorsement = endorse(keys.signer, Signer(keys.origin, secret), size + 1)
            keys.signing.stage(secret, endorsement, tx.now + overlap)
            change = open_endorsement(endorsement)
            facts = {"new": change.new.verifier_key, "endorsement": endorsement}
            stamp = record.append(tx, NEW_SIGNER, facts=facts)
    except OSError as error:
        raise RecordError(
            f"The key ring in {keys.folder} cannot be written: {error.strerror or error}. Mend that and run this again."
        ) from None
    with store.read() as conn:
        record.signers(conn)  # now that it is in the database: into the file
    return Resigned(change, stamp)
