"""Where mail ends in a demonstration: an SMTP server that keeps everything and sends nothing on.

It needs aiosmtpd, which comes with the extra `demo`. Without it the simulator runs all the same and its page says that
the mailbox is off.
"""

from __future__ import annotations

import socket
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aboveboard.partner_sim.inbox import Inbox


class MailServer:
    """A listening SMTP server; `port` is the real one even if 0 was asked for."""

    def __init__(self, inbox: Inbox, host: str, port: int) -> None:
        """Raises `ImportError` when aiosmtpd is not installed, `OSError` when the port is taken."""
        from aiosmtpd.controller import Controller

        # aiosmtpd greets itself on the port it was given to see that it runs, and so needs to know the port beforehand.
        self._controller: Any = Controller(_Keep(inbox), hostname=host, port=port or _free_port(host))
        self._controller.start()
        self.port = int(self._controller.port)

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class _Keep:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body(("plain", "html"))
        text = body.get_content() if body is not None else ""
        for to in envelope.rcpt_tos:
            self._inbox.deliver("email", to, str(message["subject"] or ""), text)
        return "250 kept"
