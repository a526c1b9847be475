"""Whether a comparison with others may be shown to customers.

A comparison is lawful where it is objective: the same need on both sides, a price that can be looked up, nobody run down, and
true. Directive 2006/114/EC Art. 4 says so for Europe in these words; China's Advertising Law asks for true quotations with their
source (Art. 11), forbids to run others down (Art. 13) and superlatives (Art. 9); in the United States a comparison must be
substantiated (15 U.S.C. 45, 16 CFR 233.2), and harsh words may be true. Where the law of a place is not in this table, what holds
nearly everywhere counts as our own rule. A price that a competitor told us in confidence is no observation anywhere: such
talks are how cartels are found.

The lists of words are short and sure: a word in them is a fault, and a text without them may still be unfair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aboveboard.book.model import Observation, Positioned, Text
from aboveboard.law.places import inside
from aboveboard.market.standing import Standing

Rule = Literal["need", "unverifiable", "denigrates", "superlative", "cheapest", "from_rival"]

_EU = "Directive 2006/114/EC Art. 4"
_CN_AD, _CN_UNFAIR = "广告法 (Advertising Law)", "反不正当竞争法 (Anti-Unfair Competition Law, 2025)"
#: For each place the rules that it has, each with its source.
_LAWS: tuple[tuple[str, Mapping[Rule, str]], ...] = (
    (
        "EEA",
        {
            "need": f"{_EU}(b)",
            "unverifiable": f"{_EU}(c)",
            "denigrates": f"{_EU}(d)",
            "cheapest": f"{_EU}(a)",
            "from_rival": "TFEU Art. 101",
        },
    ),
    (
        "GB",
        {
            "need": "SI 2008/1276 reg. 4",
            "unverifiable": "SI 2008/1276 reg. 4",
            "denigrates": "SI 2008/1276 reg. 4",
            "cheapest": "SI 2008/1276 reg. 3",
            "from_rival": "Competition Act 1998 s. 2",
        },
    ),
    (
        "CN",
        {
            "need": f"{_CN_UNFAIR} Art. 9",
            "unverifiable": f"{_CN_AD} Art. 11",
            "denigrates": f"{_CN_AD} Art. 13; {_CN_UNFAIR} Art. 12",
            "superlative": f"{_CN_AD} Art. 9(3)",
            "cheapest": f"{_CN_AD} Art. 28; {_CN_UNFAIR} Art. 9",
            "from_rival": "反垄断法 (Anti-Monopoly Law) Art. 17",
        },
    ),
    (
        "US",
        {
            "need": "15 U.S.C. 45; 16 CFR 233.2",
            "unverifiable": "15 U.S.C. 45",
            "cheapest": "15 U.S.C. 45; 15 U.S.C. 1125(a)",
            "from_rival": "15 U.S.C. 1",
        },
    ),
)
_OURS = "our own rule; the law of this place is not in our list"
_OTHERWISE: Mapping[Rule, str] = dict.fromkeys(
    ("need", "unverifiable", "denigrates", "cheapest", "from_rival"), _OURS
)

_DENIGRATES = re.compile(
    r"\b(rip-?offs?|overpriced|greedy|shoddy|incompetent|quacks?|scams?|scammers?|crooks?|worthless|inferior|lousy|"
    r"swindlers?|cheats?)\b|宰客|坑人|坑顾客|骗子|骗钱|黑心|劣质|垃圾|不靠谱|无良|差劲|庸医|蒙人",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(
    r"\b(best|cheapest|lowest|number one|no\. ?1|unrivalled|unbeatable)\b|最低|最便宜|最好|最佳|最优|最高级|国家级|顶级|唯一|"
    r"第一(?![次步个天年回位])",
    re.IGNORECASE,
)
_CHEAPEST = re.compile(
    r"\b(cheapest|lowest prices?|nobody (asks|charges) less|least expensive)\b|最低价|价格最低|最便宜|没有更便宜",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Unfair:
    """One fault of a comparison: which rule, of which `law`, and what it is about.

    `observation` is its id, None for the words of the position itself; `word` is what was found in a text.
    """

    rule: Rule
    law: str
    observation: str | None = None
    word: str = ""


def law_of(places: Iterable[str], rule: Rule) -> str | None:
    """Return the sources of a rule in all these places, None where none of them has it."""
    found: list[str] = []
    for place in places:
        known = [laws for area, laws in _LAWS if inside(place, (area,))]
        found += [laws[rule] for laws in known or (_OTHERWISE,) if rule in laws]
    return "; ".join(dict.fromkeys(found)) or None


def unfair(
    basis: Positioned, used: Sequence[Observation], standing: Standing | None, places: Sequence[str]
) -> Iterator[Unfair]:
    """Yield the faults of a comparison that customers are shown, under the laws of these places."""
    for each in used:
        if each.need is None:
            yield from _found("need", places, each.id)
        if not verifiable(each):
            yield from _found("unverifiable", places, each.id)
        for word in _words(_DENIGRATES, (*each.theirs_only, *each.ours_only, *_optional(each))):
            yield from _found("denigrates", places, each.id, word)
    said = (basis.why, *(each.what for each in basis.differentiation))
    for word in _words(_DENIGRATES, said):
        yield from _found("denigrates", places, None, word)
    for word in _words(_SUPERLATIVE, said):
        yield from _found("superlative", places, None, word)
    if standing is not None and not standing.cheaper:
        for word in _words(_CHEAPEST, said):
            yield from _found("cheapest", places, None, word)


def from_rival(observation: Observation, places: Sequence[str]) -> Unfair | None:
    """Return the fault of a price that a competitor told us, None for one that was learnt in the open."""
    if observation.learnt != "competitor":
        return None
    return next(_found("from_rival", places, observation.id), None)


def verifiable(observation: Observation) -> bool:
    """Return whether somebody else can look the price up: hearsay cannot be, and a page on the web only by its address."""
    if observation.learnt in ("customer", "competitor"):
        return False
    return observation.learnt != "website" or _ADDRESS.fullmatch(observation.source.strip()) is not None


def _optional(observation: Observation) -> tuple[Text, ...]:
    return tuple(text for text in (observation.described, observation.need) if text is not None)


def _words(pattern: re.Pattern[str], texts: Iterable[Text]) -> list[str]:
    """Return what the pattern finds in these texts, in both languages, each once."""
    found = [match[0] for text in texts for said in (text.en, text.zh) for match in pattern.finditer(said)]
    return list(dict.fromkeys(found))


def _found(rule: Rule, places: Sequence[str], observation: str | None, word: str = "") -> Iterator[Unfair]:
    law = law_of(places, rule)
    if law is not None:
        yield Unfair(rule, law, observation, word)
