"""Hexadecimal and base64 with one spelling each, and the wall around the room."""

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aboveboard.proof
from aboveboard.proof import ProofError, encoding


@given(st.binary())
def test_bytes_come_back(data):
    assert encoding.from_hex(data.hex(), "it") == data
    assert encoding.from_base64(encoding.to_base64(data), "it") == data


@pytest.mark.parametrize(
    "text", ["0", "AB", "0x", "a b", " ab", "ab\n", "ab ab", "é1", "１２", None, 12, b"ab", ["ab"]]
)
def test_bad_hex(text):
    with pytest.raises(ProofError, match="^It must be pairs of hexadecimal digits"):
        encoding.from_hex(text, "It")


@pytest.mark.parametrize("value", ["a" * 32, bytearray(32), [0] * 32, bytes(31), bytes(33), b"", None])
def test_only_bytes_of_that_size(value):
    assert encoding.exactly(b"a" * 32, 32, "It") == b"a" * 32
    with pytest.raises(ProofError, match="^It must be 32 bytes"):
        encoding.exactly(value, 32, "It")


def test_the_size_is_held():
    assert encoding.from_hex("00ff", "It", 2) == b"\x00\xff"
    for text in ("00", "00ff00", ""):
        with pytest.raises(ProofError, match="must be 4 hexadecimal digits"):
            encoding.from_hex(text, "It", 2)


@pytest.mark.parametrize(
    "text",
    [
        "QQ",
        "QQ=",
        "QQ===",
        "QR==",
        "QQ==\n",
        "Q Q==",
        "QQ==QQ==",
        "-_8=",
        "=",
        "é",
        "QUI=x",
        None,
        5,
        b"QQ==",
        "QUJ=",
    ],
)
def test_bad_base64(text):
    with pytest.raises(ProofError, match="^It must be base64"):
        encoding.from_base64(text, "It")


@given(st.text(alphabet="ABab01+/=\n -_", max_size=12))
def test_two_texts_never_mean_the_same_bytes(text):
    try:
        data = encoding.from_base64(text, "It")
    except ProofError:
        return
    assert encoding.to_base64(data) == text


def test_the_room_stands_alone():
    """It imports the standard library, `cryptography` and itself: whoever checks a receipt needs nothing else of ours."""
    allowed = {*sys.stdlib_module_names, "cryptography"}
    for path in Path(aboveboard.proof.__file__).parent.rglob("*.py"):
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in found.names] if isinstance(found, ast.Import) else []
            names += [f"{'.' * found.level}{found.module or ''}"] if isinstance(found, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("aboveboard.proof") or name.split(".")[0] in allowed, (
                    f"{path.name}: {name}"
                )
