"""The verifier in one file, opened from disk in Chromium without network: it judges exactly as `proof.receipt.verify` does."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from aboveboard.proof import ProofError, canonical, checkpoint, merkle, note, receipt, signers

FILE = Path(receipt.__file__).parent / "static" / "verify.html"
SIGNER = note.Signer("shop.example.com/record", bytes(range(32)))
KEY = SIGNER.verifier_key
AT = datetime(2026, 11, 23, 16, 3, 0, 123456, tzinfo=UTC)
NUMBER = "a56145270ce6b3bebd1dd012b7394867-348a629f5ceed032c3e8"
SALT = bytes(range(32))
PERSONAL = {"identity": {"kind": "email", "shown": "安…@example.org"}}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """The page from disk, in a browser that has no network; any error in it fails the test."""
    context = browser.new_context(offline=True, locale="en-GB")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith("file:") else None)
    page.goto(FILE.as_uri())
    yield page
    context.close()
    assert not wrong


def made(index: int = 5, size: int = 7, **changes: Any) -> dict[str, Any]:
    """A receipt of entry `index` of `size`; `changes` are the entry's facts, `personal=None` leaves the personal part away."""
    personal = changes.pop("personal", PERSONAL)
    opened = {"salt": SALT.hex(), "data": personal}
    sealed = (
        receipt.sealed(b"\x4f" * 8, bytes(12), b"sealed", receipt.commit(SALT, personal))
        if personal
        else None
    )
    entry = receipt.leaf(
        receipt_id=NUMBER, at=AT, kind="choice.made", subject=7, facts=changes, sealed=sealed
    )
    hashes = [hashlib.sha256(bytes([place])).digest() for place in range(size)]
    hashes[index] = merkle.leaf_hash(receipt.leaf_bytes(entry))
    head = checkpoint.sign(checkpoint.Checkpoint(SIGNER.name, size, merkle.root(hashes)), SIGNER)
    proof = merkle.inclusion_proof(index, size, hashes)
    return receipt.build(entry, opened if personal else None, index, size, proof, head, NUMBER)


def ours(text: str | bytes, key: str = KEY) -> dict[str, Any]:
    """What Python says, in the page's form."""
    try:
        verifier = signers.Signers.parse(key)
    except ProofError:
        return {"ok": False, "code": "bad-key"}
    try:
        found = receipt.verify(text, verifier)
    except ProofError as error:
        return {"ok": False, "code": error.code}
    entry, opened = canonical.dumps(found.entry).decode(), json.loads(text)["opened"]
    return {
        "ok": True,
        "id": found.id,
        "origin": found.origin,
        "entry": entry,
        "opened": canonical.dumps(opened).decode(),
    }


def theirs(page: Page, text: str | bytes, key: str = KEY) -> dict[str, Any]:
    """What the page says; bytes are handed over as the bytes of a file."""
    if isinstance(text, bytes):
        found = page.evaluate(
            "([bytes, key]) => checkReceipt(Uint8Array.from(bytes), key)", [list(text), key]
        )
    else:
        found = page.evaluate("([text, key]) => checkReceipt(text, key)", [text, key])
    assert isinstance(found, dict)
    return {name: value for name, value in found.items() if name != "part"}


def written(whole: dict[str, Any]) -> str:
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


GOOD = written(
    made(decisions=[{"decision": "deny", "purpose": "all", "recipient": None}], channel="web", proven=False)
)


# ------------------------------------------------------------------------------------------------- its own arithmetic
@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 111, 112, 127, 128, 1000])
def test_its_hashes_are_sha_2(page: Page, size: int) -> None:
    data = bytes(place % 251 for place in range(size))
    for name in ("sha256", "sha512"):
        got = page.evaluate(f"(bytes) => hex({name}(Uint8Array.from(bytes)))", list(data))
        assert got == hashlib.new(name, data).hexdigest()


def test_its_signatures_are_those_of_the_browser_and_of_openssl(page: Page) -> None:
    dice = random.Random(8032)
    for _ in range(8):
        signer = note.Signer("x", dice.randbytes(32))
        text, public = dice.randbytes(dice.randrange(90)).hex(), list(signer.verifier.public_key)
        for flip in (None, 0, 31, 32, 63):
            signature = bytearray(signer.sign(text).value)
            if flip is not None:
                signature[flip] ^= 1 << dice.randrange(8)
            asked = [public, text, list(signature)]
            mine = page.evaluate(
                "([k, t, s]) => signatureFits(Uint8Array.from(k), utf8(t), Uint8Array.from(s))", asked
            )
            theirs = page.evaluate(
                """async ([k, t, s]) => crypto.subtle.verify("Ed25519",
                await crypto.subtle.importKey("raw", Uint8Array.from(k), "Ed25519", false, ["verify"]),
                Uint8Array.from(s), utf8(t))""",
                asked,
            )
            assert mine == theirs == signer.verifier.accepts(text, bytes(signature)) == (flip is None)


