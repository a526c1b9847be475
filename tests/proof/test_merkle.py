"""The tree against the definitions of RFC 9162 written down as they stand there: recursive, slow, and hard to get wrong."""

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.proof import ProofError, merkle

# ---- RFC 9162 section 2.1, as definitions ----


def mth(leaves):
    """Section 2.1.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = below(len(leaves))
    return node(mth(leaves[:k]), mth(leaves[k:]))


def path(m, leaves):
    """Section 2.1.3.1: PATH(m, D_n)."""
    if len(leaves) == 1:
        return []
    k = below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, known=True):
    """Section 2.1.4.1: SUBPROOF(m, D_n, b)."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def below(n):
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def node(left, right):
    return sha256(b"\x01" + left + right).digest()


def rebuilt(index, size, leaf, proof):
    """The root that PATH would have been made from, or None if `proof` has too many or too few hashes."""
    if size == 1:
        return None if proof else leaf
    if not proof:
        return None
    k = below(size)
    inner = (
        rebuilt(index, k, leaf, proof[:-1]) if index < k else rebuilt(index - k, size - k, leaf, proof[:-1])
    )
    if inner is None:
        return None
    return node(inner, proof[-1]) if index < k else node(proof[-1], inner)


def both_rebuilt(m, n, proof, root1, known=True):
    """The two roots that SUBPROOF would have been made from, or None."""
    if m == n:
        if known:
            return None if proof else (root1, root1)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k, last = below(n), proof[-1]
    inner = (
        both_rebuilt(m, k, proof[:-1], root1, known)
        if m <= k
        else both_rebuilt(m - k, n - k, proof[:-1], root1, False)
    )
    if inner is None:
        return None
    first, second = inner
    return (first, node(second, last)) if m <= k else (node(last, first), node(last, second))


def accepts(check, *arguments):
    try:
        check(*arguments)
    except ProofError:
        return False
    return True


MOST = 200
LEAVES = [merkle.leaf_hash(str(i).encode()) for i in range(MOST)]
EMPTY = sha256(b"").digest()

# ---- Published vectors ----

# The eight inputs and roots that the test suites of Certificate Transparency implementations share (they go back to
# google/certificate-transparency, merkletree_test); the recursive definition above gives the same.
CT_INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
CT_ROOTS = [bytes.fromhex(text) for text in (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]  # fmt: skip
CT_CONSISTENCY = {
    (2, 5): ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
    (6, 8): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
}  # fmt: skip


def test_the_roots_of_certificate_transparency():
    leaves = [merkle.leaf_hash(data) for data in CT_INPUTS]
    assert [merkle.root(leaves[:n]) for n in range(1, 9)] == CT_ROOTS
    assert [mth(leaves[:n]) for n in range(1, 9)] == CT_ROOTS
    assert merkle.root([]) == merkle.EMPTY_ROOT == EMPTY


@pytest.mark.parametrize("sizes, proof", CT_CONSISTENCY.items())
def test_the_consistency_proofs_of_certificate_transparency(sizes, proof):
    leaves = [merkle.leaf_hash(data) for data in CT_INPUTS]
    assert [value.hex() for value in merkle.consistency_proof(*sizes, leaves)] == proof
    merkle.verify_consistency(
        *sizes, [bytes.fromhex(value) for value in proof], CT_ROOTS[sizes[0] - 1], CT_ROOTS[sizes[1] - 1]
    )


def test_a_leaf_cannot_pose_as_a_node():
    left, right = LEAVES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert merkle.leaf_hash(b"\x01" + left + right) != merkle.node_hash(left, right)


# ---- Making proofs: equal to the definitions ----


@given(st.integers(0, MOST))
def test_root(size):
    assert merkle.root(LEAVES[:size]) == mth(LEAVES[:size])


@given(st.data())
def test_inclusion(data):
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, LEAVES)
    assert proof == path(index, LEAVES[:size])
    assert proof == _fetched(merkle.inclusion_plan(index, size), size)
    merkle.verify_inclusion(index, size, LEAVES[index], proof, mth(LEAVES[:size]))


@given(st.data())
def test_consistency(data):
    size2 = data.draw(st.integers(1, MOST))
    size1 = data.draw(st.integers(1, size2))
    proof = merkle.consistency_proof(size1, size2, LEAVES)
    assert proof == subproof(size1, LEAVES[:size2])
    assert proof == _fetched(merkle.consistency_plan(size1, size2), size2)
    merkle.verify_consistency(size1, size2, proof, mth(LEAVES[:size1]), mth(LEAVES[:size2]))


