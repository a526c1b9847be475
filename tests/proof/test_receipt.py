"""Receipts: a good one is accepted, and whatever is changed in it, even one character, is found."""

import copy
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.proof import ProofError, canonical, checkpoint, merkle, note, receipt
from aboveboard.proof.checkpoint import Checkpoint

SHOP = note.Signer("shop.example.com/record", bytes(range(32)))
KEY = SHOP.verifier
AT = datetime(2026, 11, 23, 16, 3, 0, 123456, tzinfo=UTC)
SALT = bytes(range(100, 132))
DATA = {
    "identity": "ana@example.org",
    "名": "安娜",
    "phones": ["+1 415 555 0100"],
    "yes": False,
    "none": None,
}


def number(i):
    return (
        hashlib.sha256(f"entry {i}".encode()).hexdigest()[:32]
        + "-"
        + hashlib.sha256(f"mac {i}".encode()).hexdigest()[:20]
    )


def entry(i, *, personal):
    return receipt.leaf(
        receipt_id=number(i),
        at=AT + timedelta(seconds=i),
        kind="choice.made" if personal else "price.quoted",
        subject=41 if personal else None,
        facts={
            "decisions": [{"decision": "deny", "purpose": "all", "recipient": None}],
            "proven": True,
            "edition": 3,
            "名": "é",
        },
        sealed=receipt.sealed(b"\x01" * 16, b"\x02" * 12, b"ciphertext!", receipt.commit(SALT, DATA))
        if personal
        else None,
    )


def issued(index, *, size=11, personal=True, opened=True, signer=SHOP):
    """A receipt of entry `index` of a record with `size` entries."""
    entries = [entry(i, personal=personal) for i in range(size)]
    hashes = [merkle.leaf_hash(receipt.leaf_bytes(e)) for e in entries]
    head = checkpoint.sign(Checkpoint(signer.name, size, merkle.root(hashes)), signer)
    clear = {"salt": SALT.hex(), "data": DATA} if personal and opened else None
    proof = merkle.inclusion_proof(index, size, hashes)
    return receipt.build(entries[index], clear, index, size, proof, head, number(index))


def refusal(given_, key=KEY):
    with pytest.raises(ProofError) as caught:
        receipt.verify(given_, key)
    return caught.value


# ---- What holds ----


@pytest.mark.parametrize("index, size", [(0, 1), (0, 2), (1, 2), (6, 7), (5, 11), (10, 11), (8, 16)])
@pytest.mark.parametrize("personal", [True, False])
def test_a_receipt_holds(index, size, personal):
    found = receipt.verify(issued(index, size=size, personal=personal), KEY)
    assert (found.id, found.index, found.size, found.origin) == (number(index), index, size, SHOP.name)
    assert found.opened == (DATA if personal else None)
    assert found.entry == entry(index, personal=personal)
    assert found.at == AT + timedelta(seconds=index)
    assert not found.left_out


def test_a_receipt_holds_as_text_however_it_is_laid_out():
    whole = issued(5)
    wanted = receipt.verify(whole, KEY)
    for text in (
        json.dumps(whole),
        json.dumps(whole, indent=2, ensure_ascii=False),
        canonical.dumps(whole).decode(),
    ):
        assert receipt.verify(text, KEY) == wanted
        assert receipt.verify(text.encode(), KEY) == wanted


def test_the_personal_part_may_be_left_out_and_that_is_said():
    found = receipt.verify(issued(5, opened=False), KEY)
    assert found.opened is None
    assert found.left_out


def test_verifying_does_not_change_what_it_was_given():
    whole = issued(5)
    before = copy.deepcopy(whole)
    receipt.verify(whole, KEY).entry["kind"] = "other"
    assert whole == before


# ---- Whatever is changed is found ----


def changes(value, path=()):
    """Yield (where, other value) for every single change: in this value itself, and in each of its parts."""
    yield from ((path, other) for other in others(value))
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (((*path, key), {**value, key: inner}) for _, inner in changes(item))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from (((*path, i), [*value[:i], inner, *value[i + 1 :]]) for _, inner in changes(item))


