"""Money is a whole number of the currency's smallest unit; everything between is an exact `Decimal`.

A price of 84.00 dollars is `8400`; of 84 yen it is `84`. Rates and hourly costs stay `Decimal`, and the moment a fraction
becomes a whole unit is a rounding that the caller shows as a step of its own: `split` returns both halves.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from aboveboard.words.text import Text

#: ISO 4217 currencies whose smallest unit is not a hundredth.
_EXPONENTS = {
    "BIF": 0,
    "CLP": 0,
    "ISK": 0,
    "JPY": 0,
    "KRW": 0,
    "PYG": 0,
    "VND": 0,
    "XAF": 0,
    "XOF": 0,
    "BHD": 3,
    "JOD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
}
_SIGNS_EN = {"USD": "$", "GBP": "£", "EUR": "€", "CNY": "¥", "JPY": "¥"}
_NAMES_ZH = {
    "USD": "美元",
    "GBP": "英镑",
    "EUR": "欧元",
    "CNY": "元",
    "JPY": "日元",
    "HKD": "港元",
    "SGD": "新加坡元",
}

#: A larger amount in a book or a request is a slip of the keyboard, not a price (ten billion of the main unit).
LARGEST = 10**12


class MoneyError(ValueError):
    """An amount that cannot be money; the message is a sentence for the person who typed it."""


def exponent(currency: str) -> int:
    """Return how many decimal places `currency` (ISO 4217 code) has."""
    return _EXPONENTS.get(currency, 2)


def minor(amount: str | Decimal, currency: str) -> int:
    """Return decimal text such as `"84.00"` as minor units (8400).

    Raises `MoneyError` for anything that is not a plain finite number, is finer than the smallest unit, or is absurdly large.
    """
    text = str(amount).strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise MoneyError(f"'{text}' is not an amount of money; write it like 84.00") from None
    if not value.is_finite():
        raise MoneyError(f"'{text}' is not an amount of money; write it like 84.00")
    if abs(value) > LARGEST:
        raise MoneyError(f"{text} is too large to be a price; the limit is {LARGEST:,}")
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise MoneyError(
            f"{text} is finer than the smallest coin of {currency}; use at most {exponent(currency)} decimals"
        )
    return int(scaled)


def in_minor(amount: Decimal, currency: str) -> Decimal:
    """Return an exact amount of the main unit as an exact number of minor units, unrounded."""
    return amount.scaleb(exponent(currency))


def split(exact: Decimal) -> tuple[int, int]:
    """Return an exact number of minor units as (cut toward zero, rounding that must be added).

    The sum of both is `exact` rounded half away from zero; the second is -1, 0 or 1.
    """
    with localcontext() as context:
        context.prec = 50
        cut = int(exact.to_integral_value(ROUND_DOWN))
        return cut, int(exact.to_integral_value(ROUND_HALF_UP)) - cut


def plain(amount: int, currency: str) -> str:
    """Return minor units as decimal text without a sign of currency: `8400` USD is `"84.00"`."""
    places = exponent(currency)
    return f"{Decimal(amount).scaleb(-places):,.{places}f}"


def show(amount: int, currency: str) -> Text:
    """Return minor units as people write them: `$84.00`, `84.00 美元`; a minus is a true minus sign."""
    sign, digits = ("\u2212" if amount < 0 else ""), plain(abs(amount), currency)
    mark = _SIGNS_EN.get(currency)
    return Text(
        en=f"{sign}{mark}{digits}" if mark else f"{sign}{digits} {currency}",
        zh=f"{sign}{digits} {_NAMES_ZH.get(currency, currency)}",
    )
