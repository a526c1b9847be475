"""TCF strings, version 2: what others published, what IAB's library wrote, and whatever else is sent.

Sources on GitHub: `InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework` (the example of the format's page),
`InteractiveAdvertisingBureau/Global-Privacy-Platform` (the example of a section), `noirotm/iabgpp-rs`
(`iab_gpp/tests/data/tcfeuv2_*.json`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.choices.signals import gpp, tcf
from aboveboard.choices.signals.bits import ALPHABET, MOST_CHARACTERS, Writer

CORE = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA"
VENDORS = "".join(
    (
        "FoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEA",
        "AAQmAgBC3ZAYzUw",
    )
)
PUBLISHER = "ZAAgH9794ulA"
SHOWN = {
    2, 6, 8, 12, 18, 23, 37, 42, 47, 48, 53, 61, 65, 66, 72, 88, 98, 127, 128, 129, 133, 153, 163, 192, 205, 215, 224, 243, 248,
    281, 294, 304, 350, 351, 358, 371, 422, 424, 440, 447, 467, 486, 498, 502, 512, 516, 553, 556, 571, 587, 612, 613, 618, 626,
    648, 653, 656, 657, 665, 676, 681, 683, 684, 686, 687, 688, 690, 691, 694, 702, 703, 707, 708, 711, 712, 714, 716, 719, 720,
}  # fmt: skip
OWN = tcf.Publisher(
    frozenset({3, 16}), frozenset(range(1, 25)) - {8, 13, 20}, frozenset({1, 2, 4}), frozenset({2, 4})
)


def test_the_example_of_the_format() -> None:
    consent = tcf.decode(CORE)
    assert consent.created == consent.updated == datetime(2020, 2, 20, 23, 57, 39, 300_000, tzinfo=UTC)
    assert (consent.cmp, consent.cmp_version, consent.screen, consent.language) == (27, 0, 0, "EN")
    assert (consent.vendor_list, consent.policy, consent.country) == (15, 2, "AA")
    assert consent.purposes == {1, 2, 3} and consent.legitimate_interests == frozenset()
    assert consent.vendors == consent.vendor_interests == {2, 6, 8}
    assert not (consent.service_specific or consent.own_texts or consent.purpose_one_not_asked)
    assert consent.special_features == frozenset() and consent.restrictions == ()
    assert (consent.disclosed, consent.allowed, consent.publisher) == (None, None, None)


@pytest.mark.parametrize(
    "text, shown, allowed, own",
    [
        (f"{CORE}.I{VENDORS}", SHOWN, None, None),
        (f"{CORE}.Q{VENDORS}", None, SHOWN, None),
        (f"{CORE}.{PUBLISHER}", None, None, OWN),
        (f"{CORE}.I{VENDORS}.{PUBLISHER}", SHOWN, None, OWN),
        (f"{CORE}.{PUBLISHER}.I{VENDORS}", SHOWN, None, OWN),
    ],
    ids=["vendors shown", "vendors allowed", "the publisher's own", "both", "both, the other way round"],
)
def test_the_parts_after_the_core(
    text: str, shown: set[int] | None, allowed: set[int] | None, own: tcf.Publisher | None
) -> None:
    consent = tcf.decode(text)
    assert (consent.disclosed, consent.allowed, consent.publisher) == (shown, allowed, own)


def test_a_section_of_a_gpp_string() -> None:
    text = gpp.decode("DBABM~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA").carried("tcfeuv2")
    assert text is not None
    consent = tcf.decode(text)
    assert consent.country == "DE" and consent.service_specific and consent.purposes == frozenset()


_REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "reference.json").read_text(encoding="utf-8")
)


def _on(flags: Sequence[bool]) -> set[int]:
    return {place for place, flag in enumerate(flags, 1) if flag}


@pytest.mark.parametrize("row", _REFERENCE["tcf"], ids=lambda row: row["text"][:12])
def test_strings_made_by_the_library(row: dict[str, Any]) -> None:
    said, consent = row["values"], tcf.decode(row["text"])
    own = consent.publisher
    assert own is not None
    assert consent.created == consent.updated == datetime.fromisoformat(said["date"])
    assert (consent.cmp, consent.cmp_version, consent.screen) == (
        said["CmpId"],
        said["CmpVersion"],
        said["ConsentScreen"],
    )
    assert (consent.language, consent.country) == (said["ConsentLanguage"], said["PublisherCountryCode"])
    assert (consent.vendor_list, consent.policy) == (said["VendorListVersion"], said["PolicyVersion"])
    assert (consent.service_specific, consent.own_texts) == (
        said["IsServiceSpecific"],
        said["UseNonStandardStacks"],
    )
    assert consent.purpose_one_not_asked == said["PurposeOneTreatment"]
    assert consent.special_features == _on(said["SpecialFeatureOptins"])
    assert consent.purposes == _on(said["PurposeConsents"])
    assert consent.legitimate_interests == _on(said["PurposeLegitimateInterests"])
    assert consent.vendors == set(said["VendorConsents"])
    assert consent.vendor_interests == set(said["VendorLegitimateInterests"])
    assert consent.disclosed == frozenset(said["VendorsDisclosed"])
    assert own.purposes == _on(said["PublisherConsents"])
    assert own.legitimate_interests == _on(said["PublisherLegitimateInterests"])
    assert own.custom_purposes == _on(said["PublisherCustomConsents"])
    assert own.custom_legitimate_interests == _on(said["PublisherCustomLegitimateInterests"])
    assert [(each.purpose, each.kind.value) for each in consent.restrictions] == [
        (purpose, kind) for purpose, kind, _ in said["PublisherRestrictions"]
    ]
    for each, (_, _, vendors) in zip(consent.restrictions, said["PublisherRestrictions"], strict=True):
        assert {vendor for first, last in each.vendors for vendor in range(first, last + 1)} == set(vendors)
        assert all(each.covers(vendor) for vendor in vendors) and not each.covers(65_535)


# ----------------------------------------------------------------------------------------------------- hostile
def _core(
    tail: Sequence[tuple[int, int]] = ((0, 16), (0, 1), (0, 16), (0, 1), (0, 12)), language: int = 4
) -> str:
    """A core with nothing agreed to, and `tail` as (value, bits) from the vendors on."""
    writer = Writer()
    for value, bits in [
        (2, 6),
        (0, 36),
        (0, 36),
        (0, 12),
        (0, 12),
        (0, 6),
        (language, 6),
        (13, 6),
        (0, 12),
        (2, 6),
    ]:
        writer.number(value, bits)
    for value, bits in [(0, 1), (0, 1), (0, 12), (0, 24), (0, 24), (0, 1), (3, 6), (4, 6), *tail]:
        writer.number(value, bits)
    return writer.text()


def _ranges(*ranges: tuple[int, int]) -> list[tuple[int, int]]:
    fields = [(9, 16), (1, 1), (len(ranges), 12)]
    for first, last in ranges:
        fields += [(1, 1), (first, 16), (last, 16)]
    return [*fields, (0, 16), (0, 1), (0, 12)]


TABLE = [
    ("nothing", "", "empty"),
    ("only a dot", ".", "truncated"),
    ("an enormous string", "C" * (MOST_CHARACTERS + 1), "too_long"),
    ("a string of version 1", "BObdrPUOevsguAfDqFENCNAAAAAmeAAA", "version"),
    ("a GPP string", "DBABLA", "version"),
    ("a GPP string with sections", "DBABLA~CAAVAAAAAABA", "alphabet"),
    ("a core with a character that is none", CORE[:9] + "+" + CORE[10:], "alphabet"),
    ("a core with a line break", f"{CORE}\n", "alphabet"),
    ("a core cut in the middle", CORE[:20], "truncated"),
    ("a core cut to its version", "C", "truncated"),
    ("ones after the end of the core", _core()[:-1] + "B", "padding"),
    ("too much after the end of the core", _core() + "AAAAAA", "padding"),
    ("a letter beyond Z", _core(language=26), "range"),
    ("an announced list that is not there", _core([(65_535, 16), (0, 1)]), "truncated"),
    ("announced ranges that are not there", _core([(9, 16), (1, 1), (4095, 12)]), "truncated"),
    ("announced restrictions that are not there", _core([(0, 16), (0, 1), (0, 16), (0, 1), (4095, 12)]), "truncated"),
    ("a range that ends before it begins", _core(_ranges((9, 3))), "range"),
    ("vendor 0", _core(_ranges((0, 3))), "range"),
    ("ranges that overlap", _core(_ranges((1, 5), (4, 8))), "range"),
    ("the same range twice", _core(_ranges((1, 5), (1, 5))), "range"),
    ("hundreds of ranges of everything", _core(_ranges(*[(1, 65_535)] * 400)), "range"),
    ("an empty part", f"{CORE}.", "truncated"),
    ("the core a second time", f"{CORE}.{CORE}", "subsection"),
    ("a part of an unknown kind", f"{CORE}.gAAA", "subsection"),
    ("the same part twice", f"{CORE}.{PUBLISHER}.{PUBLISHER}", "subsection"),
    ("a part that is cut", f"{CORE}.{PUBLISHER[:-3]}", "truncated"),
    ("custom purposes that are not there", f"{CORE}.YAAAAAAAA_", "truncated"),
    ("thousands of parts", "C" + "." * 9000, "truncated"),
]  # fmt: skip


@pytest.mark.parametrize("what, text, code", TABLE, ids=[row[0] for row in TABLE])
def test_what_cannot_be_read(what: str, text: str, code: str) -> None:
    began = time.perf_counter()
    with pytest.raises(tcf.SignalError) as error:
        tcf.decode(text)
    assert error.value.code == code
    assert time.perf_counter() - began < 1


def test_the_core_of_the_table_is_right() -> None:
    consent = tcf.decode(_core(_ranges((1, 5), (9, 9))))
    assert consent.vendors == {1, 2, 3, 4, 5, 9} and (consent.language, consent.country) == ("EN", "DE")


@pytest.mark.parametrize("lost", range(1, len(CORE)))
def test_a_cut_string_is_never_a_yes(lost: int) -> None:
    """However much is missing at the end: nothing is read, or (where only filling is missing) what was said."""
    whole = tcf.decode(CORE)
    try:
        consent = tcf.decode(CORE[:-lost])
    except tcf.SignalError:
        return
    assert consent == whole


@given(
    st.one_of(st.text(max_size=60), st.text(st.sampled_from(ALPHABET + ".~"), max_size=120).map("C{}".format))
)
def test_any_text(text: str) -> None:
    try:
        tcf.decode(text)
    except tcf.SignalError:
        return


@given(
    st.sampled_from(
        [CORE, f"{CORE}.I{VENDORS}.{PUBLISHER}", *(row["text"] for row in _REFERENCE["tcf"][:2])]
    ),
    st.data(),
)
def test_a_real_string_that_was_damaged(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    put = data.draw(st.text(st.sampled_from(ALPHABET + ".! "), max_size=2))
    try:
        tcf.decode(text[:place] + put + text[place + data.draw(st.integers(0, 2)) :])
    except tcf.SignalError:
        return
