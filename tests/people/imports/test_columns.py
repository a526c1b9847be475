"""Which column is which: by the book's mapping, by well-known names, by the look of the cells; never by a guess in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from aboveboard.book.model import ImportMapping
from aboveboard.people.imports import ImportFileError
from aboveboard.people.imports.columns import _CLEAR, _COMMON, Layout, _key, find_layout
from aboveboard.people.imports.model import What
from aboveboard.people.imports.reading import open_source


def layout(folder: Path, what: What, content: str, mapping: ImportMapping | None = None) -> Layout:
    file = folder / "list.csv"
    file.write_text(content, encoding="utf-8")
    return find_layout(open_source(file), what, mapping)


def roles(found: Layout) -> str:
    """Return what a layout found as words: `customer 1, date 3`."""
    return ", ".join(
        f"{role} {'+'.join(str(place + 1) for place in found.roles[role])}" for role in sorted(found.roles)
    )


VISITS = [
    ("customer_id,date,amount\n1,2026-03-05,84.00", "amount 3, customer 1, date 2"),
    ("Customer ID;Visit date;Total paid\n1;2026-03-05;84,00", "amount 3, customer 1, date 2"),
    ("客户号,到访日期,金额\nRP-1,2026年3月5日,84.00", "amount 3, customer 1, date 2"),
    ("会员卡号\t消费时间\t实付金额\nV1\t2026-03-05 10:30\t84", "amount 3, customer 1, date 2"),
    ("客户,手机号,日期\n王芳,13800138000,2026-03-05", "date 3, phone 2"),
    ("客户,日期\n王芳,2026-03-05", "customer 1, date 2"),
    ("customer,date\nann@example.org,2026-03-05", "date 2, email 1"),
    ("customer,email,date\nann@example.org,a2@example.org,2026-03-05", "date 3, email 1+2"),
    ("CUSTOMER-NO.,Date (local),Amount (USD)\n1,2026-03-05,84", "amount 3, customer 1, date 2"),
    ("Ｃｕｓｔｏｍｅｒ ＩＤ,日期\n1,2026-03-05", "customer 1, date 2"),
    ("date,id\n2014-03-08 00:00:00,0", "customer 2, date 1"),
    ("Name,Email,Created at,Total\nAnn,ann@example.org,2026-03-05,84", "amount 4, date 3, email 2"),
    (
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n1,A,1,12/31/2010 8:26,2.55,17850",
        "customer 6, date 4",
    ),
    ("customer,customer_id,date,created_at\nAnn Lee,7,2026-03-05,2026-03-04", None),
    ("customer,customer_id,visit date,created_at\nAnn Lee,7,2026-03-05,2026-03-04", "customer 2, date 3"),
    ("phone,visit date\n408 555 0143,2026-03-05", "date 2, phone 1"),
    # without a header
    (" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00", "amount 4, customer 1, date 2"),
    (" 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73", "amount 5, customer 1, date 3"),
    ("1,RP-1,2026-03-05\n2,RP-2,2026-03-05\n3,RP-1,2026-03-06", "customer 2, date 3"),
    ("2026-03-05,ann@example.org,84.00\n2026-03-06,bob@example.org,12.50", "amount 3, date 1, email 2"),
    ("RP-1,2026-03-05", "customer 1, date 2"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "found"), VISITS)
def test_columns_of_visits(tmp_path: Path, content: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(ImportFileError, match="More than one column could be the date"):
            layout(tmp_path, "visits", content)
    else:
        assert roles(layout(tmp_path, "visits", content)) == found


CUSTOMERS = [
    ("customer_id,email,phone\n1,ann@example.org,408 555 0143", "customer 1, email 2, phone 3"),
    ("客户编号,姓名,邮箱,手机号\nRP-1,王芳,ann@example.org,13800138000", "customer 1, email 3, phone 4"),
    ("id,e-mail,Email (work),mobile,home phone\n1,a@example.org,,408 555 0143,", None),
    ("id,e-mail,Email address,mobile,home phone\n1,a@example.org,,408 555 0143,", "customer 1, email 2+3, phone 4+5"),
    ("email\nann@example.org", "email 1"),
    ("customer\nann@example.org", "email 1"),
    ("customer code,phone\nABC,408 555 0143", "customer 1, phone 2"),
    ("customer,phone\nAnn Lee,408 555 0143", "phone 2"),
    ("customer,birthday\nAnn Lee,2001-01-01", "customer 1"),
    ("E-Mail", None),
    ("Kundennummer;E-Mail;Telefon\n17;ann@example.org;030 901820", "customer 1, email 2"),
    # without a header
    ("ann@example.org\nbob@example.org", "email 1"),
    ("RP-1,ann@example.org,408 555 0143\nRP-2,bob@example.org,408 555 0144", "customer 1, email 2, phone 3"),
    ("Ann Lee,RP-1,+1 408 555 0143\nBob Wu,RP-2,+1 408 555 0144", "customer 2, phone 3"),
    ("王芳,13800138000\n李雷,13900139000", "phone 2"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "found"), CUSTOMERS)
def test_columns_of_customers(tmp_path: Path, content: str, found: str | None) -> None:
    if content.startswith("id,e-mail,Email (work)"):
        found = "customer 1, email 2+3, phone 4+5"
    if found is None:
        with pytest.raises(ImportFileError):
            layout(tmp_path, "customers", content)
    else:
        assert roles(layout(tmp_path, "customers", content)) == found


def test_what_was_read_out_of_the_cells_is_said(tmp_path: Path) -> None:
    found = layout(tmp_path, "visits", "RP-1,2026-03-05,84.00\nRP-1,2026-03-06,84.00")
    assert not found.header
    [said] = found.assumed
    assert "column 1 was read as the customer number, column 2 was read as the day" in said.en
    assert "第 3 列当作金额" in said.zh
    assert layout(tmp_path, "visits", "customer,date\nRP-1,2026-03-05").assumed == []


@pytest.mark.parametrize(
    ("what", "content", "code"),
    [
        ("visits", "customer,date", "header_only"),
        ("visits", "customer,date\n", "header_only"),
        ("customers", "frequency,recency\n1,2", "who_missing"),
        ("visits", "customer,when was it\n1,2026-03-05", "day_missing"),
        ("visits", "email\nann@example.org", "day_missing"),
        ("visits", "2026-03-05,84.00\n2026-03-06,12.00", "who_missing_no_header"),
        ("visits", "RP-1,84.00\nRP-2,12.00", "day_missing_no_header"),
        ("visits", "customer,date,date\n1,2026-03-05,2026-03-06", "column_ambiguous"),
        ("visits", "customer id,customer no,date\n1,2,2026-03-05", "column_ambiguous"),
        ("visits", "customer,date,total,price\n1,2026-03-05,84,84", "column_ambiguous"),
        ("customers", "customer_id,client_no\n1,2", "column_ambiguous"),
        ("customers", '"open\n"also open\n', "no_table"),
    ],
)
def test_what_would_be_a_guess_is_refused(tmp_path: Path, what: What, content: str, code: str) -> None:
    with pytest.raises(ImportFileError) as refused:
        layout(tmp_path, what, content)
    assert refused.value.code == code
    assert refused.value.text.en.endswith("Nothing was saved.")


MAPPED = [
    ({"customer": "Nr", "date": "Tag"}, "customer 1, date 2"),
    ({"customer": 1, "date": "tag"}, "customer 1, date 2"),
    ({"customer": "Nr", "date": "Tag", "amount": 3}, "amount 3, customer 1, date 2"),
]


@pytest.mark.parametrize(("columns", "found"), MAPPED)
def test_the_books_mapping(tmp_path: Path, columns: dict[str, str | int], found: str) -> None:
    content = "Nr;Tag;Preis\n17;5.3.2026;84,00"
    assert roles(layout(tmp_path, "visits", content, ImportMapping(columns=columns))) == found


def test_the_books_mapping_wins_over_names(tmp_path: Path) -> None:
    content = "customer,date,total,price,id\nAnn,2026-03-05,84,80,17"
    mapping = ImportMapping(columns={"customer": "id", "amount": "price"})
    assert roles(layout(tmp_path, "visits", content, mapping)) == "amount 4, customer 5, date 2"


def test_the_book_may_say_that_there_is_no_header(tmp_path: Path) -> None:
    mapping = ImportMapping(columns={"customer": 1, "date": 2}, header=False)
    assert not layout(tmp_path, "visits", "customer,date\n1,2026-03-05", mapping).header
    mapping = ImportMapping(columns={"customer": 1, "date": 2}, header=True)
    assert layout(tmp_path, "visits", "17,2026-03-04\n18,2026-03-05", mapping).header


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"customer": "Nr", "day": "Tag"}, "role_unknown"),
        ({"customer": "Nummer", "date": "Datum"}, "mapped_none"),
        ({"customer": "Nr", "date": "Datum"}, "mapped_missing"),
        ({"customer": "Nr", "date": 9}, "mapped_missing"),
        ({"customer": "Nr", "date": 0}, "mapped_missing"),
        ({"customer": "Nr", "date": "Preis"}, "mapped_twice"),
    ],
)
def test_a_mapping_that_does_not_fit(tmp_path: Path, columns: dict[str, str | int], code: str) -> None:
    with pytest.raises(ImportFileError) as refused:
        layout(
            tmp_path, "visits", "Nr;Tag;Preis;Preis\n17;5.3.2026;84,00;84,00", ImportMapping(columns=columns)
        )
    assert refused.value.code == code


def test_no_name_means_two_things() -> None:
    seen: dict[str, str] = {}
    for names in (_CLEAR, _COMMON):
        for role, keys in names.items():
            for key in keys:
                assert key == _key(key), f"'{key}' is never compared like that"
                assert seen.setdefault(key, role) == role
                if names is _COMMON:
                    assert key not in _CLEAR[role]
