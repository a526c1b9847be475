"""A house with the sample business, on both databases, and short ways to hand bills to it."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aboveboard.costs.service import BillReport
from aboveboard.house import House
from aboveboard.sample import BOOK
from aboveboard.settings import Settings

TODAY = datetime.date(2026, 11, 23)


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK.read_text("utf-8"))
    yield house
    house.close()


@pytest.fixture
def take(house: House, tmp_path: Path) -> Callable[..., BillReport]:
    """Import bytes or text as a file of bills."""

    def work(content: str | bytes, name: str = "bills.csv", today: datetime.date = TODAY) -> BillReport:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        with house.store.write() as tx:
            edition = house.editions.current(tx.conn)
            assert edition is not None
            return house.bills.take(tx, edition.book, file, today)

    return work


@pytest.fixture
def run(house: House) -> Callable[..., Any]:
    """Run a command of the costs, or an import, against the house."""
    from aboveboard.costs.commands import costs_group, import_group

    def run(*words: str) -> Any:
        group = import_group if words[0] == "import" else costs_group
        return CliRunner().invoke(group, [*words[words[0] in ("import", "costs") :]], obj=house)

    return run


def sheet(rows: list[list[Any]]) -> bytes:
    """Return a small .xlsx: texts inline, numbers as numbers, days as the serial numbers that spreadsheets keep."""

    def cell(value: Any) -> str:
        if isinstance(value, datetime.date):
            return f'<c s="1"><v>{(value - datetime.date(1899, 12, 30)).days}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Bills" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/styles" '
        'Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, text in parts.items():
            folder.writestr(name, text)
    return made.getvalue()


def far_corner(corner: str = "XFD1048576", row: int = 1_048_576) -> bytes:
    """Return an .xlsx of two kilobytes whose two cells lie far apart: as a table, the farthest fill four hundred gigabytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet([["Date"]]))) as old, zipfile.ZipFile(made, "w") as folder:
        for name in old.namelist():
            text = old.read(name).decode()
            far = f'<row r="{row}"><c r="{corner}"><v>1</v></c></row></sheetData>'
            near = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
            text = text.replace("<sheetData><row>", near + "<row>").replace("</sheetData>", far)
            folder.writestr(name, text)
    return made.getvalue()
