"""Bytes become lines of cells: the encoding and the delimiter are found, and one bad line costs one row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.people.imports import ImportFileError, reading
from aboveboard.people.imports.reading import BLANKS, LONGEST_LINE, Source, open_source

ZH = "客户号,姓名,日期\nRP-1,王芳,2026-03-05\nRP-2,李雷,2026-03-06\n"
WEST = "customer,name,town\nRP-1,Jürgen Müller,Köln\nRP-2,Zoë Brontë,Málaga\n"


def read(folder: Path, content: bytes, **options: str) -> Source:
    file = folder / "list.csv"
    file.write_bytes(content)
    return open_source(file, **options)


def cells(source: Source) -> list[list[str]]:
    return [row.cells for row in source.rows()]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a,b\n1,2\n", "utf-8"),
        (ZH.encode(), "utf-8"),
        (ZH.encode("utf-8-sig"), "utf-8-sig"),
        (ZH.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + ZH.encode("utf-16-be"), "utf-16"),
        (ZH.encode("utf-16-le"), "utf-16-le"),
        (ZH.encode("utf-16-be"), "utf-16-be"),
        (ZH.encode("utf-32"), "utf-32"),
        (ZH.encode("gb18030"), "gb18030"),
        ((ZH + "RP-3,镕堃\u4e02,2026-03-07\n").encode("gb18030"), "gb18030"),
        (WEST.encode("cp1252"), "cp1252"),
        ("customer,price\nRP-1,84 €\n".encode("cp1252"), "cp1252"),
    ],
)  # fmt: skip
def test_encodings_are_found(tmp_path: Path, content: bytes, encoding: str) -> None:
    source = read(tmp_path, content)
    assert source.encoding == encoding
    assert cells(source) == [line.split(",") for line in content.decode(encoding).splitlines()]


def test_an_encoding_may_be_named(tmp_path: Path) -> None:
    content = "customer,name\nRP-1,Łódź\n".encode("cp1250")
    assert cells(read(tmp_path, content, encoding="windows-1250"))[1] == ["RP-1", "Łódź"]
    assert cells(read(tmp_path, ZH.encode("utf-8-sig"), encoding="utf-8"))[0][0] == "客户号"
    assert cells(read(tmp_path, ZH.encode("utf-16"), encoding="UTF-16"))[0][0] == "客户号"


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", {}, "empty"),
        (b" \n\r\n\t\n", {}, "empty"),
        (b"\xef\xbb\xbf", {}, "empty"),
        (b"\xff\xfe", {}, "empty"),
        (b"PK\x03\x04" + b"x" * 100, {}, "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, "workbook"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), {}, "compressed"),
        (b"%PDF-1.7\n", {}, "binary"),
        (b"\x89PNG\r\n\x1a\n", {}, "binary"),
        (bytes(range(1, 128)) * 10, {}, "binary"),
        (b"a,b\n1,\0\n", {}, "nul"),
        (b"a,b\n" + b"\0" * 100, {}, "nul"),
        (("a,b\n1," + "\0" + "\n").encode("utf-16"), {}, "nul"),
        (b"customer,name\n" + "RP-1,Zoë\n".encode() * 9 + b"RP-2,Zo\xeb\n", {}, "encoding_damaged"),
        (WEST.encode("cp1252"), {"encoding": "utf-8"}, "encoding_wrong"),
        (b"\xff\xfea", {}, "encoding_wrong"),
        (b"a,b\n\x81\xff\x8d\xfe,1\n", {}, "encoding_not_found"),
        (b"a,b\n", {"encoding": "klingon"}, "encoding_unknown"),
        (b"a,b\n", {"encoding": "hex"}, "encoding_unknown"),
        (b"a,b\n", {"delimiter": "::"}, "delimiter"),
        (b"a," * LONGEST_LINE, {}, "first_line_too_long"),
    ],
)
def test_what_is_no_list_is_refused(
    tmp_path: Path, content: bytes, options: dict[str, str], code: str
) -> None:
    with pytest.raises(ImportFileError) as refused:
        read(tmp_path, content, **options)
    assert refused.value.code == code
    assert refused.value.text.en.endswith("Nothing was saved.")
    assert refused.value.text.zh.endswith("什么都没有保存。")
    assert "{" not in refused.value.text.en + refused.value.text.zh


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"a,b\n1,2\n3,\0\n", "nul", 3),
        (b"customer,name\n" + "RP-1,Zoë\n".encode() * 9 + b"RP-2,Zo\xeb\n", "encoding_damaged", 11),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, content: bytes, code: str, line: int) -> None:
    with pytest.raises(ImportFileError, match=f"ine {line}[ ,.]") as refused:
        read(tmp_path, content)
    assert refused.value.code == code


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportFileError, match="none.csv cannot be read"):
        open_source(tmp_path / "none.csv")
    with pytest.raises(ImportFileError, match="cannot be read"):
        open_source(tmp_path)
    monkeypatch.setattr(reading, "LARGEST_FILE", 7)
    with pytest.raises(ImportFileError) as refused:
        read(tmp_path, b"a,b\n1,2\n")
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("id,date,amount\n1,2026-03-05,84.00\n", ","),
        ("id;date;amount\n1;2026-03-05;84,00\n", ";"),
        ("1;2026-03-05;84,00\n2;2026-03-06;12,50\n", ";"),
        ("1;12,50\n2;13,50\n", ";"),
        ("id\tdate\tamount\n1\t5 Mar 2026\t1,234.00\n", "\t"),
        ("id|date|amount\n1|2026-03-05|84.00\n", "|"),
        (" id  date  amount\n 1 20260305  84.00\n 2 20260306  12.00\n", BLANKS),
        (" 1 20260305  84,00\n 2 20260306  12,00\n", BLANKS),
        ("date,id\n2014-03-08 00:00:00,0\n2014-05-21 00:00:00,1\n", ","),
        ("2014-03-08 00:00:00,0\n2014-05-21 00:00:00,1\n", ","),
        ("email\nann@example.org\nbob@example.org\n", ","),
        ("customer number\nRP-1\nRP-2\n", ","),
        ('id,"note; with; marks"\n1,"a;b;c"\n', ","),
        ("sep=;\nid;name\n1;a,b,c\n", ";"),
    ],
)
def test_delimiters_are_found(tmp_path: Path, content: str, delimiter: str) -> None:
    assert read(tmp_path, content.encode()).delimiter == delimiter


@pytest.mark.parametrize(
    ("said", "delimiter"),
    [("tab", "\t"), ("\\t", "\t"), ("blanks", BLANKS), (" ", BLANKS), (":", ":"), ("comma", ",")],
)
def test_the_book_may_say_the_delimiter(tmp_path: Path, said: str, delimiter: str) -> None:
    assert read(tmp_path, b"a,b;c\n", delimiter=said).delimiter == delimiter


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\r\n1,2\r\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r1,2\r", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\n\n\n1,2", [(1, ["a", "b"]), (4, ["1", "2"])]),
        ("a,b\n,\n , \n1,2\n", [(1, ["a", "b"]), (4, ["1", "2"])]),
        ("sep=,\na,b\n", [(2, ["a", "b"])]),
        ('a,b\n"1, one",2\n', [(1, ["a", "b"]), (2, ["1, one", "2"])]),
        ('a,b\n"1 ""x""",2\n', [(1, ["a", "b"]), (2, ['1 "x"', "2"])]),
        ('a,b\n"two\nlines",2\n3,4\n', [(1, ["a", "b"]), (2, ["two\nlines", "2"]), (4, ["3", "4"])]),
        ('a,b\n5" pipe,2\n3,4\n', [(1, ["a", "b"]), (2, ['5" pipe', "2"]), (3, ["3", "4"])]),
        ('a,b\n"5"x,2\n3,4\n', [(1, ["a", "b"]), (2, ["5x", "2"]), (3, ["3", "4"])]),
        ('a,b\n"open,2\n3,4\n5,6\n', [(1, ["a", "b"]), (2, []), (3, ["3", "4"]), (4, ["5", "6"])]),
        ('a,b\n1,2\n"', [(1, ["a", "b"]), (2, ["1", "2"]), (3, [])]),
        ('a,b\n"open,2\n"3",4\n"x\n', [(1, ["a", "b"]), (2, []), (3, ["3", "4"]), (4, [])]),
        ("a,b\n" + "x" * (LONGEST_LINE + 1) + "\n3,4\n", [(1, ["a", "b"]), (2, []), (3, ["3", "4"])]),
    ],
)
def test_rows_and_their_lines(tmp_path: Path, content: str, rows: list[tuple[int, list[str]]]) -> None:
    found = list(read(tmp_path, content.encode()).rows())
    assert [(row.line, row.cells) for row in found] == rows
    assert all((row.problem is None) is bool(row.cells) for row in found)


def test_a_line_of_ten_megabytes_is_one_row_set_aside(tmp_path: Path) -> None:
    rows = list(read(tmp_path, b"a,b\n" + b"x," * 5_000_000 + b"\n1,2\n").rows())
    assert [(row.line, row.problem) for row in rows] == [(1, None), (2, "too_long"), (3, None)]


def test_many_open_quotation_marks_cost_little(tmp_path: Path) -> None:
    rows = list(read(tmp_path, b"a,b\n" + b'"open,2\nx,3\n' * 5_000).rows())
    assert rows[-1].cells == ["x", "3"]
    assert sum(row.problem == "quote_open" for row in rows) > 0


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    source = Source(out.getvalue().encode(), "", "utf-8", ",")
    assert cells(source) == [row for row in table if any(map(str.strip, row))]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(content)
    try:
        for row in open_source(file).rows():
            assert row.line >= 1
    except ImportFileError:
        pass
