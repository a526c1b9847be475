"""What rules ask in words that people read: facts by their meaning, and the library that knows the words of an edition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aboveboard.editions.service import Edition, Editions
from aboveboard.law.library import Library, LibraryError
from aboveboard.law.vocabulary import Vocabulary
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Meaning:
    """Says what facts mean, in the words of a vocabulary."""

    known: Vocabulary

    def __call__(self, facts: Sequence[str]) -> Text:
        """Return what these facts mean as one list; a fact that nobody knows any more is told by its name."""
        said = [self._said(each) for each in facts]
        return Text("; ".join(each.en for each in said), "；".join(each.zh for each in said))

    def _said(self, name: str) -> Text:
        fact = self.known.get(name)
        if fact is None:
            return Text(name, name)
        words = fact.meaning.words
        return Text(words.en.rstrip("."), words.zh.rstrip("。"))


def library_for(editions: Editions, edition: Edition | None) -> Library:
    """Return the rules of an edition for reading what they said; where a pack must not be used, those that ship."""
    try:
        return editions.library(edition)
    except LibraryError:
        return Library.open()
