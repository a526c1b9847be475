"""What a decision means, as the sentence that confirms it."""

from __future__ import annotations

from dataclasses import dataclass, field

from aboveboard.book.model import Book
from aboveboard.choices.model import ALL, Decision
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Sentence:
    """The key of a sentence under `receipt.` in this room's texts, with its places; `partners` is a list of names."""

    key: str
    purpose: Text | None = None
    partner: Text | None = None
    partners: tuple[Text, ...] = field(default=())


def sentence(book: Book, decision: Decision, *, proven: bool) -> Sentence:
    """Return what a decision means from the moment it was saved. Names come from the book in force."""
    start = "no" if decision.decision == "deny" else "yes" if proven else "wait"
    purpose = book.purpose(decision.purpose)
    partner = _name(book, decision.recipient) if decision.recipient else None
    if decision.purpose == ALL:
        return Sentence(f"{start}_all_for", partner=partner) if partner else Sentence(f"{start}_all")
    name = purpose.name.words if purpose else Text(decision.purpose, decision.purpose)
    if partner is not None:
        return Sentence(f"{start}_one", purpose=name, partner=partner)
    recipients = tuple(_name(book, recipient) for recipient in purpose.recipients) if purpose else ()
    if start == "no" and recipients:
        return Sentence("no_shared", purpose=name, partners=recipients)
    return Sentence(f"{start}_own", purpose=name)


def _name(book: Book, partner: str) -> Text:
    declared = book.partner(partner)
    return declared.name.words if declared else Text(partner, partner)
