"""The guards over arrays: the limits of `pricing.guards`, in the same order, with the same reasons."""

from __future__ import annotations

from typing import Any, NamedTuple

from aboveboard.pricing.columns.grounds import Behind, Ground
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.guards import cap_limit, data_limit, floor_limit, lower
from aboveboard.pricing.rules import NOT_SAID


class Guarded(NamedTuple):
    """One guard of all rows: `by` how much it moved the order, `code` an index into `codes`; an empty code: no such step."""

    kind: str
    by: Any
    code: Any
    codes: tuple[str, ...]


def guarded(
    offer: Offer, ground: Ground, behind: Behind, now: Any, low: Any, reduced: Any, counted: Any = 0
) -> tuple[list[Guarded], Any]:
    """Return every guard that this book and these days have, and the price after them; see `quote.guards_of`."""
    import numpy as np

    times, listed, found = ground.times, ground.listed * ground.times, []
    if offer.cap is not None:
        found.append(_down("guard_cap", now, cap_limit(listed, offer.cap), ("below", "lowered")))
        now = now + found[-1].by
    if offer.rise is not None:
        known = np.not_equal(behind.lowest, NOT_SAID)
        limit = np.where(known, cap_limit(behind.lowest * (times * 0 + 1), offer.rise) * times, now)
        rise = _down("guard_rise", now, limit, ("below", "lowered", "no_history"))
        found.append(rise._replace(code=np.where(known, rise.code, 2)))
        now = now + rise.by
    floor = ground.floor * times
    limit = floor_limit(floor, listed)
    lifted = np.less(now, limit)
    code = np.where(lifted, 1, np.where(np.less(now, floor), 2, 0))
    codes = ("guard_floor.above", "guard_floor.lifted", "guard_floor.list_is_lower")
    found.append(Guarded("guard_floor", (limit - now) * lifted, code, codes))
    now = now + found[-1].by
    if low is not None:
        prior = _down("guard_prior", now, low * times, ("true", "lowered"))
        found.append(_only(prior, reduced & (np.equal(counted, 0) | np.not_equal(prior.by, 0))))
        now = now + found[-1].by
    return found, now


def kept_data(offer: Offer, net: Any, common: Any, units: Any, where: Any) -> tuple[Guarded, ...]:
    """Return the guard on what a difference for somebody's data may be, if any row has one; see `guards.keep_data`."""
    import numpy as np

    if not np.any(where):
        return ()
    worth = 0 if offer.worth is None else offer.worth.amount
    limit = data_limit(common, worth * units)
    lifted = np.less(net, limit)
    codes = ("guard_data.within", "guard_data.lifted" if worth else "guard_data.no_worth")
    return (_only(Guarded("guard_data", (limit - net) * lifted, lifted.astype(np.int64), codes), where),)


def kept_common(net: Any, common: Any, read: Any) -> Guarded:
    """Return the guard by which facts only lower a price; see `guards.keep_common`."""
    import numpy as np

    above = np.greater(net, common)
    code = np.where(above, 1, np.where(read, 0, 2))
    codes = ("guard_personal.not_higher", "guard_personal.lowered", "guard_personal.no_data")
    return Guarded("guard_personal", lower(common - net, 0 * net), code, codes)


def _down(kind: str, now: Any, limit: Any, codes: tuple[str, ...]) -> Guarded:
    import numpy as np

    by = lower(limit - now, 0 * now)
    return Guarded(kind, by, np.not_equal(by, 0).astype(np.int64), tuple(f"{kind}.{code}" for code in codes))


def _only(guard: Guarded, where: Any) -> Guarded:
    """Return a guard that some rows have and others have not."""
    import numpy as np

    code = np.where(where, guard.code, len(guard.codes))
    return Guarded(guard.kind, guard.by * where, code, (*guard.codes, ""))
