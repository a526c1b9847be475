"""Checkpoints: the three lines of C2SP tlog-checkpoint, and who may sign them."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.proof import ProofError, checkpoint, note
from aboveboard.proof.checkpoint import Checkpoint

ROOT = hashlib.sha256(b"root").digest()
ROOT64 = base64.b64encode(ROOT).decode()
EMPTY64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
SHOP = note.Signer("shop.example.com/record", bytes(32))
OTHER = note.Signer("other.example.com/record", bytes(range(32)))

# The example in the text of the specification.
C2SP = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_example_of_the_specification():
    found = Checkpoint.parse(C2SP)
    assert (found.origin, found.size, found.extensions) == ("example.com/behind-the-sofa", 20852163, ())
    assert found.root.hex().startswith("0ac5186a9186")
    assert found.text() == C2SP


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.integers(1, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=3),
)
def test_written_and_read(origin, size, root, extensions):
    head = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(head.text()) == head


@pytest.mark.parametrize(
    "text",
    [
        f"a\n0\n{EMPTY64}\n",
        f"a\n1\n{ROOT64}\n",
        f"a b+c\n9223372036854775807\n{ROOT64}\n",
        f"a\n1\n{ROOT64}\nmore\n and more\n",
    ],
)
def test_good_texts(text):
    assert Checkpoint.parse(text).text() == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n\n",
        "a\n1\n",
        f"a\n1\n{ROOT64}",
        f"\n1\n{ROOT64}\n",
        f"a\n\n{ROOT64}\n",
        f"a\n01\n{ROOT64}\n",
        f"a\n00\n{ROOT64}\n",
        f"a\n+1\n{ROOT64}\n",
        f"a\n-1\n{ROOT64}\n",
        f"a\n 1\n{ROOT64}\n",
        f"a\n1 \n{ROOT64}\n",
        f"a\n1_0\n{ROOT64}\n",
        f"a\n0x1\n{ROOT64}\n",
        f"a\n1.0\n{ROOT64}\n",
        f"a\n١\n{ROOT64}\n",
        f"a\n9223372036854775808\n{ROOT64}\n",
        f"a\n{'9' * 5000}\n{ROOT64}\n",
        f"a\n0\n{ROOT64}\n",
        "a\n1\n\n",
        f"a\n1\n{ROOT64[:-1]}\n",
        f"a\n1\n{ROOT64[:-2]}h=\n",
        f"a\n1\n{ROOT64} \n",
        f"a\n1\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"a\n1\n{base64.b64encode(ROOT + b'x').decode()}\n",
        f"a\n1\n{ROOT64}\n\n",
        f"a\n1\n{ROOT64}\n\nmore\n",
        f"a\r\n1\n{ROOT64}\n",
        f"a\n1\n{ROOT64}\nmo\tre\n",
    ],
)
def test_bad_texts(text):
    with pytest.raises(ProofError):
        Checkpoint.parse(text)


@pytest.mark.parametrize("size", [-1, 2**63, True, 1.0, "1", None])
def test_bad_sizes(size):
    with pytest.raises(ProofError, match="whole number"):
        Checkpoint("a", size, ROOT)


@pytest.mark.parametrize("root", [b"", ROOT[:31], ROOT + b"x", ROOT.hex(), None])
def test_bad_roots(root):
    with pytest.raises(ProofError, match="32 bytes"):
        Checkpoint("a", 1, root)


@pytest.mark.parametrize("line", ["", "a\nb", "a\x00", "a\r"])
def test_bad_lines(line):
    with pytest.raises(ProofError, match="must not be empty"):
        Checkpoint(line, 1, ROOT)
    with pytest.raises(ProofError, match="must not be empty"):
        Checkpoint("a", 1, ROOT, (line,))


def test_signed_and_opened():
    head = Checkpoint(SHOP.name, 7, ROOT)
    signed = checkpoint.sign(head, SHOP)
    assert signed.startswith(f"shop.example.com/record\n7\n{ROOT64}\n\n— shop.example.com/record ")
    assert checkpoint.open_checkpoint(signed, SHOP.verifier) == head
    assert checkpoint.open_checkpoint(signed, OTHER.verifier, SHOP.verifier) == head


def test_a_witness_may_sign_too():
    head = Checkpoint(SHOP.name, 7, ROOT)
    assert (
        checkpoint.open_checkpoint(note.sign(head.text(), OTHER, SHOP), SHOP.verifier, OTHER.verifier) == head
    )


def test_only_the_key_of_the_origin_signs():
    head = Checkpoint(SHOP.name, 7, ROOT)
    with pytest.raises(ProofError, match="must not sign"):
        checkpoint.sign(head, OTHER)
    with pytest.raises(ProofError, match="not by its own key") as caught:
        checkpoint.open_checkpoint(note.sign(head.text(), OTHER), SHOP.verifier, OTHER.verifier)
    assert caught.value.code == "unsigned"
    with pytest.raises(ProofError) as caught:
        checkpoint.open_checkpoint(checkpoint.sign(head, SHOP), OTHER.verifier)
    assert caught.value.code == "unsigned"


def test_a_signed_text_that_is_no_checkpoint():
    with pytest.raises(ProofError, match="three lines"):
        checkpoint.open_checkpoint(note.sign("hello\n", SHOP), SHOP.verifier)
