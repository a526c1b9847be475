"""What proves something makes nothing: in the wrong folder a new, empty record would prove itself without a fault."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from aboveboard.cli import aboveboard
from aboveboard.proof.note import Signer


@pytest.mark.parametrize(
    "command",
    [
        "record verify",
        "record audit",
        "record key",
        "receipt verify receipt.json",
        "gate reminders --email ann@example.org",
        "plan --sample",
        "quote treatment",
        "staff list",
        "token list",
        "partners list",
        "choose deny --email ann@example.org",
        "work --once",
        "gate-list reminders receipt.json --column who --format ndjson",
    ],
)
def test_a_folder_without_an_installation_is_not_made_one(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ABOVEBOARD_HOME", raising=False)
    monkeypatch.delenv("ABOVEBOARD_KEYS", raising=False)
    (tmp_path / "receipt.json").write_text("{}")
    told = CliRunner().invoke(aboveboard, command.split())
    assert (told.exit_code, "There is no installation in var" in told.output) == (1, True)
    key = Signer("elsewhere.example/record", b"1" * 32).verifier_key
    told = CliRunner().invoke(aboveboard, ["receipt", "verify", "receipt.json", "--key", key])
    assert "This is not a receipt" in told.output
    assert [file.name for file in tmp_path.iterdir()] == ["receipt.json"]