def test_every_small_tree():
    for size in range(1, 34):
        top = mth(LEAVES[:size])
        for other in range(size):
            inclusion = path(other, LEAVES[:size])
            assert _fetched(merkle.inclusion_plan(other, size), size) == inclusion
            merkle.verify_inclusion(other, size, LEAVES[other], inclusion, top)
            if other:
                consistency = subproof(other, LEAVES[:size])
                assert _fetched(merkle.consistency_plan(other, size), size) == consistency
                merkle.verify_consistency(other, size, consistency, mth(LEAVES[:other]), top)


@given(st.integers(0, MOST))
def test_roots_are_the_binary_digits_of_the_size(size):
    parts = merkle.roots(size)
    assert [level for level, _ in parts] == [level for level in reversed(range(10)) if size >> level & 1]
    assert [i for level, index in parts for i in range(index << level, (index + 1) << level)] == list(
        range(size)
    )
    assert merkle.fold(_nodes(size, parts)) == mth(LEAVES[:size])


def test_plans_stay_small_in_a_large_tree():
    size = 2**40 - 1
    plan = merkle.inclusion_plan(2**39 + 12345, size)
    assert len(plan) == 40
    assert sum(len(step) for step in plan) < 80
    assert sum(len(step) for step in merkle.consistency_plan(2**39 + 12345, size)) < 80


# ---- Growing ----


@given(st.lists(st.integers(0, 40), max_size=8))
def test_new_nodes_are_those_that_the_store_lacks(batches):
    store: dict[tuple[int, int], bytes] = {}
    size = 0
    for count in batches:
        if size + count > MOST:
            break
        asked: list[int] = []
        found = merkle.new_nodes(size, LEAVES[size : size + count], _getter(store, asked))
        assert len(asked) == len(set(asked)), "each level is asked at most once"
        assert not {(level, i) for level, i, _ in found} & store.keys()
        store |= {(level, i): value for level, i, value in found}
        size += count
    wanted = {(level, i) for level in range(9) for i in range(size >> level)}
    assert store.keys() == wanted
    assert all(value == mth(LEAVES[i << level : (i + 1) << level]) for (level, i), value in store.items())


def _getter(store, asked):
    def get(level, index):
        asked.append(level)
        return store[level, index]

    return get


# ---- Checking: accepts what the definitions accept, and nothing else ----


def few(count):
    return st.lists(
        st.integers(0, 3).map(lambda i: LEAVES[i]), min_size=max(0, count - 1), max_size=count + 1
    )


@given(st.data())
def test_any_inclusion_proof_is_judged_like_the_definition(data):
    size = data.draw(st.integers(1, 40) | st.integers(1, 2**62))
    index = data.draw(st.integers(0, min(size - 1, 40)) | st.integers(0, size - 1))
    proof = data.draw(few(len(merkle.inclusion_plan(index, size))))
    top = rebuilt(index, size, LEAVES[0], proof)
    assert accepts(merkle.verify_inclusion, index, size, LEAVES[0], proof, top or LEAVES[0]) == (
        top is not None
    )
    assert not accepts(merkle.verify_inclusion, index, size, LEAVES[0], proof, LEAVES[9])


@given(st.data())
def test_any_consistency_proof_is_judged_like_the_definition(data):
    size2 = data.draw(st.integers(2, 40) | st.integers(2, 2**62))
    size1 = data.draw(st.integers(1, min(size2 - 1, 40)) | st.integers(1, size2 - 1))
    proof = data.draw(few(len(merkle.consistency_plan(size1, size2))))
    root1 = LEAVES[7]
    tops = both_rebuilt(size1, size2, proof, root1)
    if tops is None:
        assert not accepts(merkle.verify_consistency, size1, size2, proof, root1, LEAVES[8])
        return
    assert accepts(merkle.verify_consistency, size1, size2, proof, *tops)
    assert not accepts(merkle.verify_consistency, size1, size2, proof, LEAVES[9], tops[1])
    assert not accepts(merkle.verify_consistency, size1, size2, proof, tops[0], LEAVES[9])


