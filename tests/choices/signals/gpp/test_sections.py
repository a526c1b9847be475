"""Every table: what is written is read again; what cannot be written is refused with its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.gpp.fields import Field, Layout
from aboveboard.choices.signals.gpp.tables import LAYOUTS, NAMES, USP_FIELDS

_DEFINES_NO_GPC = {"usin", "usky", "usri"}


def _value(field: Field) -> st.SearchStrategy[gpp.Value]:
    if field.words is None:
        most = 2**field.bits - 1
        # An agreement's version is far below a section's number, by which a section header is known.
        return st.integers(0, min(most, 6) if field.name == "MspaVersion" else most)
    word = st.sampled_from(field.words)
    return st.fixed_dictionaries(dict.fromkeys(field.items, word)) if field.items else word


@st.composite
def _section(draw: st.DrawFn, layout: Layout) -> gpp.Section:
    fields = [*layout.fields, *([layout.extra] if layout.extra is not None and draw(st.booleans()) else [])]
    signal = None if layout.extra is not None else draw(st.sampled_from([None, True, False]))
    return gpp.Section(layout.id, layout.version, {each.name: draw(_value(each)) for each in fields}, signal)


_USP = st.fixed_dictionaries(dict.fromkeys(USP_FIELDS, st.sampled_from(["yes", "no", "not_applicable"])))
_ANY: st.SearchStrategy[gpp.Section | gpp.Carried] = st.one_of(
    *(_section(layout) for layout in LAYOUTS),
    _USP.map(lambda fields: gpp.Section(6, 1, fields)),
    st.builds(
        gpp.Carried,
        st.integers(1, 4095).filter(lambda number: number not in NAMES or number in (2, 5)),
        st.from_regex(r"[A-Za-z0-9_.-]{1,30}", fullmatch=True),
    ),
)


@given(st.lists(_ANY, max_size=8, unique_by=lambda part: part.id))
def test_what_is_written_is_read_again(parts: list[gpp.Section | gpp.Carried]) -> None:
    content = gpp.Sections(tuple(parts))
    text = gpp.encode(content)
    assert gpp.decode(text) == content
    assert gpp.encode(gpp.decode(text)) == text


@given(st.lists(_ANY, min_size=1, max_size=4, unique_by=lambda part: part.id), st.integers(0, 3))
def test_filling_is_kept_and_says_nothing(parts: list[gpp.Section | gpp.Carried], surplus: int) -> None:
    plain = gpp.encode(gpp.Sections(tuple(parts)))
    header, rest = plain.split("~", 1)
    filled = f"{header}{'A' * surplus}~{rest}"
    assert gpp.decode(filled) == gpp.decode(plain)
    assert gpp.encode(gpp.decode(filled)) == filled


@pytest.mark.parametrize(
    "layout", LAYOUTS, ids=lambda layout: f"{layout.name} {layout.version} {layout.width}"
)
def test_a_new_section_says_nothing_and_can_be_written(layout: Layout) -> None:
    section = gpp.section(layout.name, version=layout.version)
    content = gpp.Sections((section,))
    assert gpp.decode(gpp.encode(content)) == content
    assert not gpp.opted_out(content) and not gpp.gpc(content) and not gpp.refused_kinds(content)
    names = [each.name for each in layout.known()]
    assert len(set(names)) == len(names)
    assert all(len(set(each.items)) == len(each.items) for each in layout.known())


def test_a_section_without_its_own_header_is_written_so_again() -> None:
    """IAB's library writes Indiana, Kentucky, Maryland and Rhode Island without the header that the specification asks for."""
    for plain, headed in (("BVVV.kkk", "ZBABYA.BVVV.kkk"), ("BVVV", "ZBAA.BVVV")):
        bare, full = gpp.decode(f"DBABUY~{plain}"), gpp.decode(f"DBABUY~{headed}")
        assert bare == full
        assert gpp.encode(bare) == f"DBABUY~{plain}" and gpp.encode(full) == f"DBABUY~{headed}"
    assert gpp.encode(gpp.Sections((gpp.section("usin"),))) == "DBABUY~ZBAA.AgAA"


def test_gpc_is_read_with_every_state() -> None:
    for layout in LAYOUTS:
        section = gpp.section(layout.name, version=layout.version, gpc=True)
        if layout.name in _DEFINES_NO_GPC:
            with pytest.raises(gpp.SignalError) as error:
                gpp.encode(gpp.Sections((section,)))
            assert error.value.code == "subsection"
        else:
            assert gpp.gpc(gpp.decode(gpp.encode(gpp.Sections((section,)))))


