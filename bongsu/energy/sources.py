"""The raw files of the energy programme: from whom, under what licence, of which vintage."""

from bongsu.core.provenance import Origin, Source

DATACENTRE_FIGURES = Source(
    name="datacentre-electricity-figures",
    package="bongsu.energy",
    resource="tables/datacentre_electricity.csv",
    origin=Origin(
        publisher="IEA; Lawrence Berkeley National Laboratory",
        title="Published figures on the electricity use of data centres, each row with its source",
        address="https://www.iea.org/reports/energy-and-ai",
        licence="CC-BY-4.0",
        attribution="IEA (CC BY 4.0), Lawrence Berkeley National Laboratory; figures as quoted in public pages",
    ),
    vintage="2026-06",
)

ELECTRICITY_MIXES = Source(
    name="ecologits-electricity-mixes",
    package="ecologits",
    resource="data/electricity_mixes.json",
    origin=Origin(
        publisher="GenAI Impact",
        title="EcoLogits: electricity mixes by country",
        address="https://ecologits.ai",
        licence="MPL-2.0",
        attribution="EcoLogits contributors, from ADEME Base Empreinte and others",
    ),
    distribution="ecologits",
)

MODELS = Source(
    name="ecologits-models",
    package="ecologits",
    resource="data/models.json",
    origin=Origin(
        publisher="GenAI Impact",
        title="EcoLogits: models by provider, with their parameters",
        address="https://ecologits.ai",
        licence="MPL-2.0",
        attribution="EcoLogits contributors; each model with its sources",
    ),
    distribution="ecologits",
)

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

SOURCES = (DATACENTRE_FIGURES, ELECTRICITY_MIXES, MODELS, COEFFICIENTS, CHIPS)
