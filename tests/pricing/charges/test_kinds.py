"""Each kind of charge as a price list: what is counted, what it comes to, what happened."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest

from aboveboard.book.model import Meter
from aboveboard.money import exponent
from aboveboard.pricing import PriceError
from aboveboard.pricing.charges import Setting, compile_charge, line
from tests.pricing.charges.charged import METERS, SETTING, D, bands, both, charge

BANDS = bands("100:1.00", "500:0.80", "-:0.605")
STEPPED = bands("10:+50", "100:2.00", "-:1.50+20")

TABLE = [
    # a flat amount does not look at what is counted
    (charge("flat", price="20.00"), "0", 2000, "flat"),
    (charge("flat", price="20.00"), "7", 2000, "flat"),
    # so much for each; a price for each may be finer than a coin, and the line is rounded once
    (charge("per_unit", price="3.00"), "0", 0, "none"),
    (charge("per_unit", price="3.00"), "4", 1200, "band_1"),
    (charge("per_unit", price="0.002", counts="ball"), "1", 0, "band_1"),
    (charge("per_unit", price="0.002", counts="ball"), "2", 0, "band_1"),
    (charge("per_unit", price="0.0025", counts="ball"), "2", 1, "band_1"),  # half a cent goes up
    (charge("per_unit", price="0.002", counts="ball"), "1250", 250, "band_1"),
    (charge("per_unit", price="3.00", counts="km"), "1.5", 450, "band_1"),
    # free ones are taken off first
    (charge("per_unit", price="3.00", free="2"), "1", 0, "free"),
    (charge("per_unit", price="3.00", free="2"), "2", 0, "free"),
    (charge("per_unit", price="3.00", free="2"), "3", 300, "band_1"),
    (charge("per_unit", price="3.00", free="0.5", counts="km"), "1.5", 300, "band_1"),
    # graduated: each part has its own price; 100 belongs to the first part, 100.5 to the second
    (charge("graduated", bands=BANDS, counts="km"), "99.9", 9990, "band_1"),
    (charge("graduated", bands=BANDS, counts="km"), "100", 10000, "band_1"),
    (charge("graduated", bands=BANDS, counts="km"), "100.5", 10040, "band_2"),
    (charge("graduated", bands=BANDS, counts="km"), "101", 10080, "band_2"),
    (charge("graduated", bands=BANDS, counts="km"), "500", 42000, "band_2"),
    (charge("graduated", bands=BANDS, counts="km"), "501", 42061, "band_3"),  # 420.605
    (charge("graduated", bands=STEPPED), "1", 5000, "band_1"),
    (charge("graduated", bands=STEPPED), "10", 5000, "band_1"),
    (charge("graduated", bands=STEPPED), "11", 5200, "band_2"),
    (charge("graduated", bands=STEPPED), "101", 5000 + 18000 + 2000 + 150, "band_3"),
    (
        charge("graduated", bands=BANDS, counts="km", free="100"),
        "150",
        5000,
        "band_1",
    ),  # bands count what is left
    # volume: the number sets one price for all
    (charge("volume", bands=BANDS, counts="km"), "100", 10000, "band_1"),
    (charge("volume", bands=BANDS, counts="km"), "100.5", 8040, "band_2"),
    (charge("volume", bands=BANDS, counts="km"), "500.1", 30256, "band_3"),  # 302.5605
    (charge("volume", bands=STEPPED), "10", 5000, "band_1"),
    (charge("volume", bands=STEPPED), "0", 0, "none"),
    # packages: a begun one counts whole
    (charge("package", price="8.00", size="10"), "0", 0, "none"),
    (charge("package", price="8.00", size="10"), "1", 800, "band_1"),
    (charge("package", price="8.00", size="10"), "10", 800, "band_1"),
    (charge("package", price="8.00", size="10"), "11", 1600, "band_1"),
    (charge("package", price="8.00", size="10", free="1"), "11", 800, "band_1"),
    (charge("package", size="2.5", price="8.00", counts="km"), "2.6", 1600, "band_1"),
    (charge("package", size="10", bands=bands("2:8.00", "-:7.00")), "20", 1600, "band_1"),
    (charge("package", size="10", bands=bands("2:8.00", "-:7.00")), "21", 2100, "band_2"),
    # a share, with least and most
    (charge("percentage", percent="0.029", counts="turnover"), "1000", 2900, "band_1"),
    (charge("percentage", percent="0.029", counts="turnover", least="0.30"), "0", 0, "none"),
    (charge("percentage", percent="0.029", counts="turnover", least="0.30"), "0.01", 30, "least"),
    (
        charge("percentage", percent="0.029", counts="turnover", least="0.29"),
        "10",
        29,
        "band_1",
    ),  # exactly as much
    (
        charge("percentage", percent="0.029", counts="turnover", most="50.00"),
        "1724.13",
        5000,
        "band_1",
    ),  # 49.99977
    (charge("percentage", percent="0.029", counts="turnover", most="50.00"), "1724.14", 5000, "most"),
    (charge("percentage", percent="0.10", counts="turnover", free="100"), "100.05", 1, "band_1"),
    # a capacity, and what goes over it
    (charge("capacity", price="40.00", included="10", overage="5.00", counts="ball"), "0", 4000, "none"),
    (charge("capacity", price="40.00", included="10", overage="5.00", counts="ball"), "10", 4000, "band_1"),
    (charge("capacity", price="40.00", included="10", overage="5.00", counts="km"), "10.1", 4050, "band_2"),
    (charge("capacity", price="40.00", included="10", overage="5.00", counts="ball"), "13", 5500, "band_2"),
    # time in seconds: begun units whole, or to the second
    (charge("time", price="12.00", per="hour"), "0", 0, "none"),
    (charge("time", price="12.00", per="hour"), "1", 1200, "band_1"),
    (charge("time", price="12.00", per="hour"), "3600", 1200, "band_1"),
    (charge("time", price="12.00", per="hour"), "3601", 2400, "band_1"),
    (charge("time", price="12.00", per="hour", begun="exact"), "8401", 2800, "band_1"),  # 28.00333
    (charge("time", price="1.00", per="quarter_hour"), "901", 200, "band_1"),
    (charge("time", price="1.00", per="minute", free="30"), "1800", 0, "free"),
    (charge("time", price="1.00", per="minute", free="30"), "1860", 100, "band_1"),
    (charge("time", price="90.00", per="day"), "86401", 18000, "band_1"),
]


@pytest.mark.parametrize(
    ("what", "counted", "amount", "code"),
    TABLE,
    ids=[f"{w.kind}-{c}-{n}" for n, (w, c, _, _) in enumerate(TABLE)],
)
def test_what_a_charge_comes_to(what, counted, amount, code):
    made = line(compile_charge(what, SETTING), D(counted))
    assert (made.amount, made.code) == (amount, code)
    assert abs(made.rounding) <= D("0.5")
    assert made.how.en and made.how.zh and made.says.en and made.says.zh
    assert "{" not in made.how.en + made.how.zh + made.says.en + made.says.zh


@pytest.mark.parametrize(
    ("currency", "price", "counted", "amount", "how"),
    [
        ("USD", "0.335", 3, 101, "3 pieces × $0.335"),
        ("JPY", "0.5", 3, 2, "3 pieces × ¥0.5"),  # one yen and a half is two: half away from zero
        ("JPY", "120", 3, 360, "3 pieces × ¥120"),
        ("KWD", "0.0005", 3, 2, "3 pieces × 0.0005 KWD"),
        ("KWD", "1.250", 3, 3750, "3 pieces × 1.250 KWD"),
    ],
)
def test_currencies_with_none_two_and_three_decimals(currency, price, counted, amount, how):
    made = line(compile_charge(charge("per_unit", price=price), currency), counted)
    assert (made.amount, made.how.en) == (amount, how)


HOSTILE = ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "-0.5", "0.5", "1E+19", "1000000000000000001"]


@pytest.mark.parametrize("counted", HOSTILE)
@pytest.mark.parametrize(
    "what", [charge("per_unit", price="1"), charge("volume", bands=BANDS, counts="ball")]
)
def test_counts_that_cannot_be(what, counted):
    with pytest.raises(PriceError) as refused:
        line(compile_charge(what, SETTING), D(counted))
    assert refused.value.code == "bad_usage"
    assert refused.value.text.en and refused.value.text.zh


def test_minus_nothing_is_nothing():
    made = line(compile_charge(charge("per_unit", price="1"), SETTING), D("-0"))
    assert (made.amount, made.code, str(made.counted)) == (0, "none", "0")


def test_10_to_the_18_is_counted_exactly_or_refused():
    cheap = compile_charge(charge("per_unit", price="0.000000000001"), SETTING)
    assert line(cheap, 10**18).amount == 10**8
    with pytest.raises(PriceError) as refused:
        line(compile_charge(charge("per_unit", price="1"), SETTING), 10**18)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(
    ("counted", "fits"),
    [("1.5", True), ("1.50", True), ("1.55", False), (Fraction(1, 3), False), (1.5, True)],
)
def test_a_meter_is_read_as_finely_as_the_book_says(counted, fits):
    rule = compile_charge(charge("per_unit", price="1", counts="km"), SETTING)
    if fits:
        assert line(rule, D(counted) if isinstance(counted, str) else counted).amount == 150
    else:
        with pytest.raises(PriceError, match="at most 1 decimals"):
            line(rule, D(counted) if isinstance(counted, str) else counted)


@pytest.mark.parametrize(
    ("currency", "fits", "finer"),
    [("JPY", "100", "100.5"), ("USD", "100.05", "100.005"), ("KWD", "100.005", "100.0005")],
)
def test_money_that_is_counted_is_as_fine_as_its_coins(currency, fits, finer):
    """A fifth of what passed through, in yen, cents and fils; a meter that says how fine it is keeps its word."""
    passed = Meter(id="passed", name=both("Passed"), one=both("unit"), many=both("units"), unit="money")
    fifth = charge("percentage", percent="0.20", counts="passed")
    rule = compile_charge(fifth, Setting(currency, (passed,)))
    scale = 10 ** exponent(currency)
    assert line(rule, D(fits)).amount == D(fits) * scale / 5
    with pytest.raises(PriceError, match=f"at most {exponent(currency)} decimals"):
        line(rule, D(finer))
    whole = msgspec.structs.replace(passed, decimals=0)
    with pytest.raises(PriceError, match="at most 0 decimals"):
        line(compile_charge(fifth, Setting(currency, (whole,))), D("100.5"))


BROKEN = [
    charge("flat"),
    charge("flat", price="1.005"),
    charge("flat", price="-1"),
    charge("flat", price="NaN"),
    charge("per_unit", price="-0.01"),
    charge("per_unit", price="Infinity"),
    charge("per_unit", price="1E-13"),
    charge("per_unit", price="1", counts="nobody"),
    charge("graduated"),
    charge("graduated", bands=bands("100:1")),
    charge("graduated", bands=bands("-:1", "100:1")),
    charge("graduated", bands=bands("100:1", "100:2", "-:1")),
    charge("volume", bands=bands("100:1", "50:2", "-:1")),
    charge("volume", bands=bands("0:1", "-:1")),
    charge("package", price="1"),
    charge("package", price="1", size="0"),
    charge("package", price="1", size="-1"),
    charge("percentage"),
    charge("capacity", price="1", included="0", overage="1"),
    charge("capacity", price="1", included="3"),
    charge("time", price="1"),
    charge("per_unit", price="1", free="-1"),
]


@pytest.mark.parametrize("what", BROKEN, ids=[f"{c.kind}-{n}" for n, c in enumerate(BROKEN)])
def test_a_broken_charge_is_refused_with_its_place(what):
    with pytest.raises(PriceError) as refused:
        compile_charge(what, Setting("USD", METERS, where="services.club.basic"))
    assert refused.value.code == "book_broken" and "services.club.basic.use" in str(refused.value)


@pytest.mark.parametrize(
    ("what", "en", "zh"),
    [
        (charge("graduated", bands=BANDS, counts="km"),
         "Each part has its own price. The first 100 kms: $1.00 for each km. "
         "From more than 100 kms up to 500 kms: $0.80 for each km. "
         "More than 500 kms: $0.605 for each km. 100 itself still belongs to the lower part; anything more does not.",
         "每一段按自己的价格算。前 100 「kms」：每「km」 1.00 美元。超过 100 「kms」、不超过 500 「kms」：每「km」 0.80 美元。"
         "超过 500 「kms」：每「km」 0.605 美元。正好 100，还算在前一段；多一点就算下一段。"),
        (charge("package", price="8.00", size="10", counts="ball"),
         "$8.00 for each package of 10 balls. A begun package counts whole.", None),
        (charge("percentage", percent="0.029", counts="turnover", least="0.30", most="50.00"),
         "2.9% of “turnover”. At least $0.30. At most $50.00.", None),
        (charge("percentage", percent="0.10"), "10% of the amounts above.", "以上各项之和的 10%。"),
        (charge("capacity", price="40.00", included="10", overage="5.00", counts="ball"),
         "$40.00, with up to 10 balls included. Each ball more: $5.00.", None),
        (charge("time", price="12.00", per="half_hour", free="1"),
         "No charge for the first 1 half hour. $12.00 for each half hour. A begun one counts whole.", None),
        (charge("pay_what_you_want", least="5.00", suggested="12.00"),
         "You say what you pay, from $5.00 for each piece. We suggest $12.00.", None),
    ],
)  # fmt: skip
def test_the_published_rule_says_prices_and_boundaries(what, en, zh):
    rule = compile_charge(what, SETTING)
    assert rule.says.en == en
    assert zh is None or rule.says.zh == zh


@pytest.mark.parametrize(
    ("what", "counted", "en"),
    [
        (charge("graduated", bands=BANDS, counts="km"), "100.5",
         "the first 100 kms: 100 kms × $1.00; from more than 100 kms up to 500 kms: 0.5 kms × $0.80"),
        (charge("volume", bands=BANDS, counts="km"), "101", "from more than 100 kms up to 500 kms: 101 kms × $0.80"),
        (charge("volume", bands=BANDS, counts="km"), "3", "up to 100 kms: 3 kms × $1.00"),
        (charge("package", price="8.00", size="10", counts="ball"), "23",
         "23 balls in packages of 10 balls: 3 packages × $8.00"),
        (charge("per_unit", price="3.00", free="2", counts="ball"), "5", "5 balls − 2 balls free: 3 balls × $3.00"),
        (charge("capacity", price="40.00", included="10", overage="5.00", counts="ball"), "13",
         "$40.00 with up to 10 balls; over it: 3 balls × $5.00"),
        (charge("time", price="12.00", per="hour"), "8400",
         "2 hours 20 minutes: 3 hours × $12.00, a begun one counts whole"),
        (charge("percentage", percent="0.029", counts="turnover", least="0.30"), "1", "2.9% of $1.00, but at least $0.30"),
    ],
)  # fmt: skip
def test_a_line_says_its_sum(what, counted, en):
    assert line(compile_charge(what, SETTING), D(counted)).how.en == en


def test_the_bands_of_a_line_add_up_to_it():
    made = line(compile_charge(charge("graduated", bands=BANDS, counts="km"), SETTING), D("700.5"))
    assert [(band.band, band.units) for band in made.bands] == [(1, D(100)), (2, D(400)), (3, D("200.5"))]
    assert sum(band.exact for band in made.bands) == made.exact == D("54130.25")
