"""The simulator as one thing that is started and stopped: `with PartnerSim({"lab": "whsec_…"}) as sim: …`."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from aboveboard.partner_sim.inbox import Inbox, Received
from aboveboard.partner_sim.mail import MailServer
from aboveboard.partner_sim.server import Server
from aboveboard.partner_sim.shared_secrets import Secrets


class PartnerSim:
    """Partners, a mailbox and their pages, listening on `url` (and `smtp_port`, or None if mail is off).

    `secrets` maps a partner's id to its `whsec_…`; `keys` is a folder with such secrets; `data` a folder that survives restarts.
    Port 0 takes a free one; `smtp_port` None asks for no mail. Raises `OSError` when a port is taken.
    """

    def __init__(
        self,
        secrets: dict[str, str] | None = None,
        *,
        keys: Path | None = None,
        data: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        smtp_port: int | None = None,
    ) -> None:
        known = Secrets(secrets, keys)
        self.inbox = Inbox(data)
        self.host = host
        self._server = Server((host, port), self.inbox, known)
        self.port = int(self._server.server_address[1])
        self._mail = self._start_mail(smtp_port)
        self.smtp_port = None if self._mail is None else self._mail.port
        self._server.smtp = self._mail is not None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the pages, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def skew(self) -> float:
        """Seconds by which the partners' clocks are wrong."""
        return self._server.skew

    @skew.setter
    def skew(self, seconds: float) -> None:
        self._server.skew = seconds

    def inbox_url(self, partner: str) -> str:
        """Return the address that a partner would write into its contract."""
        return f"{self.url}/inbox/{partner}"

    def switch(self, partner: str, mode: str, seconds: float = 0.0) -> None:
        """Make a partner behave in another way (`inbox.MODES`)."""
        self.inbox.switch(partner, mode, seconds)

    def received(self, partner: str) -> list[Received]:
        """Return what a partner received, the newest first."""
        return self.inbox.received(partner)

    def start(self) -> PartnerSim:
        """Listen in a thread of this process."""
        self._thread = threading.Thread(target=self.serve, name="partner-sim", daemon=True)
        self._thread.start()
        return self

    def serve(self) -> None:
        """Listen until `stop` is called from another thread."""
        self._server.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Stop listening and close the memory."""
        self._server.stopping = True
        self._server.shutdown()
        self._server.server_close()
        if self._mail is not None:
            self._mail.stop()
        if self._thread is not None:
            self._thread.join(5)
        self.inbox.close()

    def __enter__(self) -> PartnerSim:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_mail(self, port: int | None) -> MailServer | None:
        if port is None:
            return None
        try:
            return MailServer(self.inbox, self.host, port)
        except ImportError:
            return None
