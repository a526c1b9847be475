"""What others may ask of quotes: make one, find one, replay one.

Making one is: read the current edition; ask the gate for the book's pricing purpose; take from the person's facts those that the
purpose names, if the answer is yes; price with them and without; write the entry; keep what was said. All of it is in the
caller's transaction, so a no that was confirmed before can never be missed.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.choices.gate import Gate
from aboveboard.duties.service import Duties
from aboveboard.editions.past import Before, Past
from aboveboard.editions.service import Edition, Editions
from aboveboard.people.service import People
from aboveboard.pricing import NO_FACTS, AllowedFacts, Background, Price, PriceError, PriceRequest, price
from aboveboard.pricing.alternatives import alternatives
from aboveboard.pricing.outline import outline
from aboveboard.proof import canonical
from aboveboard.quotes import tables
from aboveboard.quotes.lawful import Law
from aboveboard.quotes.model import (
    NO_BOOK,
    NO_PERSONAL_PRICES,
    Body,
    GateSaid,
    Quote,
    QuoteError,
    QuoteRequest,
    day_of,
    instant_of,
    moment_of,
    usage_of,
    valid_until,
)
from aboveboard.quotes.offers import Offers, Shown
from aboveboard.quotes.pricer import Pricer
from aboveboard.record.model import RecordError
from aboveboard.record.service import Record
from aboveboard.store import Tx, now
from aboveboard.words import Text

_c = tables.quotes.c
#: Made while this module is imported, by one thread: two that met `Body` at the same moment would take the process down (see
#: `book.load`), and prices are read by many.
_decoder = msgspec.json.Decoder(Body)
#: Level 1 makes a quote a quarter of its size in a tenth of a millisecond; the next levels gain little.
_COMPRESSION = 1
_NO_QUOTE = Text("There is no such price here.", "这里没有这个价格。")
_LAPSED = Text(
    "This price was kept until its last day, and that is over. Ask for a new one; nothing was taken.",
    "这个价格的保留期已过。请重新问价；这次没有成交。",
)
_UNKNOWN_GROUP = Text(
    "There is no group “{group}” here. We know: {groups}. Nothing was saved.",
    "没有「{group}」这个客户群。现有：{groups}。什么都没有保存。",
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A quote that was taken: its entry's id in the record, and when.

    `referrers` are (offer, person number) of customers whose codes it used up, told once, when it is taken.
    """

    quote: Quote
    entry: str
    at: datetime
    referrers: tuple[tuple[str, int], ...] = ()


#: What a price must know beside the book, for a request that somebody made before.
Behind = Callable[[Quote], Background]


