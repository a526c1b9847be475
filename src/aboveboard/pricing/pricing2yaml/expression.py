"""Prices that are worked out: `5 * #seats`, `#base[#region.concat('-price')] * 1.2`.

Pricing2Yaml lets a price be an expression over the page's variables, with the meaning JavaScript gives it. Nothing is ever run
here: this is a closed grammar, and what it does not list is a fault.

    choice:  either ? choice : choice | either          either:  both || both …          both: same && same …
    same:    order == != order                          order:   sum < <= > >= sum
    sum:     product + - product …                      product: sign * / % sign …       sign: - sign | ! sign | tail
    tail:    atom .name | atom [choice] | atom .concat(choice, …)
    atom:    number | 'text' | true | false | #variable | (choice) | Math.min|max|round|floor|ceil(choice, …)

Numbers are exact decimals, so 15 * 1.3 is 19.5. Length and depth have limits; dividing by zero is a fault, and so is a number
beyond all bounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, DecimalException
from typing import Any

LONGEST = 1_000
DEEPEST = 30
_CONTEXT = Context(prec=40, Emax=60, Emin=-60)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<name>#?[^\W\d]\w*)"
    r"|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%()\[\].,?:<>!]))",
)
_EXPRESSION = re.compile(r"#\w|^[\d\s.()+*/%-]+$")


class ExpressionError(Exception):
    """An expression that cannot be worked out; `code` names the sentence, `values` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def is_expression(said: str) -> bool:
    """Return whether a price is to be worked out, rather than being words."""
    return _EXPRESSION.search(said) is not None


def evaluate(said: str, variables: Mapping[str, Any]) -> Any:
    """Return the value of an expression: a `Decimal`, a text or a truth value; raises `ExpressionError`."""
    if len(said) > LONGEST:
        raise ExpressionError("price.expression_long", limit=LONGEST)
    try:
        return _Reader(_tokens(said), variables).whole()
    except DecimalException:
        raise ExpressionError("price.expression_number") from None


def _tokens(said: str) -> list[tuple[str, str]]:
    found, at = [], 0
    said = said.rstrip()
    while at < len(said):
        token = _TOKEN.match(said, at)
        if token is None:
            raise ExpressionError("price.expression", near=said[at : at + 20].strip())
        found.append((token.lastgroup or "", token[token.lastgroup or ""]))
        at = token.end()
    return found


