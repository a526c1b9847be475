"""Which of the two languages a person reads.

The switch at the top of each page (`?lang=zh`) wins and is remembered in a cookie; else the browser's own wish decides
(`Accept-Language`, RFC 9110 section 12.5.4); else English. Any Chinese (`zh`, `zh-Hans`, `zh-TW`) gets the Chinese
pages: a reader of traditional characters is better served by them than by English. A wish with `q=0` is a refusal and
is obeyed as one.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection

from aboveboard.words import LANGUAGES, Lang

COOKIE = "lang"
SWITCH = "lang"

#: A header longer than this is no browser's; the rest is not read.
_LONGEST = 1_000


def choose(switch: str | None, cookie: str | None, accept: str | None) -> Lang:
    """Return the language for these three wishes, the strongest first; unknown values count as not said."""
    for wish in (switch, cookie):
        if (said := _known(wish)) is not None:
            return said
    return _accepted(accept or "")


def of(connection: ASGIConnection[Any, Any, Any, Any]) -> Lang:
    """Return the language of this request."""
    return choose(
        connection.query_params.get(SWITCH),
        connection.cookies.get(COOKIE),
        connection.headers.get("accept-language"),
    )


def _known(value: str | None) -> Lang | None:
    return next((lang for lang in LANGUAGES if lang == value), None)


def _accepted(header: str) -> Lang:
    """Return the language with the highest weight; of two with the same weight, the one that was named first."""
    best: Lang = "en"
    weight_of_best = 0.0
    for item in header[:_LONGEST].split(","):
        tag, _, parameters = item.strip().partition(";")
        lang = "en" if tag.strip() == "*" else _known(tag.strip().lower().split("-")[0])
        weight = _weight(parameters)
        if lang is not None and weight > weight_of_best:
            best, weight_of_best = lang, weight
    return best


def _weight(parameters: str) -> float:
    """Return the `q` of a language range: 1 if left out, 0 if it cannot be read."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0.0 <= weight <= 1.0 else 0.0
    return 1.0
