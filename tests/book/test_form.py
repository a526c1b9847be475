"""The published schema, the sentences and the page in the docs all say what the model says."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from aboveboard.book import shape
from aboveboard.book.finding import WARNINGS, Report
from aboveboard.book.load import load
from aboveboard.book.near import distance, nearest
from aboveboard.book.schema import json_schema, published, shipped
from aboveboard.sample import BOOK
from aboveboard.words.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
TEXTS = Catalogue.load("aboveboard.book")
CODES = {key[len("findings.") : -len(".mend")] for key in TEXTS if re.fullmatch(r"findings\..*\.mend", key)}


class AsEditorsRead(yaml.SafeLoader):
    """YAML as an editor's language server reads it (1.2): a date is a text there."""


AsEditorsRead.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_published_schema_is_that_of_the_model() -> None:
    assert shipped() == published(), (
        "run: python -c 'from aboveboard.book.schema import *; print(published(), end=\"\")'"
    )


def test_the_schema_is_one_and_lets_the_sample_pass() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    book = yaml.load(BOOK.read_text("utf-8"), Loader=AsEditorsRead)  # noqa: S506 - a SafeLoader
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(book)] == []
    book["services"][0]["margin"] = "a lot"
    del book["business"]["currency"]
    assert len(list(jsonschema.Draft202012Validator(schema).iter_errors(book))) == 2


def test_the_sample_names_the_schema_beside_the_model() -> None:
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", BOOK.read_text("utf-8"))
    assert named is not None
    assert (BOOK.parent / named[1]).resolve() == (
        Path(shape.__file__).parent / "business.schema.json"
    ).resolve()


def test_each_key_is_described_and_nothing_else_is() -> None:
    described = {key.removeprefix("keys.") for key in TEXTS if key.startswith("keys.")}
    keys = {
        f"{chapter}.{key}" for chapter, form in json_schema()["$defs"].items() for key in form["properties"]
    }
    assert described == keys


def test_each_code_has_both_sentences_and_is_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src/aboveboard").glob("*/**/*.py"))
    made = {f"shape.{form}" for form in shape._FORMS.values()}
    made |= {code for code in CODES if code.startswith("words.")}
    for code in CODES:
        assert f"findings.{code}.mend" in TEXTS
        assert code in made or f'"{code}"' in source, f"nothing says {code}"
    assert WARNINGS <= CODES


def test_a_finding_shows_brackets_that_came_from_the_book() -> None:
    report = Report("b.yaml")
    report.add("shape.unknown_key", (), key="{x}", known="a")
    assert report.findings[0].message == "Unknown key “{x}”."


def test_the_docs_list_every_code() -> None:
    page = (ROOT / "docs/book.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_]+\.[a-z_0-9]+)` \| (error|warning) \|", page, re.MULTILINE))
    assert rows == {code: "warning" if code in WARNINGS else "error" for code in CODES}


def test_the_docs_describe_keys_in_the_same_words() -> None:
    page = (ROOT / "docs/book.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|[^|]*\| (.*) \|$", page, re.MULTILINE))
    for key in TEXTS:
        if key.startswith("keys.") and not key.startswith("keys.Text."):
            assert (key.rsplit(".", 1)[1], TEXTS.text(key).en) in rows


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("purpose", ["purposes", "partners"], "purposes"),
        ("curency", ["currency"], "currency"),
        ("CURRENCY", ["currency"], "currency"),
        ("nmae", ["name", "what"], "name"),
        ("shoe_size", ["name", "what"], None),
        ("", ["name"], None),
        ("x" * 1000, ["name"], None),
        ("name", [], None),
    ],
)
def test_nearest(word: str, known: list[str], found: str | None) -> None:
    assert nearest(word, known) == found


@pytest.mark.parametrize(
    ("one", "other", "steps"), [("", "", 0), ("ab", "ba", 1), ("ab", "", 2), ("kitten", "sitting", 3)]
)
def test_distance(one: str, other: str, steps: int) -> None:
    assert distance(one, other) == distance(other, one) == steps


def test_the_book_finds_its_own_by_id() -> None:
    book = load(BOOK.read_bytes()).book
    assert book is not None
    assert book.purpose("share_lab") is not None and book.purpose("nothing") is None
    assert book.partner("lab") is not None and book.partner("nothing") is None
    pricing = book.pricing_purpose()
    assert pricing is not None and pricing.id == "personal_prices"
