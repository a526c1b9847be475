"""Reading: every version to one model, and whatever a hostile file may hold to findings with their line."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from aboveboard.pricing.pricing2yaml import PricePage
from tests.pricing.pricing2yaml.pages import FEATURES, HEAD, LIMITS, PLANS, answer, codes, page

OLD_PLANS = """\
plans:
  FREE: {monthlyPrice: 0, annualPrice: 0}
  TEAM: {monthlyPrice: 12, annualPrice: 10, features: {search: {value: true}}}
"""
NAMED = "saasName: Lamp\ncurrency: EUR\n"
#: One page, as each version would have it.
VERSIONS = {
    "1.0": f"version: '1.0'\n{NAMED}day: 1\nmonth: 11\nyear: 2026\nhasAnnualPayment: true\n{FEATURES}{OLD_PLANS}",
    "1.1": f"version: '1.1'\n{NAMED}createdAt: '2026-11-01'\nhasAnnualPayment: true\n"
    f"starts: 2026-11-17 10:00:00\n{FEATURES}{OLD_PLANS}",
    "2.0": f"version: 2.0\n{NAMED}createdAt: 2026-11-01\nbilling: {{monthly: 1}}\n{FEATURES}{PLANS}",
    "2.1": f"syntaxVersion: '2.1'\nversion: 2026-11-01\n{NAMED}createdAt: 2026-11-01T10:00:00Z\n{FEATURES}{PLANS}",
    "3.0": f'syntaxVersion: "3.0"\n{NAMED}createdAt: 2026-11-01\nbilling: {{monthly: 1}}\n{FEATURES}{PLANS}',
    "3.1": page(),
}


def read(text: str) -> PricePage:
    found = answer(text)
    assert [f.say("en") for f in found.findings] == []
    assert found.page is not None
    return found.page


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_becomes_the_same_page(version: str) -> None:
    assert read(VERSIONS[version]) == read(page())


def test_a_page_says_what_it_holds() -> None:
    found = read(
        HEAD.replace("3.1", "2.1") + "version: spring\nurl: https://example.org/prices\ntags: [A, B]\n"
        "billing: {monthly: 1, annual: 0.8}\nvariables: {x: 2, of: {eu: 3}}\ncustom: {a: [1, yes, '1', null]}\n"
        + FEATURES
        + "usageLimits:\n"
        "  calls: {valueType: NUMERIC, defaultValue: 10, type: TIME_DRIVEN, unit: call, linkedFeatures: [notes]}\n"
        "  days: {valueType: NUMERIC, defaultValue: 1, type: RENEWABLE, period: {value: 15, unit: DAY}}\n"
        "plans:\n  FREE: {price: 0, private: true}\n  TEAM: {price: '#x * 6', features: {search: {value: true}}}\n"
        "addOns:\n  more: {price: Contact us, usageLimitsExtensions: {calls: {value: .inf}},"
        " subscriptionConstraints: {min: 4, max: 20, step: 4}}\n"
    )
    assert (found.version, found.url, found.tags) == ("spring", "https://example.org/prices", ("A", "B"))
    assert dict(found.billing) == {"monthly": Decimal(1), "annual": Decimal("0.8")}
    assert found.variables["of"] == {"eu": Decimal(3)}
    assert found.custom == {"a": (Decimal(1), True, "1", None)}
    calls, days = found.limits
    assert (calls.type, days.type) == (
        "RENEWABLE",
        "RENEWABLE",
    )  # what the migration guide makes of TIME_DRIVEN
    assert days.period is not None and (days.period.value, days.period.unit) == (15, "DAY")
    assert (found.plans[1].price.amount, found.plans[1].price.written) == (Decimal(12), "#x * 6")
    (more,) = found.add_ons
    assert (more.price.amount, more.price.written) == (None, "Contact us")
    assert more.scalable and more.smallest() == 4
    assert more.extensions["calls"] == Decimal("Infinity")


def test_a_yearly_price_counts_only_where_there_is_no_monthly_one() -> None:
    text = VERSIONS["1.1"].replace("monthlyPrice: 0, annualPrice: 0", "annualPrice: 0")
    found = read(text)
    assert [plan.price.amount for plan in found.plans] == [0, 12]
    assert dict(found.billing) == {"annual": Decimal(1)}


def test_ways_to_pay_are_a_list() -> None:
    text = page(
        PLANS.replace("0}", "0, features: {pay: {value: [CARD, INVOICE]}}}"),
        features=FEATURES + "  pay: {valueType: TEXT, defaultValue: [CARD], type: PAYMENT}\n",
    )
    found = read(text)
    assert found.features[2].default == ("CARD",)
    assert found.plans[0].features["pay"] == ("CARD", "INVOICE")


HOSTILE = [
    # what stands in the file, codes of the findings, whether it could be counted
    ("nothing", "", ["yaml.empty"], False),
    ("a list", "- a\n- b\n", ["form.map", "page.none"], False),
    ("a text", "hello", ["form.map", "page.none"], False),
    ("a number", "42", ["form.map", "page.none"], False),
    ("something else", "a: 1\nb: 2\n", ["key.unknown", "key.unknown", "page.none"], False),
    ("no UTF-8", b"\xff\xfe\x00saasName", ["yaml.not_utf8"], False),
    ("zero bytes", b"saasName: a\x00b", ["yaml.character"], False),
    ("tabs", page().replace("  FREE", "\tFREE"), ["yaml.tab"], False),
    ("a bomb of aliases", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", ["yaml.anchor"], False),
    ("a snake that bites itself", "saasName: &a [*a]\n", ["yaml.anchor"], False),
    ("a merged map", page(PLANS.replace("0}", "0, <<: *x}")), ["yaml.anchor"], False),
    ("an object", "saasName: !!python/object/apply:os.system ['true']\n", ["yaml.tag"], False),
    ("two pages", page() + "---\n" + page(), ["yaml.many_documents"], False),
    ("a key twice", page().replace("currency: EUR", "currency: EUR\ncurrency: USD"), ["yaml.duplicate_key"], False),
    ("a plan twice", page(PLANS + "  FREE: {price: 3}\n"), ["yaml.duplicate_key"], False),
    ("very deep", "a: " + "[" * 5_000, ["yaml.too_deep"], False),
    ("very deep, in blocks", "- " * 50_000, ["yaml.too_deep"], False),
    ("ten megabytes", "# " + "x" * 10_000_000, ["yaml.too_large"], False),
    ("plans as a list", page("plans: [FREE]\n"), ["feature.dead", "page.empty", "form.map"], True),
    ("a plan as a text", page(PLANS + "  BIG: large\n"), ["form.map", "price.missing", "plan.identical"], True),
    ("no plans and no add-ons", page("plans: {}\n"), ["page.empty", "feature.dead"], True),
    ("no features", HEAD + "plans:\n  A: {price: 1}\n", ["key.missing"], True),
    ("no name, no currency, no day", "syntaxVersion: '3.1'\n" + FEATURES + PLANS, ["key.missing"] * 3, True),
    ("no version", page().replace("syntaxVersion: '3.1'\n", ""), ["page.version_missing"], True),
    ("a version to come", page().replace("3.1", "4.0"), ["page.version_unknown"], True),
    ("the version at the wrong place", page().replace("syntaxVersion", "version"), ["page.version_place"], True),
    ("a day that never was", page().replace("2026-11-01", "2026-02-30"), ["page.date_wrong"], True),
    ("a leap day that was", page().replace("2026-11-01", "2024-02-29"), [], True),
    ("an old day that never was", VERSIONS["1.0"].replace("day: 1", "day: 31"), ["page.date_wrong"], True),
    ("an old day in words", VERSIONS["1.0"].replace("day: 1", "day: first"), ["value.number"], True),
    ("an endless old day", VERSIONS["1.0"].replace("day: 1", "day: .inf"), ["page.date_wrong"], True),
    ("a negative price", page(PLANS.replace("12", "-12")), ["price.negative"], True),
    ("a negative zero", page(PLANS.replace("price: 0", "price: -0.0")), [], True),
    ("no price", page(PLANS.replace("price: 12, ", "")), ["price.missing"], True),
    ("an endless price", page(PLANS.replace("12", ".inf")), ["price.endless"], True),
    ("a price that is no number", page(PLANS.replace("12", ".nan")), ["price.endless"], True),
    ("a price of all the money", page(PLANS.replace("12", "1" + "0" * 19)), ["price.absurd"], True),
    ("a price with an exponent", page(PLANS.replace("12", "1e999")), ["price.absurd"], True),
    ("a price of nine decimals", page(PLANS.replace("12", "0.000000001")), ["price.absurd"], True),
    ("a price as a list", page(PLANS.replace("12", "[12]")), ["form.text"], True),
    ("a price in quotes", page(PLANS.replace("12", "'12'")), [], True),
    ("a price in words, with a sign", page(PLANS.replace("12", "从 ¥12 起")), [], True),
    ("a price in an unknown variable", page(PLANS.replace("12", "'#x'")), ["price.variable_unknown"], True),
    (
        "a price that is a text",
        page(PLANS.replace("12", "'#x'"), head=HEAD + "variables: {x: eu}\n"),
        ["price.not_a_number"], True,
    ),
    ("a price that divides by zero", page(PLANS.replace("12", "'1 / 0'")), ["price.expression_number"], True),
    ("a worked-out negative price", page(PLANS.replace("12", "'0 - 5 * 2'")), ["price.negative"], True),
    ("a limit that is no number", page(limits=LIMITS.replace("1,", ".nan,")), ["value.number"], True),
    ("a limit of all things", page(limits=LIMITS.replace("1,", "1e30,")), ["number.too_large"], True),
    ("yes where a number belongs", page(limits=LIMITS.replace("1,", "true,")), ["value.number"], True),
    (
        "a number where yes belongs",
        page(PLANS.replace("value: true", "value: 1")),
        ["feature.dead", "value.boolean", "plan.identical"], True,
    ),
    (
        "a quoted yes",
        page(PLANS.replace("value: true", "value: 'true'")),
        ["feature.dead", "value.boolean", "plan.identical"], True,
    ),
    (
        "an unknown feature",
        page(PLANS.replace("search:", "serach:")),
        ["feature.dead", "plan.identical", "reference.feature"], True,
    ),
    ("an unknown limit", page(PLANS.replace("0}", "0, usageLimits: {room: {value: 1}}}")), ["reference.limit"], True),
    ("a limit on an unknown feature", page(limits=LIMITS.replace("[notes]", "[nots]")), ["reference.feature"], True),
    ("a value left out", page(PLANS.replace("0}", "0, features: {notes: {}}}")), ["value.missing"], True),
    ("an unknown kind", page().replace("BOOLEAN, defaultValue: true", "MAYBE, defaultValue: true"), ["value.choice"], True),
    ("no kind, no default", page(features=FEATURES + "  fax: {type: DOMAIN}\n"), ["key.missing", "key.missing"], True),
    ("a key mistyped", page().replace("type: DOMAIN}\n  search", "typ: DOMAIN}\n  search"), ["key.mistyped"], True),
    ("a name without a letter", page(PLANS + "  ' ': {price: 3}\n"), ["name.empty"], True),
    ("a name as long as a page", page(PLANS + f"  {'x' * 101}: {{price: 3}}\n"), ["name.too_long"], True),
    ("a factor above one", page(head=HEAD + "billing: {monthly: 1, annual: 1.2}\n"), ["billing.factor"], True),
    ("a factor of nothing", page(head=HEAD + "billing: {monthly: 0}\n"), ["billing.factor"], True),
    (
        "a period of half a day",
        page(limits=LIMITS.replace("NON_RENEWABLE", "RENEWABLE, period: {value: 0.5, unit: DAY}")),
        ["period.value"], True,
    ),
    ("private, perhaps", page(PLANS.replace("0}", "0, private: perhaps}")), ["value.yes_or_no"], True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted", "counted"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_hostile_page_ends_in_findings(text: str | bytes, wanted: list[str], counted: bool) -> None:
    began = time.process_time()
    found = answer(text)
    assert sorted(f.code for f in found.findings) == sorted(wanted)
    assert (found.configuration_space is not None) is counted
    for finding in found.findings:
        assert finding.file == "lamp.yml" and finding.line >= 1
        for lang in ("en", "zh"):
            assert "{" not in finding.say(lang).replace("{{", "").replace("}}", "")
    assert found.valid == (not {f.code for f in found.findings if f.severity == "error"})
    assert time.process_time() - began < 5


def test_another_version_in_every_place_is_said_in_chinese_too() -> None:
    (finding,) = answer(page().replace("3.1", "4.0")).findings
    assert finding.text.say("zh") == "我们不认识 Pricing2Yaml 的版本 “4.0”。"


def test_too_many_of_a_kind_are_left_out_in_words() -> None:
    text = page(
        add_ons="".join(
            f"  a{i}: {{price: {i}, features: {{search: {{value: true}}}}}}\n" for i in range(400)
        )
    )
    found = answer(text)
    assert "page.too_large" in codes(text) and found.page is not None and len(found.page.add_ons) == 300
    assert found.configuration_space == 2 * 2**300


def test_more_faults_than_can_be_told_end_in_one() -> None:
    text = page(add_ons="".join(f"  a{i}: {{price: -1}}\n" for i in range(300)))
    found = answer(text)
    assert len(found.findings) == 200
    assert "page.too_many" in codes(text)
    assert not found.valid


def test_names_may_be_anything_that_can_be_written() -> None:
    names = ["24/7 help", "99.9% up", "no", "1.0", "客服", "Ünï ☃ 😀", "a:b", "x\ty", 'quo"te', "back\\slash"]
    features = "features:\n" + "".join(
        f"  {quoted(name)}: {{valueType: BOOLEAN, defaultValue: true, type: DOMAIN}}\n" for name in names
    )
    found = read(HEAD + features + "plans:\n  A: {price: 1}\n")
    assert [feature.name for feature in found.features] == names


def quoted(said: str) -> str:
    from aboveboard.pricing.pricing2yaml.export import _text

    return _text(said)


_N = 300
SLOW = {
    "each add-on needs all before it": "".join(
        f"  a{i}: {{price: {i}, features: {{search: {{value: true}}}}, dependsOn: [{', '.join(f'a{j}' for j in range(i))}]}}\n"
        for i in range(_N)
    ),
    "each add-on needs all": "".join(
        f"  a{i}: {{price: 1, features: {{search: {{value: true}}}}, dependsOn: [{', '.join(f'a{j}' for j in range(_N))}]}}\n"
        for i in range(_N)
    ),
    "each add-on bars a third of all": "".join(
        f"  a{i}: {{price: 1, features: {{search: {{value: true}}}}, "
        f"excludes: [{', '.join(f'a{j}' for j in range(i % 3, _N, 3))}]}}\n"
        for i in range(_N)
    ),
    "long names that do not exist": "".join(
        f"  {'a' * 50}{i}: {{price: 1, features: {{search: {{value: true}}}}, dependsOn: [{'b' * 50}{i}]}}\n"
        for i in range(_N)
    ),
    "all the same": "".join(
        f"  a{i}: {{price: {i}, features: {{search: {{value: true}}}}}}\n" for i in range(_N)
    ),
}


@pytest.mark.parametrize("add_ons", SLOW.values(), ids=SLOW)
def test_large_pages_are_answered_in_seconds(add_ons: str) -> None:
    began = time.process_time()
    assert answer(page(add_ons=add_ons)).page is not None
    assert time.process_time() - began < 10


def test_many_plans_that_hardly_differ_are_answered_in_seconds() -> None:
    features = "features:\n" + "".join(
        f"  f{i}: {{valueType: NUMERIC, defaultValue: 1, type: DOMAIN}}\n" for i in range(2_000)
    )
    plans = "plans:\n" + "".join(
        f"  P{i}: {{price: {i}, features: {{f1999: {{value: {i}}}}}}}\n" for i in range(50)
    )
    began = time.process_time()
    assert answer(HEAD + features + plans).configuration_space == 50
    assert time.process_time() - began < 10


def test_an_item_is_shown_where_it_stands() -> None:
    a = "  a: {price: 5, features: {search: {value: true}}, excludes: [a1, a1, b]}\n"
    finding = answer(page(add_ons=a + "  a1: {price: 5}\n")).findings[0]
    assert finding.path == "addOns.a.excludes[2]"
