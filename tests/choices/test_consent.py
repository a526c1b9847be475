"""Consent records: read by a JSON-LD processor that is not ours, without network, and nothing of them is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from pyld import jsonld

from aboveboard.app import create_app
from aboveboard.choices.keeping import consent
from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.proof.receipt import verify
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from aboveboard.words.catalogue import Catalogue
from tests.support.books import BOOK

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)

DPV, LOC = "https://w3id.org/dpv#", "https://w3id.org/dpv/loc#"
ANN = Identity("email", "ann@example.org")
ADDRESS = "https://studio.example.org"
PROOF = consent.context()["proof"]["@id"]


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    KeyRing.create(tmp_path / "keys", "studio.example.org/record")
    house = House(Settings(home=str(tmp_path), database_url=sqlite_url, public_url=ADDRESS))
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield client


def say(
    house: House, *said: str, proven: bool = True, channel: str = "web", until: datetime | None = None
) -> str:
    """Save decisions written as `deny sharing reviews`; return the receipt's number."""
    with house.store.write() as tx:
        decisions = [Decision(*words.split(), until=until) for words in said]  # type: ignore[arg-type]
        stamp = house.choices.save(
            tx,
            subject=house.people.locate(tx, ANN),
            identity=ANN,
            decisions=decisions,
            channel=channel,
            proven=proven,
        )
    return house.record.receipt_id(stamp.id)


