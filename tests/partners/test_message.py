"""What is sent: a message that the partner can verify, match with its own customers, and learn nothing else from."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime

from aboveboard.partners.message import body, matching_key, message_id, named
from aboveboard.partners.model import Tell
from aboveboard.people.model import Identity
from aboveboard.record.keys import KeyRing

OLD, NEW = b"o" * 24, b"n" * 24
ANN = [Identity("email", "ann@example.org"), Identity("phone", "+14085550143")]
AT = datetime(2026, 11, 23, 14, 3, 7, 5, tzinfo=UTC)


def test_the_body_has_the_promised_shape() -> None:
    told = [Tell("deny", "share_lab", date(2026, 12, 7)), Tell("allow", "marketing_email", until=AT)]
    assert json.loads(body("msg_1", AT, told, named([NEW], ANN))) == {
        "type": "choice.changed",
        "id": "msg_1",
        "timestamp": "2026-11-23T14:03:07.000005Z",
        "data": {
            "decisions": [
                {"decision": "deny", "purpose": "share_lab", "delete_by": "2026-12-07", "until": None},
                {
                    "decision": "allow",
                    "purpose": "marketing_email",
                    "delete_by": None,
                    "until": "2026-11-23T14:03:07+00:00",
                },
            ],
            "subject": [
                {
                    "kind": "email",
                    "hmac": hmac.new(matching_key(NEW), b"ann@example.org", hashlib.sha256).hexdigest(),
                },
                {
                    "kind": "phone",
                    "hmac": hmac.new(matching_key(NEW), b"+14085550143", hashlib.sha256).hexdigest(),
                },
            ],
            "effective_at": "2026-11-23T14:03:07.000005Z",
        },
    }


def test_nobody_is_named_in_clear_or_by_a_hash_that_can_be_guessed() -> None:
    sent = body("msg_1", AT, [Tell("deny", "all")], named([NEW], ANN)).decode()
    for identity in ANN:
        assert identity.value not in sent
        assert hashlib.sha256(identity.value.encode()).hexdigest() not in sent


def test_two_partners_cannot_compare_their_hashes() -> None:
    ours, theirs = ({one["hmac"] for one in named([secret], ANN)} for secret in (OLD, NEW))
    assert not ours & theirs


def test_while_a_secret_is_replaced_either_key_finds_the_person() -> None:
    both = named([NEW, OLD], ANN)
    assert len(both) == 4
    assert all(one in both for secret in (OLD, NEW) for one in named([secret], ANN))


def test_ids_are_stable_differ_by_partner_and_hide_the_entry(keys: KeyRing) -> None:
    entry = "0123456789abcdef" * 2
    first = message_id(keys, "lab", entry)
    assert first == message_id(keys, "lab", entry)
    assert first != message_id(keys, "insurer", entry)
    assert first.startswith("msg_")
    assert entry not in first
    assert "." not in first
