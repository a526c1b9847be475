"""The closed lists of what a rule may ask: conditions on facts, and kinds of checks.

`form` holds the rest of a pack.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from aboveboard.law.vocabulary import number

#: A fact's name, or a number or a day written out.
Operand = Any


# ---------------------------------------------------------------------------------------------------- conditions
_TESTS = ("equals", "one_of", "none_of", "has", "nonempty", "gt", "gte", "lt", "lte")


class Condition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `all`, `any` or `not` of conditions, or one test of one fact."""

    all_of: list[Condition] | None = field(default=None, name="all")
    any_of: list[Condition] | None = field(default=None, name="any")
    negated: Condition | None = field(default=None, name="not")
    fact: str | None = None
    equals: Any = field(default=UNSET, name="is")
    one_of: list[Any] | UnsetType = field(default=UNSET, name="in")
    none_of: list[Any] | UnsetType = field(default=UNSET, name="not_in")
    has: Any = UNSET
    nonempty: bool | UnsetType = UNSET
    gt: Any = UNSET
    gte: Any = UNSET
    lt: Any = UNSET
    lte: Any = UNSET

    def __post_init__(self) -> None:
        forms = [part for part in (self.all_of, self.any_of, self.negated, self.fact) if part is not None]
        tests = [name for name in _TESTS if getattr(self, name) is not UNSET]
        if len(forms) != 1 or (self.fact is None and tests):
            raise ValueError("a condition is either all, any or not of conditions, or a fact with one test")
        if self.fact is not None and len(tests) != 1:
            raise ValueError(
                "a condition on a fact has exactly one test: is, in, not_in, has, nonempty, gt, gte, lt or lte"
            )
        if self.all_of == [] or self.any_of == []:
            raise ValueError("all and any need at least one condition")

    @property
    def test(self) -> str:
        """Which test it is, by the name of the attribute."""
        return next(name for name in _TESTS if getattr(self, name) is not UNSET)