def others(value):
    """Yield everything that `value` could be replaced with by one slip or one clever idea."""
    yield from (kind for kind in (None, True, False, 0, 1, -1, "", "x", [], {}) if not same(kind, value))
    if isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
            yield {(k + "x" if k == key else k): v for k, v in value.items()}
        yield {**value, "extra": None}
        yield [value]
    elif isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1 :]
            yield value[: i + 1] + value[i:]
            if i and value[i - 1] != value[i]:
                yield [*value[: i - 1], value[i], value[i - 1], *value[i + 1 :]]
        yield [*value, "x"]
        yield [*value, "00" * 32]
    elif isinstance(value, str):
        for i, char in enumerate(value):
            for other in {chr(ord(char) ^ 1), char.swapcase(), ""} - {char}:
                yield value[:i] + other + value[i + 1 :]
        yield value + "\n"
        yield value + "="
        yield " " + value
        yield [value]
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from (value + 1, value - 1, str(value), float(value), value + 2**64)


def same(one, two):
    return type(one) is type(two) and one == two


@pytest.mark.parametrize("personal, opened", [(True, True), (True, False), (False, False)])
def test_one_change_anywhere_is_found(personal, opened):
    whole = issued(5, personal=personal, opened=opened)
    count = 0
    for path, changed in changes(whole):
        if personal and path == ("opened",) and changed == {**whole, "opened": None}:
            assert receipt.verify(changed, KEY).left_out  # leaving it out is allowed, and is said
            continue
        count += 1
        with pytest.raises(ProofError) as caught:
            receipt.verify(changed, KEY)
        assert caught.value.code in {"changed", "not-a-receipt", "other-key"}, path
        assert str(caught.value)[0].isupper() and str(caught.value).endswith("."), str(caught.value)
    assert count > 1500


def test_one_changed_byte_of_the_file_is_found():
    data = canonical.dumps(issued(2, size=3))
    for i in range(len(data)):
        for bit in (1, 0x20, 0x80):
            with pytest.raises(ProofError):
                receipt.verify(data[:i] + bytes([data[i] ^ bit]) + data[i + 1 :], KEY)


def test_a_file_that_was_cut_off_is_found():
    data = canonical.dumps(issued(2, size=3))
    for i in range(len(data)):
        with pytest.raises(ProofError):
            receipt.verify(data[:i], KEY)
    assert refusal(data + data).code == "not-a-receipt"


def test_parts_of_two_good_receipts_make_no_third():
    one, two = issued(5), issued(6)
    other_size = issued(5, size=12)
    for part in ("id", "entry", "proof"):
        assert refusal({**one, part: two[part]}).code == "changed", part
    for part in ("proof", "checkpoint"):
        assert refusal({**one, part: other_size[part]}).code == "changed", part
    # A later proof with its checkpoint is a refreshed receipt, and good.
    assert (
        receipt.verify(
            {**one, "proof": other_size["proof"], "checkpoint": other_size["checkpoint"]}, KEY
        ).size
        == 12
    )


RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(RUBBISH, st.sampled_from(["format", "id", "entry", "opened", "proof", "checkpoint"]))
def test_rubbish_gives_a_sentence_and_nothing_else(rubbish, part):
    whole = issued(1, size=2)
    if rubbish is not None or part != "opened":
        refusal({**whole, part: rubbish})
    if isinstance(rubbish, dict | bytes | str):
        refusal(rubbish)


# ---- What the refusal says ----


def edited(path, value, **kwargs):
    whole = issued(5, **kwargs)
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return whole


ORDER = 2**252 + 27742317777372353535851937790883648493


def shifted_signature():
    whole = issued(5)
    text, (found,) = note.parse(whole["checkpoint"])
    second = (int.from_bytes(found.value[32:], "little") + ORDER).to_bytes(32, "little")
    line = note.Signature(found.name, found.key_id, found.value[:32] + second).line()
    return {**whole, "checkpoint": f"{text}\n{line}"}