class _Reader:
    """Reads and works out in one go; `depth` counts what is open.

    What JavaScript would not work out (the other side of `?:`, of `&&` and `||`) is only read: `idle` counts how many such parts
    are open, and in them every value is `None` and nothing about it can be a fault but how it is written.
    """

    def __init__(self, tokens: list[tuple[str, str]], variables: Mapping[str, Any]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._depth = 0
        self._idle = 0
        self._variables = variables

    def whole(self) -> Any:
        value = self._choice()
        if self._tokens[self._at][0] != "end":
            raise self._lost()
        return value

    def _lost(self) -> ExpressionError:
        return ExpressionError("price.expression", near=self._tokens[self._at][1] or "…")

    def _take(self, *signs: str) -> str | None:
        kind, said = self._tokens[self._at]
        if kind != "sign" or said not in signs:
            return None
        self._at += 1
        return said

    def _next(self, sign: str) -> bool:
        return self._tokens[self._at] == ("sign", sign)

    def _must(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._lost()

    def _choice(self) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError("price.expression_deep", limit=DEEPEST)
        value = self._either()
        if self._take("?"):
            yes = self._only(bool(value), self._choice)
            self._must(":")
            no = self._only(not value, self._choice)
            value = yes if value else no
        self._depth -= 1
        return value

    def _only(self, wanted: bool, part: Callable[[], Any]) -> Any:
        """Return the value of a part that is wanted; one that is not is read past."""
        if wanted:
            return part()
        self._idle += 1
        part()
        self._idle -= 1
        return None

    def _worked(self, work: Callable[..., Any], *values: Any) -> Any:
        """Return what `work` makes of the values, or nothing in a part that is only read."""
        return None if self._idle else work(*values)

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._only(not value, self._both)
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._same()
        while self._take("&&"):
            other = self._only(bool(value), self._same)
            value = value and other
        return value

    def _same(self) -> Any:
        value = self._order()
        while sign := self._take("==", "===", "!=", "!=="):
            value = (value == self._order()) == sign.startswith("=")
        return value

    def _order(self) -> Any:
        value = self._sum()
        while sign := self._take("<", "<=", ">", ">="):
            value = self._worked(_COMPARED[sign], value, self._sum())
        return value

    def _sum(self) -> Any:
        value = self._product()
        while sign := self._take("+", "-"):
            value = self._worked(_plus if sign == "+" else _minus, value, self._product())
        return value

    def _product(self) -> Any:
        value = self._sign()
        while sign := self._take("*", "/", "%"):
            value = self._worked(_TIMES[sign], value, self._sign())
        return value

    def _sign(self) -> Any:
        signs = []
        while sign := self._take("-", "+", "!"):
            signs.append(sign)
        value = self._tail()
        for sign in reversed(signs):
            value = self._worked(_SIGNED[sign], value)
        return value

    def _tail(self) -> Any:
        value = self._atom()
        while sign := self._take(".", "["):
            if sign == "[":
                value = self._worked(_member, value, self._choice())
                self._must("]")
                continue
            kind, name = self._tokens[self._at]
            if kind != "name":
                raise self._lost()
            self._at += 1
            # What is only read has no kind, so whether it would be a text is told by the bracket that follows.
            if name == "concat" and (isinstance(value, str) or (self._idle and self._next("("))):
                value = self._worked(_joined, value, self._arguments())
            else:
                value = self._worked(_member, value, name)
        return value

    def _arguments(self) -> list[Any]:
        self._must("(")
        found = [self._choice()]
        while self._take(","):
            found.append(self._choice())
        self._must(")")
        return found

    def _atom(self) -> Any:
        if self._take("("):
            value = self._choice()
            self._must(")")
            return value
        kind, said = self._tokens[self._at]
        self._at += 1
        match kind:
            case "number":
                return Decimal(said)
            case "text":
                return said[1:-1]
            case "name" if said.startswith("#"):
                return self._worked(_variable, self._variables, said[1:])
            case "name" if said in ("true", "false"):
                return said == "true"
            case "name" if said == "Math" and self._take("."):
                return self._math()
        self._at -= 1
        raise self._lost()

    def _math(self) -> Any:
        name = self._tokens[self._at][1]
        if name not in _MATH:
            raise self._lost()
        self._at += 1
        arguments = self._arguments()
        return self._worked(lambda: _MATH[name](*map(_decimal, arguments)))


def _plus(one: Any, other: Any) -> Any:
    """Return a sum, or two texts in a row."""
    if isinstance(one, str) and isinstance(other, str):
        return _text(one + other)
    return _CONTEXT.add(_decimal(one), _decimal(other))


def _minus(one: Any, other: Any) -> Decimal:
    return _CONTEXT.subtract(_decimal(one), _decimal(other))


def _joined(value: str, parts: list[Any]) -> str:
    return _text(value + "".join(map(_said, parts)))


def _half_up(value: Decimal, *_: Decimal) -> Decimal:
    """Round as JavaScript does: a half goes up, also below zero."""
    return (value + Decimal("0.5")).to_integral_value(ROUND_FLOOR)


_MATH: dict[str, Callable[..., Decimal]] = {
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "round": _half_up,
    "floor": lambda value, *_: value.to_integral_value(ROUND_FLOOR),
    "ceil": lambda value, *_: value.to_integral_value(ROUND_CEILING),
}


def _variable(variables: Mapping[str, Any], name: str) -> Any:
    if name not in variables:
        raise ExpressionError("price.variable_unknown", name=name)
    return variables[name]


def _member(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(key, str | Decimal) and _said(key) in value:
        return value[_said(key)]
    if isinstance(value, tuple) and isinstance(key, Decimal) and 0 <= key < len(value) and key == int(key):
        return value[int(key)]
    raise ExpressionError("price.member_unknown", name=_said(key))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise ExpressionError("price.not_a_number", said=_said(value))


def _text(value: str) -> str:
    if len(value) > LONGEST:
        raise ExpressionError("price.expression_long", limit=LONGEST)
    return value


def _said(value: Any) -> str:
    if isinstance(value, str | Decimal):
        return str(value)[:LONGEST]
    return str(value).lower() if isinstance(value, bool) else "…"


_TIMES: dict[str, Callable[[Any, Any], Decimal]] = {
    "*": lambda one, other: _CONTEXT.multiply(_decimal(one), _decimal(other)),
    "/": lambda one, other: _CONTEXT.divide(_decimal(one), _decimal(other)),
    "%": lambda one, other: _CONTEXT.remainder(_decimal(one), _decimal(other)),
}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: _decimal(one) < _decimal(other),
    "<=": lambda one, other: _decimal(one) <= _decimal(other),
    ">": lambda one, other: _decimal(one) > _decimal(other),
    ">=": lambda one, other: _decimal(one) >= _decimal(other),
}
_SIGNED: dict[str, Callable[[Any], Any]] = {
    "!": lambda value: not value,
    "-": lambda value: -_decimal(value),
    "+": _decimal,
}
