"""Offers over time: codes, uses, budgets. Once is once, even if two ask at the same moment.

A quote *shows* an offer; only *taking* the quote uses it up. So nobody can drain a budget by asking for prices, and whoever takes
a quote is told at once if the offer has been used up meanwhile. Every use changes the offer's row in `quotes_spent` under the
condition that it stays within `uses` and `budget`; the database lets one of two through.

A code that is good once is ten letters and digits without those that look alike (50 bits); only its keyed digest is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book, Promotion
from aboveboard.money import minor
from aboveboard.pricing import Price
from aboveboard.quotes import tables
from aboveboard.quotes.model import QuoteError
from aboveboard.record.keys import KeyRing
from aboveboard.store import Tx, insert_once
from aboveboard.words import Text

#: No 0, O, 1, I or L: people read codes aloud.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
#: So many codes can be made at once; more is a slip of the keyboard.
MOST_CODES = 100_000
#: So many codes may be shown for one price.
MOST_SHOWN = 10

_UNKNOWN = Text(
    "We do not know the code “{code}”. Check it, or ask for a price without it. Nothing was saved.",
    "没有「{code}」这个优惠码。请核对，或不用它再问一次价。什么都没有保存。",
)
_USED = Text(
    "The code “{code}” has been used. Each such code is good once. Nothing was saved.",
    "优惠码「{code}」已经用过。这种码每个只能用一次。什么都没有保存。",
)
_TOO_MANY = Text("Show at most {most} codes at once.", "一次最多出示 {most} 个优惠码。")
_USED_UP = Text(
    "“{offer}” was used up after this price was made. Ask for a new price; nothing was taken.",
    "这个价格给出之后，「{offer}」已经用完。请重新问价；这次没有成交。",
)
_TWICE = Text(
    "You have used “{offer}” as often as each customer may. Ask for a new price; nothing was taken.",
    "「{offer}」您已用到每位客户的上限。请重新问价；这次没有成交。",
)
_WHO = Text(
    "“{offer}” is limited for each customer, so we must know who takes it. Ask again with an e-mail address, phone or number.",
    "「{offer}」每位客户有次数限制，要知道是谁在用。请带上邮箱、电话或客户号再问一次价。",
)
_OWN = Text(
    "The code “{code}” is yours to pass on: “{offer}” is for somebody else. Ask for a price without it. Nothing was saved.",
    "优惠码「{code}」是给您转送别人的，「{offer}」要由别人来用。请不用它再问一次价。什么都没有保存。",
)
_OWN_TAKEN = Text(
    "“{offer}” is for somebody else than the customer whose code it is. Ask for a new price; nothing was taken.",
    "「{offer}」要由别人来用，码的主人自己不能用。请重新问价；这次没有成交。",
)
_NO_CODES = Text(
    "“{offer}” has no codes of its own. Codes are for offers with coupon: own_codes, or referral: true.",
    "「{offer}」没有单独的码。只有写了 coupon：own_codes 或 referral：true 的优惠才有。",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the codes that somebody showed are good for: ids of offers, and the digests of codes that are good once."""

    offers: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of offers: those that are `used_up`, and what is left of each of the `budgets`, in minor units."""

    used_up: frozenset[str] = frozenset()
    budgets: Mapping[str, int] = field(default_factory=dict)

    def beyond(self, price: Price) -> frozenset[str]:
        """Return the offers that took more off this price than is left of their budget.

        Nobody could take such a price: the caller counts them as used up and prices again.
        """
        if not self.budgets:
            return frozenset()
        return frozenset(
            offer
            for offer, amount in _given(price).items()
            if amount and offer in self.budgets and amount > self.budgets[offer]
        )


class Offers:
    """Codes and uses of offers in one installation."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    def issue(self, tx: Tx, book: Book, offer: str, count: int, referrer: int | None = None) -> list[str]:
        """Make new codes, each good once, and return them: this is the only time that anyone sees them.

        Raises `QuoteError` for an offer that has no codes of its own, or a count that is no number from 1 to 100,000.
        """
        promotion = next((each for each in book.promotions if each.id == offer), None)
        if promotion is None or not (promotion.coupon == "own_codes" or promotion.referral):
            raise QuoteError("no_codes", _NO_CODES.filled(offer=offer[:40]))
        if not 1 <= count <= MOST_CODES:
            said = Text("Between 1 and {most} codes at once.", "一次可做 1 到 {most} 个码。")
            raise QuoteError("bad_count", said.filled(most=f"{MOST_CODES:,}"))
        made = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(count)]
        rows = [
            {"digest": self._digest(code), "offer": offer, "issued_at": tx.now, "referrer": referrer}
            for code in made
        ]
        tx.conn.execute(sa.insert(tables.codes), rows)
        return made

    def shown(self, conn: Connection, book: Book, codes: Sequence[str]) -> Shown:
        """Return what these codes are good for; raises `QuoteError` for one that is unknown or used."""
        if len(codes) > MOST_SHOWN:
            raise QuoteError("too_many_codes", _TOO_MANY.filled(most=MOST_SHOWN))
        offers: list[str] = []
        digests: list[str] = []
        public = {
            _plain(each.code): each.id for each in book.promotions if each.coupon == "code" and each.code
        }
        for code in codes:
            known = public.get(_plain(code))
            if known is not None:
                offers.append(known)
                continue
            digest = self._digest(code)
            offer = conn.execute(
                sa.select(tables.codes.c.offer).where(tables.codes.c.digest == digest)
            ).scalar()
            if offer is None:
                raise QuoteError("unknown_code", _UNKNOWN.filled(code=code[:40]))
            if self._redeemed(conn, digest):
                raise QuoteError("code_used", _USED.filled(code=code[:40]))
            offers.append(offer)
            digests.append(digest)
        return Shown(tuple(dict.fromkeys(offers)), tuple(dict.fromkeys(digests)))

    def not_own(self, conn: Connection, book: Book, codes: Sequence[str], numbers: Sequence[int]) -> None:
        """Raise `QuoteError` if the customer with these numbers shows a code that is theirs to pass on."""
        digests = {self._digest(code): code for code in codes}
        own = self._own(conn, digests, numbers)
        if own is not None:
            digest, offer = own
            raise QuoteError("own_code", _OWN.filled(code=digests[digest][:40], offer=_name(book, offer)))

    def used_up(self, conn: Connection, book: Book, numbers: Sequence[int]) -> frozenset[str]:
        """Return the offers that are over for everyone, or for the customer with these numbers."""
        return self.left(conn, book, numbers).used_up

    def left(self, conn: Connection, book: Book, numbers: Sequence[int]) -> Left:
        """Return what is left of the offers for the customer with these numbers, read once for as many prices as one likes."""
        limited = [each for each in book.promotions if _limited(each)]
        if not limited:
            return Left()
        known = {row.offer: row for row in conn.execute(sa.select(tables.spent))}
        found = {
            each.id
            for each in limited
            if each.id in known and _over(each, known[each.id], book.business.currency)
        }
        for each in limited:
            if (
                each.uses_each is not None
                and numbers
                and self._uses(conn, each.id, numbers) >= each.uses_each
            ):
                found.add(each.id)
        budgets = {
            each.id: minor(each.budget, book.business.currency)
            - (int(known[each.id].amount) if each.id in known else 0)
            for each in limited
            if each.budget is not None
        }
        return Left(frozenset(found), budgets)

    def redeem(
        self, tx: Tx, book: Book, price: Price, quote: str, numbers: Sequence[int], digests: Iterable[str]
    ) -> None:
        """Use up what a quote that is being taken used; raises `QuoteError` if anything of it is over meanwhile.

        Runs in the transaction of the taking: if it raises, the caller lets nothing stand.
        """
        given = _given(price)
        digests = list(digests)
        own = self._own(tx.conn, digests, numbers)
        if own is not None and own[1] in given:
            raise QuoteError("own_code", _filled(_OWN_TAKEN, _name(book, own[1])))
        unused = {digest: self._offer_of(tx.conn, digest) for digest in digests}
        for promotion in book.promotions:
            if promotion.id in given and _limited(promotion):
                digest = next((each for each, offer in unused.items() if offer == promotion.id), None)
                self._use(tx, book, promotion, given[promotion.id], quote, numbers, digest)

    def referrers(self, conn: Connection, quote: str, digests: Iterable[str]) -> list[tuple[str, int]]:
        """Return (offer, person number) of each customer whose code a taken quote used up."""
        codes, used = tables.codes.c, tables.redemptions.c
        query = (
            sa.select(codes.offer, codes.referrer)
            .join(tables.redemptions, used.digest == codes.digest)
            .where(used.quote == quote, codes.digest.in_(list(digests)), codes.referrer.is_not(None))
        )
        return [(row.offer, int(row.referrer)) for row in conn.execute(query)]

    def _use(
        self,
        tx: Tx,
        book: Book,
        promotion: Promotion,
        amount: int,
        quote: str,
        numbers: Sequence[int],
        digest: str | None,
    ) -> None:
        name = promotion.name.words
        if promotion.uses_each is not None and not numbers:
            raise QuoteError("who", _filled(_WHO, name))
        self._count(tx, book, promotion, amount)
        # The counter's row is ours from here on, so nobody else can take this offer until we are through.
        if (
            promotion.uses_each is not None
            and self._uses(tx.conn, promotion.id, numbers) >= promotion.uses_each
        ):
            raise QuoteError("offer_used_up", _filled(_TWICE, name))
        if digest is not None and self._redeemed(tx.conn, digest):
            raise QuoteError("offer_used_up", _filled(_USED_UP, name))
        row = {
            "offer": promotion.id,
            "quote": quote,
            "digest": digest,
            "subject": numbers[0] if numbers else None,
            "amount": amount,
            "at": tx.now,
        }
        tx.conn.execute(sa.insert(tables.redemptions), row)

    def _count(self, tx: Tx, book: Book, promotion: Promotion, amount: int) -> None:
        """Add one use to the offer's row if it stays within its limits; the row's lock makes two at once wait for each other."""
        c = tables.spent.c
        insert_once(tx.conn, tables.spent, {"offer": promotion.id, "uses": 0, "amount": 0}, key="offer")
        within = [c.offer == promotion.id]
        if promotion.uses is not None:
            within.append(c.uses < promotion.uses)
        if promotion.budget is not None:
            within.append(c.amount + amount <= minor(promotion.budget, book.business.currency))
        change = sa.update(tables.spent).where(*within).values(uses=c.uses + 1, amount=c.amount + amount)
        if tx.conn.execute(change).rowcount != 1:
            raise QuoteError("offer_used_up", _filled(_USED_UP, promotion.name.words))

    def _uses(self, conn: Connection, offer: str, numbers: Sequence[int]) -> int:
        c = tables.redemptions.c
        counted = sa.select(sa.func.count()).where(c.offer == offer, c.subject.in_(numbers))
        return int(conn.execute(counted).scalar() or 0)

    def _own(
        self, conn: Connection, digests: Iterable[str], numbers: Sequence[int]
    ) -> tuple[str, str] | None:
        """Return (digest, offer) of the first code that belongs to one of these numbers."""
        c = tables.codes.c
        query = sa.select(c.digest, c.offer).where(c.digest.in_(list(digests)), c.referrer.in_(numbers))
        found = conn.execute(query.order_by(c.digest)).first() if numbers else None
        return None if found is None else (found.digest, found.offer)

    def _redeemed(self, conn: Connection, digest: str) -> bool:
        c = tables.redemptions.c
        return conn.execute(sa.select(c.quote).where(c.digest == digest)).first() is not None

    def _offer_of(self, conn: Connection, digest: str) -> str | None:
        found: str | None = conn.execute(
            sa.select(tables.codes.c.offer).where(tables.codes.c.digest == digest)
        ).scalar()
        return found

    def _digest(self, code: str) -> str:
        return self.keys.mac("offer-code", _plain(code).encode()).hex()


