"""The demo as a stranger starts it: filled once, running, tried, stopped; and the invented people, the same everywhere."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.sample import invented
from aboveboard.settings import Settings
from tests.support.server import clean_environment, run
from tests.support.waiting import free_port, wait_for

#: The two lists as everyone's machine writes them.
CUSTOMERS_SHA256 = "4b01d9c4b1d0a7a4ad683b6cba2b52da54336a7c641f595590ea5165c76d7c04"
VISITS_SHA256 = "f15cf8ec776079eb674bdd45025e7959110d428b61b9b8e4897879638f883604"


# -- the invented people ---------------------------------------------------------------------------------------------


def test_everyone_gets_the_same_lists(tmp_path: Path) -> None:
    people, came = invented.write(tmp_path)
    assert hashlib.sha256(people.read_bytes()).hexdigest() == CUSTOMERS_SHA256
    assert hashlib.sha256(came.read_bytes()).hexdigest() == VISITS_SHA256


def test_nobody_of_them_can_be_real() -> None:
    found = invented.customers()
    assert len(found) == len({one.number for one in found}) == 2_000
    assert all(re.fullmatch(r"RP-\d{5}", one.number) for one in found)
    assert all(one.email.lower().endswith(("@example.org", "@example.com")) for one in found if one.email)
    phones = [re.sub(r"\D", "", one.phone)[-10:] for one in found if one.phone]
    assert all(re.fullmatch(r"\d{3}55501\d\d", phone) for phone in phones)
    assert len(set(phones)) == len(phones)
    assert all(one.email or one.phone for one in found)
    assert 100 < sum(not one.email for one in found) < 300
    assert 100 < sum(not one.phone for one in found) < 300


def test_a_year_at_a_clinic() -> None:
    came = invented.visits()
    days = [day for _, day, _ in came]
    assert min(days) == invented.FIRST_DAY and max(days) == invented.LAST_DAY
    assert all(day.weekday() < 5 for day in days)
    often = Counter(number for number, _, _ in came)
    assert set(often) == {one.number for one in invented.customers()}
    assert sum(1 <= count <= 12 for count in often.values()) > 1_700 and max(often.values()) <= 30
    months = Counter(day.month for day in days)
    assert months[1] < months[10] and months[7] < months[9] * 1.1
    assert (often["RP-00001"], often["RP-00002"], often["RP-00003"]) == (14, 23, 6)


def test_about_one_in_seven_has_said_something() -> None:
    said = invented.sayings()
    assert 250 < len(said) < 350
    assert len({saying.number for saying in said}) == len(said)
    assert {saying.decision for saying in said} == {"allow", "deny"}
    assert all(saying.purpose == "personal_prices" for saying in said if saying.decision == "allow")


# -- filling ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house that the demo filled without serving it."""
    home = tmp_path_factory.mktemp("demo") / "var"
    said = run("demo", "--no-serve", "--lang", "en", home=home)
    assert "2,000 customers taken in" in said and "5 rows were set aside" in said
    return home


def test_filling_goes_through_the_import_and_the_gate(filled: Path) -> None:
    house = House.open(Settings(home=str(filled)))
    with house.store.read() as conn:
        house.gate.follow(conn)
        imports = [entry.facts for entry in house.record.entries(conn, -1, 10_000, ["import.finished"])]
        who = {
            one.number: house.people.find(conn, Identity("customer", one.number))
            for one in invented.customers()
        }
        ann = house.people.find(conn, Identity("email", invented.ANN.email))
        assert ann is not None
        facts = house.people.facts(conn, ann, invented.LAST_DAY)
    assert [entry["what"] for entry in imports] == ["customers", "visits"]
    assert len(set(who.values())) == 2_000
    assert who[invented.ANN.number] == ann and facts["visits"] in (13, 14)
    assert house.gate.allows(ann, "personal_prices").allowed
    assert not house.gate.allows(who[invented.BEN.number], "marketing_email", "mail_service").allowed
    assert house.gate.allows(who[invented.FANG.number], "marketing_email", "mail_service").reason == "default"
    house.close()


def test_filling_again_changes_nothing(filled: Path) -> None:
    house = House.open(Settings(home=str(filled)))
    with house.store.read() as conn:
        size = house.record.size(conn)
    staff = (filled / "demo-staff.txt").read_text()
    assert run("demo", "--no-serve", home=filled) == ""
    with house.store.read() as conn:
        assert house.record.size(conn) == size
    assert (filled / "demo-staff.txt").read_text() == staff
    assert (filled / "demo-staff.txt").stat().st_mode & 0o077 == 0
    house.close()


def test_a_fill_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    home = tmp_path / "var"
    env = clean_environment(home)
    child = subprocess.Popen(
        [sys.executable, "-m", "aboveboard", "demo", "--no-serve"], env=env, stdout=subprocess.DEVNULL
    )
    wait_for(lambda: (home / "invented-visits.csv").exists() or child.poll() is not None, 30, "the lists")
    child.kill()
    child.wait()
    run("demo", "--no-serve", home=home)
    house = House.open(Settings(home=str(home)))
    with house.store.read() as conn:
        imports = house.record.entries(conn, -1, 10_000, ["import.finished"])
        choices = house.record.entries(conn, -1, 10_000, ["choice.made"])
    house.close()
    assert len(imports) == 2
    assert len(choices) == len(invented.sayings())


