"""Keys that follow each other: whoever trusts one reaches all, and nothing that is not endorsed is believed."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.proof import ProofError, merkle, note, receipt
from aboveboard.proof.checkpoint import Checkpoint, sign
from aboveboard.proof.signers import MOST, Change, Signers, endorse, open_endorsement
from tests.proof.test_receipt import AT

NAME = "shop.example.com/record"
A, B, C, D = (note.Signer(NAME, bytes([n]) * 32) for n in range(1, 5))
OTHER = note.Signer("other.example.com/record", b"o" * 32)
AB, BC, CD = endorse(A, B, 10), endorse(B, C, 20), endorse(C, D, 30)
ALL = Signers.of(D.verifier, [AB, BC, CD])


def head(size: int, *by: note.Signer) -> str:
    root = hashlib.sha256(str(size).encode()).digest() if size else merkle.EMPTY_ROOT
    return sign(Checkpoint(by[0].name, size, root), *by)


@pytest.mark.parametrize("trusted", [A, B, C, D])
@pytest.mark.parametrize("order", list(itertools.permutations([AB, BC, CD]))[::2])
def test_whoever_trusts_one_key_reaches_all(trusted: note.Signer, order: tuple[str, ...]) -> None:
    found = Signers.of(trusted.verifier, order)
    assert found == ALL
    assert [key.key_id for key in found.keys] == [one.key_id for one in (A, B, C, D)]
    assert found.until == (10, 20, 30) and found.present == D.verifier and found.name == NAME


@pytest.mark.parametrize(
    ("size", "by", "code"),
    [
        (10, [A], None),
        (0, [A], None),
        (11, [A], "replaced"),
        (11, [B], None),
        (
            5,
            [B],
            None,
        ),  # a new key speaks for all that was before: an older copy that was put back goes on with it
        (21, [B], "replaced"),
        (21, [B, A], "replaced"),
        (21, [C, B], None),  # the overlap
        (21, [B, C], None),
        (99_999, [D], None),
        (31, [C], "replaced"),
        (5, [OTHER], "unsigned"),
    ],
)
def test_each_key_signs_in_its_time(size: int, by: list[note.Signer], code: str | None) -> None:
    if code is None:
        assert ALL.open_head(head(size, *by)).size == size
        return
    with pytest.raises(ProofError) as caught:
        ALL.open_head(head(size, *by))
    assert caught.value.code == code


def test_one_wrong_signature_by_a_known_key_spoils_the_head() -> None:
    good = head(12, B, A)
    wrong = good.replace(good.splitlines()[-1], head(13, A).splitlines()[-1])
    with pytest.raises(ProofError, match="does not fit the text"):
        ALL.open_head(wrong)
    assert Signers.of(B.verifier).open_head(wrong).size == 12, "a key that one does not know is passed over"


def test_the_text_goes_around_and_an_older_key_may_stand_first() -> None:
    assert Signers.parse(ALL.text()) == ALL
    assert ALL.text().splitlines()[0] == D.verifier_key
    for kept in (A, B, C):
        assert Signers.parse(f"{kept.verifier_key}\n{ALL.text()}") == ALL
        assert Signers.of(kept.verifier).extended(ALL.text()) == ALL
    assert Signers.parse(ALL.text().replace("\n", "\r\n") + "\n\n") == ALL
    assert Signers.parse(f"  {A.verifier_key}  \n") == Signers.of(A.verifier)
    assert Signers.parse(ALL.text() + ALL.text()) == ALL, "twice says no more than once"
    assert Signers.of(A.verifier).extended(f"{OTHER.verifier_key}\n").keys == (A.verifier,)


def _forged(change: Change, *by: note.Signer) -> str:
    return note.sign(change.text(), *by)


MALLORY = note.Signer(NAME, b"m" * 32)


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ([BC, CD], "does not lead to the key you trust"),
        ([AB, endorse(A, MALLORY, 10)], "two successors"),
        ([AB, endorse(A, B, 11)], "two successors"),
        ([AB, endorse(MALLORY, B, 10)], "follow two others"),
        ([endorse(MALLORY, D, 10)], "does not lead to the key you trust"),
        ([AB, endorse(B, C, 9)], "fewer entries"),
        ([AB, endorse(B, A, 20)], "circle"),
        ([_forged(Change(A.verifier, MALLORY.verifier, 10), MALLORY, MALLORY)], "signed by the old key"),
        ([_forged(Change(A.verifier, MALLORY.verifier, 10), MALLORY)], "signed by the old key"),
        ([_forged(Change(A.verifier, B.verifier, 10), A)], "signed by the old key and by the new"),
        ([_forged(Change(A.verifier, B.verifier, 10), B, A)], "signed by the old key and by the new"),
        ([AB.replace("\n10\n", "\n99\n")], "does not fit"),
        ([AB.replace("\n10\n", "\n010\n")], "five lines"),
        ([AB.replace("aboveboard-signer/1", "aboveboard-signer/2")], "five lines"),
        ([head(5, A)], "five lines"),
        ([AB.replace(NAME, "shop.example.com/other", 1)], "names another record"),
        (["rubbish"], "not a signed note"),
    ],
)
def test_what_is_not_endorsed_is_not_believed(notes: list[str], said: str) -> None:
    with pytest.raises(ProofError, match=said):
        Signers.of(A.verifier, notes)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: endorse(A, OTHER, 1), "must not endorse one of"),
        (lambda: endorse(A, A, 1), "endorse itself"),
        (lambda: endorse(A, B, -1), "whole number"),
        (lambda: endorse(A, B, 2**63), "whole number"),
        (lambda: Signers.parse(""), "no public key"),
        (lambda: Signers.parse(AB), "no public key"),
        (lambda: Signers.parse(f"{B.verifier_key}\n{OTHER.verifier_key}"), "does not lead to"),
        (lambda: Signers.parse(f"{A.verifier_key}\n{ALL.text()}".replace(CD, "")), "does not lead to"),
        (
            lambda: Signers.parse(ALL.text()[:-100]),
            "base64|does not fit|five lines|missing|signed by the old",
        ),
        (lambda: Signers.parse(AB.split("\n\n")[0]), "is missing"),
        (lambda: Signers.parse(A.verifier_key + "\n\n" + (AB + "\n") * (MOST + 1)), "not read"),
        (lambda: Signers.parse("hello\n"), "three parts"),
    ],
)
def test_a_text_that_cannot_be_believed_says_why(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ProofError, match=said):
        make()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(AB) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    changed = AB[:place] + other + AB[place + 1 :]
    if changed == AB:
        return
    with pytest.raises(ProofError):
        open_endorsement(changed)


@pytest.mark.parametrize(
    ("size", "by", "code"),
    [
        (7, A, None),
        (10, A, None),
        (11, A, "other-key"),
        (25, C, None),
        (7, OTHER, "other-key"),
        (7, MALLORY, "other-key"),
    ],
)
def test_a_receipt_holds_under_the_key_of_its_time(size: int, by: note.Signer, code: str | None) -> None:
    number = "a56145270ce6b3bebd1dd012b7394867-348a629f5ceed032c3e8"
    entry = receipt.leaf(receipt_id=number, at=AT, kind="choice.made", facts={"n": 1})
    hashes = [hashlib.sha256(bytes([place])).digest() for place in range(size)]
    hashes[3] = merkle.leaf_hash(receipt.leaf_bytes(entry))
    signed = sign(Checkpoint(by.name, size, merkle.root(hashes)), by)
    whole = receipt.build(entry, None, 3, size, merkle.inclusion_proof(3, size, hashes), signed, number)
    if code is None:
        assert receipt.verify(whole, ALL).index == 3
        assert receipt.verify(whole, by.verifier).index == 3
        return
    with pytest.raises(ProofError) as caught:
        receipt.verify(whole, ALL)
    assert caught.value.code == code