def test_a_signature_with_another_spelling_of_its_number_is_refused(page: Page) -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signature = SIGNER.sign("text").value
    again = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    asked = [list(SIGNER.verifier.public_key), list(again)]
    assert not page.evaluate(
        "([k, s]) => signatureFits(Uint8Array.from(k), utf8('text'), Uint8Array.from(s))", asked
    )


# --------------------------------------------------------------------------------------------------- good receipts
GOOD_ONES = {
    "as saved": GOOD,
    "as bytes": GOOD.encode(),
    "in one line": canonical.dumps(json.loads(GOOD)).decode(),
    "with other escapes": json.dumps(json.loads(GOOD), ensure_ascii=True),
    "without its personal part": written(json.loads(GOOD) | {"opened": None}),
    "of an entry that has none": written(made(personal=None)),
    "alone in the record": written(made(0, 1)),
    "the last of many": written(made(99, 100)),
    "with keys that sort by UTF-16": written(
        made(**{"\uff5e": 1, "😀": 2, "é": [True, None, -1, ""], "__proto__": {"a": {}}})
    ),
    "with every escape": written(made(words='"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028é😀')),
    "with the largest numbers": written(made(most=2**53 - 1, least=-(2**53 - 1))),
    "with minus zero": GOOD.replace('"subject": 7', '"subject": 7').replace('"index": 5', '"index":\t5'),
}


@pytest.mark.parametrize("text", GOOD_ONES.values(), ids=GOOD_ONES)
def test_good_receipts_hold(page: Page, text: str | bytes) -> None:
    found = theirs(page, text)
    assert found["ok"]
    assert found == ours(text)


def test_every_place_in_small_trees(page: Page) -> None:
    for size in range(1, 10):
        for index in range(size):
            text = written(made(index, size))
            assert theirs(page, text) == ours(text)
            assert theirs(page, text)["ok"]


# ------------------------------------------------------------------------------------------------------- bad receipts
def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a receipt, the parts that have parts included."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))


def changed(path: tuple[Any, ...], change: str) -> str:
    """The good receipt with one field taken out, turned into something else, or joined by a stranger."""
    whole = json.loads(GOOD)
    part = whole
    for key in path[:-1]:
        part = part[key]
    old = part[path[-1]]
    if change == "out":
        del part[path[-1]]
    elif change == "null":
        part[path[-1]] = None if old is not None else 0
    elif change == "beside" and isinstance(part, dict):
        part[f"{path[-1]}2"] = old
    elif isinstance(old, bool):
        part[path[-1]] = not old
    elif isinstance(old, str):
        part[path[-1]] = old[:-1] + ("0" if old[-1:] != "0" else "1")
    else:
        part[path[-1]] = (
            [] if isinstance(old, dict) else (old or 0) + 1 if not isinstance(old, list) else [*old, *old]
        )
    return written(whole)


def test_every_field_counts(page: Page) -> None:
    for path in leaves(json.loads(GOOD)):
        for change in ("out", "null", "beside", "other"):
            text = changed(path, change)
            if path == ("opened",) and change == "null":
                continue  # leaving the personal part out is allowed
            assert theirs(page, text) == ours(text), (path, change)
            assert not ours(text)["ok"], (path, change)


def test_every_flipped_character_is_noticed(page: Page) -> None:
    dice = random.Random(27560)
    compact = canonical.dumps(json.loads(GOOD)).decode()
    noticed = 0
    for place in dice.sample(range(len(compact)), 120):
        other = dice.choice([sign for sign in '0aZ9"\\,:{}[] \n-.é' if sign != compact[place]])
        text = compact[:place] + other + compact[place + 1 :]
        assert theirs(page, text) == ours(text), (place, other)
        noticed += not ours(text)["ok"]
    assert noticed == 120


def test_every_flipped_bit_of_the_file_is_noticed(page: Page) -> None:
    dice = random.Random(9162)
    compact = canonical.dumps(json.loads(GOOD))
    for _ in range(60):
        raw = bytearray(compact)
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        assert theirs(page, bytes(raw)) == ours(bytes(raw)), bytes(raw)
        assert not ours(bytes(raw))["ok"]


def _note(text: str, *signers: note.Signer) -> str:
    return written(json.loads(GOOD) | {"checkpoint": note.sign(text, *signers)})


