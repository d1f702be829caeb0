"""`bongsu estimate inference|training|image|video`: the energy of what nobody metered, with its interval and its reasons.

One answer for the options given, or, with --batch, a CSV file of configurations in and the same file with estimates out.
`bongsu estimate chips` lists accelerators by FLOP per joule.
"""

from __future__ import annotations

import argparse
import inspect
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, table
from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary

if TYPE_CHECKING:
    from bongsu.energy.estimate.result import Result

KINDS = ("inference", "training", "image", "video")
# option -> (type, what it is); each verb takes the options that its function has
OPTIONS: dict[str, tuple[type, str]] = {
    "output_tokens": (float, N_("tokens that the model writes for a request, reasoning included")),
    "input_tokens": (float, N_("tokens that it reads for a request")),
    "cached_tokens": (float, N_("tokens read from a cache, apart from the input")),
    "requests": (float, N_("how many requests")),
    "total_params": (float, N_("parameters in billions")),
    "active_params": (float, N_("parameters that answer a token, in billions")),
    "architecture": (str, N_("dense, moe or hybrid")),
    "precision": (str, N_("of the weights: bfloat16, fp8, mxfp4 ...; in training, of the peak: bf16, fp8, int8")),
    "chip": (str, N_("the accelerator, such as H100")),
    "gpus": (float, N_("accelerators that serve one batch")),
    "batch_size": (float, N_("requests, images or videos at once")),
    "task": (str, N_("kind of requests, such as lm-arena-chat or image-chat")),
    "images": (float, N_("how many images")),
    "videos": (float, N_("how many videos")),
    "parameters": (float, N_("parameters in billions")),
    "steps": (float, N_("denoising steps")),
    "height": (float, N_("height in pixels")),
    "width": (float, N_("width in pixels")),
    "frames": (float, N_("frames of a video")),
    "flop": (float, N_("training FLOP")),
    "params": (float, N_("parameters in billions")),
    "tokens": (float, N_("training tokens in billions")),
    "gpu_hours": (float, N_("accelerator hours")),
    "chips_used": (float, N_("accelerators used")),
    "days": (float, N_("days that they ran")),
    "mfu": (float, N_("model FLOP utilisation, 0 to 1")),
    "power_w": (float, N_("mean power of an accelerator in W")),
    "power_boundary": (str, N_("what that power includes: chip, server, it")),
    "overhead": (float, N_("factor for experiments, failed runs and idle time")),
}
WHERE: dict[str, tuple[type, str]] = {
    "boundary": (str, N_("what the energy includes: chip, server, it, facility, life-cycle")),
    "country": (str, N_("where the electricity is used, such as KOR or FRA")),
    "provider": (str, N_("who runs the machines, such as aws or openai")),
    "region": (str, N_("the provider's region, such as ap-northeast-2")),
    "year": (int, N_("figures published up to this year")),
    "pue": (float, N_("power usage effectiveness")),
    "wue": (float, N_("water usage effectiveness, L/kWh of IT energy")),
    "grid_kg_per_kwh": (float, N_("grid intensity, kg CO2e/kWh")),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The kind of work, its options, and where it runs."""
    parser.add_argument("kind", choices=(*KINDS, "chips"), metavar="|".join((*KINDS, "chips")))
    parser.add_argument("--model", metavar="NAME", help=translate(N_("the model's name")))
    for name, (kind, text) in (OPTIONS | WHERE).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=name.upper(), help=translate(text))
    parser.add_argument(
        "--explain", action="store_true", help=translate(N_("print the steps with formulas and sources"))
    )
    parser.add_argument(
        "--batch", metavar="FILE.csv", help=translate(N_("estimate every row of a file of configurations"))
    )
    parser.add_argument("--output", metavar="FILE.csv", help=translate(N_("where --batch writes")))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Estimates and shows."""
    if args.kind == "chips":
        return _chips(args, terminal)
    if args.batch or args.output:
        return _file(args, terminal)
    from bongsu.energy import estimate

    function: Any = getattr(estimate, args.kind)
    named = {name: getattr(args, name) for name in ("model", *OPTIONS, *WHERE)}
    given = {"batch" if name == "batch_size" else name: value for name, value in named.items() if value is not None}
    known = {*inspect.signature(function).parameters, *WHERE}
    _only(args.kind, [name for name in given if name not in known])
    result: Result = function(**given)
    terminal.result(result.as_dict(), "\n".join(_lines(result, args.explain)))
    return 0


def _only(kind: str, foreign: list[str]) -> None:
    if foreign:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in foreign)
        raise BadInput(N_("“bongsu estimate {verb}” takes no {options}."), verb=kind, options=options)


def _file(args: argparse.Namespace, terminal: Terminal) -> int:
    """Estimates the rows of a file."""
    from bongsu.energy.estimate.batch import estimate_file

    if args.kind == "training" or not (args.batch and args.output):
        raise BadInput(
            N_(
                "A file of configurations is estimated with --batch FILE.csv --output OUT.csv, for inference, image or video."
            ),
        )
    _only("--batch", [name for name in ("model", *OPTIONS, *WHERE) if getattr(args, name) is not None])
    started = time.monotonic()
    rows = estimate_file(args.batch, args.output)
    seconds = time.monotonic() - started
    text = translate(N_("{rows} rows estimated in {seconds:.1f} s: {path}")).format(
        rows=rows, seconds=seconds, path=args.output
    )
    terminal.result({"rows": rows, "seconds": seconds, "output": args.output}, text)
    return 0


def _chips(args: argparse.Namespace, terminal: Terminal) -> int:
    """Accelerators by year and FLOP per joule."""
    from bongsu.energy.estimate.chips import by_efficiency

    rows = by_efficiency(args.precision or "bf16")
    header = (N_("Year"), N_("Accelerator"), N_("Peak, TFLOP/s"), N_("GFLOP/J"))
    shown = [(year, name, peak / 1e12, efficiency / 1e9) for year, name, peak, efficiency in rows]
    keys = ("year", "chip", "peak_flop_per_s", "flop_per_joule")
    terminal.result([dict(zip(keys, row, strict=True)) for row in rows], table(header, shown))
    return 0


def _lines(result: Result, explain: bool) -> Iterator[str]:
    """The answer for a person: energy, CO2e and water, each with its interval; with `explain` the tree of steps."""
    from bongsu.energy.estimate.step import shown

    feet = result.footprint
    cycle = feet.carbon.boundary is Boundary.LIFE_CYCLE
    carbon = N_("CO2e of the life cycle") if cycle else N_("CO2e of use")
    rows = [(N_("energy"), result.energy), (carbon, feet.carbon), (N_("CO2e of making"), feet.embodied)]
    rows += [(N_("energy for one"), value) for value in result.per.values()]
    rows.append((N_("water"), feet.water or feet.water_on_site))
    for name, value in rows:
        yield f"{translate(name)}: {shown(value)}"
    boundary, country = translate(N_("boundary")), translate(N_("country"))
    yield f"{boundary}: {result.energy.boundary}; {country}: {result.country}"
    yield translate(N_("In brackets stands the range that holds the true value in four of five cases."))
    if explain:
        yield ""
        yield from result.explanation.lines(translate)
