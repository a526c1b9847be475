"""From lines of cells to bills: which column is which, and what each row says.

The book's mapping (`imports.bills`) goes first, then well-known names. Bills have a header line, or columns by number in the
book; columns that could be two things are a question, not a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from aboveboard.book.model import ImportMapping
from aboveboard.costs.model import Bill, BillError, BillFileError
from aboveboard.people.imports.model import ImportFileError, SetAside
from aboveboard.people.imports.reading import Row
from aboveboard.people.imports.values import Amounts, Days, plain

Role = Literal["date", "item", "supplier", "amount", "quantity", "note"]
ROLES: tuple[Role, ...] = ("date", "item", "supplier", "amount", "quantity", "note")
_NAMES: dict[Role, str] = {
    "date": "date day billdate billedon invoicedate paidon bookingdate 日期 账单日期 发票日期 开票日期 付款日期",
    "item": "item costitem cost what description category article 项目 成本项 内容 摘要 类别 品名",
    "supplier": "supplier vendor payee creditor firm company from 供应商 商家 收款方 公司 开票方",
    "amount": "amount total sum net netamount price paid 金额 合计 总额 付款金额",
    "quantity": "quantity qty units number count hours pieces 数量 件数 小时",
    "note": "note notes memo comment remark invoice invoiceno billno 备注 说明 发票号 账单号",
}
LONGEST = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MOST = Decimal(10) ** 12
#: How many decimals a quantity may have; spreadsheets write what they worked out with up to fifteen.
_FINEST = 20
_QUANTITY = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?", re.ASCII | re.IGNORECASE)


class BillRows:
    """Reads the rows of a table. Show it every row first (`look`), then ask (`read`)."""

    def __init__(
        self, rows: Sequence[Row], mapping: ImportMapping | None, currency: str, today: date
    ) -> None:
        mapping = mapping or ImportMapping()
        sound = [row for row in rows if row.problem is None]
        if not sound:
            raise BillFileError("empty")
        self.header = sound[0] if mapping.header is not False else None
        names = [cell.strip() for cell in sound[0].cells] if self.header else []
        self.columns = _columns(names, mapping, max(len(row.cells) for row in sound))
        self.names = names
        try:
            self._days = Days(today, mapping.date_format)
        except ImportFileError as error:
            raise BillFileError("no_table", why=error.text) from None
        self._amounts = Amounts(currency)

    def look(self, cells: Sequence[str]) -> None:
        """Learn how this file writes days and amounts."""
        self._days.look(self._cell(cells, "date"))
        self._amounts.look(_bare(self._cell(cells, "amount")))

    def read(self, row: Row) -> Bill:
        """Return the row's bill; raises `BillError`."""
        if row.problem is not None:
            raise BillError(row.problem)
        try:
            day = self._days.read(self._cell(row.cells, "date"))
            amount = self._amount(self._cell(row.cells, "amount"))
        except SetAside as aside:
            raise BillError(aside.code) from None
        item, supplier, note = (self._words(row.cells, role) for role in ("item", "supplier", "note"))
        if not item and not supplier:
            raise BillError("item_missing")
        return Bill(day, item, supplier, amount, self._quantity(self._cell(row.cells, "quantity")), note)

    def _amount(self, cell: str) -> int:
        """Return minor units; a refund is below zero."""
        bare = _bare(cell)
        amount, _ = self._amounts.read(bare)
        if amount is None:
            raise BillError("amount_missing")
        return -amount if bare != cell.strip() and _is_negative(cell) else amount

    def _quantity(self, cell: str) -> Decimal | None:
        text = re.sub(r"(?<=\d)['\u2019\s](?=\d{3})", "", plain(cell))
        if not text or text in ("-", "–", "—"):
            return None
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
            text = text.replace(",", "")
        elif re.fullmatch(r"-?\d+,\d+", text):
            text = text.replace(",", ".")
        if not _QUANTITY.fullmatch(text):
            raise BillError("quantity_unreadable")
        number = Decimal(text)
        if abs(number) > _MOST:
            raise BillError("quantity_too_large")
        if number.as_tuple().exponent < -_FINEST:  # type: ignore[operator]
            raise BillError("quantity_unreadable")
        return number

    def _words(self, cells: Sequence[str], role: Role) -> str:
        text = " ".join(_CONTROL.sub(" ", self._cell(cells, role)).split())
        if len(text) > LONGEST:
            if role == "note":
                return text[:LONGEST]
            raise BillError("text_too_long")
        return text

    def _cell(self, cells: Sequence[str], role: Role) -> str:
        place = self.columns.get(role)
        return cells[place] if place is not None and place < len(cells) else ""


def _is_negative(cell: str) -> bool:
    text = cell.strip()
    return (
        text.startswith(("-", "\u2212", "("))
        or text.endswith(("-", "\u2212"))
        or "$-" in text
        or "$\u2212" in text
    )


def _bare(cell: str) -> str:
    """Return an amount without the mark that says it is below zero; what has several is left as it is, and cannot be read."""
    bare = re.sub(r"[-\u2212()]", "", cell).strip()
    once = len(re.findall(r"[-\u2212]", cell)) + bool(re.search(r"[()]", cell)) == 1
    return bare if _is_negative(cell) and once and cell.count("(") == cell.count(")") < 2 else cell.strip()


def _columns(names: list[str], mapping: ImportMapping, width: int) -> dict[Role, int]:
    unknown = next((name for name in mapping.columns if name not in ROLES), None)
    if unknown is not None:
        raise BillFileError("role_unknown", name=unknown, roles=", ".join(ROLES))
    found: dict[Role, int] = {}
    for role in ROLES:
        wanted = mapping.columns.get(role)
        places = _places(role, wanted, names, width, taken=set(found.values()))
        if len(places) > 1:
            columns = ", ".join(f"“{names[place]}” ({place + 1})" for place in places)
            raise BillFileError("column_ambiguous", role=role, columns=columns)
        if wanted is not None and not places:
            raise BillFileError("column_missing", role=role, column=wanted, columns=", ".join(names) or "–")
        if places:
            found[role] = places[0]
    missing = [role for role in ("date", "amount") if role not in found]
    if not {"item", "supplier"} & found.keys():
        missing.append("item")
    if missing:
        raise BillFileError("role_missing", roles=", ".join(missing), columns=", ".join(names) or "–")
    return found


def _places(role: Role, wanted: str | int | None, names: list[str], width: int, taken: set[int]) -> list[int]:
    if isinstance(wanted, int):
        return [wanted - 1] if 1 <= wanted <= width else []
    keys = {_key(wanted)} if wanted is not None else set(_NAMES[role].split())
    return [place for place, name in enumerate(names) if _key(name) in keys and place not in taken]


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in re.sub(r"\([^)]*\)", "", text) if letter.isalnum())
