"""A long record is read before the first answer: on a screen one sees how far it is, in a pipe nothing is in the way."""

from __future__ import annotations

import io
import sys

import pytest

from aboveboard.choices import commands
from tests.choices.conftest import Firm


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("screen", "long", "shown"), [(_Screen, 1, True), (_Screen, 10_000, False), (io.StringIO, 1, False)]
)
def test_reading_a_long_record_shows_how_far_it_is(
    sqlite_firm: Firm, monkeypatch: pytest.MonkeyPatch, screen: type[io.StringIO], long: int, shown: bool
) -> None:
    subject = sqlite_firm.person()
    sqlite_firm.say(subject, "deny all")
    errors = screen()
    monkeypatch.setattr(commands, "_LONG", long)
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setenv("TERM", "xterm")
    with sqlite_firm.store.read() as conn:
        commands.catch_up(sqlite_firm, conn)  # type: ignore[arg-type]
        size = sqlite_firm.record.size(conn)
    assert ("Reading the record" in errors.getvalue()) is shown
    assert "100%" in errors.getvalue() or not shown
    assert sqlite_firm.gate.as_of == size - 1
    assert not sqlite_firm.gate.allows(subject, "reminders").allowed
