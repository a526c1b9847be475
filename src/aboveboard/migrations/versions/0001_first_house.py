"""The first house: every table as it stood when the first business moved in."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import op

import aboveboard
from aboveboard.migrations import append_only
from aboveboard.store import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    # While the first schema is being drawn: create whatever the rooms declare. Frozen into plain operations before release.
    for module in (m for m in pkgutil.iter_modules(aboveboard.__path__) if m.ispkg):
        try:
            importlib.import_module(f"aboveboard.{module.name}.tables")
        except ModuleNotFoundError as error:
            if "tables" not in str(error) and not str(error).endswith("is not a package"):
                raise
    metadata.create_all(op.get_bind())
    append_only(*(table.name for table in metadata.sorted_tables if table.info.get("append_only")))
