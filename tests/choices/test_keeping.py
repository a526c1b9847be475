"""Keeping a receipt: the way back from paper, and the mail that goes to one address only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import segno
from aiosmtpd.controller import Controller
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.choices.keeping import letter, pages, qr
from aboveboard.house import House
from aboveboard.people.messages import Ways
from aboveboard.people.model import Identity
from aboveboard.proof.receipt import verify
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from tests.support.books import BOOK
from tests.support.waiting import free_port

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)

ADDRESS = "https://studio.example.org"
ANN = "ann@example.org"


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
        client.headers.update(
            {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
        )
        client.follow_redirects = False
        yield client


class Box:
    """A mail server's other end."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 kept"


@pytest.fixture
def post(house: House) -> Iterator[Any]:
    """Return `post()`: deliver what is queued, and return (to, mail) of what arrived."""
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    ways = Ways(f"smtp://127.0.0.1:{controller.port}", "desk@studio.example.org")

    def deliver() -> list[tuple[list[str], EmailMessage]]:
        house.messages.deliver(house.store, ways, "test")
        mails, box.mails = box.mails, []
        return mails

    yield deliver
    controller.stop()


@pytest.fixture(autouse=True)
def _fresh_window() -> None:
    pages._asked._seen.clear()


def no(client: TestClient[Any], who: str = ANN, **fields: str) -> str:
    answer = client.post("/choices", data={"everything": "deny", "who": who} | fields)
    return str(answer.headers["location"]).removeprefix("/receipts/")


# ---------------------------------------------------------------------------------------------------------- on paper
def dark(svg: str) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}


@pytest.mark.parametrize("lang, words", [("en", "Scan this code"), ("zh", "扫这个码")])
def test_the_page_carries_its_own_address_as_a_code_and_as_text(client, lang, words) -> None:
    rid = no(client)
    page = client.get(f"/receipts/{rid}?lang={lang}").text
    address = f"{ADDRESS}/receipts/{rid}"
    [svg] = re.findall(r'<svg class="qr".*?</svg>', page)
    matrix = segno.make(address, error="m", micro=False).matrix
    assert dark(svg) == {(x + 4, y + 4) for y, row in enumerate(matrix) for x, one in enumerate(row) if one}
    assert f'viewBox="0 0 {len(matrix) + 8} {len(matrix) + 8}"' in svg
    assert words in page and f'<span class="mono">{address}</span>' in page
    assert "style=" not in svg  # the content policy forbids it


def test_words_in_a_code_cannot_break_out() -> None:
    assert "<b>" not in qr.svg("x", '"><b>')


def test_the_page_links_what_can_be_taken_along(client) -> None:
    rid = no(client)
    page = client.get(f"/receipts/{rid}").text
    for link in (f"/receipts/{rid}.json", f"/api/v1/receipts/{rid}/consent", "/check/verify.html"):
        assert f'href="{link}"' in page
        assert client.get(link).status_code == 200


# ----------------------------------------------------------------------------------------------------------- by mail
MAIL = 'action="/receipts/{rid}/mail"'


def test_it_goes_to_the_address_of_the_choice_with_the_receipt_attached(house, client, post) -> None:
    rid = no(client)
    assert MAIL.format(rid=rid) in client.get(f"/receipts/{rid}").text
    answer = client.post(f"/receipts/{rid}/mail")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/receipts/{rid}?mailed=1#keep")
    page = client.get(answer.headers["location"]).text
    assert "the receipt is on its way" in page and MAIL.format(rid=rid) not in page
    [(to, mail)] = post()
    assert to == [ANN]
    assert mail["Subject"] == "Your receipt from Studio"
    body, file = mail.get_body(), next(mail.iter_attachments())
    assert body is not None
    assert f"{ADDRESS}/receipts/{rid}" in body.get_content()
    assert "we use your data for nothing on our list" in body.get_content()
    assert (file.get_filename(), file.get_content_type()) == (f"receipt-{rid[:8]}.json", "application/json")
    assert verify(file.get_content(), house.keys.verifier).id == rid


