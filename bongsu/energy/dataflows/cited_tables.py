"""Sources that are also tables of the estimate: a release must cite the bytes with which it was computed."""

from __future__ import annotations

from bongsu.core.errors import N_, BadInput
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Origin, Source
from bongsu.energy.estimate.tables import table_files

COEFFICIENTS = Source(
    name="inference-coefficients",
    package="bongsu.energy.estimate.tables",
    resource="coefficients.csv",
    origin=Origin(
        publisher="ML.ENERGY",
        title="Coefficients of the inference model, fitted to the measurements of the ML.ENERGY leaderboard v3",
        address="https://ml.energy/leaderboard",
        licence="Apache-2.0",
        attribution="ML.ENERGY Initiative; fit by Bongsu (docs/methods/energy-estimate.md)",
    ),
    vintage="2026-11-25",
)

CHIPS = Source(
    name="accelerators",
    package="bongsu.energy.estimate.tables",
    resource="chips.csv",
    origin=Origin(
        publisher="Epoch AI; makers’ datasheets",
        title="Accelerators: design power, dense peaks, memory and year, each row with its source",
        address="https://epoch.ai/data/machine-learning-hardware",
        licence="CC-BY-4.0",
        attribution="Epoch AI, Machine Learning Hardware (CC BY 4.0); rows from datasheets say so",
    ),
    vintage="2026-11",
)


def check_cited_table(inputs: BuildInputs, source: Source) -> None:
    """Checks that the snapshot of `source` is the table that the estimate computes with. Raises BadInput."""
    if inputs[source.name].data != table_files.read_bytes(source.resource):
        raise BadInput(
            N_("The snapshot “{name}” comes from another version of Bongsu."),
            where=inputs.flow.id,
            fix=N_("Run “bongsu take” first."),
            name=source.name,
        )
