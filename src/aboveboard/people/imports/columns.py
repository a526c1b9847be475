"""Which column is which: the book's mapping first, then well-known names, then, without a header, what the cells look like.

A *role* is what a column is to us: who (`customer`, `email`, `phone`), for customers where they live (`country`, `state`), and
for visits the `date` and the `amount`. Names are
compared without capitals, spaces and marks, so that `Customer_ID`, `customer id` and `customer-id` are one. Two columns that
could both be the date are a question to the firm, not a guess.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from aboveboard.book.model import ImportMapping
from aboveboard.people.imports.model import SAYS, ImportFileError, What
from aboveboard.people.imports.reading import Row, Source
from aboveboard.people.imports.values import is_amount, is_day
from aboveboard.people.model import guess_kind
from aboveboard.words import Text

Who = Literal["customer", "email", "phone"]
Role = Literal[Who, "country", "state", "date", "amount"]
#: What can say who it is, the surest first.
WHO: tuple[Who, ...] = ("customer", "email", "phone")
#: What a row may leave away at its end.
_MAY_LACK: frozenset[Role] = frozenset({"country", "state"})
ROLES: dict[What, tuple[Role, ...]] = {
    "customers": (*WHO, "country", "state"),
    "visits": (*WHO, "date", "amount"),
}

#: Well-known names. Those after the bar are common words, used only when no column has one of the clear names before it.
_NAMES: dict[Role, str] = {
    "customer": """
        customerid customerno customernumber customernr customercode custid custno custnumber clientid clientno clientnumber
        patientid patientno patientnumber memberid memberno membernumber kundennummer kundennr 客户号 客户编号 客户id 客户代码
        客户号码 会员号 会员编号 会员id 会员卡号 顾客号 顾客编号 患者编号 患者号 病历号
        | customer client patient member cust accountid accountno accountnumber userid id 客户 会员 顾客 患者 编号 卡号 用户id""",
    "email": """
        email emailaddress emailid customeremail clientemail patientemail contactemail mailaddress 邮箱 电子邮箱 邮箱地址 电子邮件
        电子邮箱地址 电邮 | mail 邮件""",
    "phone": """
        phone phonenumber phoneno telephone telephonenumber tel telno mobile mobilephone mobileno mobilenumber cell cellphone
        cellphonenumber customerphone contactphone contactnumber homephone 手机 手机号 手机号码 电话 电话号码 联系电话 移动电话
        联系方式 | number""",
    "country": """
        country countrycode countryname customercountry 国家 国家代码 所在国家 | nation""",
    "state": """
        state statecode stateprovince province homestate 州 省 省份 所在州 所在省 | region""",
    "date": """
        visitdate visitedon dateofvisit appointmentdate servicedate dateofservice orderdate purchasedate purchasedon
        transactiondate saledate invoicedate 到访日期 来访日期 就诊日期 消费日期 消费时间 到店日期 到店时间 服务日期 下单日期
        下单时间 订单日期 交易日期 交易时间 购买日期
        | date day datetime timestamp createdat created visit when 日期 时间 日子""",
    "amount": """
        amount amountpaid paid paymentamount totalpaid dollarvalue amountusd amountcny amounteur 金额 实付 实付金额 实收
        实收金额 消费金额 付款金额 交易金额
        | total totalamount totalprice grandtotal orderamount ordertotal value price revenue 总价 合计 总额 价格 订单金额""",
}  # fmt: skip
_PHONE = re.compile(r"\+[\d\s().-]{7,20}|\(?\d{2,4}[)\s.-]+[\d\s.-]{5,14}|1[3-9]\d{9}")
_SAMPLE = 1_000
#: This share of a column's cells must look the part.
_MOST = 0.9


@dataclass(frozen=True)
class Layout:
    """Where each role stands (indexes from 0), how wide a row is, and what had to be assumed."""

    header_line: int | None
    names: tuple[str, ...]
    roles: dict[Role, tuple[int, ...]]
    assumed: list[Text] = field(default_factory=list)

    @property
    def header(self) -> bool:
        """Whether the file names its columns."""
        return self.header_line is not None

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.names)

    def fault(self, row: Row) -> str | None:
        """Return why a row does not fit the table, or None. Cells missing at the end are empty ones if nobody needs them."""
        if row.problem is not None:
            return row.problem
        if len(row.cells) > self.width and any(map(str.strip, row.cells[self.width :])):
            return "too_many_cells"
        needed = (indexes for role, indexes in self.roles.items() if role not in _MAY_LACK)
        if len(row.cells) <= max(index for indexes in needed for index in indexes):
            return "too_few_cells"
        return None


def find_layout(source: Source, what: What, mapping: ImportMapping | None) -> Layout:
    """Find the columns of a file; raises `ImportFileError` where it would have to guess."""
    mapping = mapping or ImportMapping()
    looked_at = list(itertools.islice(source.rows(), _SAMPLE))
    rows = [row for row in looked_at if row.problem is None]
    if not rows or (len(rows) == 1 and len(looked_at) > 1):
        raise ImportFileError("no_table")
    _check_mapping(what, mapping)
    sample = [row.cells for row in rows]
    header = mapping.header if mapping.header is not None else _has_header(what, mapping, sample)
    names = tuple(cell.strip() for cell in sample[0]) if header else ()
    body = sample[1:] if header else sample
    if not body:
        raise ImportFileError("header_only", columns=", ".join(names))
    width = len(names) or Counter(map(len, body)).most_common(1)[0][0]
    names = names or tuple(f"#{number}" for number in range(1, width + 1))
    layout = Layout(rows[0].line if header else None, names, _mapped(what, mapping, names, header))
    if header:
        _add_by_name(layout, what)
        if "customer" not in mapping.columns:
            _doubt_customers(layout, body)
    else:
        _add_by_look(layout, what, body)
    _check_complete(layout, what)
    return layout


# -- the book's mapping ----------------------------------------------------------------------------------------------


def _check_mapping(what: What, mapping: ImportMapping) -> None:
    for name in mapping.columns:
        if name not in ROLES[what]:
            raise ImportFileError("role_unknown", what=what, name=name, roles=", ".join(ROLES[what]))


def _mapped(
    what: What, mapping: ImportMapping, names: Sequence[str], header: bool
) -> dict[Role, tuple[int, ...]]:
    places = {
        role: _places(mapping.columns[role], names if header else [], len(names))
        for role in ROLES[what]
        if role in mapping.columns
    }
    if places and not any(places.values()):
        raise ImportFileError("mapped_none", what=what, columns=", ".join(names))
    for role, found in places.items():
        if len(found) != 1:
            code = "mapped_twice" if found else "mapped_missing"
            column = mapping.columns[role]
            raise ImportFileError(code, what=what, role=role, column=column, columns=", ".join(names))
    return places


def _places(wanted: str | int, names: Sequence[str], width: int) -> tuple[int, ...]:
    if isinstance(wanted, int):
        return (wanted - 1,) if 1 <= wanted <= width else ()
    return tuple(place for place, name in enumerate(names) if _key(name) == _key(wanted))


# -- by name ---------------------------------------------------------------------------------------------------------


def _key(name: str) -> str:
    """Return a column's name as it is compared: no capitals, spaces or marks, nothing in brackets."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"\([^)]*\)", "", text) or text
    return "".join(letter for letter in text if letter.isalnum())


