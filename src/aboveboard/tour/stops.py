"""The stops, in the order in which the customer comes to them; each is checked, and told in a sentence."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from aboveboard import children
from aboveboard.tour.model import Walk
from aboveboard.words import Text


def _ask_price(walk: Walk) -> None:
    quote = walk.quote()
    same = quote["total"] == quote["without_personal"] and not quote["facts_used"]
    walk.stop(
        "price_before",
        same,
        "She never said yes to personal prices, so she pays {total}, the same as everyone.",
        "她没有对“个人价格”说过可以，所以付 {total}，和大家一样。",
        total=_shown(quote, "total"),
    )


def _say_yes(walk: Walk) -> None:
    purpose = walk.book.pricing_purpose()
    purpose_id = purpose.id if purpose else ""
    body = {"identity": walk.identity, "decision": "allow", "purpose": purpose_id, "channel": "web"}
    waiting = walk.post("choices", body)
    unproven = walk.quote()
    walk.stop(
        "yes_unproven",
        not waiting["in_effect"] and unproven["total"] == unproven["without_personal"],
        "Somebody says yes in her name without proving it. It is written down and opens nothing.",
        "有人没有证明身份就用她的名义说“可以”。我们记下来，但什么也不开放。",
    )
    saved = walk.post("choices", body, token=True)
    quote = walk.quote()
    walk.tour.quotes = {
        "personal": quote,
        "without_personal": {
            "total": quote["without_personal"],
            "currency": quote["currency"],
            "steps": quote["without_personal_steps"],
        },
    }
    walk.stop(
        "yes",
        saved["in_effect"] and "visits" in quote["facts_used"] and quote["total"] < quote["without_personal"],
        "At the desk she says yes to personal prices. Her visits now count: {total} instead of {without}.",
        "她在前台说“可以”用个人价格。现在到访次数算数了：{total}，不用的话是 {without}。",
        total=_shown(quote, "total"),
        without=_shown(quote, "without_personal"),
    )
    walk.stop(
        "steps",
        sum(step["amount"] for step in quote["steps"]) == quote["total"]
        and sum(step["amount"] for step in quote["without_personal_steps"]) == quote["without_personal"],
        "The {count} steps of her price add up to the cent. {explanation}",
        "价格的 {count} 个步骤加起来一分不差。{explanation}",
        count=len(quote["steps"]),
        explanation=Text(**quote["explanation"]),
    )


def _say_no(walk: Walk) -> None:
    from aboveboard.proof import ProofError
    from aboveboard.proof.note import Verifier
    from aboveboard.proof.receipt import verify

    down = _told_by_webhook(walk)[0]
    walk.sim.post(f"/switch/{down}", json={"mode": "down"})
    saved = walk.post(
        "choices", {"identity": walk.identity, "decision": "deny", "purpose": "all", "channel": "web"}
    )
    walk.tour.receipt = saved["receipt"]
    key = Verifier.parse(walk.http.get("/record/key").text.strip())
    receipt = verify(saved["receipt"], key)
    walk.stop(
        "no",
        saved["in_effect"] and receipt.entry["facts"]["decisions"][0]["decision"] == "deny",
        "She says no to everything: one request, no login, no reason. The receipt {id} proves itself offline.",
        "她对所有用途说“不可以”：一次请求，不用登录，不问理由。回执 {id} 离线就能验证。",
        id=saved["id"][:8] + "…",
    )
    forged = json.loads(json.dumps(saved["receipt"]).replace('"deny"', '"allow"'))
    try:
        verify(forged, key)
        found = False
    except ProofError:
        found = True
    walk.stop(
        "forgery",
        found,
        "Someone turns the no in the receipt into a yes. The check finds it.",
        "有人把回执里的“不可以”改成“可以”。一查就发现。",
    )


def _gate_keeps(walk: Walk) -> None:
    answers = []
    for purpose in walk.book.purposes:
        for recipient in [None, *purpose.recipients]:
            body = {"identity": walk.identity, "purpose": purpose.id, "recipient": recipient}
            answers.append(walk.post("gate", body, token=True))
    walk.stop(
        "gate",
        not any(answer["allowed"] for answer in answers),
        "The gate is asked all {count} questions about her data and says no to every one: {why}",
        "就她的资料问了闸门 {count} 个问题，每个都回答“不可以”：{why}",
        count=len(answers),
        why=Text(**next(answer["explanation"] for answer in answers if answer["reason"] == "choice")),
    )


def _partners_hear(walk: Walk) -> None:
    assert walk.tour.receipt is not None  # noqa: S101 - _say_no went before; for the type checker
    entry = walk.tour.receipt["entry"]["id"]
    wanted = set(_told_by_webhook(walk))
    down = _told_by_webhook(walk)[0]

    def confirmed() -> set[str]:
        with walk.house.store.read() as conn:
            return {
                told.partner for told in walk.house.partners.told(conn, entry) if told.state == "confirmed"
            }

    children.until(lambda: confirmed() >= wanted - {down}, 30, what="The partners did not confirm")
    late = down not in confirmed()
    walk.sim.post(f"/switch/{down}", json={"mode": "ok"})
    children.until(lambda: confirmed() >= wanted, 60, what="The partner that was down did not confirm")
    with walk.house.store.read() as conn:
        walk.tour.deliveries = [_delivery(told) for told in walk.house.partners.told(conn, entry)]
    received = walk.sim.get("/received.json").json()
    walk.stop(
        "partners",
        late and _each_once(received, wanted),
        "{count} partners were told and confirmed, each exactly once. One was down at first and heard it when it came back.",
        "{count} 个合作方都收到通知并确认，各一次。其中一个起初连不上，恢复后也收到了。",
        count=len(wanted),
    )


def _price_after(walk: Walk) -> None:
    quote = walk.quote()
    walk.stop(
        "no_punishment",
        quote["total"] == quote["without_personal"] and not quote["facts_used"],
        "After her no she pays {total}: the price of everyone, not a cent more.",
        "说了“不可以”之后，她付 {total}：和大家一样，一分不多。",
        total=_shown(quote, "total"),
    )


def _signal(walk: Walk) -> None:
    purpose = next(purpose for purpose in walk.book.purposes if purpose.gpc)
    body = {"identity": {"email": f"{secrets.token_hex(6)}@example.org"}, "purpose": purpose.id}
    answer = walk.post("gate", body, token=True, headers={"Sec-GPC": "1"})
    walk.stop(
        "signal",
        not answer["allowed"]
        and answer["reason"] == "signal"
        and walk.http.get("/.well-known/gpc.json").json()["gpc"] is True,
        "A browser that sends Global Privacy Control is taken at its word.",
        "浏览器发出“全球隐私控制”信号，我们照办。",
    )


def _nobody_known(walk: Walk) -> None:
    answers = []
    for identity in ({"email": f"{secrets.token_hex(6)}@example.org"}, walk.identity):
        saved = walk.post("choices", {"identity": identity, "decision": "deny", "purpose": "all"})
        answers.append(
            (sorted(saved), saved["message"], sorted(saved["receipt"]["entry"]), saved["in_effect"])
        )
    walk.stop(
        "no_probing",
        answers[0] == answers[1],
        "A stranger's no gets the same answer as a customer's. Nobody can find out who is a customer.",
        "陌生人说“不可以”，得到的回答和客人一样。谁也试不出谁是客人。",
    )


def _prove(walk: Walk) -> None:
    from aboveboard.record.verify import verify

    with walk.house.store.read() as conn:
        verdict = verify(conn, walk.house.keys)
    walk.tour.record = {
        "ok": verdict.ok,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "problems": verdict.problems,
    }
    walk.stop(
        "record",
        verdict.ok,
        "The whole record was read and holds: {size} entries, every one in its place.",
        "整本记录从头读到尾，完好：{size} 条，每条都在原位。",
        size=verdict.size,
    )


def _told_by_webhook(walk: Walk) -> list[str]:
    """Return the partners that hear of a no to everything by themselves: they receive something, and have a feed."""
    receiving = {recipient for purpose in walk.book.purposes for recipient in purpose.recipients}
    return [
        partner.id
        for partner in walk.book.partners
        if partner.id in receiving and partner.feed.webhook and partner.contract
    ]


def _each_once(received: dict[str, Any], wanted: set[str]) -> bool:
    """Return whether each wanted partner has exactly one message, by its id."""
    return all(
        len({message["id"] for message in received["partners"][name]["messages"]}) == 1 for name in wanted
    )


def _delivery(told: Any) -> dict[str, Any]:
    return {
        "partner": told.partner,
        "state": told.state,
        "told_at": told.told_at and told.told_at.isoformat(),
        "confirmed_at": told.confirmed_at and told.confirmed_at.isoformat(),
        "attempts": told.attempts,
    }


def _shown(quote: dict[str, Any], key: str) -> Text:
    from aboveboard import money

    return money.show(quote[key], quote["currency"])


STOPS: tuple[Callable[[Walk], None], ...] = (
    _ask_price,
    _say_yes,
    _say_no,
    _gate_keeps,
    _partners_hear,
    _price_after,
    _signal,
    _nobody_known,
    _prove,
)
