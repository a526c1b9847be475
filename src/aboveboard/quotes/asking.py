"""The form that asks for a price: what it offers to fill in, and what somebody filled in.

The first page asks three things: what, how many, for which day. All else waits behind a fold (time, code, groups, what is bought
together) or on a page of its own for services that have more to choose (`Choices`): add-ons, seats, what is counted, paid
time, an amount of one's own. Nothing but the book decides which fields there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from aboveboard import money
from aboveboard.book.model import AddOn, Book, Charge, Group, Meter, Service
from aboveboard.money import MoneyError
from aboveboard.pricing import PriceError
from aboveboard.quotes.model import QuoteRequest
from aboveboard.web.layout import Fields
from aboveboard.web.problems import Problem
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: Which field a code of a problem is about.
FIELDS = {
    "unknown_service": "what",
    "unknown_tier": "what",
    "bad_quantity": "quantity",
    "bad_date": "on",
    "date_out_of_range": "on",
    "unknown_code": "code",
    "code_used": "code",
    "own_code": "code",
    "too_many_codes": "code",
    "unknown_group": "group",
    "bad_usage": "use",
    "unknown_meter": "use",
    "unknown_add_on": "add_on",
    "add_on_tier": "add_on",
    "add_on_needs": "add_on",
    "add_on_excludes": "add_on",
    "add_on_often": "add_on",
    "no_seats": "seats",
    "bad_seats": "seats",
    "pays_too_little": "pays",
    "time_missing": "starts",
    "time_without_zone": "starts",
    "time_backwards": "ends",
    "bad_time": "starts",
}
#: The fields behind the fold of the first page.
FOLDED = ("time", "code", "group", "with")

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
#: A comma only between thousands: where it is a decimal point, 12,50 must not become 1,250.
_AMOUNT = re.compile(r"([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})(\.[0-9]{1,4})?", re.ASCII)
_TOO_MUCH = re.compile(r"0*[1-9][0-9,]{12,}(\.[0-9]*)?", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a service has to choose beside its tier; `seats` is whether people can be counted, `times` whether time is paid."""

    service: Service
    add_ons: tuple[AddOn, ...]
    seats: bool
    meters: tuple[Meter, ...]
    times: bool
    pays: Charge | None

    @property
    def any(self) -> bool:
        """Return whether there is anything to choose at all."""
        return bool(self.add_ons or self.seats or self.meters or self.times or self.pays)


def choices_of(book: Book, service: Service) -> Choices:
    """Return what there is to choose for a service."""
    charges = [charge for tier in service.tiers for charge in tier.charges]
    charges += [charge for add_on in service.add_ons for charge in add_on.charges]
    counted = {charge.counts for charge in charges}
    return Choices(
        service=service,
        add_ons=tuple(service.add_ons),
        seats=any(tier.seats is not None for tier in service.tiers),
        meters=tuple(meter for meter in book.meters if meter.id in counted),
        times=any(charge.kind == "time" and charge.counts is None for charge in charges),
        pays=next((charge for charge in charges if charge.kind == "pay_what_you_want"), None),
    )


@dataclass(frozen=True, slots=True)
class Folded:
    """What may be filled in behind the fold: a time, a code, groups, and services that an offer asks to be bought together."""

    times: bool
    codes: bool
    groups: tuple[Group, ...]
    together: tuple[Service, ...]

    @property
    def any(self) -> bool:
        """Return whether there is anything behind the fold."""
        return bool(self.times or self.codes or self.groups or self.together)


def folded(book: Book) -> Folded:
    """Return what the book has behind the fold."""
    whens = [each.when for each in book.conditions] + [each.when for each in book.promotions if each.when]
    bundled = {service for promotion in book.promotions for service in promotion.bundle}
    return Folded(
        times=any(when.after or when.before for when in whens),
        codes=any(promotion.coupon or promotion.referral for promotion in book.promotions),
        groups=tuple(book.groups),
        together=tuple(service for service in book.services if service.id in bundled),
    )


def asked(said: Fields, book: Book, today: date) -> QuoteRequest:
    """Return what a form asks; raises a `Problem` or a `PriceError` for what cannot be read, with its field."""
    service, _, tier = said.said("what").partition("/")
    if not service:
        raise _wrong("ask.missing", "what")
    written = said.said("quantity") or "1"
    if not _COUNT.fullmatch(written):
        raise PriceError("bad_quantity", quantity=written[:20], most="1,000")
    return QuoteRequest(
        service=service,
        tier=tier or None,
        quantity=int(written),
        at=_moment(said, today),
        codes=tuple(code.strip() for code in re.split(r"[,;，、；\r\n]+", said.said("code")) if code.strip()),
        groups=tuple(said.all("group")),
        basket=_basket(said, book, service),
        add_ons=_add_ons(said),
        seats=_count(said, "seats"),
        usage={
            name.removeprefix("use."): value
            for name, value in said.items()
            if name.startswith("use.") and value
        },
        pays=_pays(said, book.business.currency),
        starts=_paid_time(said, "starts"),
        ends=_paid_time(said, "ends"),
    )


def _moment(said: Fields, today: date) -> str | None:
    """Return the day, with the time of day if one was given."""
    on, time = said.said("on"), said.said("time")
    if not time:
        return on or None
    if not _TIME.fullmatch(time):
        raise _wrong("ask.bad_time_of_day", "time")
    return f"{on or today.isoformat()}T{time}" if re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", on, re.ASCII) else on


def _basket(said: Fields, book: Book, service: str) -> tuple[str, ...]:
    wanted = said.all("with")
    if any(book.service(each) is None for each in wanted):
        raise _wrong("ask.unknown_with", "with")
    return tuple(each for each in wanted if each != service)


def _add_ons(said: Fields) -> tuple[str, ...]:
    found: list[str] = []
    for name, value in said.items():
        if name.startswith("add_on.") and value:
            if not re.fullmatch(r"[0-9]{1,2}", value, re.ASCII):
                raise _wrong("ask.bad_add_on", "add_on")
            found += [name.removeprefix("add_on.")] * int(value)
    return tuple(found)


def _count(said: Fields, name: str) -> int | None:
    written = said.said(name)
    if not written:
        return None
    if not _COUNT.fullmatch(written):
        raise _wrong("ask.bad_seats", name)
    return int(written)


def _pays(said: Fields, currency: str) -> int | None:
    written = said.said("pays").strip()
    if not written:
        return None
    try:
        return money.minor(written.replace(",", "") if _AMOUNT.fullmatch(written) else "", currency)
    except MoneyError:
        raise Problem(422, "bad_pays", unreadable(written), field="pays") from None


def unreadable(written: str) -> Text:
    """Return what is wrong with an amount that somebody wrote: too large, with the limit, or none that can be read."""
    texts = Catalogue.load("aboveboard.quotes")
    if _TOO_MUCH.fullmatch(written.strip()):
        return texts.text("ask.large_pays").filled(limit=f"{money.LARGEST:,}")
    return texts.text("ask.bad_pays")


def _paid_time(said: Fields, name: str) -> str | None:
    written = said.said(name)
    if not written:
        return None
    if not _MOMENT.fullmatch(written):
        raise _wrong("ask.bad_moment", name)
    return written


def _wrong(key: str, field: str) -> Problem:
    return Problem(422, key.rpartition(".")[2], Catalogue.load("aboveboard.quotes").text(key), field=field)
