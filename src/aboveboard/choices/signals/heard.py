"""Reads whatever signals came with a request into what they refuse (`refusals`), or says why one cannot be read.

TCF is read backwards: it lists what was agreed to, and whatever is missing there was refused. Of its eleven purposes we hear
those that a business like ours could mean: choosing and profiling for advertising (2, 3, 4) and measuring and counting (7, 8, 9).
Storing something on a device (1), the contents of a page (5, 6, 11) and the trade's own development (10) are not what a gate is
asked. Some purposes may also rest on a legitimate interest that the person was told of and did not object to; for profiles (3, 4)
the framework's policies want a consent. A TCF string inside a GPP string (section 2) is read too.

Of GPP, all that `gpp.opted_out` finds is heard, except `unrelated_use`: a use that was never declared is a no at the gate anyway.

The string itself is kept nowhere. It tells the tenth of a second and the tool with which somebody clicked elsewhere, and would
tie our record to the trade's; what it refuses is all that anybody needs.
"""

from __future__ import annotations

from aboveboard.choices.signals import gpp, tcf
from aboveboard.choices.signals.error import SignalError
from aboveboard.choices.signals.refusals import BROWSER, GPC, Heard, Refusal, Refusals, Signal

#: TCF purpose → may it rest on a legitimate interest instead of a consent?
_ADVERTISING = {2: True, 3: False, 4: False}
_COUNTING = {7: True, 8: True, 9: True}


class UnreadableError(ValueError):
    """A string that came as `field` (`gpp` or `tcf`) and cannot be read; `text` says why, `why` is the reader's code."""

    code = "signal_unreadable"

    def __init__(self, field: Signal, error: SignalError) -> None:
        super().__init__(error.text.en)
        self.field = field
        self.why = error.code
        self.text = error.text


def read(*, gpc: bool = False, gpp: str | None = None, tcf: str | None = None) -> list[Heard]:
    """Return what each signal that was given refuses, perhaps nothing; raises `UnreadableError` for a string that is none."""
    heard = [BROWSER] if gpc else []
    heard += [_read("gpp", gpp)] if gpp is not None else []
    heard += [_read("tcf", tcf)] if tcf is not None else []
    return heard


def _read(signal: Signal, text: str) -> Heard:
    try:
        return _of_gpp(text) if signal == "gpp" else Heard("tcf", _of_tcf(tcf.decode(text)))
    except SignalError as error:
        raise UnreadableError(signal, error) from None


def _of_gpp(text: str) -> Heard:
    content = gpp.decode(text)
    said: set[Refusal] = {use for use in gpp.opted_out(content) if use != "unrelated_use"}
    if gpp.gpc(content):
        said |= GPC
    carried = content.carried("tcfeuv2")
    if carried is not None:
        said |= _of_tcf(tcf.decode(carried))
    return Heard("gpp", frozenset(said), tuple(part.name for part in content))


def _of_tcf(consent: tcf.Consent) -> Refusals:
    def agreed(purpose: int, interest: bool) -> bool:
        return purpose in consent.purposes or (interest and purpose in consent.legitimate_interests)

    said: set[Refusal] = set()
    if not all(agreed(*one) for one in _ADVERTISING.items()):
        said.add("targeted_advertising")
    if not all(agreed(*one) for one in _COUNTING.items()):
        said.add("statistics")
    return frozenset(said)
