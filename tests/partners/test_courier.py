"""Every way in which a partner can misbehave, over real HTTP: what it means, who waits for how long, and that nothing is lost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from aboveboard.partners import tables
from aboveboard.people.model import Identity
from aboveboard.store import now
from tests.partners.conftest import SAMPLE, Firm

LAB = "http://127.0.0.1:8701/inbox/lab"


def answering(firm: Firm, partner: str = "lab") -> dict:
    with firm.store.read() as conn:
        row = conn.execute(sa.select(tables.answering).where(tables.answering.c.partner == partner)).first()
    return dict(row._mapping) if row else {}


def delivery(firm: Firm, entry_id: str, partner: str = "lab") -> dict:
    query = sa.select(tables.deliveries).where(
        tables.deliveries.c.entry_id == entry_id, tables.deliveries.c.partner == partner
    )
    with firm.store.read() as conn:
        row = conn.execute(query).one()
    return dict(row._mapping)


MISBEHAVING = [
    # how the partner behaves, state, why, is all of the partner paused, was the message taken
    ("ok", "confirmed", None, False, True),
    ("slow", "confirmed", None, False, True),
    ("down", "waiting", "status_503", True, False),
    ("error", "waiting", "status_500", True, False),
    ("closed", "waiting", "closed", True, False),
    ("lost", "waiting", "closed", True, True),
    ("hang", "waiting", "timeout", True, False),
    ("redirect", "waiting", "redirect", True, False),
    ("garbage", "told", "answer_no_json", False, True),
    ("html", "told", "answer_no_json", False, True),
    ("empty", "told", "answer_no_json", False, True),
    ("wrong_id", "told", "answer_other_id", False, True),
    ("huge", "told", "answer_too_long", False, True),
]


@pytest.mark.parametrize(
    ("mode", "state", "code", "paused", "taken"), MISBEHAVING, ids=[row[0] for row in MISBEHAVING]
)
def test_a_partner_that(
    small_firm: Firm, mode: str, state: str, code: str | None, paused: bool, taken: bool
) -> None:
    firm = small_firm
    firm.sim.switch("lab", mode, 0.2)
    said = firm.say("deny share_lab")
    begun = time.monotonic()
    firm.carry(seconds=1.0)
    assert time.monotonic() - begun < 5
    row = delivery(firm, said)
    assert (row["state"], row["last_error"], row["attempts"]) == (state, code, 1)
    assert (answering(firm).get("paused_until") is not None) == paused
    assert len(firm.got("lab")) == taken
    assert (firm.told(said)["lab"].why is None) == (code is None)
    # What is not confirmed is asked again, under the same id, and in the end it is: nothing is lost, nothing doubled.
    if state != "confirmed":
        assert row["next_try_at"] > now()
        firm.sim.switch("lab", "ok")
        firm.hurry()
        firm.carry()
    assert firm.states(said) == {"lab": "confirmed"}
    assert [message.id for message in firm.sim.received("lab")] == [row["message"]]
    entries = [entry.kind for kind in ("partner.told", "partner.confirmed") for entry in firm.entries(kind)]
    assert entries == (["partner.told"] if state == "told" else []) + ["partner.confirmed"]


BAD_ADDRESSES = [
    # the address in the book, why it does not work
    ("http://127.0.0.1:1/inbox", "connect"),
    ("http://nobody.invalid/inbox", "connect"),
    ("http://[::1/inbox", "bad_url"),
    ("http://127.0.0.1:99999/inbox", "bad_url"),
    ("http:///inbox", "bad_url"),
    ("TLS to the simulator, which speaks none", "tls"),
]


@pytest.mark.parametrize(("url", "code"), BAD_ADDRESSES)
def test_an_address_that_cannot_work(small_firm: Firm, url: str, code: str) -> None:
    if code == "tls":
        url = small_firm.sim.url.replace("http:", "https:") + "/inbox/lab"
    small_firm.publish(SAMPLE.replace(LAB, url))
    said = small_firm.say("deny share_lab")
    small_firm.carry()
    assert delivery(small_firm, said)["last_error"] == code
    small_firm.publish(SAMPLE)
    small_firm.carry()
    assert small_firm.states(said) == {"lab": "confirmed"}


@pytest.mark.parametrize("skew", [-400.0, 400.0])
def test_a_partner_whose_clock_is_wrong_says_so_and_waits(small_firm: Firm, skew: float) -> None:
    small_firm.sim.skew = skew
    said = small_firm.say("deny share_lab")
    small_firm.carry()
    assert delivery(small_firm, said)["last_error"] == "status_400"
    small_firm.sim.skew = 0
    small_firm.hurry()
    small_firm.carry()
    assert small_firm.states(said) == {"lab": "confirmed"}


# -- partners that the simulator does not play -----------------------------------------------------------------------


@contextmanager
def partner_that(answer: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/in"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    """A partner without a log, that reads what it is sent."""

    def log_message(self, *_: object) -> None:
        pass

    def body(self) -> str:
        return self.rfile.read(int(self.headers["content-length"])).decode()


def test_a_redirect_to_another_host_is_not_followed(small_firm: Firm) -> None:
    seen: list[str] = []

    class Elsewhere(Quiet):
        def do_POST(self) -> None:
            seen.append(self.body())
            self.send_response(200)
            self.end_headers()

    with partner_that(Elsewhere) as trap:

        class Sends(Quiet):
            def do_POST(self) -> None:
                self.body()
                self.send_response(307)
                self.send_header("location", trap)
                self.end_headers()

        with partner_that(Sends) as url:
            small_firm.publish(SAMPLE.replace(LAB, url))
            said = small_firm.say("deny share_lab")
            small_firm.carry()
    assert delivery(small_firm, said)["last_error"] == "redirect"
    assert seen == []


def test_an_answer_that_drips_does_not_hold_us_up(small_firm: Firm) -> None:
    class Drips(Quiet):
        def do_POST(self) -> None:
            self.body()
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return
                time.sleep(0.1)

    with partner_that(Drips) as url:
        small_firm.publish(SAMPLE.replace(LAB, url))
        said = small_firm.say("deny share_lab")
        begun = time.monotonic()
        small_firm.carry(seconds=0.5)
        assert time.monotonic() - begun < 4
    assert delivery(small_firm, said)["last_error"] == "timeout"


def test_a_packed_answer_is_not_unpacked(small_firm: Firm) -> None:
    import gzip

    class Bomb(Quiet):
        def do_POST(self) -> None:
            self.body()
            packed = gzip.compress(b" " * 10_000_000)
            self.send_response(200)
            self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

    with partner_that(Bomb) as url:
        small_firm.publish(SAMPLE.replace(LAB, url))
        said = small_firm.say("deny share_lab")
        small_firm.carry()
    assert delivery(small_firm, said)["state"] == "told"


def test_a_partner_that_does_not_speak_http(small_firm: Firm) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        def shout() -> None:
            peer, _ = silent.accept()
            with peer:
                peer.recv(10)
                peer.sendall(b"\x00\x01\x02 what?\r\n\r\n")

        threading.Thread(target=shout, daemon=True).start()
        small_firm.publish(SAMPLE.replace(LAB, f"http://127.0.0.1:{silent.getsockname()[1]}/"))
        said = small_firm.say("deny share_lab")
        small_firm.carry(seconds=1.0)
    assert delivery(small_firm, said)["last_error"] == "closed"


# -- who waits for whom ----------------------------------------------------------------------------------------------


def test_a_message_that_only_this_partner_does_not_want_holds_up_nobody_else(small_firm: Firm) -> None:
    class Picky(Quiet):
        def do_POST(self) -> None:
            self.send_response(422 if '"kind":"email"' in self.body() else 200)
            self.end_headers()

    with partner_that(Picky) as url:
        small_firm.publish(SAMPLE.replace(LAB, url))
        unwanted = small_firm.say("deny share_lab")
        newer = small_firm.say("deny all lab")
        others = [small_firm.say("deny share_lab", identity=Identity("customer", f"C{n}")) for n in range(5)]
        small_firm.carry()
    assert small_firm.states(unwanted) == {"lab": "waiting"}
    assert delivery(small_firm, unwanted)["last_error"] == "status_422"
    assert delivery(small_firm, newer)["attempts"] == 0  # the same person: must not overtake
    assert [small_firm.states(said) for said in others] == [{"lab": "told"}] * 5
    assert answering(small_firm).get("paused_until") is None


def test_a_partner_that_is_down_is_asked_with_one_message_and_then_gets_all(firm: Firm) -> None:
    firm.sim.switch("lab", "down")
    said = [firm.say("deny share_lab", identity=Identity("customer", f"C{n}")) for n in range(30)]
    with capture_logs() as logs:
        firm.carry()
        tried = sum(delivery(firm, one)["attempts"] for one in said)
        assert 1 <= tried <= 8  # not all thirty
        for failures in (2, 3, 4):
            firm.hurry()
            firm.carry()
            assert answering(firm)["failures"] == failures
        assert sum(delivery(firm, one)["attempts"] for one in said) == tried + 3
        assert answering(firm)["paused_until"] > now()
        assert firm.carry() == 0  # paused
        firm.sim.switch("lab", "ok")
        with firm.store.write() as tx:
            tx.conn.execute(sa.update(tables.answering).values(paused_until=None))
        assert firm.carry() == 30
    assert {firm.states(one)["lab"] for one in said} == {"confirmed"}
    assert answering(firm)["failures"] == 0
    assert [log["event"] for log in logs] == ["partner paused"] * 4 + ["partner answers again"]
    assert "C1" not in str(logs)


def test_one_partner_that_hangs_does_not_hold_up_the_others(small_firm: Firm) -> None:
    small_firm.sim.switch("lab", "hang")
    said = small_firm.say("deny all")
    small_firm.carry(seconds=1.0)
    states = small_firm.states(said)
    assert states.pop("lab") == "waiting"
    assert states.pop("insurer") == "by_hand"
    assert set(states.values()) == {"confirmed"}


def test_a_partner_that_never_confirms_gets_newer_choices_all_the_same(small_firm: Firm) -> None:
    small_firm.sim.switch("lab", "html")
    older, newer = small_firm.say("allow share_lab"), small_firm.say("deny share_lab")
    small_firm.carry()
    assert small_firm.states(older) == small_firm.states(newer) == {"lab": "told"}
    # Asked again, the old yes would come after the newer no: it is left alone, the no is asked about.
    small_firm.sim.switch("lab", "ok")
    small_firm.hurry()
    small_firm.carry()
    assert small_firm.states(newer) == {"lab": "confirmed"}
    assert small_firm.states(older) == {"lab": "told"}
    why = small_firm.told(older)["lab"].why
    assert why is not None
    assert "newer" in why.en
    assert [message.times for message in small_firm.sim.received("lab")] == [2, 1]
    assert len(small_firm.entries("partner.told")) == 2


def test_messages_name_the_person_as_known_when_they_leave(small_firm: Firm) -> None:
    small_firm.sim.switch("lab", "down")
    small_firm.say("deny share_lab")
    small_firm.carry()
    ann = small_firm.person()
    with small_firm.store.write() as tx:
        small_firm.people.link(tx, ann, Identity("phone", "+14085550143"))
    small_firm.sim.switch("lab", "ok")
    small_firm.hurry()
    small_firm.carry()
    assert [one["kind"] for one in small_firm.got("lab")[0]["data"]["subject"]] == ["email", "phone"]


def test_a_person_who_was_erased_is_not_named_and_stays_visible_as_untold(small_firm: Firm) -> None:
    from aboveboard.record import tables as record_tables

    small_firm.sim.switch("lab", "down")
    said = small_firm.say("deny share_lab")
    small_firm.carry()
    with small_firm.store.write() as tx:
        tx.conn.execute(sa.update(record_tables.subjects).values(wrapped=None))
    small_firm.sim.switch("lab", "ok")
    small_firm.hurry()
    small_firm.carry()
    assert small_firm.states(said) == {"lab": "failed"}
    assert small_firm.got("lab") == []
