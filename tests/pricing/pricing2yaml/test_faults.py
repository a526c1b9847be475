"""Each fault of a page that can be read: one line of a table, with the place where it is shown."""

from __future__ import annotations

import pytest

from tests.pricing.pricing2yaml.pages import FEATURES, LIMITS, PLANS, answer, codes, page

_ON = "features: {search: {value: true}}"
_ONLY = "usageLimits:\n  publicOnly: {valueType: BOOLEAN, defaultValue: true, type: NON_RENEWABLE}\n"


def tied(more: str) -> str:
    """A page with one add-on `a` that gives something and says `more`."""
    return page(add_ons=f"  a: {{price: 5, {_ON}, {more}}}\n")


TABLE = [
    # what is wrong, code, key path
    ("a feature that nobody gives", page("plans:\n  FREE: {price: 0}\n"), "feature.dead", "features.search"),
    (
        "a feature that is taken away everywhere",
        page(PLANS.replace("0}", "0, features: {notes: {value: no}}}").replace("{search", "{notes: {value: no}, search")),
        "feature.dead", "features.notes",
    ),
    (
        "a limit of nothing",
        page(limits=LIMITS.replace("defaultValue: 1", "defaultValue: 0")),
        "limit.dead", "usageLimits.storage",
    ),
    (
        "a yes-or-no limit that is always no",
        page(limits="usageLimits:\n  own: {valueType: BOOLEAN, defaultValue: false, type: NON_RENEWABLE}\n"),
        "limit.dead", "usageLimits.own",
    ),
    (
        "two plans with the same, at two prices",
        page(PLANS + "  BIG: {price: 30, features: {search: {value: true}}}\n"),
        "plan.identical", "plans.BIG",
    ),
    (
        "a default written out is the same",
        page(PLANS + "  LITE: {price: 3, features: {search: {value: false}}}\n"),
        "plan.identical", "plans.LITE",
    ),
    (
        "less for more",
        page("plans:\n  SMALL: {price: 30}\n  BIG: {price: 10, features: {search: {value: true}}}\n"),
        "plan.contained", "plans.SMALL.price",
    ),
    (
        "what is free is cheaper per whatever",
        page("plans:\n  FREE: {price: 0, unit: firm, features: {search: {value: true}}}\n  PAID: {price: 5, unit: user}\n"),
        "plan.contained",
        "plans.PAID.price",
    ),
    (
        "a smaller limit for more",
        page("plans:\n  A: {price: 9, features: {search: {value: true}}, usageLimits: {storage: {value: .inf}}}\n"
             "  B: {price: 10, features: {search: {value: true}}, usageLimits: {storage: {value: 5}}}\n", limits=LIMITS),
        "plan.contained", "plans.B.price",
    ),
    (
        "an add-on that offers less for more",
        page(add_ons="  a: {price: 9, features: {notes: {value: true}}}\n"
            "  b: {price: 5, features: {notes: {value: true}, search: {value: true}}}\n"),
        "addon.less_for_more", "addOns.a.price",
    ),
    (
        "an add-on that adds less for more",
        page(limits=LIMITS, add_ons="  a: {price: 9, usageLimitsExtensions: {storage: {value: 5}}}\n"
            "  b: {price: 5, usageLimitsExtensions: {storage: {value: 6}}}\n"),
        "addon.less_for_more", "addOns.a.price",
    ),
    (
        "two add-ons the same",
        page(add_ons=f"  a: {{price: 5, {_ON}}}\n  b: {{price: 5, {_ON}}}\n"),
        "addon.identical", "addOns.b",
    ),
    ("sold with no plan", tied("availableFor: []"), "addon.unavailable", "addOns.a.availableFor"),
    (
        "what it needs is sold with another plan",
        page(add_ons=f"  a: {{price: 5, availableFor: [FREE], {_ON}, dependsOn: [b]}}\n"
            f"  b: {{price: 3, availableFor: [TEAM], {_ON}}}\n"),
        "addon.unavailable", "addOns.a.availableFor",
    ),
    ("a plan that does not exist", tied("availableFor: [TAEM, FREE]"), "addon.plan_unknown", "addOns.a.availableFor[0]"),
    ("it depends on nothing that exists", tied("dependsOn: [b]"), "addon.depends_unknown", "addOns.a.dependsOn[0]"),
    ("it excludes nothing that exists", tied("excludes: [b]"), "addon.excludes_unknown", "addOns.a.excludes[0]"),
    ("it depends on itself", tied("dependsOn: [a]"), "addon.depends_circle", "addOns.a.dependsOn"),
    (
        "a circle of three, told once",
        page(add_ons="".join(f"  {a}: {{price: {n}, features: {{{f}: {{value: true}}}}, dependsOn: [{b}]}}\n"
                             for a, b, n, f in (("a", "b", 1, "notes"), ("b", "c", 2, "search"), ("c", "a", 3, "notes")))),
        "addon.depends_circle", "addOns.a.dependsOn",
    ),
    ("it excludes itself", tied("excludes: [a]"), "addon.contradiction", "addOns.a"),
    (
        "it needs two that exclude each other",
        page(add_ons="  a: {price: 5, features: {search: {value: true}, notes: {value: true}}, dependsOn: [b, c]}\n"
                     f"  b: {{price: 3, {_ON}}}\n  c: {{price: 4, features: {{notes: {{value: true}}}}, excludes: [b]}}\n"),
        "addon.contradiction", "addOns.a",
    ),
    (
        "no number that may be bought",
        page(limits=LIMITS, add_ons="  a: {price: 5, usageLimitsExtensions: {storage: {value: 5}}, "
            "subscriptionConstraints: {minQuantity: 5, maxQuantity: 4}}\n"),
        "addon.quantity", "addOns.a.subscriptionConstraints",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "path"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_fault_is_named_at_its_place(text: str, code: str, path: str) -> None:
    found = answer(text)
    assert [(f.code, f.path) for f in found.findings if f.severity == "error"] == [(code, path)]
    assert not found.valid
    finding = next(f for f in found.findings if f.code == code)
    said = text.splitlines()[finding.line - 1]
    last = path.rsplit(".", 1)[-1].split("[")[0]
    assert last in said  # the line is the one that holds the key
    assert finding.text.en and finding.text.zh and finding.how.en and finding.how.zh
    assert "{" not in finding.say("en") + finding.say("zh")


SOUND = [
    ("nothing wrong", page()),
    ("the dearer plan gives a text of its own", page(
        "plans:\n  A: {price: 9, features: {search: {value: true}}}\n"
            "  B: {price: 12, features: {help: {value: by phone}, search: {value: true}}}\n",
        features=FEATURES + "  help: {valueType: TEXT, defaultValue: by mail, type: SUPPORT}\n")),
    ("the dearer plan is per another unit", page(
        "plans:\n  SMALL: {price: 30, unit: firm/month}\n"
            "  BIG: {price: 10, unit: user/month, features: {search: {value: true}}}\n")),
    ("the dearer plan opens an add-on", page(
        "plans:\n  SMALL: {price: 30}\n  BIG: {price: 10, features: {search: {value: true}}}\n",
        f"  a: {{price: 5, availableFor: [SMALL], {_ON}}}\n")),
    ("a plan in words is never the dearer one", page(
        "plans:\n  SMALL: {price: Contact us}\n  BIG: {price: 10, features: {search: {value: true}}}\n")),
    ("the dearer add-on is sold with more plans", page(
        add_ons="  a: {price: 9, features: {notes: {value: true}}}\n"
                "  b: {price: 5, availableFor: [FREE], features: {notes: {value: true}, search: {value: true}}}\n")),
    ("the cheaper add-on needs another", page(
        add_ons="  a: {price: 9, features: {notes: {value: true}}}\n"
                "  b: {price: 5, dependsOn: [c], features: {notes: {value: true}, search: {value: true}}}\n"
                f"  c: {{price: 8, {_ON}}}\n")),
    ("a feature that only an add-on gives", page("plans:\n  FREE: {price: 0}\n", f"  a: {{price: 5, {_ON}}}\n")),
    ("a limit that only an add-on raises", page(
        limits=LIMITS.replace("defaultValue: 1", "defaultValue: 0").replace("[notes]", "[]"),
        add_ons="  a: {price: 5, usageLimitsExtensions: {storage: {value: 5}}}\n")),
    ("a limit that forbids is lifted by the dearer plan", page(
        "plans:\n  FREE: {price: 0}\n  PAID: {price: 5, usageLimits: {publicOnly: {value: false}}}\n",
        features="features:\n  notes: {valueType: BOOLEAN, defaultValue: true, type: DOMAIN}\n",
        limits=_ONLY.replace("NON_RENEWABLE", "NON_RENEWABLE, linkedFeatures: [notes]"))),
    ("an add-on that lifts a limit gives something", page(
        add_ons="  a: {price: 5, usageLimits: {publicOnly: {value: false}}}\n"
                f"  b: {{price: 3, {_ON}}}\n",
        limits=_ONLY)),
    ("only add-ons", page("", f"  a: {{price: 5, {_ON}}}\n")),
]  # fmt: skip


@pytest.mark.parametrize("text", [row[1] for row in SOUND], ids=[row[0] for row in SOUND])
def test_what_only_looks_like_a_fault_is_none(text: str) -> None:
    assert codes(text, "error") == []


WARNED = [
    ("the same for more", page(add_ons=f"  a: {{price: 5, {_ON}}}\n  b: {{price: 7, {_ON}}}\n"), "addon.same_for_more"),
    ("nothing", page(add_ons="  a: {price: 5}\n"), "addon.gives_nothing"),
    (
        "a feature without room",
        page(PLANS.replace("0}", "0, usageLimits: {storage: {value: 0}}}"), limits=LIMITS),
        "feature.without_limit",
    ),
    ("room without the feature", page(limits=LIMITS.replace("[notes]", "[search]")), "limit.without_feature"),
    (
        "numbers that do not count",
        page(add_ons=f"  a: {{price: 5, {_ON}, subscriptionConstraints: {{max: 3}}}}\n"),
        "addon.quantity_ignored",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), [row[1:] for row in WARNED], ids=[row[0] for row in WARNED])
def test_a_warning_leaves_a_page_valid(text: str, code: str) -> None:
    assert codes(text) == [code]
    assert answer(text).valid


def test_all_faults_of_a_page_are_told_in_order_of_line() -> None:
    text = page(
        PLANS + "  BIG: {price: 30, features: {search: {value: true}}}\n",
        f"  a: {{price: -1, {_ON}, dependsOn: [b]}}\n",
        features=FEATURES + "  fax: {valueType: BOOLEAN, defaultValue: false, type: DOMAIN}\n",
    )
    found = answer(text)
    assert [f.code for f in found.findings] == [
        "feature.dead", "plan.identical", "price.negative", "addon.depends_unknown",
    ]  # fmt: skip
    assert [f.line for f in found.findings] == sorted(f.line for f in found.findings)


def test_a_name_that_was_meant_is_offered() -> None:
    found = answer(page(add_ons=f"  history: {{price: 5, {_ON}, excludes: [histroy]}}\n"))
    assert "history" in found.findings[0].mend


_FREE = "plans:\n  FREE: {price: 0}\n"
_GIVES = "features: {search: {value: yes}}"
_OTHER = "features: {notes: {value: yes}}"


@pytest.mark.parametrize(
    ("add_ons", "told"),
    [
        (f"  a: {{price: 1, availableFor: [], {_GIVES}}}\n", "addon.unavailable"),
        (f"  a: {{price: 1, availableFor: [GONE], {_GIVES}}}\n", "addon.plan_unknown"),
        (f"  a: {{price: 1, dependsOn: [gone], {_GIVES}}}\n", "addon.depends_unknown"),
        (f"  a: {{price: 1, dependsOn: [b], excludes: [b], {_GIVES}}}\n  b: {{price: 1, {_OTHER}}}\n", "addon.contradiction"),
        (f"  a: {{price: 1, dependsOn: [b], {_GIVES}}}\n  b: {{price: 1, availableFor: [], {_OTHER}}}\n", "addon.unavailable"),
        (f"  a: {{price: 1, dependsOn: [b], {_GIVES}}}\n  b: {{price: 1, excludes: [a], {_OTHER}}}\n", "addon.contradiction"),
    ],
)  # fmt: skip
def test_a_feature_is_dead_if_only_an_add_on_gives_it_that_nobody_can_buy(add_ons: str, told: str) -> None:
    found = {f.code: f for f in answer(page(plans=_FREE, add_ons=add_ons)).findings}
    assert told in found
    assert found["feature.dead"].path == "features.search"
    sold = add_ons.split("\n")[0].replace("availableFor: []", "availableFor: [FREE]").replace("GONE", "FREE")
    sold = (
        sold.replace("dependsOn: [gone], ", "").replace("dependsOn: [b], ", "").replace("excludes: [b], ", "")
    )
    assert "feature.dead" not in codes(page(plans=_FREE, add_ons=f"{sold}\n"))


@pytest.mark.parametrize("key", ["usageLimits", "usageLimitsExtensions"])
def test_a_limit_is_dead_if_only_an_add_on_raises_it_that_nobody_can_buy(key: str) -> None:
    none = LIMITS.replace("defaultValue: 1", "defaultValue: 0")
    for available, dead in (("[]", True), ("[FREE]", False)):
        add_on = f"  a: {{price: 1, availableFor: {available}, {key}: {{storage: {{value: 5}}}}}}\n"
        assert ("limit.dead" in codes(page(limits=none, add_ons=add_on))) == dead
    many = (
        "subscriptionConstraints: {minQuantity: 9, maxQuantity: 2}"
        if key.endswith("Extensions")
        else "dependsOn: [b]"
    )
    add_on = f"  a: {{price: 1, {many}, {key}: {{storage: {{value: 5}}}}}}\n"
    assert "limit.dead" in codes(page(limits=none, add_ons=add_on))