class Quotes:
    """Quotes of one installation."""

    def __init__(
        self,
        record: Record,
        people: People,
        gate: Gate,
        editions: Editions,
        duties: Duties | None = None,
        law_packs: str = "",
    ) -> None:
        self.record = record
        self.people = people
        self.gate = gate
        self.editions = editions
        self.offers = Offers(record.keys)
        self.past = Past(editions)
        self.law = Law(self.past, self.read, duties, law_packs)
        #: What else happens in the transaction in which a price is taken; if one of them raises, nothing is taken.
        self.taken: list[Callable[[Tx, Accepted], None]] = []

    def quote(
        self,
        tx: Tx,
        request: QuoteRequest,
        subject: int | None = None,
        channel: str = "web",
        *,
        signal: bool = False,
        shown: Shown | None = None,
    ) -> Quote:
        """Make a price for `subject` (None: anyone) and write it into the record. Who was erased is priced like anyone.

        `signal` says that the request carried `Sec-GPC: 1`; `shown` are codes that were found good before. Raises
        `QuoteError` for a date that cannot be priced or a business without a book, and `PriceError` for what has no price.
        """
        edition = self.editions.current(tx.conn)
        if edition is None:
            raise QuoteError("no_book", NO_BOOK)
        book = edition.book
        subject = None if subject is None else self.people.living(tx.conn, subject)
        today = tx.now.astimezone(ZoneInfo(book.business.timezone)).date()
        on = day_of(request.at, tx.now, book.business.timezone)
        shown = shown or self.offers.shown(tx.conn, book, request.codes)
        numbers = [] if subject is None else self.people.numbers(tx.conn, subject)
        self.offers.not_own(tx.conn, book, request.codes, numbers)
        asked = _asked(book, request, on, today, channel, shown.offers)
        gate = self._ask(tx.conn, book, subject, signal)
        facts = self._facts(tx.conn, book, subject, on) if gate.allowed else NO_FACTS
        lives, left = self._lives(tx.conn, subject), self.offers.left(tx.conn, book, numbers)
        pricer = Pricer(tx.conn, self.law, edition, today, lives, left)
        case = pricer.case(asked)
        facts, gate = case.allowed(facts, gate)
        made = pricer.price(asked, facts)
        without = price(book, asked, NO_FACTS, made.background) if made.facts_used else None

        def beside(request: PriceRequest) -> Price:
            return pricer.price(request, facts)

        body = Body(
            price=made,
            without=without,
            facts=facts,
            gate=gate,
            channel=channel,
            valid_until=valid_until(on, today),
            alternatives=alternatives(book, made, facts, made.background, today, beside),
            codes=shown.digests,
            law=case.judged(made, without),
        )
        quote = self._save(tx, body, subject, edition.number)
        self.law.told(tx, quote)
        return quote

    def accept(self, tx: Tx, quote_id: str) -> Accepted:
        """Take a quote: its price is agreed, and the offers in it are used up. Taking it again changes nothing.

        Raises `QuoteError` if there is no such quote, if its time is over, or if an offer in it has been used up meanwhile; then
        nothing stands, and the caller should let its transaction end without a commit.
        """
        # Who takes the same price at the same moment waits here, and then finds it taken.
        tx.conn.execute(sa.select(_c.id).where(_c.id == quote_id).with_for_update())
        quote = self.get(tx.conn, quote_id)
        if quote is None:
            raise QuoteError("no_quote", _NO_QUOTE)
        known = tx.conn.execute(sa.select(tables.accepted).where(tables.accepted.c.quote == quote_id)).first()
        if known is not None:
            return Accepted(quote, known.entry, known.at)
        book = self.editions.at(tx.conn, quote.edition).book
        today = tx.now.astimezone(ZoneInfo(book.business.timezone)).date()
        last = quote.body.valid_until
        if last is None or last < today:
            raise QuoteError("lapsed", _LAPSED)
        self.offers.redeem(
            tx, book, quote.price, quote_id, self._numbers(tx.conn, quote.subject), quote.body.codes
        )
        told = {"quote": quote_id, "total": quote.price.total, "currency": quote.price.currency}
        if quote.subject is None:
            stamp = self.record.append(tx, "price.accepted", facts=told)
        else:
            stamp = self.record.append(tx, "price.accepted", subject=quote.subject, facts={}, personal=told)
        row = {"quote": quote_id, "entry": stamp.id, "at": stamp.at}
        tx.conn.execute(sa.insert(tables.accepted), row)
        referrers = self.offers.referrers(tx.conn, quote_id, quote.body.codes)
        taken = Accepted(quote, stamp.id, stamp.at, tuple(referrers))
        for listener in self.taken:
            listener(tx, taken)
        return taken

    def acceptance(self, conn: Connection, quote_id: str) -> tuple[str, datetime] | None:
        """Return the entry with which a quote was taken, and when; None if it is still open."""
        known = conn.execute(sa.select(tables.accepted).where(tables.accepted.c.quote == quote_id)).first()
        return None if known is None else (known.entry, known.at)

    def get(self, conn: Connection, quote_id: str) -> Quote | None:
        """Return the quote with this id, or None if there is none or the person it was for has been erased."""
        row = conn.execute(sa.select(tables.quotes).where(_c.id == quote_id)).first()
        return None if row is None else self.read(conn, row)

    def read_many(self, conn: Connection, ids: Sequence[str]) -> list[Quote]:
        """Return those of these quotes that can still be read, in the order of the ids."""
        rows = {row.id: row for row in conn.execute(sa.select(tables.quotes).where(_c.id.in_(ids)))}
        found = [self.read(conn, rows[each]) for each in ids if each in rows]
        return [quote for quote in found if quote is not None]

    def history(self, conn: Connection, subject: int, limit: int = 50) -> list[Quote]:
        """Return the person's newest quotes, under any of their numbers, newest first."""
        numbers = self.people.numbers(conn, self.people.present(conn, subject))
        query = (
            sa.select(tables.quotes)
            .where(_c.subject.in_(numbers))
            .order_by(_c.created_at.desc(), _c.id)
            .limit(limit)
        )
        found = [self.read(conn, row) for row in conn.execute(query)]
        return [quote for quote in found if quote is not None]

    def replay(self, conn: Connection, quote_id: str) -> Price | None:
        """Return the price computed anew from the quote's own edition and facts, or None if there is no such quote."""
        quote = self.get(conn, quote_id)
        return None if quote is None else self.again(conn, quote)[0]

    def again(self, conn: Connection, quote: Quote) -> tuple[Price, Price | None]:
        """Return a quote's price made anew from its own edition and facts, and the one without facts if it has one.

        Raises `PriceError` if its book gives it no price any more, and `EditionError` if that edition is gone.
        """
        book, made = self.editions.at(conn, quote.edition).book, quote.price
        common = None
        if quote.body.without is not None:
            common = price(book, made.request, NO_FACTS, quote.body.without.background)
        return price(book, made.request, quote.body.facts, made.background), common

    # -- asking ------------------------------------------------------------------------------------------------------

    def _ask(self, conn: Connection, book: Book, subject: int | None, signal: bool) -> GateSaid:
        purpose = book.pricing_purpose()
        if purpose is None:
            as_of = self.gate.follow(conn)
            return GateSaid(False, "not_declared", "not_declared", None, as_of, NO_PERSONAL_PRICES)
        said = self.gate.ask(conn, subject, purpose.id, signal=signal)
        why = said.explanation
        spoken = Text(why.say("en"), why.say("zh"))
        return GateSaid(said.allowed, str(said.reason), said.rule, said.entry, said.as_of, spoken)

    def _facts(self, conn: Connection, book: Book, subject: int | None, on: date) -> AllowedFacts:
        """Return the facts that the purpose names; of all others not even the value is handed on."""
        purpose = book.pricing_purpose()
        if subject is None or purpose is None or not purpose.facts:
            return NO_FACTS
        known = self.people.facts(conn, subject, on)
        return AllowedFacts(**{fact: known[fact] for fact in purpose.facts if fact in known})

    def behind(self, conn: Connection, edition: Edition, draft: Book | None = None) -> Behind:
        """Return how to tell what an earlier request has behind it, priced by the book in force or by a draft in its place.

        Prices before its day are those that were; an offer of the draft begins when it began, or now.
        """
        book = edition.book if draft is None else draft
        zone = ZoneInfo(book.business.timezone)
        history = self.law.history(conn, book, now().astimezone(zone).date(), draft=draft is not None)
        priced = replace(edition, book=book)

        def found(quote: Quote) -> Background:
            asked, day = quote.price.request, quote.created_at.astimezone(zone).date()
            background = Background(
                used_up=quote.price.background.used_up, lowest=self._lowest(conn, book, asked, day)
            )
            running = any(each.starts <= asked.on <= each.ends for each in book.promotions)
            if not running:
                return background
            try:
                lives = self._lives(conn, quote.subject)
                case = self.law.case(conn, priced, asked, day, lives, history)
                return case.behind(outline(book, asked, quote.body.facts, background))
            except PriceError:
                return background  # said when it is priced

        return found

    def _lowest(self, conn: Connection, book: Book, asked: PriceRequest, today: date) -> int | None:
        """Return the lowest price of the days that the book's guard against rises looks at, or None without one."""
        return Before.now(self.past, conn, book, today).lowest(book, asked.service, asked.tier, today)

    def _lives(self, conn: Connection, subject: int | None) -> str | None:
        """Return where somebody lives, if all who said so say the same."""
        places = set() if subject is None else {each.place for each in self.people.places(conn, subject)}
        return places.pop() if len(places) == 1 else None

    def _numbers(self, conn: Connection, subject: int | None) -> list[int]:
        return [] if subject is None else self.people.numbers(conn, self.people.present(conn, subject))

    # -- keeping -----------------------------------------------------------------------------------------------------

    def _save(self, tx: Tx, body: Body, subject: int | None, edition: int) -> Quote:
        plain = canonical.dumps(msgspec.to_builtins(body))
        told = _told(body, edition) | {"sha256": hashlib.sha256(plain).hexdigest()}
        if subject is None:
            stamp = self.record.append(tx, "price.quoted", facts=told)
        else:
            stamp = self.record.append(
                tx, "price.quoted", subject=subject, facts={"edition": edition}, personal=told
            )
        packed = zlib.compress(plain, _COMPRESSION)
        row = {
            "id": stamp.id,
            "edition": edition,
            "created_at": stamp.at,
            "subject": subject,
            "body": packed if subject is None else self.record.seal_for(tx.conn, subject, packed),
        }
        tx.conn.execute(sa.insert(tables.quotes), row)
        return self._quote(stamp.id, edition, stamp.at, subject, body)

    def read(self, conn: Connection, row: Any) -> Quote | None:
        """Return the quote in a row of the table, or None if the person it was for has been erased."""
        plain = self.plain(conn, row)
        if plain is None:
            return None
        return self._quote(row.id, row.edition, row.created_at, row.subject, decoded(plain))

    def plain(self, conn: Connection, row: Any) -> bytes | None:
        """Return what a row keeps of a quote, byte for byte as it was written; None if the person has been erased.

        Raises `zlib.error`, `ValueError` or `cryptography.exceptions.InvalidTag` for bytes that are not as they were.
        """
        packed = bytes(row.body)
        if row.subject is not None:
            try:
                packed = self.record.unseal_for(conn, row.subject, packed)
            except RecordError:
                return None
        return zlib.decompress(packed)

    def _quote(self, quote_id: str, edition: int, at: datetime, subject: int | None, body: Body) -> Quote:
        return Quote(quote_id, self.record.receipt_id(quote_id), edition, at, subject, body)


