"""How each database is opened: so that what was confirmed is on disk, and two writers do not wait for each other for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from aboveboard.store.errors import StorageError


def engine_for(url: str) -> Engine:
    """Return the engine for a SQLAlchemy address; raises `StorageError` for a folder that cannot be made."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError("SQLITE_CANTOPEN") from error
        engine = sa.create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(raw: Any, _: object) -> None:
    # The driver's own BEGIN is switched off (None): writers must take the lock at once, or two of them deadlock on upgrade.
    raw.isolation_level = None
    # FULL: with NORMAL the last commits can be lost at a power cut, and with them a receipt that was already given.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-16000",
        "secure_delete=ON",  # what is deleted is overwritten: after an erasure no page may still hold it
    ):
        raw.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(raw: Any, _: object) -> None:
    # A server may be set to answer before a commit is on disk; a crash would then take a receipt that was already given.
    raw.autocommit = True
    raw.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    raw.autocommit = False


def _begin_sqlite(conn: Connection) -> None:
    writing = conn.get_execution_options().get("aboveboard_write", False)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
