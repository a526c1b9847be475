"""A text in both languages, with named places to fill in.

Places are written `{like_this}`. Both languages of one text have the same places, so a page can never show a fact in one
language and leave it out in the other (a test holds this for every catalogue, and `aboveboard check` for every book).
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Literal

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Text:
    """One thing to say, in English (`en`) and in Chinese (`zh`)."""

    en: str
    zh: str

    def say(self, lang: str, **values: object) -> str:
        """Return the text in `lang` with its places filled; a value that is itself a `Text` is said in the same language.

        Raises `KeyError` when a place has no value: a gap in a sentence about money or consent must not be shown.
        """
        pattern = self.zh if lang == "zh" else self.en
        if "{" not in pattern:
            return pattern
        return pattern.format_map({name: say(value, lang) for name, value in values.items()})

    def filled(self, **values: object) -> Text:
        """Return the same pair with its places filled in both languages.

        A curly bracket that came in with a value is doubled, so that saying the pair later shows it instead of filling it.
        """
        return Text(en=_literal(self.say("en", **values)), zh=_literal(self.say("zh", **values)))

    def both(self) -> dict[str, str]:
        """Return what is said in each language, as the API gives it: `{"en": …, "zh": …}`."""
        return {lang: self.say(lang) for lang in LANGUAGES}

    def places(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of the places in English and in Chinese, to be compared."""
        return _places(self.en), _places(self.zh)


def say(value: object, lang: str) -> str:
    """Return `value` as it is said in `lang`."""
    return value.say(lang) if isinstance(value, Text) else str(value)


def _literal(said: str) -> str:
    return said.replace("{", "{{").replace("}", "}}")


def _places(pattern: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(pattern) if name)
