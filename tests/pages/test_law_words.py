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


def test_each_fact_has_words_that_can_stand_in_a_sentence() -> None:
    known = Library.open().vocabulary
    meaning = Meaning(known)
    for name in known:
        said = meaning([name])
        assert name not in (said.en, said.zh)
        assert ".”" not in said.en and "。」" not in said.zh
        assert said.en.endswith("”.") and said.zh.endswith("」。")


def test_what_may_be_so_is_not_said_as_if_it_were() -> None:
    """A rule asks whether there was an agreement with rivals; nobody says that there was one."""
    meaning = Meaning(Library.open().vocabulary)
    said = meaning(["price.agreed_with_rivals", "price.intervals", "no.such.fact"])
    whether, what = said.en.split("”. ")
    assert whether.startswith("We do not know yet if this is so: “There was an agreement with rivals")
    assert what.startswith("We do not know yet: “") and what.endswith("; “no.such.fact”.")
    assert said.zh.startswith("还不知道是不是这样：「") and "。还不知道：「" in said.zh


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
        meant = re.findall("[“「](.*)[”」]", words([name]).say("zh" if lang == "zh" else "en"))
        assert len(meant) == 1 and meant[0] in _unescaped(laws)
        assert not re.search(rf"[:：] ?{re.escape(name)}\b", laws)


def _unescaped(html: str) -> str:
    return html.replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"')
