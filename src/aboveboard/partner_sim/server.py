"""What the simulator speaks over HTTP.

    POST /inbox/{partner}     a signed message; answered as the partner's switch says
    POST /sms                 a signed text message to send on; it goes to the mailbox
    POST /switch/{partner}    mode and seconds, as a form or as JSON
    GET  /received.json       what each partner received (?partner=ID for one)
    GET  /mail.json           the mailbox
    GET  /  ·  /mailbox       the same for people

The standard library's server is enough, and it lets a partner misbehave in ways that a better server forbids: hang up in the
middle, never answer, answer without end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aboveboard.partner_sim import pages
from aboveboard.partner_sim.inbox import MODES, Inbox
from aboveboard.partner_sim.shared_secrets import Secrets
from aboveboard.partner_sim.signature import RefusedError, checked_id

#: The largest message a partner takes, in bytes.
LIMIT = 1_000_000
#: How long a partner that never answers keeps the line, in seconds.
HANG = 120.0
#: The name under which the gateway for text messages has its secret (no partner can have it: ids have no hyphen).
SMS = "sms-gateway"


class Server(ThreadingHTTPServer):
    """The listening server, with what its handlers share."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], inbox: Inbox, secrets: Secrets) -> None:
        self.inbox = inbox
        self.secrets = secrets
        self.smtp = False
        #: Seconds by which these partners' clocks are wrong.
        self.skew = 0.0
        self.stopping = False
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about senders that hang up: a kill test makes hundreds of them."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "partner-sim"
    sys_version = ""
    timeout = 60
    # Head and body leave in one packet: sent apart, they would wait for each other (Nagle and delayed ACK, 40 ms).
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing: the pages show what arrived."""

    def do_GET(self) -> None:
        """Show a page or its JSON."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        lang = pages.language(query.get("lang", ""), self.headers.get("accept-language", ""))
        inbox, names = self.server.inbox, self.server.secrets.partners()
        match parts.path:
            case "/":
                self._html(pages.partners(inbox, names, lang))
            case "/mailbox":
                self._html(pages.mailbox(inbox.mail(), lang, smtp=self.server.smtp))
            case "/received.json":
                wanted = [name for name in names if query.get("partner", name) == name]
                self._json(200, {"partners": {name: _received(inbox, name) for name in wanted}})
            case "/mail.json":
                self._json(200, {"mail": [vars(mail) for mail in inbox.mail()]})
            case "/health":
                self._json(200, {"ok": True})
            case _:
                self._json(404, {"error": "There is no such page."})

    def do_POST(self) -> None:
        """Take a message, or a switch."""
        body = self._body()
        if body is None:
            return
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["inbox", partner]:
                self._message(partner, body)
            case ["sms"]:
                self._sms(body)
            case ["switch", partner]:
                self._switch(partner, body)
            case _:
                self._json(404, {"error": "There is no such address."})

    def _body(self) -> bytes | None:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LIMIT:
            self.close_connection = True
            self._json(
                413 if length.isdigit() else 411,
                {"error": f"A message needs a length, of at most {LIMIT} bytes."},
            )
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the sender died in the middle of its sentence: nothing to answer
            self.close_connection = True
            return None
        return body

    def _message(self, partner: str, body: bytes) -> None:
        switch = self.server.inbox.switched(partner)
        refusal = _UNTAKEN.get(switch.mode)
        if refusal is not None:
            self.server.inbox.refuse(partner, switch.mode)
            refusal(self)
            return
        message_id = self._checked(partner, body)
        if message_id is None:
            return
        if switch.mode == "slow":
            self._wait(switch.seconds)
        self.server.inbox.take(partner, message_id, body.decode("utf-8", "replace"))
        _ANSWERS.get(switch.mode, Handler._acknowledge)(self, message_id)

    def _checked(self, partner: str, body: bytes) -> str | None:
        secret = self.server.secrets.of(partner)
        if secret is None:
            self._json(404, {"error": "No such partner is played here."})
            return None
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            return checked_id(secret, headers, body, self.server.skew)
        except RefusedError as refused:
            self.server.inbox.refuse(partner, refused.code)
            self._json(refused.status, {"error": str(refused)})
            return None

    def _sms(self, body: bytes) -> None:
        message_id = self._checked(SMS, body)
        if message_id is None:
            return
        try:
            content = json.loads(body)
            to, text = str(content["to"]), str(content["text"])
        except (ValueError, KeyError, TypeError):
            self._json(400, {"error": 'Send {"to": "+1…", "text": "…"}.'})
            return
        if self.server.inbox.take(SMS, message_id, "{}"):
            self.server.inbox.deliver("sms", to, "", text)
        self._acknowledge(message_id)

    def _switch(self, partner: str, body: bytes) -> None:
        as_json = "json" in self.headers.get("content-type", "")
        try:
            given = (
                json.loads(body)
                if as_json
                else {name: values[0] for name, values in parse_qs(body.decode()).items()}
            )
            mode, seconds = str(given.get("mode", "ok")), float(given.get("seconds") or 0)
            self.server.inbox.switch(partner, mode, seconds)
        except (ValueError, AttributeError, TypeError) as error:
            self._json(400, {"error": str(error), "modes": MODES})
            return
        if as_json:
            self._json(200, {"partner": partner, "mode": mode, "seconds": seconds})
            return
        query = parse_qs(urlsplit(self.path).query).get("lang", ["en"])[0]
        self._send(303, b"", "text/plain", {"location": f"/?lang={'zh' if query == 'zh' else 'en'}"})

    def _acknowledge(self, message_id: str) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._json(200, {"received": message_id, "at": at})

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.server.stopping:
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))

    def _hang(self) -> None:
        self._wait(HANG)
        self._hang_up()

    def _hang_up(self, _: str = "") -> None:
        self.close_connection = True

    def _endless(self, _: str) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("connection", "close")
        self.end_headers()
        for _block in range(256):  # 16 MB: far more than any acknowledgement, far less than a disk
            if self.server.stopping:
                return
            self.wfile.write(b" " * 65536)

    def _html(self, page: str) -> None:
        policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
        self._send(200, page.encode(), "text/html; charset=utf-8", {"content-security-policy": policy})

    def _json(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content, ensure_ascii=False).encode(), "application/json", {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status, HTTPStatus(status).phrase)
        fixed = {"content-type": kind, "content-length": str(len(body)), "cache-control": "no-store"}
        for name, value in (fixed | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


#: Ways to misbehave before the message was taken.
_UNTAKEN: dict[str, Callable[[Handler], None]] = {
    "down": lambda handler: handler._json(503, {"error": "We are down."}),
    "error": lambda handler: handler._json(500, {"error": "Something broke here."}),
    "redirect": lambda handler: handler._send(302, b"", "text/plain", {"location": "/elsewhere"}),
    "closed": Handler._hang_up,
    "hang": Handler._hang,
}

#: Ways to misbehave after it was taken.
_ANSWERS: dict[str, Callable[[Handler, str], None]] = {
    "lost": Handler._hang_up,
    "garbage": lambda handler, _: handler._send(200, b"\x00\xff{[not json", "application/octet-stream", {}),
    "wrong_id": lambda handler, _: handler._acknowledge("msg_of_somebody_else"),
    "html": lambda handler, _: handler._html(
        "<!doctype html><title>Welcome</title><p>Welcome to our web site."
    ),
    "empty": lambda handler, _: handler._send(200, b"", "text/plain", {}),
    "huge": Handler._endless,
}


def _received(inbox: Inbox, name: str) -> dict[str, Any]:
    switch, refused = inbox.switched(name), inbox.refused(name)
    messages = [{**vars(message), "body": message.content} for message in inbox.received(name)]
    return {
        "mode": switch.mode,
        "seconds": switch.seconds,
        "refused": refused and vars(refused),
        "messages": messages,
    }