_CLEAR, _COMMON = (
    {role: frozenset(names.split("|")[part].split()) for role, names in _NAMES.items()} for part in (0, 1)
)


def _has_header(what: What, mapping: ImportMapping, sample: list[list[str]]) -> bool:
    """Return whether the first row names columns: it holds a name that we know, or words where the others hold data."""
    if any(isinstance(column, str) for column in mapping.columns.values()):
        return True
    first = sample[0]
    if any(_looks_like_data(cell) for cell in first):
        return False
    keys = {_key(cell) for cell in first}
    if any(keys & (_CLEAR[role] | _COMMON[role]) for role in ROLES[what]):
        return True
    return any(_looks_like_data(cell) for row in sample[1:] for cell in row)


def _looks_like_data(cell: str) -> bool:
    text = cell.strip()
    return "@" in text or is_day(text) or sum(map(str.isdigit, text)) * 2 > len(text)


def _add_by_name(layout: Layout, what: What) -> None:
    keys = [_key(name) for name in layout.names]
    taken = {index for indexes in layout.roles.values() for index in indexes}
    for role in ROLES[what]:
        if role in layout.roles:
            continue
        free = [(place, key) for place, key in enumerate(keys) if place not in taken]
        places = [place for place, key in free if key in _CLEAR[role]] or [
            place for place, key in free if key in _COMMON[role]
        ]
        # A customer may well have two phone numbers and two mailboxes; but only one day and one number of ours.
        several = what == "customers" and role in ("email", "phone")
        if len(places) > 1 and not several:
            columns = ", ".join(f"'{layout.names[place]}' ({place + 1})" for place in places)
            raise ImportFileError("column_ambiguous", what=what, role=role, columns=columns)
        if places:
            layout.roles[role] = tuple(places)
            taken.update(places)


