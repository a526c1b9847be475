"""What a rule waits for is told by its meaning, and a guard of the owner's own law names that law."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from aboveboard.house import House
from aboveboard.law.library import Library
from aboveboard.quotes.law_words import Meaning
from aboveboard.quotes.model import QuoteRequest
from aboveboard.words import Text


def test_each_fact_has_words_that_can_stand_in_a_sentence() -> None:
    known = Library.open().vocabulary
    meaning = Meaning(known)
    for name in known:
        said = meaning([name])
        assert name not in (said.en, said.zh)
        assert not said.en.endswith(".") and not said.zh.endswith("。")
    both = meaning(["price.intervals", "no.such.fact"])
    assert both.en.endswith("; no.such.fact") and both.zh.endswith("；no.such.fact")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_in_words_what_nobody_knows_yet(
    house: House, client: TestClient[Any], lang: str
) -> None:
    with house.store.write() as tx:
        made = house.quotes.quote(tx, QuoteRequest("treatment", place="CN"))
    missing = {name for rule in made.body.law.rules for name in rule.missing}
    assert missing, "a price that nothing is open about tries nothing"
    page = client.get(f"/price/{made.id}?lang={lang}").text
    laws = page[page.index('<details id="laws">') :]
    words = Meaning(Library.open().vocabulary)
    for name in missing:
        said: Text = words([name])
        assert said.say("zh" if lang == "zh" else "en") in _unescaped(laws)
        assert not re.search(rf"[:：] ?{re.escape(name)}\b", laws)


def _unescaped(html: str) -> str:
    return html.replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"')
