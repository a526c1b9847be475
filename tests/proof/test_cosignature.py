"""Cosignatures: a witness's line holds under the head that it signed, and under nothing else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.proof import ProofError, note
from aboveboard.proof.checkpoint import Checkpoint, sign
from aboveboard.proof.cosignature import Cosigner, signed_text

LOG = note.Signer("shop.example.com/record", b"l" * 32)
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS = Cosigner("witness.example.com/w1", PRIVATE.public_key().public_bytes_raw())
HEAD = sign(Checkpoint(LOG.name, 7, b"r" * 32), LOG)
TEXT = note.parse(HEAD)[0]
AT = 1679315147


def line(at: int = AT, text: str = TEXT, name: str = WITNESS.name, key_id: bytes = WITNESS.key_id) -> str:
    value = at.to_bytes(8, "big") + PRIVATE.sign(signed_text(text, at))
    return note.Signature(name, key_id, value).line()


def made_of(value: bytes) -> str:
    return note.Signature(WITNESS.name, WITNESS.key_id, value).line()


def test_a_cosignature_holds_and_tells_its_time() -> None:
    found = WITNESS.find(HEAD, LOG.sign(TEXT).line() + line())
    assert found.at == datetime.fromtimestamp(AT, UTC) and found.name == WITNESS.name
    assert found.line == line()
    whole = HEAD + found.line
    assert note.open_note(whole, LOG.verifier) == (TEXT, (LOG.name,)), (
        "whoever knows only the log passes it over"
    )


def test_the_signed_text_is_that_of_the_specification() -> None:
    assert signed_text("example.com/behind-the-sofa\n20852163\nCsUY=\n", AT) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUY=\n"
    )
    # The line in c2sp.org/tlog-cosignature begins with the key id and this time.
    assert int.from_bytes(base64.b64decode("jWbPPwAAAABkGFDL")[4:12], "big") == AT


def test_the_key_of_a_witness_is_none_of_a_log() -> None:
    assert Cosigner.parse(WITNESS.verifier_key + "\n") == WITNESS
    same = note.Verifier(WITNESS.name, WITNESS.public_key)
    assert same.key_id != WITNESS.key_id
    with pytest.raises(ProofError, match="begin with 4"):
        Cosigner.parse(same.verifier_key)
    with pytest.raises(ProofError, match="not an Ed25519 key"):
        note.Verifier.parse(WITNESS.verifier_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a+b",
        "a+00000000+BA==",
        WITNESS.verifier_key[:-4],
        WITNESS.verifier_key.replace("w1", "w2"),
        "a b+00000000+" + WITNESS.verifier_key.split("+", 2)[2],
    ],
)
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        Cosigner.parse(text)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("", "invalid"),
        ("rubbish\n", "invalid"),
        (line()[:-1], "invalid"),
        (LOG.sign(TEXT).line(), "unsigned"),
        (line(name="witness.example.com/w2"), "unsigned"),
        (line(key_id=b"abcd"), "unsigned"),
        (line(text=TEXT.replace("7", "8")), "changed"),
        (line(at=0), "changed"),
        (line(at=2**63), "changed"),
        (made_of(PRIVATE.sign(TEXT.encode())), "changed"),
        (made_of((AT + 1).to_bytes(8, "big") + PRIVATE.sign(signed_text(TEXT, AT))), "changed"),
    ],
)  # fmt: skip
def test_what_is_no_cosignature_of_this_head_is_refused(lines: str, code: str) -> None:
    with pytest.raises(ProofError) as caught:
        WITNESS.find(HEAD, lines)
    assert caught.value.code == code


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_rubbish_raises_nothing_else(lines: str) -> None:
    with pytest.raises(ProofError):
        WITNESS.find(HEAD, lines)
