"""A little fuzzing in every run: files broken by changes to a good one, and files made of the format's own words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import PRICE_PAGE, TARGETS, price_pages


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_hold(name: str) -> None:
    target, seeds = TARGETS[name]
    for seed in seeds:
        target(seed)


_LINES = PRICE_PAGE.splitlines()
_BITS = sorted(
    {bit for line in _LINES for bit in line.replace("{", " ").replace("}", " ").replace(",", " ").split()}
)
_ODD = [
    ".nan", "-.inf", "1e999", "-1", "~", "''", "*a", "&a", "!!x", "<<:", "? a", "- ", "#", "0x10", "1_0", "2026-02-30", "yes",
    "\u2028", "😀", "'#x'", "'#seat/0'", "[]", "{}", "[a, a]", "{a: {a: {a: 1}}}", "|", ">", "%", "@", "`", "\t", "...", "---",
    "x" * 200,
]  # fmt: skip


@st.composite
def _changed(draw: st.DrawFn) -> str:
    """Return the seed with some lines dropped, doubled or moved, and some of its words replaced."""
    lines = list(_LINES)
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
                old = draw(st.sampled_from(_BITS))
                new = draw(st.sampled_from(_BITS if kind == "word" else _ODD))
                lines[at] = lines[at].replace(old, new)
    return "\n".join(lines) + "\n"


@settings(max_examples=600, deadline=None)
@given(_changed())
def test_a_changed_page(text: str) -> None:
    price_pages(text.encode())


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


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_anything_at_all(given: bytes) -> None:
    price_pages(given)
