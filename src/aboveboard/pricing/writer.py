"""The steps of one price as they are written down: moves of one unit become steps of the whole quantity, in words.

The writer keeps the running subtotal, so that a step cannot claim to lead anywhere but where it leads, and it adds the
`rounding` step wherever a move was no whole amount. It decides nothing about the price.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal

from aboveboard.market import Seen
from aboveboard.money import split
from aboveboard.pricing.charges import ChargeLine
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.costs import CostLine
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.moves import Move
from aboveboard.pricing.points import Spent
from aboveboard.pricing.says import cash, exact_cash, fill, full_date, listed, share, t, times
from aboveboard.pricing.spoken import Speaking, Spoken
from aboveboard.pricing.steps import Background, Kind, Step
from aboveboard.pricing.tax import FeeRule
from aboveboard.words import Text

DIGITS = Context(prec=50)
_NOTHING = Text("", "")
#: Words that say where the floor lies, which a closed book does not; where it lifts a price, the price itself says it.
_TELL_THE_FLOOR = ("guard_floor.above", "guard_floor.list_is_lower")
_NONE = Decimal(0)
#: So many sentences of one tier are remembered; then the memory starts anew.
_REMEMBERED = 4096
#: Beyond this, programs that read the price as JSON would no longer see the exact cents (RFC 7493 section 2.2).
_EXACT = 2**53 - 1


class StepWriter:
    """Writes the steps of one offer for a quantity; `subtotal` is where the steps so far lead."""

    def __init__(self, offer: Offer, quantity: int) -> None:
        self.offer = offer
        self.quantity = quantity
        self.subtotal = 0
        self._steps: list[Step] = []

    def done(self) -> tuple[Step, ...]:
        """Return all steps written."""
        return tuple(self._steps)

    def add_opening(self) -> None:
        """Write cost, list price and floor: the steps that no request changes but by its quantity, so they are remembered."""
        known = self.offer.opening.get(self.quantity)
        if known is None:
            if not self.offer.closed:
                self._add_cost()
            self._add_list_price()
            self.offer.opening[self.quantity] = self.done()
        else:
            self._steps.extend(known)
            self.subtotal = known[-1].subtotal

    def _add_cost(self) -> None:
        """Write the full cost, rounded once for the whole quantity: nobody posts a cost."""
        offer, lines = self.offer, self.offer.lines
        exact = DIGITS.multiply(offer.cost, Decimal(self.quantity))
        whole, rounding = split(exact)
        self._add(
            "cost",
            t.text("cost.label"),
            whole,
            exact,
            fill("cost.basis" if lines else "cost.basis_whole", n=len(lines)),
            "cost",
            detail=lines,
        )
        self._add_rounding(exact, whole, rounding)

    def _add_list_price(self) -> None:
        """Write the way from cost to list price, and the floor beside it; of a closed book only where it leads."""
        offer, total, each = self.offer, self.offer.list_price * self.quantity, times(self.quantity)
        amount = total - self.subtotal
        reason = "margin.listed" if offer.closed else "margin.short" if amount < 0 else "margin.left"
        left = share(round(Decimal(amount) / total, 3)) if total else "0%"
        price = cash(offer.list_price, offer.currency)
        basis = fill(reason, tier=offer.tier_name, price=price, times=each, share=left)
        if offer.whole:
            basis = listed([basis, fill("margin.parts", n=len(offer.charges))], " ", "")
        position = offer.position
        if position is not None:
            basis = listed([basis, position.says], " ", "")
        self._add(
            "margin",
            t.text("margin.label_listed" if offer.closed else "margin.label"),
            amount,
            Decimal(amount),
            basis,
            reason,
            offer.tier.id,
            charges=offer.charges,
            observations=() if position is None else position.observations,
        )
        if offer.closed:
            return
        basis = offer.floor_sum.basis(offer.currency, each)
        self._add("floor", t.text("floor.label"), 0, None, basis, "floor", line=offer.floor * self.quantity)

    def add_rule(self, rule: Spoken, move: Move, times: int) -> None:
        """Write one rule of the tier: a season, a condition, an offer, a loyalty rule."""
        idle = None
        if not move.applied:
            idle = (rule.kind, rule.id, move.code, move.before, move.value, move.level, times, self.subtotal)
            if self._again(idle):
                return
        facts = () if move.value is None or rule.fact is None else (rule.fact,)
        self._add_move(rule.kind, rule.name, move, self._said(rule, move, times), times, rule.id, facts)
        self._keep(idle)

    def _said(self, rule: Spoken, move: Move, times: int) -> Text:
        """Return the words for a move."""
        if move.code == "promotion.excluded":
            return t.text(move.code)
        key = (rule.kind, rule.id, move.code, move.before, move.value, move.level, times)
        many = 1 if rule.stage == "unit" else self.quantity
        speaking = Speaking(self.offer.list_price * many, self.offer.currency, times)
        return self._remembered(key, lambda: rule.say(move, speaking))

    def add_counted(self, move: Move, background: Background, times: int) -> None:
        """Write the way down to the earlier price that the law counts offers from."""
        prior = background.prior
        key = ("guard_prior", move.code, move.before, move.after, times, background)
        said = self._remembered(key, lambda: self._guarded("guard_prior", move, background, times))
        rule = None if prior is None else prior.rule
        self._add_move("guard_prior", t.text("guard_prior.label"), move, said, times, rule)

    def add_guard(self, kind: Kind, move: Move, background: Background) -> None:
        """Write one of the guards that act on the whole order."""
        prior = background.prior
        rule = prior.rule if prior and kind == "guard_prior" else None
        key = (kind, move.code, move.before, move.after, self.quantity, background)
        idle = None if move.applied else (*key, self.subtotal)
        if idle is not None and self._again(idle):
            return
        said = self._remembered(key, lambda: self._guarded(kind, move, background))
        self._add_move(kind, t.text(f"{kind}.label"), move, said, 1, rule)
        self._keep(idle)

    def _guarded(self, kind: Kind, move: Move, background: Background, many: int = 1) -> Text:
        offer, currency = self.offer, self.offer.currency
        # The first two generations of rules told the earlier price in the words of every guard.
        prior = background.prior if kind == "guard_prior" or background.rules < 3 else None
        code = f"{move.code}_closed" if offer.closed and move.code in _TELL_THE_FLOOR else move.code
        if prior is not None and prior.since is not None and kind == "guard_prior":
            code = f"{code}_since"
        return fill(
            code,
            price=cash(move.before, currency),
            limit=cash(move.after, currency),
            floor=cash(offer.floor * self.quantity, currency),
            cap=share(offer.cap or _NONE),
            rise=share(offer.rise or _NONE),
            days=prior.days if prior else offer.rise_days,
            lowest=cash(prior.lowest if prior else background.lowest or 0, currency),
            law=prior.law if prior else "",
            since=full_date(prior.since) if prior and prior.since else "",
            times=times(many),
        )

    def _again(self, idle: object) -> bool:
        """Write a step that did nothing, if the very same one has been written for another price."""
        known = self.offer.idle.get(idle)
        if known is not None:
            self._steps.append(known)
        return known is not None

    def _keep(self, idle: object) -> None:
        """Remember the step just written, if it did nothing: most rules do nothing to most prices."""
        if idle is not None:
            if len(self.offer.idle) >= _REMEMBERED:
                self.offer.idle.clear()
            self.offer.idle[idle] = self._steps[-1]

    def _in_words(self, words: Callable[[], Text]) -> Text:
        """Return words; whoever writes only numbers (`pricing.outline`) does not make them."""
        return words()

    def _remembered(self, key: object, words: Callable[[], Text]) -> Text:
        """Return words that were made before, or make them: the same few prices come again and again."""
        found = self.offer.said.get(key)
        if found is None:
            if len(self.offer.said) >= _REMEMBERED:
                self.offer.said.clear()
            found = self.offer.said[key] = words()
        return found

    def add_data_guard(self, move: Move, common: int, units: int) -> None:
        """Write the guard on what a difference for somebody's data may be, for so many units."""
        worth, currency = self.offer.worth, self.offer.currency

        def said() -> Text:
            return fill(
                move.code,
                price=cash(move.before, currency),
                common=cash(common, currency),
                gap=cash(common - move.before, currency),
                worth=cash(worth.amount * units if worth else 0, currency),
                method=worth.method if worth else _NOTHING,
            )

        self._add_move(
            "guard_data",
            t.text("guard_data.label"),
            move,
            self._in_words(said),
            1,
            "us-ca.ccpa.7080.price-gap-within-data-value",
        )

    def add_fee(self, fee: FeeRule, move: Move) -> None:
        """Write one fee."""
        self._add_move("fee", fee.name, move, self._in_words(lambda: fee.say(move)), 1, fee.id)

    def add_personal_guard(self, move: Move, common: int) -> None:
        """Write the personal guard; `common` is the unit price without personal facts."""
        currency = self.offer.currency
        said = self._in_words(
            lambda: fill(move.code, price=cash(move.before, currency), common=cash(common, currency))
        )
        self._add_move("guard_personal", t.text("guard_personal.label"), move, said, 1)

    def add_points(self, spent: Spent) -> None:
        """Write the points that the customer uses."""
        self._add_move("points", spent.name, spent.move, spent.says, 1)

    def add_tax(self, move: Move) -> None:
        """Write the tax on the whole bill."""
        offer, basis = self.offer, self.offer.tax_why
        if offer.tax_rate:
            rate, price = share(offer.tax_rate), move.before
            basis = self._in_words(
                lambda: fill("tax.basis", rate=rate, price=cash(price, offer.currency), why=offer.tax_why)
            )
        self._add("tax", offer.tax_name, move.whole, move.exact, basis, "tax", offer.tax_id)
        self._add_rounding(move.exact, move.whole, move.rounding)

    def add_total(self) -> None:
        """Write where it all leads."""
        self._add("total", t.text("total.label"), 0, None, t.text("total.basis"), "total")

    def _add_move(
        self,
        kind: Kind,
        label: Text,
        move: Move,
        said: Text,
        many: int,
        rule: str | None = None,
        facts: tuple[str, ...] = (),
    ) -> None:
        """Write a move that counts `many` times, and its rounding if it has one."""
        reason = move.code
        if not move.applied:
            self._add(
                kind, label, 0, None, _NOTHING, reason, rule, facts=facts, value=move.value, why_not=said
            )
            return
        basis = self._in_words(lambda: fill("capped", basis=said)) if move.capped else said
        self._add(
            kind,
            label,
            move.whole * many,
            move.exact * many,
            basis,
            reason,
            rule,
            facts=facts,
            value=move.value,
        )
        self._add_rounding(move.exact, move.whole, move.rounding, many)

    def _add_rounding(self, exact: Decimal, whole: int, rounding: int, many: int = 1) -> None:
        """Write the rounding of an exact amount, if it has a fraction."""
        if exact == whole:
            return
        basis = self._in_words(
            lambda: fill(
                "rounding.one" if many == 1 else "rounding.each",
                exact=exact_cash(exact, self.offer.currency),
                rounded=cash(whole + rounding, self.offer.currency),
                n=many,
            )
        )
        self._add(
            "rounding", t.text("rounding.label"), rounding * many, (exact - whole) * many, basis, "rounding"
        )

    def _add(
        self,
        kind: Kind,
        label: Text,
        amount: int,
        exact: Decimal | None,
        basis: Text,
        reason: str,
        rule: str | None = None,
        *,
        facts: tuple[str, ...] = (),
        value: int | None = None,
        why_not: Text | None = None,
        line: int | None = None,
        detail: tuple[CostLine, ...] = (),
        charges: tuple[ChargeLine, ...] = (),
        observations: tuple[Seen, ...] = (),
    ) -> None:
        self.subtotal += amount
        if self.subtotal > _EXACT:
            raise PriceError("too_large")
        self._steps.append(
            Step(
                kind=kind,
                label=label,
                amount=amount,
                subtotal=self.subtotal,
                exact=exact,
                basis=basis,
                facts=facts,
                applied=why_not is None,
                why_not=why_not,
                reason=reason,
                id=rule,
                value=value,
                line=line,
                detail=detail,
                charges=charges,
                observations=observations,
            )
        )
