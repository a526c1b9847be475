"""What is raised when something does not hold.

One class is enough: whoever checks a proof wants a sentence, and a program that shows it in another language
wants a code.
"""

from __future__ import annotations


class ProofError(ValueError):
    """A proof, signature, receipt or value that does not hold; the message is a sentence for whoever asked.

    `code` is stable: `invalid` (a value or proof that does not hold), `unsigned` (no signature by a key that
    we know) and `changed` (a signature that does not fit its text); from `receipt.verify` always
    `not-a-receipt`, `changed` or `other-key`.
    """

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code
