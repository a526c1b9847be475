"""Signed messages: the reference library believes ours, we believe the reference's, and every small change is caught."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from aboveboard.proof.webhooks import WebhookError, secret_bytes, secret_text, sign, verify

OLD, NEW = bytes(range(24)), bytes(range(100, 124))
NOW = 1_764_000_000
BODY = b'{"type":"choice.changed"}'


def test_the_specification_example() -> None:
    # The example of the Standard Webhooks reference tests: secret, id, time and signature are theirs.
    secret = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(body=st.text(max_size=200), secret=st.binary(min_size=16, max_size=64))
def test_the_reference_library_believes_us(body: str, secret: bytes) -> None:
    now = int(datetime.now(UTC).timestamp())
    raw = body.encode("utf-8", "surrogatepass") if body.isascii() else body.encode("utf-8", "replace")
    headers = sign([OLD, secret], "msg_1", now, raw)
    Webhook(secret_text(secret)).verify(raw, headers, json_parse=False)
    Webhook(secret_text(OLD)).verify(raw, headers, json_parse=False)


@given(body=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_we_believe_the_reference_library(body: str) -> None:
    at = datetime.fromtimestamp(NOW, UTC)
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(NOW),
        "Webhook-Signature": Webhook(secret_text(NEW)).sign("msg_1", at, body),
    }
    assert verify([OLD, NEW], headers, body.encode(), NOW) == "msg_1"


def _signed(**changes: str) -> dict[str, str]:
    return {**sign([NEW, OLD], "msg_1", NOW, BODY), **changes}


CAUGHT = [
    # what was changed, headers, body, code
    ("nothing signed it", _signed(**{"webhook-signature": ""}), BODY, "signature"),
    ("another body", _signed(), BODY + b" ", "signature"),
    ("another id", _signed(**{"webhook-id": "msg_2"}), BODY, "signature"),
    ("another second", _signed(**{"webhook-timestamp": str(NOW + 1)}), BODY, "signature"),
    ("another secret", sign([b"x" * 24], "msg_1", NOW, BODY), BODY, "signature"),
    (
        "another version",
        _signed(**{"webhook-signature": "v1a," + base64.b64encode(b"x" * 32).decode()}),
        BODY,
        "signature",
    ),
    ("a broken signature", _signed(**{"webhook-signature": "v1,***"}), BODY, "signature"),
    ("no version", _signed(**{"webhook-signature": "abc"}), BODY, "signature"),
    ("a word for a time", _signed(**{"webhook-timestamp": "today"}), BODY, "timestamp"),
    ("a time with a sign", _signed(**{"webhook-timestamp": f"-{NOW}"}), BODY, "timestamp"),
    ("an endless time", _signed(**{"webhook-timestamp": "9" * 40}), BODY, "timestamp"),
    ("an old message", sign([NEW], "msg_1", NOW - 301, BODY), BODY, "too_old"),
    ("a message from the future", sign([NEW], "msg_1", NOW + 301, BODY), BODY, "too_new"),
    ("no headers", {}, BODY, "headers"),
    ("no id", {k: v for k, v in _signed().items() if k != "webhook-id"}, BODY, "headers"),
]


@pytest.mark.parametrize(("change", "headers", "body", "code"), CAUGHT, ids=[row[0] for row in CAUGHT])
def test_what_was_changed_is_caught(change: str, headers: dict[str, str], body: bytes, code: str) -> None:
    with pytest.raises(WebhookError) as caught:
        verify([OLD, NEW], headers, body, NOW)
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


def test_five_minutes_either_way_are_forgiven() -> None:
    for skew in (-300, 0, 300):
        assert verify([NEW], sign([NEW], "msg_1", NOW + skew, BODY), BODY, NOW) == "msg_1"


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_***", "whsec_" + "A" * 8, base64.b64encode(OLD).decode()]
)
def test_a_secret_that_is_none_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(WebhookError) as caught:
        secret_bytes(secret)
    assert caught.value.code == "secret"
    assert not secret or secret == "whsec_" or secret not in str(caught.value)


def test_a_secret_survives_being_written() -> None:
    assert secret_bytes(secret_text(OLD)) == OLD


@pytest.mark.parametrize("message_id", ["", "msg.1", "msg\n1", "消息"])
def test_an_id_that_could_be_shifted_is_refused(message_id: str) -> None:
    with pytest.raises(WebhookError):
        sign([NEW], message_id, NOW, BODY)


def test_the_reference_library_refuses_what_we_refuse() -> None:
    headers = sign([OLD], "msg_1", int(datetime.now(UTC).timestamp()), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(NEW)).verify(BODY, headers)
