"""`bongsu scenario`: projects data-centre electricity, CO2e and water to 2035 under given levers, beside IEA and LBNL.

bongsu scenario --pue 2024=1.41,2035=1.15 --sensitivity
bongsu scenario --capacity-gw 175 --capacity-factor 0.48 --pue 1.29 --json
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import OUTPUT, SELECTION, Arguments, Option, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, Missing, UnknownName
from bongsu.energy.scenario.levers import OUTCOMES, Lever, areas, end_year, levers

if TYPE_CHECKING:
    from bongsu.core.estimate import Estimate
    from bongsu.energy.scenario.projection import ProjectedYear, Scenario, Swing
    from bongsu.energy.scenario.published_comparison import Comparison


def run(args: Arguments, terminal: Terminal) -> int:
    """Projects the scenario, compares it with published figures, and prints the result."""
    from bongsu.energy.scenario.projection import Scenario, compute_sensitivity, project_scenario
    from bongsu.energy.scenario.published_comparison import compare_published, published_series

    table_ = levers(args.area)
    given = {id_: lever.parse(text) for id_, lever in table_.items() if (text := getattr(args, id_)) is not None}
    scenario = Scenario(given, args.area)
    swings = compute_sensitivity(scenario, year=args.year, outcome=args.sensitivity) if args.sensitivity else ()
    projected = project_scenario(scenario)
    beside = compare_published(projected, published_series(_published_rows(args.node, terminal), args.area))
    terminal.result(_data(scenario, projected, beside, swings, args), _text(projected, beside, swings, args))
    return 0


def _published_rows(node: str, terminal: Terminal) -> list[dict[str, Any]]:
    """Reads the node's current DATACENTRE_ELECTRICITY. If there is no node or release, prints a notice and returns no rows."""
    from bongsu.store.node import Node

    try:
        opened = Node(Path(node))
        release = opened.releases.current("DATACENTRE_ELECTRICITY")
    except (Missing, UnknownName):  # no node, or a node without that release
        terminal.say(
            translate(
                N_("No published figures to compare with: the node “{node}” has no release of DATACENTRE_ELECTRICITY.")
            ).format(node=node)
        )
        return []
    return list(opened.usable_observations(release).rows)


def _data(
    scenario: Scenario,
    projected: Sequence[ProjectedYear],
    beside: Sequence[Comparison],
    swings: Sequence[Swing],
    args: Arguments,
) -> dict[str, Any]:
    return {
        "area": scenario.area,
        "levers": [
            {
                "id": lever.id,
                "name": lever.name.to(get_language()),
                "unit": lever.unit,
                "values": dict(scenario.value(lever)),
                "set": lever.id in scenario.settings,
                "source": "" if lever.id in scenario.settings else lever.source,
            }
            for lever in scenario.levers
        ],
        "years": [
            {
                "year": year.year,
                "capacity_gw": year.capacity_gw,
                "capacity_factor": year.capacity_factor,
                "pue": year.pue,
                "electricity": _plain(year.electricity),
                "co2e": _plain(year.co2e),
                "water_on_site": _plain(year.water_on_site),
                "water_off_site": _plain(year.water_off_site),
                "water_off_site_reservoirs": _plain(year.water_off_site_reservoirs),
            }
            for year in projected
        ],
        "beside": [
            {
                "publisher": one.series.publisher,
                "vintage": one.series.vintage,
                "scenario": one.series.scenario,
                "year": one.published.year,
                "published": {"value": one.published.value, "low": one.published.low, "high": one.published.high},
                "own": one.own.value,
                "difference": one.difference,
                "unit": "TWh",
            }
            for one in beside
        ],
        "sensitivity": args.sensitivity
        and {
            "outcome": args.sensitivity,
            "year": args.year,
            "levers": [
                {"id": s.lever.id, "low": s.low, "high": s.high, "at_low": s.at_low, "at_high": s.at_high}
                for s in swings
            ],
        },
    }


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "unit": str(estimate.unit),
        "kind": str(estimate.kind),
        "boundary": str(estimate.boundary),
        "method": estimate.method,
    }


