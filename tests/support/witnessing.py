"""A witness as c2sp.org/tlog-witness has it, over HTTP: it checks each head against the one before and signs what it has seen.

It remembers size and root of what it signed last, and never signs two heads that do not go together. `twist` makes it misbehave.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aboveboard.proof import ProofError, merkle, note
from aboveboard.proof.checkpoint import Checkpoint
from aboveboard.proof.cosignature import Cosigner, signed_text
from aboveboard.proof.encoding import from_base64
from aboveboard.proof.signers import Signers

Answer = tuple[int, bytes]


class SigningWitness:
    """The witness of one record; `address` is where it listens, `key` its public key."""

    def __init__(
        self, signers: Signers, name: str = "witness.example.org/one", seed: bytes = b"w" * 32
    ) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.cosigner = Cosigner(name, self._private.public_key().public_bytes_raw())
        self.key = self.cosigner.verifier_key
        self.signers = signers
        self.size, self.root = 0, merkle.EMPTY_ROOT
        self.asked: list[bytes] = []
        self.clock = time.time
        self.twist: Callable[[Answer], Answer] = lambda answer: answer
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                witness.asked.append(body)
                known = self.path == "/w/add-checkpoint"
                status, answer = witness.twist(witness.add(body) if known else (404, b""))
                self.send_response(status)
                if status == 409:
                    self.send_header("content-type", "text/x.tlog.size")
                if status == 302:
                    self.send_header("location", "/w/add-checkpoint")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/w"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()

    def add(self, body: bytes) -> Answer:
        """Return what a witness answers to a head."""
        head, _, signed = body.decode().partition("\n\n")
        first, *proof = head.split("\n")
        old = int(first.removeprefix("old "))
        try:
            checkpoint = self.signers.open_head(signed)
        except ProofError as error:
            return (403 if error.code in ("unsigned", "replaced") else 400), b""
        if old != self.size:
            return 409, f"{self.size}\n".encode()
        if old > checkpoint.size:
            return 400, b""
        try:
            hashes = [from_base64(line, "a hash") for line in proof]
            if old:
                merkle.verify_consistency(old, checkpoint.size, hashes, self.root, checkpoint.root)
        except ProofError:
            return (409 if old == checkpoint.size else 422), f"{self.size}\n".encode()
        self.size, self.root = checkpoint.size, checkpoint.root
        return 200, self.cosign(checkpoint).encode()

    def cosign(self, checkpoint: Checkpoint) -> str:
        """Return the signature line under a head."""
        at = int(self.clock())
        value = at.to_bytes(8, "big") + self._private.sign(signed_text(checkpoint.text(), at))
        return note.Signature(self.cosigner.name, self.cosigner.key_id, value).line()
