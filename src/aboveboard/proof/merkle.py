"""A hash tree over a growing list (RFC 9162 section 2.1, the same hashes as RFC 6962).

A leaf is SHA-256(0x00 ‖ data), a node SHA-256(0x01 ‖ left ‖ right); the two first bytes keep a node from
posing as a leaf. A list of n leaves is split at the largest power of two below n, and so on. The root stands
for the whole list; the hashes beside the way from one leaf up to the root (its *inclusion proof*, at most
log2 n of them) prove that the leaf is in it, and a similar handful (a *consistency proof*) proves that a
longer list begins with the shorter one, so that nothing was taken out or altered in between.

The trick that makes this cheap to keep in a database: a complete subtree never changes again. Node (level, i)
covers the leaves from i·2^level up to, not including, (i+1)·2^level, and is stored once, when its last leaf
arrives (`new_nodes`). Whatever hash a proof needs is either such a node or several of them side by side,
folded from the right (`fold`); so proofs are *planned* as lists of nodes to fetch, and a tree of a hundred
million entries needs some fifty look-ups, not a walk.

    size 7:              root              roots(7) = (2,0) (1,2) (0,6)
                  ┌────────┴───────┐
                (2,0)              *       * is not stored: it is fold((1,2), (0,6))
              ┌───┴───┐        ┌───┴───┐
            (1,0)   (1,1)    (1,2)   (0,6)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from aboveboard.proof.encoding import exactly
from aboveboard.proof.errors import ProofError

#: (level, index): the complete subtree over leaves [index << level, (index + 1) << level).
Node = tuple[int, int]
#: One hash of a proof: the nodes to `fold`, left to right.
Step = list[Node]

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one entry."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from its two children."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over neighbouring complete subtrees (largest first, as `roots` lists them), folded from the right."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the leaf hashes; of no leaves, SHA-256 of nothing."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


# ---- Plans: which stored nodes make up each hash ----


def roots(size: int) -> list[Node]:
    """Return the complete subtrees that make up a tree of `size` leaves, left to right."""
    return _cover(0, _count(size, "The size of the tree"))


def inclusion_plan(index: int, size: int) -> list[Step]:
    """Return which nodes to fold for each hash of the inclusion proof of leaf `index` (RFC 9162 section 2.1.3.1)."""
    _inside(index, size)
    steps: list[Step] = []
    low, high = 0, size
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            steps.append(_cover(middle, high))
            high = middle
        else:
            steps.append(_cover(low, middle))
            low = middle
    steps.reverse()
    return steps


def consistency_plan(size1: int, size2: int) -> list[Step]:
    """Return which nodes to fold for each hash of the proof that size 2 extends size 1 (RFC 9162 section 2.1.4.1).

    Equal sizes and an empty first tree need no hashes.
    """
    _in_order(size1, size2)
    if size1 in (0, size2):
        return []
    steps: list[Step] = []
    low, high = 0, size2
    while high != size1:
        middle = _split(low, high)
        if size1 <= middle:
            steps.append(_cover(middle, high))
            high = middle
        else:
            steps.append(_cover(low, middle))
            low = middle
    # A left edge that begins at leaf 0 is the first tree itself, whose root the verifier already has.
    if low:
        steps.append(_cover(low, high))
    steps.reverse()
    return steps


def new_nodes(
    size_before: int, leaf_hashes: Sequence[bytes], get: Callable[[int, int], bytes]
) -> list[tuple[int, int, bytes]]:
    """Return (level, index, hash) of every complete subtree that appears when `leaf_hashes` are appended.

    Level 0, the leaves, comes first, then level by level. `get(level, index)` fetches a stored node; it is
    asked at most once for each level, and only for nodes of the tree before.
    """
    found: list[tuple[int, int, bytes]] = []
    level, start = 0, _count(size_before, "The size of the tree")
    row = list(leaf_hashes)
    while row:
        found.extend((level, start + i, value) for i, value in enumerate(row))
        if start % 2:
            row.insert(0, get(level, start - 1))
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        level, start = level + 1, start // 2
    return found


# ---- Proofs from all leaf hashes, for small trees and tests ----


def inclusion_proof(index: int, size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Return the hashes that prove leaf `index` to be in the tree of the first `size` of `hashes`, from the leaf upwards."""
    return _from_leaves(inclusion_plan(index, size), size, hashes)


