"""Identities and how they are normalised, so that the same person typed twice is found once.

The rules, strict on purpose (docs/import.md lists them for people):

- everywhere: Unicode NFKC (full-width letters and digits become plain ones), no surrounding space, and no invisible marks
  (a phone number copied from a phone's address book often carries two).
- e-mail: no space within, one `@`, domain lower-cased and IDNA-encoded, local part lower-cased (mailboxes that differ only
  in capitals are one mailbox in practice, and an opt-out must not depend on a capital letter). Dots and `+tags` stay: they
  are different addresses for some providers.
- phone: E.164 by Google's numbering plans; a number without a country is read in the business's country.
- customer number: capitals, at most 64 characters.
- device: 32 hex digits that we handed out ourselves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from aboveboard.words import Text

Kind = Literal["email", "phone", "customer", "device"]
KINDS: tuple[Kind, ...] = ("email", "phone", "customer", "device")

#: A one-time code, and the message that carries it, live this long.
CODE_MINUTES = 10

_EMAIL_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,64}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CUSTOMER = re.compile(r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")
_DEVICE = re.compile(r"[0-9a-f]{32}")
_PHONE_LIKE = re.compile(r"[+(]?[\d\s().\-/]{6,24}")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
#: Format characters (category Cf) that show nothing and come along when text is copied.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class IdentityError(ValueError):
    """An identity that cannot be one. `code` is stable; `text` tells the person what to type."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to find a person; `value` is normalised."""

    kind: Kind
    value: str

    @property
    def masked(self) -> str:
        """Enough for the holder to recognise, too little for anyone else: `a…@example.org`, `…0143`."""
        if self.kind == "email":
            local, _, domain = self.value.partition("@")
            return f"{local[0]}…@{domain}"
        return f"…{self.value[-4:]}" if len(self.value) > 6 else "…" + self.value[-2:]


_EMAIL = Text(
    "This does not look like an e-mail address. Write it like ann@example.org. Nothing was saved.",
    "这不像一个邮箱地址。请写成 ann@example.org 这样。什么都没有保存。",
)
_PHONE = Text(
    "This does not look like a phone number. Write it with the area code, like 408 555 0143. Nothing was saved.",
    "这不像一个电话号码。请带上区号，比如 408 555 0143。什么都没有保存。",
)
_CUSTOMER_NUMBER = Text(
    "This does not look like a customer number. It is on your bill; it has at most 64 letters and digits. Nothing was saved.",
    "这不像一个客户号。客户号印在账单上，最多 64 个字母和数字。什么都没有保存。",
)
_UNKNOWN_KIND = Text(
    "Tell us who you are by one of: e-mail, phone, customer number. Nothing was saved.",
    "请用邮箱、电话或客户号中的一个告诉我们您是谁。什么都没有保存。",
)


def normalise(kind: str, raw: str, country: str) -> Identity:
    """Return the identity that `raw` means; `country` (ISO 3166, two letters) is where a bare phone number is.

    Raises `IdentityError` with codes `identity_kind`, `email_invalid`, `phone_invalid`, `customer_invalid`, `device_invalid`.
    """
    if kind not in KINDS:
        raise IdentityError("identity_kind", _UNKNOWN_KIND)
    text = _plain(raw)
    if kind == "email":
        return Identity("email", _email(text))
    if kind == "phone":
        return Identity("phone", _phone(text, country))
    if kind == "customer":
        return Identity("customer", _customer(text))
    if not _DEVICE.fullmatch(text):
        raise IdentityError("device_invalid", _UNKNOWN_KIND)
    return Identity("device", text)


def guess_kind(raw: str) -> Kind:
    """Return what a person probably typed into one field: an `@` is an e-mail, digits a phone, anything else a number of ours."""
    text = _plain(raw)
    if "@" in text:
        return "email"
    return "phone" if _PHONE_LIKE.fullmatch(text) and sum(c.isdigit() for c in text) >= 7 else "customer"


def _plain(raw: str) -> str:
    """Return `raw` as one would read it aloud: compatible forms folded, nothing invisible, no space around."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw)).strip()


def _folded(text: str) -> str:
    # Changing case can take letters apart again; without this the same word typed in capitals could be another.
    return unicodedata.normalize("NFKC", text)


def _customer(text: str) -> str:
    number = _folded(text.upper())
    if not _CUSTOMER.fullmatch(text) or len(number) > 64 or _LONE_SURROGATE.search(text):
        raise IdentityError("customer_invalid", _CUSTOMER_NUMBER)
    return number


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    try:
        labels = domain.rstrip(".").lower().encode("idna").decode().split(".") if at else []
    except UnicodeError:
        labels = []
    fits = len(labels) >= 2 and all(_LABEL.fullmatch(label) for label in labels) and len(text) <= 254
    if (
        not fits
        or not _EMAIL_LOCAL.fullmatch(local)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
        or _LONE_SURROGATE.search(local)
    ):
        raise IdentityError("email_invalid", _EMAIL)
    return f"{_folded(local.lower())}@{'.'.join(labels)}"


def _phone(text: str, country: str) -> str:
    # Imported here: the numbering plans take 20 ms to load, which only those who type a phone number should wait for.
    import phonenumbers

    text = _DASHES.sub("-", text)
    if not _PHONE_LIKE.fullmatch(text):
        raise IdentityError("phone_invalid", _PHONE)
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise IdentityError("phone_invalid", _PHONE) from None
    if not phonenumbers.is_possible_number(number):
        raise IdentityError("phone_invalid", _PHONE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
