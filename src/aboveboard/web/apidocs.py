"""The description of the API for people: drawn here, from the same OpenAPI 3.1 document that programs read.

The usual viewers are a megabyte of script that most of them load from elsewhere. This page is our own template: it
works offline, without a script, on a phone and on paper, and the strict content policy of the house holds for it as
well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from aboveboard import __version__
from aboveboard.web import language
from aboveboard.web.layout import page
from aboveboard.web.problems import Problem, as_json, problem

PATH = "/api/docs"

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a body: its path (`identity.email`), what it is, whether it must be there, and a word about it."""

    name: str
    kind: str
    needed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API as the page shows it; `sends` and `gets` are its fields, `example` a body to send."""

    method: str
    path: str
    summary: str
    words: str
    tag: str
    scopes: str
    sends: tuple[FieldLine, ...]
    gets: tuple[FieldLine, ...]
    status: str
    anchor: str


class OwnPage(OpenAPIRenderPlugin):
    """Renders `/api/docs` with this house's own template."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        calls = list(read(openapi_schema))
        tags = list(dict.fromkeys(call.tag for call in calls))
        sample: Problem = problem(400, "field_missing", field="identity", name="identity")
        error = json.dumps(as_json(sample, language.of(request)), indent=2, ensure_ascii=False)
        return page(request, "web/docs.html", calls=calls, tags=tags, error=error).content.encode()


def config() -> OpenAPIConfig:
    """Return what the document says about itself, and where it is served."""
    return OpenAPIConfig(
        title="Aboveboard",
        version=__version__,
        path=PATH,
        summary="Say no once and every partner hears it; every price shows its steps.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        render_plugins=[OwnPage()],
        tags=[
            Tag(name="choices"),
            Tag(name="gate"),
            Tag(name="quotes"),
            Tag(name="costs"),
            Tag(name="market"),
            Tag(name="record"),
        ],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http", scheme="bearer", description="ab_<id>_<secret>, from `aboveboard token new`"
                )
            }
        ),
        use_handler_docstrings=True,
    )


def read(document: dict[str, Any]) -> Iterator[Call]:
    """Yield the calls of an OpenAPI document in its order."""
    schemas: dict[str, Schema] = document.get("components", {}).get("schemas", {})
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield _call(method.upper(), path, operation, schemas)


def _call(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Schema]) -> Call:
    status = min(operation["responses"])
    parameters = [
        FieldLine(
            p["name"], _kind(p.get("schema", {}), schemas), p.get("required", False), p.get("description", "")
        )
        for p in operation.get("parameters", ())
    ]
    body = _json_of(operation.get("requestBody", {}))
    answer = _json_of(operation["responses"][status])
    tag = (operation.get("tags") or ["more"])[0]
    return Call(
        method=method,
        path=path,
        summary=operation.get("summary", ""),
        words=operation.get("description", ""),
        tag=tag,
        scopes=", ".join(
            scope for need in operation.get("security") or () for scopes in need.values() for scope in scopes
        ),
        sends=(*parameters, *_fields(body, schemas)),
        gets=tuple(_fields(answer, schemas)),
        status=status,
        anchor=f"{method}{path}".lower().translate(str.maketrans("/{}", "---")).strip("-"),
    )


def _json_of(part: dict[str, Any]) -> Schema:
    content = part.get("content", {})
    for kind, inner in content.items():
        if "json" in kind:
            schema: Schema = inner.get("schema", {})
            return schema
    return {}


def _resolve(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    for _ in range(8):
        if "$ref" not in schema:
            return schema
        schema = schemas.get(schema["$ref"].rsplit("/", 1)[-1], {})
    return schema


def _options(schema: Schema, schemas: dict[str, Schema]) -> list[Schema]:
    """Return what a schema may be, without the null of something that may be left out."""
    schema = _resolve(schema, schemas)
    options = [_resolve(option, schemas) for option in schema.get("oneOf") or schema.get("anyOf") or [schema]]
    return [option for option in options if option.get("type") != "null"] or [schema]


def _fields(
    schema: Schema, schemas: dict[str, Schema], before: str = "", depth: int = 0
) -> Iterator[FieldLine]:
    [schema, *_] = _options(schema, schemas)
    mark = f"{before}[]" if schema.get("type") == "array" else before
    if schema.get("type") == "array":
        [schema, *_] = _options(schema.get("items", {}), schemas)
    needed = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        path = f"{mark}.{name}" if mark else name
        words = inner.get("description") or _resolve(inner, schemas).get("title", "")
        known = {s.get("title") for s in schemas.values()}
        yield FieldLine(path, _kind(inner, schemas), name in needed, "" if words in known else words)
        if depth < 3:
            yield from _fields(inner, schemas, path, depth + 1)


def _kind(schema: Schema, schemas: dict[str, Schema]) -> str:
    """Return what a field is, in as few words as will do."""
    return " | ".join(dict.fromkeys(_one_kind(option, schemas) for option in _options(schema, schemas)))


def _one_kind(schema: Schema, schemas: dict[str, Schema]) -> str:
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"] if value is not None)
    if "const" in schema:
        return f'"{schema["const"]}"'
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "object")
    if kind == "array":
        return f"[{_kind(schema.get('items', {}), schemas)}]"
    if schema.get("format") in ("date", "date-time"):
        return str(schema["format"])
    return {"string": "text", "integer": "whole number", "boolean": "true | false", "object": "{…}"}.get(
        str(kind), str(kind or "…")
    )
