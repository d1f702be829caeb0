"""The tree of steps that explains a value: each step has a name, a value with unit, a formula and a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity
from bongsu.energy.estimate.values.value_text import format_value


@dataclass(frozen=True)
class Step:
    """One step of a computation. `name` is an English msgid; a step without `formula` is an input."""

    name: str
    value: Estimate | Quantity | str
    formula: str = ""
    source: str = ""
    inputs: tuple[Step, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Returns the tree as plain values, for JSON."""
        shape: dict[str, object] = {"step": self.name, **_value(self.value)}
        if self.formula:
            shape["formula"] = self.formula
        if self.source:
            shape["source"] = self.source
        if self.inputs:
            shape["inputs"] = [step.as_dict() for step in self.inputs]
        return shape

    def lines(self, translate: Callable[[str], str] = str, language: str = "en", depth: int = 0) -> Iterator[str]:
        """Yields the tree as lines of indented text, the result first."""
        formula = f" = {translate(self.formula)}" if self.formula else ""
        source = f"  [{translate(self.source)}]" if self.source else ""
        value = format_value(self.value, language)
        yield f"{'  ' * depth}{translate(self.name)}:{' ' if value else ''}{value}{formula}{source}"
        for step in self.inputs:
            yield from step.lines(translate, language, depth + 1)


def _value(value: Estimate | Quantity | str) -> dict[str, object]:
    if isinstance(value, str):
        return {"value": value}
    if isinstance(value, Quantity):
        return {"value": value.value, "unit": str(value.unit)}
    return estimate_dict(value)


def estimate_dict(value: Estimate) -> dict[str, object]:
    """Returns an estimate as plain values, for JSON."""
    return {
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "unit": str(value.unit),
        "kind": str(value.kind),
        "boundary": str(value.boundary),
        "method": value.method,
    }
