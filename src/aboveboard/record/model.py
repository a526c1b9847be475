"""Entries, and what can go wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aboveboard.words import Text


class RecordError(RuntimeError):
    """Something that the record refuses; the message says why."""


class AlreadyRecorded(RecordError):  # noqa: N818 - it is news, not a fault: the same form was sent twice
    """An entry with this id exists: the same request came twice. `entry_id` finds the first."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"Entry {entry_id} is already in the record; nothing was written a second time.")
        self.entry_id = entry_id


class PersonErased(RecordError):  # noqa: N818 - it is news, not a fault: somebody was faster by a breath
    """The person's key is gone. `code` and `text` are what is told to whoever was saving something for them."""

    code = "person_erased"
    text = Text(
        "This person's data was erased at this very moment, so nothing was saved. Send the same once more: it is then kept anew.",
        "就在这一刻，这个人的资料被删除了，所以什么都没有保存。请把同样的内容再发一次，会重新记下来。",
    )

    def __init__(self, subject: int) -> None:
        super().__init__(f"person {subject} has no key: the person was erased")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the writer of an entry keeps of it: its id (32 hex digits) and its instant in UTC."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the record.

    `index` is its place (0 is the first), `subject` the dense number of the person it is about, `facts` what stands in
    clear and is never personal, `leaf` the exact bytes that the tree hashes.
    """

    index: int
    id: str
    at: datetime
    kind: str
    subject: int | None
    facts: dict[str, Any]
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Staged:
    """An entry of a transaction that has not ended: everything but its place in the tree."""

    id: str
    at: datetime
    kind: str
    subject: int | None
    leaf: bytes


#: The kind of entry under which a new signing key takes over.
NEW_SIGNER = "record.signer"

#: Every kind of entry and what it tells, for history pages and the audit. A kind that is not here cannot be appended.
KINDS: dict[str, Text] = {
    "choice.made": Text("A choice was saved", "保存了一次选择"),
    "signal.seen": Text("A browser or a website said no for someone", "浏览器或网站替人说了不"),
    "signal.counts": Text("A signal seen before came to stop more", "以前收到的信号，现在要停下更多用途"),
    "people.placed": Text("We learned where someone lives", "得知某人住在哪里"),
    "people.identified": Text("Someone became known under one more identity", "某人多了一种身份信息"),
    "people.linked": Text("Two records turned out to be one person", "确认两份记录是同一个人"),
    "people.unlinked": Text(
        "Two people had been taken for one; that was undone", "曾把两个人当成一个人，已改回"
    ),
    "people.erased": Text("A person was erased", "删除了一个人的资料"),
    "partner.told": Text("A partner was told", "通知了合作方"),
    "partner.confirmed": Text("A partner confirmed", "合作方确认收到"),
    "price.quoted": Text("A price was given", "给出了一个价格"),
    "price.accepted": Text("A price was taken", "接受了一个价格"),
    "agreement.started": Text("A longer agreement began", "长期约定开始"),
    "agreement.changed": Text("A longer agreement was changed", "长期约定有改动"),
    "agreement.notified": Text("A customer was told what comes", "提前通知了客人"),
    "agreement.held": Text(
        "A letter was held, because it would break a rule", "一封信没有发，因为会违反规定"
    ),
    "agreement.renewed": Text("A longer agreement went on", "长期约定续期"),
    "agreement.ended": Text("A longer agreement was ended", "长期约定结束"),
    "credit.moved": Text("A customer got credit, or money back for it", "顾客得到余额，或退回余额"),
    "edition.applied": Text("The business changed its book", "商家更新了账本"),
    "import.finished": Text(
        "A list was imported: customers, visits or bills", "导入了名单：客户、到访或账单"
    ),
    "duty.done": Text("Something that was due was done", "完成了一项到期的事"),
    "record.signer": Text("The record got a new signing key", "记录换了新的签名钥匙"),
    "record.restored": Text("The record was put back from a backup", "用备份恢复了记录"),
}

#: Kinds whose personal part only its person may read (and a program that may price for people): a receipt's number gets passed
#: on to prove that something was done, and must not tell how often someone came.
CLOSED_KINDS = frozenset(
    {"price.quoted", "price.accepted", "agreement.started", "agreement.changed", "agreement.notified", "agreement.renewed",
     "agreement.ended", "credit.moved"}
)  # fmt: skip


def is_closed(receipt: Mapping[str, Any]) -> bool:
    """Return whether the number of this receipt alone does not open its personal part."""
    entry = receipt["entry"]
    return entry["kind"] in CLOSED_KINDS and entry["subject"] is not None


def closed(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Return the receipt without its personal part; it is as valid."""
    return {**receipt, "opened": None}