def _doubt_customers(layout: Layout, body: list[list[str]]) -> None:
    """A column called `customer` may hold mailboxes, or names, which tell nobody apart for sure."""
    for place in layout.roles.get("customer", ()):
        cells = [row[place].strip() for row in body if place < len(row) and row[place].strip()]
        if cells and _most(cells, _is_email):
            del layout.roles["customer"]
            layout.roles["email"] = (place, *layout.roles.get("email", ()))
            layout.assumed.append(SAYS.text("assumed.mailboxes").filled(column=layout.names[place]))
        elif _key(layout.names[place]) in _COMMON["customer"] and not any(map(_has_digit, cells)):
            known = layout.roles.keys() & {"email", "phone"}
            if known:
                del layout.roles["customer"]
            said = "assumed.names_unused" if known else "assumed.names"
            layout.assumed.append(SAYS.text(said).filled(column=layout.names[place]))


# -- by the look of the cells ----------------------------------------------------------------------------------------


def _add_by_look(layout: Layout, what: What, body: list[list[str]]) -> None:
    columns = [
        [row[place].strip() for row in body if place < len(row) and row[place].strip()]
        for place in range(layout.width)
    ]
    free = [place for place in range(layout.width) if columns[place]]
    before = set(layout.roles)
    tests: dict[Role, Callable[[str], bool]] = {
        "date": is_day,
        "email": _is_email,
        "amount": is_amount,
        "phone": _is_phone,
    }
    for role, fits in tests.items():
        taken = {index for indexes in layout.roles.values() for index in indexes}
        places = [place for place in free if place not in taken and _most(columns[place], fits)]
        if role in ROLES[what] and role not in layout.roles and places:
            layout.roles[role] = (places[0],)
    if "customer" not in layout.roles:
        taken = {index for indexes in layout.roles.values() for index in indexes}
        numbers = [
            place for place in free if place not in taken and _most(columns[place], _is_number_of_ours)
        ]
        place = _whose(columns, numbers, repeats=what == "visits")
        if place is not None and not (what == "visits" and layout.roles.keys() & {"email", "phone"}):
            layout.roles["customer"] = (place,)
    read = [role for role in ROLES[what] if role in layout.roles and role not in before]
    if read:
        layout.assumed.append(_no_header(what, layout, read))


def _no_header(what: What, layout: Layout, read: Sequence[Role]) -> Text:
    columns = [
        SAYS.text("assumed.column").filled(number=layout.roles[role][0] + 1, role=SAYS.text(f"role.{role}"))
        for role in read
    ]
    listed = Text(", ".join(column.en for column in columns), "，".join(column.zh for column in columns))
    return SAYS.text("assumed.no_header").filled(columns=listed, what=what)


def _whose(columns: list[list[str]], places: list[int], repeats: bool) -> int | None:
    """Return the column of customer numbers: for visits the first one whose values come again, for customers one whose do not."""
    for place in places:
        distinct = len(set(columns[place])) / len(columns[place])
        if (distinct < 1) if repeats else (distinct >= _MOST):
            return place
    return places[0] if places and repeats else None


def _most(cells: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return sum(map(fits, cells)) >= _MOST * len(cells)


def _is_email(cell: str) -> bool:
    return "@" in cell


def _is_phone(cell: str) -> bool:
    return bool(_PHONE.fullmatch(cell)) and guess_kind(cell) == "phone"


def _has_digit(cell: str) -> bool:
    return any(map(str.isdigit, cell))


def _is_number_of_ours(cell: str) -> bool:
    return _has_digit(cell) and " " not in cell and len(cell) <= 64


# -- what is still missing -------------------------------------------------------------------------------------------


def _check_complete(layout: Layout, what: What) -> None:
    code = None
    if not layout.roles.keys() & set(WHO):
        code = "who_missing"
    elif what == "visits" and "date" not in layout.roles:
        code = "day_missing"
    if code is not None:
        suffix = "" if layout.header else "_no_header"
        raise ImportFileError(
            f"{code}{suffix}", what=what, columns=", ".join(layout.names), count=layout.width
        )
