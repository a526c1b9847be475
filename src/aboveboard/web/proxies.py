"""Who is asking, when a proxy stands in front.

Limits count by network address, and behind a proxy every request comes from the proxy. It says in a header for whom it asks: in
`X-Forwarded-For`, or in `Forwarded` (RFC 7239). Anybody can write such a header, so it is believed only as far as hops are
trusted: the list is read from its end, where the nearest proxy wrote, and the first address that is no trusted proxy is the one
who asks. What stands left of it, that one wrote itself. Where the list stops making sense (`unknown`, a hidden name, garbage),
the last proxy that made sense is taken: strangers then share one limit, and nobody is counted as somebody else.

A proxy writes one of the two headers and may pass the other through as it came. So where both are there and tell two addresses,
neither is believed. An IPv6 visitor has a whole network of addresses, so `caller` counts the network (/64).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: So many hops are read from the end of a list; no honest one is longer.
MOST_HOPS = 20

#: One parameter of `Forwarded`: token, `=`, then a token or a quoted string (RFC 7239, section 4).
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - a token of a header
_PAIR = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")\s*')
_IN_BRACKETS = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5}|:_[\w.-]+)?")
_WITH_PORT = re.compile(r"([0-9.]+):(?:[0-9]{1,5}|_[\w.-]+)")
#: Networks of one caller, by the number of leading bits.
_ONE_CALLER = 64


class BelieveProxies:
    """ASGI application around another: the client of a request is whoever a trusted proxy says that it asks for."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self.app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the one who asks as its client."""
        if scope["type"] == ScopeType.HTTP and scope.get("client"):
            host = scope["client"][0]  # type: ignore[index]
            found = asking(host, scope["headers"], self._trusted)
            if found != host:
                scope["client"] = (found, 0)
        await self.app(scope, receive, send)


def caller(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the name under which limits count whoever sent this request: the address, or the /64 of an IPv6 address."""
    host = connection.client.host if connection.client else ""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return str(ipaddress.ip_network((address, _ONE_CALLER), strict=False))
    return str(address) if address is not None else host


def asking(host: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]) -> str:
    """Return the address of who asks, given who is connected (`host`) and the headers; `host` if nothing can be believed."""
    peer = _address(host)
    if peer is None or not _within(peer, trusted):
        return host
    said: dict[bytes, list[str]] = {b"x-forwarded-for": [], b"forwarded": []}
    for name, value in headers:
        if name.lower() in said:
            said[name.lower()].append(value.decode("latin-1"))
    lists = []
    if said[b"x-forwarded-for"]:
        lists.append(",".join(said[b"x-forwarded-for"]).split(","))
    if said[b"forwarded"]:
        lists.append(_forwarded(",".join(said[b"forwarded"])))
    found = {_first_stranger(peer, hops, trusted) for hops in lists}
    return str(found.pop()) if len(found) == 1 else host


def _first_stranger(peer: Address, hops: list[str], trusted: Sequence[Network]) -> Address:
    """Return the hop nearest to us that is no trusted proxy; the last that made sense, if there is none."""
    nearest = peer
    for hop in reversed(hops[-MOST_HOPS:]):
        address = _node(hop)
        if address is None:
            break
        nearest = address
        if not _within(address, trusted):
            break
    return nearest


def _forwarded(value: str) -> list[str]:
    """Return the `for` of each hop of a `Forwarded` header; one whole list that breaks the grammar says nothing."""
    hops, hop, place = list[str](), "", 0
    while place <= len(value):
        pair = _PAIR.match(value, place)
        if pair is None:
            return []
        if pair[1].lower() == "for":
            if hop:
                return []
            hop = pair[2] if pair[2] is not None else re.sub(r"\\(.)", r"\1", pair[3])
        end = value[pair.end() : pair.end() + 1]
        if end not in (",", ";", ""):
            return []
        if end != ";":
            hops.append(hop)
            hop = ""
        place = pair.end() + 1
        if not end:
            break
    return hops


def _node(hop: str) -> Address | None:
    """Return the address of one hop, with or without a port; None for `unknown`, a hidden name, or anything else."""
    hop = hop.strip(" \t")
    for shape in (_IN_BRACKETS, _WITH_PORT):
        fits = shape.fullmatch(hop)
        if fits is not None:
            return _address(fits[1])
    return None if "%" in hop else _address(hop)


def _address(said: str) -> Address | None:
    """Return an address, an IPv4 address in the clothes of IPv6 as IPv4; None for what is none."""
    try:
        address = ipaddress.ip_address(said.split("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
