"""Credit that is given by hand, and given back as money: once for each reason of each customer, and on record.

The ledger holds the amount; the record holds, sealed under the customer's key, how much, why, and who did it. Desk and command go
this one way.
"""

from __future__ import annotations

import datetime
from typing import Literal

from aboveboard.agreements.ledger import Booked, Purses
from aboveboard.store import Tx
from aboveboard.words.catalogue import Catalogue

Way = Literal["given", "back"]

#: A reason stands in a column of 80 signs, behind the number of its customer.
MOST_WHY = 60


class CreditError(ValueError):
    """Credit that cannot be moved. `code` is stable; `text` says how to mend it."""

    def __init__(self, code: Literal["amount", "why", "nobody"], **values: object) -> None:
        self.code = f"credit_{code}"
        self.text = Catalogue.load("aboveboard.agreements").text(f"desk.bad_{code}").filled(**values)
        super().__init__(self.text.en)


def move(
    tx: Tx, purses: Purses, subject: int, amount: int, why: str, on: datetime.date, *, way: Way, by: str
) -> bool:
    """Give a customer credit, or give it back as money; return whether that is new.

    `amount` is minor units above zero, `why` 1 to 60 signs, `by` who did it. Raises `CreditError`,
    and `AgreementError` for more than is held.
    """
    if amount <= 0:
        raise CreditError("amount")
    why = " ".join(why.split())
    if not 1 <= len(why) <= MOST_WHY:
        raise CreditError("why", most=MOST_WHY)
    root = purses.people.present(tx.conn, subject)
    if purses.people.living(tx.conn, root) is None:
        raise CreditError("nobody")
    book = purses.refund if way == "back" else purses.give_credit
    if not book(tx, root, amount, f"{root}:{why}", on):
        return False
    told = {"amount": amount, "why": why, "by": by, "on": on.isoformat()}
    purses.people.record.append(tx, "credit.moved", subject=root, facts={"way": way}, personal=told)
    return True


def why_of(booked: Booked) -> str:
    """Return the reason that an entry of the ledger was given; an empty text where a price was its reason."""
    number, colon, why = booked.ref.partition(":")
    return why if colon and number.isdigit() else ""
