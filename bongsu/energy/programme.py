"""The energy programme's face: its flows, its sources and, in order, its recipes."""

from bongsu.core.programme import Programme, Recipe
from bongsu.energy import build, checks, sources
from bongsu.energy.estimate.output.accelerator_release import accelerator_efficiency
from bongsu.energy.estimate.output.inference_release import inference_energy
from bongsu.energy.intake.build import metered_energy
from bongsu.energy.intake.node_reports import SNAPSHOT_FAMILY
from bongsu.store.tables.definitions import read_dataflows
from bongsu.store.tables.manual import read_programmes

PROGRAMME = Programme(
    face=read_programmes()["energy"],
    flows=read_dataflows("bongsu.energy"),
    sources=sources.SOURCES,
    recipes=(
        Recipe(
            "DATACENTRE_ELECTRICITY",
            (sources.DATACENTRE_FIGURES.name,),
            build.datacentre_electricity,
            (checks.regions_sum_to_world, checks.not_negative),
        ),
        Recipe(
            "GRID_INTENSITY",
            (sources.ELECTRICITY_MIXES.name,),
            build.grid_intensity,
            (checks.not_negative, checks.few_countries_lost),
        ),
        Recipe(
            "DATACENTRE_EMISSIONS",
            ("DATACENTRE_ELECTRICITY", "GRID_INTENSITY"),
            build.datacentre_emissions,
            (checks.not_negative,),
        ),
        Recipe(
            "INFERENCE_ENERGY",
            (sources.MODELS.name, sources.COEFFICIENTS.name),
            inference_energy,
            (checks.not_negative, checks.intervals_hold_their_value, checks.few_models_lost),
        ),
        Recipe(
            "ACCELERATOR_EFFICIENCY",
            (sources.CHIPS.name, sources.COEFFICIENTS.name),
            accelerator_efficiency,
            (checks.not_negative, checks.intervals_hold_their_value),
        ),
        Recipe("METERED_ENERGY", (), metered_energy, (checks.not_negative,), family=SNAPSHOT_FAMILY),
    ),
)