def _text(
    projected: Sequence[ProjectedYear], beside: Sequence[Comparison], swings: Sequence[Swing], args: Arguments
) -> str:
    gigalitres = (N_("water on site, GL"), N_("water off site, GL"), N_("with reservoirs, GL"))
    parts = [
        format_table(
            (N_("year"), "GW", "TWh", N_("80 % interval"), "Mt CO2e", N_("80 % interval"), *gigalitres),
            [
                (
                    str(year.year),
                    _rounded(year.capacity_gw),
                    _rounded(year.electricity.value),
                    _range(year.electricity.low, year.electricity.high),
                    _rounded(year.co2e.value),
                    _range(year.co2e.low, year.co2e.high),
                    _rounded(year.water_on_site.value),
                    _rounded(year.water_off_site.value),
                    _rounded(year.water_off_site_reservoirs.value),
                )
                for year in projected
            ],
        )
    ]
    if beside:
        parts.append(
            format_table(
                (N_("publisher"), N_("vintage"), N_("scenario"), N_("year"), N_("published, TWh"), N_("yours, TWh")),
                [
                    (
                        one.series.publisher,
                        one.series.vintage,
                        one.series.scenario,
                        str(one.published.year),
                        _range(one.published.low, one.published.high)
                        if one.published.value is None
                        else f"{one.published.value:,g}",
                        _rounded(one.own.value),
                    )
                    for one in beside
                ],
            )
        )
    if swings:
        from bongsu.energy.scenario.charts import OUTCOME_NAMES

        outcome = OUTCOME_NAMES[args.sensitivity].to(get_language())
        parts.append(
            format_table(
                (N_("lever"), N_("low"), N_("high"), f"{outcome} {args.year}, {OUTCOMES[args.sensitivity]}"),
                [
                    (s.lever.name.to(get_language()), _rounded(s.low), _rounded(s.high), _range(s.at_low, s.at_high))
                    for s in swings
                ],
            )
        )
    return "\n\n".join(parts)


def _rounded(value: float | None) -> float | None:
    """Rounds to three significant figures: a scenario supports no higher precision."""
    return None if value is None else float(f"{value:.3g}")


def _range(low: float | None, high: float | None) -> str:
    ends = ("" if end is None else f"{_rounded(end):,g}" for end in (low, high))
    return "–".join(ends)


def _lever_parameter(lever: Lever) -> Option:
    unit = "" if lever.unit == "1" else f" [{lever.unit}]"
    return Option(
        lever.option,
        lever.id,
        metavar="VALUE",
        group=_LEVERS,
        help=lambda: f"{lever.name.to(get_language())}{unit}. {lever.help.to(get_language())}",
    )


_LEVERS = N_("levers")
EXAMPLES = (
    "bongsu scenario --pue 2024=1.41,2035=1.15 --sensitivity",
    "bongsu scenario --capacity-gw 175 --capacity-factor 0.48 --pue 1.29 --json",
)
PARAMETERS = (
    *(_lever_parameter(lever) for lever in levers().values()),
    Option(
        "--area",
        default="WORLD",
        metavar="CODE",
        group=SELECTION,
        help=lambda: translate(N_("whose defaults apply: {areas}")).format(areas=", ".join(areas())),
    ),
    Option(
        "--sensitivity",
        is_flag=False,
        flag_value="electricity",
        metavar="OUTCOME",
        group=OUTPUT,
        help=N_(
            "how far each lever moves electricity (default), co2e, water_on_site, water_off_site or water_off_site_reservoirs"
        ),
    ),
    Option(
        "--year",
        type=read_whole_number,
        default=end_year(),
        metavar="YEAR",
        group=OUTPUT,
        help=N_("the year of the sensitivity"),
    ),
)
