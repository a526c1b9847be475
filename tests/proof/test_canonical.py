"""Canonical JSON against the examples of RFC 8785 (whole numbers only) and against a slow encoder written from its text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.proof import ProofError, canonical

# ---- RFC 8785, sections 3.2.2 to 3.2.4 ----

RFC_STRING = r'"\u20ac$\u000F\u000aA' + "'" + r'\u0042\u0022\u005c\\\"\/"'
RFC_KEYS = r"""{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"""


def test_the_string_of_the_rfc():
    assert canonical.dumps(canonical.loads(RFC_STRING.encode())).hex(" ") == (
        "22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22"
    )


def test_the_order_of_keys_of_the_rfc():
    written = canonical.dumps(canonical.loads(RFC_KEYS.encode()))
    assert list(json.loads(written)) == ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert written.startswith('{"\\r":"Carriage Return","1":"One","\x80":"Control","ö":'.encode())


@pytest.mark.parametrize(
    "value, text",
    [
        ([None, True, False], "[null,true,false]"),
        ([], "[]"),
        ({}, "{}"),
        ((), "[]"),
        ("", '""'),
        (0, "0"),
        (-1, "-1"),
        (2**53 - 1, "9007199254740991"),
        (-(2**53 - 1), "-9007199254740991"),
        ("\b\t\n\f\r\x00\x1f\x7f", '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f"'),
        ('/\\"', '"/\\\\\\""'),
        ("\u2028\u2029<&>", '"\u2028\u2029<&>"'),
        ("拒绝", '"拒绝"'),
        ({"b": 1, "a": [{"d": None, "c": "x"}], "": 0}, '{"":0,"a":[{"c":"x","d":null}],"b":1}'),
        ({"a": {"é": 1, "z": 2}}, '{"a":{"z":2,"é":1}}'),
        ({"😀": 1, "\ufb33": 2}, '{"😀":1,"\ufb33":2}'),
    ],
)
def test_written(value, text):
    assert canonical.dumps(value) == text.encode()


@pytest.mark.parametrize(
    "value, says",
    [
        (1.0, "binary fraction"),
        (float("nan"), "binary fraction"),
        ([{"a": -0.0}], "binary fraction"),
        (2**53, "too large"),
        (-(2**53), "too large"),
        pytest.param(10**5000, "number of 16610 bits is too large", id="5001 digits"),
        (2**198, f"number {2**198} is too large"),
        ({1: 2}, "must be text"),
        ({None: 2}, "must be text"),
        (b"bytes", "type bytes"),
        ({1, 2}, "type set"),
        (object(), "type object"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        ({"é\ud800": 1}, "surrogate"),
    ],
)
def test_refused_to_write(value, says):
    with pytest.raises(ProofError, match=says):
        canonical.dumps(value)


@pytest.mark.parametrize(
    "text, says",
    [
        (b'{"a":1,"a":1}', '"a" is given twice'),
        (b'{"a":1,"\\u0061":2}', '"a" is given twice'),
        (b'[{"x":{"b":1,"c":2,"b":3}}]', '"b" is given twice'),
        (b'{"a":1,"b":2,"c":3,"b":4}', '"b" is given twice'),
        (b"NaN", "NaN is not whole"),
        (b"-Infinity", "not whole"),
        (b"1.0", "not whole"),
        (b"1e3", "not whole"),
        (b"9007199254740992", "too large"),
        pytest.param(b"1" * 5000, "too large", id="5000 ones"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b'"\xff"', "not UTF-8 text: byte 2"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'\xef\xbb\xbf"bom"', "not JSON"),
        ('"utf-16"'.encode("utf-16"), "not UTF-8"),
        (b"", "not JSON"),
        (b"01", "not JSON"),
        (b"1 2", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'"a\nb"', "not JSON"),
        (b"[1] // done", "not JSON"),
        pytest.param(b"[" * 101 + b"]" * 101, "more than 100 deep", id="101 lists"),
        pytest.param(b"[" * 100_000, "more than 100 deep", id="100,000 lists"),
        pytest.param(b'{"a":' * 101 + b"1" + b"}" * 101, "more than 100 deep", id="101 objects"),
    ],
)
def test_refused_to_read(text, says):
    with pytest.raises(ProofError, match=says):
        canonical.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1}', b'{"b":1,"a":2}', b'"\\u0061"', b'"\\/"', b"[1]\n", b" 1", b"-0", b'"\\u000A"', b'"\\u001F"',
        '{"\ufb33":1,"😀":2}'.encode(),
    ],
)  # fmt: skip
def test_other_spellings_are_read_but_are_not_canonical(text):
    canonical.loads(text)
    with pytest.raises(ProofError, match="canonical form"):
        canonical.loads(text, canonical=True)


def test_a_hundred_deep_is_fine():
    text = b"[" * 100 + b"]" * 100
    assert canonical.dumps(canonical.loads(text, canonical=True)) == text


def test_a_value_that_contains_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(ProofError, match="deep"):
        canonical.dumps(loop)


# ---- Properties ----

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-canonical.LARGEST, canonical.LARGEST) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value):
    written = canonical.dumps(value)
    assert canonical.loads(written, canonical=True) == value
    assert written == _slow(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 9), min_size=2), st.randoms(use_true_random=False))
def test_the_order_of_insertion_does_not_matter(value, random):
    keys = list(value)
    random.shuffle(keys)
    assert canonical.dumps({key: value[key] for key in keys}) == canonical.dumps(value)


@given(
    st.binary(max_size=40) | st.text(alphabet='[]{}",:0123eE.-+nulltruefs \\"\n', max_size=20).map(str.encode)
)
def test_whatever_is_read_has_one_canonical_text(data):
    try:
        value = canonical.loads(data)
    except ProofError:
        return
    assert canonical.loads(canonical.dumps(value), canonical=True) == value


def _slow(value) -> str:
    """Write `value` as RFC 8785 section 3.2 tells it, one UTF-16 code unit after the other."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_unit(unit) for unit in _units(value)) + '"'
    if isinstance(value, list):
        return "[" + ",".join(_slow(item) for item in value) + "]"
    return "{" + ",".join(f"{_slow(key)}:{_slow(value[key])}" for key in sorted(value, key=_units)) + "}"


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]


def _unit(unit: int) -> str:
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 0x22: '\\"', 0x5C: "\\\\"}
    return short.get(unit) or (f"\\u{unit:04x}" if unit < 0x20 else chr(unit))
