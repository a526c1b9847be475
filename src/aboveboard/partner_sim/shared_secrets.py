"""The secrets that the played partners were handed: given one by one, or as a folder with one file `<partner>.secret` each.

The folder is read again when an unknown partner is asked for, so the simulator may be started before the secrets are written.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

#: Not partners: they have a secret here but no box on the page.
GATEWAYS = frozenset({"sms-gateway"})


class Secrets:
    """Who is played here, and each one's `whsec_…`."""

    def __init__(self, given: dict[str, str] | None = None, folder: Path | None = None) -> None:
        self._known = {name: _checked(name, secret) for name, secret in (given or {}).items()}
        self._folder = folder
        self._read_folder()

    def of(self, partner: str) -> str | None:
        """Return a partner's secret, or None if it is not played here."""
        if partner not in self._known:
            self._read_folder()
        return self._known.get(partner)

    def partners(self) -> list[str]:
        """Return the names of all played partners, sorted."""
        self._read_folder()
        return sorted(self._known.keys() - GATEWAYS)

    def _read_folder(self) -> None:
        if self._folder is not None:
            for file in self._folder.glob("*.secret"):
                if file.stem not in self._known:
                    self._known[file.stem] = _checked(file.stem, file.read_text().strip())


def _checked(name: str, secret: str) -> str:
    try:
        usable = secret.startswith("whsec_") and len(base64.b64decode(secret[6:], validate=True)) >= 16
    except binascii.Error:
        usable = False
    if not usable:
        raise ValueError(
            f"The secret of '{name}' is not whsec_ and base64. Print the right one with: aboveboard partners secret {name}"
        )
    return secret
