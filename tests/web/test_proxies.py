"""Whom a request comes from: headers are believed from trusted proxies only, and only as far as hops are trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.settings import Settings, SettingsError
from aboveboard.web.proxies import MOST_HOPS, asking

TRUSTED = Settings(trusted_proxies="10.0.0.0/8, 2001:db8:1::/48, 192.0.2.7").proxies
PROXY, ANN, EVE = "10.0.0.5", "203.0.113.9", "198.51.100.66"


def asked(peer: str, *headers: tuple[str, str]) -> str:
    return asking(
        peer, [(name.lower().encode(), value.encode("latin-1")) for name, value in headers], TRUSTED
    )


def xff(*values: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", value) for value in values]


def fwd(*values: str) -> list[tuple[str, str]]:
    return [("Forwarded", value) for value in values]


#: what it shows, who is connected, headers, who is taken for asking
CASES = [
    ("no header", PROXY, [], PROXY),
    ("a stranger's own word", EVE, xff(ANN), EVE),
    ("a stranger's own word, the new way", EVE, fwd(f"for={ANN}"), EVE),
    ("one proxy", PROXY, xff(ANN), ANN),
    ("what the visitor wrote stands left", PROXY, xff(f"1.2.3.4, {ANN}"), ANN),
    ("what the visitor wrote is one of ours", PROXY, xff(f"10.0.0.1, {ANN}"), ANN),
    ("what the visitor wrote came as a header of its own", PROXY, xff("1.2.3.4", ANN), ANN),
    ("two proxies of ours", PROXY, xff(f"6.6.6.6, {ANN}, 10.1.2.3"), ANN),
    ("all are ours: the farthest", PROXY, xff("10.9.9.9, 10.1.2.3"), "10.9.9.9"),
    ("garbage at the end", PROXY, xff(f"{ANN}, hello"), PROXY),
    ("garbage behind a proxy of ours", PROXY, xff(f"{ANN}, hello, 10.1.2.3"), "10.1.2.3"),
    ("garbage left of the visitor harms nothing", PROXY, xff(f'"; DROP, {ANN}'), ANN),
    ("empty", PROXY, xff(""), PROXY),
    ("commas only", PROXY, xff(",,,,"), PROXY),
    ("a number is no address", PROXY, xff("2130706433"), PROXY),
    ("leading zeros are no address", PROXY, xff("203.0.113.009"), PROXY),
    ("a zone is no address", PROXY, xff("fe80::1%eth0"), PROXY),
    ("latin letters", PROXY, xff("\xff\xfe"), PROXY),
    ("with a port", PROXY, xff(f"{ANN}:4711"), ANN),
    ("with a port too long", PROXY, xff(f"{ANN}:4711111"), PROXY),
    ("IPv6", PROXY, xff("2001:db8:9::1"), "2001:db8:9::1"),
    ("IPv6 with a port", PROXY, xff("[2001:db8:9::1]:4711"), "2001:db8:9::1"),
    ("IPv6 proxy", "2001:db8:1::5", xff(ANN), ANN),
    ("IPv4 in the clothes of IPv6", f"::ffff:{PROXY}", xff(f"::ffff:{ANN}"), ANN),
    ("a hop of ours in the clothes of IPv6", PROXY, xff(f"{ANN}, ::ffff:10.3.3.3"), ANN),
    ("a single trusted address", "192.0.2.7", xff(ANN), ANN),
    ("its neighbour is not", "192.0.2.8", xff(ANN), "192.0.2.8"),
    ("a socket without an address", "", xff(ANN), ""),
    ("many hops of ours, more than anyone reads", PROXY, xff(", ".join([ANN, *["10.0.0.9"] * MOST_HOPS])), "10.0.0.9"),
    ("as many as are read", PROXY, xff(", ".join([ANN, *["10.0.0.9"] * (MOST_HOPS - 1)])), ANN),
    ("many strangers", PROXY, xff(", ".join([EVE] * 5_000 + [ANN])), ANN),
    ("RFC 7239", PROXY, fwd(f"for={ANN};proto=https;by=10.0.0.5"), ANN),
    ("RFC 7239, any case and order", PROXY, fwd(f"Proto=https; FOR={ANN}"), ANN),
    ("RFC 7239, quoted IPv6 with a port", PROXY, fwd('for="[2001:db8:9::1]:4711"'), "2001:db8:9::1"),
    ("RFC 7239, the visitor wrote one", PROXY, fwd(f"for=1.2.3.4, for={ANN}"), ANN),
    ("RFC 7239, two headers", PROXY, fwd("for=1.2.3.4", f"for={ANN}"), ANN),
    ("RFC 7239, a comma within quotes", PROXY, fwd(f'for="1.2.3.4, for=6.6.6.6", for={ANN}'), ANN),
    ("RFC 7239, a quote left open swallows the proxy's word: nothing is believed", PROXY, fwd(f'for="1.2.3.4, for={ANN}'), PROXY),
    ("RFC 7239, an escaped quote", PROXY, fwd(f'host="a\\"b", for={ANN}'), ANN),
    ("RFC 7239, unknown", PROXY, fwd("for=unknown"), PROXY),
    ("RFC 7239, a hidden name", PROXY, fwd(f"for={ANN}, for=_hidden"), PROXY),
    ("RFC 7239, a hidden port", PROXY, fwd(f'for="{ANN}:_p1"'), ANN),
    ("RFC 7239, a hidden name behind ours", PROXY, fwd("for=_gazonk, for=10.1.1.1"), "10.1.1.1"),
    ("RFC 7239, said twice in one hop", PROXY, fwd(f"for=1.2.3.4;for={ANN}"), PROXY),
    ("RFC 7239, a hop without for", PROXY, fwd(f"for={ANN}, proto=https"), PROXY),
    ("RFC 7239, garbage", PROXY, fwd("=;=,"), PROXY),
    ("both say the same", PROXY, [*xff(ANN), *fwd(f"for={ANN}")], ANN),
    ("both, and the visitor wrote the other one", PROXY, [*xff(ANN), *fwd("for=1.2.3.4")], PROXY),
    ("both, the visitor's one broken", PROXY, [*xff(ANN), *fwd("=")], PROXY),
]  # fmt: skip


@pytest.mark.parametrize(("peer", "headers", "taken"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_who_asks(peer: str, headers: list[tuple[str, str]], taken: str) -> None:
    assert asked(peer, *headers) == taken


def test_without_trusted_proxies_nothing_is_believed() -> None:
    assert asking(PROXY, [(b"x-forwarded-for", ANN.encode())], ()) == PROXY


_word = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)


@given(_word, st.sampled_from(["X-Forwarded-For", "Forwarded"]))
@example('for="', "Forwarded")
@example("\\", "Forwarded")
def test_whatever_a_visitor_writes_before_it_the_proxys_word_or_the_proxy_is_taken(
    said: str, name: str
) -> None:
    """A visitor may hide behind the proxy's own address, but never becomes somebody else."""
    own = ANN if name == "X-Forwarded-For" else f"for={ANN}"
    assert asked(PROXY, (name, f"{said}, {own}")) in (ANN, PROXY)
    assert asked(EVE, (name, said)) == EVE


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("proxy.example", "neither an address nor a network"),
        ("10.0.0.5/8", "neither an address nor a network"),
        ("10.0.0.5 10.0.0.6", "neither an address nor a network"),
        ("10.0.0.5,/", "neither an address nor a network"),
        ("0.0.0.0/0", "is everybody"),
        ("::/0", "is everybody"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(said: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        Settings.load({"ABOVEBOARD_TRUSTED_PROXIES": said})


@pytest.mark.parametrize(("trusted", "second"), [("127.0.0.1", 200), ("", 429)])
def test_limits_count_the_visitors_behind_the_proxy(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: str, second: int
) -> None:
    from aboveboard.choices.pages import code
    from aboveboard.web.limits import Window

    monkeypatch.setattr(code, "_asked", Window(most=10, seconds=600))
    behind = House(
        Settings(home=str(tmp_path), database_url=house.settings.database_url, trusted_proxies=trusted)
    )
    app = create_app(behind)

    async def from_here(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["client"] = ("127.0.0.1", 5000)
        await served(scope, receive, send)

    served, app.asgi_handler = app.asgi_handler, from_here
    with TestClient(app) as client:

        def ask(number: int, address: str) -> int:
            headers = {
                "Accept": "text/html",
                "Sec-Fetch-Site": "same-origin",
                "X-Forwarded-For": f"6.6.6.{number}, {address}",
            }
            return client.post("/code", data={"who": f"a{number}@example.org"}, headers=headers).status_code

        assert [ask(number, EVE) for number in range(11)] == [200] * 10 + [429]
        assert ask(20, ANN) == second
        # One IPv6 network is one visitor, however many addresses it has.
        if trusted:
            assert [ask(30 + number, f"2001:db8:9::{number:x}") for number in range(11)] == [200] * 10 + [429]
            assert ask(50, "2001:db8:9:1::1") == 200
