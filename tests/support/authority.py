"""A time stamping authority (RFC 3161): `openssl ts` behind a small HTTP server, with a chain of three certificates."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONF = """
[ tsa ]
default_tsa = here
[ here ]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./{name}.pem
certs = ./middle.pem
signer_key = ./{name}.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
"""


class TimeAuthority:
    """The authority; `url` stamps, `roots` is the certificate to trust. `answer` replaces what it would send."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.roots = str(
            self._certificate(
                "root", None, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign"
            )
        )
        self._certificate(
            "middle", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign"
        )
        stamps = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        self._certificate("stamps", "middle", f"{stamps}extendedKeyUsage=critical,timeStamping")
        (folder / "serial").write_text("01\n")
        self.asked: list[bytes] = []
        self.answer: tuple[int, bytes] | None = None
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["content-length"]))
                authority.asked.append(query)
                status, body = authority.answer or (200, authority.stamp(query))
                self.send_response(status)
                self.send_header("content-type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/stamp"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()

    def stamp(self, query: bytes, name: str = "stamps") -> bytes:
        """Return the response to a query, signed with the certificate `name`."""
        (self.folder / "conf").write_text(_CONF.format(name=name))
        (self.folder / "query").write_bytes(query)
        self._run(
            "ts", "-reply", "-config", "conf", "-section", "here", "-queryfile", "query", "-out", "reply"
        )
        return (self.folder / "reply").read_bytes()

    def _certificate(self, name: str, by: str | None, extensions: str) -> Path:
        (self.folder / "ext").write_text(extensions)
        self._run(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN=Example {name}",
        )
        signer = (
            ["-signkey", f"{name}.key"]
            if by is None
            else ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"]
        )
        self._run(
            "x509",
            "-req",
            "-in",
            f"{name}.csr",
            "-out",
            f"{name}.pem",
            "-days",
            "3650",
            "-extfile",
            "ext",
            *signer,
        )
        return self.folder / f"{name}.pem"

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60)
