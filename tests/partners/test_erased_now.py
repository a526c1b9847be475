"""`people erase --now`: partners hear whose data they must delete before nobody can name that person any more."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from click.testing import CliRunner, Result

from aboveboard.choices.erase_commands import people_group
from tests.partners.conftest import ANN, PLAYED, Firm


def _erase(firm: Firm, *options: str) -> Result:
    return CliRunner().invoke(
        people_group, ["erase", "--email", ANN.value, "--json", *options], obj=_House(firm)
    )


@dataclass
class _House:
    """The services of a firm, where the command looks for them."""

    firm: Firm

    def __getattr__(self, name: str) -> object:
        return getattr(self.firm, name)


def _tell_by_hand(firm: Firm) -> None:
    firm.follow()
    with firm.store.write() as tx:
        for duty in firm.duties.due(tx.conn, limit=50):
            if duty.partner:
                firm.partners.finish(tx, duty, "bo")


def _living(firm: Firm) -> bool:
    with firm.store.read() as conn:
        return firm.people.living(conn, firm.people.find(conn, ANN) or 0) is not None


def test_partners_that_answer_are_told_by_the_command_itself(firm: Firm) -> None:
    firm.person()
    first = _erase(firm, "--now")
    assert first.exit_code == 3 and len(json.loads(first.output)["waiting_for"]) == 1, (
        "only the one told by hand is missing"
    )
    for partner in PLAYED:
        last = firm.got(partner)[-1]
        assert last["data"]["decisions"][0]["decision"] == "deny" and last["data"]["subject"], partner
    _tell_by_hand(firm)
    done = _erase(firm, "--now")
    assert done.exit_code == 0 and json.loads(done.output)["untold"] == []
    assert not _living(firm)


@pytest.mark.parametrize("mode", ["down", "error", "closed"])
def test_a_partner_that_did_not_take_it_holds_the_erasure_up_until_it_does(
    small_firm: Firm, mode: str
) -> None:
    firm = small_firm
    firm.person()
    firm.sim.switch("lab", mode)
    _erase(firm, "--now")
    _tell_by_hand(firm)
    held = _erase(firm, "--now")
    assert held.exit_code == 3 and len(json.loads(held.output)["waiting_for"]) == 1
    assert _living(firm)
    firm.sim.switch("lab", "ok")
    firm.hurry()
    assert _erase(firm, "--now").exit_code == 0
    assert firm.got("lab")[-1]["data"]["subject"]
    assert not _living(firm)


def test_a_partner_that_took_it_without_a_word_may_confirm_later(small_firm: Firm) -> None:
    firm = small_firm
    firm.person()
    firm.sim.switch("lab", "garbage")
    _erase(firm, "--now")
    _tell_by_hand(firm)
    assert _erase(firm, "--now").exit_code == 0
    assert firm.got("lab")[-1]["data"]["subject"]


def test_untold_names_who_never_hears(small_firm: Firm) -> None:
    firm = small_firm
    firm.person()
    firm.sim.switch("lab", "down")
    done = _erase(firm, "--untold")
    assert done.exit_code == 0
    assert len(json.loads(done.output)["untold"]) == 2, "the lab, and who is told by hand"
    assert firm.got("review_site"), "who can be told is told even so"
