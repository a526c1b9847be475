"""Small price pages, to be broken in one place each."""

from __future__ import annotations

from aboveboard.pricing.pricing2yaml import Analysis, analyse

HEAD = "syntaxVersion: '3.1'\nsaasName: Lamp\ncreatedAt: 2026-11-01\ncurrency: EUR\n"
FEATURES = """\
features:
  notes: {valueType: BOOLEAN, defaultValue: true, type: DOMAIN}
  search: {valueType: BOOLEAN, defaultValue: false, type: DOMAIN}
"""
LIMITS = """\
usageLimits:
  storage: {valueType: NUMERIC, defaultValue: 1, unit: GB, type: NON_RENEWABLE, linkedFeatures: [notes]}
"""
PLANS = """\
plans:
  FREE: {price: 0}
  TEAM: {price: 12, features: {search: {value: true}}}
"""


def page(
    plans: str = PLANS, add_ons: str = "", *, features: str = FEATURES, limits: str = "", head: str = HEAD
) -> str:
    """Return the text of a page; `add_ons` are its add-ons, two spaces in."""
    return head + features + limits + plans + (f"addOns:\n{add_ons}" if add_ons else "")


def answer(text: str | bytes) -> Analysis:
    return analyse(text, "lamp.yml")


def codes(text: str | bytes, severity: str | None = None) -> list[str]:
    """Return the codes of what is wrong with a page, in order of line."""
    return [f.code for f in answer(text).findings if severity in (None, f.severity)]
