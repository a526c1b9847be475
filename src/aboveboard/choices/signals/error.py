"""Why a signal could not be read, or written: a stable code, and a sentence in both languages.

Whoever receives such an error knows nothing of what the person said. The careful reading is then a no for this request.
"""

from __future__ import annotations

from aboveboard.words import Text

HEADER = Text("The header", "开头部分")

_TEXTS: dict[str, Text] = {
    "empty": Text(
        "There is no privacy string here. Send the whole string, such as DBABLA~CAAVAAAAAABA.YA.",
        "这里没有隐私字符串。请把整串发来，比如 DBABLA~CAAVAAAAAABA.YA。",
    ),
    "too_long": Text(
        "The privacy string is longer than {most} characters, and no real one is. Check what was sent.",
        "隐私字符串超过了 {most} 个字符，真的不会有这么长。请检查发来的内容。",
    ),
    "alphabet": Text(
        "{place} has the character {character}, which cannot stand there. Was the string changed on its way? Send it as it was.",
        "{place}里有 {character}，这个字符不该出现。字符串在路上被改过吗？请原样发来。",
    ),
    "type": Text(
        "This does not start like a GPP string, which begins with D. One that begins with C is a TCF string: send it as that.",
        "这不像 GPP 字符串，GPP 以 D 开头。以 C 开头的是 TCF 字符串，请按 TCF 发来。",
    ),
    "version": Text(
        "{place} says that it is version {found}. We read version {read}. Ask the sender for that one.",
        "{place}写的是第 {found} 版，我们能读的是第 {read} 版。请让对方发这一版。",
    ),
    "section_count": Text(
        "The header announces {announced} sections, and {found} follow. The string was cut or glued together. Send it whole.",
        "开头说有 {announced} 节，后面却有 {found} 节。字符串被截断了，或者拼错了。请发完整的。",
    ),
    "blank": Text(
        "{place} is empty. Leave it out, or send what belongs there.",
        "{place}是空的。请去掉它，或者补上内容。",
    ),
    "truncated": Text(
        "{place} ends too early. The string was cut on its way. Send it whole.",
        "{place}没有写完，字符串在路上被截断了。请发完整的。",
    ),
    "padding": Text(
        "{place} goes on after its end. It was changed on its way, or is of a kind that we do not know. Send it as it was.",
        "{place}在结尾之后还有内容。它在路上被改过，或者是我们不认识的写法。请原样发来。",
    ),
    "range": Text(
        "{place} lists a number above {most}, the same number twice, or a range that ends before it begins. Send it as it was.",
        "{place}里有大于 {most} 的编号，或者编号重复，或者范围的终点小于起点。请原样发来。",
    ),
    "subsection": Text(
        "{place} has a part that does not belong there. Send the string as it was.",
        "{place}里有一部分不该在那里。请原样发来。",
    ),
    "usp": Text(
        "A US privacy string is the digit 1 and three letters, each Y, N or -. For example 1YNN.",
        "美国隐私字符串是数字 1 加三个字母，每个是 Y、N 或 -，比如 1YNN。",
    ),
    "duplicate": Text(
        "{place} is there twice. Give each section once.",
        "{place}出现了两次。每一节只能写一次。",
    ),
    "section_unknown": Text(
        "We cannot write a section {place}. We know: {known}.",
        "我们写不了“{place}”这一节。我们认识的有：{known}。",
    ),
    "field_unknown": Text(
        "{place} has no field {field}. It has: {known}.",
        "{place}没有“{field}”这一项。它有：{known}。",
    ),
    "field_missing": Text(
        "{place} lacks the field {field}. Give every field; not_applicable is an answer too.",
        "{place}缺少“{field}”这一项。每一项都要写，not_applicable 也是一种回答。",
    ),
    "value": Text(
        "{field} in {place} cannot be {value}. It can be: {known}.",
        "{place}的“{field}”不能是 {value}。可以是：{known}。",
    ),
}

#: Every code that a `SignalError` can have.
CODES = frozenset(_TEXTS)


class SignalError(ValueError):
    """A signal that cannot be read or written. `code` is stable (see `CODES`); `text` says what is wrong and how to mend it."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


def fault(code: str, **values: object) -> SignalError:
    """Return the error with this code, its sentence filled with `values`; what came from outside is shortened."""
    shown = {name: _short(value) for name, value in values.items()}
    return SignalError(code, _TEXTS[code].filled(**shown))


def section(name: str) -> Text:
    """Return how errors name a section."""
    return Text("Section {name}", "{name} 节").filled(name=_short(name))


def _short(value: object) -> object:
    return value[:200] if isinstance(value, str) else value
