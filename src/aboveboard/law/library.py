"""The shelf of packs: those that ship with the product, and an owner's own.

A pack is put on the shelf only if it is proven. For shipped packs the tests prove it, and `packs/proved.json` keeps the hash
of each file that was; a start compares hashes and need not try every change again. A file that is not in that list (one from
the folder `ABOVEBOARD_LAW_PACKS`, or one that was edited) is proven when it is read, and refused with its findings if it
fails. Packs that a book names come along as text (`Own`): those of a draft are proven, those of a published edition were.
A later version of the product may ship an id that a published pack already uses; then the shipped rule speaks
(`Library.shadowed`), and the next check of the book says so.

Rules are found by place: a rule for `US` holds in `US-CA`, one for the `EU` in Germany. A pack is also found by its hash, old
versions too (`packs/old/`, and the folder `old` in an owner's): a result names the hash of its pack, so `replay` judges an
old case again by exactly the rule that was then used.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from aboveboard.law import engine, loading, packs, places, proving
from aboveboard.law.engine import Result, Sourced
from aboveboard.law.finding import Finding
from aboveboard.law.loading import Loaded
from aboveboard.law.vocabulary import NUMBERS, Vocabulary, joined

PROVED = "proved.json"
OLD = "old"


class LibraryError(ValueError):
    """A pack that must not be used; `findings` and `survivors` say where and why, and the message begins with the first."""

    def __init__(
        self, message: str, findings: Iterable[Finding] = (), survivors: Iterable[proving.Survivor] = ()
    ) -> None:
        super().__init__(message)
        self.findings = list(findings)
        self.survivors = list(survivors)


class Own(NamedTuple):
    """A pack that a book names: its name there, its text, and whether it was proven when the book was published."""

    name: str
    text: str
    published: bool = False


@dataclass(frozen=True)
class Library:
    """Packs in use, each proven, and their rules by id.

    `own` are those of the book, `shadowed` the ids in them for which another pack speaks now.
    """

    packs: tuple[Loaded, ...]
    rules: Mapping[str, Sourced]
    folder: str = ""
    own: tuple[Own, ...] = ()
    shadowed: tuple[str, ...] = ()

    @classmethod
    def open(cls, folder: str = "", own: tuple[Own, ...] = ()) -> Library:
        """Return the shipped packs, those in `folder` (empty: none) and the book's own, read once per process.

        Raises `LibraryError` for a pack that does not load, does not prove itself, or takes an id that is taken.
        """
        return _open(folder, _stamp(folder), own)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every fact that a pack in use declares, with those that ship."""
        return joined([fact for pack in self.packs if pack.pack is not None for fact in pack.pack.facts])

    def late(self, on: datetime.date) -> dict[str, datetime.date]:
        """Return the packs that should have been reviewed by that day, with the day on which they should."""
        heads = [pack.pack.pack for pack in self.packs if pack.pack is not None]
        return {head.id: head.next_review_due for head in heads if on > head.next_review_due}

    def rule(self, rule_id: str) -> Sourced:
        """Return a rule by its id; raises `KeyError` with the nearest ids for one that is not there."""
        if rule_id not in self.rules:
            near = [one for one in self.rules if rule_id and rule_id in one][:5]
            raise KeyError(
                f"there is no rule '{rule_id}'" + (f"; did you mean {', '.join(near)}?" if near else "")
            )
        return self.rules[rule_id]

    def at(self, *where: str, area: str | None = None) -> tuple[Sourced, ...]:
        """Return the rules that may hold for any of these places, in the order of the packs, whatever the day.

        A bare country brings the rules of its parts along: which part is meant is then asked of the facts.
        """
        return tuple(
            rule
            for rule in self.rules.values()
            if (area is None or rule.rule.area == area)
            and any(places.inside(place, rule.rule.jurisdiction) is not False for place in where)
        )

    def by_hash(self, sha256: str) -> Loaded:
        """Return the pack with this hash, in use or old; raises `KeyError` if nobody kept it."""
        kept = (_read(file) for folder in (_shipped(), *_own(self.folder)) for file in _yaml(folder / OLD))
        found = next((pack for pack in (*self.packs, *kept) if pack.sha256 == sha256), None)
        if found is None:
            raise KeyError(f"no pack with the hash {sha256} is here; put its file into the folder {OLD}")
        return found

    def replay(self, record: Mapping[str, Any]) -> Result:
        """Judge again what `Result.record()` has kept: the same facts, the same day, by the pack that was used then."""
        pack = self.by_hash(record["sha256"])
        rule = next((rule for rule in pack.rules() if rule.rule.id == record["rule"]), None)
        if rule is None:
            raise KeyError(f"the pack {record['sha256']} has no rule '{record['rule']}'")
        return engine.evaluate(rule, revived(record["facts"], rule.vocabulary), _day(record["on"]))


