"""Commands: `agreements list|show|start|end|preview|renew|notify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aboveboard.agreements.telling import shown, spoken, today

if TYPE_CHECKING:
    import datetime

    from aboveboard.agreements.model import Agreement, View
    from aboveboard.house import House


@click.group("agreements")
def agreements_group() -> None:
    """What customers have agreed to for longer than one sale."""


@agreements_group.command("list")
@spoken
@click.pass_obj
def list_command(house: House, lang: str, as_json: bool) -> None:
    """List the agreements that run, the next to renew first. Nobody's name is among them."""
    with house.store.read() as conn:
        on = today(house, conn)
        views = [house.agreements.view(conn, each, on) for each in house.agreements.running(conn, on)]
    if as_json:
        shown([_row(view) for view in views])
        return
    for view in views:
        click.echo(_line(view, lang))
    click.echo({"en": f"{len(views)} running.", "zh": f"共 {len(views)} 份。"}[lang])


@agreements_group.command("show")
@click.argument("agreement")
@spoken
@click.pass_obj
def show_command(house: House, agreement: str, lang: str, as_json: bool) -> None:
    """Show AGREEMENT: what is paid each month, what it is worth to both sides, what leaving costs, what comes next."""
    with house.store.read() as conn:
        on = today(house, conn)
        found = _found(house.agreements.get(conn, agreement), lang)
        view = house.agreements.view(conn, found, on)
        coming = house.renewals.coming(conn, found, on)
    if as_json:
        notices = [
            {
                "what": each.notice.what,
                "event": each.notice.event.isoformat(),
                "first": each.notice.first.isoformat() if each.notice.first else None,
                "by": each.notice.by.isoformat() if each.notice.by else None,
                "rules": list(each.notice.rules),
                "questions": [said.say(lang) for said in each.notice.questions],
            }
            for each in coming
        ]
        shown(_row(view) | {"paid": list(view.paid), "notices": notices})
        return
    click.echo(_line(view, lang))
    for change in view.changes:
        click.echo(change.says.say(lang))
    for said in (view.worth.says_customer, view.worth.says_business, view.leaving.says):
        click.echo(said.say(lang))
    for each in coming:
        click.echo(
            f"{each.notice.what} {each.notice.event}: {each.notice.first or '…'} – {each.notice.by or '?'}"
        )
        for window in each.notice.windows:
            click.echo(f"  {window.rule}: {window.first or '…'} – {window.last}")
        for question in each.notice.questions:
            click.echo(f"  ? {question.say(lang)}")


@agreements_group.command("start")
@click.argument("quote")
@spoken
@click.pass_obj
def start_command(house: House, quote: str, lang: str, as_json: bool) -> None:
    """Begin the agreement that the price QUOTE was made for (`aboveboard quote … --terms`)."""
    from aboveboard.quotes.model import QuoteError

    try:
        with house.store.write() as tx:
            made = house.agreements.start(tx, quote, "command")
            view = house.agreements.view(tx.conn, made, made.starts)
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    _tell(view, lang, as_json)


@agreements_group.command("end")
@click.argument("agreement")
@spoken
@click.pass_obj
def end_command(house: House, agreement: str, lang: str, as_json: bool) -> None:
    """End AGREEMENT on the last day of the month that has begun."""
    from aboveboard.quotes.model import QuoteError

    try:
        with house.store.write() as tx:
            view = house.agreements.end(tx, agreement, "desk")
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        shown(_row(view))
    else:
        click.echo(view.leaving.says.say(lang))


@agreements_group.command("preview")
@click.argument("book", type=click.Path(exists=True, dir_okay=False))
@click.option("--people", is_flag=True, help="A line for each agreement, not only the counts.")
@spoken
@click.pass_obj
def preview_command(house: House, book: str, people: bool, lang: str, as_json: bool) -> None:
    """Show who pays what before and after publishing BOOK, from when, and by when law wants them told."""
    from pathlib import Path

    from aboveboard.agreements.preview import draft
    from aboveboard.book.load import load
    from aboveboard.money import show

    loaded = load(Path(book).read_text("utf-8"), book)
    if loaded.book is None:
        raise click.ClickException(loaded.findings[0].say(lang))
    with house.store.read() as conn:
        found = draft(house.renewals, conn, loaded.book, today(house, conn))
    counts = found.counts()
    rows = [
        {
            "agreement": row.agreement,
            "way": row.way,
            "before": row.before,
            "after": row.after,
            "starts": row.starts.isoformat(),
            "notice_by": row.notice.by.isoformat() if row.notice and row.notice.by else None,
            "rules": list(row.notice.rules) if row.notice else [],
            "says": row.says.say(lang),
        }
        for row in found.rows
    ]
    if as_json:
        shown(counts | ({"people": rows} if people else {}))
        return
    for key in ("agreements", "dearer", "cheaper", "notice_by"):
        click.echo(f"{_WORDS[key][lang]}: {counts[key] if counts[key] is not None else '–'}")
    for way, number in counts["ways"].items():
        click.echo(f"  {way}: {number}")
    for key in ("before", "after"):
        click.echo(f"{_WORDS[key][lang]}: {show(counts[key], found.currency).say(lang)}")
    for question in counts["questions"]:
        click.echo(f"? {question[lang]}")
    for row in rows if people else []:
        money = " → ".join(show(int(str(row[key])), found.currency).say(lang) for key in ("before", "after"))
        click.echo(
            f"{str(row['agreement'])[:8]}  {row['way']}  {money}  {row['starts']}  ≤ {row['notice_by'] or '–'}"
        )


