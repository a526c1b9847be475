"""A list at the gate over HTTP: who may ask, in which forms, what the headers tell, and one sentence for everything wrong."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.choices.bulk import api
from aboveboard.choices.bulk.api import _problems
from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from aboveboard.web import tokens
from aboveboard.web.problems import Problem
from tests.choices.bulk.conftest import LIST, ROWS, parquet
from tests.support.books import BOOK

#: Litestar 2 announces that version 3 will want dependencies marked; the whole house will be, or none of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)

ASK = "/api/v1/gate/list?purpose=sharing&recipient=reviews&column=mail"
CSV, NDJSON, PARQUET = "text/csv", "application/x-ndjson", "application/vnd.apache.parquet"
NDJSON_LIST = "".join(json.dumps(row) + "\n" for row in ROWS)


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    KeyRing.create(tmp_path / "keys", "studio.example/record")
    house = House(Settings(home=str(tmp_path), database_url=store_url))
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
        ann = Identity("email", "ann@example.org")
        subject = house.people.locate(tx, ann)
        house.choices.save(
            tx,
            subject=subject,
            identity=ann,
            decisions=[Decision("deny", "sharing")],
            channel="web",
            proven=False,
        )
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    with house.store.write() as tx:
        token = tokens.new(tx, "mailer", ["gate"])
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _send(
    client: TestClient[Any], content: bytes | str, kind: str = CSV, ask: str = ASK, **headers: str
) -> Any:
    return client.post(ask, content=content, headers={"Content-Type": kind} | headers)


def test_the_rows_that_may_be_used_come_back_as_they_came(client, house) -> None:
    answer = _send(client, LIST)
    assert answer.status_code == 200, answer.text
    assert answer.text == 'name,mail,note\nBob,bob@example.org,"b, c"\nNew,new@example.org,e\n'
    assert answer.headers["content-type"].startswith(CSV)
    assert int(answer.headers["content-length"]) == len(answer.content)
    with house.store.read() as conn:
        newest = house.record.size(conn) - 1
    told = {name: answer.headers[f"aboveboard-{name}"] for name in ("as-of", "asked", "allowed", "refused")}
    assert told == {
        "as-of": str(newest),
        "asked": "4",
        "allowed": "2",
        "refused": "choice=1, not_an_identity=1",
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("kind", "accept", "comes"),
    [
        (CSV, "*/*", CSV),
        (CSV, "", CSV),
        ("text/csv; charset=utf-8; header=present", "text/*", CSV),
        (CSV, "application/x-ndjson", NDJSON),
        (CSV, "application/jsonl;q=0.5, text/csv;q=0.4", NDJSON),
        (CSV, "application/json, text/csv", CSV),
        ("application/ndjson", "application/*", NDJSON),
        (NDJSON, PARQUET, PARQUET),
        (PARQUET, "*/*", PARQUET),
        (PARQUET, "text/csv", CSV),
    ],
)
def test_the_content_type_decides_and_accept_may_ask_for_another(client, kind, accept, comes) -> None:
    content = parquet(ROWS) if kind == PARQUET else LIST if kind.startswith(CSV) else NDJSON_LIST
    answer = _send(client, content, kind, Accept=accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == comes
    if comes == CSV:
        names = [line.split(",")[0] for line in answer.text.splitlines()[1:]]
    elif comes == NDJSON:
        names = [json.loads(line)["name"] for line in answer.text.splitlines()]
    else:
        names = pq.read_table(io.BytesIO(answer.content)).column("name").to_pylist()
    assert names == ["Bob", "New"]


def test_with_reasons_all_rows_come_back_in_the_readers_language(client) -> None:
    answer = _send(client, NDJSON_LIST, NDJSON, f"{ASK}&reasons=true", **{"Accept-Language": "zh"})
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [(row["name"], row["allowed"], row["reason"]) for row in rows] == [
        ("Ann", False, "choice"),
        ("Bob", True, "default"),
        ("No one", False, "not_an_identity"),
        ("New", True, "default"),
    ]
    assert all(row["explanation"].endswith("。") for row in rows)


def test_several_uses_at_once_and_a_gate_that_must_know_enough(client) -> None:
    assert _send(client, LIST, ask=f"{ASK}&also=reminders&also=prices").headers["aboveboard-allowed"] == "0"
    assert _send(client, LIST, ask=f"{ASK}&also=reminders").headers["aboveboard-allowed"] == "2"
    known = int(_send(client, LIST).headers["aboveboard-as-of"])
    assert _send(client, LIST, ask=f"{ASK}&at_least={known}").headers["aboveboard-allowed"] == "2"
    late = _send(client, LIST, ask=f"{ASK}&at_least={known + 1}")
    assert late.headers["aboveboard-refused"] == "not_an_identity=1, stale=3"


@pytest.mark.parametrize(
    ("content", "kind", "more", "headers", "status", "code"),
    [
        (LIST, "application/json", "", {}, 415, "list_form"),
        (LIST, "text/plain", "", {}, 415, "list_form"),
        (LIST, "", "", {}, 415, "list_form"),
        (LIST, CSV, "", {"Accept": "application/json"}, 415, "list_form"),
        (LIST, CSV, "", {"Accept": "text/csv;q=0, text/csv;q=x"}, 415, "list_form"),
        (LIST, CSV, "", {"Authorization": ""}, 401, "token_missing"),
        (LIST, CSV, "", {"Authorization": "Bearer ab_00000000_x"}, 401, "token_unknown"),
        (b"", CSV, "", {}, 422, "list_empty"),
        ("name\nAnn\n", CSV, "", {}, 422, "list_no_column"),
        (LIST + "x,y\n", CSV, "", {}, 422, "list_row_width"),
        (LIST + '"x,y,z\n', CSV, "", {}, 422, "list_not_csv"),
        (LIST, NDJSON, "", {}, 422, "list_not_json"),
        (LIST, PARQUET, "", {}, 422, "list_not_parquet"),
        (LIST, CSV, "&also=:x", {}, 422, "list_question"),
        (LIST, CSV, "&kind=device", {}, 400, "field_choice"),
        (LIST, CSV, "&at_least=soon", {}, 400, "field_kind"),
        (LIST, CSV, "&reasons=perhaps", {}, 400, "field_kind"),
    ],
)
def test_what_is_wrong_is_told_before_a_single_row(
    client, content, kind, more, headers, status, code
) -> None:
    answer = _send(client, content, kind, ASK + more, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ann@" not in answer.text.lower()


def test_a_token_without_the_scope_may_not_ask(client, house) -> None:
    with house.store.write() as tx:
        token = tokens.new(tx, "till", ["quotes", "choices"])
    answer = _send(client, LIST, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json()["code"]) == (403, "token_scope")


def test_a_form_of_another_site_cannot_ask(client) -> None:
    del client.headers["Authorization"]
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        assert _send(client, LIST, kind, **{"Sec-Fetch-Site": "cross-site"}).status_code in (401, 403, 415)


def test_a_list_that_is_too_large_is_refused(client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = _send(client, LIST, **{"Content-Length": str(api.LARGEST_LIST + 1)})
    assert (answer.status_code, answer.json()["code"]) == (413, "list_too_large")


def test_more_lists_than_places_are_asked_to_come_back(client) -> None:
    with api._turn(), api._turn():
        answer = _send(client, LIST)
        assert (answer.status_code, answer.json()["code"]) == (503, "list_busy")
        assert answer.headers["retry-after"] == "30"
    assert _send(client, LIST).status_code == 200, "a place that was given back is free"
    for _ in range(3):
        assert _send(client, LIST + '"').status_code == 422
    assert _send(client, LIST).status_code == 200, "what failed gave its place back"


def test_a_folder_that_takes_no_file_is_told(client, house) -> None:
    home = Path(house.settings.home)
    object.__setattr__(house.settings, "home", str(home / "missing"))
    answer = _send(client, LIST)
    assert (answer.status_code, answer.json()["code"]) == (500, "list_not_kept")
    assert "ENOENT" in answer.json()["detail"] and str(home) not in answer.text
    assert "full" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (errno.ENOSPC, 507, "list_no_room"),
        (errno.EDQUOT, 507, "list_no_room"),
        (errno.EIO, 500, "list_not_kept"),
        (errno.EACCES, 500, "list_not_kept"),
        (errno.EROFS, 500, "list_not_kept"),
        (errno.EMFILE, 500, "list_not_kept"),
        (None, 500, "list_not_kept"),
    ],
)
def test_only_a_full_disk_is_told_as_no_room(fault: int | None, status: int, code: str) -> None:
    with pytest.raises(Problem) as told, _problems():
        raise OSError(*([fault, "of the disk"] if fault is not None else []))
    assert (told.value.status, told.value.code) == (status, code)


def test_a_full_disk_is_told_as_such(client, monkeypatch) -> None:
    """`/dev/full` takes no byte, as a disk without room."""
    monkeypatch.setattr(api, "_nameless", lambda _: open("/dev/full", "r+b", buffering=0))  # noqa: PTH123, SIM115
    answer = _send(client, LIST)
    assert (answer.status_code, answer.json()["code"]) == (507, "list_no_room")


def test_nothing_of_a_list_stays_behind(client, house) -> None:
    home, mine = Path(house.settings.home), Path("/proc/self/fd")
    _send(client, LIST)
    names, open_files = set(home.iterdir()), len(list(mine.iterdir()))
    for content in [LIST, LIST + '"broken'] * 10:
        _send(client, content)
    assert {name for name in set(home.iterdir()) - names if "aboveboard.db" not in name.name} == set()
    assert len(list(mine.iterdir())) < open_files + 10, "the files without a name are closed"