def spoilt(proof):
    """Every proof that differs from `proof` in one place."""
    for i, value in enumerate(proof):
        yield [*proof[:i], bytes([value[0] ^ 1]) + value[1:], *proof[i + 1 :]]
        yield [*proof[:i], value[:-1] + bytes([value[-1] ^ 128]), *proof[i + 1 :]]
        yield proof[:i] + proof[i + 1 :]
        yield [*proof[: i + 1], *proof[i:]]
        if i and proof[i - 1] != value:
            yield [*proof[: i - 1], value, proof[i - 1], *proof[i + 1 :]]
    yield [*proof, LEAVES[0]]
    yield [LEAVES[0], *proof]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 21])
def test_one_change_in_an_inclusion_proof_is_found(size):
    top = mth(LEAVES[:size])
    for index in range(size):
        proof = path(index, LEAVES[:size])
        for wrong in spoilt(proof):
            assert not accepts(merkle.verify_inclusion, index, size, LEAVES[index], wrong, top)
        for other in range(size):
            assert accepts(merkle.verify_inclusion, other, size, LEAVES[index], proof, top) == (
                other == index
            )
            assert accepts(merkle.verify_inclusion, index, size, LEAVES[other], proof, top) == (
                other == index
            )


@pytest.mark.parametrize("size2", [2, 3, 4, 5, 7, 8, 9, 13, 16])
def test_one_change_in_a_consistency_proof_is_found(size2):
    top = mth(LEAVES[:size2])
    for size1 in range(1, size2):
        proof, first = subproof(size1, LEAVES[:size2]), mth(LEAVES[:size1])
        for wrong in spoilt(proof):
            assert not accepts(merkle.verify_consistency, size1, size2, wrong, first, top)
        assert not accepts(merkle.verify_consistency, size1, size2, proof, top, first)
        assert not accepts(merkle.verify_consistency, size2, size1, proof, top, first)


@pytest.mark.parametrize("size2", [3, 6, 8, 12])
def test_a_rewritten_history_has_no_proof(size2):
    """Whatever entry of the first tree is changed, removed, inserted or moved, no honest proof of the second fits."""
    rng = random.Random(size2)
    for size1 in range(1, size2):
        first, old = mth(LEAVES[:size1]), LEAVES[:size1]
        for i in range(size1):
            changed = [*old[:i], LEAVES[100], *old[i + 1 :]]
            removed = old[:i] + old[i + 1 :]
            inserted = [*old[:i], LEAVES[100], *old[i:]]
            moved = [*removed[: (j := rng.randrange(size1))], old[i], *removed[j:]]
            for history in (changed, removed, inserted, moved):
                if history[:size1] == old:
                    continue
                leaves = [*history, *LEAVES[150:]][:size2]
                proof = subproof(size1, leaves)
                assert not accepts(merkle.verify_consistency, size1, size2, proof, first, mth(leaves))


H = LEAVES


@pytest.mark.parametrize(
    "index, size, leaf, proof, top, says",
    [
        (0, 0, H[0], [], EMPTY, "Entry 0 cannot be in a tree of 0 entries"),
        (1, 1, H[0], [], H[0], "cannot be in a tree"),
        (8, 8, H[0], [], H[0], "cannot be in a tree"),
        (9, 8, H[0], [], H[0], "cannot be in a tree"),
        (-1, 8, H[0], [], H[0], "0 or more"),
        (0, -8, H[0], [], H[0], "0 or more"),
        (True, 2, H[1], [H[0]], mth(H[:2]), "whole number"),
        (0, True, H[0], [], H[0], "whole number"),
        (1.0, 2, H[1], [H[0]], mth(H[:2]), "whole number"),
        ("1", 2, H[1], [H[0]], mth(H[:2]), "whole number"),
        (None, 2, H[1], [H[0]], mth(H[:2]), "whole number"),
        (0, 1, H[0], [H[1]], H[0], "more hashes"),
        (0, 2, H[0], [], mth(H[:2]), "lacks hashes"),
        (0, 1, H[0], [], H[1], "is not in the tree"),
        (0, 1, H[0][:-1], [], H[0], "must be 32 bytes"),
        (0, 1, H[0].hex(), [], H[0], "must be 32 bytes"),
        (0, 1, H[0], [], H[0] + b"\0", "must be 32 bytes"),
        (1, 2, H[1], [H[0][:31]], mth(H[:2]), "must be 32 bytes"),
        (1, 2, H[1], [H[0].hex()], mth(H[:2]), "must be 32 bytes"),
        (1, 2, H[1], H[0], mth(H[:2]), "must be a list"),
        (1, 2, H[1], None, mth(H[:2]), "must be a list"),
    ],
)
def test_odd_inclusion(index, size, leaf, proof, top, says):
    with pytest.raises(ProofError, match=says):
        merkle.verify_inclusion(index, size, leaf, proof, top)


