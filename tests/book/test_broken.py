"""Broken books: one slip each in the sample, and the finding that an owner gets for it, with its line."""

from __future__ import annotations

import datetime
from typing import NamedTuple

import pytest

from aboveboard.book.finding import WARNINGS
from aboveboard.editions.check import findings
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")
TODAY = datetime.date(2026, 11, 23)
ON_PURPOSE = [("partner.no_contract", 73), ("law.forbidden", 96)]


class Slip(NamedTuple):
    """Replace `old` by `new` once; expect `code` on the first (or last) line of the broken text that holds `on`."""

    code: str
    old: str
    new: str
    on: str
    last: bool = False


LAB_FEED = '  feed: {webhook: "http://127.0.0.1:8701/inbox/lab"}'
FULL = "[instructions, confidentiality, security, subprocessors, help, delete, audit, honour_opt_out]"
REVIEWS = "data: [contact]\n  recipients: [review_site]"
HALF_HOUR = "{item: therapist_time, quantity: 0.75}"
BY_MONTH = "services: [members_plan]\n    tiers: [standard, plus]"
PLANS_AHEAD = "change: -0.04\n  why:\n    en: Who agrees"
SIGNAL = "  default: {US-CA: allow, elsewhere: deny}\n  gpc: true\n\n- id: personal_prices"
OF_MEMBERS = "worked_out: 2026-10-05\n  services: [members_plan]"
GUARDS = "guards: {cap: 0.10"
FEE = """fees:
- id: paper
  name: {{en: Paper bill, zh: 纸质账单}}
  {}
  why: {{en: Paper and post cost us that much., zh: 纸和邮寄要花这么多。}}

"""
CLASHING = "".join(
    f"""- id: one_of_many_{number}
  name: {{en: Offer {number}, zh: 优惠{number}}}
  starts: 2026-11-23
  ends: 2026-11-30
  amount: 0.01
  excludes: [new_room]
  why: {{en: A try., zh: 试一试。}}
  services: [treatment]
"""
    for number in range(12)
)

