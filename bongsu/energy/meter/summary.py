"""Formats a report as text: a table of energy by part, for the machine and the processes, then CO2e, water and a comparison.

The sentences here are English templates; the caller passes `translate` to translate them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce

from bongsu.core.errors import N_
from bongsu.core.estimate import Estimate, Kind
from bongsu.energy.grid.grid_table import get_grid
from bongsu.energy.meter.grid_footprint import compute_co2e, compute_water, find_comparison
from bongsu.energy.meter.meter_report import MeterReport, ReportComponent

Translate = Callable[[str], str]
TableLayout = Callable[[Sequence[str], Sequence[Sequence[object]]], str]

_HEADER = (
    N_("part"),
    N_("instrument or model"),
    N_("kind"),
    N_("machine"),
    N_("processes"),
    N_("80 % interval"),
    N_("share"),
)
_PART_NAMES = {
    "gpu": N_("GPU"),
    "cpu": N_("CPU"),
    "memory": N_("memory"),
    "machine": N_("whole machine"),
    "nvml-counter": N_("GPU energy counter (NVML)"),
    "nvml-power": N_("GPU power, integrated (NVML)"),
    "rapl-package": N_("CPU energy counter (RAPL)"),
    "rapl-dram": N_("memory energy counter (RAPL)"),
    "rapl-psys": N_("platform energy counter (RAPL)"),
    "hwmon": N_("board instrument (hwmon)"),
    "battery": N_("battery"),
    "cpu-tdp": N_("CPU time × TDP"),
    "memory-size": N_("memory size"),
    "measured": N_("measured"),
    "modelled": N_("modelled"),
    "co2e": N_("CO2e"),
    "water": N_("water"),
}
_MODELLED_KINDS = frozenset(Kind) - {Kind.MEASURED}


def summarise_report(report: MeterReport, table: TableLayout, translate: Translate, language: str = "en") -> str:
    """Formats the report as text with a table. `table` formats rows (cli.terminal.table), `translate` translates a template."""

    def say(template: str, **values: object) -> str:
        return translate(template).format(**values)

    def word(key: str) -> str:
        return translate(_PART_NAMES.get(key, key))

    lines = [say(N_("Metered {seconds:,.1f} s on {host}."), seconds=report.seconds, host=report.host.name)]
    symbol = _choose_unit(report)
    rows = [_component_row(component, word, symbol) for component in report.components]
    for boundary in report.boundaries():
        parts = [component for component in report.components if component.machine.boundary is boundary]
        rows.extend(_sum_rows(parts, say, word, symbol))
    if rows:
        lines += ["", table(_HEADER, rows), ""]
    lines += _footprint_lines(report, say, word, language, translate)
    if not report.job.counts_node:
        lines.append(say(N_("Another rank of the job, or an outer meter, counts this node.")))
    return "\n".join([*lines, *(f"· {note._replace(message=translate(note.message))}" for note in report.notes)])


def _component_row(component: ReportComponent, word: Callable[[str], str], symbol: str) -> list[object]:
    name = f"{word(component.type)} {component.name}"
    figures = _format_figures(component.machine, component.process, symbol)
    kinds = _format_kinds(component.machine, component.process, word)
    return [name, word(component.sensor), kinds, *figures, f"{component.share.value:.0%}"]


def _format_kinds(machine: Estimate, process: Estimate, word: Callable[[str], str]) -> str:
    """The kind of the machine's and the processes' values; both if they differ (a share by CPU time is modelled)."""
    return " / ".join(dict.fromkeys((word(machine.kind), word(process.kind))))


def _sum_rows(
    parts: Sequence[ReportComponent], say: Callable[..., str], word: Callable[[str], str], symbol: str
) -> Iterator[list[object]]:
    """The sums of the measured parts, of the modelled parts, and of all, where a sum has more than the rows above it."""
    measured = [part for part in parts if part.machine.kind is Kind.MEASURED]
    modelled = [part for part in parts if part.machine.kind in _MODELLED_KINDS]
    sums = [rows for rows in (measured, modelled) if measured and modelled] + ([list(parts)] if len(parts) > 1 else [])
    for rows in sums:
        machine, process = (
            reduce(Estimate.__add__, values) for values in zip(*((r.machine, r.process) for r in rows), strict=True)
        )
        yield [
            say(N_("sum")),
            "",
            _format_kinds(machine, process, word),
            *_format_figures(machine, process, symbol),
            "",
        ]


def _format_figures(machine: Estimate, process: Estimate, symbol: str) -> tuple[str, str, str]:
    return format_energy(machine, symbol), format_energy(process, symbol), format_energy_interval(process, symbol)


def _footprint_lines(
    report: MeterReport,
    say: Callable[..., str],
    word: Callable[[str], str],
    language: str,
    translate_text: Translate,
) -> Iterator[str]:
    used = report.total()
    if used is None or used.value is None:
        yield say(N_("Nothing on this machine could be metered or modelled."))
        return
    if report.country is not None:
        here = get_grid(report.country)
        gas, litres = (
            format_prefixed(compute_co2e(used, here).value, "g"),
            format_prefixed(compute_water(used, here).value, "L"),
        )
        made = N_(
            "Generating the processes' electricity in {country} ({intensity:g} g CO2e/kWh): {gas} CO2e, {litres} of water."
        )
        yield say(made, country=here.country, intensity=here.g_co2e_per_kwh, gas=gas, litres=litres)
        yield from (note.describe(translate_text) for note in here.notes)
        if here.unknown:
            what = ", ".join(word(name) for name in here.unknown)
            yield say(N_("Unknown for this country; the world mean is used instead: {what}."), what=what)
    count, sentence = find_comparison(used.value)
    if count >= 0.1:
        number = f"{count:,.2g}" if count < 100 else f"{count:,.0f}"
        yield say(N_("That is about {what}."), what=sentence.to(language).format(n=number))


def _choose_unit(report: MeterReport) -> str:
    """The unit for the whole summary: J if every value is below 100 kJ, else Wh."""
    most = max((component.machine.value or 0.0 for component in report.components), default=0.0)
    return "J" if most < 100_000 else "Wh"


def format_energy(value: Estimate, symbol: str) -> str:
    """Formats the central value in the unit `symbol`."""
    return format_prefixed(value.to(symbol).value, symbol)


def format_energy_interval(value: Estimate, symbol: str) -> str:
    """Formats the interval in the unit `symbol`; “…” for a missing bound."""
    inside = value.to(symbol)
    return " – ".join("…" if end is None else format_prefixed(end, symbol) for end in (inside.low, inside.high))


def format_prefixed(number: float | None, symbol: str) -> str:
    """Formats a number with three significant digits and an SI prefix."""
    value = number or 0.0
    if value == 0:
        return f"0 {symbol}"
    steps = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"))
    factor, prefix = next((step for step in steps if value >= step[0]), steps[-1])
    return f"{value / factor:,.3g} {prefix}{symbol}"
