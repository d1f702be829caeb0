"""Accelerators by name: power, dense peak, memory and year, and the energy factors of chips that were not measured.

Peaks are dense: several datasheets print the rate with structured sparsity, which is twice as high. If no power is published,
the cell is empty and the energy cannot be computed (Missing). The source "epoch" is Epoch AI, Machine Learning Hardware (CC BY
4.0); other sources are named in the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.energy.estimate.tables import table_files

REFERENCE_CHIP = "NVIDIA H100 SXM5 80GB"
MEASURED_CHIPS = {REFERENCE_CHIP: "H100", "NVIDIA B200": "B200"}
PRECISIONS = ("bf16", "fp8", "int8")


@dataclass(frozen=True)
class Chip:
    """An accelerator: thermal design power in W, dense peaks in FLOP/s (OP/s) by precision, memory in GB, bandwidth in GB/s."""

    name: str
    maker: str
    year: int
    power_w: float | None
    peak: dict[str, float]
    memory_gb: float | None
    bandwidth_gb_s: float | None
    source: str

    def power(self) -> float:
        """Returns the design power in W. Raises Missing if the maker does not publish it."""
        return _require_value(self, self.power_w, N_("design power"))

    def flop_per_second(self, precision: str = "bf16") -> float:
        """Returns the dense peak in FLOP/s. Raises UnknownName (precision), Missing (no peak published)."""
        return _require_value(self, self.peak.get(parse_precision(precision)), N_("peak at this precision"))

    def flop_per_joule(self, precision: str = "bf16") -> float:
        """Returns peak / design power in FLOP/J: an upper bound of efficiency, for comparing chips."""
        return self.flop_per_second(precision) / self.power()


def parse_precision(name: str) -> str:
    """Returns the precision called `name`: bf16, fp8 or int8. Raises UnknownName."""
    wanted = {"bfloat16": "bf16", "float16": "bf16", "fp16": "bf16"}.get(name.casefold(), name.casefold())
    if wanted not in PRECISIONS:
        raise unknown_name(N_("precision"), name, PRECISIONS)
    return wanted


@cache
def chips() -> dict[str, Chip]:
    """Returns every chip of the table by name."""
    return {row["name"]: _make_chip(row) for row in table_files.read_rows("chips.csv")}


@cache
def get_chip(name: str) -> Chip:
    """Returns the chip with this name or alias, ignoring case. Raises UnknownName with the nearest names."""
    found = _chip_names().get(_fold_name(name))
    if found is None:
        raise unknown_name(
            N_("chip"),
            name,
            [*chips(), *(a for row in table_files.read_rows("chips.csv") for a in row["aliases"].split("|") if a)],
        )
    return chips()[found]


def design_factors(name: str) -> dict[str, float]:
    """Returns the factors of the chip's energy relative to an H100, from design data: a step in proportion to power, a byte to
    power / bandwidth, a FLOP to power / peak."""
    one, other = get_chip(REFERENCE_CHIP), get_chip(name)
    power = other.power() / one.power()
    bandwidth = _require_value(other, other.bandwidth_gb_s, N_("memory bandwidth")) / (one.bandwidth_gb_s or 1)
    return {
        "step": power,
        "memory": power / bandwidth,
        "compute": power / (other.flop_per_second() / one.flop_per_second()),
        "memory_gb": _require_value(other, other.memory_gb, N_("memory size")),
    }


def _make_chip(row: dict[str, str]) -> Chip:
    number = {name: float(row[name]) if row[name] else None for name in ("tdp_w", "memory_gb", "bandwidth_gb_s")}
    columns = {"bf16": "bf16_tflops", "fp8": "fp8_tflops", "int8": "int8_tops"}
    peak = {precision: float(row[column]) * 1e12 for precision, column in columns.items() if row[column]}
    source = row["source"].replace("epoch", "Epoch AI, Machine Learning Hardware (CC BY 4.0)", 1)
    return Chip(
        row["name"],
        row["maker"],
        int(row["year"]),
        number["tdp_w"],
        peak,
        number["memory_gb"],
        number["bandwidth_gb_s"],
        source,
    )


@cache
def _chip_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in table_files.read_rows("chips.csv"):
        for name in (row["name"], *row["aliases"].split("|")):
            if name and names.setdefault(_fold_name(name), row["name"]) != row["name"]:
                raise BadInput(N_("Two chips are called “{name}”."), where="chips.csv", name=name)
    return names


def _fold_name(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _require_value(entry: Chip, value: float | None, what: str) -> float:
    if value is None:
        raise Missing(
            N_("No {kind} is published for “{chip}”."),
            fix=N_("Give it yourself, or choose another chip."),
            kind=what,
            chip=entry.name,
        )
    return value
