"""Commands: `agreements list|show|start|answer|end|preview|renew|notify|charges|verdicts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aboveboard.agreements.telling import shown, spoken, today

if TYPE_CHECKING:
    import datetime

    from aboveboard.agreements.coming import Charge
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
@click.option("--express-yes", is_flag=True, help="The customer said a clear yes to the terms; you keep how.")
@click.option(
    "--channel",
    type=click.Choice(["command", "counter", "platform"]),
    default="command",
    show_default=True,
    help="Where it was agreed: at your counter, on somebody else's platform.",
)
@spoken
@click.pass_obj
def start_command(
    house: House, quote: str, express_yes: bool, channel: str, lang: str, as_json: bool
) -> None:
    """Begin the agreement that the price QUOTE was made for (`aboveboard quote … --terms`)."""
    from aboveboard.quotes.model import QuoteError

    try:
        with house.store.write() as tx:
            made = house.agreements.start(tx, quote, channel, True if express_yes else None)
            view = house.agreements.view(tx.conn, made, made.starts)
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    _tell(view, lang, as_json)


@agreements_group.command("answer")
@click.argument("agreement")
@click.argument("renewal", type=click.Choice(["auto", "ask", "no"]))
@spoken
@click.pass_obj
def answer_command(house: House, agreement: str, renewal: str, lang: str, as_json: bool) -> None:
    """Keep what happens at the end of AGREEMENT: it goes on (auto), its customer is asked, or it ends (no)."""
    from aboveboard.quotes.model import QuoteError

    try:
        with house.store.write() as tx:
            kept = house.agreements.answer(tx, agreement, renewal)  # type: ignore[arg-type] # one of the three
            view = house.agreements.view(tx.conn, kept, today(house, tx.conn))
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        shown(_row(view))
    else:
        click.echo(_line(view, lang))


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
    """Show who pays what before and after publishing BOOK, by when law wants them told, and which rules that would break."""
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
            "breaks": [said.rule for said in row.law.failed],
            "says": row.says.say(lang),
        }
        for row in found.rows
    ]
    if as_json:
        laws = {"law": [each.as_dict(lang) for each in found.broken()]}
        shown(counts | laws | ({"people": rows} if people else {}))
        return
    for key in ("agreements", "dearer", "cheaper", "notice_by", "breaks"):
        click.echo(f"{_WORDS[key][lang]}: {counts[key] if counts[key] is not None else '–'}")
    for way, number in counts["ways"].items():
        click.echo(f"  {way}: {number}")
    for key in ("before", "after"):
        click.echo(f"{_WORDS[key][lang]}: {show(counts[key], found.currency).say(lang)}")
    for question in counts["questions"]:
        click.echo(f"? {question[lang]}")
    for broken in found.broken():
        mark, said = "!" if broken.said.outcome == "fail" else "?", broken.said
        click.echo(f"{mark} {len(broken.agreements)} × {said.rule} ({said.citation})")
        click.echo(f"    {said.explanation.say(lang)}")
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
    "breaks": {"en": "Would break a rule", "zh": "会违反规定的"},
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
        "held": {"en": "letters held", "zh": "没发的信"},
        "renewed": {"en": "renewed", "zh": "续期"},
        "ended": {"en": "ended", "zh": "结束"},
        "lapsed": {"en": "customers whose points lapsed", "zh": "有积分作废的客人"},
    }
    for key, number in told.items():
        click.echo(f"{names[key][lang]}: {number}")


@agreements_group.command("notify")
@click.argument("agreement")
@click.option(
    "--by-hand", is_flag=True, help="You tell the customer yourself: print the words, send no letter."
)
@spoken
@click.pass_obj
def notify_command(house: House, agreement: str, by_hand: bool, lang: str, as_json: bool) -> None:
    """Send the notice that is due for AGREEMENT now, where the book leaves that to the desk.

    A letter that would break a rule is not sent: the rules are named, and the list of what is due says how to mend it.
    """
    from aboveboard.agreements.model import AgreementError, HeldError
    from aboveboard.quotes.model import QuoteError

    held: HeldError | None = None
    subject = words = None
    try:
        with house.store.write() as tx:
            on = today(house, tx.conn)
            found = house.renewals.due(tx.conn, on)
            due = next((each for each in found if each.agreement.id == agreement), None)
            if due is None:
                raise AgreementError("not_due")
            try:
                told = house.renewals.tell(tx, due, on, "desk", by_hand=by_hand)
                subject, words = told.subject, told.words
            except HeldError as error:  # kept, with a duty: so the transaction goes on
                held = error
                house.renewals.refuse(tx, due, error.judged, on)
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    if held is not None:
        rules = [f"{said.rule} ({said.citation})" for said in held.judged.failed]
        raise click.ClickException("\n".join([held.text.say(lang), *rules]))
    assert subject is not None  # noqa: S101 - told
    assert words is not None  # noqa: S101 - told
    if as_json:
        shown({"what": due.notice.what, "event": due.notice.event.isoformat(), "subject": subject.say(lang)})
    else:
        click.echo(f"{subject.say(lang)}\n\n{words.say(lang)}")


@agreements_group.command("charges")
@click.argument("agreement", required=False)
@click.option(
    "--on", "day", help="All charges that were planned for this day, like 2027-01-15; left out: today."
)
@spoken
@click.pass_obj
def charges_command(house: House, agreement: str | None, day: str | None, lang: str, as_json: bool) -> None:
    """List the charges of AGREEMENT, or of everyone on a day, with those that may not be taken: nobody announced them."""
    from aboveboard.money import show

    with house.store.read() as conn:
        now = today(house, conn)
        on = _day(day) if day else now
        wanted = (
            [_found(house.agreements.get(conn, agreement), lang)]
            if agreement
            else house.agreements.running(conn, on)
        )
        found = [
            (each, charge)
            for each in wanted
            for charge in house.renewals.charges(conn, each, now)
            if agreement or on in (charge.day, charge.at)
        ]
    if as_json:
        shown(
            [
                {
                    "agreement": each.id,
                    "day": charge.day.isoformat(),
                    "may_be_taken": charge.at.isoformat() if charge.at else None,
                    "amount": charge.amount,
                    "currency": each.body.signed.currency,
                    "told": charge.told,
                    "rules": list(charge.rules),
                }
                for each, charge in found
            ]
        )
        return
    for each, charge in found:
        amount = show(charge.amount, each.body.signed.currency).say(lang)
        click.echo(
            f"{each.id[:8]}  {charge.day}  {amount}  {_WHEN[_taken(charge)][lang].format(at=charge.at)}"
        )


_WHEN = {
    "due": {"en": "due", "zh": "该扣"},
    "moved": {"en": "not before {at}", "zh": "{at} 才能扣"},
    "no": {"en": "not due: nobody was told", "zh": "不能扣：没有通知"},
}


def _taken(charge: Charge) -> str:
    return "no" if charge.at is None else "due" if charge.at == charge.day else "moved"


@agreements_group.command("verdicts")
@click.argument("agreement")
@click.option("--replay", is_flag=True, help="Judge again by the rules that were then used.")
@spoken
@click.pass_obj
def verdicts_command(house: House, agreement: str, replay: bool, lang: str, as_json: bool) -> None:
    """Show what the law said of every letter of AGREEMENT, sent or held; with `--replay`, what the same rules say again."""
    rows: list[dict[str, Any]] = []
    with house.store.read() as conn:
        kept = house.renewals.kept(conn, _found(house.agreements.get(conn, agreement), lang))
        try:
            replays = [house.renewals.replayed(conn, each) if replay else {} for each in kept]
        except KeyError as error:
            raise click.ClickException(str(error.args[0])) from None
    for each, again in zip(kept, replays, strict=True):
        for said in each.law.rules:
            row = {"entry": each.entry, "notice": each.notice, "event": each.event, "sent": each.sent}
            row |= {
                "rule": said.rule,
                "outcome": said.outcome,
                "version": said.version,
                "sha256": said.sha256,
            }
            rows.append(row | ({"again": again[said.rule]} if replay else {}))
    if as_json:
        shown(rows)
        return
    for row in rows:
        more = f" → {row['again']}" if replay else ""
        click.echo(f"{row['notice']} {row['event']}  {row['rule']}  {row['outcome']}{more}")


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
