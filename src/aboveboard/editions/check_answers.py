"""The owner's answers to questions of law, judged against the vocabulary: each by name, type, bounds, scope and day."""

from __future__ import annotations

import datetime
from typing import Any

from aboveboard.book import answers
from aboveboard.book.finding import Finding, Lines, Path, Severity, dotted
from aboveboard.book.model import Book, LawFact
from aboveboard.book.near import nearest
from aboveboard.law.vocabulary import Fact, Vocabulary
from aboveboard.words.catalogue import Catalogue


def check(book: Book, lines: Lines, today: datetime.date, file: str, known: Vocabulary) -> list[Finding]:
    """Return findings about `law: facts:`; `known` are all facts, those of the owner's own packs too."""
    found = _Found(lines, file)
    for number, said in enumerate(book.law.facts):
        here: Path = ("law", "facts", number)
        fact = known.get(said.fact)
        if fact is None:
            near = nearest(said.fact, [name for name, each in known.items() if each.asks is not None])
            code = "law.fact_mistyped" if near else "law.fact_unknown"
            found.add("error", code, (*here, "fact"), fact=said.fact, near=near or "")
        elif fact.asks is None:
            found.add(
                "error", "law.fact_not_yours", (*here, "fact"), fact=fact.name, means=fact.meaning.words
            )
        else:
            _value(fact, said, here, book, found)
            _scope(fact, said, here, found)
            _days(said, number, here, book, today, found)
    return found.findings


def _value(fact: Fact, said: LawFact, here: Path, book: Book, found: _Found) -> None:
    value = answers.read(fact, said.value, book.business.currency)
    shown = ", ".join(said.value) if isinstance(said.value, list) else said.value
    values = {"fact": fact.name, "value": shown[:60], "wanted": answers.wanted(fact)}
    if value is None:
        found.add("error", "law.fact_type", (*here, "value"), **values)
    elif (why := answers.outside(fact, value)) is not None:
        found.add("error", f"law.fact_{why}", (*here, "value"), **values)


def _scope(fact: Fact, said: LawFact, here: Path, found: _Found) -> None:
    assert fact.asks is not None  # noqa: S101 - the caller has looked
    about = fact.asks.about
    wrong = {"business": "promotions", "service": "promotions", "promotion": "services"}[about]
    needed = {"service": "services", "promotion": "promotions"}.get(about)
    if getattr(said, wrong):
        found.add("error", "law.fact_scope", (*here, wrong), fact=fact.name, key=wrong)
    if needed is not None and not getattr(said, needed):
        found.add("error", "law.fact_needs", here, fact=fact.name, key=needed)


def _days(said: LawFact, number: int, here: Path, book: Book, today: datetime.date, found: _Found) -> None:
    twin = next((each for each in book.law.facts[:number] if answers.same_scope(each, said)), None)
    if twin is not None:
        first = found.lines.at(("law", "facts", book.law.facts.index(twin))).line
        found.add("error", "law.fact_twice", here, fact=said.fact, first=first)
    if said.since > today:
        found.add("warning", "law.fact_later", (*here, "since"), fact=said.fact, day=said.since)


class _Found:
    def __init__(self, lines: Lines, file: str) -> None:
        self.lines, self.file, self.findings = lines, file, list[Finding]()

    def add(self, severity: Severity, code: str, path: Path, **values: Any) -> None:
        texts, at = Catalogue.load("aboveboard.editions"), self.lines.at(path)
        message = texts.text(f"{code}.message").filled(**values)
        mend = texts.text(f"{code}.mend").filled(**values)
        self.findings.append(
            Finding(severity, code, dotted(path), at.line, at.column, message, mend, self.file)
        )
