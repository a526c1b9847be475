"""Where a price is given, what is sold, and how: the facts that are the same for every price of a kind.

A judge is compiled against these once (`Bench.judge`), so that rules which cannot apply cost nothing. The customer's place is
what the request says; without it, customers who come to the business are where the business is, and of others the place is
not known. Then only the rules of the business's own place are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from aboveboard.book import answers as told
from aboveboard.book.answers import Answer
from aboveboard.book.model import Book, Service
from aboveboard.law.vocabulary import Vocabulary

#: Ways of buying that packs know by name; of others nothing is said.
_CHANNELS = {
    "web": "web",
    "api": "web",
    "desk": "store",
    "counter": "store",
    "command": "store",
    "store": "store",
    "platform": "platform",
    "delivery": "delivery",
}
_SERVICE_UNITS = frozenset({"visit", "course", "month"})


@dataclass(frozen=True, slots=True)
class Setting:
    """Facts that are fixed for a kind of price, with the places whose rules are asked; `key` tells settings apart.

    `answers` are those of the owner that are among the facts.
    """

    places: tuple[str, ...]
    fixed: Mapping[str, Any]
    key: tuple[tuple[str, Any], ...]
    answers: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def customer(self) -> str | None:
        """The customer's place, if it is known."""
        found: str | None = self.fixed.get("consumer.state") or self.fixed.get("consumer.country")
        return found


def setting(
    book: Book,
    service: Service,
    place: str | None = None,
    channel: str | None = None,
    on: date | None = None,
    known: Vocabulary | None = None,
) -> Setting:
    """Return the setting of a service; `place` is where the customer is (None: not said), `channel` the way of buying.

    The owner's answers that hold on the day `on` are among its facts (None: no answers); `known` is the vocabulary that they
    are read by, the shipped one if left out. What the program knows itself no answer can change.
    """
    firm = book.business
    where = place or (firm.place if firm.customers == "here" else None)
    facts: dict[str, Any] = {
        "business.place": firm.place,
        "business.kind": firm.kind,
        "business.platform": False,
        "offer.kind": _kind(service),
        "offer.sector": service.sector or firm.kind,
        "offer.channel": _CHANNELS.get(channel or ""),
        # Prices are published for everyone; a firm that buys gets the same one by the same rules.
        "customer.kind": "consumer",
        # A price is no contract yet; agreements have rules of their own.
        "contract.auto_renews": False,
        "contract.distance": None if channel is None else _CHANNELS.get(channel) == "web",
        "contract.made_online": False,
        **_constant(),
    }
    if where is not None:
        facts["consumer.country"] = where[:2]
        if "-" in where:
            facts["consumer.state"] = where
    given = {name: value for name, value in facts.items() if value is not None}
    answers: dict[str, Answer] = {}
    if on is not None and book.law.facts:
        held = told.for_service(book, service.id, on, known)
        answers = {name: answer for name, answer in held.items() if name not in facts}
        given |= {name: answer.value for name, answer in answers.items()}
    places = (firm.place,) if where is None or where == firm.place else (firm.place, where)
    key = tuple(
        (name, value) for name, value in given.items() if isinstance(value, str | bool) or name in answers
    )
    return Setting(places, MappingProxyType(given), key, answers)


def _kind(service: Service) -> str | None:
    """Return whether it is goods or a service; of pieces that the book says nothing about it is not known."""
    if service.goods is None:
        return "service" if service.unit in _SERVICE_UNITS else None
    return "goods" if service.goods else "service"


def _constant() -> dict[str, Any]:
    """Return what holds for every price that this program makes and shows, because it makes and shows it so.

    The program counts as one that several firms use, and only ever takes a firm's own numbers.
    """
    return {
        "cost.recorded": True,
        "price.algorithm_recommends": True,
        "price.algorithm_users": 2,
        "price.input_sources": ("own",),
        "price.tool_binds": False,
        "price.differs_on_equal_terms": False,
        "price.raised_by_personal_data": False,
        "offer.condition_beside_price": True,
        "offer.condition_published": True,
        "offer.extras_preticked": False,
        "offer.pay_after": True,
        "bill.itemised": True,
        "bill.shown_before_payment": True,
        "promo.livestream": False,
        "display.price_marked": True,
        "display.languages": ("en", "zh"),
        "display.claim_languages": ("en", "zh"),
        "display.marking_told": ("item", "content", "price_or_method"),
        "display.is_invitation_to_purchase": True,
        "display.total_most_prominent": True,
        "display.total_not_calculable": False,
        "display.method_shown": True,
        "display.same_medium": True,
        "display.hidden_behind_click": False,
        "display.differential_rule_shown": True,
        "display.says_price_is_personalised": True,
    }