SLIPS = [
    # --- the file
    Slip("yaml.colon", "name: {en: Your visits, zh: 您来过几次}", "name: en: Your visits", "name: en: Your"),
    Slip("yaml.quote", 'version: "3"', 'version: "3', 'version: "3'),
    Slip("yaml.indent", "  kind: clinic", " kind: clinic", " kind: clinic"),
    Slip("yaml.bracket", "data: [contact, health]", "data: [contact, health", "data: [contact, health"),
    Slip("yaml.character", "kind: clinic", "kind: @clinic", "kind: @clinic"),
    Slip("yaml.tab", "  kind: clinic", "\tkind: clinic", "\tkind: clinic"),
    Slip("yaml.anchor", "kind: clinic", "kind: &kind clinic", "kind: &kind"),
    Slip("yaml.anchor", "place: US-CA\n  currency", "place: *home\n  currency", "place: *home"),
    Slip("yaml.tag", "kind: clinic", "kind: !!python/name:os.system clinic", "!!python"),
    Slip("yaml.tag", "kind: clinic", "kind: ! clinic", "kind: !"),
    Slip("yaml.duplicate_key", "  kind: clinic", "  kind: clinic\n  kind: studio", "kind: studio"),
    Slip("yaml.many_documents", "taxes:\n", "---\ntaxes:\n", "---\n"),
    Slip("yaml.too_deep", "kind: clinic", "kind: " + "[" * 30 + "]" * 30, "kind: ["),
    Slip("yaml.key", "  kind: clinic", "  [a, b]: clinic", "[a, b]"),
    # --- its form
    Slip("shape.mistyped_key", "purposes:\n", "purpose:\n", "purpose:"),
    Slip("shape.mistyped_key", "  currency: USD", "  curency: USD", "curency"),
    Slip("shape.unknown_key", "  currency: USD", "  currency: USD\n  shoe_size: 9", "shoe_size"),
    Slip("shape.missing_key", "  currency: USD\n", "", "  id: riverside"),
    Slip("shape.missing_key", "{en: Quiet January, zh: 一月淡季}", "{en: Quiet January}", "{en: Quiet January}"),
    Slip("shape.comma", "{en: Your visits, zh", "{en: Your visits, often, zh", "often"),
    Slip("shape.wrong_kind", "partners:\n", "partners: none\nold:\n", "partners: none"),
    Slip("shape.wrong_kind", "data: [contact]", "data: contact", "data: contact"),
    Slip("shape.wrong_kind", "  currency: USD", "  currency: [USD]", "[USD]"),
    Slip("shape.empty", "  currency: USD", "  currency:", "currency:"),
    Slip("shape.empty", "wage: 40.00", "wage: ''", "wage: ''"),
    Slip("shape.not_a_number", "wage: 40.00", "wage: $40", "wage: $40"),
    Slip("shape.not_a_number", "wage: 40.00", "wage: 40,00", "wage: 40,00"),
    Slip("shape.not_a_number", "wage: 40.00", "wage: .nan", "wage: .nan"),
    Slip("shape.not_a_number", "wage: 40.00", "wage: 1e400", "wage: 1e400"),
    Slip("shape.not_a_number", "percent: 0.05", "percent: 5 %", "percent: 5 %"),
    Slip("shape.not_a_whole_number", "delete_within_days: 7", "delete_within_days: 7.5", "within_days: 7.5"),
    Slip("shape.out_of_range", "delete_within_days: 7", "delete_within_days: 900", "within_days: 900"),
    Slip("shape.not_a_switch", "hipaa_covered: true", "hipaa_covered: yes", "hipaa_covered: yes"),
    Slip("shape.not_a_date", "signed: 2025-02-03", "signed: 3 Feb 2025", "3 Feb"),
    Slip("shape.no_such_day", "signed: 2025-02-03", "signed: 2025-02-30", "2025-02-30"),
    Slip("shape.mistyped_value", "kind: pricing", "kind: prising", "kind: prising"),
    Slip("shape.not_allowed", "basis: contract", "basis: because", "basis: because"),
    Slip("shape.not_allowed", "book: 1", "book: 2026", "book: 2026"),
    Slip("shape.id", "- id: lab", "- id: Bay Lab", "- id: Bay Lab"),
    Slip("shape.place", "  place: US-CA\n  currency", "  place: California\n  currency", "place: California"),
    Slip("shape.currency", "currency: USD", "currency: dollars", "currency: dollars"),
    Slip("shape.month_day", "starts: 01-02", "starts: 13-02", "starts: 13-02"),
    Slip("shape.address", '"http://127.0.0.1:8701/inbox/lab"', "the lab's desk", "the lab's desk"),
    # --- names
    Slip("reference.duplicate_id", "- id: insurer", "- id: lab", "- id: lab", last=True),
    Slip("reference.duplicate_id", "  - id: extended", "  - id: basic", "  - id: basic", last=True),
    Slip("reference.mistyped", "recipients: [review_site]", "recipients: [reviewsite]", "[reviewsite]"),
    Slip("reference.unknown", "recipients: [review_site]", "recipients: [somebody]", "[somebody]"),
    Slip("reference.unknown", "data: [visits]\n  recipients", "data: [diary]\n  recipients", "[diary]"),
    Slip("reference.unknown", "tax: san_jose", "tax: moon", "tax: moon"),
    Slip("reference.mistyped", "{item: kit_bought, quantity: 1}", "{item: kit_bougth, quantity: 1}", "kit_bougth"),
    Slip("reference.mistyped", "default_tier: standard", "default_tier: standart", "standart"),
    Slip("reference.mistyped", "services: [members_plan]", "services: [member_plan]", "[member_plan]"),
    Slip("reference.unknown", "percent: 0.05", "percent: 0.05\n  tiers: [golden]", "[golden]"),
    Slip("reference.repeated", "recipients: [review_site]", "recipients: [review_site, review_site]", "[review_site, r"),
    Slip("reference.unused", "{item: kit_bought, quantity: 1}", "{item: front_desk, quantity: 1}", "- id: kit_bought"),
    # --- who, purposes, partners
    Slip("business.currency", "currency: USD", "currency: USX", "currency: USX"),
    Slip("business.place", "  place: US-CA\n  currency", "  place: UK\n  currency", "place: UK"),
    Slip("business.timezone", "America/Los_Angeles", "America/San_Jose", "America/San_Jose"),
    Slip("business.timezone", "America/Los_Angeles", "../etc/passwd", "../etc/passwd"),
    Slip("business.email", "desk@riverside.example.org", "desk at riverside", "desk at"),
    Slip("purpose.default_place", "default: {elsewhere: deny}\n  facts", "default: {California: deny}\n  facts", "California: d"),
    Slip("purpose.facts", "  kind: statistics", "  kind: statistics\n  facts: [visits]", "facts: [visits]"),
    Slip("purpose.no_facts", "  facts: [visits, months]\n", "", "- id: personal_prices"),
    Slip("purpose.two_pricing", "  kind: statistics", "  kind: pricing\n  facts: [visits]", "  kind: pricing", last=True),
    Slip("partner.feed", '  feed: {webhook: "http://127.0.0.1:8701/inbox/lab"}', "  feed: {}", "feed: {}"),
    Slip("partner.no_contract", f"  contract:\n    signed: 2025-09-01\n    clauses: {FULL}\n", "", "recipients: [review_site]"),
    Slip("contract.dates", "until: 2028-06-16", "until: 2023-06-16", "until: 2023-06-16"),
    Slip("contract.expired", "until: 2028-06-16", "until: 2026-11-22", "until: 2026-11-22"),
    Slip("contract.not_yet", "signed: 2025-02-03", "signed: 2026-11-24", "signed: 2026-11-24"),
    Slip("contract.clause_missing", f"{FULL}\n{LAB_FEED}", f"[help, delete]\n{LAB_FEED}", "[help, delete]"),
    Slip("contract.clause_unknown", f"{FULL}\n{LAB_FEED}", f"[cookies, delete]\n{LAB_FEED}", "[cookies"),
    Slip("law.forbidden", REVIEWS, REVIEWS.replace("contact", "health"), "recipients: [review_site]"),
    Slip("law.ask_first", "default: {elsewhere: deny}\n  facts", "default: {US-CA: allow}\n  facts", "{US-CA: allow}\n  facts"),
    Slip("law.signal", SIGNAL, SIGNAL.replace("  gpc: true\n", ""), SIGNAL.replace("  gpc: true\n", "")),
    # --- money
    Slip("money.too_fine", "list_price: 90.00", "list_price: 90.005", "90.005"),
    Slip("money.too_large", "list_price: 90.00", "list_price: 9000000000000.00", "9000000000000.00"),
    Slip("money.negative", "list_price: 90.00", "list_price: -90.00", "-90.00"),
    Slip("money.negative", "wage: 40.00", "wage: -40.00", "wage: -40.00"),
    Slip("money.too_large", "wage: 40.00", "wage: 40000000000000", "wage: 40000000000000"),
    Slip("cost.form", "  driver: room_hours\n", "", "- id: rooms"),
    Slip("cost.form", "rate: 14.20", "rate: 14.20\n  per_month: 3.00\n  capacity: 3", "- id: kit_bought"),
    Slip("cost.capacity", "capacity: 1200", "capacity: 0", "capacity: 0"),
    Slip("cost.capacity", "capacity: 1200", "capacity: -1200", "capacity: -1200"),
    Slip("cost.form", "  role: therapist\n", "  role: therapist\n  rate: 62.00\n", "- id: therapist_time"),
    Slip("cost.form", "  life: 12000\n", "", "- id: equipment"),
    Slip("cost.form", "  driver: room_hours\n", "  driver: room_hours\n  capacity: 1200\n", "- id: rooms"),
    Slip("cost.kind", "kind: fee\n  unit: visit\n  rate: 0.30", "kind: material\n  unit: visit\n  rate: 0.30", "share: 0.029"),
    Slip("cost.kind", "kind: time", "kind: fee", "role: therapist\n  billed_as"),
    Slip("cost.unit", "unit: minute\n  per_month", "unit: piece\n  per_month", "unit: piece\n  per_month"),
    Slip("cost.unit", "unit: hour\n  role", "unit: visit\n  role", "unit: visit\n  role"),
    Slip("cost.share", "share: 0.029", "share: 2.9", "share: 2.9"),
    Slip("cost.share", "share: 0.04\n", "share: 1\n", "share: 1\n"),
    Slip("cost.share", "share: 0.19}", "share: 19}", "share: 19}"),
    Slip("cost.billed", "billed: 0.80", "billed: 80", "billed: 80"),
    Slip("cost.billed", "billed: 0.80", "billed: 0", "billed: 0"),
    Slip("cost.life", "life: 12000", "life: 0", "life: 0"),
    Slip("cost.change", "    rate: 0.90\n", "    per_month: 9.00\n", "per_month: 9.00"),
    Slip("cost.change_empty", "    wage: 41.00\n", "", "- from: 2027-07-01"),
    Slip(
        "cost.change_order",
        "  - from: 2027-07-01\n",
        "  - {from: 2027-08-01, wage: 42.00}\n  - from: 2027-07-01\n",
        "from: 2027-07-01",
    ),
    Slip("cost.amount", HALF_HOUR, "{item: therapist_time}", "{item: therapist_time}"),
    Slip("cost.amount", "quantity: 36}", "quantity: 36, steps: [{what: {en: a, zh: 一}, quantity: 1}]}", "quantity: 36"),
    Slip("cost.not_ready", "items: [therapist_time, rooms]", "items: [therapist_time, kit_bought]", "kit_bought]"),
    Slip("cost.over_capacity", "standard, number: 620}", "standard, number: 6200}", "- id: rooms"),
    Slip("cost.fees_take_all", "share: 0.029", "share: 0.80", "list_price: 64.00"),
    Slip("price.floor_rises", "wage: 41.00", "wage: 61.00", "list_price: 90.00"),
    Slip("price.way_under_floor", "share: 0.05\n", "share: 0.20\n", "list_price: 90.00"),
    Slip("reference.mistyped", "  role: therapist\n", "  role: terapist\n", "role: terapist"),
    Slip("reference.mistyped", "driver: desk_minutes", "driver: desk_minute", "driver: desk_minute"),
    Slip("reference.unknown", "{service: members_plan, n", "{service: gold, n", "{service: gold"),
    Slip("reference.mistyped", "tier: extended, number", "tier: extend, number", "tier: extend, number"),
    Slip("cost.waste", "waste: 0.10", "waste: 1", "waste: 1"),
    Slip("cost.waste", "waste: 0.10", "waste: -0.10", "waste: -0.10"),
    Slip("cost.quantity", HALF_HOUR, "{item: therapist_time, quantity: 0}", "time, quantity: 0}"),
    Slip("cost.quantity", HALF_HOUR, "{item: therapist_time, quantity: -1}", "time, quantity: -1}"),
    Slip("cost.absurd", HALF_HOUR, "{item: therapist_time, quantity: 75}", "time, quantity: 75}"),
    Slip("price.margin", "margin: 0.20", "margin: 20", "margin: 20"),
    Slip("price.margin", "margin: 0.20", "margin: 1", "margin: 1"),
    Slip("price.margin", "margin: 0.20", "margin: -0.20", "margin: -0.20"),
    Slip("price.under_floor", "list_price: 90.00", "list_price: 72.10", "72.10"),
    Slip("price.promotion_under_floor", "percent: 0.05", "percent: 0.20", "percent: 0.20"),
    Slip("price.promotion_under_floor", "percent: 0.05", "amount: 25.00", "amount: 25.00"),
    Slip("price.guard_binds", "at_least: 24, change: -0.08", "at_least: 24, change: -0.18", "list_price: 109.00"),
    Slip("price.guard_binds", "change: -0.04", "change: -0.24", "list_price: 105.00"),
    Slip("tax.rate", "rate: 0.09375", "rate: 9.375", "rate: 9.375"),
    # --- seasons, promotions, thanks
    Slip("season.day", "ends: 01-31", "ends: 02-30", "ends: 02-30"),
    Slip("season.overlap", "starts: 07-01", "starts: 05-15", "- id: summer_holidays"),
    Slip("season.overlap", "ends: 12-20", "ends: 01-02", "- id: busy_autumn"),
    Slip("season.change", "change: 0.03", "change: 3", "change: 3"),
    Slip("promotion.dates", "ends: 2027-01-31", "ends: 2026-01-31", "ends: 2026-01-31"),
    Slip("promotion.over", "2026-11-23\n  ends: 2027-01-31", "2026-01-01\n  ends: 2026-11-22", "ends: 2026-11-22"),
    Slip("promotion.form", "percent: 0.05", "percent: 0.05\n  amount: 5.00", "- id: new_room"),
    Slip("promotion.form", "  percent: 0.05\n", "", "- id: new_room"),
    Slip("promotion.percent", "percent: 0.05", "percent: 5", "percent: 5"),
    Slip("promotion.percent", "percent: 0.05", "percent: -0.05", "percent: -0.05"),
    Slip("promotion.amount", "percent: 0.05", "amount: 0", "amount: 0"),
    Slip("promotion.code", "  code: RIVER-8\n", "", "- id: leaflet"),
    Slip("promotion.two_codes", "  coupon: code\n  code: RIVER-8", "  coupon: own_codes\n  referral: true", "- id: leaflet"),
    Slip("promotion.excludes_itself", "excludes: [new_room]", "excludes: [student_price]", "excludes: [student_price]"),
    Slip("promotion.too_many", "\npromotions:\n", "\npromotions:\n" + CLASHING, "- id: one_of_many_0"),
    # --- conditions, fees, guards, what data is worth
    Slip("shape.time", 'after: "18:00"', 'after: "25:00"', "25:00"),
    Slip("when.empty", "when: {lead_least: 21}", "when: {}", "when: {}"),
    Slip("when.half", "when: {lead_least: 21}", "when: {starts: 03-01}", "when: {starts"),
    Slip("when.no_time", 'before: "21:00"', 'before: "18:00"', 'after: "18:00"'),
    Slip("when.order", "when: {lead_least: 21}", "when: {lead_least: 21, lead_most: 7}", "lead_most: 7"),
    Slip("condition.change", "change: -0.05\n  why:\n    en: \"A class", "change: -1\n  why:\n    en: \"A class", "change: -1"),
    Slip("condition.group_pays_more", "when: {weekdays: [mon", "when: {groups: [students], weekdays: [mon", "change: 0.05"),
    Slip("fee.form", GUARDS, FEE.format("") + GUARDS, "- id: paper"),
    Slip("fee.form", GUARDS, FEE.format("amount: 1.00\n  percent: 0.01") + GUARDS, "- id: paper"),
    Slip("fee.percent", GUARDS, FEE.format("percent: 1.5") + GUARDS, "percent: 1.5"),
    Slip("guards.share", "cap: 0.10", "cap: -0.10", "cap: -0.10"),
    Slip("data_value.interval", "low: 7.90", "low: 11.90", "amount: 10.20"),
    Slip("data_value.zero", "low: 7.90", "low: -7.90", "low: -7.90"),
    Slip("data_value.missing", OF_MEMBERS, OF_MEMBERS.replace("members_plan", "treatment"), "- id: long_members"),
    Slip("money.too_fine", "percent: 0.05", "amount: 4.999", "amount: 4.999"),
    Slip("loyalty.raises", "at_least: 20, change: -0.08", "at_least: 20, change: 0.08", "change: 0.08"),
    Slip("loyalty.too_much", "at_least: 20, change: -0.08", "at_least: 20, change: -1", "change: -1}"),
    Slip("loyalty.order", "at_least: 20, change: -0.08", "at_least: 5, change: -0.08", "at_least: 5"),
    Slip("loyalty.fact_not_declared", "facts: [visits, months]", "facts: [visits]", "fact: months"),
    # --- agreements, points, credit
    Slip("agreement.rate", "  rate: 0.05\n  source: {en: What our bank", "  rate: 5\n  source: {en: What our bank", "rate: 5\n"),
    Slip("agreement.cap", "    cap: 0.03\n", "", "  - id: two_years"),
    Slip("agreement.cap_share", "    cap: 0.03\n", "    cap: 3\n", "cap: 3\n"),
    Slip("agreement.index", "    index: living", "    index: moon", "index: moon"),
    Slip("agreement.index_value", "value: 348.10", "value: 0", "value: 0}"),
    Slip("agreement.index_twice", "published: 2026-11-12", "published: 2025-11-13", "value: 358.55"),
    Slip("agreement.unit", BY_MONTH, "services: [treatment]\n    tiers: [standard]", "[treatment]\n    tiers: [standard]"),
    Slip("agreement.tier", "    tiers: [standard, plus]\n  - id: two", "    tiers: [golden]\n  - id: two", "[golden]"),
    Slip("agreement.pays_more", PLANS_AHEAD, PLANS_AHEAD.replace("-", ""), "change: 0.04", last=True),
    Slip("reference.unknown", "when: {terms: [year, two_years]}", "when: {terms: [moon]}", "[moon]"),
    Slip("reference.duplicate_id", "  - id: two_years", "  - id: year", "  - id: year", last=True),
    Slip("points.worth", "  worth: 0.01\n  months", "  worth: 0.90\n  months", "worth: 0.90"),
    Slip("points.used", "  used: 0.75", "  used: 75", "used: 75"),
    Slip("points.level", "at_least: 600, times: 1.5", "at_least: 600, times: 0.5", "times: 0.5"),
    Slip("points.share", "at_least: 600, times: 1.5", "at_least: 600, times: 1.5, share: 1.5", "share: 1.5"),
    Slip("credit.offer", "offer: bring_a_friend, amount", "offer: new_room, amount", "offer: new_room"),
    # --- words
    Slip("words.braces", "en: Your name and how", "en: Your {name} and how", "en: Your {name}"),
    Slip("words.jargon", "In January many places", "Pursuant to January, many places", "Pursuant"),
    Slip("words.vague", "一月空位多", "一月有相关空位", "相关空位"),
    Slip("words.trade", "We sell no data.", "We tell no third parties.", "third parties"),
    Slip("words.trick", "We send nothing. Your", "Are you sure you want to miss it? Your", "Are you sure"),
    Slip("words.long", "We send nothing. Your", "We send " + "and " * 20 + "nothing and your", "and and"),
    Slip("words.too_long", "我们不发短信", "我们不发" + "很" * 66 + "短信", "很很很"),
]  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.code}-{slip.new[:24].strip()!r}")
def test_a_slip_is_found_with_its_line(slip: Slip) -> None:
    assert slip.old in SAMPLE
    broken = SAMPLE.replace(slip.old, slip.new, 1)
    found = [finding for finding in findings(broken, TODAY) if finding.code == slip.code]
    place = (broken.rindex if slip.last else broken.index)(slip.on)
    assert broken[:place].count("\n") + 1 in [finding.line for finding in found]
    severity = "warning" if slip.code in WARNINGS else "error"
    for finding in found:
        assert finding.severity == severity
        assert finding.file == "business.yaml"
        assert finding.message and finding.mend and finding.text.zh and finding.how.zh


