"""The pretended partner: believes only what is signed, counts repeats, remembers, and misbehaves on request."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook

from aboveboard.partner_sim import PartnerSim
from aboveboard.partner_sim.commands import partner_sim_command
from aboveboard.partner_sim.inbox import MODES
from aboveboard.partner_sim.texts import TEXTS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps(
    {
        "type": "choice.changed",
        "data": {
            "decisions": [{"decision": "deny", "purpose": "all", "delete_by": "2026-12-07"}],
            "subject": [{}],
        },
    }
)


@pytest.fixture
def sim() -> Iterator[PartnerSim]:
    with PartnerSim({"lab": SECRET, "sms-gateway": SECRET}, smtp_port=0) as sim:
        yield sim


def send(
    sim: PartnerSim,
    *,
    to: str = "/inbox/lab",
    message: str = "msg_1",
    body: str = BODY,
    secret: str = SECRET,
    at: float = 0.0,
) -> httpx.Response:
    from datetime import UTC, datetime

    instant = datetime.fromtimestamp(time.time() + at, UTC)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(instant.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, instant, body),
    }
    return httpx.post(sim.url + to, content=body, headers=headers, timeout=5)


def test_a_signed_message_is_kept_once_and_acknowledged_each_time(sim: PartnerSim) -> None:
    answers = [send(sim).json()["received"] for _ in range(3)]
    assert answers == ["msg_1"] * 3
    kept = httpx.get(f"{sim.url}/received.json").json()["partners"]["lab"]["messages"]
    assert [(message["id"], message["times"]) for message in kept] == [("msg_1", 3)]
    assert kept[0]["body"]["data"]["decisions"][0]["decision"] == "deny"


REFUSED = [
    ("another secret", {"secret": "whsec_" + "A" * 32}, 401),
    ("an old message", {"at": -400.0}, 400),
    ("a message from the future", {"at": 400.0}, 400),
    ("nobody there", {"to": "/inbox/insurer"}, 404),
    ("no such address", {"to": "/elsewhere"}, 404),
]


@pytest.mark.parametrize(("what", "how", "status"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_not_believed(sim: PartnerSim, what: str, how: dict, status: int) -> None:
    assert send(sim, **how).status_code == status
    assert sim.received("lab") == []


def test_an_unsigned_message_and_a_huge_one_are_turned_away(sim: PartnerSim) -> None:
    assert httpx.post(f"{sim.url}/inbox/lab", content=BODY).status_code == 400
    assert httpx.post(f"{sim.url}/inbox/lab", content=b"x" * 1_000_001).status_code == 413
    assert "Turned away: 1." in httpx.get(f"{sim.url}/?lang=en").text


ANSWERS = [
    # mode, what the sender sees, kept?
    ("ok", 200, True),
    ("slow", 200, True),
    ("down", 503, False),
    ("error", 500, False),
    ("redirect", 302, False),
    ("closed", None, False),
    ("lost", None, True),
    ("garbage", 200, True),
    ("wrong_id", 200, True),
    ("html", 200, True),
    ("empty", 200, True),
]


@pytest.mark.parametrize(("mode", "status", "kept"), ANSWERS)
def test_each_way_to_behave(sim: PartnerSim, mode: str, status: int | None, kept: bool) -> None:
    switched = httpx.post(f"{sim.url}/switch/lab", json={"mode": mode, "seconds": 0.2})
    assert switched.json() == {"partner": "lab", "mode": mode, "seconds": 0.2}
    try:
        answer = send(sim)
    except httpx.TransportError:
        assert status is None
    else:
        assert answer.status_code == status
        echoed = "json" in answer.headers["content-type"] and answer.json().get("received") == "msg_1"
        assert echoed == (mode in ("ok", "slow"))
    assert len(sim.received("lab")) == kept


def test_a_partner_can_hang_and_answer_without_end(sim: PartnerSim) -> None:
    sim.switch("lab", "hang")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{sim.url}/inbox/lab", content=BODY, timeout=0.3)
    sim.switch("lab", "huge")
    assert len(send(sim).content) > 10_000_000


def test_a_switch_that_does_not_exist_changes_nothing(sim: PartnerSim) -> None:
    for wrong in (
        {"mode": "sulking"},
        {"mode": "slow", "seconds": 1e9},
        {"mode": "slow", "seconds": "soon"},
        ["ok"],
    ):
        assert httpx.post(f"{sim.url}/switch/lab", json=wrong).status_code == 400
    assert sim.inbox.switched("lab").mode == "ok"


def test_the_page_works_by_form_and_in_both_languages(sim: PartnerSim) -> None:
    answer = httpx.post(f"{sim.url}/switch/lab?lang=zh", data={"mode": "slow", "seconds": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=zh")
    send(sim)
    english = httpx.get(f"{sim.url}/", headers={"accept-language": "en-US,zh;q=0.5"}).text
    chinese = httpx.get(f"{sim.url}/", headers={"accept-language": "zh-CN"}).text
    assert "No to everything · delete by 2026-12-07" in english
    assert "对“全部用途”说不 · 请在 2026-12-07 前删除" in chinese
    assert '<option value="slow" selected>' in english
    assert 'lang="zh-CN"' in chinese


def test_what_arrives_is_shown_as_text_never_as_markup(sim: PartnerSim) -> None:
    send(sim, body='{"data": {"decisions": [{"decision": "deny", "purpose": "<script>alert(1)</script>"}]}}')
    assert "<script>" not in httpx.get(sim.url).text


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "not json",
        '{"data": 1}',
        '{"data": {"decisions": 5}}',
        '{"data": {"decisions": [3], "subject": 3}}',
    ],
)
def test_a_message_of_another_shape_still_has_a_page(sim: PartnerSim, body: str) -> None:
    assert send(sim, body=body).status_code == 200
    assert httpx.get(sim.url).status_code == 200


def test_it_knows_its_ids_again_after_a_restart(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    with PartnerSim(keys=keys, data=tmp_path / "data") as sim:
        assert send(sim).status_code == 404  # the secret is not there yet
        keys.mkdir()
        (keys / "lab.secret").write_text(SECRET + "\n")
        send(sim)
        sim.switch("lab", "down")
    with PartnerSim(keys=keys, data=tmp_path / "data") as sim:
        assert send(sim).status_code == 503  # and how it behaved
        sim.switch("lab", "ok")
        send(sim)
        assert [message.times for message in sim.received("lab")] == [2]


def test_mail_and_text_messages_end_in_the_mailbox(sim: PartnerSim) -> None:
    mail = EmailMessage()
    mail["To"], mail["From"], mail["Subject"] = (
        "ann@example.org",
        "clinic@example.com",
        "Your code 您的验证码",
    )
    mail.set_content("The code is 123456. 验证码是 123456。")
    assert sim.smtp_port is not None
    with smtplib.SMTP("127.0.0.1", sim.smtp_port) as smtp:
        smtp.send_message(mail)
    sms = json.dumps({"to": "+14085550143", "text": "Code 654321"})
    for _ in range(2):
        assert send(sim, to="/sms", message="sms_1", body=sms).json()["received"] == "sms_1"
    assert [(m.kind, m.to, m.subject) for m in sim.inbox.mail()] == [
        ("sms", "+14085550143", ""),
        ("email", "ann@example.org", "Your code 您的验证码"),
    ]
    page = httpx.get(f"{sim.url}/mailbox").text
    assert "验证码是 123456。" in page
    assert "Code 654321" in page
    assert send(sim, to="/sms", message="sms_2", body="{}").status_code == 400


def test_without_mail_the_page_says_so() -> None:
    with PartnerSim({"lab": SECRET}) as sim:
        assert "The mail part is off" in httpx.get(f"{sim.url}/mailbox?lang=en").text


@pytest.mark.parametrize("secret", ["lab", "lab=", "lab=whsec_***", "lab=whsec_AAAA"])
def test_a_secret_that_cannot_work_is_said_at_the_start(secret: str) -> None:
    result = CliRunner().invoke(partner_sim_command, ["--port", "0", "--smtp-port", "0", "--secret", secret])
    assert result.exit_code in (1, 2)
    assert "lab" in result.output


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    import string

    for key, pair in TEXTS.items():
        assert all(pair), key
        english, chinese = (
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in pair
        )
        assert english == chinese, key
    assert {f"mode.{mode}" for mode in MODES} <= TEXTS.keys()
