"""The JSON Schema of the book, made from the model, so that editors complete keys and explain them.

A file says where it lies in its first line (`# yaml-language-server: $schema=…`). The schema describes the form only; what a
book means is checked by `aboveboard check`. The published file `business.schema.json` is kept equal to this by a test.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import msgspec

from aboveboard.book.model import Book
from aboveboard.book.shape import describe

FILE = "business.schema.json"

#: In YAML an amount may be written with or without quotes; either way its text is kept to the last digit.
_DECIMAL = {"type": ["number", "string"], "pattern": r"^-?\d{1,15}(\.\d{1,12})?$"}

#: The answer to a question of law: what a rule reads as a number, a day or a yes is text in the book all the same.
_WORDS = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
_ANSWER = [
    {"type": ["string", "number", "boolean"]},
    {"type": "array", "items": {"type": ["string", "number"]}},
]


def json_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12), each key described in both languages."""
    schema: dict[str, Any] = _with_numbers(msgspec.json.schema(Book))
    for chapter, form in schema["$defs"].items():
        for key, value in form.get("properties", {}).items():
            about = describe(chapter, key)
            value["description"] = f"{about.en}\n{about.zh}"
            if value.get("anyOf") == _WORDS:
                value["anyOf"] = _ANSWER
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "business.yaml"}
    return {**head, **schema}


def published() -> str:
    """Return the schema as text, as it lies in the published file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def shipped() -> str:
    """Return the file that ships with the product, without making it anew."""
    return (files("aboveboard.book") / FILE).read_text("utf-8")


def _with_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _with_numbers(item) for key, item in value.items() if key != "format"}
        if value.get("format") == "decimal":
            return {**kept, **_DECIMAL}
        return {**kept, "format": value["format"]} if "format" in value else kept
    if isinstance(value, list):
        return [_with_numbers(item) for item in value]
    return value
