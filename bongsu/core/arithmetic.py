"""Evaluates the worked example of a method: numbers, + - * / **, parentheses, abs, min and max. Nothing else is run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from bongsu.core.errors import N_, BadInput

MAX_LENGTH = 1000
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, power: float(base) ** float(power),
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"abs": abs, "min": min, "max": max}


def evaluate_arithmetic(text: str) -> float:
    """Returns the value of an arithmetic expression. Raises BadInput if it is something else, or has no value."""
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError
        return float(_evaluate(ast.parse(text, mode="eval").body))
    except (SyntaxError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError, MemoryError):
        raise BadInput(
            N_("“{text}” is not arithmetic."), fix=N_("Use numbers, + - * / **, abs, min and max."), text=text[:80]
        ) from None


def _evaluate(node: ast.AST) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_evaluate(left), _evaluate(right))
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](_evaluate(operand))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _FUNCTIONS[name](*map(_evaluate, arguments))
    raise ValueError
