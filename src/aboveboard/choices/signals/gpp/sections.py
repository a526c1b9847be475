"""One decoder and one encoder over all tables: a section's text to its fields, and back.

A section is its core, and after dots its subsections: `CAAVAAAAAABA.YA` is a national section whose core says its fields and
whose second part says that the browser sent GPC. The GPC subsection has three bits: the number 1 in two, then the signal. Some
states define none; it is read with every state all the same, because whoever added it wanted a no to be heard.

The sections of 2025 and later put a header before the core: the section's own number, the version, and the numbers of the
subsections that follow. IAB's library writes them without that header (`bare`). The two can be told apart: the first six bits
are the section's number, or they are the version of an agreement, which is far below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aboveboard.choices.signals.bits import ALPHABET, Reader, Writer
from aboveboard.choices.signals.error import fault, section
from aboveboard.choices.signals.gpp.fields import VERSION_BITS, Field, Layout
from aboveboard.choices.signals.gpp.header import read_range, write_range
from aboveboard.choices.signals.gpp.model import Carried, Part, Section, Value
from aboveboard.choices.signals.gpp.tables import CARRIED, LAYOUTS, NAMES, USP_FIELDS, USP_ID
from aboveboard.words import Text

_USP = re.compile(r"1[YN-]{3}")
_USP_WORDS = {"Y": "yes", "N": "no", "-": "not_applicable"}
_SAFE = frozenset(ALPHABET + ".")
_GPC_TYPE = 1
_LAYOUTS: Mapping[int, tuple[Layout, ...]] = {
    number: tuple(each for each in LAYOUTS if each.id == number) for number in {each.id for each in LAYOUTS}
}


# ----------------------------------------------------------------------------------------------------------- read
def read(number: int, text: str) -> Part:
    """Return the section that `text` is; raises `SignalError`."""
    place = section(NAMES.get(number, str(number)))
    if not text:
        raise fault("blank", place=place)
    if number == USP_ID:
        return _read_usp(text)
    if number not in _LAYOUTS:
        return Carried(number, _safe(text, place))
    pieces = text.split(".")
    headed = next((each for each in _LAYOUTS[number] if each.headed), None)
    if headed is not None and _first(pieces[0], place) == number:
        return _read_headed(number, pieces, place)
    return _read_plain(number, pieces, place)


def _first(piece: str, place: Text) -> int:
    return Reader(piece[:1], place).number(VERSION_BITS)


def _safe(text: str, place: Text) -> str:
    for character in text:
        if character not in _SAFE:
            raise fault("alphabet", place=place, character=ascii(character))
    return text


def _read_usp(text: str) -> Section:
    if not _USP.fullmatch(text):
        raise fault("usp")
    fields = {name: _USP_WORDS[sign] for name, sign in zip(USP_FIELDS, text[1:], strict=True)}
    return Section(USP_ID, 1, fields)


def _read_plain(number: int, pieces: Sequence[str], place: Text) -> Section:
    """A section without a header of its own: the version is the core's first field, or (`bare`) not said at all."""
    bare = next((each for each in _LAYOUTS[number] if each.headed and not each.draft), None)
    reader = Reader(pieces[0], place)
    layout = bare or _layout(number, reader.number(VERSION_BITS), False, place, len(pieces[0]))
    fields = _read_fields(reader, layout.fields)
    padding = [reader.finish()]
    gpc = None
    if len(pieces) > 2:
        raise fault("subsection", place=place)
    if len(pieces) == 2:
        gpc, surplus = _read_extra(pieces[1], layout, fields, place)
        padding.append(surplus)
    return Section(number, layout.version, fields, gpc, tuple(padding), bare is not None)


def _read_headed(number: int, pieces: Sequence[str], place: Text) -> Section:
    reader = Reader(pieces[0], place)
    reader.number(VERSION_BITS)
    layout = _layout(number, reader.number(VERSION_BITS), True, place)
    follow = read_range(reader, len(pieces))
    padding = [reader.finish()]
    if len(pieces) != 2 + len(follow) or follow not in ([], [_GPC_TYPE]):
        raise fault("subsection", place=place)
    reader = Reader(pieces[1], place)
    fields = _read_fields(reader, layout.fields)
    padding.append(reader.finish())
    gpc = None
    if follow:
        gpc, surplus = _read_extra(pieces[2], layout, fields, place)
        padding.append(surplus)
    return Section(number, layout.version, fields, gpc, tuple(padding))


def _layout(number: int, version: int, headed: bool, place: Text, characters: int = 0) -> Layout:
    """Return the table for a version; of two with the same number the longest that `characters` can hold."""
    known = [each for each in _LAYOUTS[number] if each.headed is headed]
    fitting = [each for each in known if each.version == version]
    if not fitting:
        read = ", ".join(sorted({str(each.version) for each in known}))
        raise fault("version", place=place, found=version, read=read)
    fitting.sort(key=lambda each: each.characters)
    return next((each for each in reversed(fitting) if each.characters <= characters), fitting[0])


def _read_fields(reader: Reader, fields: Sequence[Field]) -> dict[str, Value]:
    return {each.name: _read_field(reader, each) for each in fields}