@pytest.mark.parametrize(
    "size1, size2, proof, root1, root2",
    [
        (0, 0, [], EMPTY, EMPTY),
        (0, 5, [], EMPTY, mth(H[:5])),
        (1, 1, [], H[0], H[0]),
        (5, 5, [], mth(H[:5]), mth(H[:5])),
        (1, 2, [H[1]], H[0], mth(H[:2])),
        (4, 8, (mth(H[4:8]),), mth(H[:4]), mth(H[:8])),
    ],
)
def test_odd_consistency_that_holds(size1, size2, proof, root1, root2):
    merkle.verify_consistency(size1, size2, proof, root1, root2)


@pytest.mark.parametrize(
    "size1, size2, proof, root1, root2, says",
    [
        (0, 0, [], EMPTY, H[0], "empty tree"),
        (0, 0, [], H[0], H[0], "empty tree"),
        (0, 5, [], H[0], mth(H[:5]), "empty tree"),
        (0, 5, [H[0]], EMPTY, mth(H[:5]), "has no hashes, but 1"),
        (1, 0, [], H[0], EMPTY, "cannot extend"),
        (6, 5, [], mth(H[:6]), mth(H[:5]), "cannot extend"),
        (5, 5, [], mth(H[:5]), mth(H[1:6]), "two histories"),
        (5, 5, [H[0]], mth(H[:5]), mth(H[:5]), "has no hashes, but 1"),
        (1, 2, [], H[0], mth(H[:2]), "at least one hash"),
        (3, 7, [], mth(H[:3]), mth(H[:7]), "at least one hash"),
        (-1, 5, [], EMPTY, mth(H[:5]), "0 or more"),
        (0, -5, [], EMPTY, EMPTY, "0 or more"),
        (True, 2, [H[1]], H[0], mth(H[:2]), "whole number"),
        (1, 2.0, [H[1]], H[0], mth(H[:2]), "whole number"),
        (1, 2, [H[1][:5]], H[0], mth(H[:2]), "32 bytes"),
        (1, 2, [H[1]], H[0][:5], mth(H[:2]), "32 bytes"),
        (1, 2, [H[1]], H[0], None, "32 bytes"),
        (1, 2, H[1], H[0], mth(H[:2]), "must be a list"),
        (1, 2, [H[1], H[2]], H[0], mth(H[:2]), "more hashes"),
        (3, 4, [H[2]], H[2], mth(H[:4]), "lacks hashes"),
        (1, 2, [H[2]], H[0], mth(H[:2]), "second root"),
        (3, 4, [H[2], H[3], mth(H[:2])], mth(H[1:4]), mth(H[:4]), "not the beginning"),
    ],
)
def test_odd_consistency_that_does_not(size1, size2, proof, root1, root2, says):
    with pytest.raises(ProofError, match=says):
        merkle.verify_consistency(size1, size2, proof, root1, root2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: merkle.inclusion_plan(3, 3),
        lambda: merkle.inclusion_plan(-1, 3),
        lambda: merkle.inclusion_proof(0, 5, LEAVES[:4]),
        lambda: merkle.consistency_plan(4, 3),
        lambda: merkle.consistency_proof(2, 5, LEAVES[:4]),
        lambda: merkle.roots(-1),
        lambda: merkle.new_nodes(-1, [], merkle.node_hash),
    ],
)
def test_impossible_proofs_are_not_made(make):
    with pytest.raises(ProofError):
        make()


def test_proofs_that_need_no_hashes():
    assert merkle.inclusion_proof(0, 1, LEAVES) == []
    assert (
        merkle.consistency_plan(0, 9) == merkle.consistency_plan(9, 9) == merkle.consistency_plan(0, 0) == []
    )
    assert merkle.roots(0) == []


def _nodes(size, parts):
    for level, index in parts:
        assert (index + 1) << level <= size, "only nodes that are complete are stored"
    return [mth(LEAVES[index << level : (index + 1) << level]) for level, index in parts]


def _fetched(plan, size):
    return [merkle.fold(_nodes(size, step)) for step in plan]
