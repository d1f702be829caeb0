"""The fields of the estimate form: labels and choices from the options, and the example that an empty form shows.

Left out: HTML (templates) and requests (views).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bongsu.core.estimate import Boundary
from bongsu.energy.estimate.model.boundary_factors import LEVELS
from bongsu.energy.estimate.model.configuration_sheet import BYTES_PER_PARAMETER, TASKS
from bongsu.energy.estimate.output.options import Option, kind_options
from bongsu.energy.estimate.tables import chips, model_registry, table_files
from bongsu.energy.estimate.tables.computing_places import providers
from bongsu.energy.grid.grid_table import WORLD, grid_countries
from bongsu.store.tables.definitions import code_lists

# The values that each page shows before a query is made; the country is the institution's, if its grid is known.
FORM_EXAMPLES: dict[str, dict[str, str]] = {
    "inference": {"model": "gpt-4o", "output_tokens": "500", "input_tokens": "1000", "country": WORLD},
    "training": {"gpu_hours": "1460000", "chip": "NVIDIA H100 SXM5 80GB", "country": "USA"},
    "image": {"model": "black-forest-labs/FLUX.1-dev", "images": "1", "country": WORLD},
    "video": {"model": "Wan-AI/Wan2.1-T2V-14B-Diffusers", "videos": "1", "country": WORLD},
}


@dataclass(frozen=True)
class FormField:
    """A field of the form: the option, its text, and its choices as (code, name); a field without choices is free text."""

    option: Option
    value: str
    choices: tuple[tuple[str, str], ...] = ()


def fill_example(kind: str, home: str) -> dict[str, str]:
    """Returns the values that the form of `kind` shows at first; `home` is the institution's country, or empty."""
    example = FORM_EXAMPLES[kind]
    known = example["country"] == WORLD and home in dict(country_choices("en"))
    return {**example, "country": home} if known else dict(example)


def build_form_fields(kind: str, typed: Mapping[str, str], language: str) -> list[FormField]:
    """Returns the fields of `kind` with the texts in `typed`."""
    return [
        FormField(
            option,
            typed.get(option.name, ""),
            _option_choices(option, kind, language) if option.type == "choice" else (),
        )
        for option in kind_options(kind)
    ]


@cache
def suggest_models(kind: str) -> tuple[str, ...]:
    """Returns the model names that the form suggests."""
    if kind in ("image", "video"):
        return tuple(row["id"] for row in table_files.read_rows("diffusion_models.csv") if row["makes"] == kind)
    return tuple(dict.fromkeys(model.name for model in model_registry.models().values()))


@cache
def country_choices(language: str) -> tuple[tuple[str, str], ...]:
    """Returns (code, name) of the countries with a known grid intensity, by name; the world first."""
    areas = code_lists()["CL_AREA"]
    named = [(code, areas.name_of(code, language)) for code in grid_countries() if code != WORLD and code in areas]
    return ((WORLD, areas.name_of("WORLD", language)), *sorted(named, key=lambda row: row[1].casefold()))


def _option_choices(option: Option, kind: str, language: str) -> tuple[tuple[str, str], ...]:
    boundaries = code_lists()["CL_BOUNDARY"]
    match option.name:
        case "country":
            return country_choices(language)
        case "chip":
            return tuple((name, name) for name, chip in chips.chips().items() if _chip_serves_kind(chip, kind))
        case "provider":
            return tuple((name, name) for name in sorted(providers()))
        case "precision":
            names = chips.PRECISIONS if kind == "training" else tuple(BYTES_PER_PARAMETER)
        case "architecture":
            names = ("dense", "moe", "hybrid")
        case "task":
            names = tuple(task for task in TASKS if not task.startswith("text-to-"))
        case "boundary":
            return tuple((str(b), boundaries.name_of(str(b), language)) for b in Boundary if b is not Boundary.NONE)
        case _:  # power_boundary
            return tuple((str(level), boundaries.name_of(str(level), language)) for level in LEVELS)
    return tuple((name, name) for name in names)


def _chip_serves_kind(chip: chips.Chip, kind: str) -> bool:
    """Returns whether the chip has the published values that an estimate of `kind` needs."""
    if kind == "training":
        return chip.power_w is not None and "bf16" in chip.peak
    return None not in (chip.power_w, chip.bandwidth_gb_s, chip.memory_gb) and "bf16" in chip.peak