def countersigned():
    whole = issued(5)
    witness = note.Signer("witness.example.org", bytes(32))
    text, _ = note.parse(whole["checkpoint"])
    return {**whole, "checkpoint": whole["checkpoint"] + witness.sign(text).line()}


@pytest.mark.parametrize(
    "whole, code, says",
    [
        (edited(["entry", "facts", "proven"], False), "changed", "do not lead to the signed root"),
        (edited(["entry", "facts", "proven"], 1), "changed", "do not lead to the signed root"),
        (edited(["entry", "at"], "2026-11-23T16:03:00.123457Z"), "changed", "do not lead to the signed root"),
        (edited(["entry", "subject"], 42), "changed", "do not lead to the signed root"),
        (edited(["entry", "sealed"], None), "changed", "do not lead to the signed root"),
        (edited(["entry", "sealed", "data"], "AAAA"), "changed", "do not lead to the signed root"),
        (edited(["proof", "index"], 4), "changed", "do not lead to the signed root"),
        (edited(["proof", "index"], 11), "changed", "cannot be in a tree"),
        (edited(["proof", "size"], 12), "changed", "another size"),
        (
            edited(["opened", "data", "identity"], "eva@example.org"),
            "changed",
            "personal part is not the one",
        ),
        (edited(["opened", "salt"], "00" * 32), "changed", "personal part is not the one"),
        (
            edited(["opened"], {"salt": "00" * 32, "data": {}}, personal=False),
            "changed",
            "personal part was added",
        ),
        (edited(["id"], number(5)[:-1] + "0"), "changed", "number of the receipt"),
        (edited(["id"], number(6)), "changed", "number of the receipt"),
        (edited(["entry", "ref"], "00" * 32), "changed", "number of the receipt"),
        (edited(["format"], "aboveboard-receipt/2"), "not-a-receipt", "aboveboard-receipt/1"),
        (edited(["entry", "v"], 2), "not-a-receipt", "newer program"),
        (edited(["entry", "v"], True), "not-a-receipt", "newer program"),
        (edited(["entry", "at"], "2026-11-23T16:03:00Z"), "not-a-receipt", "time in UTC"),
        (edited(["entry", "at"], "2026-13-23T16:03:00.123456Z"), "not-a-receipt", "time in UTC"),
        (edited(["entry", "at"], "2026-11-23T16:03:00.123456+00:00"), "not-a-receipt", "time in UTC"),
        (edited(["entry", "kind"], "Choice"), "not-a-receipt", "small letters"),
        (edited(["entry", "subject"], -1), "not-a-receipt", "0 or more"),
        (edited(["entry", "subject"], 1.5), "not-a-receipt", "binary fraction"),
        (edited(["entry", "sealed", "nonce"], "00"), "not-a-receipt", "24 hexadecimal digits"),
        (edited(["entry", "sealed", "key"], ""), "not-a-receipt", "must not be empty"),
        (edited(["entry", "sealed", "data"], "AAB="), "not-a-receipt", "base64"),
        (edited(["opened", "salt"], SALT.hex().upper()), "not-a-receipt", "lower case"),
        (edited(["proof", "hashes"], "00"), "not-a-receipt", "must be a list"),
        (edited(["proof", "hashes"], []), "changed", "lacks hashes"),
        (edited(["proof", "hashes"], ["00" * 32] * 9), "changed", "more hashes"),
        (edited(["proof", "extra"], 1), "not-a-receipt", '"extra" is unknown'),
        (edited(["checkpoint"], "hello"), "changed", "checkpoint cannot be read"),
        (edited(["checkpoint"], ["hello"]), "not-a-receipt", "must be text"),
        (shifted_signature(), "changed", "signature does not fit"),
        (countersigned(), "changed", "2 signatures"),
        (b"", "not-a-receipt", "not JSON"),
        ("hello", "not-a-receipt", "not JSON"),
        ("\ud800", "not-a-receipt", "half a character"),
        (b"[]", "not-a-receipt", "JSON object"),
        ("{}", "not-a-receipt", '"format" must be'),
        (b" " * (receipt.LARGEST + 1), "not-a-receipt", "more than 1,048,576 bytes"),
        ('{"format":"aboveboard-receipt/1","format":"aboveboard-receipt/1"}', "not-a-receipt", "given twice"),
        ({"format": receipt.FORMAT}, "not-a-receipt", '"checkpoint" is missing, "entry" is missing'),
    ],
)
def test_what_is_said(whole, code, says):
    error = refusal(whole)
    assert error.code == code
    assert says in str(error)


