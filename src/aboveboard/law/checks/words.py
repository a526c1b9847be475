"""Checks of words: text_present, text_absent."""

from __future__ import annotations

from typing import Any

from aboveboard.law import check_form
from aboveboard.law.checks.operands import decided
from aboveboard.law.nodes import Fixed, Node


def text_present(of: check_form.TextPresent, fixed: Fixed, _clock: Any) -> Node:
    """One of the texts is there; spaces do not matter, capitals do."""
    wanted = [_one_line(needle) for needle in _needles(of.needle)]
    return decided(
        fixed,
        lambda words: any(needle in line for line in [_one_line(words)] for needle in wanted),
        of.haystack,
    )


def text_absent(of: check_form.TextAbsent, fixed: Fixed, _clock: Any) -> Node:
    """None of the texts is there; capitals do not matter."""
    banned = [_one_line(needle).casefold() for needle in _needles(of.needle)]
    return decided(
        fixed,
        lambda words: not any(needle in line for line in [_one_line(words).casefold()] for needle in banned),
        of.haystack,
    )


def _needles(needle: str | list[str]) -> list[str]:
    return [needle] if isinstance(needle, str) else needle


def _one_line(words: str) -> str:
    return " ".join(words.split())
