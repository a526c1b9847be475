"""What a string says no to."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from aboveboard.book.model import Purpose
from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.gpp.meaning import Kind, Use
from aboveboard.choices.signals.gpp.tables import LAYOUTS

_ADS = "targeted_advertising"

TABLE = [
    # sections, what is refused, GPC, kinds of purposes
    ([], set(), False, set()),
    ([gpp.section("usca")], set(), False, set()),
    ([gpp.section("usca", SaleOptOut="not_opted_out")], set(), False, set()),
    ([gpp.section("usca", SaleOptOut="opted_out")], {"sale"}, False, {"sharing"}),
    ([gpp.section("usca", SharingOptOut="opted_out")], {"sharing"}, False, {"sharing"}),
    ([gpp.section("usva", TargetedAdvertisingOptOut="opted_out")], {_ADS}, False, {"sharing", "marketing"}),
    ([gpp.section("usco", gpc=True)], set(), True, {"sharing"}),
    ([gpp.section("usco", gpc=False)], set(), False, set()),
    ([gpp.section("usca", SensitiveDataProcessing={"health": "opted_out"})], {"sensitive"}, False, set()),
    ([gpp.section("usca", SensitiveDataProcessing={"health": "not_opted_out"})], set(), False, set()),
    ([gpp.section("ustx", SensitiveDataProcessing={"health": "no_consent"})], {"sensitive"}, False, set()),
    ([gpp.section("ustx", SensitiveDataProcessing={"health": "consent"})], set(), False, set()),
    ([gpp.section("usin", SensitiveDataProcessing={"health": "no_consent"})], {"sensitive"}, False, set()),
    ([gpp.section("usut", SensitiveDataProcessingOptOutNotice="given")], set(), False, set()),
    ([gpp.section("ustx", KnownChildSensitiveDataConsents="no_consent")], {"known_child"}, False, set()),
    ([gpp.section("usct", KnownChildSensitiveDataConsents={"sell_13_to_15": "no_consent"})], {"known_child"}, False, set()),
    ([gpp.section("usnat", PersonalDataConsents="no_consent")], {"unrelated_use"}, False, set()),
    ([gpp.section("usnh", AdditionalDataProcessingConsent="no_consent")], {"unrelated_use"}, False, set()),
    ([gpp.section("usnat", SaleOptOut="undefined")], {"sale"}, False, {"sharing"}),
    ([gpp.section("usnat", version=3, MspaOptOut="opted_out")], {"sale", "sharing", _ADS}, False, {"sharing", "marketing"}),
    ([gpp.section("uspv1", OptOutSale="yes")], {"sale"}, False, {"sharing"}),
    ([gpp.section("uspv1", OptOutSale="no")], set(), False, set()),
    ([gpp.section("uspv1", Notice="yes", LspaCovered="yes")], set(), False, set()),
    ([gpp.Carried(2, "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA")], set(), False, set()),
    (
        [gpp.section("usca", SaleOptOut="not_opted_out"), gpp.section("usva", SaleOptOut="opted_out")],
        {"sale"}, False, {"sharing"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("parts, refused, signal, kinds", TABLE)
def test_what_is_refused(parts: list[gpp.Section], refused: set[str], signal: bool, kinds: set[str]) -> None:
    content = gpp.decode(gpp.encode(gpp.Sections(tuple(parts))))
    assert gpp.opted_out(content) == refused
    assert gpp.gpc(content) is signal
    assert gpp.refused_kinds(content) == kinds


def test_the_kinds_are_those_of_a_book() -> None:
    assert set(get_args(Kind)) <= set(get_args(get_type_hints(Purpose)["kind"]))


def test_every_table_has_a_no_of_its_own() -> None:
    """A field called an opt-out or a consent says no by its second value, in every section."""
    reached: set[str] = set()
    for layout in LAYOUTS:
        for field in layout.known():
            if field.words is None or not {"opted_out", "no_consent"} & set(field.words):
                continue
            value: gpp.Value = dict.fromkeys(field.items, field.words[1]) if field.items else field.words[1]
            section = gpp.section(layout.name, version=layout.version, **{field.name: value})  # type: ignore[arg-type]
            said = gpp.opted_out(gpp.Sections((section,)))
            assert said, (layout.name, field.name)
            reached |= said
    assert reached == set(get_args(Use))
