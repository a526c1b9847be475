"""The same person typed twice is found once; what cannot be an identity is refused with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.people.asked import AskedIdentity
from aboveboard.people.model import KINDS, Identity, IdentityError, guess_kind, normalise

SAME = [
    ("email", "ann@example.org", "ann@example.org"),
    ("email", " ANN@Example.ORG ", "ann@example.org"),
    ("email", "ａｎｎ＠example.org", "ann@example.org"),
    ("email", "\u200bann@example.org\ufeff", "ann@example.org"),
    ("email", "ann.lee+x@example.org", "ann.lee+x@example.org"),
    ("email", "ann@example.org.", "ann@example.org"),
    ("email", "ann@bücher.example", "ann@xn--bcher-kva.example"),
    ("email", "ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
    ("email", "王芳@example.org", "王芳@example.org"),
    ("email", "ann@例子.example", "ann@xn--fsqu00a.example"),
    ("phone", "408 555 0143", "+14085550143"),
    ("phone", "(408) 555-0143", "+14085550143"),
    ("phone", "408.555.0143", "+14085550143"),
    ("phone", "408–555–0143", "+14085550143"),
    ("phone", "+1 408 555 0143", "+14085550143"),
    ("phone", "\u202a+1 408 555 0143\u202c", "+14085550143"),
    ("phone", "４０８５５５０１４３", "+14085550143"),
    ("phone", "+86 138 0013 8000", "+8613800138000"),
    ("phone", "011 86 138 0013 8000", "+8613800138000"),
    ("customer", "rp-00001", "RP-00001"),
    ("customer", " RP-00001\t", "RP-00001"),
    ("customer", "ＲＰ-00001", "RP-00001"),
    ("customer", "00001", "00001"),
    ("customer", "7", "7"),
    ("customer", "客户 12", "客户 12"),
    ("device", "0123456789abcdef" * 2, "0123456789abcdef" * 2),
]  # fmt: skip

REFUSED = [
    ("email", "", "email_invalid"),
    ("email", "ann", "email_invalid"),
    ("email", "ann@", "email_invalid"),
    ("email", "@example.org", "email_invalid"),
    ("email", "ann@example", "email_invalid"),
    ("email", "ann lee@example.org", "email_invalid"),
    ("email", "ann@exa mple.org", "email_invalid"),
    ("email", "ann@@example.org", "email_invalid"),
    ("email", "ann@example..org", "email_invalid"),
    ("email", ".ann@example.org", "email_invalid"),
    ("email", "ann.@example.org", "email_invalid"),
    ("email", "a..n@example.org", "email_invalid"),
    ("email", "ann@-example.org", "email_invalid"),
    ("email", "Ann <ann@example.org>", "email_invalid"),
    ("email", "ann@example.org, bob@example.org", "email_invalid"),
    ("email", "a" * 65 + "@example.org", "email_invalid"),
    ("email", "ann@" + "a" * 250 + ".org", "email_invalid"),
    ("email", "ann\x00@example.org", "email_invalid"),
    ("email", "\ud800@example.org", "email_invalid"),
    ("phone", "", "phone_invalid"),
    ("phone", "12", "phone_invalid"),
    ("phone", "call me", "phone_invalid"),
    ("phone", "408 555 0143 ext 2", "phone_invalid"),
    ("phone", "1" * 30, "phone_invalid"),
    ("phone", "+", "phone_invalid"),
    ("phone", "+999 408 555 0143", "phone_invalid"),
    ("customer", "", "customer_invalid"),
    ("customer", " ", "customer_invalid"),
    ("customer", "\u200b", "customer_invalid"),
    ("customer", "A" * 65, "customer_invalid"),
    ("customer", "ß" * 40, "customer_invalid"),
    ("customer", "A\x00B", "customer_invalid"),
    ("customer", "A\nB", "customer_invalid"),
    ("customer", "A\ud800", "customer_invalid"),
    ("device", "0123", "device_invalid"),
    ("device", "g" * 32, "device_invalid"),
    ("name", "Ann", "identity_kind"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "meant"), SAME)
def test_ways_to_write_one_identity(kind: str, typed: str, meant: str) -> None:
    assert normalise(kind, typed, "US") == Identity(kind, meant)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "typed", "code"), REFUSED)
def test_what_cannot_be_an_identity(kind: str, typed: str, code: str) -> None:
    with pytest.raises(IdentityError) as refused:
        normalise(kind, typed, "US")
    assert refused.value.code == code
    assert refused.value.text.en.endswith("Nothing was saved.")
    assert refused.value.text.zh.endswith("什么都没有保存。")


def test_a_phone_number_is_read_where_the_business_is() -> None:
    assert normalise("phone", "138 0013 8000", "CN").value == "+8613800138000"
    assert normalise("phone", "030 901820", "DE").value == "+4930901820"


@given(st.sampled_from(KINDS), st.text(max_size=80))
def test_normalising_twice_changes_nothing_and_nothing_else_can_happen(kind: str, typed: str) -> None:
    try:
        once = normalise(kind, typed, "US")
    except IdentityError:
        return
    assert normalise(kind, once.value, "US") == once
    once.value.encode()


@given(st.from_regex(r"[A-Za-z0-9]{1,20}@[a-z]{1,10}\.org", fullmatch=True))
def test_capitals_never_matter(address: str) -> None:
    assert normalise("email", address.upper(), "US") == normalise("email", address.lower(), "US")


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("ann@example.org", "email"),
        ("ann＠example.org", "email"),
        ("408 555 0143", "phone"),
        ("+1 (408) 555-0143", "phone"),
        ("RP-00001", "customer"),
        ("1234", "customer"),
        ("", "customer"),
    ],
)
def test_one_field_for_all(typed: str, kind: str) -> None:
    assert guess_kind(typed) == kind


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        (Identity("email", "ann@example.org"), "a…@example.org"),
        (Identity("phone", "+14085550143"), "…0143"),
        (Identity("customer", "RP-00001"), "…0001"),
        (Identity("customer", "12345"), "…45"),
    ],
)
def test_what_is_shown_of_an_identity(identity: Identity, shown: str) -> None:
    assert identity.masked == shown


def test_exactly_one_identity_is_asked_for() -> None:
    assert AskedIdentity(email="Ann@example.org").normalised("US") == Identity("email", "ann@example.org")
    for asked in (AskedIdentity(), AskedIdentity(email="a@example.org", phone="408 555 0143")):
        with pytest.raises(IdentityError) as refused:
            asked.normalised("US")
        assert refused.value.code == "identity_one"
