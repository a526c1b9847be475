"""A choice as a consent receipt after ISO/IEC TS 27560:2023, written as JSON-LD in the words of W3C's DPV.

The standard says which fields a consent record has; DPV (w3id.org/dpv, guide "consent-27560") gives each an IRI, so that any
firm's or authority's program can read it. The keys stay plain (`purpose`, `recipients`, `events`); `context.json`, which
stands whole inside every document, maps each to its IRI, so that nobody has to fetch anything to read one.

One receipt holds one *record* for each purpose that was decided: one purpose, its data, who receives it, the legal basis, and
one event with its state. It is told from the edition of the book that was in force when the choice was made, not from
today's. Our own receipt stands whole under `proof`, as JSON that a JSON-LD reader passes on untouched: it proves the choice, and
the rest of the document is its translation.

A no is *refused*, or *withdrawn* where a proven yes was in force before. A yes that nobody has proven is *unknown*: DPV's word
for a consent that cannot be trusted yet, and so one that allows nothing. What the book does not say (how long we keep data
ourselves) is marked as not available; we do not make it up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.choices.model import ALL, Decision
from aboveboard.choices.service import Said
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

MEDIA_TYPE = "application/ld+json"

_SCHEMA = "https://w3id.org/dpv/schema/dpv-27560"
_LANGUAGES = ["en", "zh"]
_BASIS = {
    "consent": "dpv:Consent",
    "contract": "dpv:Contract",
    "legitimate_interest": "dpv:LegitimateInterestOfController",
    "legal_duty": "dpv:LegalObligation",
}
#: DPV has no purpose "sharing": passing data on serves another purpose, so it stays a purpose without a category.
_CATEGORY = {
    "service": "dpv:ServiceProvision",
    "marketing": "dpv:Marketing",
    "statistics": "dpv:ServiceUsageAnalytics",
    "pricing": "dpv:PersonalisedBenefits",
}
_UNTIL_CHANGED = Text("until the person decides otherwise", "直到本人另作决定")
_RIGHT = Text("To say no at any time, and yes again", "随时可以说不，也可以再说可以")

_Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What the document is made from.

    `receipt` is ours (`aboveboard-receipt/1`) of a choice, `book` the edition it was made under, `address` where the house is
    reached, `before` what the person had said until then, newest first.
    """

    receipt: Mapping[str, Any]
    book: Book
    address: str
    before: Sequence[Said] = ()


