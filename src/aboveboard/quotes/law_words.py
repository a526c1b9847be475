"""What rules ask in words that people read: facts by their meaning, and the library that knows the words of an edition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aboveboard.editions.service import Edition, Editions
from aboveboard.law.library import Library, LibraryError
from aboveboard.law.vocabulary import Vocabulary
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Meaning:
    """Says what a rule waits for, in the words of a vocabulary."""

    known: Vocabulary

    def __call__(self, facts: Sequence[str]) -> Text:
        """Return what nobody knows yet, in a sentence or two; a fact that is in no pack any more is told by its name.

        What is so or not is told apart from what has a value: its words are a statement, and must not be read as one.
        """
        flags: list[Text] = []
        values: list[Text] = []
        for name in facts:
            fact = self.known.get(name)
            words = Text(name, name) if fact is None else fact.meaning.words
            (flags if fact is not None and fact.type == "flag" else values).append(words)
        texts = Catalogue.load("aboveboard.quotes")
        said = [
            texts.text(key).filled(facts=_listed(found))
            for key, found in (("law.missing_flags", flags), ("law.missing", values))
            if found
        ]
        return Text(" ".join(each.say("en") for each in said), "".join(each.say("zh") for each in said))


def _listed(words: list[Text]) -> Text:
    """Return words as one list, each in quotation marks and without its full stop."""
    return Text(
        "; ".join(f"“{each.en.rstrip('.')}”" for each in words),
        "、".join(f"「{each.zh.rstrip('。')}」" for each in words),
    )


def library_for(editions: Editions, edition: Edition | None) -> Library:
    """Return the rules of an edition for reading what they said; where a pack must not be used, those that ship."""
    try:
        return editions.library(edition)
    except LibraryError:
        return Library.open()
