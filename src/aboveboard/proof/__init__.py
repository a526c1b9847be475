"""Proof that a record was not changed, in five small parts which stand on their own.

`canonical` gives every value exactly one text (RFC 8785), so that a hash of it means something. `merkle`
hashes those texts into a tree (RFC 9162): the root stands for the whole list, a few hashes prove that one
entry is in it, and a few more that a longer list only grew. `note` signs a text (C2SP signed-note),
`checkpoint` is the text that says "this log, this size, this root" (C2SP tlog-checkpoint), and `receipt` puts
one entry, its path and a checkpoint into a file that its holder can check years later with nothing but the
public key.

This room imports nothing else of the product and knows no database, clock or network. Whatever does not hold
is a `ProofError` with a sentence.
"""

from aboveboard.proof.errors import ProofError

__all__ = ["ProofError"]
