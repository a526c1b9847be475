"""Why the gate said yes or no, in words. Every answer has exactly one reason, and each reason its sentence."""

from __future__ import annotations

from enum import StrEnum

from aboveboard.words import Text


class Reason(StrEnum):
    """The stations of the gate, in the order in which they are asked."""

    NO_BOOK = "no_book"
    NOT_DECLARED = "not_declared"
    STALE = "stale"
    LAW = "law_forbids"
    NO_CONTRACT = "no_contract"
    CHOICE = "choice"
    UNCONFIRMED = "unconfirmed"
    SIGNAL = "signal"
    DEFAULT = "default"


SENTENCES: dict[tuple[Reason, bool], Text] = {
    (Reason.NO_BOOK, False): Text(
        "Nothing is declared yet, so nothing is allowed.", "还没有公布任何用途，所以什么都不可以。"
    ),
    (Reason.NOT_DECLARED, False): Text(
        "We never said that we use data for this, so we may not.", "我们从没说过会这样用资料，所以不可以。"
    ),
    (Reason.STALE, False): Text(
        "We can't see your newest choices right now. Until we can, we don't do it.",
        "现在看不到您最新的选择。看到之前，我们不做。",
    ),
    (Reason.NO_CONTRACT, False): Text(
        "{partner} has no contract with us that protects your data, so they get nothing.",
        "{partner} 没有和我们签保护资料的合同，所以什么也拿不到。",
    ),
    (Reason.CHOICE, False): Text(
        "You said no to “{purpose}”. We keep to it.", "您对“{purpose}”说了不可以。我们照办。"
    ),
    (Reason.CHOICE, True): Text(
        "You said yes to “{purpose}”. You can change that any time.", "您对“{purpose}”说了可以。您随时能改。"
    ),
    (Reason.UNCONFIRMED, False): Text(
        "Someone said yes to “{purpose}” in your name, but it was not confirmed with a code. So it stays no.",
        "有人用您的名义对“{purpose}”说了可以，但没有用验证码确认，所以仍然是不可以。",
    ),
    (Reason.SIGNAL, False): Text(
        "Your browser, or a website you used, told us no for you. We keep to it.",
        "您的浏览器或您用过的网站替您说了不。我们照办。",
    ),
    (Reason.DEFAULT, False): Text(
        "You have not said yes to “{purpose}”, so we do not do it.",
        "您还没有对“{purpose}”说可以，所以我们不做。",
    ),
    (Reason.DEFAULT, True): Text(
        "You have not said no to “{purpose}”, so we do it. You can say no any time.",
        "您没有对“{purpose}”说不可以，所以我们会做。您随时可以说不。",
    ),
}
