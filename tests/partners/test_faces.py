"""The commands and the API about partners show what the service knows, to those who may see it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.partner_sim import PartnerSim
from aboveboard.partners.commands import partners_group
from aboveboard.proof.webhooks import secret_bytes
from aboveboard.settings import Settings
from aboveboard.web import tokens
from aboveboard.worker import run
from tests.partners.conftest import SAMPLE, secrets_of
from tests.worker.test_worker import Home


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    house = House.open(Settings(home=str(tmp_path / "house"), database_url=sqlite_url)).prepare()
    yield house
    house.close()


@pytest.fixture
def home(house: House) -> Iterator[Home]:
    with PartnerSim(secrets_of(house.keys)) as sim:
        with house.store.write() as tx:
            house.editions.publish(tx, SAMPLE.replace("http://127.0.0.1:8701", sim.url))
        yield Home(house, sim)


def command(house: House, *words: str) -> Result:
    return CliRunner().invoke(partners_group, list(words), obj=house)


def test_before_the_first_book_there_is_nobody(house: House) -> None:
    assert "no partners yet" in command(house, "list").output


def test_the_list_tells_how_each_stands(home: Home) -> None:
    home.sim.switch("lab", "down")
    home.say(what="all")
    run(home.house, once=True)
    lines = {line.split(" ")[0]: line for line in command(home.house, "list").output.splitlines()}
    assert lines["lab"].endswith("by message: 1 waiting. They answered with an error (503).")
    assert lines["insurer"].endswith("by hand: 1 by hand.")
    assert lines["review_site"].endswith("by message: 1 confirmed.")
    shown = json.loads(command(home.house, "list", "--json").output)
    assert [one["counts"]["waiting"] for one in shown if one["partner"] == "lab"] == [1]


def test_secrets_are_printed_replaced_and_written_for_their_owner_only(home: Home, tmp_path: Path) -> None:
    first = command(home.house, "secret", "lab").output.strip()
    assert len(secret_bytes(first)) == 24
    assert command(home.house, "secret", "lab").output.strip() == first
    second = command(home.house, "secret", "lab", "--replace").output.strip()
    assert second != first
    assert command(home.house, "secrets", "--into", str(tmp_path / "secrets")).exit_code == 0
    written = {file.stem: file for file in (tmp_path / "secrets").iterdir()}
    assert written.keys() == secrets_of(home.house.keys).keys() | {"sms-gateway"}
    assert written["lab"].read_text().strip() == second
    assert stat.S_IMODE(written["lab"].stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "words", [("secret", "nobody"), ("secret", "insurer"), ("secret", "sms-gateway", "--replace")]
)
def test_a_secret_that_there_is_not_is_refused_in_a_sentence(home: Home, words: tuple[str, ...]) -> None:
    result = command(home.house, *words)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.strip().endswith(".")


@pytest.fixture
def client(home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(home.house)) as client:
        yield client


def test_the_api_says_who_was_told(home: Home, client: TestClient) -> None:
    said = home.say()
    receipt = home.house.record.receipt_id(said)
    (before,) = client.get(f"/api/v1/told/{receipt}").json()
    assert (before["partner"], before["state"], before["told_at"]) == ("lab", "waiting", None)
    run(home.house, once=True)
    (after,) = client.get(f"/api/v1/told/{receipt}").json()
    assert (after["state"], after["attempts"], after["why"]) == ("confirmed", 1, None)
    assert after["name"] == {"en": "Bayside Lab", "zh": "海湾化验室"}
    assert after["decisions"][0]["purpose"] == "share_lab"
    assert after["decisions"][0]["delete_by"] > "2026"


@pytest.mark.parametrize("receipt", ["nonsense", "0" * 32, "0" * 32 + "-" + "0" * 20])
def test_a_receipt_that_is_not_ours_opens_nothing(client: TestClient, receipt: str) -> None:
    answer = client.get(f"/api/v1/told/{receipt}")
    assert (answer.status_code, answer.json()["code"]) == (404, "receipt_unknown")


def test_the_state_of_partners_needs_a_token(home: Home, client: TestClient) -> None:
    assert client.get("/api/v1/partners").status_code == 401
    with home.house.store.write() as tx:
        token = tokens.new(tx, "till", ["gate"])
    shown = client.get("/api/v1/partners", headers={"Authorization": f"Bearer {token}"}).json()
    assert [one["partner"] for one in shown][:2] == ["lab", "insurer"]
    assert shown[1]["by_hand"] is True
