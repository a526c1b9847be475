"""A little fuzzing in every run: files broken by changes to a good one, and files made of the format's own words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import PRICE_PAGE, SMALL_BOOK, TARGETS, book, price_pages


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_hold(name: str) -> None:
    target, seeds = TARGETS[name]
    for seed in seeds:
        target(seed)


def _bits(text: str) -> list[str]:
    """Return the words of a file, without the marks that hold them together."""
    plain = text.replace("{", " ").replace("}", " ").replace(",", " ")
    return sorted(set(plain.split()))


_BITS = _bits(PRICE_PAGE)
_ODD = [
    ".nan", "-.inf", "1e999", "-1", "~", "''", "*a", "&a", "!!x", "<<:", "? a", "- ", "#", "0x10", "1_0", "2026-02-30", "yes",
    "\u2028", "😀", "'#x'", "'#seat/0'", "[]", "{}", "[a, a]", "{a: {a: {a: 1}}}", "|", ">", "%", "@", "`", "\t", "...", "---",
    "x" * 200,
]  # fmt: skip


@st.composite
def _changed(draw: st.DrawFn, seed: str) -> str:
    """Return the seed with some lines dropped, doubled or moved, and some of its words replaced."""
    lines, words = seed.splitlines(), _bits(seed)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "indent", "word", "odd"])):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case "indent":
                lines[at] = " " * draw(st.integers(0, 4)) + lines[at].lstrip()
            case _ as kind:
                old = draw(st.sampled_from(words))
                new = draw(st.sampled_from(words if kind == "word" else _ODD))
                lines[at] = lines[at].replace(old, new)
    return "\n".join(lines) + "\n"


@settings(max_examples=600, deadline=None)
@given(_changed(PRICE_PAGE))
def test_a_changed_page(text: str) -> None:
    price_pages(text.encode())


@settings(max_examples=300, deadline=None)
@given(_changed(SMALL_BOOK))
def test_a_changed_book(text: str) -> None:
    book(text.encode())


@pytest.mark.parametrize("name", ["customers", "visits", "bills", "market"])
def test_a_changed_list(name: str) -> None:
    target, seeds = TARGETS[name]

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from([seed.decode() for seed in seeds]).flatmap(_changed))
    def held(text: str) -> None:
        target(text.encode())

    held()


_keys = st.sampled_from([bit.rstrip(":") for bit in _BITS if bit.endswith(":")])
_values = st.recursive(
    st.sampled_from([*_BITS, *_ODD]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.lists(st.tuples(_keys, inner), max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(_keys, _values), max_size=9, unique_by=lambda pair: pair[0]))
def test_a_page_of_the_formats_own_words(pairs: list[tuple[str, str]]) -> None:
    price_pages("".join(f"{key}: {value}\n" for key, value in pairs).encode())


@pytest.mark.parametrize("name", TARGETS)
def test_anything_at_all(name: str) -> None:
    target, _ = TARGETS[name]
    words = st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=200) | words)
    def held(given_: bytes) -> None:
        target(given_)

    held()
