"""One Jinja environment over the `templates/` folders of all rooms.

A template is named by its room: `choices/form.html` is the file `form.html` in the templates of `aboveboard.choices`,
and inside it `t("key")` speaks from the texts of that room while `w("key")` speaks from this one's. Values put into a
text are escaped; a value that is markup already (a time, a link) stays what it is. A name that nobody gave is an error,
never a hole in the page.

Filters: `money(currency)` minor units as people write them; `when` an instant as people say it, with the whole instant
on hover; `day` a date; `say` any pair of texts, of the book or of the product.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from decimal import Decimal
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from aboveboard import money
from aboveboard.web import charts, moments
from aboveboard.words.catalogue import Catalogue

Speak = Callable[..., Markup]


class _Rooms(BaseLoader):
    """Finds `room/file.html` in the templates folder of `aboveboard.room`."""

    def get_source(
        self, _environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool]]:
        """Return the source of a template, its file, and that it never changes while the process lives."""
        room, _, name = template.partition("/")
        if not room.isidentifier() or ".." in name:
            raise TemplateNotFound(template)
        file = files(f"aboveboard.{room}") / "templates" / name
        if not file.is_file():
            raise TemplateNotFound(template)
        return file.read_text("utf-8"), str(file), lambda: True


def environment() -> Environment:
    """Return the environment; one per process is enough, templates are compiled once."""
    made = Environment(
        loader=_Rooms(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters |= {
        "money": _money,
        "when": _when,
        "clock": _clock,
        "day": _day,
        "say": _say,
        "listed": _listed,
        "code": _code,
        "cap": _cap,
        "share": _share,
        "month_day": _month_day,
    }
    made.globals |= {"bar_chart": charts.draw}
    return made


def speaker(package: str, lang: str) -> Speak:
    """Return `t(key, **values)`, which says a text of `package` in `lang` as safe markup."""
    catalogue = Catalogue.load(package)

    def t(key: str, /, **values: object) -> Markup:
        return fill(catalogue.text(key), lang, **values)

    return t


def fill(pair: Any, lang: str, **values: object) -> Markup:
    """Return `pair` in `lang` as markup: the pattern and its values escaped, except values that are markup already."""
    pattern = escape(_in(pair, lang))
    return (
        pattern.format_map({name: said(value, lang) for name, value in values.items()})
        if "{" in pattern
        else pattern
    )


def said(value: object, lang: str) -> Any:
    """Return a pair of texts in `lang`; anything else as it is."""
    return _in(value, lang) if hasattr(value, "en") and hasattr(value, "zh") else value


def _in(pair: Any, lang: str) -> str:
    return str(pair.zh if lang == "zh" else pair.en)


@pass_context
def _say(context: Context, value: object, **values: object) -> Any:
    if values:
        return fill(value, context["lang"], **values)
    return said(value, context["lang"])


@pass_context
def _listed(context: Context, items: Iterable[object]) -> Markup:
    """Join names as one says them: "the lab, the insurer and the county" · 「化验室、保险公司和县里」."""
    lang = context["lang"]
    names = [escape(said(item, lang)) for item in items]
    comma, last = (", ", " and ") if lang == "en" else ("、", "和")
    return escape(comma).join(names[:-1]) + (last if len(names) > 1 else "") + Markup("").join(names[-1:])


def _share(value: Decimal, signed: bool = False) -> str:
    """Say a share in per cent with at most one decimal: `12.5 %`; `signed` puts a plus before a rise."""
    percent = (value * 100).quantize(Decimal("0.1"))
    digits = f"{abs(percent):f}".removesuffix(".0")
    sign = "\u2212" if percent < 0 else "+" if signed else ""
    return f"{sign}{digits} %"


def _cap(text: str) -> str:
    """Begin a sentence with a capital, where a name stands in it that is small within one ("the lab")."""
    return text[:1].upper() + text[1:]


def _code(text: str) -> Markup:
    """Show what stands between backticks as code, for texts that come out of docstrings."""
    parts = (
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts)


@pass_context
def _money(context: Context, amount: int, currency: str) -> Markup:
    return Markup('<span class="money">{}</span>').format(money.show(amount, currency).say(context["lang"]))


@pass_context
def _when(context: Context, at: datetime.datetime) -> Markup:
    zone = context["about"].zone
    return _time(
        at.isoformat(), moments.full(at, zone), moments.when(at, context["now"], zone, context["lang"])
    )


@pass_context
def _clock(context: Context, at: datetime.datetime) -> Markup:
    """Say only the clock if it is today, for sentences such as "We told them at 14:03"."""
    zone = context["about"].zone
    if at.astimezone(zone).date() != context["now"].astimezone(zone).date():
        return _when(context, at)
    clock = f"{at.astimezone(zone):%H:%M}"
    return _time(at.isoformat(), moments.full(at, zone), f"at {clock}" if context["lang"] == "en" else clock)


@pass_context
def _day(context: Context, date: datetime.date) -> Markup:
    zone = context["about"].zone
    if isinstance(date, datetime.datetime):
        date = date.astimezone(zone).date()
    today = context["now"].astimezone(zone).date()
    return _time(date.isoformat(), date.isoformat(), moments.day(date, today, context["lang"]))


@pass_context
def _month_day(context: Context, written: str) -> str:
    """Say a day of every year, written `01-31`."""
    date = datetime.date(2000, int(written[:2]), int(written[3:]))
    return moments.day(date, date, context["lang"])


def _time(machine: str, whole: str, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, whole, words)
