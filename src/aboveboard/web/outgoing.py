"""One HTTP POST to another firm, and every way in which it can go wrong, as an `Answer`. The only place that knows httpx.

No redirects: the contract is with the address that is written down. No proxies or passwords from the environment. No more than
`ANSWER_LIMIT` bytes are read, whatever the other side sends, and no more than `SECONDS` are spent, however slowly it sends them.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

#: A try ends after this long, whatever happens.
SECONDS = 15.0
#: An acknowledgement is a line of JSON; an answer longer than this is none.
ANSWER_LIMIT = 64 * 1024

_HEADERS = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "identity",
    "user-agent": "aboveboard/1",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status with up to `ANSWER_LIMIT` bytes, or the `fault` that kept it from coming.

    Faults: `timeout`, `connect`, `tls`, `closed`, `bad_url`, and `answer_too_long` (with the status).
    """

    status: int | None = None
    body: bytes = b""
    fault: str | None = None


def client() -> httpx.AsyncClient:
    """Return a client for any number of posts to one firm; close it with `aclose` or use it in `async with`.

    One for each firm: the pool below looks at every connection it has before every post, so that a shared one costs the square
    of what is under way (seven partners: 300 messages a second through a shared one, 456 when each has its own).
    """
    import httpx  # late: services are imported by commands that post nothing

    limits = httpx.Limits(max_connections=16, max_keepalive_connections=16, keepalive_expiry=30)
    timeout = httpx.Timeout(connect=5.0, read=10.0, write=10.0, pool=SECONDS)
    return httpx.AsyncClient(
        verify=_trust(), timeout=timeout, limits=limits, follow_redirects=False, trust_env=False
    )


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe to be who they say: what this machine trusts. Read once, for it takes 20 ms."""
    return ssl.create_default_context()


async def post(
    http: httpx.AsyncClient,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float = SECONDS,
    *,
    telling: Collection[int] = (),
) -> Answer:
    """Send `body` and return what came back; raises nothing that the other side could cause.

    Only a success is read, and an answer with one of the statuses in `telling`, whose body says something as well.
    """
    import httpx

    sent = {**_HEADERS, **headers}
    try:
        address = httpx.URL(url)
        if (
            address.scheme not in ("http", "https")
            or not address.host
            or not 0 < (address.port or 80) < 65536
        ):
            return Answer(fault="bad_url")
        async with (
            asyncio.timeout(seconds),
            http.stream("POST", address, content=body, headers=sent) as response,
        ):
            return await _read(response, telling)
    except (TimeoutError, httpx.TimeoutException):
        return Answer(fault="timeout")
    except httpx.ConnectError as error:
        return Answer(fault="tls" if _is_tls(error) else "connect")
    except (httpx.InvalidURL, UnicodeError):
        return Answer(fault="bad_url")
    except Exception:  # noqa: BLE001 - whatever one firm's address or answer sets off, the other firms must not wait for it
        return Answer(fault="closed")


async def _read(response: httpx.Response, telling: Collection[int]) -> Answer:
    if not 200 <= response.status_code < 300 and response.status_code not in telling:
        return Answer(response.status_code)
    taken = bytearray()
    async for block in response.aiter_raw(4096):  # raw: what is not unpacked cannot burst
        taken += block
        if len(taken) > ANSWER_LIMIT:
            return Answer(response.status_code, fault="answer_too_long")
    return Answer(response.status_code, bytes(taken))


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
