"""After an erasure no file that the product wrote holds the person: not in clear, not masked, not as a hash without a key.

A real server and worker run on a real house. Somebody is imported, says things on the page and through the API, asks for a code
and a price; the house is backed up and exported, before and after. Then they are erased while all that runs, and every byte in
every file is searched.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.settings import Settings
from tests.support.server import PROGRAM, SAMPLE, Process, Server, clean_environment, run
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from tests.support.postgres import Cluster

EMAIL = "annika.lindqvist@mailbox.example.org"
PHONE = "+14085550177"
NUMBER = "R-904217"
#: As they were typed, as they were normalised, and in parts that would be enough.
STRINGS = [
    EMAIL, EMAIL.upper(), "Annika.Lindqvist@Mailbox.Example.Org", "annika.lindqvist", "Annika Lindqvist", "Lindqvist",
    PHONE, "(408) 555-0177", "408-555-0177", "4085550177", "14085550177", "5550177", NUMBER, NUMBER.lower(), "904217",
]  # fmt: skip


def _traces() -> dict[bytes, str]:
    """Return everything that must be nowhere, with a name for each: the strings, in other alphabets, and their bare hashes."""
    found: dict[bytes, str] = {}
    for text in STRINGS:
        raw = text.encode()
        found |= {
            raw: text,
            text.encode("utf-16-le"): f"{text} in UTF-16",
            raw.hex().encode(): f"{text} in hex",
        }
        for name in ("md5", "sha1", "sha256", "sha512"):
            digest = hashlib.new(name, raw).digest()
            forms = [
                digest, digest.hex().encode(), digest.hex().upper().encode(),
                base64.b64encode(digest).rstrip(b"="), base64.urlsafe_b64encode(digest).rstrip(b"="),
            ]  # fmt: skip
            found |= dict.fromkeys(forms, f"{name} of {text}")
        for shift in range(3):  # base64 of a longer text that holds it, at each of three places
            inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
            if len(inner) > 8:
                found[inner] = f"{text} in base64"
    return found


def _search(folder: Path) -> list[str]:
    """Return each file below `folder` that holds a trace, with the trace."""
    traces = _traces()
    files = [one for one in sorted(folder.rglob("*")) if one.is_file() and not one.is_symlink()]
    assert files, f"nothing to search in {folder}"
    found = []
    for file in files:
        content = file.read_bytes()
        found += [f"{file.relative_to(folder)}: {name}" for trace, name in traces.items() if trace in content]
    return found


class Scene:
    """A house with a server and a worker, on one database; `data` is the folder of PostgreSQL's own files, if it is that."""

    def __init__(self, folder: Path, url: str, data: Path | None) -> None:
        self.folder, self.home, self.data = folder, folder / "house", data
        self.lists = folder / "lists"  # the firm's own files, which are not ours to erase
        self.lists.mkdir()
        self.settings = {"database_url": url} if data else {}
        self.browser = httpx.Client(trust_env=False)
        self.env = clean_environment(self.home, **self.settings)
        self.run("apply", str(SAMPLE))
        self.server = Server(self.home, **self.settings)
        self.worker = Process("work", home=self.home, env=self.env)
        self.token = self.run("token", "new", "till", "--scope", "quotes", "--scope", "choices").split()[0]

    def run(self, *command: str) -> str:
        return run(*command, home=self.home, env=self.env)

    def try_run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *command], cwd=self.home, env=self.env, capture_output=True, text=True, timeout=60
        )

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        address = f"{self.server.url}/api/v1/{path}"
        given = {"authorization": f"Bearer {self.token}", "idempotency-key": "order-1"} | headers
        return httpx.post(address, json=body, headers=given, trust_env=False).raise_for_status().json()

    def form(self, path: str, **fields: str) -> None:
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
        answer = self.browser.post(f"{self.server.url}{path}", data=fields, headers=headers)
        assert answer.status_code in (200, 303), answer.text[-500:]

    def code(self) -> tuple[str, str]:
        """Return a one-time code for the person, as their mail would show it, and the number on the form for it."""
        house = House.open(Settings(home=str(self.home), **self.settings))
        with house.store.write() as tx:
            code, ask = house.people.codes.issue(tx, Identity("email", EMAIL))
        house.close()
        assert code is not None
        return code, ask

    def flush(self) -> None:
        """Let PostgreSQL write everything that it has in memory."""
        if self.data is not None:
            with psycopg.connect(
                self.settings["database_url"].replace("+psycopg", ""), autocommit=True
            ) as conn:
                conn.execute("CHECKPOINT")

    def close(self) -> None:
        self.browser.close()
        self.worker.stop()
        self.server.stop()