def test_another_business_is_left_alone(house_home: Path, tmp_path: Path) -> None:
    from tests.support.books import BOOK

    home = tmp_path / "var"
    house = House.open(Settings(home=str(home))).prepare()
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
    house.close()
    done = subprocess.run(
        [sys.executable, "-m", "aboveboard", "demo", "--no-serve", "--lang", "en"],
        env=clean_environment(home), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "holds another business, Studio" in done.stdout


# -- running ---------------------------------------------------------------------------------------------------------


class Demo:
    """A running `python -m aboveboard.demo`, and what it printed."""

    def __init__(self, home: Path) -> None:
        home.parent.mkdir(exist_ok=True)
        self.log = home.parent / "demo.log"
        env = clean_environment(home, port=str(free_port())) | {
            "LANG": "en_US.UTF-8",
            "LC_ALL": "en_US.UTF-8",
        }
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aboveboard.demo"], env=env, stdout=out, stderr=subprocess.STDOUT
            )
        wait_for(lambda: "Stop with Ctrl-C" in self.said() or self.process.poll() is not None, 60, "the demo")
        assert self.process.poll() is None, self.said()
        self.site = self._after("The clinic is open:")
        self.sim = self._after("and what they were told:").rstrip("/")

    def said(self) -> str:
        return self.log.read_text()

    def _after(self, words: str) -> str:
        found = re.search(re.escape(words) + r"\s+(\S+)", self.said())
        assert found is not None, self.said()
        return found[1]

    def silent(self) -> bool:
        """Whether neither the site nor the partners answer any more."""
        for address in (self.site, self.sim):
            try:
                httpx.get(f"{address}/health", timeout=2, trust_env=False)
            except httpx.TransportError:
                continue
            return False
        return True


@contextmanager
def running(home: Path) -> Iterator[Demo]:
    demo = Demo(home)
    try:
        yield demo
    finally:
        demo.process.terminate()
        demo.process.wait(40)


@pytest.mark.slow
def test_what_it_invites_to_try_works(filled: Path) -> None:
    with running(filled) as demo:
        with httpx.Client(base_url=demo.site, trust_env=False, timeout=20, follow_redirects=True) as site:
            _say_no(site, demo.sim)
            _get_a_code(site, demo.sim)
            name, password = (filled / "demo-staff.txt").read_text().split()
            assert f"name {name}, password {password}" in demo.said()
            desk = _post(site, "/desk/sign-in", name=name, password=password)
            assert desk.is_success
            assert desk.url.path == "/desk"
        # A part of the demo is still open here, on purpose: it must end with the demo.
        assert not demo.silent()
    assert demo.process.returncode == 0
    assert "Stopped. Start again with: make run" in demo.said()
    assert demo.silent()


def _post(site: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send a page's form as a browser without JavaScript does."""
    once = re.search(r'name="once" value="(\w+)"', site.get(path).text)
    sent = fields | ({"once": once[1]} if once else {})
    return site.post(path, data=sent, headers={"Origin": str(site.base_url).rstrip("/")})


def _say_no(site: httpx.Client, sim: str) -> None:
    body = {"identity": {"email": invented.FANG.email}, "decision": "deny", "purpose": "all"}
    saved = site.post("/api/v1/choices", json=body).json()
    assert saved["in_effect"]

    def told() -> bool:
        received = httpx.get(f"{sim}/received.json?partner=lab", trust_env=False).text
        return saved["receipt"]["entry"]["at"] in received

    wait_for(told, 30, "the lab to be told")


def _get_a_code(site: httpx.Client, sim: str) -> None:
    _post(site, "/code", to="/price", who=invented.ANN.email)
    mail = wait_for(lambda: httpx.get(f"{sim}/mail.json", trust_env=False).json()["mail"], 20, "the code")
    assert mail[0]["to"] == invented.ANN.email
    assert re.search(r"\d{6}", mail[0]["text"])


@pytest.mark.slow
def test_a_part_that_dies_is_told_and_the_others_stop(filled: Path) -> None:
    with running(filled) as demo:
        children = subprocess.run(
            ["ps", "--ppid", str(demo.process.pid), "-o", "pid=,args="],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        [work] = [int(line.split()[0]) for line in children if line.endswith(" work")]
        begun = time.monotonic()
        subprocess.run(["kill", "-KILL", str(work)], check=True)
        assert demo.process.wait(40) == 1
        assert time.monotonic() - begun < 40
    assert "The demo stopped: `aboveboard work` stopped: the process ended." in demo.said()
    assert demo.silent()


@pytest.mark.slow
def test_ports_that_are_taken(filled: Path) -> None:
    with running(filled) as first, running(filled.parent / "other" / "var") as second:
        assert "2,000 customers taken in" in second.said()
        assert re.search(r"Port \d+ is taken, so \d+ is used", second.said())
        assert first.sim != second.sim
        assert httpx.get(f"{second.sim}/health", trust_env=False).is_success
