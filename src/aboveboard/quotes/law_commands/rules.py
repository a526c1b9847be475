"""Commands: list rules, show one, count a deadline."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from aboveboard.quotes.law_commands.options import BOOK, JSON, LANG, PACK

if TYPE_CHECKING:
    from pathlib import Path

    from aboveboard.law.engine import Sourced
    from aboveboard.law.listing import Listed


# --------------------------------------------------------------------------------------------------------- rules
@click.command("rules")
@click.option("--place", help="Only rules that may hold there: CN, US-CA, DE.")
@click.option("--area", help="Only rules of this area: privacy, pricing, requests, records, contracts.")
@click.option("--on", help="How they stand on this day, like 2027-01-15; left out: today.")
@BOOK
@JSON
@LANG
def rules_command(
    place: str | None, area: str | None, on: str | None, book: Path | None, as_json: bool, lang: str
) -> None:
    """List the rules, with how they stand: in force, not yet, ended, disputed."""
    from aboveboard.law import listing, places
    from aboveboard.quotes.law_commands.shelf import library

    if place is not None and not places.known(place):
        raise click.ClickException(f"'{place}' is no place; write a code like CN, US-CA, DE or EU.")
    found = listing.rules(library(book), _on(on), place=place, area=area)
    if as_json:
        click.echo(json.dumps([rule.as_dict(lang) for rule in found], ensure_ascii=False))
        return
    t = _texts()
    wide = max((len(rule.id) for rule in found), default=0)
    for rule in found:
        click.echo(f"{rule.id:<{wide}}  {t(f'states.{rule.state}', lang):<8}  {rule.title.say(lang)}")
    if not found:
        click.echo(t("say.none", lang))
    for line in _late(found, lang):
        click.echo(line)


def _late(found: list[Listed], lang: str) -> Iterator[str]:
    """Yield a warning for each pack of these rules whose review is overdue."""
    for pack, due in dict.fromkeys((rule.pack, rule.review) for rule in found if rule.late):
        yield _texts()("say.late", lang, pack=pack, review=due)


@click.command("show")
@click.argument("rule_id", metavar="RULE")
@click.option("--on", help="How it stands on this day, like 2027-01-15; left out: today.")
@PACK
@BOOK
@JSON
@LANG
def show_command(
    rule_id: str, on: str | None, file: str | None, book: Path | None, as_json: bool, lang: str
) -> None:
    """Show one rule: where it stands, when it holds, what it asks, and the cases that prove it."""
    rule = _found(rule_id, _on(on), file, book)
    if as_json:
        click.echo(json.dumps({**rule.as_dict(lang), "rule": _rule_dict(rule)}, ensure_ascii=False))
        return
    for line in _shown(rule, lang):
        click.echo(line)


def _rule_dict(rule: Listed) -> Any:
    import msgspec

    from aboveboard.law.engine import Sourced

    of = rule.of.rule if isinstance(rule.of, Sourced) else rule.of
    return msgspec.to_builtins(of, builtin_types=(), str_keys=True)


def _shown(rule: Listed, lang: str) -> Iterator[str]:
    from aboveboard.law.engine import Sourced

    t = _texts()
    yield f"{rule.id}"
    yield rule.title.say(lang)
    yield ""
    yield t("say.where", lang, places=", ".join(rule.places) or t("say.always", lang))
    ends = {"start": rule.start or "—", "until": rule.until or "—"}
    yield t("say.when", lang, state=t(f"states.{rule.state}", lang), **ends)
    yield from _shown_rule(rule.of.rule if isinstance(rule.of, Sourced) else rule.of, lang)
    if isinstance(rule.of, Sourced):
        yield from _shown_more(rule.of, lang)
    else:
        yield t("say.cases", lang)
        yield from (f"  - {case.name}: {'acts' if case.acts else 'quiet'}" for case in rule.of.fixtures)
        yield f"{rule.pack} {rule.version}"
    yield from _late([rule], lang)


def _shown_rule(rule: Any, lang: str) -> Iterator[str]:
    """Yield what both kinds of rules have: sources, words, open questions."""
    t = _texts()
    for source in rule.authority:
        yield t("say.source", lang, citation=source.citation, verified=source.verified)
        if source.url:
            yield f"  {source.url}"
    if rule.explain is not None:
        yield ""
        yield rule.explain.words.zh if lang == "zh" else rule.explain.words.en
        yield ""
    if rule.open_question:
        yield t("say.open", lang, what=rule.open_question)
    for what in rule.watch:
        yield t("say.watch", lang, what=what)
    if rule.notes:
        yield t("say.notes", lang, what=" ".join(rule.notes.split()))


def _shown_more(of: Sourced, lang: str) -> Iterator[str]:
    """Yield what only a rule that judges facts has."""
    from aboveboard.law.engine import Compiled

    t, rule = _texts(), of.rule
    if rule.effective.enforced_from is not None:
        yield t("say.enforced", lang, day=rule.effective.enforced_from)
    yield t("say.asks", lang)
    yield from (f"  {line}" for line in _yaml_lines(rule))
    yield t("say.reads", lang)
    for name in Compiled(of).reads:
        fact = of.vocabulary[name]
        yield f"  {name} ({fact.type}): {fact.meaning.words.say(lang)}"
        if fact.asks is not None:
            yield f"    {t('say.asked', lang, question=fact.asks.words.say(lang))}"
    yield t("say.cases", lang)
    yield from (f"  - {fixture.name}: {fixture.expect}" for fixture in rule.fixtures)
    if rule.evidence:
        yield t("say.keep", lang, evidence=", ".join(rule.evidence))
    if rule.retention is not None:
        yield t("say.keep_for", lang, how=_retention(rule.retention, lang))
    source = of.source
    yield t("say.pack", lang, pack=source.pack, version=source.version, review=source.next_review_due)
    yield t("say.hash", lang, sha256=source.sha256)


def _retention(retention: Any, lang: str) -> str:
    t = _texts()
    units = ((retention.years, "year"), (retention.months, "month"))
    times = [f"{amount} {t(f'units.{unit}', lang)}" for amount, unit in units if amount]
    return "; ".join(part for part in (*times, retention.rule, retention.source) if part)


def _yaml_lines(rule: Any) -> list[str]:
    """Return condition, clock and check as a pack writes them."""
    import msgspec
    import yaml

    parts = {
        name: msgspec.to_builtins(value, order=None)
        for name, value in (
            ("applies_when", rule.applies_when),
            ("deadline", rule.deadline),
            ("check", rule.check),
        )
        if value is not None
    }
    written = yaml.safe_dump(
        _bare(parts), allow_unicode=True, sort_keys=False, default_flow_style=None, width=110
    )
    return str(written).splitlines()


def _bare(value: Any) -> Any:
    """Leave out what was left out in the pack: keys that hold nothing."""
    if isinstance(value, dict):
        dull = {
            "only_if": None,
            "else": "fail",
            "max": None,
            "min": None,
            "extension": None,
            "exclude_start_day": True,
        }
        return {k: _bare(v) for k, v in value.items() if v is not None and not (k in dull and dull[k] == v)}
    return [_bare(each) for each in value] if isinstance(value, list) else value


# ------------------------------------------------------------------------------------------------------ deadline
@click.command("deadline")
@click.argument("rule_id", metavar="RULE")
@click.option(
    "--start", required=True, help="When the clock starts: a day, or a moment like 2026-11-23T10:00:00Z."
)
@click.option("--country", help="Whose public holidays count, where that matters: DE.")
@click.option("--extended-at", help="The day on which the customer was told that it takes longer.")
@PACK
@BOOK
@JSON
@LANG
def deadline_command(
    rule_id: str,
    start: str,
    country: str | None,
    extended_at: str | None,
    file: str | None,
    book: Path | None,
    as_json: bool,
    lang: str,
) -> None:
    """Count the time that RULE gives: the last day, the safe day, and how it was counted."""
    from aboveboard.law import clocks
    from aboveboard.law.engine import Sourced, plain

    t = _texts()
    listed = _found(rule_id, _on(None), file, book)
    rule = listed.of.rule if isinstance(listed.of, Sourced) else None
    if rule is None or rule.deadline is None:
        raise click.ClickException(t("say.no_clock", lang, rule=rule_id))
    facts: dict[str, Any] = {rule.deadline.start: _moment(start, "--start"), rule.deadline.country: country}
    assumed = _extended(listed.of, extended_at, facts, lang)
    due = clocks.due(rule.deadline, facts, explain=True)
    if due is None:
        raise click.ClickException(t("say.no_start", lang))
    if as_json:
        told = {
            "rule": rule.id, "citation": rule.citation, "start": plain(due.start), "due": plain(due.due), "safe": plain(due.safe),
            "latest": plain(due.latest), "extended": due.extended, "missing": list(due.missing),
            "steps": [step.say(lang) for step in due.steps], "past_review": listed.late,
        }  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    _print_due(due, rule, assumed, lang)
    for line in _late([listed], lang):
        click.echo(line)


def _print_due(due: Any, rule: Any, assumed: list[str], lang: str) -> None:
    from aboveboard.law.clocks import told

    t = _texts()
    click.echo(t("say.rule", lang, rule=rule.id, citation=rule.citation))
    if due.due is None:
        click.echo(t("say.no_due", lang, missing=", ".join(due.missing)))
    else:
        click.echo(t("say.due", lang, day=told(due.due)))
    click.echo(t("say.safe", lang, day=told(due.safe)))
    if due.latest is not None:
        click.echo(t("say.latest", lang, day=told(due.latest)))
    click.echo(t("say.counted", lang))
    for number, step in enumerate(due.steps, 1):
        click.echo(f"  {number}. {step.say(lang)}")
    if assumed:
        click.echo(t("say.assumed", lang, what=", ".join(assumed)))


def _extended(of: Any, told_at: str | None, facts: dict[str, Any], lang: str) -> list[str]:
    """Put into `facts` what an extension needs, as if all but the notice were in order; return what was taken as given."""
    from aboveboard.law import clocks

    if told_at is None:
        return []
    extension = of.rule.deadline.extension
    if extension is None:
        raise click.ClickException(_texts()("say.no_extension", lang, rule=of.rule.id))
    day = _moment(told_at, "--extended-at")
    others = [name for name in extension.needs if name != extension.notice]
    facts |= {name: day if of.vocabulary[name].type == "day" else "told" for name in others}
    facts |= {clocks.TIMES: 1} | ({extension.notice: day} if extension.notice else {})
    return others


# -------------------------------------------------------------------------------------------------------- shared
def _texts() -> Any:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.law")


def _found(rule_id: str, on: datetime.date, file: str | None, book: Path | None) -> Listed:
    from pathlib import Path

    from aboveboard.law import listing, loading
    from aboveboard.quotes.law_commands.shelf import library

    if file is not None:
        pack = loading.load(Path(file).read_bytes(), Path(file).name)
        if pack.pack is None:
            raise click.ClickException(pack.findings[0].say())
        found = next((rule for rule in pack.rules() if rule.rule.id == rule_id), None)
        if found is not None:
            return listing.of_engine(found, on)
    try:
        return listing.find(library(book), rule_id, on)
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from None


def _on(day: str | None) -> datetime.date:
    if day is None:
        return datetime.datetime.now(datetime.UTC).date()
    found = _moment(day, "--on")
    return found.date() if isinstance(found, datetime.datetime) else found


def _moment(text: str, option: str) -> datetime.date | datetime.datetime:
    try:
        if len(text) == 10:
            return datetime.date.fromisoformat(text)
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(
            f"{option} {text}: there is no such day; write it like 2026-11-23."
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