_WORDS = {
    "agreements": {"en": "Agreements", "zh": "约定"},
    "dearer": {"en": "Dearer for", "zh": "变贵"},
    "cheaper": {"en": "Cheaper for", "zh": "变便宜"},
    "notice_by": {"en": "First notice out by", "zh": "最早一封通知不晚于"},
    "before": {"en": "A month before", "zh": "之前每月"},
    "after": {"en": "A month after", "zh": "之后每月"},
}


@agreements_group.command("renew")
@click.option("--on", "day", help="As if it were this day, like 2027-01-15; left out: today.")
@spoken
@click.pass_obj
def renew_command(house: House, day: str | None, lang: str, as_json: bool) -> None:
    """Do what is due: prepare prices, open duties, send notices, renew and end. The worker does this every minute."""
    from dataclasses import asdict

    with house.store.write() as tx:
        on = _day(day) if day else today(house, tx.conn)
        done = house.renewals.work(tx, on)
        lapsed = house.purses.lapse(tx, on)
    told = asdict(done) | {"lapsed": lapsed}
    if as_json:
        shown(told)
        return
    names = {
        "told": {"en": "told", "zh": "已通知"},
        "opened": {"en": "duties opened", "zh": "新任务"},
        "renewed": {"en": "renewed", "zh": "续期"},
        "ended": {"en": "ended", "zh": "结束"},
        "lapsed": {"en": "customers whose points lapsed", "zh": "有积分作废的客人"},
    }
    for key, number in told.items():
        click.echo(f"{names[key][lang]}: {number}")


@agreements_group.command("notify")
@click.argument("agreement")
@spoken
@click.pass_obj
def notify_command(house: House, agreement: str, lang: str, as_json: bool) -> None:
    """Send the notice that is due for AGREEMENT now, where the book leaves that to the desk."""
    from dataclasses import replace

    from aboveboard.agreements.model import AgreementError
    from aboveboard.quotes.model import QuoteError

    try:
        with house.store.write() as tx:
            on = today(house, tx.conn)
            found = house.renewals.due(tx.conn, on)
            due = next((each for each in found if each.agreement.id == agreement), None)
            if due is None:
                raise AgreementError("not_due")
            kept = house.renewals.tell(tx, due, on, "desk")
            subject, words = house.renewals.letter(tx.conn, replace(due, agreement=kept), on)
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        shown({"what": due.notice.what, "event": due.notice.event.isoformat(), "subject": subject.say(lang)})
    else:
        click.echo(f"{subject.say(lang)}\n\n{words.say(lang)}")


def _day(written: str) -> datetime.date:
    import datetime

    try:
        return datetime.date.fromisoformat(written)
    except ValueError:
        raise click.ClickException(f"'{written}' is no day; write it like 2027-01-15") from None


def _found(agreement: Agreement | None, lang: str) -> Agreement:
    if agreement is None:
        from aboveboard.agreements.model import AgreementError

        raise click.ClickException(AgreementError("no_agreement").text.say(lang))
    return agreement


def _tell(view: View, lang: str, as_json: bool) -> None:
    if as_json:
        shown(_row(view))
    else:
        click.echo(view.agreement.id)
        click.echo(_line(view, lang))
        for said in (view.worth.says_customer, view.worth.says_business):
            click.echo(said.say(lang))


def _line(view: View, lang: str) -> str:
    from aboveboard.money import show

    agreement = view.agreement
    amount = show(view.now, agreement.body.signed.currency).say(lang)
    last = agreement.ended or agreement.renews
    names = " · ".join((view.service.say(lang), view.tier.say(lang), view.terms.name.words.say(lang)))
    return f"{agreement.id[:8]}  {names}  {amount}  {agreement.starts} – {last}  {agreement.body.renewal}"


def _row(view: View) -> dict[str, Any]:
    agreement = view.agreement
    return {
        "id": agreement.id,
        "terms": agreement.body.terms,
        "service": agreement.body.service,
        "tier": agreement.body.tier,
        "now": view.now,
        "currency": agreement.body.signed.currency,
        "starts": agreement.starts.isoformat(),
        "renews": agreement.renews.isoformat(),
        "ended": agreement.ended.isoformat() if agreement.ended else None,
        "renewal": agreement.body.renewal,
        "edition": agreement.edition,
        "worth": {"customer": view.worth.customer.amount, "business": view.worth.business.amount},
        "leaving": view.leaving.amount,
    }