def _asked(
    book: Book, request: QuoteRequest, on: date, today: date, channel: str, offers: tuple[str, ...]
) -> PriceRequest:
    """Return the request as pricing takes it; raises `QuoteError` for what cannot be read."""
    known = {group.id for group in book.groups}
    unknown = next((group for group in request.groups if group not in known), None)
    if unknown is not None:
        said = _UNKNOWN_GROUP.filled(group=unknown[:40], groups=", ".join(sorted(known)) or "–")
        raise QuoteError("unknown_group", said)
    zone = book.business.timezone
    return PriceRequest(
        service=request.service,
        tier=request.tier,
        quantity=request.quantity,
        on=on,
        minute=moment_of(request.at, zone),
        booked=min(today, on),
        place=request.place,
        channel=channel,
        segment=request.segment,
        month=request.month,
        terms=request.terms,
        points=request.points,
        offers=offers,
        groups=tuple(dict.fromkeys(request.groups)),
        basket=tuple(dict.fromkeys(request.basket)),
        usage=usage_of(request.usage),
        add_ons=request.add_ons,
        seats=request.seats,
        pays=request.pays,
        starts=None if request.starts is None else instant_of(request.starts, zone),
        ends=None if request.ends is None else instant_of(request.ends, zone),
    )


def decoded(plain: bytes) -> Body:
    """Return the body of a quote from what was kept of it; raises `msgspec.ValidationError` for anything else."""
    return _decoder.decode(plain)


def _told(body: Body, edition: int) -> dict[str, Any]:
    """Return what the entry says of a price; for a price about a person this is the sealed part."""
    made, asked = body.price, body.price.request
    told: dict[str, Any] = {
        "service": asked.service,
        "tier": asked.tier,
        "quantity": asked.quantity,
        "on": asked.on.isoformat(),
        "total": made.total,
        "floor": made.open_floor,
        "currency": made.currency,
        "edition": edition,
    }
    if made.facts_used:
        given = asdict(body.facts)
        told["facts"] = {fact: given[fact] for fact in made.facts_used}
        told["without_personal"] = (body.without or made).total
    return told