def test_another_key_is_named():
    impostor = note.Signer(SHOP.name, b"\x07" * 32)
    error = refusal(issued(5, signer=impostor))
    assert error.code == "other-key"
    assert f"{SHOP.name}+{impostor.key_id.hex()}" in str(error)
    assert f"{SHOP.name}+{SHOP.key_id.hex()}" in str(error)
    assert refusal(issued(5), note.Signer("other.example.com", bytes(32)).verifier).code == "other-key"


def test_a_checkpoint_of_another_record_by_the_same_key():
    whole = issued(5)
    head = checkpoint.open_checkpoint(whole["checkpoint"], KEY)
    text = Checkpoint("elsewhere.example.com", head.size, head.root).text()
    assert refusal({**whole, "checkpoint": note.sign(text, SHOP)}).code == "other-key"


def test_an_entry_that_was_signed_with_two_numbers():
    """Its `ref` fits the receipt, its `id` does not: even the business itself cannot issue that."""
    made = {**entry(0, personal=False), "id": number(1)[:32]}
    leaf_hash = merkle.leaf_hash(receipt.leaf_bytes(made))
    head = checkpoint.sign(Checkpoint(SHOP.name, 1, leaf_hash), SHOP)
    error = refusal(receipt.build(made, None, 0, 1, [], head, number(0)))
    assert "number of the receipt" in str(error)


def test_the_largest_file():
    data = canonical.dumps(issued(5))
    assert receipt.verify(data.ljust(receipt.LARGEST), KEY).index == 5
    assert "more than 1,048,576 bytes" in str(refusal(data.ljust(receipt.LARGEST + 1)))


# ---- Building ----


def test_the_leaf_is_as_documented():
    made = entry(0, personal=True)
    assert list(made) == ["v", "id", "ref", "at", "kind", "subject", "facts", "sealed"]
    assert made["at"] == "2026-11-23T16:03:00.123456Z"
    assert (made["v"], made["id"], made["kind"], made["subject"]) == (1, number(0)[:32], "choice.made", 41)
    assert made["facts"]["decisions"] == [{"decision": "deny", "purpose": "all", "recipient": None}]
    assert receipt.leaf(receipt_id=number(0), at=AT, kind="duty.done")["facts"] == {}
    assert made["ref"] == hashlib.sha256(b"aboveboard receipt id" + number(0).encode()).hexdigest()
    assert made["sealed"]["commit"] == hashlib.sha256(SALT + canonical.dumps(DATA)).hexdigest()


@pytest.mark.parametrize(
    "at, text",
    [
        (datetime(2026, 11, 24, 0, 3, tzinfo=timezone(timedelta(hours=8))), "2026-11-23T16:03:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_times_are_written_in_utc(at, text):
    assert receipt.leaf(receipt_id=number(1), at=at, kind="x")["at"] == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"receipt_id": "abc"},
        {"receipt_id": number(1).upper()},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"kind": ""},
        {"kind": "Choice made"},
        {"subject": -1},
        {"subject": True},
        {"sealed": {}},
        {"sealed": {"key": "00", "nonce": "00" * 12, "data": "", "commit": "00"}},
    ],
)
def test_a_leaf_that_could_not_be_verified_is_not_made(wrong):
    with pytest.raises(ProofError):
        receipt.leaf(**{"receipt_id": number(1), "at": AT, "kind": "duty.done", **wrong})


def test_a_salt_has_32_bytes():
    with pytest.raises(ProofError, match="salt must be 32 bytes"):
        receipt.commit(b"short", {})
