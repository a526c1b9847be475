"""The shelf of packs: shipped ones whose proof is known, an owner's own that must prove themselves, old ones by their hash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aboveboard.law import engine, library, listing, loading
from aboveboard.law.library import Library, LibraryError
from tests.support import laws

FAR = "[{name: a, facts: {t.number: 1}, expect: pass}, {name: b, facts: {t.number: 9}, expect: fail}]"
OWN = laws.pack(id="gb.own.s1.promise")


def shelf(folder: Path, source: str = OWN, name: str = "own.yaml") -> Library:
    (folder / name).write_text(source, encoding="utf-8")
    return Library.open(str(folder))


def test_the_kept_hashes_are_of_the_files_that_ship() -> None:
    kept = json.loads((library._shipped() / library.PROVED).read_text("utf-8"))
    assert kept == library.hashes(), "a pack was changed: run tools/prove"


def test_rules_are_found_by_id_and_place() -> None:
    law = Library.open()
    assert law.rule("eu.pid.art6a.prior-price-30-days").source.pack == "prices-eu"
    with pytest.raises(KeyError, match="did you mean eu.pid.art6a"):
        law.rule("prior-price-30-days")
    german = {rule.rule.id for rule in law.at("DE")}
    assert "eu.pid.art6a.prior-price-30-days" in german and not any(
        one.startswith(("cn", "us")) for one in german
    )
    assert {rule.rule.id for rule in law.at("US")} > {rule.rule.id for rule in law.at("US-NY")}
    assert {rule.rule.area for rule in law.at("US-CA", area="pricing")} == {"pricing"}


def test_an_owners_pack_is_proven_and_used(tmp_path: Path) -> None:
    law = shelf(tmp_path)
    assert (
        law.rule("gb.own.s1.promise").source.pack == "x" and len(law.packs) == len(Library.open().packs) + 1
    )
    assert "gb.own.s1.promise" not in Library.open().rules
    changed = shelf(tmp_path, OWN.replace("title: {en: a", "title: {en: changed"))
    assert changed.rule("gb.own.s1.promise").rule.title.en == "changed"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (OWN.replace("expect: fail", "expect: pass"), "does not prove its rules"),
        (laws.pack(check="{kind: lt, left: t.number, right: 5}", fixtures=FAR),
         "If check.right were 6 instead of 5, no fixture would notice"),
        (OWN.replace("status: in_force", "status: x"), "own.yaml:25:11:"),
        (OWN.replace("gb.own.s1.promise", "gb.dmcca.s230.total-price-first"), "an id names one rule for ever"),
        (OWN.replace("gb.own.s1.promise", "us.hipaa.164-508a3.no-patient-data-to-advertisers"), "stands in 'gate' too"),
        (OWN.replace("id: x,", "id: prices-gb,"), "there is a pack 'prices-gb' already"),
    ],
)  # fmt: skip
def test_an_owners_pack_that_must_not_be_used(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(LibraryError, match=r".") as refused:
        shelf(tmp_path, source)
    assert said in str(refused.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is no folder; make it"):
        Library.open(str(tmp_path / "nowhere"))


def test_an_old_case_is_judged_by_the_pack_of_its_time(tmp_path: Path) -> None:
    facts = {"t.number": 6}
    cases = "[{name: a, facts: {t.number: %d}, expect: pass}, {name: b, facts: {t.number: %d}, expect: fail}]"
    of: dict[str, Any] = {"id": "gb.own.s1.promise"}
    old = laws.pack(check="{kind: lt, left: t.number, right: 7}", fixtures=cases % (6, 7), **of)
    new = laws.pack(check="{kind: lt, left: t.number, right: 5}", fixtures=cases % (4, 5), **of)
    kept = engine.evaluate(shelf(tmp_path, old).rule("gb.own.s1.promise"), facts, laws.TODAY).record()
    assert kept["outcome"] == "pass"
    law = shelf(tmp_path, new)
    assert engine.evaluate(law.rule("gb.own.s1.promise"), facts, laws.TODAY).outcome == "fail"
    with pytest.raises(KeyError, match="put its file into the folder old"):
        law.replay(kept)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "own-1.yaml").write_text(old, encoding="utf-8")
    law = Library.open(str(tmp_path))
    assert law.replay(kept).outcome == "pass" and law.by_hash(kept["sha256"]).sha256 == kept["sha256"]
    with pytest.raises(KeyError, match="no rule"):
        law.replay(kept | {"rule": "gb.own.s1.nothing"})


def test_the_list_holds_the_rules_of_the_gate_too() -> None:
    found = {rule.id: rule for rule in listing.rules(Library.open(), laws.TODAY, place="US-NY")}
    assert found["us-ny.s8623b.no-personal-prices"].state == "undecided"
    assert found["us-ny.gbl349-a.algorithm-sentence"].state == "in_force"
    assert found["us.hipaa.164-508a3.no-patient-data-to-advertisers"].pack == "bans"
    assert not any(one.startswith(("cn", "us-ca", "gb")) for one in found)


def test_what_cannot_be_revived_stays_as_it_is() -> None:
    known = laws.load(laws.pack()).vocabulary
    facts = {"t.number": "x", "t.day": "soon", "t.deals": "none", "t.nobody": 1, "t.flag": True}
    assert library.revived(facts, known) == facts


def test_threads_that_meet_at_the_first_rules_all_read_them() -> None:
    program = (
        "import sys, threading\nfrom aboveboard.law.library import Library\nsys.setswitchinterval(1e-6)\n"
        "together, read = threading.Barrier(6), []\n"
        "def go():\n    together.wait()\n    read.append(len(Library.open().rules))\n"
        "threads = [threading.Thread(target=go) for _ in range(6)]\n"
        "[t.start() for t in threads]\n[t.join() for t in threads]\nassert len(read) == 6 and len(set(read)) == 1\n"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_heavy_libraries_are_imported_only_when_days_are_counted() -> None:
    program = (
        "import sys\nfrom aboveboard.law.library import Library\nfrom aboveboard.law import engine\nimport datetime\n"
        "law = Library.open()\nengine.compile(law.at('CN'), {}, datetime.date(2026, 11, 23)).results({})\n"
        "assert not {'holidays', 'chinese_calendar'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_no_pack_brings_code() -> None:
    for file in library.rulepacks():
        text = file.read_text("utf-8")
        assert loading.load(text, file.name).pack is not None and "!!" not in text
