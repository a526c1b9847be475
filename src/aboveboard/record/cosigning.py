"""Witnesses that sign too: how a head is handed to one (c2sp.org/tlog-witness), and what its answer means.

    POST <address>/add-checkpoint

    old 20852163                     <- the size that the witness signed last, as far as we know
    PlWnY2jhCW…                      <- the proof that our head extends that one
                                     <- an empty line
    shop.example.com/record          <- the signed head
    …

200 brings its signature. 409 brings the size that it really signed last; then the same is asked once more from there. If that
size is beyond ours, or our proof does not convince it (422), it has seen another history: it *refuses*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.proof import ProofError, merkle
from aboveboard.proof.cosignature import Cosignature, Cosigner
from aboveboard.proof.encoding import to_base64
from aboveboard.record import sealing, tables
from aboveboard.store import Store, Tx, insert_once, now
from aboveboard.web import outgoing

if TYPE_CHECKING:
    import httpx

    Http = httpx.AsyncClient

_HEADERS = {"content-type": "text/plain; charset=utf-8"}
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
#: A witness whose clock is further off than this vouches for no time.
_CLOCK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one try: nothing wrong, or a `fault` in a sentence; `refused`: it has seen another history."""

    fault: str | None = None
    refused: bool = False
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A head (`note`, of `size` entries) with the proof that it extends the one of `old` entries."""

    note: str
    size: int
    old: int
    proof: tuple[bytes, ...]

    @classmethod
    def of(cls, conn: Connection, note: str, old: int) -> Request:
        """Return the request for a witness that signed `old` entries last; of more than there are, it is asked from none."""
        size = sealing.size_of(note)
        plan = merkle.consistency_plan(old, size) if old <= size else []
        nodes = sealing.read_nodes(conn, {place for step in plan for place in step})
        proof = tuple(merkle.fold([nodes[place] for place in step]) for step in plan)
        return cls(note, size, old if old <= size else 0, proof)

    def body(self) -> bytes:
        """Return the bytes to be posted."""
        lines = [f"old {self.old}", *(to_base64(value) for value in self.proof), "", self.note]
        return "\n".join(lines).encode()


async def ask(store: Store, http: Http, address: str, cosigner: Cosigner, request: Request) -> Said:
    """Ask a witness to sign; raises nothing that it could cause."""
    answer = await _post(http, address, request)
    signed = _SIZE.fullmatch(answer.body) if answer.status == 409 else None
    if signed is not None:
        old = int(signed[1])
        if old > request.size:
            return Said(
                f"it has signed a head for {old} entries, and here are {request.size}: the end was cut off, or this is an older "
                "copy.",
                refused=True,
            )
        if old != request.old:
            with store.read() as conn:
                request = Request.of(conn, request.note, old)
            answer = await _post(http, address, request)
    if answer.status == 409 or answer.status == 422:
        return Said(
            f"it has signed a head that this one does not extend (from {request.old} entries to {request.size}). Two histories "
            "were written.",
            refused=True,
        )
    fault = {
        403: "it does not know the key of this record.",
        404: "it does not know this record.",
    }.get(answer.status or 0) or fault_of(answer)
    if fault is None and answer.fault is not None:
        fault = "its answer is too long."
    return Said(fault) if fault is not None else _signature(request, cosigner, answer.body)


def _signature(request: Request, cosigner: Cosigner, body: bytes) -> Said:
    try:
        found = cosigner.find(request.note, body.decode())
    except UnicodeDecodeError:
        return Said("its answer is not a signature.")
    except ProofError as error:
        known = error.code in ("unsigned", "changed")
        return Said(str(error) if known else "its answer is not a signature.")
    if abs(found.at - now()) > _CLOCK:
        return Said(f"its signature is of {found.at:%Y-%m-%d %H:%M} UTC: its clock is wrong, or ours.")
    return Said(cosignature=found)


async def _post(http: Http, address: str, request: Request) -> outgoing.Answer:
    where = f"{address.rstrip('/')}/add-checkpoint"
    return await outgoing.post(http, where, request.body(), _HEADERS, telling=(409,))


def fault_of(answer: outgoing.Answer) -> str | None:
    """Return what is wrong with an answer in a sentence, or None if it says yes."""
    if answer.fault == "answer_too_long" or (answer.status is not None and 200 <= answer.status < 300):
        return None
    if answer.status is not None:
        return f"it answered {answer.status}."
    said = {
        "timeout": "it did not answer in time.",
        "connect": "it could not be reached.",
        "tls": "its certificate could not be checked.",
        "bad_url": "its address cannot be used.",
    }
    return said.get(answer.fault or "", "the connection was cut.")


def keep(tx: Tx, size: int, cosigner: Cosigner, found: Cosignature) -> None:
    """Keep a cosignature of the head for `size` entries; the first one by each key is kept."""
    row = {"size": size, "key": cosigner.verifier_key, "at": found.at, "line": found.line}
    insert_once(tx.conn, tables.cosignatures, row, key=("size", "key"))


def lines_under(conn: Connection) -> dict[int, str]:
    """Return the lines that witnesses signed, by the size of the head that they belong under."""
    columns = tables.cosignatures.c
    found: dict[int, str] = {}
    for row in conn.execute(
        sa.select(columns.size, columns.line).order_by(columns.size, columns.at, columns.key)
    ):
        found[row.size] = found.get(row.size, "") + row.line
    return found


def wrong(conn: Connection, heads: Mapping[int, str]) -> Iterator[str]:
    """Yield a sentence for each cosignature that does not hold under the head (by size) that it was given for."""
    for row in conn.execute(sa.select(tables.cosignatures).order_by(tables.cosignatures.c.size)):
        try:
            Cosigner.parse(row.key).find(heads.get(row.size, ""), row.line)
        except ProofError as error:
            yield f"What a witness signed for {row.size} entries does not hold under the head that is here: {error}"
