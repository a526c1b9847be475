"""What is fuzzed: each target takes bytes, may do nothing but return, and checks what must hold for any file."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from aboveboard.book.check import check
from aboveboard.book.load import load
from aboveboard.book.model import Book
from aboveboard.costs.model import BillError, BillFileError
from aboveboard.costs.rows import BillRows
from aboveboard.costs.sheets import open_table
from aboveboard.people.imports.columns import find_layout
from aboveboard.people.imports.customers import CustomerRows
from aboveboard.people.imports.model import SAYS, ImportFileError, SetAside
from aboveboard.people.imports.reading import open_source
from aboveboard.people.imports.visits import VisitRows
from aboveboard.pricing import PriceError, price
from aboveboard.pricing.listed import request_for_one
from aboveboard.pricing.pricing2yaml import analyse, export, read
from aboveboard.pricing.pricing2yaml.place import PageReport
from aboveboard.sample import BOOK
from aboveboard.watch.lines import lines, put
from aboveboard.watch.model import SAYS as MARKET_SAYS
from aboveboard.watch.model import MarketFileError
from aboveboard.watch.rows import take
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: A page with something of everything, for the fuzzers to begin with.
PRICE_PAGE = """\
syntaxVersion: '3.1'
saasName: Lamp
createdAt: 2026-11-01
currency: EUR
tags: [A, B]
billing: {monthly: 1, annual: 0.8}
variables: {seat: 4, base: {eu: 3}, steps: [1, 2]}
features:
  notes: {valueType: BOOLEAN, defaultValue: true, type: DOMAIN}
  help: {valueType: TEXT, defaultValue: by mail, type: SUPPORT}
  speed: {valueType: NUMERIC, defaultValue: 3, type: GUARANTEE}
usageLimits:
  storage: {valueType: NUMERIC, defaultValue: 1, type: RENEWABLE, period: {value: 2, unit: DAY}, linkedFeatures: [notes]}
plans:
  FREE: {price: 0}
  TEAM: {price: "3 * #seat + #base['eu']", features: {speed: {value: 9}}, usageLimits: {storage: {value: .inf}}}
addOns:
  space: {price: 2.50, usageLimitsExtensions: {storage: {value: 10}}, subscriptionConstraints: {minQuantity: 2, maxQuantity: 9}}
  phone: {price: 5, availableFor: [TEAM], features: {help: {value: by phone}}, excludes: [audit]}
  audit: {price: Contact us, dependsOn: [space], features: {notes: {value: true}}}
