"""What a rule may look at, as whole numbers.

One request is a `Situation`; a million requests are one array for each of its fields. What was not said or not allowed is
`NOT_SAID`, which no test takes for a value. Sets (coupons, groups, a basket) are bits; places and channels are positions in
the list that the book knows, so a rule never compares text.
"""

from __future__ import annotations

from typing import NamedTuple

#: A field that nobody filled: no visit count was allowed, no time of day was given.
NOT_SAID = -1


class Situation(NamedTuple):
    """The fields of one request.

    `day` is the proleptic ordinal (`date.toordinal`), `year_day` month × 100 + day, `weekday` 0 for Monday, `minute` the
    minute of the local day, `lead` days from booking to the day, `spend` the list price of the whole order in minor units,
    `month` the month of an agreement counted from 1, `term` the place of its terms in the
    book. `coupons` and `used_up` are bits over the offers of the tier, `groups`
    over the book's groups, `basket` over its services. Only `visits` and `months` are personal facts.
    """

    day: int
    year_day: int
    weekday: int
    quantity: int
    spend: int
    minute: int = NOT_SAID
    lead: int = NOT_SAID
    place: int = NOT_SAID
    channel: int = NOT_SAID
    month: int = NOT_SAID
    term: int = NOT_SAID
    coupons: int = 0
    used_up: int = 0
    groups: int = 0
    basket: int = 0
    visits: int = NOT_SAID
    months: int = NOT_SAID


FIELDS = Situation._fields
