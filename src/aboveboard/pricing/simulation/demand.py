"""What was asked for, as columns: requests of one tier each, and what is known of them for reports only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aboveboard.pricing.columns import Columns


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something known of customers for reports only: the `names` of its values. It never enters a price."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """Requests for one tier. `reported` has for each attribute an int64 array: the place of each row's value, -1 unknown.

    `channel` and `segment` are those of the costs where the columns hold no requests that say it. What must be known beside the
    book may differ between two books (what an offer counts from does): `drafted` are the rows as the second one prices them.
    """

    service: str
    tier: str
    rows: int
    columns: Columns
    channel: str | None = None
    segment: str | None = None
    reported: Mapping[str, Any] = field(default_factory=dict)
    drafted: Columns | None = None

    def only(self, rows: Any) -> Slice:
        """Return the rows that an array of truth values chooses."""
        import numpy as np

        reported = {name: np.asarray(values)[rows] for name, values in self.reported.items()}
        return replace(
            self,
            rows=int(np.count_nonzero(rows)),
            columns=self.columns.only(rows),
            reported=reported,
            drafted=None if self.drafted is None else self.drafted.only(rows),
        )


@dataclass(frozen=True, slots=True)
class Demand:
    """Everything that was asked for in a time, and the attributes that are reported."""

    slices: tuple[Slice, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many requests there are."""
        return sum(each.rows for each in self.slices)