# -------------------------------------------------------------------------------------------------------- checks
class _Check(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every kind of check may have."""

    only_if: Condition | None = None
    otherwise: Literal["fail", "undecided"] = field(default="fail", name="else")


class Deadline(_Check, frozen=True, kw_only=True, tag="deadline"):
    """It was done by the day that the rule's clock gives."""

    done: str


class Is(_Check, frozen=True, kw_only=True, tag="is"):
    """The fact has this value."""

    fact: str
    value: Any


class In(_Check, frozen=True, kw_only=True, tag="in"):
    """The fact has one of these values."""

    fact: str
    values: list[Any]


class Nonempty(_Check, frozen=True, kw_only=True, tag="nonempty"):
    """There is something in it."""

    fact: str


class Empty(_Check, frozen=True, kw_only=True, tag="empty"):
    """There is nothing in it."""

    fact: str


class _Compare(_Check, frozen=True, kw_only=True):
    left: Operand
    right: Operand


class Lte(_Compare, frozen=True, kw_only=True, tag="lte"):
    """Left is at most right."""


class Lt(_Compare, frozen=True, kw_only=True, tag="lt"):
    """Left is less than right."""


class Gte(_Compare, frozen=True, kw_only=True, tag="gte"):
    """Left is at least right."""


class Gt(_Compare, frozen=True, kw_only=True, tag="gt"):
    """Left is more than right."""


class Eq(_Compare, frozen=True, kw_only=True, tag="eq"):
    """Both are the same."""


class Between(_Check, frozen=True, kw_only=True, tag="between"):
    """The fact lies between two bounds, both included; one may be left out."""

    fact: str
    min: Operand = None
    max: Operand = None

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise ValueError("between needs min or max")


class Before(_Check, frozen=True, kw_only=True, tag="before"):
    """Left came not later than `days` before right."""

    left: str
    right: str
    days: int = 0


class WindowBefore(_Check, frozen=True, kw_only=True, tag="window_before"):
    """The notice came neither too late nor too early before the event."""

    event: str
    notice: str
    min_days: int | None = None
    max_days: int | None = None

    def __post_init__(self) -> None:
        if self.min_days is None and self.max_days is None:
            raise ValueError("window_before needs min_days or max_days")
        if self.min_days is not None and self.max_days is not None and self.min_days > self.max_days:
            raise ValueError("min_days lies above max_days")


class NoneAfter(_Check, frozen=True, kw_only=True, tag="none_after"):
    """Nothing happened later than `days` after the cutoff."""

    cutoff: str
    events: str
    days: int = 0


class Covers(_Check, frozen=True, kw_only=True, tag="covers"):
    """Everything that is needed is there. `need` is a list, or a fact that holds one."""

    have: str
    need: list[str] | str


class EveryRecipient(_Check, frozen=True, kw_only=True, tag="every_recipient"):
    """Each recipient was told, or is excused for a listed reason."""

    recipients: str
    notices: str
    excuses: str
    excuse_reasons: list[str] = []


class LookbackMax(_Check, frozen=True, kw_only=True, tag="lookback_max"):
    """The value is not above the lowest price of the days before the anchor."""

    value: str
    history: str
    anchor: str
    days: int
    history_type: Literal["deals", "intervals"] = "deals"
    stat: Literal["min"] = "min"
    fallback: Literal["last_before", "undecided"] = "undecided"

    def __post_init__(self) -> None:
        if not 0 < self.days <= 3660:
            raise ValueError("days is from 1 to 3660")


class PctMatches(_Check, frozen=True, kw_only=True, tag="pct_matches"):
    """The percentage that is told is the one that two prices give."""

    pct: str
    base: str
    now: str
    #: A number.
    tolerance: Any = 0

    def __post_init__(self) -> None:
        tolerance = number(self.tolerance)
        if tolerance is None or tolerance < 0:
            raise ValueError("tolerance is 0 or more percentage points")


class RiseMax(_Check, frozen=True, kw_only=True, tag="rise_max"):
    """It did not rise by more than so many percent."""

    before: str
    after: str
    percent: Operand


class SumIncluded(_Check, frozen=True, kw_only=True, tag="sum_included"):
    """What is shown includes every part."""

    shown: str
    base: str
    parts: str


class FloorOrReason(_Check, frozen=True, kw_only=True, tag="floor_or_reason"):
    """The price is not under the floor, or there is an allowed reason."""

    price: str
    floor: str
    reason: str
    allowed: list[str]


class TextPresent(_Check, frozen=True, kw_only=True, tag="text_present"):
    """One of these wordings stands there."""

    needle: str | list[str]
    haystack: str


class TextAbsent(_Check, frozen=True, kw_only=True, tag="text_absent"):
    """None of these wordings stands there."""

    needle: str | list[str]
    haystack: str


class Disjoint(_Check, frozen=True, kw_only=True, tag="disjoint"):
    """Nothing forbidden is among them."""

    left: str
    forbidden: list[str] | str


class DisjointUnless(_Check, frozen=True, kw_only=True, tag="disjoint_unless"):
    """Nothing forbidden is among them, unless a fact is true."""

    left: str
    forbidden: list[str] | str
    unless: str


class Subset(_Check, frozen=True, kw_only=True, tag="subset"):
    """Everything among them is allowed."""

    left: str
    allowed: list[str] | str


class KeptFor(_Check, frozen=True, kw_only=True, tag="kept_for"):
    """It was not thrown away too early."""

    destroyed: str
    since: str
    amount: int
    unit: Literal["calendar_day", "week", "month", "year"]

    def __post_init__(self) -> None:
        if not 0 < self.amount <= 10_000:
            raise ValueError("an amount of time is from 1 to 10000")


class All(_Check, frozen=True, kw_only=True, tag="all"):
    """Every one of these holds."""

    of: list[Check]

    def __post_init__(self) -> None:
        if not self.of:
            raise ValueError("all needs at least one check")


class Any_(_Check, frozen=True, kw_only=True, tag="any"):  # noqa: N801 - `any` is the law's own word
    """At least one of these holds."""

    of: list[Check]

    def __post_init__(self) -> None:
        if not self.of:
            raise ValueError("any needs at least one check")


Check = (
    Deadline | Is | In | Nonempty | Empty | Lte | Lt | Gte | Gt | Eq | Between | Before | WindowBefore | NoneAfter | Covers
    | EveryRecipient | LookbackMax | PctMatches | RiseMax | SumIncluded | FloorOrReason | TextPresent | TextAbsent
    | Disjoint | DisjointUnless | Subset | KeptFor | All | Any_
)  # fmt: skip
KINDS: dict[str, type] = {str(kind.__struct_config__.tag): kind for kind in Check.__args__}
