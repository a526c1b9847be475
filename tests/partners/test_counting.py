"""A signal that comes to count for more later reaches partners too, once."""

from __future__ import annotations

from aboveboard.choices.signals.heard import read
from aboveboard.people.model import Identity
from tests.choices.signals.strings import gpp_string
from tests.partners.conftest import ANN, SAMPLE, Firm

PHONE = Identity("phone", "+14085550143")
#: Where the signal counts by law alone, not by the book: in Oregon, not in Nevada.
BY_LAW = SAMPLE.replace("  gpc: true\n", "")


def _signal(firm: Firm, person: int) -> str:
    with firm.store.write() as tx:
        (heard,) = read(gpp=gpp_string("usca", SaleOptOut="opted_out"))
        stamp = firm.choices.signal(tx, person, "web", heard)
    assert stamp is not None
    return stamp.id


def _said(firm: Firm, person: int, place: str, source: str) -> None:
    with firm.store.write() as tx:
        firm.people.place(tx, person, place, source)


def test_partners_hear_of_a_signal_that_counts_since_a_place_was_learnt(firm: Firm) -> None:
    firm.publish(BY_LAW)
    ann = firm.person()
    _said(firm, ann, "US-NV", "desk")
    seen = _signal(firm, ann)
    firm.carry()
    assert firm.states(seen) == {} and firm.got("review_site") == []
    _said(firm, ann, "US-OR", "desk")
    firm.carry()
    (entry,) = firm.entries("signal.counts")
    assert firm.states(entry.id)["review_site"] == "confirmed"
    (message,) = firm.got("review_site")
    assert [(one["decision"], one["purpose"]) for one in message["data"]["decisions"]] == [
        ("deny", "share_review_site")
    ]
    _said(firm, ann, "US-CA", "person")
    assert firm.carry() == 0 and len(firm.got("review_site")) == 1


def test_who_becomes_known_under_one_more_identity_keeps_that_no(firm: Firm) -> None:
    """What counts since then is said again, for the new identity too."""
    firm.publish(BY_LAW)
    ann = firm.person(ANN)
    _said(firm, ann, "US-NV", "desk")
    _signal(firm, ann)
    _said(firm, ann, "US-OR", "desk")
    firm.carry()
    with firm.store.write() as tx:
        firm.people.link(tx, ann, PHONE)
    firm.carry()
    assert [len(message["data"]["subject"]) for message in firm.got("review_site")] == [1, 2]
