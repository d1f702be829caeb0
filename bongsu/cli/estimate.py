"""`bongsu estimate inference|training|image|video`: estimates energy that was not metered, with interval and derivation.

Prints one estimate for the given options. With --batch, reads a CSV file of configurations and writes its rows with estimates.
`bongsu estimate chips` lists accelerators by year with FLOP and tokens per joule.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from bongsu.cli.commands import (
    INPUT,
    OUTPUT,
    Argument,
    Arguments,
    Option,
    read_file_name,
    read_number,
    read_whole_number,
)
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput
from bongsu.energy.estimate.answer.estimate_result import EstimateResult
from bongsu.energy.estimate.output.options import WORK_KINDS, kind_options, options, run_estimate
from bongsu.energy.estimate.output.options import Option as EstimateOption
from bongsu.energy.estimate.values.steps import estimate_dict
from bongsu.energy.estimate.values.value_text import format_value

_TYPES = {"number": read_number, "integer": read_whole_number}


def run(args: Arguments, terminal: Terminal) -> int:
    """Estimates and prints the result."""
    if args.kind == "chips":
        return _compare_chips(args, terminal)
    if args.batch or args.output:
        return _estimate_file(args, terminal)
    given = _given_options(args)
    known = {option.name for option in kind_options(args.kind)}
    _refuse_options(args.kind, [name for name in given if name not in known])
    result = run_estimate(args.kind, given)
    terminal.result(result.as_dict(), "\n".join(_lines(result, args.explain)))
    return 0


def _given_options(args: Arguments) -> dict[str, object]:
    return {name: value for name in options() if (value := getattr(args, name)) is not None}


def _refuse_options(kind: str, foreign: list[str]) -> None:
    if foreign:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in foreign)
        raise BadInput(N_("“bongsu estimate {verb}” does not accept {options}."), verb=kind, options=options)


def _estimate_file(args: Arguments, terminal: Terminal) -> int:
    """Estimates the rows of a file; writes CSV (a list with --json) to --output, else to standard output."""
    from bongsu.energy.estimate.output import batch

    if args.kind == "training" or not args.batch:
        raise BadInput(
            N_("A file of configurations is estimated with --batch FILE.csv, for inference, image or video."),
            fix=N_("--output OUT.csv writes it to a file."),
        )
    _refuse_options("--batch", list(_given_options(args)))
    if args.output is None:
        table_ = batch.add_estimates(args.batch)
        if terminal.json:
            terminal.result(table_.to_pylist(), "")
        else:
            batch.write_csv(table_, sys.stdout.buffer)
        return 0
    started = time.monotonic()
    rows = batch.estimate_file(args.batch, args.output)
    seconds = time.monotonic() - started
    text = translate(N_("{rows} rows estimated in {seconds:.1f} s: {path}")).format(
        rows=rows, seconds=seconds, path=args.output
    )
    terminal.result({"rows": rows, "seconds": seconds, "output": args.output}, text)
    return 0


def _compare_chips(args: Arguments, terminal: Terminal) -> int:
    """Prints accelerators by year: FLOP per joule, and tokens per joule of --model at --batch-size."""
    from bongsu.energy.estimate.output import chip_comparison

    given = _given_options(args)
    _refuse_options("chips", [name for name in given if name not in ("model", "batch_size", "precision")])
    asked = {"batch" if name == "batch_size" else name: value for name, value in given.items()}
    rows = chip_comparison.compare_chips(**asked)  # type: ignore[arg-type]
    precision = args.precision or chip_comparison.PRECISION
    data = [
        {
            "year": one.chip.year,
            "chip": one.chip.name,
            "power_w": one.chip.power_w,
            "peak_flop_per_s": one.chip.flop_per_second(precision),
            "flop_per_joule": one.flop_per_joule,
            "tokens_per_joule": None if one.tokens_per_joule is None else estimate_dict(one.tokens_per_joule),
        }
        for one in rows
    ]
    header = (N_("Year"), N_("Accelerator"), "W", N_("Peak, TFLOP/s"), N_("GFLOP/J"), N_("token/J"))
    shown_rows = [
        (
            one.chip.year,
            one.chip.name,
            one.chip.power_w,
            one.chip.flop_per_second(precision) / 1e12,
            float(f"{one.flop_per_joule / 1e9:.4g}"),
            ""
            if one.tokens_per_joule is None
            else format_value(one.tokens_per_joule, get_language()).replace(" token/J", ""),
        )
        for one in rows
    ]
    note = translate(N_("Tokens per joule at the chip: {model}, {batch:g} requests at once, with the 80 % interval."))
    said = note.format(
        model=args.model or chip_comparison.COMPARED_MODEL, batch=args.batch_size or chip_comparison.BATCH
    )
    terminal.result(data, "\n".join((format_table(header, shown_rows), "", said)))
    return 0


def _lines(result: EstimateResult, explain: bool) -> Iterator[str]:
    """Formats energy, CO2e and water as text, each with its interval; with `explain`, the tree of steps too."""
    for name, value in result.figures():
        yield f"{translate(name)}: {format_value(value, get_language())}"
    boundary, country = translate(N_("boundary")), translate(N_("country"))
    yield f"{boundary}: {result.energy.boundary}; {country}: {result.country}"
    yield from (note.describe(translate) for note in result.notes)
    yield translate(N_("The range in brackets contains the true value in four of five cases."))
    if explain:
        yield ""
        yield from result.explanation.lines(translate, get_language())


def _kind_parameter(option: EstimateOption) -> Option:
    return Option(
        f"--{option.name.replace('_', '-')}",
        type=_TYPES.get(option.type, option.parse),
        metavar="VALUE",
        group=INPUT if option.kinds == WORK_KINDS else ", ".join(option.kinds),  # the kinds of work that accept it
        help=lambda: option.help.to(get_language()),
    )


EXAMPLES = (
    "bongsu estimate inference --model gpt-4o --country KOR --output-tokens 500 --explain",
    "bongsu estimate training --params 7.3 --tokens 4050",
    "bongsu estimate inference --batch configurations.csv --output estimates.csv",
    "bongsu estimate chips",
)
PARAMETERS = (
    Argument("kind", choices=(*WORK_KINDS, "chips"), help=N_("the kind of work, or chips: accelerators by year")),
    *(_kind_parameter(option) for option in options().values()),
    Option(
        "--batch",
        metavar="FILE.csv",
        type=read_file_name,
        group=INPUT,
        help=N_("estimate every row of a file of configurations"),
    ),
    Option(
        "--output",
        metavar="FILE.csv",
        type=read_file_name,
        group=OUTPUT,
        help=N_("where --batch writes (default: standard output)"),
    ),
    Option("--explain", is_flag=True, group=OUTPUT, help=N_("print the steps with formulas and sources")),
)