"""


def price_pages(given: bytes) -> None:
    """Any bytes are answered; what could be read is written, and reads the same again."""
    found = analyse(given, "fuzz.yml")
    for lang in ("en", "zh"):
        told = json.loads(json.dumps(found.as_dict(lang), allow_nan=False))
        assert told["valid"] == all(finding["severity"] != "error" for finding in told["findings"])
        assert all(finding["message"] and finding["mend"] for finding in told["findings"])
    if found.page is None:
        assert not found.valid
        return
    if found.cheapest is not None and found.dearest is not None:
        assert 0 <= found.cheapest.price <= found.dearest.price
    if found.valid and found.configuration_space is not None:
        assert found.configuration_space >= 1
    again = read(export(found.page), PageReport(file="again.yml"))
    # What could not be read is left out of the page; so only a valid one is whole.
    assert not found.valid or again == found.page


TODAY = datetime.date(2026, 11, 23)
_DAYS = (TODAY, datetime.date(2028, 2, 29), datetime.date.min, datetime.date.max)

#: A small book with something of every chapter that a price is made from.
SMALL_BOOK = (Path(__file__).parent / "small.yaml").read_text("utf-8")


def book(given: bytes) -> None:
    """Any bytes are answered with findings or a book, and a book that the check accepts has prices or says why not."""
    found = load(given, "fuzz.yaml")
    assert found.book is not None or found.findings
    for finding in found.findings:
        _says(Text(finding.say("en"), finding.say("zh")))
    if found.book is None:
        return
    told = check(found.book, found.lines, TODAY, "fuzz.yaml")
    for finding in told:
        _says(Text(finding.say("en"), finding.say("zh")))
    for service in found.book.services:
        for tier in service.tiers:
            for day in _DAYS:
                try:
                    made = price(found.book, request_for_one(service, tier, day))
                except PriceError as error:
                    _says(error.text)
                else:
                    assert sum(step.amount for step in made.steps) == made.total >= 0


def _says(text: Text) -> None:
    """Hold that something is said in both languages."""
    assert text.en.strip()
    assert text.zh.strip()


@cache
def _sample() -> Book:
    found = load(BOOK.read_text("utf-8")).book
    assert found is not None
    return found


def _file(given: bytes) -> Path:
    folder = Path(tempfile.gettempdir()) / "aboveboard-fuzz"
    folder.mkdir(exist_ok=True)
    path = folder / "list.csv"
    path.write_bytes(given)
    return path


def customers(given: bytes) -> None:
    """Each row of any file names somebody, or is set aside for a reason; or the file is refused in a sentence."""
    _people(given, "customers")


def visits(given: bytes) -> None:
    """Each row of any file is a visit, or is set aside for a reason; or the file is refused in a sentence."""
    _people(given, "visits")


def _people(given: bytes, what: Literal["customers", "visits"]) -> None:
    try:
        source = open_source(_file(given))
        layout = find_layout(source, what, None)
        rows: CustomerRows | VisitRows = CustomerRows(layout, "US")
        if what == "visits":
            rows = VisitRows(layout, _sample(), None, TODAY)
        body = [row for row in source.rows() if row.line != layout.header_line and layout.fault(row) is None]
        for row in body:
            rows.look(row.cells)
        assert all(said.en and said.zh for said in rows.learnt())
    except ImportFileError as error:
        _says(error.text)
        return
    for row in body:
        try:
            taken = rows.read(row.line, row.cells)
        except SetAside as aside:
            _says(SAYS.text(f"reason.{aside.code}"))
        else:
            assert taken.line == row.line


def bills(given: bytes) -> None:
    """Each row of any file is a bill or a fault of its own; or the file is refused in a sentence."""
    try:
        table = open_table(_file(given))
        rows = BillRows(table.rows, None, "USD", TODAY)
        body = [row for row in table.rows if row is not rows.header]
        for row in body:
            rows.look(row.cells)
    except BillFileError as error:
        _says(error.text)
        return
    for row in body:
        try:
            bill = rows.read(row)
        except BillError as error:
            _says(Catalogue.load("aboveboard.costs").text(f"reason.{error.code}"))
        else:
            assert abs(bill.amount) < 2**53 and (bill.item or bill.supplier)


@cache
def _with_market() -> str:
    """Return the small book with one price of others in it: read again in a moment."""
    one = lines(_sample().market.observations[:1])
    return "\n".join([SMALL_BOOK.rstrip(), "market:", "  observations:", *one, ""])


def market(given: bytes) -> None:
    """Each row of any file is a price of somebody, known, or set aside for a reason; and what is taken can be read back."""
    try:
        found = take(open_source(_file(given)).rows(), _sample(), TODAY)
    except (ImportFileError, MarketFileError) as error:
        _says(error.text)
        return
    assert found.already + len(found.aside) <= found.rows
    assert len(found.fresh) <= found.rows - found.already - len(found.aside)
    for line, code in found.aside:
        assert line >= 1
        _says(MARKET_SAYS.text(f"reason.{code}"))
    for one in found.fresh:
        assert one.amount > 0 and one.quantity > 0 and one.who.en.strip() and one.seen <= TODAY
    if found.fresh:
        again = load(put(_with_market(), found.fresh, "fuzz.yaml"), "fuzz.yaml").book
        assert again is not None
        there = {each.id: each for each in again.market.observations}
        assert all(there[one.id] == one for one in found.fresh)


PEOPLE = b'customer,email,phone,country,state\nA-17,alex@example.org,+1 415 555 0101,US,CA\n"A,18",sam@example.org,,US,\n'
VISITS = b"email;date;amount\nalex@example.org;2026-03-01;84,00\nsam@example.org;13.04.2026;1.284,50\n"
MARKET = """\
who,service,tier,amount,all_in,on_top,quantity,unit,seen,learnt,source,own_quantity,currency,place,need,theirs_only
River,treatment,standard,"$1,099.50",yes,,45,minute,2026-11-20,website,https://river.example.org,45,USD,US-CA,,a pool
河边诊所,单次治疗,加长,80,否,3.50,,,20 Nov 2026,bought,at the door,,,,,
""".encode()
BILLS = """\
date,item,supplier,amount,quantity,note
2026-03-01,rent,Example Estates,"1,200.00",1,March
2026-03-07,towels,例子,(40.5),,
""".encode()

TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "price-pages": (price_pages, (PRICE_PAGE.encode(),)),
    "book": (book, (SMALL_BOOK.encode(),)),
    "customers": (customers, (PEOPLE,)),
    "visits": (visits, (VISITS, PEOPLE)),
    "bills": (bills, (BILLS,)),
    "market": (market, (MARKET,)),
}
