"""Settings: where things lie and how the outside is reached, read from the environment and nowhere else.

What the business *is* stands in the book; what this *installation* is stands here. Every setting is an environment variable
`ABOVEBOARD_<NAME>`; `docs/operating.md` lists them, and a test compares that list with this file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network


class SettingsError(ValueError):
    """A setting that cannot work; the message names the variable and how to mend it."""


@dataclass(frozen=True)
class Settings:
    """One installation. Each field is the variable `ABOVEBOARD_` + its name in capitals."""

    #: Folder for the database, keys and uploads of this installation.
    home: str = "var"
    #: `sqlite:///FILE` or `postgresql://…`; empty means a SQLite file in `home`.
    database_url: str = ""
    #: Folder with the key ring; empty means `keys` in `home`. Keep it out of the database's backups.
    keys: str = ""
    #: Wrapping key, base64 of 32 bytes (older ones after a comma); empty means that it lies in the key ring's file.
    wrap_key: str = field(default="", repr=False)
    #: Where newest heads of the record are kept by others: files and http(s) addresses, with commas between.
    witnesses: str = ""
    #: Time stamping authority (RFC 3161) for heads of the record, an http(s) address; empty means none are stamped.
    timestamp_url: str = ""
    #: PEM file with the certificates of authorities that are trusted.
    timestamp_roots: str = ""
    #: Heads are stamped at most once in this time: `hour` or `day`.
    timestamp_every: str = "day"
    #: Device that keeps the wrapping key, a `pkcs11:` URI (RFC 7512); empty means that none does.
    wrap_device: str = field(default="", repr=False)
    #: Address and port that `aboveboard serve` listens on.
    host: str = "127.0.0.1"
    port: int = 8700
    #: Proxies whose word is taken for who asks: addresses and networks, with commas between; empty means none.
    trusted_proxies: str = ""
    #: The address customers use, for links in messages; empty means host and port.
    public_url: str = ""
    #: Outgoing mail, `smtp://user:password@host:port` or `smtps://…`; empty means no mail is sent.
    smtp_url: str = ""
    #: Sender of outgoing mail; empty means the business's own address from the book.
    mail_from: str = ""
    #: HTTP gateway for text messages; empty means none are sent.
    sms_url: str = ""
    #: Folder with your own rule packs; empty means the shipped ones only.
    law_packs: str = ""

    @property
    def database(self) -> str:
        """The database's address, with the driver that SQLAlchemy wants."""
        url = self.database_url or f"sqlite:///{Path(self.home) / 'aboveboard.db'}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of trusted proxies; raises `SettingsError` for what is neither an address nor a network."""
        named = [one.strip() for one in self.trusted_proxies.split(",") if one.strip()]
        return tuple(_network(one) for one in named)

    @property
    def keys_folder(self) -> Path:
        """Folder of the key ring."""
        return Path(self.keys) if self.keys else Path(self.home) / "keys"

    @property
    def address(self) -> str:
        """The address that customers use, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment; raises `SettingsError` for a port that is no port."""
        environ = os.environ if environ is None else environ
        given = {f.name: environ[variable(f.name)] for f in fields(cls) if variable(f.name) in environ}
        port = given.pop("port", None)
        try:
            number = int(port) if port is not None else cls.port
        except ValueError:
            raise SettingsError(
                f"ABOVEBOARD_PORT is '{port}', which is not a port number; use 1 to 65535"
            ) from None
        every = given.get("timestamp_every", cls.timestamp_every)
        if every not in ("hour", "day"):
            raise SettingsError(f"ABOVEBOARD_TIMESTAMP_EVERY is '{every}'; use hour or day")
        if not 0 < number < 65536:
            raise SettingsError(f"ABOVEBOARD_PORT is {number}; use 1 to 65535")
        found = cls(port=number, **given)
        _ = found.proxies  # a wrong one is named now, not when the first visitor comes
        return found

    def environment(self) -> dict[str, str]:
        """Return these settings as environment variables, to start another process with the same ones."""
        return {variable(f.name): str(getattr(self, f.name)) for f in fields(self)}


def _network(said: str) -> IPv4Network | IPv6Network:
    from ipaddress import ip_network

    try:
        network = ip_network(said)
    except ValueError:
        raise SettingsError(
            f"ABOVEBOARD_TRUSTED_PROXIES has '{said}', which is neither an address nor a network; "
            "write them like 10.0.0.5 or 10.0.0.0/24, with commas between"
        ) from None
    if network.prefixlen == 0:
        raise SettingsError(
            f"ABOVEBOARD_TRUSTED_PROXIES has '{said}', which is everybody; name the proxies themselves"
        )
    return network


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"ABOVEBOARD_{name.upper()}"
