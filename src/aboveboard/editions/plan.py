"""What applying a book would do: its changes, its prices, who has decided about them, and whom to tell. Writes nothing."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard import money
from aboveboard.book.finding import Finding
from aboveboard.book.model import Book
from aboveboard.editions.concern import Concern
from aboveboard.editions.diff import CHAPTERS, Behind, Change, PriceChange, Prices, changes, price_changes
from aboveboard.pricing.costs import Moved, between, dated, say_moved
from aboveboard.record.service import Record
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

_BATCH = 5_000

#: A purpose that differs in one of these is no longer what people decided about.
_WEIGHTY = frozenset({"what", "kind", "basis", "data", "recipients", "facts"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next edition would bring. `decided` counts, per purpose that changes or goes, who said yes or no to it."""

    number: int
    same: bool
    findings: list[Finding]
    changes: list[Change]
    prices: list[PriceChange]
    decided: dict[str, int]
    tell: list[Text]
    #: What moves in costs, with this edition and on each later day that the book names.
    costs: tuple[Moved, ...] = ()
    currency: str = ""
    #: What the law says anew to the prices: now, and from a day to come.
    law: tuple[Text, ...] = ()
    #: Who holds a price or has an agreement, in counts, with the days by which they must be told.
    concerns: tuple[Concern, ...] = ()
    #: From this day on it would hold: an edition is in force as soon as it is applied.
    since: datetime.date | None = None

    @property
    def ok(self) -> bool:
        """Whether the book could be applied."""
        return all(finding.severity != "error" for finding in self.findings)

    def lines(self, lang: str) -> Iterator[str]:
        """Yield the plan as people read it; the findings are not part of it."""
        t = Catalogue.load("aboveboard.editions")
        if self.same:
            yield t("plan.same", lang)
            return
        if self.since is None:
            yield t("plan.title", lang, number=self.number)
        else:
            yield t("plan.title_from", lang, number=self.number, day=self.since)
        yield from _parts(
            lang,
            ("plan.changes", [say_change(change, lang) for change in self.changes]),
            ("plan.prices", [say_price(change, lang) for change in self.prices]),
            (
                "plan.people",
                [
                    t("plan.decided", lang, count=f"{self.decided[change.id]:,}", purpose=change.name)
                    for change in self.changes
                    if change.chapter == "purposes" and change.id in self.decided
                ],
            ),
            ("plan.costs", [line for moved in self.costs for line in say_cost(moved, self.currency, lang)]),
            ("plan.law", [text.say(lang) for text in self.law]),
        )
        yield from self.touched(lang)

    def touched(self, lang: str) -> Iterator[str]:
        """Yield the part that concerns people: who holds a price or an agreement, by when to tell them, and whom else."""
        yield from _parts(
            lang,
            ("plan.concerns", [text.say(lang) for each in self.concerns for text in each.says]),
            ("plan.notices", [text.say(lang) for each in self.concerns for text in each.notices]),
            ("plan.tell", [text.say(lang) for text in self.tell]),
        )

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the plan for JSON; money in minor units, sentences in `lang`."""
        return {
            "ok": self.ok,
            "number": self.number,
            "same": self.same,
            "findings": [finding.as_dict(lang) for finding in self.findings],
            "changes": [
                {"chapter": each.chapter, "id": each.id, "what": each.what, "keys": list(each.keys)}
                for each in self.changes
            ],
            "prices": [
                {
                    "service": each.service,
                    "tier": each.tier,
                    "before": _numbers(each.before),
                    "after": _numbers(each.after),
                }
                for each in self.prices
            ],
            "costs": [
                {
                    "from": moved.on.isoformat(),
                    "numbers": [one.key for one in moved.numbers],
                    "floors": [
                        {
                            "service": move.service,
                            "tier": move.tier,
                            "before": move.before,
                            "after": move.after,
                            "list_price": move.list_price,
                            "under": move.under,
                        }
                        for move in moved.floors
                    ],
                }
                for moved in self.costs
            ],
            "decided": self.decided,
            "law": [text.say(lang) for text in self.law],
            "from": None if self.since is None else self.since.isoformat(),
            "concerns": {each.kind: _concern(each, lang) for each in self.concerns},
            "tell": [text.say(lang) for text in self.tell],
        }


def _concern(each: Concern, lang: str) -> dict[str, Any]:
    said = [text.say(lang) for text in each.says]
    return {**each.counts, "says": said, "notices": [text.say(lang) for text in each.notices]}


def _parts(lang: str, *parts: tuple[str, list[str]]) -> Iterator[str]:
    t = Catalogue.load("aboveboard.editions")
    for key, said in parts:
        if said:
            yield ""
            yield t(key, lang)
            yield from (f"  {line}" for line in said)


def make(
    record: Record,
    conn: Connection,
    before: Book | None,
    after: Book | None,
    number: int,
    findings: list[Finding],
    today: datetime.date,
    behind: tuple[Behind, Behind] | None = None,
) -> Plan:
    """Return the plan that leads from the book in force (None before the first) to `after` (None if it cannot be read).

    `behind` tells what prices of either book must know beside it, see `diff.price_changes`.
    """
    if after is None or any(finding.severity == "error" for finding in findings):
        return Plan(number, False, findings, [], [], {}, [])
    found = changes(before, after)
    prices = price_changes(before, after, today, behind)
    touched = {each.id for each in found if each.chapter == "purposes" and _weighty(each)}
    decided = count_decided(record, conn, touched) if touched else {}
    tell = list(_tell(before, after, found, prices, decided))
    currency, costs = after.business.currency, tuple(_costs(before, after, today))
    return Plan(number, False, findings, found, prices, decided, tell, costs, currency, since=today)


def _costs(before: Book | None, after: Book, today: datetime.date) -> Iterator[Moved]:
    """Yield what moves in costs: with this edition, and on each later day that the book names."""
    if before is not None:
        yield from (moved for moved in [between(before, after, today)] if moved.numbers)
    yield from (moved for moved in dated(after, today) if moved.floors)


def count_decided(record: Record, conn: Connection, purposes: Collection[str]) -> dict[str, int]:
    """Return how many people have ever said yes or no to each of these purposes; a choice for everything counts for all."""
    people: dict[str, set[int]] = {purpose: set() for purpose in purposes}
    after = -1
    while entries := record.entries(conn, after, _BATCH, kinds=("choice.made",)):
        after = entries[-1].index
        for entry in entries:
            for decision in entry.facts.get("decisions", []):
                for purpose in (
                    people if decision["purpose"] == "all" else {decision["purpose"]} & people.keys()
                ):
                    if entry.subject is not None:
                        people[purpose].add(entry.subject)
    return {purpose: len(people[purpose]) for purpose in sorted(people)}


def say_change(change: Change, lang: str) -> str:
    """Return a change as a line: `changed: partner “Bayside Lab” (contract)`."""
    t = Catalogue.load("aboveboard.editions")
    what = (
        Catalogue.load("aboveboard.book").text(f"things.{CHAPTERS[change.chapter]}")
        if change.chapter in CHAPTERS
        else t.text(f"things.{change.chapter}")
    )
    return t(f"plan.{change.what}", lang, what=what, name=change.name, keys=", ".join(change.keys))


def say_price(change: PriceChange, lang: str) -> str:
    """Return a price change as a line: `Treatment, Standard: $90.00 / $72.11 / $88.92 → $95.00 / …`."""
    t = Catalogue.load("aboveboard.editions")
    return t(
        "plan.price",
        lang,
        service=change.service_name,
        tier=change.tier_name,
        before=_say_prices(change.before, lang),
        after=_say_prices(change.after, lang),
    )


def say_cost(moved: Moved, currency: str, lang: str) -> list[str]:
    """Return a change of costs as lines: from when, the numbers that move, the floors that move with them."""
    t = Catalogue.load("aboveboard.editions")
    said = (text.zh if lang == "zh" else text.en for text in say_moved(moved, currency))
    return [t("plan.costs_from", lang, day=moved.on), *(f"  {line}" for line in said)]


def _say_prices(prices: Prices | None, lang: str) -> str:
    t = Catalogue.load("aboveboard.editions")
    if prices is None:
        return t("plan.price_none", lang)
    shown = {
        name: money.show(getattr(prices, name), prices.currency) for name in ("listed", "floor", "example")
    }
    return t("plan.price_parts", lang, **shown)


def _numbers(prices: Prices | None) -> dict[str, Any] | None:
    if prices is None:
        return None
    return {
        "list_price": prices.listed,
        "floor": prices.floor,
        "example": prices.example,
        "currency": prices.currency,
    }


def _weighty(change: Change) -> bool:
    return change.what == "removed" or bool(_WEIGHTY & set(change.keys))


def _tell(
    before: Book | None,
    after: Book,
    found: list[Change],
    prices: list[PriceChange],
    decided: dict[str, int],
) -> Iterator[Text]:
    """Yield whom to tell what, for everything that concerns people outside; nothing before the first edition."""
    if before is None:
        return
    texts = Catalogue.load("aboveboard.editions")
    for change in found:
        if change.chapter == "purposes":
            yield from _tell_purpose(change, decided)
        elif change.chapter == "partners":
            yield from _tell_partner(change, after)
        elif change.chapter == "notice":
            versions = {"before": before.notice.version, "after": after.notice.version}
            yield texts.text("tell.notice").filled(**versions)
    for each in prices:
        if each.unit == "month" and each.before and each.after and each.after.listed > each.before.listed:
            yield _tell_members(each, before, after)


def _tell_members(change: PriceChange, before: Book, after: Book) -> Text:
    """Say what those who have it are told: the book under which they came says what a change means for them."""
    texts = Catalogue.load("aboveboard.editions")
    service = before.service(change.service)
    existing = service.existing if service is not None else None
    if existing is not None and existing.way == "keep":
        return texts.text("tell.kept").filled(service=change.service_name)
    if existing is not None and existing.way == "choose":
        return texts.text("tell.choose").filled(service=change.service_name, on=existing.on)
    key = "tell.members" if after.business.place == "US-CA" else "tell.dearer"
    return texts.text(key).filled(service=change.service_name)


def _tell_purpose(change: Change, decided: dict[str, int]) -> Iterator[Text]:
    texts = Catalogue.load("aboveboard.editions")
    if change.what == "added":
        yield texts.text("tell.purpose_new").filled(purpose=change.name)
    elif change.what == "removed":
        yield texts.text("tell.purpose_gone").filled(purpose=change.name)
    elif decided.get(change.id):
        yield texts.text("tell.purpose_changed").filled(purpose=change.name, count=f"{decided[change.id]:,}")


def _tell_partner(change: Change, after: Book) -> Iterator[Text]:
    texts = Catalogue.load("aboveboard.editions")
    partner = after.partner(change.id)
    if partner is None:
        yield texts.text("tell.partner_gone").filled(partner=change.name)
    elif change.what == "added":
        yield texts.text("tell.partner_new").filled(partner=change.name)
    elif "contract" in change.keys and partner.contract is None:
        yield texts.text("tell.contract_gone").filled(partner=change.name)
