"""Time stamps: an authority says that a head was there at a certain time (RFC 3161).

The clock of the business proves nothing to others. So now and then the newest head's hash goes to a time stamping authority.
What comes back is signed by the authority and names the time by its clock; it is kept beside the head, byte for byte as it
came. Whoever trusts the authority's certificate can check it years later: everything under that head was written before.

A stamp is checked before it is kept, and again by every `record verify`. It must be of this very head, hold under one of the
certificates that the setting names, and its authority must have been allowed to stamp at that time.

The library that reads stamps (the extra `timestamp`) insists on certificates in the order of DER; some authorities, OpenSSL's
among them, send them as they come. They are not under the signature, so they are put in order before reading.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.record import cosigning, sealing, tables
from aboveboard.record.model import RecordError
from aboveboard.record.service import Record
from aboveboard.store import Store, insert_once, now
from aboveboard.web import outgoing

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
#: A head that says it is so much younger than its stamp's time was made under a clock that was ahead.
AHEAD = timedelta(minutes=5)

_s = tables.stamps


class StampError(RecordError):
    """A stamp that cannot be had or does not hold; the message says why."""


@dataclass(frozen=True)
class Authority:
    """Whom to ask (`url`), which certificates to trust (`roots`, a PEM file), and how often to ask at most (`every`)."""

    url: str
    roots: str
    every: timedelta = timedelta(days=1)

    @cached_property
    def certificates(self) -> list[Certificate]:
        """The trusted certificates; raises `StampError` if the file holds none."""
        from cryptography.x509 import load_pem_x509_certificates

        if not self.roots:
            raise StampError(
                "Name the file with the time stamping authority's certificates (PEM) in ABOVEBOARD_TIMESTAMP_ROOTS: what nobody "
                "can check proves nothing."
            )
        try:
            return load_pem_x509_certificates(Path(self.roots).read_bytes())
        except OSError as error:
            raise StampError(
                f"{self.roots} (ABOVEBOARD_TIMESTAMP_ROOTS) cannot be read: {error.strerror}."
            ) from None
        except ValueError:
            raise StampError(
                f"{self.roots} (ABOVEBOARD_TIMESTAMP_ROOTS) holds no certificate in PEM form."
            ) from None


def stamp(store: Store, record: Record, authority: Authority, *, early: bool = True) -> str | None:
    """Have the newest head stamped if it is not; return a sentence about it, or None if there was nothing to do.

    Without `early` only if the last stamp is older than `authority.every`. Raises `StampError`.
    """
    with store.read() as conn:
        note = record.checkpoint(conn)
        last = conn.execute(sa.select(_s.c.size, _s.c.at).order_by(_s.c.size.desc()).limit(1)).first()
    size = sealing.size_of(note)
    if size == 0 or (last is not None and last.size >= size):
        return None
    waited = now() - last.at if last is not None else None
    # A stamp of the future: the clock was set back since.
    if not early and waited is not None and timedelta(0) <= waited < authority.every:
        return None
    token, at = _ask(authority, note)
    row = {"size": size, "authority": authority.url[:200], "at": at, "token": token}
    with store.write() as tx:
        insert_once(tx.conn, _s, row, key=("size", "authority"))
    return f"The head for {size} entries is stamped: {at:%Y-%m-%d %H:%M:%S} UTC."


def wrong(conn: Connection, heads: Mapping[int, tuple[str, datetime]], authority: Authority) -> Iterator[str]:
    """Yield a sentence for each stamp that does not hold; `heads` gives each stamped head with its own time.

    Raises `StampError` where they cannot be checked at all.
    """
    if not count(conn):
        return
    _ = _library(), authority.certificates  # what cannot be checked here is no fault of the stamps
    for row in conn.execute(sa.select(_s).order_by(_s.c.size)):
        if row.size not in heads:
            yield f"There is a time stamp for {row.size} entries, and no head: it was taken out."
            continue
        note, made = heads[row.size]
        try:
            at = check(bytes(row.token), note, authority)
        except StampError as error:
            yield f"The time stamp of the head for {row.size} entries does not hold: {error}"
            continue
        if at != row.at:
            yield f"The time stamp of the head for {row.size} entries is of another time than the one written beside it."
        if made - at > AHEAD:
            yield (
                f"The head for {row.size} entries says {made:%Y-%m-%d %H:%M:%S} UTC and was stamped at {at:%Y-%m-%d %H:%M:%S}: "
                "our clock was ahead."
            )


def last_size(conn: Connection) -> int:
    """Return how many entries the newest stamped head has; 0 if none was ever stamped."""
    return int(conn.execute(sa.select(sa.func.max(_s.c.size))).scalar() or 0)


def count(conn: Connection) -> int:
    """Return how many stamps are kept."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(_s)).scalar_one())


