"""Who was told: right before the follower has run and after it, by message and by hand, through every change of the book."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from aboveboard.duties.service import Duties
from aboveboard.partners import duties as partner_duties
from aboveboard.partners import tables
from aboveboard.partners.followers import fan_out
from aboveboard.partners.model import PartnerError
from aboveboard.partners.service import BY_HAND
from aboveboard.people.model import Identity
from aboveboard.store import now
from tests.partners.conftest import ANN, PLAYED, SAMPLE, Firm

PHONE = Identity("phone", "+14085550143")


def test_before_anyone_looked_everyone_is_waiting(firm: Firm) -> None:
    said = firm.say("deny all")
    before = firm.states(said)
    assert before == {**dict.fromkeys(PLAYED, "waiting"), "insurer": "by_hand"}
    firm.follow()
    assert firm.states(said) == before
    assert list(before) == [partner.id for partner in _book(firm).partners]


def test_a_choice_that_concerns_nobody_has_nobody_to_tell(firm: Firm) -> None:
    for said in (firm.say("allow all", proven=False), firm.say("deny personal_prices"), "0" * 32):
        assert firm.told(said) == {}
        firm.follow()
        assert firm.told(said) == {}


def test_one_round_tells_everyone_and_leaves_entries(firm: Firm) -> None:
    said = firm.say("deny all")
    assert firm.carry() == 7
    told = firm.told(said)
    assert {partner: one.state for partner, one in told.items()} == {
        **dict.fromkeys(PLAYED, "confirmed"),
        "insurer": "by_hand",
    }
    lab = told["lab"]
    assert (lab.attempts, lab.why, lab.name.zh) == (1, None, "海湾化验室")
    assert lab.told_at == lab.confirmed_at
    assert lab.delete_by is not None
    confirmed = firm.entries("partner.confirmed")
    assert sorted(entry.facts["partner"] for entry in confirmed) == sorted(PLAYED)
    assert {entry.facts["entry"] for entry in confirmed} == {said}
    assert {entry.subject for entry in confirmed} == {firm.person()}
    assert firm.entries("partner.told") == []
    assert firm.carry() == 0
    assert [len(firm.got(partner)) for partner in PLAYED] == [1] * 7


def test_the_message_says_what_was_chosen(firm: Firm) -> None:
    firm.say("deny share_lab", "deny marketing_email mail_service")
    firm.carry()
    (message,) = firm.got("lab")
    assert [(d["decision"], d["purpose"]) for d in message["data"]["decisions"]] == [("deny", "share_lab")]
    assert [one["kind"] for one in message["data"]["subject"]] == ["email"]
    assert firm.got("review_site") == []


def test_nobody_can_probe_who_is_a_customer(firm: Firm) -> None:
    firm.say("deny all", identity=Identity("email", "stranger@example.org"))
    firm.carry()
    (message,) = firm.got("lab")
    assert len(message["data"]["subject"]) == 1


def test_a_signal_is_told_where_it_counts(firm: Firm) -> None:
    subject = firm.person(Identity("device", "0" * 32))
    with firm.store.write() as tx:
        stamp = firm.choices.signal(tx, subject)
    assert stamp is not None
    firm.carry()
    assert firm.states(stamp.id) == dict.fromkeys(("review_site", "mail_service", "ad_network"), "confirmed")
    assert firm.got("mail_service")[0]["data"]["decisions"][0]["purpose"] == "marketing_email"


def test_two_numbers_that_become_one_person_are_told_for_both(firm: Firm) -> None:
    firm.say("deny share_lab")
    ann, other = firm.person(), firm.person(PHONE)
    assert ann != other
    firm.carry()
    with firm.store.write() as tx:
        firm.people.link(tx, ann, PHONE)
    firm.carry()
    first, second = firm.got("lab")
    assert [len(message["data"]["subject"]) for message in (first, second)] == [1, 2]
    assert second["data"]["decisions"][0]["purpose"] == "share_lab"
    assert len(firm.got("review_site")) == 0


def test_who_was_taken_for_someone_else_is_not_bound_by_that_person_s_yes(firm: Firm) -> None:
    ann, bo = firm.person(), firm.person(PHONE)
    with firm.store.write() as tx:
        firm.people.link(tx, ann, PHONE)
    (link,) = firm.entries("people.linked")
    firm.say("allow share_lab", "deny marketing_email")
    firm.carry()
    with firm.store.write() as tx:
        assert firm.people.unlink(tx, link.id) == sorted([ann, bo])
    firm.carry()
    assert [len(message["data"]["subject"]) for message in firm.got("lab")] == [2, 1]
    last = firm.got("lab")[-1]["data"]
    assert (last["subject"][0]["kind"], last["decisions"][0]["decision"]) == ("phone", "deny")
    assert len(firm.got("mail_service")) == 1  # a no too many harms nobody


def test_following_twice_or_by_two_workers_enters_once(firm: Firm) -> None:
    said = firm.say("deny all")
    fan_out(firm.store, firm.partners, "one", 60)
    firm.say("deny all")
    assert fan_out(firm.store, firm.partners, "two", 60) is False  # the other one has the lease
    assert len(firm.states(said)) == 8
    with firm.store.write() as tx:
        entry = firm.record.get(tx.conn, said)
        assert entry is not None
        assert firm.partners.enter(tx, _book(firm), entry) == 0
        firm.record.move_bookmark(tx, "partners.fan_out", -1)
    with firm.store.read() as conn:
        before = conn.execute(sa.select(sa.func.count()).select_from(tables.deliveries)).scalar()
    fan_out(firm.store, firm.partners, "one", 60)
    with firm.store.read() as conn:
        assert (
            conn.execute(sa.select(sa.func.count()).select_from(tables.deliveries)).scalar()
            == (before or 0) + 8
        )


def test_a_bookmark_passes_by_what_is_of_no_interest(firm: Firm) -> None:
    firm.follow()
    with firm.store.write() as tx:
        for _ in range(1100):
            firm.record.append(tx, "price.quoted", facts={})
    firm.follow()
    with firm.store.read() as conn:
        assert firm.record.bookmark(conn, "partners.fan_out") == firm.record.size(conn) - 1


# -- by hand ---------------------------------------------------------------------------------------------------------


def _book(firm: Firm):
    with firm.store.read() as conn:
        edition = firm.editions.current(conn)
    assert edition is not None
    return edition.book


def _due(firm: Firm, kind: str | None = None):
    with firm.store.read() as conn:
        return firm.duties.due(conn, kind)


def test_a_partner_told_by_hand_is_a_duty_until_a_clerk_did_it(firm: Firm) -> None:
    said = firm.say("deny share_insurer")
    firm.follow()
    (duty,) = _due(firm, BY_HAND)
    assert (duty.partner, duty.entry_id, duty.subject) == ("insurer", said, firm.person())
    assert "letter 4" in duty.what.en
    assert "4 号信" in duty.what.zh
    assert duty.due_at == _at(firm, said) + timedelta(days=5)
    with firm.store.write() as tx:
        stamp = firm.partners.finish(tx, duty, "mei")
    assert _due(firm, BY_HAND) == []
    told = firm.told(said)["insurer"]
    assert (told.state, told.attempts) == ("told", 1)
    with firm.store.read() as conn:
        entry = firm.record.get(conn, stamp.id)
    assert entry is not None
    assert (entry.kind, entry.facts["partner"], entry.facts["entry"]) == ("partner.told", "insurer", said)
    with pytest.raises(PartnerError) as refused, firm.store.write() as tx:
        firm.partners.done_by_hand(tx, "insurer", said, "bo")
    assert refused.value.code == "not_by_hand"
    assert firm.carry() == 0


def test_what_is_told_by_message_cannot_be_ticked_off_by_hand(firm: Firm) -> None:
    said = firm.say("deny share_lab")
    firm.follow()
    with pytest.raises(PartnerError), firm.store.write() as tx:
        firm.partners.done_by_hand(tx, "lab", said, "mei")
    assert firm.states(said) == {"lab": "waiting"}


def _at(firm: Firm, entry_id: str) -> datetime:
    with firm.store.read() as conn:
        entry = firm.record.get(conn, entry_id)
    assert entry is not None
    return entry.at


# -- a new book ------------------------------------------------------------------------------------------------------

LAB_FEED = 'feed: {webhook: "http://127.0.0.1:8701/inbox/lab"}'


def test_a_mended_address_is_tried_at_once(firm: Firm) -> None:
    firm.publish(SAMPLE.replace("8701/inbox/lab", "8701/inbox/nobody"))
    said = firm.say("deny share_lab")
    firm.carry()
    assert firm.told(said)["lab"].why is not None
    assert "404" in firm.told(said)["lab"].why.en
    firm.publish(SAMPLE)
    firm.carry()
    assert firm.states(said) == {"lab": "confirmed"}


def test_a_partner_that_changes_how_it_is_told_keeps_its_place(firm: Firm) -> None:
    firm.sim.switch("lab", "down")
    said = firm.say("deny share_lab")
    firm.carry()
    firm.publish(SAMPLE.replace(LAB_FEED, "feed: {by_hand: {en: Call them., zh: 打电话。}}"))
    firm.follow()
    assert firm.states(said) == {"lab": "by_hand"}
    assert [duty.entry_id for duty in _due(firm, BY_HAND)] == [said]
    firm.sim.switch("lab", "ok")
    firm.publish(SAMPLE)
    firm.carry()
    assert firm.states(said) == {"lab": "confirmed"}
    assert _due(firm, BY_HAND) == []


def test_the_days_to_tell_by_hand_count_from_the_letter_also_after_a_new_book(firm: Firm) -> None:
    letter = (now() - timedelta(days=3)).replace(microsecond=0)
    firm.sim.switch("lab", "down")
    said = firm.say("deny share_lab", "deny share_insurer", told=letter)
    firm.carry()
    firm.publish(SAMPLE.replace(LAB_FEED, "feed: {by_hand: {en: Call them., zh: 打电话。}}"))
    firm.follow()
    with firm.store.read() as conn:
        book = firm.editions.current(conn).book
    assert {duty.partner: duty.due_at for duty in _due(firm, BY_HAND)} == {
        partner: letter + timedelta(days=book.partner(partner).feed.within_days)
        for partner in ("lab", "insurer")
    }
    assert firm.states(said) == {"lab": "by_hand", "insurer": "by_hand"}


def test_a_partner_that_is_told_by_hand_again_is_a_duty_again(firm: Firm) -> None:
    by_hand = SAMPLE.replace(LAB_FEED, "feed: {by_hand: {en: Call them., zh: 打电话。}}")
    firm.sim.switch("lab", "down")
    said = firm.say("deny share_lab")
    for book in (by_hand, SAMPLE, by_hand):
        firm.publish(book)
        firm.carry()
    assert firm.states(said) == {"lab": "by_hand"}
    assert [duty.entry_id for duty in _due(firm, BY_HAND)] == [said]


def test_a_partner_that_is_gone_is_not_forgotten_silently(firm: Firm) -> None:
    firm.sim.switch("lab", "down")
    said = firm.say("deny share_lab")
    firm.carry()
    start = SAMPLE.index("- id: lab\n")
    without = SAMPLE[:start] + SAMPLE[SAMPLE.index("- id: insurer\n") :]
    firm.publish(without.replace("recipients: [lab]", "recipients: [insurer]"))
    firm.follow()
    told = firm.told(said)["lab"]
    assert told.state == "failed"
    assert told.why is not None
    assert told.name.en == "lab"
    assert firm.carry() == 0


# -- how each partner stands -----------------------------------------------------------------------------------------


def test_the_state_of_each_partner(firm: Firm) -> None:
    firm.sim.switch("lab", "down")
    firm.say("deny all")
    firm.carry()
    with firm.store.read() as conn:
        states = {state.partner: state for state in firm.partners.state(conn, now())}
    assert list(states) == [partner.id for partner in _book(firm).partners]
    lab, site, insurer = states["lab"], states["review_site"], states["insurer"]
    assert (lab.counts["waiting"], site.counts["confirmed"], insurer.counts["by_hand"]) == (1, 1, 1)
    assert lab.paused_until is not None
    assert lab.failing_since is not None
    assert lab.why is not None
    assert "503" in lab.why.en
    assert (lab.by_hand, insurer.by_hand, lab.late) == (False, True, False)
    assert site.oldest_open_at is None
    assert site.confirmed_at is not None
    with firm.store.read() as conn:
        later = {state.partner: state for state in firm.partners.state(conn, now() + timedelta(days=4))}
    assert [name for name, state in later.items() if state.late] == ["lab"]


def test_what_partners_make_due(firm: Firm) -> None:
    def watch() -> list[tuple[str, str | None]]:
        with firm.store.write() as tx:
            partner_duties.watch(tx, firm.partners)
        return [(duty.kind, duty.partner) for duty in _due(firm)]

    assert watch() == []
    soon = (datetime.now(UTC) + timedelta(days=30)).date()
    firm.publish(SAMPLE.replace("until: 2028-01-14", f"until: {soon}"))
    assert watch() == watch() == [("partner.contract_ends", "message_service")]
    assert "短线通" in _due(firm)[0].what.zh
    firm.publish(SAMPLE)
    assert watch() == []

    firm.sim.switch("lab", "down")
    firm.say("deny share_lab")
    firm.carry()
    with firm.store.write() as tx:
        old = now() - timedelta(days=3, minutes=1)
        tx.conn.execute(sa.update(tables.deliveries).values(at=old))
    assert watch() == [("partner.late", "lab")]
    assert "have not answered" in _due(firm)[0].what.en
    firm.sim.switch("lab", "ok")
    firm.hurry()
    firm.carry()
    assert watch() == []


def test_a_contract_that_ended_is_overdue(firm: Firm) -> None:
    firm.publish(SAMPLE.replace("until: 2028-01-14", "until: 2026-01-14"))
    with firm.store.write() as tx:
        partner_duties.watch(tx, firm.partners)
    with firm.store.read() as conn:
        assert [duty.partner for duty in Duties(firm.record).overdue(conn, now())] == ["message_service"]


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_a_replaced_secret_still_counts_for_a_week(firm: Firm) -> None:
    with firm.store.read() as conn:
        (old,) = firm.partners.secrets(conn, "lab", now())
    with firm.store.write() as tx:
        new = firm.partners.rotate(tx, "lab")
    assert new != old
    firm.say("deny share_lab")
    firm.carry()
    assert len(firm.got("lab")) == 1  # the partner still has the old secret only
    assert len(firm.got("lab")[0]["data"]["subject"]) == 2
    with firm.store.read() as conn:
        assert firm.partners.secrets(conn, "lab", now()) == [new, old]
        assert firm.partners.secrets(conn, "lab", now() + timedelta(days=8)) == [new]
        assert firm.partners.secrets(conn, "insurer", now()) != [old]
    with firm.store.write() as tx:
        newest = firm.partners.rotate(tx, "lab")
    with firm.store.read() as conn:
        assert firm.partners.secrets(conn, "lab", now()) == [newest, new]


def test_the_order_of_two_choices_is_kept(firm: Firm) -> None:
    firm.sim.switch("lab", "down")
    for said in ("deny share_lab", "allow share_lab", "deny share_lab"):
        firm.say(said)
    for _ in range(3):
        firm.carry()
        firm.hurry()
    firm.sim.switch("lab", "ok")
    firm.carry()
    firm.hurry()
    firm.carry()
    assert [message["data"]["decisions"][0]["decision"] for message in firm.got("lab")] == [
        "deny",
        "allow",
        "deny",
    ]


def test_the_courier_waits_for_another_worker_s_lease(firm: Firm) -> None:
    said = firm.say("deny share_lab")
    firm.follow()
    with firm.store.write() as tx:
        assert firm.record.lease(tx, "partners.courier:lab", "another", 60)
    assert asyncio.run(firm.courier("me").once()) == 0
    with firm.store.write() as tx:
        assert firm.record.lease(tx, "partners.courier:lab", "another", 0)
    assert asyncio.run(firm.courier("me").once()) == 1
    assert firm.states(said) == {"lab": "confirmed"}
    assert ANN.value not in str(firm.got("lab"))


def test_a_new_identity_of_someone_who_said_no_is_told_as_well(firm: Firm) -> None:
    """The no was said by e-mail; the lab knows her by her phone, which comes in later with a list."""
    firm.say("deny share_lab")
    firm.carry()
    ann = firm.person()
    with firm.store.write() as tx:
        firm.people.link(tx, ann, PHONE)
        firm.people.link(
            tx, firm.people.locate(tx, Identity("email", "quiet@example.org")), Identity("customer", "Q-1")
        )
    firm.carry()
    first, second = firm.got("lab")
    assert [len(message["data"]["subject"]) for message in (first, second)] == [1, 2]
    assert (
        len(firm.entries("people.identified")) == 1
    )  # of those who never said anything nobody needs to hear
