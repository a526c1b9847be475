"""The desk notes when a customer told us: in the past, not too far, and deadlines count from it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aboveboard.choices.model import MOST_DECISIONS, ChoiceError, Decision
from aboveboard.people.model import Identity
from aboveboard.store import now

ANN = "ann@example.org"
NO = {"who": ANN, "decision": "deny", "what": "share_insurer", "channel": "letter"}


def _local(ago: timedelta) -> str:
    """Return a moment as the browser sends it, by the clock of the sample business."""
    return (now() - ago).astimezone(ZoneInfo("America/Los_Angeles")).strftime("%Y-%m-%dT%H:%M")


def test_it_stands_in_the_entry_and_the_deadline_counts_from_it(clerk, made, house):
    told = _local(timedelta(days=5))
    answer = clerk.post("/desk/opt-out", data=NO | {"told": told})
    assert answer.status_code == 303
    at = datetime.fromisoformat(made()[0]["told_at"])
    assert at.astimezone(ZoneInfo("America/Los_Angeles")).strftime("%Y-%m-%dT%H:%M") == told
    with house.store.write() as tx:
        [entry] = house.record.entries(tx.conn, -1, 10, ["choice.made"])
        book = house.editions.current(tx.conn).book
        house.partners.enter(tx, book, entry)
        [duty] = [one for one in house.duties.due(tx.conn, limit=10) if one.partner]
        [partner] = [one for one in book.partners if one.id == duty.partner]
        assert duty.due_at == at + timedelta(days=partner.feed.within_days)
    rid = answer.headers["location"].split("=")[1]
    assert "You told us" in clerk.get(f"/receipts/{rid}").text
    assert "告诉我们" in clerk.get(f"/receipts/{rid}?lang=zh").text


def test_without_a_time_it_was_just_now(clerk, made):
    clerk.post("/desk/opt-out", data=NO | {"told": ""})
    assert "told_at" not in made()[0]


NO_MOMENT = (
    _local(timedelta(hours=-2)), _local(timedelta(days=400)), "0001-01-01T00:00", "9999-12-31T23:59", "yesterday",
    "2026-02-30T10:00", "٢٠٢٦-01-01T10:00", "-1", "2026-01-01T10:00+99:00", "x" * 500,
)  # fmt: skip


# One sign-in for all: they are counted.
@pytest.mark.parametrize(("lang", "said"), [("en", "When did they tell us?"), ("zh", "什么时候")])
def test_no_such_moment(clerk, made, lang, said):
    for told in NO_MOMENT:
        page = clerk.post("/desk/opt-out", data=NO | {"told": told}, headers={"Accept-Language": lang})
        assert page.status_code == 422 and said in page.text and made() == [], told
        assert re.search(r'<input id="told"[^>]*aria-invalid', page.text), told


def test_an_older_yes_does_not_undo_a_newer_no(clerk, made, holds):
    clerk.post("/desk/opt-out", data=NO)
    yes = {"who": ANN, "decision": "allow", "what": "share_insurer", "channel": "letter", "yes_check": "on"}
    refused = clerk.post("/desk/opt-out", data=yes | {"told": _local(timedelta(days=2))})
    assert refused.status_code == 422 and "newest word counts" in refused.text and len(made()) == 1
    assert clerk.post("/desk/opt-out", data=NO | {"told": _local(timedelta(days=2))}).status_code == 303, (
        "a late no is heard"
    )


def test_paper_has_the_whole_date(clerk):
    page = clerk.get(clerk.post("/desk/opt-out", data=NO).headers["location"]).text
    receipt = clerk.get("/receipts/" + re.search(r"/receipts/([0-9a-f-]{53})", page)[1]).text
    assert re.search(r'Saved <time[^>]*title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d-0[78]:00"[^>]*>today', receipt)
    css = clerk.get(re.search(r'"(/static/[^"]*style[^"]*)"', receipt)[1]).text
    assert "time[title]::after" in css.split("@media print")[1]


@pytest.mark.parametrize(("number", "taken"), [(MOST_DECISIONS, True), (MOST_DECISIONS + 1, False)])
def test_so_many_decisions_at_once_and_no_more(house, number, taken):
    identity = Identity("email", ANN)

    def save() -> None:
        with house.store.write() as tx:
            subject = house.people.locate(tx, identity)
            said = [Decision("deny", "all")] * number
            house.choices.save(
                tx, subject=subject, identity=identity, decisions=said, channel="web", proven=False
            )

    if taken:
        save()
        return
    with pytest.raises(ChoiceError) as refused:
        save()
    assert refused.value.code == "too_many_decisions" and str(MOST_DECISIONS) in refused.value.text.zh