def check(token: bytes, note: str, authority: Authority, nonce: int | None = None) -> datetime:
    """Return the time of a stamp (an RFC 3161 response) of the head `note`; raises `StampError` if it does not hold."""
    library = _library()
    try:
        answer = library.decode_timestamp_response(in_order(token))
    except ValueError:
        raise StampError("it cannot be read.") from None
    if answer.status != library.PKIStatus.GRANTED:
        raise StampError("the authority refused.")
    builder = library.VerifierBuilder(nonce=nonce)
    for certificate in authority.certificates:
        builder = builder.add_root_certificate(certificate)
    try:
        if not builder.build().verify_message(answer, note.encode()):
            raise StampError("it does not hold.")
        at: datetime = answer.tst_info.gen_time
    except (library.VerificationError, ValueError) as error:
        raise StampError(f"{_said(str(error))}") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _said(error: str) -> str:
    known = {
        "Mismatch between messages": "it is of something else.",
        "Nonce mismatch": "it answers another question.",
    }
    found = next((said for word, said in known.items() if word in error), None)
    return found or f"it is not signed by an authority that we trust ({error})."


def _ask(authority: Authority, note: str) -> tuple[bytes, datetime]:
    library = _library()
    _ = authority.certificates  # before anything is sent: an answer that cannot be checked is of no use
    request = (
        library.TimestampRequestBuilder()
        .data(note.encode())
        .hash_algorithm(library.HashAlgorithm.SHA256)
        .build()
    )
    answer = asyncio.run(_post(authority.url, request.as_bytes()))
    fault = cosigning.fault_of(answer) or ("its answer is too long." if answer.fault else None)
    if fault is not None:
        raise StampError(f"The time stamping authority gave no stamp: {fault}")
    try:
        return answer.body, check(answer.body, note, authority, request.nonce)
    except StampError as error:
        raise StampError(f"The time stamping authority's stamp does not hold: {error}") from None


async def _post(url: str, query: bytes) -> outgoing.Answer:
    async with outgoing.client() as http:
        return await outgoing.post(http, url, query, _HEADERS)


def _library() -> Any:
    """Return the library that reads stamps, which is an extra; raises `StampError` without it."""
    if importlib.util.find_spec("rfc3161_client") is None:
        raise StampError("Time stamps need the extra `timestamp`: pip install 'aboveboard[timestamp]'.")
    import rfc3161_client

    return rfc3161_client


# -- the order of certificates ---------------------------------------------------------------------------------------


def in_order(response: bytes) -> bytes:
    """Return an RFC 3161 response with its certificates in the order of DER (X.690 section 11.6); any other bytes as they are.

    The certificates are one field of `SignedData`, so changing their order changes no length.
    """
    try:
        _, whole, _ = _element(response, 0)  # TimeStampResp
        _, token, _ = _element(response, _end(response, whole))  # ContentInfo, after the status
        explicit = _end(response, token)  # after its OID
        _, inner, _ = _element(response, explicit)
        _, at, last = _element(response, inner)  # SignedData
        while at < last:
            tag, start, end = _element(response, at)
            if tag == 0xA0:
                return response[:start] + b"".join(sorted(_elements(response, start, end))) + response[end:]
            at = end
    except IndexError:
        return response
    return response


def _elements(data: bytes, at: int, last: int) -> Iterator[bytes]:
    while at < last:
        end = _end(data, at)
        yield data[at:end]
        at = end


def _end(data: bytes, at: int) -> int:
    return _element(data, at)[2]


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """Return tag, start and end of the content of the DER element at `at`; raises `IndexError` beyond the end."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= 0x80:
        size = length - 0x80
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > len(data) or length < 0:
        raise IndexError(at)
    return tag, start, start + length
