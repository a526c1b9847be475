"""What partners make due: a contract that ends, a partner that does not answer.

`watch` says what it sees, as often as it is asked; duties know by their key what they know already, and end by themselves when
the contract was renewed or the partner answered. (Telling a partner by hand is a duty too; the follower opens it.)
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from aboveboard.book.model import Book, Partner
from aboveboard.partners import model, tables
from aboveboard.partners.service import Partners, local_day
from aboveboard.store import Tx
from aboveboard.web.moments import day
from aboveboard.words import Text

CONTRACT_ENDS = "partner.contract_ends"
LATE = "partner.late"
#: So many days before a contract ends, the desk is told.
NOTICE = timedelta(days=60)

_d = tables.deliveries


def watch(tx: Tx, partners: Partners) -> None:
    """Open what is due now and end what is no longer."""
    edition = partners.editions.current(tx.conn)
    if edition is None:
        return
    ending = [_contract(tx, partners, edition.book, partner) for partner in edition.book.partners]
    partners.duties.settle(tx, CONTRACT_ENDS, {key for key in ending if key})
    late = [_late(tx, partners, edition.book, row) for row in tx.conn.execute(_oldest(tx.now)).all()]
    partners.duties.settle(tx, LATE, {key for key in late if key})


def _contract(tx: Tx, partners: Partners, book: Book, partner: Partner) -> str | None:
    until = partner.contract.until if partner.contract else None
    today = local_day(book, tx.now)
    if until is None or until - today > NOTICE:
        return None
    key = f"{partner.id}:{until}"
    partners.duties.open(
        tx,
        kind=CONTRACT_ENDS,
        key=key,
        due_at=datetime.combine(until + timedelta(days=1), time(), ZoneInfo(book.business.timezone)),
        what=_RENEW.filled(partner=partner.name.words, day=_said(until, today)),
        why=_RENEW_WHY,
        partner=partner.id,
    )
    return key


def _late(tx: Tx, partners: Partners, book: Book, row: Any) -> str | None:
    partner = book.partner(row.partner)
    if partner is None or partner.feed.webhook is None:
        return None
    since = local_day(book, row.oldest)
    key = f"{partner.id}:{since}"
    answering = sa.select(tables.answering.c.failures).where(tables.answering.c.partner == partner.id)
    words = _SILENT if tx.conn.execute(answering).scalar() else _UNCONFIRMED
    partners.duties.open(
        tx,
        kind=LATE,
        key=key,
        due_at=row.oldest + model.LATE,
        what=words.filled(partner=partner.name.words, day=_said(since, local_day(book, tx.now))),
        why=_LATE_WHY,
        partner=partner.id,
    )
    return key


def _oldest(now: datetime) -> sa.Select[Any]:
    oldest = sa.func.min(_d.c.at)
    open_ones = sa.select(_d.c.partner, oldest.label("oldest")).where(_d.c.state.in_(("waiting", "told")))
    return open_ones.group_by(_d.c.partner).having(oldest <= now - model.LATE)


def _said(on: date, today: date) -> Text:
    return Text(day(on, today, "en"), day(on, today, "zh"))


_RENEW = Text(
    "Renew the contract with {partner}. It ends on {day}; from then on they get no data.",
    "和{partner}续签合同。合同 {day} 到期，之后不再给对方资料。",
)
_RENEW_WHY = Text(
    "Without a contract in force, a partner gets no data.", "没有有效合同的合作方，拿不到任何资料。"
)
_SILENT = Text(
    "Call {partner}. They have not answered since {day}, and customers' choices wait for them.",
    "联系{partner}。对方从 {day} 起没有回应，客户的选择还没有送到。",
)
_UNCONFIRMED = Text(
    "Call {partner}. Since {day} they take our messages but do not confirm them.",
    "联系{partner}。对方从 {day} 起只接收消息，没有确认。",
)
_LATE_WHY = Text(
    "A customer's no must reach every partner. After three days without an answer, a person asks.",
    "客户说了不，每个合作方都要知道。三天没有回应，就由人去问。",
)
