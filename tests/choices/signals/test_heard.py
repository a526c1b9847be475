"""What the three notations refuse, in one vocabulary; and that none of them has a word for yes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.heard import UnreadableError, read
from aboveboard.choices.signals.refusals import GPC, REFUSALS, in_order, of_facts, refused
from tests.choices.signals.strings import EVERYTHING, gpp_string, tcf_string

ADS, COUNT = "targeted_advertising", "statistics"
IN_GPP = gpp.encode(gpp.Sections((gpp.Carried(2, tcf_string([1, 2, 3, 4])),)))

TABLE: list[tuple[str, dict[str, Any], list[str]]] = [
    # what came | as | what it refuses
    ("nothing", {}, []),
    ("the browser's signal", {"gpc": True}, ["sale", "sharing"]),
    ("a sale refused in California", {"gpp": gpp_string("usca", SaleOptOut="opted_out")}, ["sale"]),
    ("sharing refused in California", {"gpp": gpp_string("usca", SharingOptOut="opted_out")}, ["sharing"]),
    ("advertising refused in Virginia", {"gpp": gpp_string("usva", TargetedAdvertisingOptOut="opted_out")}, [ADS]),
    ("sensitive data refused", {"gpp": gpp_string("usca", SensitiveDataProcessing={"health": "opted_out"})}, ["sensitive"]),
    ("a child's data", {"gpp": gpp_string("ustx", KnownChildSensitiveDataConsents="no_consent")}, ["known_child"]),
    ("the browser's signal in a section", {"gpp": gpp_string("usco", gpc=True)}, ["sale", "sharing"]),
    ("everything not opted out", {"gpp": gpp_string("usca", SaleOptOut="not_opted_out", SharingOptOut="not_opted_out")}, []),
    ("a use that was never declared", {"gpp": gpp_string("usnat", PersonalDataConsents="no_consent")}, []),
    ("the US string of 2019", {"gpp": gpp_string("uspv1", OptOutSale="yes")}, ["sale"]),
    ("a TCF string in a GPP string", {"gpp": IN_GPP}, [COUNT]),
    ("TCF: all agreed", {"tcf": tcf_string(EVERYTHING)}, []),
    ("TCF: nothing agreed", {"tcf": tcf_string()}, [ADS, COUNT]),
    ("TCF: only storage", {"tcf": tcf_string([1])}, [ADS, COUNT]),
    ("TCF: all but profiles", {"tcf": tcf_string(set(EVERYTHING) - {3})}, [ADS]),
    ("TCF: all but choosing by profile", {"tcf": tcf_string(set(EVERYTHING) - {4})}, [ADS]),
    ("TCF: a legitimate interest is none for profiles", {"tcf": tcf_string(set(EVERYTHING) - {3}, [3])}, [ADS]),
    ("TCF: a legitimate interest in choosing", {"tcf": tcf_string(set(EVERYTHING) - {2}, [2])}, []),
    ("TCF: all but measuring", {"tcf": tcf_string(set(EVERYTHING) - {7})}, [COUNT]),
    ("TCF: a legitimate interest in counting", {"tcf": tcf_string([1, 2, 3, 4], [7, 8, 9])}, []),
    ("TCF: all but pages and development", {"tcf": tcf_string([1, 2, 3, 4, 7, 8, 9])}, []),
    ("two at once", {"gpc": True, "tcf": tcf_string([2, 3, 4])}, ["sale", "sharing", COUNT]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "came", "refuses"), TABLE, ids=[row[0] for row in TABLE])
def test_what_is_refused(what: str, came: dict[str, Any], refuses: list[str]) -> None:
    assert in_order(refused(read(**came))) == refuses


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("gpp", "", "empty"),
        ("gpp", "1YNN", "type"),
        ("gpp", tcf_string(), "type"),
        ("tcf", gpp_string("usca"), "alphabet"),
        ("tcf", "", "empty"),
        ("gpp", gpp.encode(gpp.Sections((gpp.Carried(2, tcf_string()[:20]),))), "truncated"),
    ],
)
def test_what_cannot_be_read_says_which_it_was(field: str, text: str, why: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(**{field: text})  # type: ignore[arg-type]
    assert (caught.value.field, caught.value.why) == (field, why)


@given(st.sets(st.integers(1, 24)), st.sets(st.integers(1, 24)), st.integers(1, 24))
def test_agreeing_to_more_never_refuses_more(agreed: set[int], interests: set[int], more: int) -> None:
    before = refused(read(tcf=tcf_string(agreed, interests)))
    assert refused(read(tcf=tcf_string(agreed | {more}, interests))) <= before
    assert refused(read(tcf=tcf_string(agreed, interests | {more}))) <= before


def test_the_first_entries_were_the_browsers_signal() -> None:
    assert of_facts({"signal": "gpc", "channel": "web"}) == GPC
    [one] = read(gpp=gpp_string("usca", SaleOptOut="opted_out"))
    assert of_facts(one.as_facts()) == {"sale"} and one.as_facts()["sections"] == ["usca"]
    assert set(REFUSALS) >= GPC
