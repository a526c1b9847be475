"""Bills at the desk: shown before they are taken, taken whole or not at all, and only by who may."""

from __future__ import annotations

import datetime
import hashlib
import re

import pytest

from aboveboard.costs import handing
from tests.costs.conftest import far_corner, sheet
from tests.pages.conftest import PASSWORD

HEAD = "Date,Item,Supplier,Amount,Quantity,Note\n"
GOOD = HEAD + "2026-10-02,Rent,Alameda Properties,4800.00,,\n2026-10-05,Gel,Bay,-14.20,-1,came back\n"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'").replace("&#34;", '"')


def hand_in(client, content, name="bills.csv", **beside):
    raw = content.encode() if isinstance(content, str) else content
    return client.post("/desk/bills", files={"file": (name, raw)}, data=beside)


def take(client):
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', client.get("/desk/bills").text)
    assert found is not None, "there is nothing to take"
    return client.post("/desk/bills/take", data={"sha256": found[1]})


def kept(house):
    with house.store.read() as conn:
        return [bill for month in house.bills.months(conn) for bill in house.bills.of_month(conn, month)]


def drafts(house):
    with house.store.read() as conn:
        return [house.bills.draft(conn, member.id) for member in house.staff.members(conn)]


def test_a_file_is_shown_then_taken_then_known(clerk, house):
    answer = hand_in(clerk, GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/bills#preview")
    assert kept(house) == []
    text = words(clerk.get("/desk/bills").text)
    for said in (
        "What “bills.csv” says",
        "“Date” as “Day”",
        "New: 2, $4,785.80 in all. Here already: 0. Rows that cannot be read: 0.",
        "Rent 2 October Alameda Properties $4,800.00 Rent of the rooms",
        "−$14.20 How much: -1 money back",
        "Take these bills in (2)",
    ):
        assert said in text, said
    done = take(clerk)
    assert done.status_code == 303 and done.headers["location"].startswith("/desk/bills?done=")
    page = clerk.get(done.headers["location"])
    assert "Bills taken in: 2. Here already: 0." in words(page.text)
    assert len(kept(house)) == 2 and drafts(house) == [None]
    # The same file again has nothing to take; a longer one has one bill.
    hand_in(clerk, GOOD)
    page = clerk.get("/desk/bills").text
    assert "There is nothing to take" in page and "Take these" not in page
    hand_in(clerk, GOOD + "2026-10-06,Gel,Bay,9.00,10,\n")
    assert "New: 1, $9.00 in all. Here already: 2." in words(clerk.get("/desk/bills").text)
    take(clerk)
    assert len(kept(house)) == 3


def test_a_bad_row_is_shown_with_its_line_and_mend_and_keeps_the_whole_file_out(clerk, house):
    hand_in(clerk, GOOD + "soon,Gel,,9.00,,\n2026-10-07,Gel,,€5,,\n")
    page = clerk.get("/desk/bills").text
    text = words(page)
    assert "4 Not a date Write the day like 2026-10-05; look whether that day exists." in text
    assert "5 Another currency than the book's" in text and "Take these" not in text
    with house.store.read() as conn:
        [member] = house.staff.members(conn)
        sha = hashlib.sha256(house.bills.draft(conn, member.id).content).hexdigest()
    refused = clerk.post("/desk/bills/take", data={"sha256": sha})
    assert refused.status_code == 422 and "Rows that cannot be read: 2 (lines 4, 5)" in refused.text
    assert kept(house) == []


def test_what_is_taken_is_what_was_shown(clerk, house):
    hand_in(clerk, GOOD)
    sha = re.search(r'name="sha256" value="([0-9a-f]{64})"', clerk.get("/desk/bills").text)[1]
    hand_in(clerk, GOOD.replace("4800.00", "9999.00"))
    refused = clerk.post("/desk/bills/take", data={"sha256": sha})
    assert refused.status_code == 409 and kept(house) == []
    assert clerk.post("/desk/bills/drop", data={"drop": "yes"}).status_code == 303
    gone = clerk.post("/desk/bills/take", data={"sha256": sha})
    assert gone.status_code == 409 and "no longer here" in gone.text and kept(house) == []


def test_equal_rows_of_one_file_are_marked_and_both_count(clerk, house):
    hand_in(clerk, HEAD + "2026-10-05,Gel,Bay,9.00,10,\n" * 2)
    assert words(clerk.get("/desk/bills").text).count("equals a line above; both count") == 1
    take(clerk)
    assert len(kept(house)) == 2


CHINESE = "日期,摘要,金额\n2026-10-05,房租,4800.00\n"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "bom.csv", "Rent of the rooms"),
        (CHINESE.encode("gb18030"), "账单.csv", "房租"),
        (CHINESE.encode("utf-16"), "wide.csv", "房租"),
        (sheet([["Date", "Item", "Amount"], [datetime.date(2026, 10, 5), "Rent", 4800]]), "b.xlsx", "$4,800.00"),
        (HEAD + '2026-10-05,"=HYPERLINK(""http://evil.example"")",,1,,\n', "f.csv", '=HYPERLINK("http://evil.example")'),
        (HEAD + "2026-10-05,<script>alert(1)</script>,,1,,\n", "<img>.csv", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)  # fmt: skip
