"""The sections that we read and write, field by field, as IAB Tech Lab's section specifications list them.

One table per section and version, and one decoder over all of them (`sections`). The tables follow the folder `Sections/` of
the Global Privacy Platform repository: the texts of 2022 to 2025 with the corrections of April 2026, and for the national
section also the draft of August 2026 (version 3). Field names are the specification's; the names of items are ours, since the
specification numbers them and describes each in a sentence.

The states do not say the same things. California, Utah and Iowa let people *opt out* of the use of sensitive data, elsewhere it
needs *consent*; of the states California alone has *sharing*; Virginia, Utah and Florida define no GPC subsection.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aboveboard.choices.signals.gpp.fields import (
    CONSENT,
    FIRST_PARTY_NOTICE,
    MODE,
    NOTICE,
    OPT_OUT,
    YES_NO,
    Field,
    Layout,
    Words,
)

#: Sections that are text for us: carried along as they are. The first is read by `tcf`.
CARRIED: Mapping[int, str] = MappingProxyType({2: "tcfeuv2", 5: "tcfcav1"})
#: The US privacy string of 2019, four plain characters: 1, and yes, no or nothing for each of these.
USP_ID, USP = 6, "uspv1"
USP_FIELDS = ("Notice", "OptOutSale", "LspaCovered")


def _notices(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, NOTICE) for name in names)


def _opt_outs(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, OPT_OUT) for name in names)


def _sensitive(*items: str, words: Words = CONSENT) -> Field:
    return Field("SensitiveDataProcessing", words, items)


def _child(*items: str) -> Field:
    return Field("KnownChildSensitiveDataConsents", CONSENT, items)


_MSPA_VERSION = Field("MspaVersion", bits=6)
_OTHER_USE = Field("AdditionalDataProcessingConsent", CONSENT)
_UNRELATED = Field("PersonalDataConsents", CONSENT)
_MSPA = tuple(
    Field(name, YES_NO)
    for name in ("MspaCoveredTransaction", "MspaOptOutOptionMode", "MspaServiceProviderMode")
)

# ----------------------------------------------------------------------- what data is sensitive, state by state
_ORIGIN, _BELIEFS, _HEALTH, _SEX = (
    "racial_or_ethnic_origin",
    "religious_beliefs",
    "health",
    "sex_life_or_orientation",
)
_CITIZEN, _GENES, _BODY, _PLACE = "citizenship_or_immigration", "genetic", "biometric", "precise_location"
_PAPERS, _ACCOUNT, _UNION, _MAIL = "identity_documents", "account_access", "union_membership", "messages"
_GENDER, _VICTIM, _NATION = "transgender_or_nonbinary", "crime_victim", "national_origin"

_SEVEN = (_ORIGIN, _BELIEFS, _HEALTH, _SEX, _CITIZEN, _GENES, _BODY)
_EIGHT = (*_SEVEN, _PLACE)
_TWELVE = (*_EIGHT, _PAPERS, _ACCOUNT, _UNION, _MAIL)
_SIXTEEN = (*_TWELVE, "consumer_health_data", _VICTIM, _NATION, _GENDER)
_UTAH = (_ORIGIN, _BELIEFS, _SEX, _CITIZEN, _HEALTH, _GENES, _BODY, _PLACE)
_OREGON = (
    _ORIGIN, _BELIEFS, _HEALTH, _SEX, _GENDER, _CITIZEN, _NATION, _VICTIM, _GENES, _BODY, _PLACE,
)  # fmt: skip
_CALIFORNIA = (_PAPERS, _ACCOUNT, _PLACE, "origin_belief_or_union", _MAIL, _GENES, _BODY, _HEALTH, _SEX)

# ----------------------------------------------------------------------------- whose consent is asked for a child
_TEENS = ("known_child", "sell_13_to_15", "advertise_13_to_15")


# -------------------------------------------------------------------------------------------- US national section
def _national(version: int, sensitive: tuple[str, ...], child: tuple[str, ...]) -> Layout:
    return Layout(
        7,
        "usnat",
        version,
        (
            *_notices(
                "SharingNotice",
                "SaleOptOutNotice",
                "SharingOptOutNotice",
                "TargetedAdvertisingOptOutNotice",
                "SensitiveDataProcessingOptOutNotice",
                "SensitiveDataLimitUseNotice",
            ),
            *_opt_outs("SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"),
            _sensitive(*sensitive),
            _child(*child),
            _UNRELATED,
            *_MSPA,
        ),
    )


_NATIONAL_CHILD = ("from_13_to_16", "under_13", "from_16_to_17")
_NATIONAL = (
    _national(1, _TWELVE, _NATIONAL_CHILD[:2]),
    # IAB's own library of 2024 wrote the fields of version 2 and the number 1. Such strings are longer, and known by that.
    _national(1, _SIXTEEN, _NATIONAL_CHILD),
    _national(2, _SIXTEEN, _NATIONAL_CHILD),
    Layout(
        7,
        "usnat",
        3,
        (
            _MSPA_VERSION,
            Field("MspaNotice", FIRST_PARTY_NOTICE),
            Field("MspaOptOut", OPT_OUT),
            Field("MspaId", bits=14),
        ),
        headed=True,
        draft=True,
    ),
)


# ----------------------------------------------------------------------------------------------------- US states
_SALE_ADS_NOTICE = ("SaleOptOutNotice", "TargetedAdvertisingOptOutNotice")


def _state(
    number: int,
    name: str,
    sensitive: Field,
    child: Field,
    *more: Field,
    notices: tuple[str, ...] = ("ProcessingNotice", *_SALE_ADS_NOTICE),
) -> Layout:
    """Most states: notices, opt-out of sale and of targeted advertising, sensitive data, children, the trade's agreement."""
    opt_outs = _opt_outs("SaleOptOut", "TargetedAdvertisingOptOut")
    return Layout(number, name, 1, (*_notices(*notices), *opt_outs, sensitive, child, *more, *_MSPA))


