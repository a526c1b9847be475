"""The words of each letter, in both languages: what comes, when, how much, and how to stop it at a whole address."""

from __future__ import annotations

import datetime

from aboveboard.agreements.coming import Coming
from aboveboard.agreements.model import View
from aboveboard.money import show
from aboveboard.pricing.says import full_date
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

_ONE = datetime.timedelta(days=1)


def letter(
    found: Coming, seen: View, address: str, *, event: datetime.date | None = None, charged: bool = False
) -> tuple[Text, Text]:
    """Return the subject and the words of a notice.

    `address` is where the customer's pages are; `event` another day than was planned; `charged` says that the money of the first
    month is taken by itself, so that one letter tells of both.
    """
    agreement, what = found.agreement, found.notice.what
    texts, body = Catalogue.load("aboveboard.agreements"), agreement.body
    currency = body.signed.currency
    day = event or found.notice.event
    key = f"letter.{what}"
    if what == "renewal":
        key = f"letter.renewal.{'auto' if body.renewal == 'auto' else 'ask'}"
    elif what == "charge" and event not in (None, found.notice.event):
        key = "letter.charge_moved"
    values: dict[str, Text | str | int] = {
        "service": seen.service,
        "tier": seen.tier,
        "terms": seen.terms.name.words,
        "event": full_date(day),
        "planned": full_date(found.notice.event),
        "last": full_date(day - _ONE),
        "next": full_date(day + _ONE),
        "renews": full_date(agreement.renews),
        "months": body.months,
        "price": show(found.after, currency),
        "before": show(found.before, currency),
        "why": next((each.says for each in seen.changes if what == "fee" and each.on == day), Text("", "")),
        "page": f"{address}/agreement/{agreement.id}",
    }
    subject, words = (texts.text(f"{key}.{part}").filled(**values) for part in ("subject", "body"))
    if charged:
        more = texts.text("letter.charged").filled(**values)
        words = Text(f"{words.en} {more.en}", f"{words.zh}{more.zh}")
    return plain(subject), plain(words)


def plain(text: Text) -> Text:
    """Return a pair that is filled in, to be kept as it was read."""
    return Text(text.say("en"), text.say("zh"))
