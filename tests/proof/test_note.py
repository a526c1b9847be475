"""Signed notes against the published vectors of the reference implementation, and against everything that is no note."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.proof import ProofError, note

# The public test key and note of golang.org/x/mod/sumdb/note (note_test.go), from which C2SP signed-note was written down.
# Ed25519 is deterministic, so signing must give the same characters.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
GO_NOTE = f"{GO_TEXT}\n{GO_LINE}"

# The example of the specification itself (its public key is not printed there, so it can be read but not checked).
C2SP_NOTE = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC"
    "+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)

PETER = note.Signer("PeterNeumann", GO_PRIVATE)
ENOCH = note.Signer("EnochRoot", bytes(range(32)))
OTHER_PETER = note.Signer("PeterNeumann", bytes(range(1, 33)))


def test_the_vectors_of_the_reference_implementation():
    assert PETER.verifier_key == GO_KEY
    assert PETER.key_id.hex() == "c74f20a3"
    assert note.sign(GO_TEXT, PETER) == GO_NOTE
    assert note.open_note(GO_NOTE, note.Verifier.parse(GO_KEY)) == (GO_TEXT, ("PeterNeumann",))


def test_the_example_of_the_specification():
    text, signatures = note.parse(C2SP_NOTE)
    assert text.endswith("sole:\n\ned è subito sera.\n")
    assert [(s.name, s.key_id.hex(), len(s.value)) for s in signatures] == [
        ("quasimodo.example/salvatore", "367ba04b", 64)
    ]
    assert f"{text}\n{signatures[0].line()}" == C2SP_NOTE


# ---- Keys ----


def test_a_verifier_key_is_written_and_read():
    verifier = note.Verifier.parse(GO_KEY)
    assert verifier == PETER.verifier
    assert verifier.verifier_key == GO_KEY
    assert (verifier.name, verifier.key_id) == ("PeterNeumann", bytes.fromhex("c74f20a3"))


def test_no_part_of_a_verifier_key_is_a_verifier_key():
    for start in range(len(GO_KEY)):
        for end in range(start, len(GO_KEY) + 1):
            if (start, end) != (0, len(GO_KEY)):
                with pytest.raises(ProofError):
                    note.Verifier.parse(GO_KEY[start:end])


def test_no_character_of_a_verifier_key_can_be_changed():
    for i, char in enumerate(GO_KEY):
        for other in {chr(ord(char) + 1), char.swapcase(), "+", " ", "A"} - {char}:
            with pytest.raises(ProofError):
                note.Verifier.parse(GO_KEY[:i] + other + GO_KEY[i + 1 :])


@pytest.mark.parametrize(
    "text, says",
    [
        # From the same Go test: the key ids are right for these bytes, but the length (and the spare bits of the base64)
        # or the algorithm is not.
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "base64"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not an Ed25519 key"),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "lower case"),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", "base64"),
        ("PeterNeumann+c74f20a3", "three parts"),
        ("PeterNeumann+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "copy the whole line again"),
        ("", "three parts"),
    ],
)
def test_bad_verifier_keys(text, says):
    with pytest.raises(ProofError, match=says):
        note.Verifier.parse(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\nb", "a\tb", "a\u00a0b", "a\u2028b", "a\u3000", "a\x07b", "\ud800"]
)
def test_bad_names(name):
    with pytest.raises(ProofError):
        note.Signer(name, bytes(32))


@pytest.mark.parametrize("name", ["a", "shop.example.com/record", "明心.example/记录", "-", "—", "a\u200bb"])
def test_good_names(name):
    signer = note.Signer(name, bytes(32))
    assert note.Verifier.parse(signer.verifier_key) == signer.verifier
    assert note.open_note(note.sign("x\n", signer), signer.verifier) == ("x\n", (name,))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_have_32_bytes(size):
    with pytest.raises(ProofError, match="32 bytes"):
        note.Signer("a", bytes(size))
    with pytest.raises(ProofError, match="32 bytes"):
        note.Verifier("a", bytes(size))


# ---- Notes ----


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")))
def test_any_text_comes_back(text):
    signed = note.sign(text + "\n", PETER, ENOCH)
    assert note.open_note(signed, PETER.verifier, ENOCH.verifier) == (
        text + "\n",
        ("PeterNeumann", "EnochRoot"),
    )
    assert note.open_note(signed, ENOCH.verifier) == (text + "\n", ("EnochRoot",))


@pytest.mark.parametrize("text", ["", "no newline", "a\n\x00\n", "a\r\n", "a\tb\n", "\ud800\n"])
def test_texts_that_cannot_be_signed(text):
    with pytest.raises(ProofError):
        note.sign(text, PETER)


def test_a_note_needs_a_signer():
    with pytest.raises(ProofError, match="needs a signature"):
        note.sign("a\n")
    with pytest.raises(ProofError, match="at most 100"):
        note.sign("a\n", *[PETER] * 101)


UNKNOWN = "— Somebody " + base64.b64encode(bytes(40)).decode() + "\n"
SAME_NAME = OTHER_PETER.sign(GO_TEXT).line()
SAME_ID = GO_LINE.replace("PeterNeumann", "PeterNewmann")
ENOCHS = ENOCH.sign(GO_TEXT).line()


@pytest.mark.parametrize(
    "lines, names",
    [
        ([GO_LINE], ("PeterNeumann",)),
        ([UNKNOWN, GO_LINE], ("PeterNeumann",)),
        ([GO_LINE, UNKNOWN], ("PeterNeumann",)),
        ([SAME_NAME, SAME_ID, GO_LINE], ("PeterNeumann",)),
        ([GO_LINE, GO_LINE], ("PeterNeumann",)),
        ([ENOCHS, GO_LINE], ("EnochRoot", "PeterNeumann")),
        ([UNKNOWN] * 15 + [GO_LINE], ("PeterNeumann",)),
        ([UNKNOWN] * 99 + [GO_LINE], ("PeterNeumann",)),
    ],
)
def test_who_signed(lines, names):
    signed = GO_TEXT + "\n" + "".join(lines)
    assert note.open_note(signed, PETER.verifier, ENOCH.verifier) == (GO_TEXT, names)


WRONG_LINE = PETER.sign("another text\n").line()
BARE = "— PeterNeumann "


@pytest.mark.parametrize(
    "lines, code",
    [
        ([WRONG_LINE], "changed"),
        ([GO_LINE, WRONG_LINE], "changed"),
        ([ENOCHS, WRONG_LINE], "changed"),
        ([BARE + base64.b64encode(PETER.key_id + bytes(64)).decode() + "\n"], "changed"),
        ([BARE + base64.b64encode(PETER.key_id + bytes(63)).decode() + "\n"], "changed"),
        (
            [BARE + base64.b64encode(PETER.key_id + PETER.sign(GO_TEXT).value + b"\0").decode() + "\n"],
            "changed",
        ),
        ([UNKNOWN], "unsigned"),
        ([SAME_NAME], "unsigned"),
        ([SAME_ID], "unsigned"),
        ([UNKNOWN] * 100 + [GO_LINE], "invalid"),
        ([], "invalid"),
        (["\n"], "invalid"),
        ([GO_LINE[:-1]], "invalid"),
        ([GO_LINE, "\n"], "invalid"),
        ([GO_LINE, "trailing\n"], "invalid"),
        (["trailing\n", GO_LINE], "invalid"),
        ([GO_LINE.replace("—", "-")], "invalid"),
        ([GO_LINE.replace("—", "–")], "invalid"),
        ([GO_LINE.replace("— ", "—")], "invalid"),
        ([GO_LINE.replace("— ", "—  ")], "invalid"),
        ([GO_LINE.replace("mann ", "mann  ")], "invalid"),
        ([GO_LINE.replace("\n", " \n")], "invalid"),
        ([GO_LINE.replace("\n", "\r\n")], "invalid"),
        ([GO_LINE.replace("AM=", "AN=")], "invalid"),
        ([GO_LINE.replace("AM=", "AM")], "invalid"),
        ([GO_LINE.replace("/", "_")], "invalid"),
        ([GO_LINE.replace("PeterNeumann", "Peter+Neumann")], "invalid"),
        ([GO_LINE.replace("PeterNeumann", "Peter\u00a0Neumann")], "invalid"),
        ([GO_LINE.replace("PeterNeumann ", "")], "invalid"),
        (["— PeterNeumann\n"], "invalid"),
        (["— PeterNeumann \n"], "invalid"),
        (["— \n"], "invalid"),
        (["— PeterNeumann " + base64.b64encode(PETER.key_id).decode() + "\n"], "invalid"),
        ([GO_LINE, UNKNOWN.replace("=", "")], "invalid"),
    ],
)
def test_notes_that_are_refused(lines, code):
    with pytest.raises(ProofError) as caught:
        note.open_note(GO_TEXT + "\n" + "".join(lines), PETER.verifier, ENOCH.verifier)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "\n",
        "\n\n",
        GO_LINE,
        "\n" + GO_LINE,
        GO_TEXT,
        GO_TEXT + GO_LINE,
        GO_NOTE + "\x1f\n",
        "\ud800" + GO_NOTE,
    ],
)
def test_what_is_no_note(signed):
    with pytest.raises(ProofError) as caught:
        note.open_note(signed, PETER.verifier)
    assert caught.value.code == "invalid"


def test_the_empty_line_and_the_last_newline_are_needed():
    signed = note.sign("\n", PETER)
    assert note.open_note(signed, PETER.verifier) == ("\n", ("PeterNeumann",))
    for wrong in (signed[1:], signed[2:], signed[:-1], signed[:-1] + "x", GO_NOTE[:-1] + "x"):
        with pytest.raises(ProofError):
            note.open_note(wrong, PETER.verifier)


def test_the_shortest_unknown_signature_is_passed_over():
    short = "— Somebody " + base64.b64encode(bytes(5)).decode() + "\n"
    assert note.open_note(GO_NOTE + short, PETER.verifier) == (GO_TEXT, ("PeterNeumann",))


def test_no_character_of_a_note_can_be_changed():
    for i, char in enumerate(GO_NOTE):
        for other in {chr(ord(char) ^ 1), char.swapcase(), ""} - {char}:
            with pytest.raises(ProofError):
                note.open_note(GO_NOTE[:i] + other + GO_NOTE[i + 1 :], PETER.verifier)


def test_a_signature_has_one_form():
    """Adding the order of the group to the second half satisfies the curve equation too; RFC 8032 section 5.1.7 forbids it."""
    order = 2**252 + 27742317777372353535851937790883648493
    value = PETER.sign(GO_TEXT).value
    shifted = (int.from_bytes(value[32:], "little") + order).to_bytes(32, "little")
    assert PETER.verifier.accepts(GO_TEXT, value)
    assert not PETER.verifier.accepts(GO_TEXT, value[:32] + shifted)


def test_without_a_key_nothing_is_believed():
    with pytest.raises(ProofError) as caught:
        note.open_note(GO_NOTE)
    assert caught.value.code == "unsigned"
    assert "PeterNeumann+c74f20a3" in str(caught.value)


def test_the_same_key_may_be_given_twice_but_not_two_with_the_same_id(monkeypatch):
    assert note.open_note(GO_NOTE, PETER.verifier, PETER.verifier)[1] == ("PeterNeumann",)
    twin = note.Verifier("PeterNeumann", ENOCH.verifier.public_key)
    object.__setattr__(twin, "key_id", PETER.key_id)  # a real collision takes some 2^32 keys to find
    with pytest.raises(ProofError, match="Two different keys"):
        note.open_note(GO_NOTE, PETER.verifier, twin)


def test_a_private_key_does_not_show_in_a_traceback():
    assert GO_PRIVATE.hex() not in repr(PETER)
    assert "object at" in repr(PETER)
