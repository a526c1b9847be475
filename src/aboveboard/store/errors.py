"""What a database says when it cannot do what was asked, told apart from what a request or a program did wrong."""

from __future__ import annotations

import sqlalchemy as sa

#: What a database or a disk says, by the beginning of its code (SQLite's name, PostgreSQL's SQLSTATE, errno), and what to do.
_CAUSES = {
    "SQLITE_FULL SQLITE_IOERR_WRITE 53100 ENOSPC EFBIG EDQUOT": "The disk is full. Make room on it.",
    "SQLITE_READONLY 25006": "The database is read-only. Check the rights on its file and its folder.",
    "SQLITE_CANTOPEN": "The database file cannot be opened. Check that its folder is there and may be written to.",
    "SQLITE_BUSY SQLITE_LOCKED 40P01 40001": "Somebody else is changing the same. Try again.",
    "SQLITE_CORRUPT SQLITE_NOTADB XX001 XX002": "The database is damaged. Restore it from a backup.",
    "SQLITE_IOERR EIO": "The disk does not read or write. Check it.",
    "08 57P lost": "The database does not answer. Start it, or check its address.",
    "53": "The database has too much to do. Give it more room, or ask it less.",
    "E": "A file beside the database cannot be written. Check the rights on it and its folder.",
}
#: A wrong statement or a broken promise of our own says nothing of the database. SQLITE_ERROR: no such table; P0: a trigger
#: refused; 25P: an earlier error was swallowed.
_OUR_FAULTS = (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.ProgrammingError, sa.exc.NotSupportedError)
_OUR_CODES = ("SQLITE_ERROR", "SQLITE_CONSTRAINT", "P0", "25P", "XX000")
_ELSE = "The database cannot do this now. Its own log tells more."


class StorageError(RuntimeError):
    """The database cannot do what was asked: it is away, full, read-only or damaged. Nothing in the request is wrong.

    `in_doubt` is True when the connection broke in the very commit: what was written may be there or not, and only looking
    tells. Otherwise nothing was saved. `code` is the database's own word for it, for the log; `file` is what could not be
    written, if it was not the database.
    """

    def __init__(self, code: str, *, in_doubt: bool = False, file: str | None = None) -> None:
        cause = next(
            (text for codes, text in _CAUSES.items() if code.startswith(tuple(codes.split()))), _ELSE
        )
        told = "It may have been saved or not." if in_doubt else "Nothing was saved."
        where = f", {file}" if file else ""
        super().__init__(f"{cause} {told} ({code}{where})")
        self.code = code
        self.in_doubt = in_doubt


def told(error: sa.exc.SQLAlchemyError, *, committing: bool = False) -> Exception:
    """Return what the error says of the database as a `StorageError`; one that is our own fault stays itself."""
    if isinstance(error, sa.exc.PendingRollbackError):
        return StorageError("lost")
    if isinstance(error, sa.exc.TimeoutError):
        return StorageError("53: no connection was free")
    if not isinstance(error, sa.exc.DBAPIError):
        return error
    code = str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")
    lost = error.connection_invalidated or (not code and isinstance(error, sa.exc.OperationalError))
    if not lost and (not code or isinstance(error, _OUR_FAULTS) or code.startswith(_OUR_CODES)):
        return error
    # SQLite: a page that could not be written is not in the journal; one that could not be flushed may be.
    unsure = lost or (code.startswith("SQLITE_IOERR") and code != "SQLITE_IOERR_WRITE")
    return StorageError(code or "lost", in_doubt=committing and unsure)