@lru_cache(maxsize=16)
def _open(folder: str, _stamp: object, own: tuple[Own, ...] = ()) -> Library:
    proved = json.loads((_shipped() / PROVED).read_text("utf-8")) if (_shipped() / PROVED).is_file() else {}
    found = [usable(file.name, file.read_bytes(), proved) for file in rulepacks()]
    found += [usable(file.name, file.read_bytes(), {}) for own in _own(folder) for file in _yaml(own)]
    strict = len(found)
    for one in own:
        source = one.text.encode()
        found.append(loading.load(source, one.name) if one.published else usable(one.name, source, {}))
    rules: dict[str, Sourced] = {}
    shadowed: list[str] = []
    taken = {rule.id: "gate" for rule in packs.rules()}
    by_id: dict[str, str] = {}
    for number, pack in enumerate(found):
        lenient = number >= strict and own[number - strict].published
        if pack.pack is None:
            raise LibraryError(f"{pack.name} cannot be read. {pack.findings[0].say()}", pack.findings)
        head = pack.pack.pack.id
        if head in by_id and not lenient:
            raise LibraryError(
                f"{pack.name}: there is a pack '{head}' already ({by_id[head]}); give yours another id"
            )
        by_id.setdefault(head, pack.name)
        for rule in pack.rules():
            if rule.rule.id in taken and lenient:
                shadowed.append(rule.rule.id)
                continue
            if rule.rule.id in taken:
                raise LibraryError(
                    f"{pack.name}: the rule '{rule.rule.id}' stands in '{taken[rule.rule.id]}' too; an id names one rule for ever"
                )
            taken[rule.rule.id] = head
            rules[rule.rule.id] = rule
    return Library(tuple(found), rules, folder, own, tuple(shadowed))


def usable(name: str, source: bytes, proved: Mapping[str, str]) -> Loaded:
    """Return a pack that may be used; raises `LibraryError` if it does not load or does not prove itself."""
    pack = loading.load(source, name)
    if pack.pack is None:
        raise LibraryError(f"{name} cannot be used. {pack.findings[0].say()}", pack.findings)
    if proved.get(name) == hashlib.sha256(source).hexdigest():
        return pack
    proof = proving.prove(pack)
    if not proof.holds:
        first = (
            proof.findings[0].say()
            if proof.findings
            else said(next(s for s in proof.survivors if s.counts), name)
        )
        unnoticed = [survivor for survivor in proof.survivors if survivor.counts]
        raise LibraryError(f"{name} does not prove its rules. {first}", proof.findings, unnoticed)
    return pack


def said(survivor: proving.Survivor, name: str, lang: str = "en") -> str:
    """Return a change that no fixture notices as one line with its place."""
    from aboveboard.words.catalogue import Catalogue

    texts = Catalogue.load("aboveboard.law")
    values = {"what": survivor.path, "was": survivor.was, "to": survivor.to}
    gap = "" if lang == "zh" else " "
    return (
        f"{name}:{survivor.line}: {survivor.rule}: {texts('findings.mutant.survives.message', lang, **values)}"
        f"{gap}{texts('findings.mutant.survives.mend', lang)}"
    )


# --------------------------------------------------------------------------------------------------------- files
def rulepacks() -> list[Traversable]:
    """Return the files of the shipped packs in the form of docs/law.md (those of the gate have a form of their own)."""
    return [file for file in _yaml(_shipped()) if file.name.removesuffix(".yaml") not in packs.NAMES]


def _shipped() -> Traversable:
    return files("aboveboard.law") / "packs"


def _own(folder: str) -> list[Path]:
    if not folder:
        return []
    path = Path(folder)
    if not path.is_dir():
        raise LibraryError(
            f"ABOVEBOARD_LAW_PACKS names '{folder}', which is no folder; make it, or leave the setting out"
        )
    return [path]


def _yaml(folder: Traversable) -> Iterator[Traversable]:
    """Yield the packs in a folder and those below it, in order of name; old versions are left out (unless they are asked for)."""
    if not folder.is_dir():
        return
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        if child.is_dir() and child.name != OLD:
            yield from _yaml(child)
        elif child.name.endswith((".yaml", ".yml")):
            yield child


def _read(file: Traversable) -> Loaded:
    return loading.load(file.read_bytes(), file.name)


def _stamp(folder: str) -> object:
    """Return what changes when a file in an owner's folder does."""
    if not folder or not Path(folder).is_dir():
        return folder
    return tuple(
        sorted((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in Path(folder).rglob("*.y*ml"))
    )


def hashes() -> dict[str, str]:
    """Return the hash of each shipped pack's file, as `packs/proved.json` keeps it of those that were proven."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in rulepacks()}


# -------------------------------------------------------------------------------------------------------- replay
def revived(facts: Mapping[str, Any], known: Vocabulary) -> dict[str, Any]:
    """Return facts that were kept as JSON in the form in which rules read them: days as days, decimals as decimals."""
    return {
        name: _revive(value, known[name].type) if name in known else value for name, value in facts.items()
    }


def _revive(value: Any, kind: str) -> Any:
    single = {"moneys": "money", "days": "day", "deals": "deal", "intervals": "interval"}.get(kind)
    if single is not None and isinstance(value, list):
        return [_revive(each, single) for each in value]
    if kind == "deal" and isinstance(value, dict):
        return {"at": _day(value.get("at")), "price": _number(value.get("price"))}
    if kind == "interval" and isinstance(value, dict):
        since, until = value.get("since", value.get("from")), value.get("until", value.get("to"))
        return {"from": _day(since), "to": _day(until), "price": _number(value.get("price"))}
    if kind == "day":
        return _day(value)
    return _number(value) if kind in NUMBERS else value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return (
            datetime.date.fromisoformat(value) if len(value) == 10 else datetime.datetime.fromisoformat(value)
        )
    except ValueError:
        return value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        return value
