"""Which column of a file of prices of others is which: the book's mapping (`imports.market`) first, then well-known names."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

from aboveboard.book.model import ImportMapping
from aboveboard.watch.model import MarketFileError

Role = Literal[
    "id", "who", "who_zh", "public", "described", "described_zh", "amount", "currency", "all_in", "on_top", "quantity",
    "unit", "place", "seen", "learnt", "source", "need", "need_zh", "theirs_only", "theirs_only_zh", "ours_only",
    "ours_only_zh", "service", "tier", "own_quantity",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)
#: Without these there is nothing to compare.
NEEDED: tuple[Role, ...] = ("who", "amount", "all_in", "seen", "service")

_NAMES: dict[Role, str] = {
    "id": "id 编号",
    "who": "who whoen name competitor firm company provider shop 同行 商家 名称 谁 对手",
    "who_zh": "whozh namezh 中文名 中文名称",
    "public": "public published shown 公开",
    "described": "described describeden description 说法",
    "described_zh": "describedzh descriptionzh 中文说法",
    "amount": "amount price asks fee charge 价格 金额 收费",
    "currency": "currency money 货币 币种",
    "all_in": "allin allinclusive taxincluded inclusive 全含 含税费 含税",
    "on_top": "ontop extra taxandfees surcharge 另加 税费",
    "quantity": "quantity qty number count 数量",
    "unit": "unit per 单位",
    "place": "place country region 地区 国家",
    "seen": "seen seenon date day 日期 看到的日期",
    "learnt": "learnt learned how 怎么知道的 途径",
    "source": "source url link where address 出处 来源 网址 链接",
    "need": "need needen 需要",
    "need_zh": "needzh 需要中文",
    "theirs_only": "theirsonly theirsonlyen onlytheirs 对方独有",
    "theirs_only_zh": "theirsonlyzh 对方独有中文",
    "ours_only": "oursonly oursonlyen onlyours 我们独有",
    "ours_only_zh": "oursonlyzh 我们独有中文",
    "service": "service ourservice comparedwith 服务 我们的服务",
    "tier": "tier ourtier level 档次 我们的档次",
    "own_quantity": "ownquantity oursis ourquantity 我们的数量",
}


def columns(names: list[str], mapping: ImportMapping) -> dict[Role, int]:
    """Return the place of each role; raises `MarketFileError` for a role that nobody knows, is twice there, or is missing."""
    unknown = next((name for name in mapping.columns if name not in ROLES), None)
    if unknown is not None:
        raise MarketFileError("role_unknown", name=unknown, roles=", ".join(ROLES))
    found: dict[Role, int] = {}
    for role in ROLES:
        wanted = mapping.columns.get(role)
        places = _places(role, wanted, names)
        if len(places) > 1:
            which = ", ".join(f"“{names[place]}” ({place + 1})" for place in places)
            raise MarketFileError("column_ambiguous", role=role, columns=which)
        if wanted is not None and not places:
            raise MarketFileError("column_missing", role=role, column=wanted, columns=", ".join(names) or "–")
        if places:
            found[role] = places[0]
    missing = [role for role in NEEDED if role not in found]
    if missing:
        raise MarketFileError("role_missing", roles=", ".join(missing), columns=", ".join(names) or "–")
    return found


def _places(role: Role, wanted: str | int | None, names: list[str]) -> list[int]:
    if isinstance(wanted, int):
        return [wanted - 1] if 1 <= wanted <= len(names) else []
    keys = {_key(wanted)} if wanted is not None else set(_NAMES[role].split())
    return [place for place, name in enumerate(names) if _key(name) in keys]


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in re.sub(r"\([^)]*\)", "", text) if letter.isalnum())
