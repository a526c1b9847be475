"""What a GPP string says no to.

A no anywhere is a no: several sections may be in one string, and they need not agree. A consent that was not given counts as a no
to the use that needs it, and a value without meaning counts as a no too.

Which purposes of a book that touches is told by kind. *Sale*, *sharing* and GPC are about passing data on: `sharing`. *Targeted
advertising* in the states' laws is advertising by what people did elsewhere; whoever says no to it expects no tailored
advertising from us either, so it also stops `marketing`. Sensitive data, children's data and uses unrelated to
what data was collected for are limits on data, not on a kind of purpose. They are reported, and stop no kind by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from aboveboard.choices.signals.gpp.model import Section, Sections, Value

Use = Literal["sale", "sharing", "targeted_advertising", "sensitive", "known_child", "unrelated_use"]
Kind = Literal["sharing", "marketing"]

_ALL_SELLING: tuple[Use, ...] = ("sale", "sharing", "targeted_advertising")
_USES: Mapping[str, tuple[Use, ...]] = {
    "SaleOptOut": ("sale",),
    "SharingOptOut": ("sharing",),
    "TargetedAdvertisingOptOut": ("targeted_advertising",),
    "MspaOptOut": _ALL_SELLING,
    "SensitiveDataProcessing": ("sensitive",),
    "KnownChildSensitiveDataConsents": ("known_child",),
    "PersonalDataConsents": ("unrelated_use",),
    "AdditionalDataProcessingConsent": ("unrelated_use",),
}
_NO = frozenset({"opted_out", "no_consent", "undefined"})


def opted_out(sections: Sections) -> frozenset[Use]:
    """Return what the fields of the sections say no to; GPC is asked for by `gpc`."""
    return frozenset(use for section in sections.read() for use in _refused(section))


def gpc(sections: Sections) -> bool:
    """Return whether a section says that the browser sent Global Privacy Control."""
    return any(section.gpc is True for section in sections.read())


def refused_kinds(sections: Sections) -> frozenset[Kind]:
    """Return the kinds of purposes (as in a book) that the string says no to."""
    uses = opted_out(sections)
    kinds: set[Kind] = set()
    if gpc(sections) or not uses.isdisjoint(_ALL_SELLING):
        kinds.add("sharing")
    if "targeted_advertising" in uses:
        kinds.add("marketing")
    return frozenset(kinds)


def _refused(section: Section) -> Iterator[Use]:
    if section.fields.get("OptOutSale") == "yes":
        yield "sale"
    for name, uses in _USES.items():
        if name in section.fields and any(word in _NO for word in _said(section.fields[name])):
            yield from uses


def _said(value: Value) -> tuple[object, ...]:
    return tuple(value.values()) if isinstance(value, Mapping) else (value,)