def test_files_as_they_come(clerk, house, content, name, said):
    assert hand_in(clerk, content, name).status_code == 303
    page = clerk.get("/desk/bills").text
    assert said in page.replace("&#34;", '"') and "<script>alert" not in page and "<img>" not in page
    take(clerk)
    assert len(kept(house)) >= 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file first"),
        (b"%PDF-1.7 \n", "not a file of text"),
        (b"who,when\n1,2\n", "No column tells: date, amount, item"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (far_corner(), "far larger than its file"),
        (HEAD.encode() + b"2026-10-05,a,,1,,\n" * 20_001, "more than 20,000 rows"),
    ],
    ids=["empty", "pdf", "no-columns", "damaged", "far-corner", "rows"],
)
def test_what_is_no_list_of_bills_is_refused_and_not_kept(clerk, house, content, said):
    answer = hand_in(clerk, content)
    assert answer.status_code == 422 and said in words(answer.text)
    assert drafts(house) == [None] and kept(house) == []


def test_a_file_that_is_too_large_does_not_come_in(clerk, house):
    answer = hand_in(clerk, b"x" * (handing.LARGEST_UPLOAD + 20_000))
    assert answer.status_code == 413 and drafts(house) == [None]


def test_no_more_than_two_are_read_at_once(clerk, house):
    for _ in range(handing.AT_ONCE):
        assert handing._running.acquire(blocking=False)
    try:
        answer = hand_in(clerk, GOOD)
    finally:
        for _ in range(handing.AT_ONCE):
            handing._running.release()
    assert answer.status_code == 503 and "Other files are being read" in answer.text
    assert hand_in(clerk, GOOD).status_code == 303


def test_forms_come_from_our_own_page_and_from_who_may(client, house):
    assert client.get("/desk/bills").headers["location"] == "/desk/sign-in"
    assert hand_in(client, GOOD).status_code == 401
    with house.store.write() as tx:
        house.staff.add(tx, "eva", "auditor", PASSWORD)
        house.staff.add(tx, "ola", "owner", PASSWORD)
    client.post("/desk/sign-in", data={"name": "eva", "password": PASSWORD})
    page = client.get("/desk/bills")
    assert page.status_code == 200 and 'type="file"' not in page.text
    assert hand_in(client, GOOD).status_code == 403
    for path in ("take", "drop"):
        assert client.post(f"/desk/bills/{path}", data={"sha256": ""}).status_code == 403
    client.post("/desk/sign-in", data={"name": "ola", "password": PASSWORD})
    foreign = client.post(
        "/desk/bills", files={"file": ("b.csv", GOOD.encode())}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403 and drafts(house) == [None, None]
    assert hand_in(client, GOOD).status_code == 303
    # What the owner handed in is the owner's: nobody else sees or takes it.
    client.post("/desk/sign-in", data={"name": "eva", "password": PASSWORD})
    assert "bills.csv" not in client.get("/desk/bills").text


def test_a_file_that_nobody_takes_is_forgotten(clerk, house, monkeypatch):
    from aboveboard.costs import service

    hand_in(clerk, GOOD)
    monkeypatch.setattr(service, "DRAFT_LASTS", datetime.timedelta(seconds=-1))
    with house.store.write() as tx:
        house.bills.hand_in(tx, 99, "other", b"", None)
    assert drafts(house) == [None]


def test_in_chinese_and_with_another_encoding(clerk):
    hand_in(clerk, "日期,摘要,金额\n2026-10-05,é,1\n".encode(), encoding="gb18030")
    assert clerk.get("/desk/bills").status_code == 200
    hand_in(clerk, CHINESE)
    text = words(clerk.get("/desk/bills", headers={"accept-language": "zh"}).text)
    for said in ("新账单 1 笔", "收下全部 1 笔", "“摘要”当作“买的什么”"):
        assert said in text, said


def test_only_forms_with_files_are_taken(clerk):
    assert clerk.post("/desk/bills", data={"file": "x"}).status_code == 415
    assert clerk.post("/desk/bills", files={"other": ("b", b"x")}).status_code == 422
