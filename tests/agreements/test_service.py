"""Agreements: begun from a price, once; ended in one call; renewed only as their customers said."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from aboveboard.agreements import tables
from aboveboard.agreements.model import AgreementError
from aboveboard.agreements.renewals import NOTICE
from aboveboard.agreements.service import SETTLE
from aboveboard.book.model import Existing
from aboveboard.duties.model import BY_ITSELF
from aboveboard.quotes.model import QuoteError
from tests.agreements.conftest import ANN, Firm, the_book
from tests.pricing.books import service, tier

DAY = datetime.timedelta(days=1)


def entries(firm, *kinds):
    with firm.house.store.read() as conn:
        found = firm.house.record.entries(conn, -1, 500, kinds)
        return [(each.kind, firm.house.record.open(conn, each), each.facts) for each in found]


def work(firm, on):
    with firm.house.store.write() as tx:
        return firm.renewals.work(tx, on)


def again(firm, agreement):
    with firm.house.store.read() as conn:
        return firm.house.agreements.get(conn, agreement.id)


# ------------------------------------------------------------------------------------------------------- starting
def test_an_agreement_begins_with_its_price_and_both_stand_in_the_record(firm: Firm) -> None:
    ann = firm.person()
    made = firm.ask(ann, terms="year")
    with firm.house.store.write() as tx:
        first = firm.house.agreements.start(tx, made.id)
    with firm.house.store.write() as tx:
        assert firm.house.agreements.start(tx, made.id) == first
    body = first.body
    assert (body.signed.listed, body.signed.net, body.signed.paid, body.signed.cost) == (
        10000,
        9400,
        9400,
        6000,
    )
    assert (body.terms, body.renewal, body.months) == ("year", "ask", 12)
    [accepted, started] = entries(firm, "price.accepted", "agreement.started")
    assert accepted[1]["quote"] == started[1]["quote"] == made.id and started[1]["net"] == 9400
    assert started[2] == {"edition": 1}  # nothing personal in clear
    with firm.house.store.read() as conn:
        assert firm.house.agreements.of(conn, ann) == [first]
        assert firm.house.agreements.get(conn, first.id) == first


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "no_terms"),
        ({"terms": "moon"}, "no_terms"),
        ({"terms": "year", "service": "treatment"}, "not_these_terms"),
    ],
)
def test_what_cannot_be_agreed_leaves_nothing_behind(small: Firm, asked, code) -> None:
    made = small.ask(small.person(), **asked)
    with pytest.raises(AgreementError) as error, small.house.store.write() as tx:
        small.house.agreements.start(tx, made.id)
    assert error.value.code == code and error.value.text.zh
    assert entries(small, "price.accepted", "agreement.started") == []


def test_nobody_agrees_for_nobody(small: Firm) -> None:
    made = small.ask(None, terms="year")
    with pytest.raises(AgreementError, match="who agrees"), small.house.store.write() as tx:
        small.house.agreements.start(tx, made.id)
    with pytest.raises(QuoteError), small.house.store.write() as tx:
        small.house.agreements.start(tx, "0" * 32)


def test_an_agreement_is_read_by_nobody_once_its_customer_is_erased(small: Firm) -> None:
    ann = small.person()
    made = small.agree(ann)
    with small.house.store.write() as tx:
        small.house.people.erase(tx, ann, "asked")
    with small.house.store.read() as conn:
        assert small.house.agreements.get(conn, made.id) is None
        assert small.house.agreements.running(conn, made.starts) == []
    assert work(small, made.renews).renewed == 0


# --------------------------------------------------------------------------------------------------------- ending
def test_ending_costs_what_the_page_said_and_the_desk_is_told(firm: Firm) -> None:
    made = firm.agree(firm.person())
    with firm.house.store.write() as tx:
        seen = firm.house.agreements.end(tx, made.id)
    assert (
        seen.leaving.amount == 600 and "you have saved $6.00" in seen.leaving.says.en
    )  # one month of 6.00 less
    kept = again(firm, made)
    assert kept.ended == seen.leaving.last == seen.months[0].last and kept.body.owed == 600
    [ended] = entries(firm, "agreement.ended")
    assert ended[1]["owed"] == 600 and ended[1]["by"] == "customer"
    with firm.house.store.read() as conn:
        [duty] = firm.house.duties.due(conn, SETTLE)
    assert duty.subject == made.subject and "6.00" not in duty.what.en
    with pytest.raises(AgreementError) as error, firm.house.store.write() as tx:
        firm.house.agreements.end(tx, made.id)
    assert error.value.code == "ended"


def test_leaving_free_terms_owes_nothing(small: Firm) -> None:
    made = small.agree(small.person(), "free")
    with small.house.store.write() as tx:
        assert small.house.agreements.end(tx, made.id).leaving.amount == 0
    with small.house.store.read() as conn:
        assert small.house.duties.due(conn, SETTLE) == []


# ------------------------------------------------------------------------------------------------------- renewing
def test_terms_that_ask_end_unless_the_customer_said_yes(firm: Firm) -> None:
    made = firm.agree(firm.person())
    told_on = made.renews - datetime.timedelta(days=30)
    assert work(firm, told_on - 15 * DAY).told == 0
    assert work(firm, told_on).told == 1
    assert work(firm, told_on + DAY).told == 0  # once is once
    [told] = entries(firm, "agreement.notified")
    assert "it ends and nothing more is charged" in told[1]["words"]["en"]
    done = work(firm, made.renews)
    assert (done.renewed, done.ended) == (0, 1)
    assert again(firm, made).ended == made.renews - DAY


def test_a_yes_lets_it_go_on_at_the_price_that_was_told(firm: Firm) -> None:
    made = firm.agree(firm.person())
    with firm.house.store.write() as tx:
        firm.house.agreements.answer(tx, made.id, "auto")
    work(firm, made.renews - datetime.timedelta(days=30))
    [told] = entries(firm, "agreement.notified")
    assert "it goes on for 12 months at $94.00 a month" in told[1]["words"]["en"]
    assert "us-ca.arl.17602.long-term-renewal-notice" in told[1]["rules"]
    assert work(firm, made.renews).renewed == 1
    kept = again(firm, made)
    assert (kept.body.term, kept.body.began, kept.body.renewal) == (2, made.renews, "ask")
    assert kept.renews.year == made.renews.year + 1 and kept.ended is None
    [renewed] = entries(firm, "agreement.renewed")
    assert renewed[1]["paid"] == 9400


def test_what_the_customer_said_meanwhile_is_neither_lost_nor_overruled_by_a_letter(firm: Firm) -> None:
    made = firm.agree(firm.person())
    on = made.renews - 30 * DAY
    with firm.house.store.write() as tx:
        firm.house.agreements.answer(tx, made.id, "auto")
    with firm.house.store.read() as conn:
        [found] = firm.renewals.due(conn, on)
    with firm.house.store.write() as tx:
        firm.house.agreements.answer(tx, made.id, "no")
    with pytest.raises(AgreementError) as error, firm.house.store.write() as tx:
        firm.renewals.tell(tx, found, on, "clerk")
    assert error.value.code == "not_due" and again(firm, made).body.renewal == "no"
    assert work(firm, made.renews).ended == 1


def test_who_hears_of_a_renewal_too_late_is_asked(small: Firm) -> None:
    made = small.agree(small.person())
    with small.house.store.write() as tx:
        small.house.agreements.answer(tx, made.id, "auto")
    # California: no later than 15 days before (Cal. Bus. & Prof. Code 17602).
    assert work(small, made.renews - 14 * DAY).told == 1
    [told] = entries(small, "agreement.notified")
    assert "it ends and nothing more is charged" in told[1]["words"]["en"]
    assert work(small, made.renews).ended == 1


def test_nothing_renews_that_nobody_was_told_of(small: Firm) -> None:
    made = small.agree(small.person())
    with small.house.store.write() as tx:
        small.house.agreements.answer(tx, made.id, "auto")
    assert work(small, made.renews).ended == 1
    [ended] = entries(small, "agreement.ended")
    assert ended[1]["told"] is False


@pytest.mark.parametrize(("way", "paid"), [(None, 9400), ("keep", 9400), ("move", 11280)])
def test_the_next_price_is_the_old_one_unless_the_book_said_that_customers_move(
    small: Firm, way, paid
) -> None:
    first = the_book()
    plan = service(
        tier("standard", "100.00", ("therapist", "1")), name="plan", unit="month",
        existing=Existing(way=way) if way else None,
    )  # fmt: skip
    small.publish(the_book(services=[plan, first.services[1]]))
    made = small.agree(small.person())
    dearer = service(tier("standard", "120.00", ("therapist", "1")), name="plan", unit="month")
    small.publish(the_book(services=[dearer, first.services[1]]))
    with small.house.store.write() as tx:
        small.house.agreements.answer(tx, made.id, "auto")
    work(small, made.renews - datetime.timedelta(days=30))
    work(small, made.renews)
    kept = again(small, made)
    assert kept.body.signed.paid == paid and kept.body.term == 2
    assert kept.edition == (3 if way == "move" else 2)


def test_a_price_that_follows_an_index_is_told_before_the_anniversary(small: Firm) -> None:
    from aboveboard.book.model import Agreements, Index, IndexValue
    from tests.agreements.conftest import terms
    from tests.pricing.books import D, both

    today = datetime.datetime.now(datetime.UTC).date()
    values = [
        IndexValue(published=today - 100 * DAY, value=D(100)),
        IndexValue(published=today + 100 * DAY, value=D(102)),
    ]
    index = Index(id="living", name=both("Prices"), source=both("the office"), values=values)
    small.publish(
        the_book(
            agreements=Agreements(
                rate=D("0.05"),
                source=both("bank"),
                send="auto",
                indices=[index],
                terms=[terms("long", months=24, renewal="auto", index="living", cap=D("0.03"))],
            )
        )
    )
    made = small.agree(small.person(), "long", at=today.isoformat())
    with small.house.store.read() as conn:
        seen = small.house.agreements.view(conn, made, today)
        coming = small.renewals.coming(conn, made, today)
    assert seen.prices == (9400,) * 12 + (9588,) * 12
    # In California a reminder that it goes on is due once a year (17602), so there is one after twelve of these 24 months.
    assert sorted(each.notice.what for each in coming) == ["fee", "reminder", "renewal"]
    [fee] = [each for each in coming if each.notice.what == "fee"]
    event = seen.changes[0].on
    # 7 to 30 days before (Cal. Bus. & Prof. Code 17602(g)); our own terms say 30.
    assert (fee.notice.first, fee.notice.by) == (event - 30 * DAY, event - 30 * DAY)
    work(small, event - 20 * DAY)
    [told] = [each for each in entries(small, "agreement.notified") if each[1]["notice"] == "fee"]
    assert (
        "you pay $95.88 a month" in told[1]["words"]["en"] and "instead of $94.00" in told[1]["words"]["en"]
    )


# -------------------------------------------------------------------------------------------------------- duties
def test_what_the_desk_must_send_is_a_duty_until_it_is_sent(small: Firm) -> None:
    import msgspec

    book = the_book()
    small.publish(
        msgspec.structs.replace(book, agreements=msgspec.structs.replace(book.agreements, send="desk"))
    )
    made = small.agree(small.person())
    on = made.renews - datetime.timedelta(days=40)
    assert work(small, on).told == 0
    with small.house.store.read() as conn:
        [duty] = small.house.duties.due(conn, NOTICE)
        [found] = small.renewals.due(conn, on)
    assert made.id[:8] in duty.what.en and duty.subject == made.subject
    with small.house.store.write() as tx:
        small.renewals.tell(tx, found, on, "clerk")
    with small.house.store.read() as conn:
        assert small.house.duties.due(conn, NOTICE) == []
        done = small.house.duties.get(conn, duty.id)
    assert done.done_by == "clerk" and done.evidence
    assert BY_ITSELF != "clerk"


def test_letters_leave_in_both_languages(small: Firm) -> None:
    made = small.agree(small.person(ANN))
    work(small, made.renews - datetime.timedelta(days=30))
    with small.house.store.read() as conn:
        from aboveboard.people import tables as people_tables

        [row] = conn.execute(sa.select(people_tables.messages)).all()
        letter = small.house.messages._letter(row)
    assert letter.to == ANN.value and "ends on" in letter.body and "结束" in letter.body


def test_the_tables_take_no_change_of_what_was_booked(small: Firm) -> None:
    assert tables.ledger.info["append_only"] is True
