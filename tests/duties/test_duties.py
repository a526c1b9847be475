"""Duties: opened once, done once with evidence, the most pressing first, gone when their reason is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aboveboard.duties.model import BY_ITSELF, Duty, DutyError
from aboveboard.duties.service import Duties
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.words import Text

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHAT, WHY = (
    Text("Renew the contract with the lab.", "和化验室续签合同。"),
    Text("No contract, no data.", "没有合同就不给资料。"),
)


@pytest.fixture
def duties(tmp_path: Path) -> Duties:
    return Duties(Record(KeyRing.create(tmp_path / "keys")))


def _open(duties: Duties, store: Store, key: str, due_at: datetime = NOW, **more: object) -> bool:
    with store.write() as tx:
        return duties.open(tx, kind="contract.ends", key=key, due_at=due_at, what=WHAT, why=WHY, **more)


def test_a_duty_is_opened_once(store: Store, duties: Duties) -> None:
    assert _open(duties, store, "lab", detail={"until": "2026-12-01"}, partner="lab") is True
    assert _open(duties, store, "lab", NOW + timedelta(days=9)) is False
    with store.read() as conn:
        (duty,) = duties.due(conn)
        assert (duty.due_at, duty.what, duty.partner, duty.detail) == (
            NOW,
            WHAT,
            "lab",
            {"until": "2026-12-01"},
        )
        assert duties.get(conn, duty.id) == duty
        assert duties.get(conn, 99) is None


def test_the_most_pressing_comes_first_and_what_is_late_is_known(store: Store, duties: Duties) -> None:
    for key, hours in (("later", 90), ("late", -1), ("soon", 2)):
        _open(duties, store, key, NOW + timedelta(hours=hours))
    with store.read() as conn:
        assert [duty.key for duty in duties.due(conn)] == ["late", "soon", "later"]
        assert [duty.urgency(NOW) for duty in duties.due(conn)] == ["overdue", "soon", "later"]
        assert [duty.key for duty in duties.overdue(conn, NOW)] == ["late"]
        assert duties.due(conn, "another.kind") == []


def test_doing_leaves_evidence_and_happens_once(store: Store, duties: Duties) -> None:
    with store.write() as tx:
        subject = duties.record.new_subject(tx)
    _open(duties, store, "lab", subject=subject)
    with store.write() as tx:
        (duty,) = duties.due(tx.conn)
        stamp = duties.done(tx, duty.id, "mei", "rang Ann, who agreed")
    with store.read() as conn:
        assert duties.due(conn) == []
        (done,) = duties.recent(conn)
        assert (done.done_by, done.evidence, done.urgency(NOW)) == ("mei", stamp.id, "done")
        entry = duties.record.get(conn, stamp.id)
        assert entry is not None
        assert entry.facts == {"duty": duty.id, "kind": "contract.ends"}
        assert duties.record.open(conn, entry) == {"note": "rang Ann, who agreed"}
        assert b"Ann" not in entry.leaf
    for number, code in ((duty.id, "duty_done"), (99, "duty_unknown")):
        with pytest.raises(DutyError) as refused, store.write() as tx:
            duties.done(tx, number, "bo")
        assert refused.value.code == code
    with store.read() as conn:
        assert len(duties.record.entries(conn, -1, 10)) == 1


def test_a_note_without_a_person_to_seal_it_for_is_not_kept(store: Store, duties: Duties) -> None:
    _open(duties, store, "lab")
    with store.write() as tx:
        stamp = duties.done(tx, duties.due(tx.conn)[0].id, "mei", "rang Ann")
    with store.read() as conn:
        entry = duties.record.get(conn, stamp.id)
        assert entry is not None
        assert b"Ann" not in entry.leaf


def test_a_duty_whose_reason_is_gone_ends_by_itself(store: Store, duties: Duties) -> None:
    for key in ("lab", "insurer"):
        _open(duties, store, key)
    with store.write() as tx:
        assert duties.settle(tx, "contract.ends", {"insurer"}) == 1
        assert duties.settle(tx, "another.kind", ()) == 0
    with store.read() as conn:
        assert [duty.key for duty in duties.due(conn)] == ["insurer"]
        assert duties.recent(conn)[0].done_by == BY_ITSELF


def test_a_duty_can_end_with_another_entry_as_evidence(store: Store, duties: Duties) -> None:
    _open(duties, store, "lab")
    with store.write() as tx:
        stamp = duties.record.append(
            tx, "partner.told", facts={"partner": "lab", "entry": "0", "message": "m"}
        )
        assert duties.done_with(tx, "contract.ends", "lab", "mei", stamp) is True
        assert duties.done_with(tx, "contract.ends", "lab", "mei", stamp) is False
    with store.read() as conn:
        assert duties.recent(conn)[0].evidence == stamp.id


def test_an_open_duty_is_overdue_to_the_second() -> None:
    duty = Duty(1, "k", "k", NOW, WHAT, WHY, NOW)
    assert [duty.urgency(NOW + timedelta(seconds=s)) for s in (-1, 0)] == ["soon", "overdue"]
