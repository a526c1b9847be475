"""Who a request speaks of: the `identity` that API bodies and commands carry.

Exactly one of e-mail, phone, customer number or browser number. Identities travel in bodies, never in addresses, so that no
log of addresses holds one.
"""

from __future__ import annotations

from msgspec import Struct

from aboveboard.people.model import Identity, IdentityError, normalise
from aboveboard.words import Text

_ONE = Text(
    "Say who it is about by exactly one of: email, phone, customer. Nothing was saved.",
    "请用 email、phone、customer 中的一个（只用一个）说明是谁。什么都没有保存。",
)


class AskedIdentity(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the four, as text."""

    email: str | None = None
    phone: str | None = None
    customer: str | None = None
    device: str | None = None

    def normalised(self, country: str) -> Identity:
        """Return the identity; `country` is where a bare phone number is. Raises `IdentityError`."""
        given = {
            kind: value
            for kind in ("email", "phone", "customer", "device")
            if (value := getattr(self, kind)) is not None
        }
        if len(given) != 1:
            raise IdentityError("identity_one", _ONE)
        [(kind, value)] = given.items()
        return normalise(kind, value, country)
