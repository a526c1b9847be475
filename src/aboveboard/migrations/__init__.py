"""The schema's history: one file per step in `versions`, applied in order by `upgrade` on SQLite and PostgreSQL alike.

A step only ever adds to what a filled database holds. Steps are written for reading: plain Alembic operations, and
`append_only` for the tables of the record.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database behind `engine` to `revision`; one that is there already is only read, so it may be a read-only copy."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["engine"] = engine
    wanted = {step.revision for step in ScriptDirectory.from_config(config).get_revisions(revision)}
    with engine.connect() as conn:
        if wanted == set(MigrationContext.configure(conn).get_current_heads()):
            return
    command.upgrade(config, revision)


def append_only(*tables: str) -> None:
    """In a step: install the triggers that make `tables` refuse UPDATE, DELETE, REPLACE and TRUNCATE."""
    import sqlalchemy as sa
    from alembic import op

    from aboveboard.store import append_only_ddl

    conn = op.get_bind()
    look = sa.inspect(conn)
    for table in tables:
        unique = [one["column_names"] for one in look.get_unique_constraints(table)]
        keys = [look.get_pk_constraint(table)["constrained_columns"], *unique]
        for statement in append_only_ddl(table, conn.dialect.name, tuple(map(tuple, keys))):
            op.execute(statement)