def _read_field(reader: Reader, field: Field) -> Value:
    if field.words is None:
        return reader.number(field.bits)
    if not field.items:
        return field.words[reader.number(field.bits)]
    return {item: field.words[reader.number(field.bits)] for item in field.items}


def _read_extra(piece: str, layout: Layout, fields: dict[str, Value], place: Text) -> tuple[bool | None, int]:
    """Read what follows the core: into `fields`, or as the GPC signal that is returned with the surplus characters."""
    reader = Reader(piece, place)
    if layout.extra is not None:
        fields |= _read_fields(reader, [layout.extra])
        return None, reader.finish()
    if reader.number(2) != _GPC_TYPE:
        raise fault("subsection", place=place)
    return reader.flag(), reader.finish()


# ---------------------------------------------------------------------------------------------------------- write
def write(part: Part) -> str:
    """Return the text of a section; raises `SignalError` for one that cannot be written."""
    place = section(part.name)
    if isinstance(part, Carried):
        return _write_carried(part, place)
    if part.id == USP_ID:
        return _write_usp(part, place)
    layout = _written(part, place)
    extra = layout.extra is not None and layout.extra.name in part.fields
    if part.gpc is not None and layout.extra is not None:
        raise fault("subsection", place=place)
    writers = [_core(part, layout, place)]
    if extra or part.gpc is not None:
        writers.append(_extra(part, layout, place))
    if layout.headed and not part.bare:
        writers.insert(0, _section_header(part, len(writers) > 1))
    padding = (*part.padding, 0, 0, 0)
    return ".".join(writer.text(surplus) for writer, surplus in zip(writers, padding, strict=False))


def _write_carried(part: Carried, place: Text) -> str:
    if part.id in _LAYOUTS or part.id == USP_ID:
        raise fault("section_unknown", place=part.name, known=", ".join(CARRIED.values()))
    if not part.text:
        raise fault("blank", place=place)
    return _safe(part.text, place)


def _write_usp(part: Section, place: Text) -> str:
    signs = {word: sign for sign, word in _USP_WORDS.items()}
    _names(part.fields, USP_FIELDS, USP_FIELDS, place)
    for name in USP_FIELDS:
        _word(part.fields[name], tuple(signs), name, place)
    return "1" + "".join(signs[str(part.fields[name])] for name in USP_FIELDS)


def _written(part: Section, place: Text) -> Layout:
    """Return the table that a section is written by: its version's, and of two the one whose items it has."""
    known = _LAYOUTS.get(part.id, ())
    fitting = [each for each in known if each.version == part.version]
    if not fitting:
        read = ", ".join(sorted({str(each.version) for each in known})) or "-"
        raise fault("version", place=place, found=part.version, read=read)
    return next((each for each in fitting if _same_items(part.fields, each)), fitting[0])


def _same_items(fields: Mapping[str, Value], layout: Layout) -> bool:
    return all(
        isinstance(value := fields.get(each.name), Mapping) and set(value) == set(each.items)
        for each in layout.fields
        if each.items
    )


def _core(part: Section, layout: Layout, place: Text) -> Writer:
    needed = [each.name for each in layout.fields]
    _names(part.fields, needed, [each.name for each in layout.known()], place)
    writer = Writer()
    if not layout.headed:
        writer.number(part.version, VERSION_BITS)
    for each in layout.fields:
        _write_field(writer, each, part.fields[each.name], place)
    return writer


def _extra(part: Section, layout: Layout, place: Text) -> Writer:
    writer = Writer()
    if layout.extra is not None:
        _write_field(writer, layout.extra, part.fields[layout.extra.name], place)
    else:
        writer.number(_GPC_TYPE, 2)
        writer.number(int(bool(part.gpc)), 1)
    return writer


def _section_header(part: Section, follows: bool) -> Writer:
    writer = Writer()
    writer.number(part.id, VERSION_BITS)
    writer.number(part.version, VERSION_BITS)
    write_range(writer, [_GPC_TYPE] if follows else [])
    return writer


def _names(fields: Mapping[str, Value], needed: Sequence[str], known: Sequence[str], place: Text) -> None:
    for name in fields:
        if name not in known:
            raise fault("field_unknown", place=place, field=str(name), known=", ".join(known))
    for name in needed:
        if name not in fields:
            raise fault("field_missing", place=place, field=name)


def _write_field(writer: Writer, field: Field, value: Value, place: Text) -> None:
    if field.words is None:
        most = 2**field.bits - 1
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise fault("value", place=place, field=field.name, value=str(value), known=f"0–{most}")
        writer.number(value, field.bits)
    elif not field.items:
        writer.number(_word(value, field.words, field.name, place), field.bits)
    else:
        if not isinstance(value, Mapping) or set(value) != set(field.items):
            known = ", ".join(field.items)
            raise fault("value", place=place, field=field.name, value=str(value), known=known)
        for item in field.items:
            writer.number(_word(value[item], field.words, f"{field.name}.{item}", place), field.bits)


def _word(value: object, words: Sequence[str], name: str, place: Text) -> int:
    if not isinstance(value, str) or value not in words:
        raise fault("value", place=place, field=name, value=str(value), known=", ".join(words))
    return words.index(value)