@pytest.fixture
def scene(store_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    cluster: Cluster | None = None if store_url.startswith("sqlite") else request.getfixturevalue("postgres")
    (tmp_path / "scene").mkdir()
    scene = Scene(tmp_path / "scene", store_url, cluster.folder if cluster else None)
    try:
        yield scene
    finally:
        scene.close()


def _live(scene: Scene) -> dict[str, Any]:
    """Let the person do everything that a person can do; return a receipt of theirs."""
    customers = f"customer,name,email,phone\n{NUMBER},Annika Lindqvist,{EMAIL},(408) 555-0177\nR-1,Bo,bo@example.org,\n"
    visits = "customer,date,amount\n" + "".join(f"{NUMBER},2026-0{month}-03,80.00\n" for month in range(1, 8))
    for name, content in (("customers", customers), ("visits", visits)):
        (scene.lists / f"{name}.csv").write_text(content)
        scene.run(
            "import",
            name,
            str(scene.lists / f"{name}.csv"),
            "--report",
            str(scene.home / f"{name}-report.csv"),
        )
    who = {"identity": {"email": EMAIL}}
    made = scene.post("choices", who | {"decision": "allow", "purpose": "personal_prices", "channel": "api"})
    scene.post("quotes", who | {"service": "treatment", "tier": "standard"})
    scene.form("/choices", everything="deny", who=EMAIL.upper())
    scene.form("/choices", everything="deny", who="(408) 555-0177")
    scene.form("/code", who=EMAIL)
    scene.form("/code", who=NUMBER)
    code, ask = scene.code()
    scene.form("/code/enter", who=EMAIL, ask=ask, code=code)
    assert "…@mailbox.example.org" in scene.browser.get(f"{scene.server.url}/history").text
    scene.run("choose", "deny", "--customer", NUMBER, "--channel", "letter")
    receipt: dict[str, Any] = made["receipt"]
    assert receipt["opened"] is not None
    return receipt


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    planted = {
        "plain": EMAIL.encode(),
        "hex": hashlib.sha256(EMAIL.encode()).hexdigest().encode(),
        "raw": b"x" + hashlib.md5(NUMBER.encode()).digest(),  # noqa: S324 - what nobody should use is searched for too
        "sealed in base64": base64.b64encode(b'{"to":"' + EMAIL.encode() + b'"}'),
        "wide": PHONE.encode("utf-16-le"),
    }
    for name, content in planted.items():
        (tmp_path / name).write_bytes(b"before " + content + b" after")
    assert {line.split(":")[0] for line in _search(tmp_path)} == set(planted)


@pytest.mark.slow
def test_after_an_erasure_no_file_holds_the_person(scene: Scene) -> None:
    receipt = _live(scene)
    kept = scene.folder / "kept"
    kept.mkdir()
    scene.run("backup", str(kept / "before.db"))
    scene.run("export", str(kept / "before"))

    waiting = scene.try_run("people", "erase", "--email", EMAIL)
    assert waiting.returncode == 3 and "must hear of it first" in waiting.stdout, waiting.stderr
    wrapped = _wrapped(scene)
    told = json.loads(scene.run("people", "erase", "--email", EMAIL, "--untold", "--json"))
    assert told["erased"] and told["suppressed"] == 3
    again = scene.try_run("people", "erase", "--phone", "408 555 0177")
    assert again.returncode == 1 and "was erased before" in again.stderr

    scene.run("backup", str(kept / "after.db"))
    scene.run("export", str(kept / "after"))
    for name in ("customers", "visits"):
        said = scene.try_run("import", name, str(scene.lists / f"{name}.csv")).stdout
        assert "whose data was deleted" in said
    scene.post("quotes", {"identity": {"email": EMAIL}, "service": "treatment", "tier": "standard"})
    scene.flush()

    assert _search(scene.home) == []
    assert _search(kept) == []
    if scene.data is not None:
        assert _search(scene.data / "data") == []
    else:
        database = b"".join(one.read_bytes() for one in scene.home.glob("aboveboard.db*"))
        assert len(wrapped) == 1 and wrapped[0] not in database, (
            "the destroyed key itself lies in no page and no journal"
        )

    assert "The record holds" in scene.run("record", "verify")
    assert (
        scene.try_run("gate", "share_review_site", "--recipient", "review_site", "--email", EMAIL).returncode
        == 3
    )
    (kept / "receipt.json").write_text(json.dumps(receipt))
    assert "The receipt holds" in scene.run("receipt", "verify", str(kept / "receipt.json"))
    fresh = httpx.get(f"{scene.server.url}/api/v1/receipts/{receipt['id']}", trust_env=False).json()
    assert fresh["opened"] is None and fresh["entry"] == receipt["entry"]
    for page in (
        f"/receipts/{receipt['id']}",
        f"/receipts/{receipt['id']}.json",
        f"/told/{receipt['id']}",
        "/choices",
    ):
        assert scene.browser.get(f"{scene.server.url}{page}").status_code == 200, page

    wait_for(lambda: scene.worker.running and scene.server.running, 1, "both to be alive still")
    scene.close()
    assert _search(scene.home) == [], "nor after everything was stopped and its logs closed"


def _wrapped(scene: Scene) -> list[bytes]:
    """Return the person's wrapped key as it lies in the database."""
    phone = "SELECT subject FROM people_identities WHERE kind = 'phone'"
    query = f"SELECT wrapped FROM record_subjects WHERE subject IN ({phone})"
    if scene.data is not None:
        with psycopg.connect(scene.settings["database_url"].replace("+psycopg", "")) as conn:
            return [bytes(row[0]) for row in conn.execute(query).fetchall()]
    with sqlite3.connect(scene.home / "aboveboard.db") as conn:
        return [bytes(row[0]) for row in conn.execute(query)]