def test_sensitive_data_for_all_eyes_is_told_where_no_law_forbids_it() -> None:
    abroad = SAMPLE.replace("place: US-CA\n  currency", "place: JP\n  currency").replace(
        REVIEWS, REVIEWS.replace("contact", "health")
    )
    found = {finding.code: finding.line for finding in findings(abroad, TODAY)}
    assert found["sharing.sensitive"] == abroad[: abroad.index("recipients: [review_site]")].count("\n") + 1
    assert "law.forbidden" not in found


def test_the_sample_shows_only_what_it_shows_on_purpose() -> None:
    assert [(finding.code, finding.line) for finding in findings(SAMPLE, TODAY)] == ON_PURPOSE


def test_all_faults_of_form_are_told_at_once() -> None:
    broken = (
        SAMPLE.replace("currency: USD", "curency: USD", 1)
        .replace("wage: 40.00", "wage: $40")
        .replace("book: 1", "book: 2")
    )
    assert [finding.code for finding in findings(broken, TODAY)] == [
        "shape.mistyped_value", "shape.mistyped_key", "shape.not_a_number",
    ]  # fmt: skip


def test_the_sentences_name_what_is_wrong_and_what_to_write() -> None:
    mistyped = findings(SAMPLE.replace("purposes:\n", "purpose:\n", 1), TODAY)[0]
    assert mistyped.say("en") == (
        "business.yaml:52:1: error: Unknown key “purpose”. Did you mean “purposes”? [shape.mistyped_key]"
    )
    assert mistyped.say("zh").startswith("business.yaml:52:1: 错误: 没有 “purpose” 这个键。")
    low = next(
        f for f in findings(SAMPLE.replace("90.00\n", "70.00\n"), TODAY) if f.code == "price.under_floor"
    )
    assert low.message == (
        "Treatment, Standard: the list price $70.00 is $2.11 under the floor $72.11 (full cost $57.62, margin 20 %)."
    )
    cheap = next(
        finding
        for finding in findings(SAMPLE.replace("percent: 0.05", "percent: 0.20"), TODAY)
        if finding.code == "price.promotion_under_floor" and "Standard" in finding.message
    )
    assert cheap.message == (
        "Opening our fourth room takes Treatment, Standard to $67.68 on 2027-01-02 (Quiet January); "
        "that is $4.43 under the floor $72.11."
    )