def test_unknown_sections_come_back_as_they_were() -> None:
    text = "DBACLED~CAAVAAAAAABA.YA~any-thing_1.2"
    content = gpp.decode(text)
    assert gpp.encode(content) == text
    assert content.carried("section99") == "any-thing_1.2"
    assert [part.name for part in content] == ["usnat", "section99"]
    assert gpp.opted_out(content) == {"sale", "sharing", "targeted_advertising"}
    assert "usnat" in content and "usca" not in content and len(content) == 2
    with pytest.raises(KeyError):
        content["section99"]


_CALIFORNIA = gpp.section("usca")


def _with(**fields: gpp.Value) -> gpp.Section:
    return replace(_CALIFORNIA, fields={**_CALIFORNIA.fields, **fields})


def _without(name: str) -> gpp.Section:
    return replace(
        _CALIFORNIA, fields={key: value for key, value in _CALIFORNIA.fields.items() if key != name}
    )


def _list(**items: str) -> Mapping[str, str]:
    given = _CALIFORNIA.fields["SensitiveDataProcessing"]
    assert isinstance(given, Mapping)
    return {**given, **items}


WRONG: list[tuple[str, gpp.Section | gpp.Carried, str]] = [
    ("a field that is missing", _without("SaleOptOut"), "field_missing"),
    ("a field of another state", _with(TargetedAdvertisingOptOut="opted_out"), "field_unknown"),
    ("a word of another field", _with(SaleOptOut="given"), "value"),
    ("a number for a word", _with(SaleOptOut=1), "value"),
    ("a word for a list", _with(SensitiveDataProcessing="opted_out"), "value"),
    ("an item too many", _with(SensitiveDataProcessing=_list(shoe_size="opted_out")), "value"),
    ("an item's wrong word", _with(SensitiveDataProcessing=_list(genetic="consent")), "value"),
    ("a list for a word", _with(SaleOptOut={"a": "opted_out"}), "value"),
    ("a version that there is not", replace(_CALIFORNIA, version=2), "version"),
    ("a section that there is not", gpp.Section(99, 1, {}), "version"),
    ("a known section as text", gpp.Carried(8, "BAAAAACA"), "section_unknown"),
    ("a US privacy string as text", gpp.Carried(6, "1YNN"), "section_unknown"),
    ("text that would end the section", gpp.Carried(99, "a~b"), "alphabet"),
    ("no text", gpp.Carried(99, ""), "blank"),
    ("section 0", gpp.Carried(0, "a"), "section_unknown"),
    ("a section beyond all numbers", gpp.Carried(4096, "a"), "section_unknown"),
    ("a text beyond all limits", gpp.Carried(99, "a" * 20_000), "too_long"),
    ("a US privacy string without its sale", gpp.Section(6, 1, {"Notice": "yes"}), "field_missing"),
    ("a US privacy string with a wrong word", gpp.section("uspv1", Notice="given"), "value"),
    ("a number too high", gpp.section("usnat", version=3, MspaId=2**14), "value"),
    ("a number below zero", gpp.section("usnat", version=3, MspaId=-1), "value"),
    ("a truth for a number", gpp.section("usnat", version=3, MspaId=True), "value"),
]  # fmt: skip


@pytest.mark.parametrize("what, part, code", WRONG, ids=[row[0] for row in WRONG])
def test_what_cannot_be_written(what: str, part: gpp.Section | gpp.Carried, code: str) -> None:
    with pytest.raises(gpp.SignalError) as error:
        gpp.encode(gpp.Sections((part,)))
    assert error.value.code == code


@pytest.mark.parametrize("name, version", [("usxx", None), ("usca", 9), ("tcfeuv2", None), ("", None)])
def test_a_section_that_nobody_knows(name: str, version: int | None) -> None:
    with pytest.raises(gpp.SignalError) as error:
        gpp.section(name, version=version)
    assert error.value.code == "section_unknown"


def test_a_new_section_takes_the_newest_version_in_force() -> None:
    assert gpp.section("usnat").version == 2
    some = gpp.section("usca", SaleOptOut="opted_out", SensitiveDataProcessing={"health": "opted_out"})
    assert some.fields["SaleOptOut"] == "opted_out" and some.fields["SharingOptOut"] == "not_applicable"
    assert some.fields["SensitiveDataProcessing"] == _list(health="opted_out")
    assert some.fields["MspaCoveredTransaction"] == "no"
