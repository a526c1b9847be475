"""How Fides stores what people chose and reads it, made again on PostgreSQL, so that both can be measured in one run.

Read in the published code of ethyca/fides (2026), in `src/fides/api/models`: `privacy_preference.py` (the older table,
`currentprivacypreferencev2`) and `v3/privacy_preferences.py` with its migrations (the newer one, split by `is_latest`).

The same as there: the tables' columns and types; the indexes that a look-up by one identity can use (`hashed_email`; unique on
`search_data -> 'identity'` of the current part); an identity found by its salted SHA-256; preferences as JSONB; addresses and the
whole record encrypted with AES-GCM in text columns and decrypted when a row is loaded, as their column type does.

Not the same, and each of it in their favour: no HTTP, no web framework and no ORM session, only the statement, prepared once, on
one open connection, and the decoding of what came; indexes that serve other searches are left out, so the tables are smaller. The
server that reads the newer table is not in the published code: its statement here is the one that the unique index was made for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SALT = b"$2b$12$UErimNtlsE6qgYf2BrI1Du"
_KEY = AESGCM(hashlib.sha256(b"benchmark").digest())
_NOTICES = ("marketing_email", "share_review_site", "statistics", "personal_prices", "reminders", "essential")

_TABLES = """
CREATE TABLE currentprivacypreferencev2 (
    id varchar(255) PRIMARY KEY, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
    email varchar, phone_number varchar, fides_user_device varchar, external_id varchar,
    hashed_email varchar, hashed_phone_number varchar, hashed_fides_user_device varchar, hashed_external_id varchar,
    preferences jsonb, fides_string varchar, property_id varchar, is_hash_migrated boolean NOT NULL DEFAULT true);
CREATE TABLE privacy_preferences (
    id bigint GENERATED ALWAYS AS IDENTITY, search_data jsonb, record_data text, is_latest boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz, PRIMARY KEY (id, is_latest)
) PARTITION BY LIST (is_latest);
CREATE TABLE privacy_preferences_current PARTITION OF privacy_preferences FOR VALUES IN (true);
CREATE TABLE privacy_preferences_historic PARTITION OF privacy_preferences FOR VALUES IN (false);
CREATE TABLE plain (person bigint PRIMARY KEY, allowed boolean NOT NULL);
"""
_INDEXES = """
CREATE INDEX ON currentprivacypreferencev2 (hashed_email);
CREATE INDEX ON currentprivacypreferencev2 (hashed_phone_number);
CREATE INDEX ON currentprivacypreferencev2 (hashed_fides_user_device);
CREATE INDEX ON currentprivacypreferencev2 (hashed_external_id);
CREATE UNIQUE INDEX ON privacy_preferences_current ((search_data -> 'identity'));
ANALYZE;
"""
_OLDER = """
SELECT id, created_at, updated_at, email, phone_number, fides_user_device, external_id, hashed_email, preferences, fides_string,
    property_id
FROM currentprivacypreferencev2 WHERE hashed_email IN (%s) ORDER BY updated_at DESC LIMIT 1
"""
_NEWER = """
SELECT id, search_data, record_data, created_at FROM privacy_preferences
WHERE is_latest AND search_data -> 'identity' = %s::jsonb
"""
_PLAIN = "SELECT allowed FROM plain WHERE person = %s"


def address(number: int) -> str:
    """Return the e-mail address of an invented person."""
    return f"p{number}@example.org"


class Fides:
    """Their tables with `people` rows each, in the PostgreSQL database at `conninfo`."""

    def __init__(self, conninfo: str, people: int) -> None:
        self._conn = psycopg.connect(conninfo, autocommit=True)
        self._people = people
        self._conn.execute(_TABLES)
        self._fill()
        self._conn.execute(_INDEXES)
        self._conn.execute("VACUUM ANALYZE")
        self._conn.prepare_threshold = 0
        self._conn.autocommit = False  # one transaction for all that is asked, as ours

    def older(self, number: int) -> bool:
        """Return one preference as the table `currentprivacypreferencev2` has it."""
        row = self._conn.execute(_OLDER, (_hashed(address(number)),)).fetchone()
        assert row is not None
        email, preferences = _decrypted(row[3]), row[8]
        assert email == address(number)
        return bool(preferences["preferences"][0]["preference"] == "opt_in")

    def newer(self, number: int) -> bool:
        """Return one preference as the table `privacy_preferences` has it."""
        identity = json.dumps({"email": _hashed(address(number))})
        row = self._conn.execute(_NEWER, (identity,)).fetchone()
        assert row is not None
        record = json.loads(_decrypted(row[2]))
        return bool(record["preferences"][0]["value"] == "opt_in")

    def plain(self, number: int) -> bool:
        """Return a yes or no by primary key: the least that a database can be asked."""
        row = self._conn.execute(_PLAIN, (number,)).fetchone()
        assert row is not None
        return bool(row[0])

    def close(self) -> None:
        """Give the connection back."""
        self._conn.close()

    def _fill(self) -> None:
        cursor = self._conn.cursor()
        with cursor.copy(
            "COPY currentprivacypreferencev2 (id, email, hashed_email, preferences) FROM STDIN"
        ) as rows:
            for number in range(self._people):
                preferences = {"preferences": [_older_notice(name, number) for name in _NOTICES]}
                rows.write_row(
                    (
                        f"cur_{number:032x}",
                        _encrypted(address(number)),
                        _hashed(address(number)),
                        json.dumps(preferences),
                    )
                )
        with cursor.copy("COPY privacy_preferences (search_data, record_data, is_latest) FROM STDIN") as rows:
            for number in range(self._people):
                hashed = _hashed(address(number))
                record = {
                    "identity": {"email": address(number)},
                    "preferences": [{"notice_key": name, "value": _said(number)} for name in _NOTICES],
                    "meta": {"method": "save", "request_origin": "privacy_center"},
                }
                rows.write_row(
                    (json.dumps({"identity": {"email": hashed}}), _encrypted(json.dumps(record)), True)
                )
        with cursor.copy("COPY plain FROM STDIN") as rows:
            for number in range(self._people):
                rows.write_row((number, number % 3 > 0))


def timed(ask: object, numbers: Iterator[int] | range) -> list[float]:
    """Return the time of each `ask(number)` in seconds."""
    times = []
    for number in numbers:
        started = time.perf_counter()
        ask(number)  # type: ignore[operator]
        times.append(time.perf_counter() - started)
    return times


def _said(number: int) -> str:
    return "opt_in" if number % 3 else "opt_out"


def _older_notice(name: str, number: int) -> dict[str, str]:
    return {"privacy_notice_history_id": f"pri_{name}", "notice_key": name, "preference": _said(number)}


def _hashed(value: str) -> str:
    return hashlib.sha256(value.encode() + _SALT).hexdigest()


def _encrypted(text: str) -> str:
    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + _KEY.encrypt(nonce, text.encode(), None)).decode()


def _decrypted(text: str) -> str:
    raw = base64.b64decode(text)
    return _KEY.decrypt(raw[:12], raw[12:], None).decode()
