"""Command: prove rule packs, and print what does not hold and what nobody guards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from aboveboard.quotes.law_commands.options import BOOK, JSON, LANG

if TYPE_CHECKING:
    from pathlib import Path

    from aboveboard.law.loading import Loaded
    from aboveboard.law.proving import Proof


@click.command("test")
@click.argument("packs", nargs=-1)
@click.option("--dates", is_flag=True, help="Ask of every pack that it also proves its first and last days.")
@BOOK
@JSON
@LANG
def test_command(packs: tuple[str, ...], dates: bool, book: Path | None, as_json: bool, lang: str) -> None:
    """Run every fixture of PACKS (files, or ids of packs in use; all, if none is named), and change each number by one.

    Prints what does not hold and which changes no fixture notices. Exit code 0: nothing; 1: something.
    """
    tried = [*_engine_packs(packs, book), *_gate_packs(packs)]
    told = [_verdict(name, pack, proof, dates) for name, pack, proof in tried]
    if as_json:
        click.echo(
            json.dumps(
                [_proof_dict(name, pack, proof, dates, lang) for name, pack, proof in tried],
                ensure_ascii=False,
            )
        )
    else:
        for name, pack, proof in tried:
            _print_proof(name, pack, proof, dates, lang)
        click.echo(_texts()("say.holds" if all(told) else "say.fails", lang))
    raise SystemExit(0 if all(told) else 1)


def _engine_packs(wanted: tuple[str, ...], book: Path | None) -> Iterator[tuple[str, Loaded, Proof]]:
    from aboveboard.law import library, loading, proving
    from aboveboard.law import packs as gate
    from aboveboard.quotes.law_commands.shelf import own

    named = [(file.name, file.read_bytes()) for file in library.rulepacks()]
    if book is not None or not all(map(_is_file, wanted)) or not wanted:
        named += [(pack.name, pack.text.encode()) for pack in own(book)]
    if wanted:
        named = _named(wanted, named, gate.NAMES)
    from aboveboard.law.proving import Proof

    for name, source in named:
        pack = loading.load(source, name)
        yield name, pack, proving.prove(pack) if pack.pack is not None else Proof(pack.findings)


def _is_file(name: str) -> bool:
    from pathlib import Path

    return Path(name).is_file()


def _named(
    wanted: tuple[str, ...], shipped: list[tuple[str, bytes]], gate: tuple[str, ...]
) -> list[tuple[str, bytes]]:
    """Return the files that are wanted, by path or by the id of a shipped pack; the gate's are for others."""
    from pathlib import Path

    from aboveboard.law import loading

    by_id: dict[str, tuple[str, bytes]] = {}
    if any(not Path(name).is_file() for name in wanted):
        for name, source in shipped:
            pack = loading.load(source, name).pack
            by_id |= {pack.pack.id: (name, source)} if pack is not None else {}
    found = []
    for name in wanted:
        if Path(name).is_file():
            found.append((Path(name).name, Path(name).read_bytes()))
        elif name in by_id:
            found.append(by_id[name])
        elif name not in gate:
            ids = ", ".join((*gate, *by_id))
            raise click.ClickException(f"'{name}' is neither a file nor a pack in use. Packs: {ids}.")
    return found


def _gate_packs(wanted: tuple[str, ...]) -> Iterator[tuple[str, Any, Proof]]:
    """Yield the gate's packs, which prove their fixtures by being loaded, with each first and last day moved."""
    from aboveboard.law import packs as gate
    from aboveboard.law.proving import Proof, Survivor

    for pack in gate.loaded():
        if wanted and pack.pack.id not in wanted:
            continue
        tried: list[tuple[str, str, object, object, bool]] = []
        for rule in pack.rules:
            tried += [
                (rule.id, f"effective.{name}", was, to, seen) for name, was, to, seen in gate.days(rule)
            ]
            tried += [(rule.id, f"when.{name}", was, to, seen) for name, was, to, seen in gate.sizes(rule)]
        left = [
            Survivor(rule, at, 1, str(was), str(to), True)
            for rule, at, was, to, noticed in tried
            if not noticed
        ]
        fixtures = sum(len(rule.fixtures) for rule in pack.rules)
        yield f"{pack.pack.id}.yaml", pack, Proof([], fixtures, len(tried), left)


def _verdict(_name: str, _pack: Any, proof: Proof, dates: bool) -> bool:
    return proof.holds and not (dates and proof.survivors)


def _head(pack: Any) -> tuple[str, str, int]:
    """Return id, version and number of rules of either kind of pack."""
    inner = pack.pack if isinstance(getattr(pack, "sha256", None), str) else pack
    return inner.pack.id, str(inner.pack.version), len(inner.rules)


def _print_proof(name: str, pack: Any, proof: Proof, dates: bool, lang: str) -> None:
    from aboveboard.law.library import said

    t = _texts()
    for finding in proof.findings:
        click.echo(finding.say(lang))
    shown = [survivor for survivor in proof.survivors if survivor.counts or dates]
    for survivor in shown:
        click.echo(said(survivor, name, lang))
    if getattr(pack, "pack", None) is None:
        return
    verdict = t("say.unnoticed", lang, count=len(shown)) if shown else t("say.all_noticed", lang)
    verdict = t("say.broken", lang) if proof.findings else verdict
    pack_id, version, rules = _head(pack)
    hidden = len(proof.survivors) - len(shown)
    click.echo(
        t(
            "say.proven", lang, pack=pack_id, version=version, rules=rules, fixtures=proof.fixtures,
            mutants=proof.mutants - hidden, verdict=verdict,
        )
    )  # fmt: skip
    if hidden:
        click.echo(t("say.dates", lang, pack=pack_id, count=hidden))


def _proof_dict(name: str, pack: Any, proof: Proof, dates: bool, lang: str) -> dict[str, Any]:
    pack_id, version, rules = _head(pack) if getattr(pack, "pack", None) is not None else ("", "", 0)
    return {
        "file": name,
        "pack": pack_id,
        "version": version,
        "sha256": getattr(pack, "sha256", None),
        "holds": _verdict(name, pack, proof, dates),
        "rules": rules,
        "fixtures": proof.fixtures,
        "mutants": proof.mutants,
        "findings": [finding.as_dict(lang) for finding in proof.findings],
        "survivors": [
            {
                "rule": s.rule,
                "path": s.path,
                "line": s.line,
                "was": s.was,
                "to": s.to,
                "counts": s.counts or dates,
            }
            for s in proof.survivors
        ],
    }


def _texts() -> Any:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.law")