def test_it_speaks_the_readers_language(client, post) -> None:
    rid = no(client, **{"purpose.sharing": ""})
    client.post(f"/receipts/{rid}/mail", headers={"Accept-Language": "zh"})
    [(_, mail)] = post()
    assert mail["Subject"] == "工作室给您的回执"
    assert "清单上的每一项我们都不再用您的资料" in mail.get_body().get_content()


def test_twice_is_one_mail_and_the_answer_is_the_same(client, post) -> None:
    rid = no(client)
    first, second = client.post(f"/receipts/{rid}/mail"), client.post(f"/receipts/{rid}/mail")
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert len(post()) == 1
    client.post(f"/receipts/{rid}/mail")
    assert post() == []


def test_one_choice_after_the_other_does_not_fill_a_mailbox(house, client, post) -> None:
    answers = []
    for _ in range(letter.LETTERS_A_DAY + 2):
        rid = no(client)
        answers.append(client.post(f"/receipts/{rid}/mail"))
        assert answers[-1].headers["location"] == f"/receipts/{rid}?mailed=1#keep"
        client.post(f"/receipts/{rid}/mail")  # asked for again, it does not use up what others may need
        pages._asked._seen.clear()
    assert {answer.status_code for answer in answers} == {303}
    assert [to for to, _ in post()] == [[ANN]] * letter.LETTERS_A_DAY
    # Somebody else's mailbox is not closed by it.
    client.post(f"/receipts/{no(client, who='bob@example.org')}/mail")
    assert [to for to, _ in post()] == [["bob@example.org"]]


def test_no_mail_where_no_address_was_given(house, client, post) -> None:
    phone = no(client, "408 555 0143")
    with house.store.write() as tx:
        subject = house.people.find(tx.conn, Identity("phone", "+14085550143"))
        house.people.link(
            tx, subject, Identity("email", ANN)
        )  # known, but not what was given with this choice
    assert MAIL.format(rid=phone) not in client.get(f"/receipts/{phone}").text
    answer = client.post(f"/receipts/{phone}/mail")
    assert answer.headers["location"] == f"/receipts/{phone}?mailed=1#keep"
    assert post() == []


def test_two_addresses_that_look_alike_get_nothing(house, client, post) -> None:
    rid = no(client)
    with house.store.write() as tx:
        subject = house.people.find(tx.conn, Identity("email", ANN))
        house.people.link(tx, subject, Identity("email", "abe@example.org"))
    assert client.post(f"/receipts/{rid}/mail").status_code == 303
    assert post() == []


def test_another_address_of_the_same_person_gets_nothing(house, client, post) -> None:
    rid = no(client)
    with house.store.write() as tx:
        subject = house.people.find(tx.conn, Identity("email", ANN))
        house.people.link(tx, subject, Identity("email", "zoe@example.org"))
    client.post(f"/receipts/{rid}/mail")
    assert [to for to, _ in post()] == [[ANN]]


def test_a_wrong_number_and_another_sites_form_are_refused(client, post) -> None:
    rid = no(client)
    wrong = rid[:-1] + ("0" if rid[-1] != "0" else "1")
    assert client.post(f"/receipts/{wrong}/mail").status_code == 404
    assert client.post(f"/receipts/{rid}/mail", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert post() == []


def test_receipts_of_other_things_offer_neither_mail_nor_consent_record(house, client, post) -> None:
    with house.store.read() as conn:
        [applied] = house.record.entries(conn, -1, 1)
    rid = house.record.receipt_id(applied.id)
    page = client.get(f"/receipts/{rid}").text
    assert MAIL.format(rid=rid) not in page and "/consent" not in page
    assert client.post(f"/receipts/{rid}/mail").status_code == 303
    assert post() == []


def test_the_queue_keeps_nothing_readable(house, client) -> None:
    import sqlalchemy as sa

    from aboveboard.people import tables

    rid = no(client)
    client.post(f"/receipts/{rid}/mail")
    with house.store.read() as conn:
        [row] = conn.execute(sa.select(tables.messages)).all()
    assert ANN.encode() not in row.sealed and json.dumps(rid).encode() not in row.sealed
