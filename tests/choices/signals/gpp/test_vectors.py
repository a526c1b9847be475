"""Strings that others published, with what they say; each is read and written again as it was.

Sources, all on GitHub: `InteractiveAdvertisingBureau/Global-Privacy-Platform` (the specification's own examples, in the text of
2022 and in that of November 2023), `IABTechLab/iabgpp-es` and `IABTechLab/iabgpp-java` (IAB's libraries; what their test suites
expect), and `noirotm/iabgpp-rs` (`iab_gpp/tests/data/*.json`). `reference.json` was made for us by IAB's library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.gpp import sections
from aboveboard.choices.signals.gpp.fields import Layout
from aboveboard.choices.signals.gpp.tables import LAYOUTS, NUMBERS

_TCF = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
_TCF_2022 = "CPSG_8APSG_8ANwAAAENAwCAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA"

WHOLE = [
    # where, string, names of its sections
    ("specification 2023, example 1", f"DBABM~{_TCF}", ["tcfeuv2"]),
    ("specification 2023, example 2", f"DBACNY~{_TCF}~1YNN", ["tcfeuv2", "uspv1"]),
    ("specification 2023, example 3", f"DBABjw~{_TCF}~1YNN", ["tcfcav1", "uspv1"]),
    ("specification 2022, example 1", f"DBABMA~{_TCF}", ["tcfeuv2"]),
    ("specification 2022, example 2", f"DBACNYA~{_TCF}~1YNN", ["tcfeuv2", "uspv1"]),
    ("iabgpp-es GppModel.test.ts", "DBAA", []),
    ("iabgpp-es GppModel.test.ts", "DBABTA~1YNN", ["uspv1"]),
    ("iabgpp-es GppModel.test.ts", f"DBABMA~{_TCF_2022}", ["tcfeuv2"]),
    ("iabgpp-es GppModel.test.ts", f"DBACNYA~{_TCF_2022}~1YNN", ["tcfeuv2", "uspv1"]),
    (
        "iabgpp-es GppModel.test.ts",
        f"DBACOeA~{_TCF_2022}~BPSG_8APSG_8AAyACAENGdCgf_gfgAfgfgBgABABAAABAB4AACACAAA.fHHHA4444ao~1YNN",
        ["tcfeuv2", "tcfcav1", "uspv1"],
    ),
    (
        "iabgpp-es and iabgpp-java, every section with nothing set",
        "DBACOdM~CPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA~BPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAA."
        "YAAAAAAAAAA~1---~BAAAAAAAAABA.QA~BAAAAABA.QA~BAAAABA~BAAAAEA.QA~BAAAAAQA~BAAAAAEA.QA~BAAAAABA~BAAAAABA.QA~"
        "BAAAAAABAA.QA~BAAAAAQA.QA~BAAAAAABAA.QA~BAAAAAQA.QA~BAAAAAQA.QA~BAAAAABA.QA~BAAAAAAAQA.QA~BAAAAAQA.QA",
        ["tcfeuv2", "tcfcav1", "uspv1", "usnat", "usca", "usva", "usco", "usut", "usct", "usfl", "usmt", "usor",
         "ustx", "usde", "usia", "usne", "usnh", "usnj", "ustn"],
    ),
]  # fmt: skip


@pytest.mark.parametrize("where, text, names", WHOLE, ids=[f"{row[0]} {row[1][:9]}" for row in WHOLE])
def test_whole_strings(where: str, text: str, names: list[str]) -> None:
    content = gpp.decode(text)
    assert [part.name for part in content] == names
    assert gpp.encode(content) == text


def test_the_string_of_our_own_notes() -> None:
    """US national, version 2: sale, sharing and targeted advertising opted out, and the browser sent GPC."""
    text = "DBABLA~CAAVAAAAAABA.YA"
    content = gpp.decode(text)
    section = content["usnat"]
    assert section.version == 2 and section.gpc is True
    for name in ("SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"):
        assert section.fields[name] == "opted_out"
    assert section.fields["SaleOptOutNotice"] == "not_applicable"
    assert gpp.encode(content) == text


#: From the test suites of IAB's libraries, one string per section: every notice given and every opt-out opted out, the first nine
#: kinds of sensitive data 2, 1, 0 …, the trade's agreement covers the transaction; GPC where it says `.YA`.
SUITES = [
    ("iabgpp-es UsNat.test.ts", "usnat", "BVVVkkkklWA.YA", True),
    (
        "iabgpp-es and iabgpp-java UsNatTest, 2024: version 2 under the number 1",
        "usnat",
        "BVVVkkkkkpFY.YA",
        True,
    ),
    ("iabgpp-java UsNatTest", "usnat", "CVVVkkkkkpFY.YA", True),
    ("iabgpp-es UsVa.test.ts", "usva", "BVWSSVY", None),
    ("iabgpp-es UsUt.test.ts", "usut", "BVVkklWA", None),
    ("iabgpp-es UsFl.test.ts", "usfl", "BVWSSZlY", None),
    ("iabgpp-es UsMt.test.ts", "usmt", "BVWSSZFY.YA", True),
    ("iabgpp-es UsOr.test.ts", "usor", "BVWSSRpFYA.YA", True),
    ("iabgpp-es UsTx.test.ts", "ustx", "BVWSSVWA.YA", True),
    ("iabgpp-es UsDe.test.ts", "usde", "BVWSSSSVYA.YA", True),
    ("iabgpp-es UsDe.test.ts", "usde", "BVWSSSSVYA", None),
    ("iabgpp-es UsIa.test.ts", "usia", "BVVkklWA.YA", True),
    ("iabgpp-es UsNe.test.ts", "usne", "BVWSSVWA.YA", True),
    ("iabgpp-es UsNh.test.ts", "usnh", "BVWSSZFY.YA", True),
    ("iabgpp-es UsNj.test.ts", "usnj", "BVWSSRklWA.YA", True),
    ("iabgpp-es UsTn.test.ts", "ustn", "BVWSSVWA.YA", True),
    ("iabgpp-es UsMn.test.ts", "usmn", "BVWSSVWA.YA", True),
    ("iabgpp-java UsMdTest", "usmd", "BVVU.YA", True),
    ("iabgpp-java UsInTest", "usin", "ZBABYA.BVVV.kkk", None),
    ("iabgpp-java UsKyTest", "usky", "aBABYA.BVVV.kkk", None),
    ("iabgpp-java UsRiTest", "usri", "bBABYA.BVVV.kkk", None),
]


@pytest.mark.parametrize("where, name, text, signal", SUITES, ids=[f"{row[0]} {row[2]}" for row in SUITES])
def test_sections_of_the_libraries(where: str, name: str, text: str, signal: bool | None) -> None:
    section = sections.read(NUMBERS[name], text)
    assert isinstance(section, gpp.Section) and section.name == name
    for field, value in section.fields.items():
        if field.endswith("Notice"):
            assert value == "given"
        if field.endswith("OptOut"):
            assert value == "opted_out"
    layout = _layout(section)
    sensitive = next((each for each in layout.known() if each.name == "SensitiveDataProcessing"), None)
    if sensitive is not None:
        said = _numbers(section.fields[sensitive.name], sensitive.words)
        assert said[:9] == [2, 1, 0, 2, 1, 0, 2, 1, 0][: len(said)]
    assert section.fields["MspaCoveredTransaction"] == "yes"
    assert section.gpc is signal
    assert sections.write(section) == text


#: noirotm/iabgpp-rs, iab_gpp/tests/data: file, string, section, the number in every field (None where they differ), GPC.
THIRD = [
    ("usnat_v1_with_gpc", "DBABLA~BVVVVVVVVWA.YA", "usnat", 1, True),
    ("usnat_v2_not_applicable", "DBABLA~CAAAAAAAAAWA.Q", "usnat", None, False),
    ("usca_opted_out", "DBABBg~BVVVVVVY", "usca", 1, None),
    ("usca_with_gpc", "DBABBg~BVqqqqpY.YA", "usca", None, True),
    ("usca_not_applicable", "DBABBg~BAAAAACA", "usca", 0, None),
    ("usva_opted_out", "DBABRg~BVVVVWY", "usva", 1, None),
    ("usco_with_gpc", "DBABJg~BVVVVVg.YA", "usco", 1, True),
    ("usut_opted_out", "DBABFg~BVVVVVmA", "usut", 1, None),
    ("usct_opted_out", "DBABVg~BVVVVVVg", "usct", 1, None),
    ("usct_with_gpc", "DBABVg~BVVVVVVg.YA", "usct", 1, True),
]


@pytest.mark.parametrize("file, text, name, number, signal", THIRD, ids=[row[0] for row in THIRD])
def test_a_third_implementation(
    file: str, text: str, name: str, number: int | None, signal: bool | None
) -> None:
    content = gpp.decode(text)
    section = content[name]
    for each in _layout(section).fields:
        if number is not None and each.words is not None and not each.name.startswith("Mspa"):
            assert set(_numbers(section.fields[each.name], each.words)) == {number}, each.name
    assert section.gpc is signal
    assert gpp.encode(content) == text


def test_words_of_the_third_implementation() -> None:
    california = gpp.decode("DBABBg~BVqqqqpY.YA")["usca"].fields
    assert california["SaleOptOut"] == "not_opted_out"
    sensitive = california["SensitiveDataProcessing"]
    assert isinstance(sensitive, Mapping) and set(sensitive.values()) == {"not_opted_out"}
    assert california["KnownChildSensitiveDataConsents"] == {
        "sell_under_16": "consent",
        "share_under_16": "consent",
    }
    national = gpp.decode("DBABLA~CAAAAAAAAAWA.Q")["usnat"].fields
    assert national["KnownChildSensitiveDataConsents"] == {
        "from_13_to_16": "not_applicable", "under_13": "not_applicable", "from_16_to_17": "no_consent",
    }  # fmt: skip
    assert national["PersonalDataConsents"] == "no_consent" and national["MspaCoveredTransaction"] == "no"


#: InteractiveAdvertisingBureau/USPrivacy, CCPA/US Privacy String.md, *Examples*.
USP = [
    ("1YNN", "yes", "no", "no"),
    ("1NYY", "no", "yes", "yes"),
    ("1---", "not_applicable", "not_applicable", "not_applicable"),
    ("1-Y-", "not_applicable", "yes", "not_applicable"),
]


@pytest.mark.parametrize("text, notice, sale, agreement", USP)
def test_us_privacy_strings(text: str, notice: str, sale: str, agreement: str) -> None:
    section = gpp.decode(f"DBABTA~{text}")["uspv1"]
    assert section.fields == {"Notice": notice, "OptOutSale": sale, "LspaCovered": agreement}
    assert gpp.encode(gpp.Sections((section,), 1)) == f"DBABTA~{text}"


def test_the_draft_of_the_national_section() -> None:
    """Version 3 (August 2026, for comment): a header, four fields, and GPC. Written by hand from the specification's table."""
    # 7, 3, one subsection: 000111 000011 000000000001 0 11; agreement 5, notice given, opted out, member 1234; GPC.
    text = "HDABY.FkTS.Y"
    section = sections.read(7, text)
    assert isinstance(section, gpp.Section)
    assert section.fields == {
        "MspaVersion": 5,
        "MspaNotice": "given",
        "MspaOptOut": "opted_out",
        "MspaId": 1234,
    }
    assert section.version == 3 and section.gpc is True
    assert sections.write(section) == text


