"""Witnesses: each is reached in one way, by an address that can be one, and a key that is one."""

from __future__ import annotations

import re

from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Witness
from aboveboard.proof import ProofError
from aboveboard.proof.cosignature import Cosigner

_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")


def check(book: Book, report: Report) -> None:
    """Write findings about the chapter `witnesses`."""
    for number, one in enumerate(book.witnesses):
        _witness(one, ("witnesses", number), report)


def _witness(one: Witness, path: Path, report: Report) -> None:
    if sum(way is not None for way in (one.file, one.mail, one.post)) != 1:
        report.add("witness.way", path)
    if one.mail is not None and not _EMAIL.fullmatch(one.mail):
        report.add("business.email", (*path, "mail"), value=one.mail)
    if one.key is None:
        return
    if one.post is None:
        report.add("witness.key_way", (*path, "key"))
    try:
        Cosigner.parse(one.key)
    except ProofError:
        report.add("witness.key", (*path, "key"), value=one.key[:80])