def get(client: TestClient[Any], rid: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/receipts/{rid}/consent")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/ld+json"
    found: dict[str, Any] = answer.json()
    return found


def no_network(url: str, _: Any) -> Any:
    raise AssertionError(f"reading a consent record must fetch nothing, and this one wanted {url}")


OFFLINE = {"documentLoader": no_network}


def states(document: dict[str, Any]) -> dict[str, Any]:
    return {
        record["process"]["purpose"]["identifier"]: record["events"][0]["@type"]
        for record in document["records"]
    }


def keys(value: Any) -> Iterator[str]:
    """Yield each key and type of a document, without the context and the proof, which is not JSON-LD."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("@context", "proof", PROOF):
                continue
            if key == "@type":
                yield from [inner] if isinstance(inner, str) else inner
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def texts(value: Any) -> list[str]:
    """Return every text of a document, sorted; the context is not part of what it says."""
    if isinstance(value, dict):
        return sorted(text for key, inner in value.items() if key != "@context" for text in texts(inner))
    if isinstance(value, list):
        return sorted(text for inner in value for text in texts(inner))
    return [str(value)]


CASES = {
    "no to everything": ["deny all"],
    "no to one firm": ["deny all reviews"],
    "yes and no": ["allow prices", "deny sharing stranger"],
}


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_a_json_ld_processor_reads_all_of_it_and_gives_the_same_back(house, client, said) -> None:
    document = get(client, say(house, *said))
    [expanded] = jsonld.expand(document, OFFLINE)
    again = jsonld.compact(expanded, document["@context"], OFFLINE)
    assert again == document
    assert texts(again) == texts(document)


def test_every_key_and_type_stands_for_an_iri(house, client) -> None:
    document = get(client, say(house, "deny all", "allow sharing reviews"))
    used = {key for key in keys(document) if not key.startswith("@") and key not in ("en", "zh")}
    assert used <= consent.context().keys()
    expanded = jsonld.expand(document, OFFLINE)
    for key in keys(expanded):
        assert key.startswith("@") or re.match(r"https?://|urn:uuid:", key), key
    # Keys that no document uses would be promises that nobody keeps.
    prefixes = {"@version", "dpv", "loc", "dct", "rdf", "schema", "skos", "xsd"}
    other = {
        "ConsentGiven",
        "ConsentUnknown",
        "ConsentWithdrawn",
        "ExpressedConsent",
        "SensitivePersonalData",
    }
    assert (
        consent.context().keys() - used == (prefixes | other | {"until", "UntilTimeDuration", "proof"}) - used
    )


def test_the_fields_that_the_standard_asks_for_are_there(house, client) -> None:
    rid = say(house, "deny sharing")
    [found] = jsonld.expand(get(client, rid), OFFLINE)
    assert found["@type"] == [DPV + "ConsentReceipt"]
    assert found["@id"] == f"{ADDRESS}/receipts/{rid}"
    [record] = found[DPV + "hasRecordOfActivity"]
    assert record["http://purl.org/dc/terms/identifier"] == [{"@value": f"{rid[:32]}-1"}]
    assert record["http://purl.org/dc/terms/conformsTo"] == [
        {"@id": "https://w3id.org/dpv/schema/dpv-27560#record"}
    ]
    assert [one["@value"] for one in record["http://purl.org/dc/terms/language"]] == ["en", "zh"]
    assert record[DPV + "hasJurisdiction"] == [{"@id": LOC + "US-CA"}]
    assert record[DPV + "hasDataController"] == [{"@id": found[DPV + "hasDataController"][0]["@id"]}]
    assert record[DPV + "hasNotice"] == [{"@id": found[DPV + "hasNotice"][0]["@id"]}]
    assert found[DPV + "hasNotice"][0]["https://schema.org/version"] == [{"@value": "1"}]
    for field in ("hasDataSubject", "hasConsentControl", "hasRight"):
        assert record[DPV + field]
    [process] = record[DPV + "hasProcess"]
    assert process[DPV + "hasLegalBasis"] == [{"@id": DPV + "Consent"}]
    assert [
        data["http://purl.org/dc/terms/identifier"][0]["@value"] for data in process[DPV + "hasPersonalData"]
    ] == ["contact"]
    names = [one[DPV + "hasName"] for one in process[DPV + "hasRecipient"]]
    assert [
        {"@language": "en", "@value": "The review site"},
        {"@language": "zh", "@value": "点评网站"},
    ] in names
    assert {one[DPV + "hasJurisdiction"][0]["@id"] for one in process[DPV + "hasRecipient"]} == {
        LOC + "US-CA"
    }
    assert process[DPV + "hasStorageCondition"]
    [event] = record[DPV + "hasConsentStatus"]
    assert event["@type"] == [DPV + "ConsentRefused"]
    [time] = event[DPV + "isIndicatedAtTime"]
    assert time["@type"].endswith("#dateTime") and datetime.fromisoformat(time["@value"]).tzinfo
    assert event[DPV + "isIndicatedBy"] == [{"@id": DPV + "DataSubject"}]
    assert event[DPV + "hasDuration"]


def test_the_state_of_each_purpose(house, client) -> None:
    yes = ["ConsentGiven", "ExpressedConsent"]
    assert states(get(client, say(house, "allow sharing", proven=False))) == {"sharing": "ConsentUnknown"}
    assert states(get(client, say(house, "deny sharing"))) == {"sharing": "ConsentRefused"}
    given = say(house, "allow sharing", "deny prices")
    assert states(get(client, given)) == {"sharing": yes, "prices": "ConsentRefused"}
    taken_back = say(house, "deny all")
    expected = {"reminders": "ConsentRefused", "sharing": "ConsentWithdrawn", "prices": "ConsentRefused"}
    assert states(get(client, taken_back)) == expected
    say(house, "allow all")
    assert states(get(client, taken_back)) == expected  # what came later does not change what it was
    assert states(get(client, given)) == {"sharing": yes, "prices": "ConsentRefused"}


def test_no_to_one_firm_names_that_firm_only(house, client) -> None:
    document = get(client, say(house, "deny all stranger"))
    assert states(document) == {"sharing": "ConsentRefused"}
    [recipient] = document["records"][0]["process"]["recipients"]
    assert recipient["identifier"] == "stranger"


def test_a_choice_with_an_end_says_when(house, client) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    [record] = get(client, say(house, "allow sharing", until=end))["records"]
    assert record["events"][0]["duration"] == {"@type": "UntilTimeDuration", "until": end.isoformat()}


def test_our_own_proof_stands_in_it_whole(house, client) -> None:
    rid = say(house, "deny all")
    document = get(client, rid)
    assert verify(document["proof"], house.keys.verifier).id == rid
    [expanded] = jsonld.expand(document, OFFLINE)
    [literal] = expanded[PROOF]
    assert literal["@type"] == "@json"
    assert verify(literal["@value"], house.keys.verifier).id == rid


def test_it_tells_the_edition_of_the_choice_not_todays(house, client) -> None:
    rid = say(house, "deny sharing")
    with house.store.write() as tx:
        house.editions.publish(
            tx, BOOK.replace('version: "1"', 'version: "2"').replace("Sharing with others", "Other")
        )
    document = get(client, rid)
    assert document["notice"]["version"] == "1"
    assert document["records"][0]["process"]["purpose"]["title"]["en"] == "Sharing with others"


def test_every_way_of_telling_us_has_its_words() -> None:
    from aboveboard.choices.model import CHANNELS

    assert [
        channel for channel in CHANNELS if f"channel.{channel}" not in Catalogue.load("aboveboard.choices")
    ] == []


def test_other_numbers_and_other_receipts_have_none(house, client) -> None:
    rid = say(house, "deny all")
    for wrong in (rid[:-1] + ("0" if rid[-1] != "0" else "1"), "x", rid[:32]):
        answer = client.get(f"/api/v1/receipts/{wrong}/consent")
        assert (answer.status_code, answer.json()["code"]) == (404, "receipt_unknown")
    with house.store.read() as conn:
        [applied] = house.record.entries(conn, -1, 1)
    answer = client.get(f"/api/v1/receipts/{house.record.receipt_id(applied.id)}/consent")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
