"""Whatever is sent, the answer is what the string says or one `SignalError` with the right code."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.bits import ALPHABET, MOST_CHARACTERS, Writer

GOOD = "DBABLA~CAAVAAAAAABA.YA"
_TCF = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"


def _header(*fields: tuple[int, int]) -> str:
    writer = Writer()
    for value, bits in fields:
        writer.number(value, bits)
    return writer.text()


def _bits(bits: str) -> str:
    return _header(*((int(bit), 1) for bit in bits))


_START = ((3, 6), (1, 6))

TABLE = [
    # what, string, code
    ("nothing", "", "empty"),
    ("only a separator", "~", "truncated"),
    ("white space", " ", "alphabet"),
    ("an enormous string", "DBAA" + "A" * MOST_CHARACTERS, "too_long"),
    ("an enormous number of sections", "DBABLA" + "~A" * 8200, "too_long"),
    ("words", "invalid gpp string", "alphabet"),
    ("one letter", "z", "type"),
    ("a TCF string", _TCF, "type"),
    ("a US privacy string alone", "1YNN", "type"),
    ("a header of type 2", _header((2, 6), (1, 6), (0, 12)), "type"),
    ("a header of type 4", _header((4, 6), (1, 6), (0, 12)), "type"),
    ("version 0", _header((3, 6), (0, 6), (0, 12)), "version"),
    ("version 2", _header((3, 6), (2, 6), (0, 12)), "version"),
    ("a header cut after the type", "D", "truncated"),
    ("a header cut after the version", "DB", "truncated"),
    ("a header cut within the count", "DBA", "truncated"),
    ("a header cut within a number", "DBAB~1YNN", "truncated"),
    ("a character of base64 that is not of this alphabet", "DB+B~1YNN", "alphabet"),
    ("base64 filling", "DBABTA==~1YNN", "alphabet"),
    ("a line break at the end", f"{GOOD}\n", "alphabet"),
    ("a letter that looks right", GOOD.replace("A", "А", 1), "alphabet"),
    ("a lone surrogate", "DB\ud800", "alphabet"),
    ("Fibonacci code that never ends", _bits("000011000001000000000001" + "0" + "10" * 60) + "~1YNN", "range"),
    ("Fibonacci code of zeros only", _bits("000011000001000000000001" + "0" * 200) + "~1YNN", "range"),
    ("Fibonacci code cut before its second one", _bits("000011000001000000000001" + "0" + "01010") + "~1YNN", "truncated"),
    ("more items announced than there are", _header(*_START, (4095, 12), (0, 1), (0b1011, 4)), "section_count"),
    ("a run of thousands of sections", _bits("0000110000010000000000011110000000000000011") + "~1YNN", "section_count"),
    ("a number beyond all sections", _bits("000011000001000000000001" + "0" + "0" * 30 + "11") + "~1YNN", "range"),
    ("runs that add up beyond all sections",
     _bits("000011000001000000000010" + 2 * "0000000000000000011") + "~1YNN~1YNN", "range"),
    ("ones in the filling of the header", "DBABLB~CAAVAAAAAABA.YA", "padding"),
    ("too much filling in the header", "DBABLAAAAA~CAAVAAAAAABA.YA", "padding"),
    ("a section too few", "DBABLA", "section_count"),
    ("a section too many", f"{GOOD}~1YNN", "section_count"),
    ("no section announced, one there", "DBAA~1YNN", "section_count"),
    ("a separator at the end", f"{GOOD}~", "section_count"),
    ("an empty section", "DBABLA~", "blank"),
    ("an empty section of a kind that we only carry", "DBABM~", "blank"),
    ("an empty core", "DBABLA~.YA", "truncated"),
    ("a core cut by one character", "DBABLA~CAAVAAAAAAB.YA", "truncated"),
    ("a core cut to its version", "DBABLA~C", "truncated"),
    ("a core cut by an old version's length", "DBABLA~BAAAAAAAA", "truncated"),
    ("ones in the filling of a core", "DBABLA~CAAVAAAAAABB.YA", "padding"),
    ("too much filling of a core", "DBABLA~CAAVAAAAAABAAAAA.YA", "padding"),
    ("a version that no national section has", "DBABLA~EAAVAAAAAABA.YA", "version"),
    ("a version that no Californian section has", "DBABBg~CAAAAACA", "version"),
    ("garbage for a section", "DBABBg~z", "version"),
    ("a character that is none, in a core", "DBABLA~CAAV!AAAAABA.YA", "alphabet"),
    ("an empty subsection", "DBABLA~CAAVAAAAAABA.", "truncated"),
    ("a subsection that says it is the core", "DBABLA~CAAVAAAAAABA.IA", "subsection"),
    ("a subsection of an unknown kind", "DBABLA~CAAVAAAAAABA.oA", "subsection"),
    ("GPC twice", "DBABLA~CAAVAAAAAABA.YA.YA", "subsection"),
    ("ones after GPC", "DBABLA~CAAVAAAAAABA.YB", "padding"),
    ("a section header that announces a part that is not there", "DBABUY~ZBABYA.BVVV", "subsection"),
    ("a section header that announces less than there is", "DBABUY~ZBAA.BVVV.kkk", "subsection"),
    ("a section header that announces an unknown part", "DBABUY~ZBABMA.BVVV.kkk", "subsection"),
    ("a section header of an unknown version", "DBABUY~ZCAA.BVVV", "version"),
    ("a section header alone", "DBABUY~ZBAA", "subsection"),
    ("a US privacy string that is too short", "DBABTA~1YN", "usp"),
    ("a US privacy string that is too long", "DBABTA~1YNNN", "usp"),
    ("a US privacy string in small letters", "DBABTA~1ynn", "usp"),
    ("a US privacy string of version 2", "DBABTA~2YNN", "usp"),
    ("a US privacy string with a line break", "DBABTA~1YNN\n", "usp"),
    ("a carried section with a space", f"DBABM~{_TCF} ", "alphabet"),
]  # fmt: skip


@pytest.mark.parametrize("what, text, code", TABLE, ids=[row[0] for row in TABLE])
def test_what_cannot_be_read(what: str, text: str, code: str) -> None:
    began = time.perf_counter()
    with pytest.raises(gpp.SignalError) as error:
        gpp.decode(text)
    assert error.value.code == code
    assert error.value.text.say("en") and error.value.text.say("zh")
    assert time.perf_counter() - began < 1


def test_the_header_used_above_is_indianas() -> None:
    assert [part.name for part in gpp.decode("DBABUY~ZBABYA.BVVV.kkk")] == ["usin"]


def test_ranges_cannot_overlap_or_repeat() -> None:
    """Numbers are distances of at least one from the last, so no header can say a section twice; values can, and are refused."""
    section = gpp.section("usca")
    with pytest.raises(gpp.SignalError) as error:
        gpp.Sections((section, section))
    assert error.value.code == "duplicate"
    with pytest.raises(gpp.SignalError):
        gpp.Sections((gpp.Carried(8, "x"), section))


_STRINGS = st.text(st.sampled_from(ALPHABET + "~.DBA1YN-+= "), max_size=80)
_REAL = st.sampled_from(
    [
        GOOD,
        "DBABBg~BVVVVVVY",
        "DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN",
        "DBABUY~ZBABYA.BVVV.kkk",
        "DBABEY~BVVU.YA",
        "DBABL~HDABY.FkTS.Y",
        "DBABzY~1YNN~CAAVAAAAAABA.YA~BVVVVVVY",
        "DBACLED~CAAVAAAAAABA.YA~any-thing_1.2",
    ]
)


def _holds(text: str) -> None:
    """What can be read can be written, and says the same when it is read again."""
    try:
        content = gpp.decode(text)
    except gpp.SignalError:
        return
    again = gpp.encode(content)
    assert gpp.decode(again) == content
    assert gpp.encode(gpp.decode(again)) == again
    gpp.opted_out(content), gpp.gpc(content), gpp.refused_kinds(content)


@given(
    st.one_of(
        st.text(max_size=60),
        _STRINGS,
        st.builds("DBABLA~{}".format, _STRINGS),
        st.builds("D{}".format, _STRINGS),
    )
)
@example("DBAA~")
def test_any_text(text: str) -> None:
    _holds(text)


@given(_REAL, st.data())
def test_a_real_string_that_was_damaged(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        put = data.draw(st.text(st.sampled_from(ALPHABET + "~.! "), max_size=2))
        text = text[:place] + put + text[place + data.draw(st.integers(0, 2)) :]
    _holds(text)


@given(_REAL, st.integers(1, 12))
def test_a_string_that_was_cut_is_never_read_as_something_else(text: str, lost: int) -> None:
    """Cutting from the end may drop a whole subsection; the rest then says what it said, or nothing is read at all."""
    try:
        content = gpp.decode(text[:-lost])
    except gpp.SignalError:
        return
    whole = gpp.decode(text)
    for part in content.read():
        assert part.fields.items() <= whole[part.name].fields.items()
