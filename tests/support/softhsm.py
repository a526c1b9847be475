"""A device for keys, in software: a SoftHSM token of the test run's own, reached through PKCS#11 like any other."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

PIN, OFFICER = "7421", "9087"


@cache
def driver() -> str:
    """Where the driver lies."""
    places = [
        *Path("/usr/lib").glob("softhsm/libsofthsm2.so"),
        *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so"),
    ]
    assert places, "SoftHSM is missing: run tools/machine tests"
    return str(places[0])


def make_token(folder: Path, name: str) -> None:
    """Make the token `name`; the driver is read into a process once, so all tokens of one process share its `folder`."""
    conf = folder / "softhsm2.conf"
    if not conf.exists():
        (folder / "tokens").mkdir(parents=True)
        conf.write_text(
            f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
    os.environ["SOFTHSM2_CONF"] = str(conf)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", name, "--pin", PIN, "--so-pin", OFFICER],
        check=True,
        capture_output=True,
    )


def uri(token: str, label: str, pin_file: Path) -> str:
    """Return the setting for a token and a label of keys in it."""
    return f"pkcs11:token={token};object={label}?module-path={driver()}&pin-source=file:{pin_file}"
