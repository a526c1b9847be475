"""What the store says when the database cannot do what was asked, and that it works again afterwards."""

from __future__ import annotations

import errno
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from aboveboard.store import StorageError, Store, Tx
from tests.support.postgres import Cluster

_notes = sa.Table("trouble_notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))


def _add(tx: Tx, number: int) -> int:
    tx.conn.execute(sa.insert(_notes), {"id": number})
    return number


def _there(store: Store) -> set[int]:
    with store.read() as conn:
        return set(conn.scalars(sa.select(_notes.c.id)))


@pytest.fixture
def notes(store: Store) -> Store:
    with store.write() as tx:
        _notes.create(tx.conn)
    return store


@pytest.fixture
def distant(postgres_store: Store) -> Store:
    with postgres_store.write() as tx:
        _notes.create(tx.conn)
    return postgres_store


def _cut_off(store: Store, tx: Tx) -> None:
    """End the server's side of this transaction, as a restart of the server would."""
    pid = tx.conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with store.read() as conn:
        conn.execute(sa.select(sa.func.pg_terminate_backend(pid, 5_000)))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SQLITE_FULL", "disk is full"),
        ("SQLITE_IOERR_WRITE", "disk is full"),
        ("ENOSPC", "disk is full"),
        ("53100", "disk is full"),
        ("SQLITE_READONLY_DIRECTORY", "read-only"),
        ("25006", "read-only"),
        ("SQLITE_CANTOPEN", "cannot be opened"),
        ("SQLITE_BUSY", "Somebody else"),
        ("40P01", "Somebody else"),
        ("SQLITE_CORRUPT", "Restore it"),
        ("SQLITE_IOERR_FSYNC", "disk does not"),
        ("08006", "does not answer"),
        ("57P01", "does not answer"),
        ("lost", "does not answer"),
        ("53300", "too much to do"),
        ("99999", "cannot do this now"),
    ],
)
def test_each_code_has_its_sentence(code: str, words: str) -> None:
    error = StorageError(code)
    assert words in str(error) and str(error).endswith(f"Nothing was saved. ({code})")
    assert "may have been saved" in str(StorageError(code, in_doubt=True))


@pytest.mark.postgres
def test_when_the_connection_breaks_every_waiting_job_hears_of_it_and_the_next_works(distant: Store) -> None:
    def breaks(tx: Tx) -> int:
        _cut_off(distant, tx)
        return _add(tx, 2)

    futures = [distant.submit(work) for work in (lambda tx: _add(tx, 1), breaks, lambda tx: _add(tx, 3))]
    outcomes = [future.exception(20) for future in futures]
    # Whether the others shared its commit is a matter of moments; nobody who failed is there, and everybody else is.
    assert isinstance(outcomes[1], StorageError) and not outcomes[1].in_doubt
    assert all(outcome is None or isinstance(outcome, StorageError) for outcome in outcomes)
    assert _there(distant) == {
        number for number, outcome in zip((1, 2, 3), outcomes, strict=True) if not outcome
    }
    assert distant.submit(lambda tx: _add(tx, 4)).result(20) == 4


@pytest.mark.postgres
def test_a_connection_that_breaks_in_the_commit_leaves_doubt(distant: Store) -> None:
    with pytest.raises(StorageError) as caught, distant.write() as tx:
        _add(tx, 1)
        tx.before_commit("cut", lambda tx: _cut_off(distant, tx))
    assert caught.value.in_doubt
    with pytest.raises(StorageError) as caught, distant.write() as tx:
        _cut_off(distant, tx)
        _add(tx, 1)
    assert not caught.value.in_doubt
    assert _there(distant) == set()


@pytest.mark.postgres
def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(distant: Store, postgres: Cluster) -> None:
    with psycopg.connect(distant.url.replace("+psycopg", "")) as theirs:
        assert theirs.execute("SHOW synchronous_commit").fetchone() == ("off",), (
            "this test's server has it off"
        )
    with distant.write() as tx:
        assert tx.conn.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_a_commit_waits_for_the_disk_on_sqlite(sqlite_store: Store) -> None:
    with sqlite_store.write() as tx:
        read = {
            name: tx.conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "journal_mode")
        }
    assert read == {"synchronous": 2, "journal_mode": "wal"}, "2 is FULL"


@pytest.mark.postgres
def test_a_read_sees_one_state_and_changes_nothing(distant: Store) -> None:
    count = sa.select(sa.func.count()).select_from(_notes)
    with distant.read() as conn:
        before = conn.scalar(count)
        distant.submit(lambda tx: _add(tx, 1)).result(20)
        assert conn.scalar(count) == before
    with pytest.raises(StorageError, match="read-only"), distant.read() as conn:
        conn.execute(sa.insert(_notes), {"id": 2})
    assert _there(distant) == {1}


def test_our_own_faults_stay_what_they_are(notes: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="nowhere"), notes.read() as conn:
        conn.exec_driver_sql("SELECT * FROM nowhere")
    notes.submit(lambda tx: _add(tx, 1)).result(20)
    assert isinstance(notes.submit(lambda tx: _add(tx, 1)).exception(20), sa.exc.IntegrityError)


def test_a_file_that_cannot_be_written_at_the_end_is_a_storage_error(notes: Store) -> None:
    def no_room(_: Tx) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def work(tx: Tx) -> int:
        tx.before_commit("file", no_room)
        return _add(tx, 1)

    failed = notes.submit(work).exception(20)
    assert isinstance(failed, StorageError) and "disk is full" in str(failed)
    assert _there(notes) == set()


def test_what_goes_wrong_after_the_commit_does_not_undo_it(notes: Store) -> None:
    def work(tx: Tx) -> int:
        tx.after_commit(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        return _add(tx, 1)

    assert notes.submit(work).result(20) == 1
    assert _there(notes) == {1}


def test_a_database_that_cannot_be_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError):
        Store(f"sqlite:///{tmp_path / 'file' / 'aboveboard.db'}")
    (tmp_path / "db").write_bytes(b"this is no database at all" * 100)
    store = Store(f"sqlite:///{tmp_path / 'db'}")
    with pytest.raises(StorageError, match="damaged"):
        store.migrate()
    store.close()