_ROOT = json.loads(GOOD)["checkpoint"].split("\n")[2]
_HEAD = f"{SIGNER.name}\n7\n{_ROOT}\n"
OTHER = note.Signer("shop.example.com/record", bytes(32))
ELSEWHERE = note.Signer("else.example.com/record", bytes(range(32)))
BAD_ONES = {
    "nothing": "",
    "a word": "hello",
    "a list": "[]",
    "null": "null",
    "a byte order mark": "\ufeff" + GOOD,
    "a byte order mark in the file": b"\xef\xbb\xbf" + GOOD.encode(),
    "not UTF-8": GOOD.encode() + b"\xff",
    "half a character": GOOD.replace("安", "\\ud83d"),
    "half a character as a key": GOOD.replace('"kind": "email"', '"\\udc00": "email"'),
    "a key twice": GOOD.replace('"v": 1', '"v": 1, "v": 1'),
    "a key twice, spelt in two ways": GOOD.replace('"v": 1', '"v": 1, "\\u0076": 1'),
    "one and a half": GOOD.replace('"v": 1', '"v": 1.5'),
    "one point zero": GOOD.replace('"v": 1', '"v": 1.0'),
    "one to the zeroth": GOOD.replace('"v": 1', '"v": 1e0'),
    "a leading zero": GOOD.replace('"v": 1', '"v": 01'),
    "a plus": GOOD.replace('"v": 1', '"v": +1'),
    "true for one": GOOD.replace('"v": 1', '"v": true'),
    "a large number": GOOD.replace('"subject": 7', '"subject": 9007199254740992'),
    "a very large number": GOOD.replace('"subject": 7', '"subject": ' + "9" * 400),
    "minus zero for a number that is none": GOOD.replace('"index": 5', '"index": -0'),
    "NaN": GOOD.replace('"v": 1', '"v": NaN'),
    "a comma too many": GOOD.replace('"v": 1,', '"v": 1,,'),
    "a comma at the end": GOOD.rstrip()[:-1] + ",}",
    "a comment": "//\n" + GOOD,
    "a raw newline in a text": GOOD.replace("web", "w\neb"),
    "a strange escape": GOOD.replace("web", "w\\eb"),
    "a strange space": "\u00a0" + GOOD,
    "something behind it": GOOD + "x",
    "another one behind it": GOOD + GOOD,
    "capital hex": GOOD.replace(NUMBER, NUMBER.upper()),
    "full-width digits": GOOD.replace("2026-11-23T16", "2026-11-23T１６"),
    "a day that never was": GOOD.replace("2026-11-23", "2026-02-30"),
    "an hour that never was": GOOD.replace("T16:", "T25:"),
    "too deep": GOOD.replace('"channel": "web"', '"channel": ' + "[" * 100 + "]" * 100),
    "as deep as may be, but changed": GOOD.replace('"channel": "web"', '"channel": ' + "[" * 97 + "]" * 97),
    "far too large": GOOD + " " * (1 << 20),
    "signed twice": _note(_HEAD, SIGNER, OTHER),
    "signed by another key": _note(_HEAD, OTHER),
    "signed by another name": _note(f"{ELSEWHERE.name}\n7\n{_ROOT}\n", ELSEWHERE),
    "another record's head by this key": _note(f"other\n7\n{_ROOT}\n", SIGNER),
    "another size": _note(f"{SIGNER.name}\n8\n{_ROOT}\n", SIGNER),
    "a size with a zero before it": _note(f"{SIGNER.name}\n07\n{_ROOT}\n", SIGNER),
    "a size beyond 63 bits": _note(f"{SIGNER.name}\n9223372036854775808\n{_ROOT}\n", SIGNER),
    "no entries, but a root": _note(f"{SIGNER.name}\n0\n{_ROOT}\n", SIGNER),
    "an empty line in the head": _note(f"{SIGNER.name}\n7\n{_ROOT}\n\nx\n", SIGNER),
    "a short head": _note(f"{SIGNER.name}\n7\n", SIGNER),
    "a stray bit at the end of the root": _note(f"{SIGNER.name}\n7\n{_ROOT[:-2]}{chr(ord(_ROOT[-2]) + 1)}=\n", SIGNER),
    "a tab in the head": GOOD.replace("record\\n7", "record\\t\\n7"),
    "a hyphen for the dash": GOOD.replace("— shop", "- shop"),
    "no newline at its end": re.sub(r'=\\n"', '="', GOOD),
    "another receipt's personal part": written(json.loads(GOOD) | {"opened": {"salt": "00" * 32, "data": PERSONAL}}),
    "a personal part where there is none": written(
        made(personal=None) | {"opened": {"salt": SALT.hex(), "data": PERSONAL}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", BAD_ONES.values(), ids=BAD_ONES)
def test_bad_receipts_are_refused_for_the_same_reason(page: Page, text: str | bytes) -> None:
    found = theirs(page, text)
    if ours(text)["ok"]:
        pytest.fail("this case is no bad receipt")
    assert found == ours(text)


def test_further_lines_in_the_head_are_no_fault(page: Page) -> None:
    text = _note(_HEAD + "more\n", SIGNER)
    assert theirs(page, text) == ours(text)
    assert theirs(page, text)["ok"]


KEYS = {
    "another key of that name": OTHER.verifier_key,
    "that key with another name": ELSEWHERE.verifier_key,
    "a digit of the id wrong": KEY.replace("+", "+0", 1)[:-1],
    "no key": "hello",
    "nothing": "",
    "two parts": "+".join(KEY.split("+")[:2]),
    "cut short": KEY[:-4],
    "capitals": KEY.upper(),
    "a stray bit": KEY[:-1] + chr(ord(KEY[-1]) + 1),
    "a space in the name": KEY.replace("shop", "sh op"),
    "with space around": f"\n {KEY} \n",
    "another kind of key": KEY.replace("+AQ", "+Ag"),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_keys_are_taken_and_refused_as_ours_are(page: Page, key: str) -> None:
    assert theirs(page, GOOD, key) == ours(GOOD, key)
    assert theirs(page, GOOD, key)["ok"] == (key.strip() == KEY)


STRANGERS = [note.Signer("other.example.com/record", bytes([n]) * 32) for n in (8, 9)]


def _swapped(endorsement: str) -> tuple[str, str]:
    text, one, other = endorsement.rpartition("\n\n")[0], *endorsement.splitlines()[-2:]
    return endorsement, f"{text}\n\n{other}\n{one}\n"


# The receipt is by SIGNER, of 7 entries. Two keys came before it, two after.
BEFORE, OLDEST, NEXT, LATEST = (note.Signer(SIGNER.name, bytes([n]) * 32) for n in (1, 2, 3, 4))
IN = [
    signers.endorse(OLDEST, BEFORE, 2),
    signers.endorse(BEFORE, SIGNER, 4),
    signers.endorse(SIGNER, NEXT, 7),
    signers.endorse(NEXT, LATEST, 9),
]
TODAY = "\n".join([LATEST.verifier_key + "\n", *IN])
SOONER = [IN[0], IN[1], signers.endorse(SIGNER, NEXT, 6)]

RINGS: dict[str, tuple[str, bool]] = {
    "as it is published today": (TODAY, True),
    "the oldest key first": (f"{OLDEST.verifier_key}\n{TODAY}", True),
    "its own key first": (f"{KEY}\n\n{TODAY}", True),
    "from another kind of computer": (TODAY.replace("\n", "\r\n"), True),
    "with space around each line": (TODAY.replace("\n", " \t\n  "), True),
    "all of it twice": (TODAY + "\n" + TODAY, True),
    "the gap after the key lost": (TODAY.replace("\n\naboveboard", "\naboveboard", 1), False),
    "in another order": ("\n".join([LATEST.verifier_key + "\n", *reversed(IN)]), True),
    "replaced before this receipt": ("\n".join([NEXT.verifier_key + "\n", *SOONER]), False),
    "one endorsement missing": ("\n".join([LATEST.verifier_key + "\n", *IN[:-1]]), False),
    "the first key is nobody's": (f"{OTHER.verifier_key}\n{TODAY}", False),
    "another key between": (f"{KEY}\n{ELSEWHERE.verifier_key}\n{TODAY}", False),
    "two successors": (f"{TODAY}\n{signers.endorse(SIGNER, OTHER, 7)}", False),
    "two predecessors": (f"{TODAY}\n{signers.endorse(OTHER, SIGNER, 7)}", False),
    "an endorsement for fewer": ("\n".join([KEY + "\n", *IN[:3], signers.endorse(NEXT, LATEST, 6)]), False),
    "a circle": (f"{TODAY}\n{signers.endorse(LATEST, OLDEST, 9)}", False),
    "a number changed": (TODAY.replace("\n9\n", "\n8\n"), False),
    "a number with a zero before it": (TODAY.replace("\n9\n", "\n09\n"), False),
    "signatures swapped": (TODAY.replace(*_swapped(IN[3])), False),
    "one signature gone": (TODAY.replace(IN[3].splitlines()[-1] + "\n", ""), False),
    "cut off": (TODAY[:-20], False),
    "cut off before the signatures": (TODAY[: TODAY.rindex("\n\n") + 1], False),
    "another form": (TODAY.replace("aboveboard-signer/1", "aboveboard-signer/2"), False),
    "another record's endorsement": (f"{TODAY}\n{signers.endorse(*STRANGERS, 5)}", False),
}


@pytest.mark.parametrize(("ring", "good"), RINGS.values(), ids=RINGS)
def test_keys_that_followed_each_other_are_judged_as_ours_are(page: Page, ring: str, good: bool) -> None:
    assert theirs(page, GOOD, ring) == ours(GOOD, ring)
    assert theirs(page, GOOD, ring)["ok"] == good


def test_a_change_anywhere_in_published_keys_is_judged_alike(page: Page) -> None:
    chance = random.Random(3)
    for _ in range(40):
        place = chance.randrange(len(TODAY))
        changed = TODAY[:place] + chance.choice("AZaz09+/=\n \u2014") + TODAY[place + 1 :]
        assert theirs(page, GOOD, changed) == ours(GOOD, changed), repr(changed)


# ----------------------------------------------------------------------------------------------------------- the page
@pytest.fixture
def fresh(page: Page) -> Page:
    page.goto(FILE.as_uri())
    return page


def test_a_person_checks_a_receipt_with_two_files(fresh: Page, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text(GOOD, encoding="utf-8")
    (tmp_path / "key.txt").write_text(KEY + "\n", encoding="utf-8")
    fresh.set_input_files("#receipt-file", tmp_path / "receipt.json")
    fresh.set_input_files("#key-file", tmp_path / "key.txt")
    fresh.get_by_role("button", name="Check it").click()
    said = fresh.inner_text("#result")
    assert "This receipt is real." in said
    assert "number 6 of 7" in said and "2026-11-23 16:03:00" in said and "安…@example.org" in said
    fresh.get_by_role("button", name="中文").click()
    said = fresh.inner_text("#result")
    assert "这张回执是真的。" in said and "第 6 条，共 7 条" in said
    assert fresh.evaluate("document.documentElement.lang") == "zh-Hans"


def test_text_that_is_edited_below_the_file_is_what_counts(fresh: Page, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text(GOOD, encoding="utf-8")
    fresh.set_input_files("#receipt-file", tmp_path / "receipt.json")
    fresh.fill("#key", KEY)
    fresh.fill("#receipt", GOOD.replace('"deny"', '"allow"'))
    fresh.get_by_role("button", name="Check it").click()
    said = fresh.inner_text("#result")
    assert "This receipt does not hold." in said and "do not lead to the signed root" in said
    fresh.get_by_role("button", name="中文").click()
    assert "这张回执不成立。" in fresh.inner_text("#result")


def test_it_asks_for_what_is_missing(fresh: Page) -> None:
    fresh.get_by_role("button", name="Check it").click()
    assert "Choose or paste both" in fresh.inner_text("#result")
    fresh.fill("#receipt", GOOD)
    fresh.fill("#key", KEY[:-4])
    fresh.get_by_role("button", name="Check it").click()
    assert "not a whole public key" in fresh.inner_text("#result")


def test_it_is_accessible_and_fits_a_phone(fresh: Page, axe: Any) -> None:
    fresh.set_viewport_size({"width": 320, "height": 700})
    fresh.fill("#receipt", GOOD)
    fresh.fill("#key", KEY)
    for lang in ("中文", "English"):
        fresh.get_by_role("button", name=lang).click()
        fresh.locator("button.go").click()
        assert fresh.evaluate("document.documentElement.scrollWidth") <= 320
        assert axe(fresh) == []


def test_it_loads_and_sends_nothing() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"\b(?:fetch|XMLHttpRequest|WebSocket|sendBeacon|import)\b\s*\(", text)
    assert not re.search(r"\b(?:src|href)\s*=", text)


def test_its_words_are_there_in_both_languages(page: Page) -> None:
    words = page.evaluate("() => ({...WORDS, ...PARTS, ...KINDS})")
    assert [key for key, pair in words.items() if len(pair) != 2 or not all(pair)] == []
    for key, (en, zh) in words.items():
        assert set(re.findall(r"\{\w+\}", en)) == set(re.findall(r"\{\w+\}", zh)), key
    script = FILE.read_text(encoding="utf-8")
    used = set(re.findall(r'(?:form|changed|bad)\("(\w+)"', script))
    assert used <= words.keys()
    from aboveboard.record.model import KINDS

    told = page.evaluate("() => KINDS")
    assert {kind: tuple(pair) for kind, pair in told.items()}.items() <= {
        k: (t.en, t.zh) for k, t in KINDS.items()
    }.items()
