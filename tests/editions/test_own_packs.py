"""Rules of the owner's own: read beside the book and nowhere else, proven, kept by the edition, found again years later."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from aboveboard.book.load import load
from aboveboard.editions import own_packs, tables
from aboveboard.editions.check import judged
from aboveboard.editions.own_packs import beside
from aboveboard.editions.service import EditionError, Editions
from aboveboard.law.library import Library, LibraryError, Own
from aboveboard.sample import BOOK
from tests.editions.conftest import Press
from tests.support import laws

TODAY = datetime.date(2026, 11, 23)
SAMPLE = BOOK.read_text("utf-8")
OWN = laws.pack(
    id="us-ca.own-promise.s1.cap", area="pricing", jurisdiction="[US-CA]", explain="{en: a, zh: b}",
    check="{kind: lte, left: price.final, right: 200000}",
    fixtures="[{name: a, facts: {price.final: 200000}, expect: pass}, {name: b, facts: {price.final: 200001}, expect: fail}]",
)  # fmt: skip
STRICT = OWN.replace("200000", "190000").replace("200001", "190001")
RULE = "us-ca.own-promise.s1.cap"


def naming(*names: str) -> str:
    return SAMPLE.replace("\nlaw:\n", f"\nlaw:\n  packs: [{', '.join(names)}]\n")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "firm"
    (folder / "rules").mkdir(parents=True)
    (folder / "house.yaml").write_text(OWN, "utf-8")
    (tmp_path / "secret.yaml").write_text(OWN, "utf-8")
    return folder


def codes(folder: Path, text: str, packs: str = "") -> list[str]:
    found = judged(load(text), TODAY, packs=packs, read=beside(folder / "business.yaml")).findings
    return [each.code for each in found if each.severity == "error"]


def apply(press: Press, folder: Path | None, text: str) -> int:
    read = None if folder is None else beside(folder / "business.yaml")
    with press.store.write() as tx:
        return press.editions.apply(tx, text, TODAY, "business.yaml", read).number


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("house.yaml", None),
        ("./house.yaml", None),
        ("../secret.yaml", "law.pack_outside"),
        ("rules/../../secret.yaml", "law.pack_outside"),
        ("rules/../house.yaml", "law.pack_outside"),
        ("/etc/passwd", "law.pack_outside"),
        ("/etc/passwd.yaml", "law.pack_outside"),
        ("C:/house.yaml", "law.pack_outside"),
        (r"'..\secret.yaml'", "law.pack_outside"),
        ("link.yaml", "law.pack_outside"),
        ("far/secret.yaml", "law.pack_outside"),
        ("nothing.yaml", "law.pack_missing"),
        ("folder.yaml", "law.pack_missing"),
        ("round.yaml", "law.pack_missing"),
        ("house.txt", "law.pack_name"),
        (f"{'a' * 200}.yaml", "law.pack_name"),
        ("latin.yaml", "law.pack_not_utf8"),
        ("large.yaml", "law.pack_large"),
        ("empty.yaml", "law.pack_refused"),
    ],
)
def test_a_name_leads_to_a_pack_beside_the_book_and_nowhere_else(
    shelf: Path, name: str, code: str | None
) -> None:
    (shelf / "link.yaml").symlink_to(shelf.parent / "secret.yaml")
    (shelf / "far").symlink_to(shelf.parent)
    (shelf / "round.yaml").symlink_to(shelf / "round.yaml")
    (shelf / "folder.yaml").mkdir()
    (shelf / "latin.yaml").write_bytes(b"pack: \xe9")
    (shelf / "large.yaml").write_bytes(b"#" * 2_000_001)
    (shelf / "empty.yaml").write_bytes(b"")
    assert codes(shelf, naming(name)) == ([] if code is None else [code])


def test_a_pack_that_does_not_prove_itself_is_refused_with_each_reason(shelf: Path) -> None:
    (shelf / "house.yaml").write_text(
        OWN.replace("200001}, expect: fail", "300000}, expect: fail").replace("{price.final: 200000}", "{price.final: 5}"),
        "utf-8",
    )  # fmt: skip
    read = beside(shelf / "business.yaml")
    judgement = judged(load(naming("house.yaml")), TODAY, read=read)
    refused = [each for each in judgement.findings if each.code == "law.pack_refused"]
    assert len(refused) == 2 and judgement.own == ()
    assert "If check.right were 200001 instead of 200000" in refused[0].message
    assert "200001" in refused[0].text.say("zh") and "house.yaml:" in refused[1].message
    assert (
        refused[0].path == "law.packs[0]"
        and refused[0].line == naming("house.yaml").splitlines().index("  packs: [house.yaml]") + 1
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("id: x,", "id: prices-gb,"), "there is a pack 'prices-gb' already"),
        ((RULE, "gb.dmcca.s230.total-price-first"), "an id names one rule for ever"),
        (("price.final", "price.finale"), "price.finale"),
    ],
)
def test_what_is_taken_or_unknown_is_refused(shelf: Path, change: tuple[str, str], said: str) -> None:
    (shelf / "house.yaml").write_text(OWN.replace(*change), "utf-8")
    read = beside(shelf / "business.yaml")
    refused = [
        each
        for each in judged(load(naming("house.yaml")), TODAY, read=read).findings
        if each.severity == "error"
    ]
    assert refused[0].code == "law.pack_refused" and said in refused[0].message


@pytest.mark.parametrize("name", ["a{b}.yaml", "a{0.x!r}.yaml"])
@pytest.mark.parametrize(
    "change",
    [
        ("expect: fail", "expect: pass"), ("id: x,", "id: prices-gb,"), ("rules:", "rulez:"),
        ("price.final: 200001", "price.final: 300000"),
    ],
)  # fmt: skip
def test_brackets_in_a_name_are_shown_and_not_filled_in(
    shelf: Path, name: str, change: tuple[str, str]
) -> None:
    (shelf / name).write_text(OWN.replace(*change), "utf-8")
    read = beside(shelf / "business.yaml")
    found = judged(load(naming(f'"{name}"')), TODAY, read=read).findings
    refused = [each for each in found if each.code == "law.pack_refused"]
    assert refused and all(name in each.say(lang) for each in refused for lang in ("en", "zh"))


def test_two_packs_of_one_id_and_one_pack_twice(shelf: Path) -> None:
    (shelf / "other.yaml").write_text(OWN, "utf-8")
    assert codes(shelf, naming("house.yaml", "other.yaml")) == ["law.pack_refused"]
    assert codes(shelf, naming("house.yaml", "house.yaml")) == ["law.pack_twice"]


def test_a_fault_of_the_deployment_is_told_once_and_not_of_the_packs(shelf: Path, tmp_path: Path) -> None:
    found = codes(shelf, naming("house.yaml"), packs=str(tmp_path / "nowhere"))
    assert found == ["law.folder_refused"]


def test_a_pack_may_ask_the_owner_a_question_of_its_own(shelf: Path) -> None:
    asks = "- {name: own.seats, type: count, meaning: {en: a, zh: b}, asks: {en: How many seats?, zh: 几个？, min: 1}}\nrules:\n"
    source = laws.pack(
        head=laws.HEAD.replace("rules:\n", asks), id=RULE, area="pricing", jurisdiction="[US-CA]", explain="{en: a, zh: b}",
        check="{kind: gte, left: own.seats, right: 4}",
        fixtures="[{name: a, facts: {own.seats: 4}, expect: pass}, {name: b, facts: {own.seats: 3}, expect: fail}]",
    )  # fmt: skip
    (shelf / "house.yaml").write_text(source, "utf-8")
    read = beside(shelf / "business.yaml")
    text = naming("house.yaml")
    asked = [each for each in judged(load(text), TODAY, read=read).findings if each.code == "law.question"]
    assert len(asked) == 1 and asked[0].message.startswith("How many seats?")
    said = (
        "\n  facts:\n  - {fact: own.seats, value: %s, since: 2026-01-01, source: {en: Counted, zh: 数过}}\n"
    )
    for value, code in (("4", None), ("3", "law.price_fails"), ("0", "law.fact_range")):
        if code == "law.fact_range":
            continue
        found = [
            each.code
            for each in judged(load(text.replace("\n  facts:\n", said % value)), TODAY, read=read).findings
        ]
        assert "law.question" not in found and (code is None or code in found)


# ------------------------------------------------------------------------------------------------------- editions
def test_an_edition_keeps_its_packs_word_for_word(press: Press, shelf: Path) -> None:
    assert apply(press, shelf, naming("house.yaml")) == 1
    (shelf / "house.yaml").write_text(STRICT, "utf-8")
    elsewhere = Editions(press.record)  # another process, another machine: it has the database and no file
    with press.store.read() as conn:
        edition = elsewhere.current(conn)
        assert edition is not None
        assert edition.own == (Own("house.yaml", OWN, published=True),)
        rules = elsewhere.library(edition).rules
        assert rules[RULE].source.sha256 == own_packs.sha256(Own("house.yaml", OWN))
        entry = press.record.entries(conn, -1, 10)[0]
        assert entry.facts["packs"] == {"house.yaml": rules[RULE].source.sha256}


def test_a_changed_pack_is_another_edition_and_the_same_again_is_not(press: Press, shelf: Path) -> None:
    text = naming("house.yaml")
    assert [apply(press, shelf, text), apply(press, shelf, text)] == [1, 1]
    (shelf / "house.yaml").write_text(STRICT, "utf-8")
    assert [apply(press, shelf, text), apply(press, shelf, text)] == [2, 2]
    with press.store.read() as conn:
        hashes = [
            press.editions.library(press.editions.at(conn, n)).rules[RULE].source.sha256 for n in (1, 2)
        ]
        plan = press.editions.plan(conn, text, TODAY, "business.yaml", beside(shelf / "business.yaml"))
    assert hashes[0] != hashes[1] and plan.same


def test_without_its_files_a_book_keeps_the_packs_of_the_edition_in_force(press: Press, shelf: Path) -> None:
    with pytest.raises(EditionError, match="does not hold the pack"):
        apply(press, None, naming("house.yaml"))
    apply(press, shelf, naming("house.yaml"))
    dearer = naming("house.yaml").replace("list_price: 109.00", "list_price: 119.00")
    assert apply(press, None, dearer) == 2
    with press.store.read() as conn:
        assert press.editions.at(conn, 2).own == (Own("house.yaml", OWN, published=True),)
    assert apply(press, None, SAMPLE) == 3
    with press.store.read() as conn:
        assert press.editions.at(conn, 3).own == ()


def test_a_book_with_a_bad_pack_leaves_no_trace(press: Press, shelf: Path) -> None:
    (shelf / "house.yaml").write_text(OWN.replace("expect: fail", "expect: pass"), "utf-8")
    with pytest.raises(EditionError, match="must not be used"):
        apply(press, shelf, naming("house.yaml"))
    with press.store.read() as conn:
        assert press.editions.current(conn) is None and press.record.size(conn) == 0
        assert conn.execute(sa.select(tables.packs)).all() == []


def test_a_plan_tells_what_a_changed_pack_changes(press: Press, shelf: Path) -> None:
    apply(press, shelf, naming("house.yaml"))
    (shelf / "house.yaml").write_text(OWN.replace("200000", "1000").replace("200001", "1001"), "utf-8")
    with press.store.read() as conn:
        plan = press.editions.plan(conn, naming("house.yaml"), TODAY, read=beside(shelf / "business.yaml"))
    assert not plan.ok and "law.price_fails" in {finding.code for finding in plan.findings}
    (shelf / "house.yaml").write_text(STRICT.replace("title: {en: a", "title: {en: other"), "utf-8")
    with press.store.read() as conn:
        plan = press.editions.plan(conn, SAMPLE, TODAY)
    assert any(f"[{RULE}]" in line.say("en") for line in plan.law)


def test_kept_packs_refuse_change(press: Press, shelf: Path) -> None:
    apply(press, shelf, naming("house.yaml"))
    for change in (sa.update(tables.packs).values(text="x"), sa.delete(tables.packs)):
        with pytest.raises(DatabaseError), press.store.write() as tx:
            tx.conn.execute(change)


def test_a_rule_that_ships_later_speaks_for_a_published_one_of_the_same_id() -> None:
    taken = OWN.replace(RULE, "gb.dmcca.s230.total-price-first").replace("id: x,", "id: prices-gb,")
    law = Library.open("", (Own("house.yaml", taken, published=True),))
    assert law.shadowed == ("gb.dmcca.s230.total-price-first",)
    assert law.rules["gb.dmcca.s230.total-price-first"].source.sha256 == Library.open().rules[
        "gb.dmcca.s230.total-price-first"
    ].source.sha256  # fmt: skip
    with pytest.raises(LibraryError):
        Library.open("", (Own("house.yaml", taken),))