def _headed(number: int, name: str, *child: Field, extra: Field | None = None) -> Layout:
    """The states of 2025: a header of its own, the agreement first, sensitive data in a subsection that may be left out."""
    fields = (
        _MSPA_VERSION,
        Field("MspaCoveredTransaction", YES_NO),
        Field("MspaMode", MODE),
        *_notices("ProcessingNotice", *_SALE_ADS_NOTICE),
        *_opt_outs("SaleOptOut", "TargetedAdvertisingOptOut"),
        *child,
        _OTHER_USE,
    )
    return Layout(number, name, 1, fields, headed=True, extra=extra)


_SHARING = ("SharingNotice", *_SALE_ADS_NOTICE)
_STATES = (
    Layout(
        8,
        "usca",
        1,
        (
            *_notices("SaleOptOutNotice", "SharingOptOutNotice", "SensitiveDataLimitUseNotice"),
            *_opt_outs("SaleOptOut", "SharingOptOut"),
            _sensitive(*_CALIFORNIA, words=OPT_OUT),
            _child("sell_under_16", "share_under_16"),
            _UNRELATED,
            *_MSPA,
        ),
    ),
    _state(9, "usva", _sensitive(*_EIGHT), _child(), notices=_SHARING),
    _state(10, "usco", _sensitive(*_SEVEN), _child(), notices=_SHARING),
    _state(
        11,
        "usut",
        _sensitive(*_UTAH, words=OPT_OUT),
        _child(),
        notices=(*_SHARING, "SensitiveDataProcessingOptOutNotice"),
    ),
    _state(12, "usct", _sensitive(*_EIGHT), _child(*_TEENS), notices=_SHARING),
    _state(13, "usfl", _sensitive(*_EIGHT), _child("under_13", "from_13_to_15", "from_16_to_17"), _OTHER_USE),
    _state(14, "usmt", _sensitive(*_EIGHT), _child(*_TEENS), _OTHER_USE, notices=_SHARING),
    _state(15, "usor", _sensitive(*_OREGON), _child(*_TEENS), _OTHER_USE),
    _state(16, "ustx", _sensitive(*_EIGHT), _child(), _OTHER_USE),
    _state(
        17,
        "usde",
        _sensitive(*_EIGHT, _GENDER),
        _child(*_TEENS, "sell_16_to_17", "advertise_16_to_17"),
        _OTHER_USE,
    ),
    _state(
        18,
        "usia",
        _sensitive(*_EIGHT, words=OPT_OUT),
        _child(),
        notices=("ProcessingNotice", *_SALE_ADS_NOTICE, "SensitiveDataOptOutNotice"),
    ),
    _state(19, "usne", _sensitive(*_EIGHT), _child(), _OTHER_USE),
    _state(20, "usnh", _sensitive(*_EIGHT), _child(*_TEENS), _OTHER_USE),
    _state(
        21,
        "usnj",
        _sensitive(*_EIGHT, _GENDER, _ACCOUNT),
        _child(*_TEENS, "sell_16", "advertise_16"),
        _OTHER_USE,
    ),
    _state(22, "ustn", _sensitive(*_EIGHT), _child(), _OTHER_USE),
    _state(23, "usmn", _sensitive(*_EIGHT), _child(), _OTHER_USE),
    _headed(24, "usmd"),
    _headed(25, "usin", _child(), extra=_sensitive(*_EIGHT)),
    _headed(26, "usky", _child(), extra=_sensitive(*_EIGHT)),
    _headed(27, "usri", _child(), extra=_sensitive(*_EIGHT)),
)

#: Every layout that we know, in the order of the section numbers.
LAYOUTS: tuple[Layout, ...] = (*_NATIONAL, *_STATES)

#: Section number to name, for every section that we know.
NAMES: Mapping[int, str] = MappingProxyType(
    {**CARRIED, USP_ID: USP, **{each.id: each.name for each in LAYOUTS}}
)
NUMBERS: Mapping[str, int] = MappingProxyType({name: number for number, name in NAMES.items()})