def consistency_proof(size1: int, size2: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Return the hashes that prove the tree of the first `size2` of `hashes` to extend that of the first `size1`."""
    return _from_leaves(consistency_plan(size1, size2), size2, hashes)


# ---- Checking ----


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with `leaf_hash` is number `index` (from 0) in the tree of `size` leaves with this `root`.

    The algorithm is that of RFC 9162 section 2.1.3.2, and accepts and refuses the same. Raises `ProofError`.
    """
    _inside(index, size)
    at, last = index, size - 1
    result = _hash(leaf_hash, "The hash of the entry")
    for other in _hashes(proof):
        if last == 0:
            raise ProofError(
                f"The proof has more hashes than the way from entry {index} to the root of {size} entries."
            )
        if at % 2 or at == last:
            result = node_hash(other, result)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, other)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError(
            f"The proof lacks hashes on the way from entry {index} to the root of {size} entries."
        )
    if result != _hash(root, "The root"):
        raise ProofError(
            f"Entry {index} with this content is not in the tree of {size} entries with this root."
        )


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the tree of `size2` leaves with `root2` begins with the whole tree of `size1` leaves with `root1`.

    The algorithm is that of RFC 9162 section 2.1.4.2. Two cases that it leaves open: equal sizes need an
    empty proof and equal roots (RFC 6962 section 2.1.2 says so), and an empty first tree needs an empty proof
    and the empty root. Raises `ProofError`.
    """
    _in_order(size1, size2)
    _hash(root1, "The first root")
    _hash(root2, "The second root")
    path = _hashes(proof)
    if size1 in (0, size2):
        _without_steps(size1, size2, path, root1, root2)
        return
    if not path:
        raise ProofError(f"A proof from {size1} to {size2} entries needs at least one hash.")
    if size1 & (size1 - 1) == 0:
        path = [root1, *path]
    at, last = size1 - 1, size2 - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            raise ProofError(f"The proof has more hashes than the way from {size1} to {size2} entries.")
        if at % 2 or at == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, other)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError(f"The proof lacks hashes on the way from {size1} to {size2} entries.")
    if first != root1:
        raise ProofError(
            f"The tree of {size1} entries with the first root is not the beginning of the longer one."
        )
    if second != root2:
        raise ProofError(f"The proof does not lead to the second root, of {size2} entries.")


def _without_steps(size1: int, size2: int, path: list[bytes], root1: bytes, root2: bytes) -> None:
    if path:
        raise ProofError(
            f"A proof from {size1} to {size2} entries has no hashes, but {len(path)} were given."
        )
    for size, value in ((size1, root1), (size2, root2)):
        if size == 0 and value != EMPTY_ROOT:
            raise ProofError("The root of an empty tree is SHA-256 of nothing, and this is another one.")
    if size1 == size2 and root1 != root2:
        raise ProofError(
            f"Two different roots are given for the same {size1} entries: two histories were shown."
        )


# ---- Small parts ----


def _split(low: int, high: int) -> int:
    """Return where the leaves [low, high) are split: the largest power of two smaller than their number."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _cover(low: int, high: int) -> list[Node]:
    """Return the complete subtrees over [low, high), which begins where a subtree of at least that size begins."""
    nodes = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append((level, low >> level))
        low += 1 << level
    return nodes


def _from_leaves(plan: Iterable[Step], size: int, hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) < size:
        raise ProofError(f"A tree of {size} entries was asked for, but only {len(hashes)} hashes are here.")
    return [fold([root(hashes[i << level : (i + 1) << level]) for level, i in step]) for step in plan]


def _count(value: int, name: str) -> int:
    if type(value) is not int or value < 0:
        raise ProofError(f"{name} must be a whole number, 0 or more.")
    return value


def _inside(index: int, size: int) -> None:
    if _count(index, "The number of the entry") >= _count(size, "The size of the tree"):
        raise ProofError(f"Entry {index} cannot be in a tree of {size} entries; the first entry is number 0.")


def _in_order(size1: int, size2: int) -> None:
    if _count(size1, "The first size") > _count(size2, "The second size"):
        raise ProofError(
            f"A tree of {size2} entries cannot extend one of {size1}: it shrank, or the sizes are swapped."
        )


def _hash(value: bytes, name: str) -> bytes:
    return exactly(value, HASH_SIZE, name)


def _hashes(proof: Sequence[bytes]) -> list[bytes]:
    if not isinstance(proof, list | tuple):
        raise ProofError("A proof must be a list of hashes.")
    return [_hash(value, "Each hash of a proof") for value in proof]