@cache
def context() -> dict[str, Any]:
    """Return the JSON-LD context: each key of the document and the IRI it stands for."""
    text = (files("aboveboard.choices.keeping") / "context.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def document(made: Made) -> dict[str, Any]:
    """Return the consent receipt as a JSON-LD document."""
    entry, firm = made.receipt["entry"], made.book.business
    me = f"{made.address}/receipts/{made.receipt['id']}"
    return {
        "@context": context(),
        "@id": me,
        "@type": "ConsentReceipt",
        "identifier": made.receipt["id"],
        "schema_version": f"{_SCHEMA}#receipt",
        "created": entry["at"],
        "language": _LANGUAGES,
        "controller": {
            "@id": _controller(made),
            "@type": ["DataController", "Organisation"],
            "identifier": firm.id,
            "name": firm.name.words.both(),
            "address": firm.contact.address.words.both(),
            "contact": {
                "@type": "ContactPoint",
                "email": firm.contact.email,
                "telephone": firm.contact.phone,
            },
            "url": made.address,
            "jurisdiction": f"loc:{firm.place}",
        },
        "notice": {
            "@id": _notice(made),
            "@type": "PrivacyNotice",
            "title": made.book.notice.title.words.both(),
            "version": made.book.notice.version,
            "issued": made.book.notice.effective.isoformat(),
            "language": _LANGUAGES,
        },
        "records": [
            _record(made, f"{me}#{number}", number, purpose, decision)
            for number, (decision, purpose) in enumerate(_decided(made), start=1)
        ],
        "proof": dict(made.receipt),
    }


def _controller(made: Made) -> str:
    return f"{made.address}/#{made.book.business.id}"


def _notice(made: Made) -> str:
    return f"{made.address}/notice#{made.book.notice.version}"


def _decided(made: Made) -> Iterator[tuple[Decision, Purpose]]:
    """Yield each decision with each purpose of the book that it is about."""
    for facts in made.receipt["entry"]["facts"]["decisions"]:
        decision = Decision.from_facts(facts)
        for purpose in made.book.purposes:
            concerned = decision.recipient is None or decision.recipient in purpose.recipients
            if decision.purpose in (ALL, purpose.id) and concerned:
                yield decision, purpose


def _record(made: Made, where: str, number: int, purpose: Purpose, decision: Decision) -> _Node:
    entry = made.receipt["entry"]
    control = f"{made.address}/choices"
    return {
        "@id": where,
        "@type": "ConsentRecord",
        "identifier": f"{entry['id']}-{number}",
        "schema_version": f"{_SCHEMA}#record",
        "language": _LANGUAGES,
        "data_subject": {"@type": "DataSubject", "identifier": str(entry["subject"])},
        "controller": _controller(made),
        "jurisdiction": f"loc:{made.book.business.place}",
        "notice": _notice(made),
        "process": _process(made.book, purpose, decision),
        "withdrawal": {"@type": "ManageConsent", "exercised_at": control},
        "rights": [{"@type": "DataSubjectRight", "title": _RIGHT.both(), "exercised_at": control}],
        "events": [_event(made, purpose, decision)],
    }


def _process(book: Book, purpose: Purpose, decision: Decision) -> _Node:
    recipients = [decision.recipient] if decision.recipient else purpose.recipients
    partners = [partner for name in recipients if (partner := book.partner(name))]
    category = _CATEGORY.get(purpose.kind)
    said: _Node = {
        "@type": "Purpose",
        "identifier": purpose.id,
        "title": purpose.name.words.both(),
        "description": purpose.what.words.both(),
    }
    return {
        "@type": "Process",
        "purpose": said | ({"category": category} if category else {}),
        "legal_basis": _BASIS[purpose.basis],
        "personal_data": [
            {
                "@type": "SensitivePersonalData" if data.sensitive else "PersonalData",
                "identifier": data.id,
                "title": data.name.words.both(),
                "description": data.example.words.both(),
            }
            for data in book.data
            if data.id in purpose.data
        ],
        "recipients": [_recipient(partner) for partner in partners],
        "storage": {"@type": "StorageCondition", "applicability": "dpv:NotAvailable"},
    }


def _recipient(partner: Partner) -> _Node:
    return {
        "@type": ["Recipient", "Organisation"],
        "identifier": partner.id,
        "name": partner.name.words.both(),
        "description": partner.what.words.both(),
        "jurisdiction": f"loc:{partner.place}",
        "storage": {
            "@type": "StorageDeletion",
            "duration": {"@type": "TemporalDuration", "length": f"P{partner.delete_within_days}D"},
        },
    }


def _event(made: Made, purpose: Purpose, decision: Decision) -> _Node:
    entry = made.receipt["entry"]
    until = decision.until
    return {
        "@type": _state(made, purpose, decision),
        "time": entry["at"],
        "indicated_by": "dpv:DataSubject",
        "method": Catalogue.load("aboveboard.choices").text(f"channel.{entry['facts']['channel']}").both(),
        "duration": {"@type": "UntilEventDuration", "until_event": _UNTIL_CHANGED.both()}
        if until is None
        else {"@type": "UntilTimeDuration", "until": until.isoformat()},
    }


def _state(made: Made, purpose: Purpose, decision: Decision) -> str | list[str]:
    if decision.decision == "allow":
        return (
            ["ConsentGiven", "ExpressedConsent"]
            if made.receipt["entry"]["facts"]["proven"]
            else "ConsentUnknown"
        )
    asked = [decision.recipient] if decision.recipient else [None, *purpose.recipients]
    return (
        "ConsentWithdrawn" if any(_had_said_yes(made, purpose.id, one) for one in asked) else "ConsentRefused"
    )


def _had_said_yes(made: Made, purpose: str, recipient: str | None) -> bool:
    """Return whether the newest choice before this one that covers the question was a yes that counted until now."""
    at = datetime.fromisoformat(made.receipt["entry"]["at"])
    covering = (
        one
        for said in made.before
        for one in said.decisions
        if one.covers(purpose, recipient)
        and (said.proven or one.decision == "deny")
        and (one.until is None or one.until > at)
    )
    newest = next(covering, None)
    return newest is not None and newest.decision == "allow"
