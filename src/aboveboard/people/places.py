"""Places as codes and as words: `US-CA` is “California, USA”, and a list may write either.

A place is an ISO 3166 code: a country (`DE`), or a country and a part of it (`US-CA`). Defaults and signals go by it, so nothing
is guessed: a country is known by its code (two or three letters) or by its English or Chinese name, a state of the USA
likewise, a part of any other country only by its code. A word that we do not know is left out, and the strictest rule holds.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from aboveboard.words import Text

_PART = re.compile(r"[A-Z0-9]{1,3}")
_WHOLE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
#: How people write that they do not know.
_NOTHING = frozenset(
    {"N/A", "N.A.", "N. A.", "N\\A", "#N/A", "NULL", "NONE", "NIL", "UNKNOWN", "无", "未知", "不详"}
)
#: What the lists of names hold besides countries: regions, unions and codes for tests.
_NO_COUNTRIES = frozenset({"ZZ", "EU", "UN", "EZ", "QO", "XA", "XB"})

#: Code, English and Chinese name of the states of the USA and its capital's district.
_STATES = """
AL Alabama 亚拉巴马 | AK Alaska 阿拉斯加 | AZ Arizona 亚利桑那 | AR Arkansas 阿肯色 | CA California 加利福尼亚
CO Colorado 科罗拉多 | CT Connecticut 康涅狄格 | DE Delaware 特拉华 | DC District_of_Columbia 哥伦比亚特区
FL Florida 佛罗里达 | GA Georgia 佐治亚 | HI Hawaii 夏威夷 | ID Idaho 爱达荷 | IL Illinois 伊利诺伊 | IN Indiana 印第安纳
IA Iowa 艾奥瓦 | KS Kansas 堪萨斯 | KY Kentucky 肯塔基 | LA Louisiana 路易斯安那 | ME Maine 缅因 | MD Maryland 马里兰
MA Massachusetts 马萨诸塞 | MI Michigan 密歇根 | MN Minnesota 明尼苏达 | MS Mississippi 密西西比 | MO Missouri 密苏里
MT Montana 蒙大拿 | NE Nebraska 内布拉斯加 | NV Nevada 内华达 | NH New_Hampshire 新罕布什尔 | NJ New_Jersey 新泽西
NM New_Mexico 新墨西哥 | NY New_York 纽约 | NC North_Carolina 北卡罗来纳 | ND North_Dakota 北达科他 | OH Ohio 俄亥俄
OK Oklahoma 俄克拉何马 | OR Oregon 俄勒冈 | PA Pennsylvania 宾夕法尼亚 | RI Rhode_Island 罗得岛 | SC South_Carolina 南卡罗来纳
SD South_Dakota 南达科他 | TN Tennessee 田纳西 | TX Texas 得克萨斯 | UT Utah 犹他 | VT Vermont 佛蒙特 | VA Virginia 弗吉尼亚
WA Washington 华盛顿 | WV West_Virginia 西弗吉尼亚 | WI Wisconsin 威斯康星 | WY Wyoming 怀俄明
"""
#: What people also write, besides the names of Unicode's list.
_ALSO = {
    "US": "United States of America, America, the United States, 美利坚合众国",
    "GB": "UK, Great Britain, England, Scotland, Wales, Northern Ireland",
    "CN": "PR China, PRC, People's Republic of China, Mainland China, 中华人民共和国, 中国大陆",
    "NL": "Holland, the Netherlands",
    "CZ": "Czech Republic",
    "KR": "South Korea, Korea, Republic of Korea",
    "HK": "Hong Kong, 香港",
    "MO": "Macau, Macao, 澳门",
    "TR": "Turkey",
    "CI": "Ivory Coast",
    "SZ": "Swaziland",
    "MK": "Macedonia",
    "MM": "Myanmar, Burma",
    "TL": "East Timor",
    "RU": "Russian Federation",
    "IE": "Republic of Ireland",
    "VA": "Vatican",
}
_ALSO_STATES = {
    "CA": "加州",
    "DC": "Washington DC, 华盛顿特区",
    "NY": "纽约州",
    "TX": "德州, 德克萨斯",
    "IA": "爱荷华",
    "OK": "俄克拉荷马",
}


class UnknownPlaceError(ValueError):
    """A word that is no place; `code` is `country_left_out` or `state_left_out`, `rest` what is still known."""

    def __init__(self, code: str, rest: str | None) -> None:
        super().__init__(code)
        self.code = code
        self.rest = rest


def read_place(country: str, state: str, home: str) -> str | None:
    """Return the code of what a list says in its columns of country and state; without a country it is `home`'s.

    A whole code (`US-CA`) may stand in either column. None if both are empty. Raises `UnknownPlaceError`: a state that is not
    one of `home`'s does not say that somebody lives there.
    """
    country, state = _said(country), _said(state)
    if _WHOLE.fullmatch(country) and state in ("", country):
        country, state = country[:2], country
    elif _WHOLE.fullmatch(state) and not country:
        country = state[:2]
    if not country and not state:
        return None
    code = _countries().get(_key(country)) if country else home[:2]
    if code is None:
        raise UnknownPlaceError("country_left_out", None)
    if not state:
        return code
    part = state.removeprefix(f"{code}-")
    found = _states().get(_key(state), _states().get(_key(part))) if code == "US" else part
    if found is None or not _PART.fullmatch(found):
        raise UnknownPlaceError("state_left_out", code if country else None)
    return f"{code}-{found}"


def place_name(place: str) -> Text:
    """Return how people call a place; of a part that we have no name for, its code."""
    country, _, part = place.partition("-")
    whole = Text(*(_territories(lang).get(country, country) for lang in ("en", "zh")))
    if not part:
        return whole
    names = _by_code().get(part) if country == "US" else None
    if names is None:
        return Text(f"{whole.en} ({part})", f"{whole.zh}（{part}）")
    return Text(f"{names.en}, {whole.en}", f"{whole.zh}{names.zh}")


def _said(cell: str) -> str:
    """Return what a cell says, in capitals; nothing where it says only that nothing is known, as `N/A` does, not Namibia."""
    said = unicodedata.normalize("NFKC", cell).strip().upper()
    return said if _key(said) and said not in _NOTHING else ""


def _key(name: str) -> str:
    """Return a name as it is compared: no capitals, spaces or marks."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


@cache
def _territories(lang: str) -> dict[str, str]:
    from babel import Locale  # late: few need a name

    return {
        code: str(name)
        for code, name in Locale(lang).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }


@cache
def _countries() -> dict[str, str]:
    from babel.core import get_global

    codes = _territories("en")
    found = {_key(name): code for lang in ("en", "zh") for code, name in _territories(lang).items()}
    found |= {_key(name): code for code, names in _ALSO.items() for name in names.split(",")}
    longer = get_global("territory_aliases")
    found |= {
        _key(alias): new[0]
        for alias, new in longer.items()
        if len(alias) == 3 and alias.isalpha() and len(new) == 1 and new[0] in codes
    }
    return found | {_key(code): code for code in codes}


@cache
def _by_code() -> dict[str, Text]:
    rows = (row.split() for line in _STATES.strip().splitlines() for row in line.split("|"))
    return {
        code: Text(en.replace("_", " "), zh if zh.endswith("特区") else f"{zh}州") for code, en, zh in rows
    }


@cache
def _states() -> dict[str, str]:
    found = {_key(name): code for code, names in _ALSO_STATES.items() for name in names.split(",")}
    for code, name in _by_code().items():
        found |= {
            _key(code): code,
            _key(name.en): code,
            _key(name.zh): code,
            _key(name.zh.removesuffix("州")): code,
        }
    return found
