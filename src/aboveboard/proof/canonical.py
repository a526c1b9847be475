"""One value, one text: canonical JSON after RFC 8785 (JCS).

The same entry must give the same bytes on every machine and in every language, or its hash is a hash of
somebody's formatting. So: no spaces, keys sorted by their UTF-16 code units, the shortest escapes, UTF-8.

We take the part of RFC 8785 that cannot go wrong between languages. Numbers are whole and fit a double
exactly (|n| <= 2^53 - 1); a fraction is refused, since money here is minor units and rates are decimal text.
What `dumps` writes `loads` reads, and nothing else: repeated keys, NaN, half a surrogate pair and bytes that
are not UTF-8 are refused.

Speed comes from the encoder of the standard library, which already writes these escapes. Only the order of
keys differs (Python sorts by code points), and only outside ASCII, so values with such keys take a slower
road.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from aboveboard.proof.errors import ProofError

#: The largest whole number that every JSON reader keeps exactly (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2).
LARGEST = 2**53 - 1
#: Lists and objects within each other; more is an attack on the reader, not an entry.
DEPTH = 100

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False
).encode
_encode_in_order = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def dumps(value: Any) -> bytes:
    """Return `value` as canonical JSON in UTF-8.

    `value` is made of str, int, bool, None, list, tuple and dict with str keys. Raises `ProofError` for
    anything else.
    """
    ascii_keys = _check(value, DEPTH)
    try:
        return (_encode(value) if ascii_keys else _encode_in_order(_sorted(value))).encode()
    except UnicodeEncodeError:
        raise ProofError(
            "Half a surrogate pair is not a character; a text must be whole Unicode characters."
        ) from None


def loads(data: bytes, canonical: bool = False) -> Any:
    """Return the value that JSON `data` (UTF-8) holds; only values that `dumps` would write are accepted.

    With `canonical`, the bytes must be exactly those that `dumps` writes. Raises `ProofError`.
    """
    try:
        value = _decoder.decode(data.decode())
    except UnicodeDecodeError as error:
        raise ProofError(f"This is not UTF-8 text: byte {error.start + 1} does not belong there.") from None
    except json.JSONDecodeError as error:
        raise ProofError(
            f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    written = dumps(value)
    if canonical and written != data:
        raise ProofError(
            "This JSON is not in canonical form (RFC 8785): spaces, escapes or the order of keys differ."
        )
    return value


def _check(value: Any, depth: int) -> bool:
    """Return whether all keys are ASCII, after refusing what canonical JSON cannot hold."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        if -LARGEST <= value <= LARGEST:
            return True
        raise ProofError(
            f"The number {_short(value)} is too large; whole numbers reach to {LARGEST}. Write it as text."
        )
    if depth == 0:
        raise _too_deep()
    if kind is dict:
        plain = True
        for key, item in value.items():
            if type(key) is not str:
                raise ProofError(f"The key {key!r} must be text, as all keys of a JSON object.")
            plain = key.isascii() and plain
            plain = _check(item, depth - 1) and plain
        return plain
    if kind is list or kind is tuple:
        plain = True
        for item in value:
            plain = _check(item, depth - 1) and plain
        return plain
    if kind is float:
        raise ProofError(
            f"{value!r} is a binary fraction, which is never exact; use whole minor units or decimal text."
        )
    raise ProofError(
        f"A value of type {kind.__name__} has no canonical JSON; use text, whole numbers, lists and objects."
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=_utf16)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _short(number: int) -> str:
    return str(number) if number.bit_length() < 200 else f"of {number.bit_length()} bits"


def _too_deep() -> ProofError:
    return ProofError(
        f"Lists and objects lie more than {DEPTH} deep in each other here; nothing that we write does."
    )


def _whole(text: str) -> int:
    if len(text) > 17:
        raise ProofError(
            f"The number {text[:20]}… is too large; whole numbers reach to {LARGEST}. Write it as text."
        )
    return int(text)


def _refuse_number(text: str) -> NoReturn:
    raise ProofError(f"The number {text[:20]} is not whole; fractions are written as decimal text.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ProofError(
            f"The key {json.dumps(twice)} is given twice in one object, so nobody can say which value counts."
        )
    return found


_refuse: Callable[[str], Any] = _refuse_number
_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_refuse, parse_int=_whole, parse_constant=_refuse
)
