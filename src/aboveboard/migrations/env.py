"""How Alembic reaches the database: through the engine that `upgrade` was given, one transaction for all steps."""

from __future__ import annotations

from alembic import context

from aboveboard.store import metadata


def run() -> None:
    """Apply the steps that are missing, holding the write lock so that two processes cannot both migrate."""
    engine = context.config.attributes["engine"]
    with engine.connect() as conn:
        conn = conn.execution_options(aboveboard_write=True)
        with conn.begin():
            if conn.dialect.name == "postgresql":
                conn.exec_driver_sql("SELECT pg_advisory_xact_lock(727001)")
            context.configure(
                connection=conn, target_metadata=metadata, render_as_batch=conn.dialect.name == "sqlite"
            )
            context.run_migrations()


run()