# ------------------------------------------------------------------------------------ made by IAB's own library
@cache
def _reference() -> dict[str, Any]:
    file = Path(__file__).parents[1] / "reference.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("row", _reference()["sections"], ids=lambda row: row["text"])
def test_sections_made_by_the_library(row: dict[str, Any]) -> None:
    content = gpp.decode(row["text"])
    section, values = content[row["section"]], row["values"]
    assert gpp.encode(content) == row["text"]
    if section.name == "uspv1":
        words = {"Y": "yes", "N": "no", "-": "not_applicable"}
        assert section.fields == {name: words[values[name]] for name in section.fields}
        return
    assert section.version == values.get("Version", 1)
    said = {each.name: _numbers(section.fields[each.name], each.words) for each in _present(section)}
    for name, numbers in said.items():
        expected = values[name] if isinstance(values[name], list) else [values[name]]
        assert numbers == expected[: len(numbers)], name
    assert set(values) - {"Version", "Gpc"} - set(said) <= (
        {"SensitiveDataProcessing"} if not row["more"] else set()
    )
    assert section.gpc is (values.get("Gpc") if row["more"] else None)


@pytest.mark.parametrize("row", _reference()["many"], ids=lambda row: row["text"][:12])
def test_many_sections_made_by_the_library(row: dict[str, Any]) -> None:
    content = gpp.decode(row["text"])
    assert [part.id for part in content] == row["ids"]
    assert gpp.encode(content) == row["text"]


def _present(section: gpp.Section) -> list[Any]:
    return [each for each in _layout(section).known() if each.name in section.fields]


def _layout(section: gpp.Section) -> Layout:
    def fits(layout: Layout) -> bool:
        return all(
            set(each.items) == set(section.fields[each.name])  # type: ignore[arg-type]
            for each in layout.fields
            if each.items
        )

    return next(
        each for each in LAYOUTS if (each.id, each.version) == (section.id, section.version) and fits(each)
    )


def _numbers(value: object, words: tuple[str, ...] | None) -> list[int]:
    if words is None:
        assert isinstance(value, int)
        return [value]
    said = value.values() if isinstance(value, Mapping) else [value]
    return [words.index(str(word)) for word in said]
