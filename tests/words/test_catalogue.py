"""Every `texts.yaml`: readable, both languages, the same places; broken ones are refused with the key."""

from __future__ import annotations

import pytest

from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue, CatalogueError, all_catalogues, parse

GOOD = """
done:
  title: {en: Done., zh: 好了。}
  told: {en: "We told {partner}.", zh: "我们通知了{partner}。"}
no: {en: "84.00", zh: 不}
flat.key: {en: a, zh: 甲}
"""


def test_a_tree_and_flat_keys_become_dotted_keys() -> None:
    catalogue = Catalogue("here", parse(GOOD, "here"))
    assert list(catalogue.keys()) == ["done.title", "done.told", "no", "flat.key"]
    assert catalogue("done.told", "zh", partner=Text(en="the lab", zh="化验室")) == "我们通知了化验室。"
    assert catalogue("no", "en") == "84.00"
    assert "no" in catalogue and "yes" not in catalogue


def test_a_missing_key_or_value_raises() -> None:
    catalogue = Catalogue("here", parse(GOOD, "here"))
    with pytest.raises(KeyError, match="has no text 'done.nothing'"):
        catalogue("done.nothing", "en")
    with pytest.raises(KeyError):
        catalogue("done.told", "en")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a: {en: x}", "'a' needs one text"),
        ("a: {en: x, zh: ''}", "'a' needs one text"),
        ("a: {en: x, zh: y, fr: z}", "'a' needs one text"),
        ("a: {en: x, en: x, zh: y}", "'a' needs one text"),
        ("a: {en: x, zh: y}\na: {en: x, zh: y}", "line 2: 'a' is there twice"),
        ("a: hello", "'a' must be a pair"),
        ("a: [b", "not readable YAML"),
    ],
)
def test_broken_files_name_the_key(source: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        parse(source, "here")


def test_a_package_without_texts_says_so() -> None:
    with pytest.raises(CatalogueError, match="no texts.yaml"):
        Catalogue.load("aboveboard.words")


def test_both_languages_have_the_same_places() -> None:
    different = [
        f"{package}: {key}: {places[0] ^ places[1]}"
        for package, catalogue in all_catalogues().items()
        for key in catalogue
        if (places := catalogue.text(key).places())[0] != places[1]
    ]
    assert different == []
