"""The description of the API: one OpenAPI 3.1 document, drawn by us, without anything from elsewhere."""

import re

from aboveboard.web.apidocs import read


def test_the_document_describes_every_call(client):
    document = client.get("/api/docs/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    wanted = {
        "/api/v1/choices",
        "/api/v1/gate",
        "/api/v1/quotes",
        "/api/v1/receipts/{receipt_id}",
        "/api/v1/record/checkpoint",
    }
    assert wanted <= set(document["paths"])
    assert all(call.summary for call in read(document))
    assert not [path for path in document["paths"] if not path.startswith(("/api/v1/", "/record/"))]


def test_the_page_shows_each_call_with_its_fields_and_loads_nothing(client):
    page = client.get("/api/docs").text
    for path in client.get("/api/docs/openapi.json").json()["paths"]:
        assert path in page
    assert "identity.email" in page and "&#34;deny&#34; | &#34;allow&#34;" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "<script" not in page


def test_fields_are_found_through_references_and_options():
    schemas = {
        "Inner": {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "required": ["a"],
            "title": "Inner",
        }
    }
    body = {
        "type": "object",
        "properties": {
            "one": {"oneOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]},
            "many": {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}},
            "kind": {"enum": ["x", "y"]},
        },
        "required": ["kind"],
    }
    document = {
        "components": {"schemas": schemas},
        "paths": {
            "/p": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": body}}},
                    "responses": {"201": {"content": {}}},
                }
            }
        },
    }
    [call] = read(document)
    assert [(field.name, field.kind, field.needed) for field in call.sends] == [
        ("one", "{…}", False),
        ("one.a", "text", True),
        ("many", "[{…}]", False),
        ("many[].a", "text", True),
        ("kind", '"x" | "y"', True),
    ]
