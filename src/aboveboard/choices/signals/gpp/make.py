"""A new section, of which the caller says only what does apply."""

from __future__ import annotations

from collections.abc import Mapping

from aboveboard.choices.signals.error import fault
from aboveboard.choices.signals.gpp.fields import Field, Layout
from aboveboard.choices.signals.gpp.model import Section, Value
from aboveboard.choices.signals.gpp.tables import LAYOUTS, USP, USP_FIELDS, USP_ID

_NOTHING = "not_applicable"
#: Since the agreement's fifth text (2026) this field is always "no", and it never could be "does not apply".
_COVERED = "MspaCoveredTransaction"


def section(name: str, *, version: int | None = None, gpc: bool | None = None, **fields: Value) -> Section:
    """Return a new section: what is not given in `fields` does not apply (of a list, each item that is not given).

    `version` is the newest that is in force unless said otherwise. Raises `SignalError` with `section_unknown`; whether the
    fields are right is said when the section is written.
    """
    if name == USP:
        return Section(USP_ID, 1, dict.fromkeys(USP_FIELDS, _NOTHING) | fields)
    layout = _layout(name, version)
    core = {each.name: _value(each, fields) for each in layout.fields}
    extra = {each.name: _value(each, fields) for each in layout.known() if each.name in fields}
    return Section(layout.id, layout.version, core | fields | extra, gpc)


def _layout(name: str, version: int | None) -> Layout:
    for each in LAYOUTS if version is not None else reversed(LAYOUTS):
        if each.name == name and (not each.draft if version is None else each.version == version):
            return each
    known = sorted({each.name for each in LAYOUTS} | {USP})
    shown = name if version is None else f"{name} {version}"
    raise fault("section_unknown", place=shown, known=", ".join(known))


def _value(field: Field, fields: Mapping[str, Value]) -> Value:
    given = fields.get(field.name)
    if field.items and isinstance(given, Mapping | None):
        return dict.fromkeys(field.items, _NOTHING) | dict(given or {})
    if given is not None:
        return given
    if field.words is None:
        return 0
    return "no" if field.name == _COVERED else _NOTHING