def _plain(code: str) -> str:
    """Return a code as it is compared: without spaces and dashes, in capitals."""
    return "".join(sign for sign in code.upper() if sign.isalnum())


def _limited(promotion: Promotion) -> bool:
    """Return whether an offer can be over before its last day."""
    limits = (promotion.budget, promotion.uses, promotion.uses_each)
    return promotion.coupon == "own_codes" or promotion.referral or any(limit is not None for limit in limits)


def _over(promotion: Promotion, spent: Any, currency: str) -> bool:
    uses, amount = int(spent.uses), int(spent.amount)
    full = promotion.uses is not None and uses >= promotion.uses
    return full or (promotion.budget is not None and amount >= minor(promotion.budget, currency))


def _given(price: Price) -> dict[str, int]:
    """Return what each offer took off, in minor units, with its rounding."""
    found: dict[str, int] = {}
    for step, after in zip(price.steps, [*price.steps[1:], None], strict=True):
        if step.kind == "promotion" and step.applied and step.id:
            rounding = after.amount if after and after.kind == "rounding" else 0
            found[step.id] = -(step.amount + rounding)
    return found


def _name(book: Book, offer: str) -> Text:
    """Return the name of an offer, or its id where the book has let go of it."""
    return next((each.name.words for each in book.promotions if each.id == offer), Text(offer, offer))


def _filled(text: Text, offer: Text) -> Text:
    return Text(text.en.replace("{offer}", offer.en), text.zh.replace("{offer}", offer.zh))
