"""Lists the energy of a model from the releases that have the dimension MODEL.

Values of different boundaries, kinds and vintages are separate rows and are never combined. A model is found by its name on the
hub or another identifier of its entry. A model that is not in a release has no value here, which does not mean zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bongsu.commons.entries.entry import Entry
from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import Structure
from bongsu.store.node import Node

LABEL_FLOW = "INFERENCE_ENERGY"  # the dataflow of the energy labels
MODEL_DIMENSION = "MODEL"  # the dimension with the name of the model
_HUB = "https://huggingface.co/"


class EnergyFigure(NamedTuple):
    """One observation of a release: what it measures, its value with interval, and its attributes."""

    release: Release
    measures: str
    model: str
    value: float
    low: float | None
    high: float | None
    unit: str
    kind: str
    boundary: str
    interval: str
    vintage: str
    source: str
    others: str


def model_names(entry: Entry) -> tuple[str, ...]:
    """Returns the names under which releases may list an entry: its name on the hub and its identifiers."""
    hub = [link.href.removeprefix(_HUB).rstrip("/") for link in entry.links if link.href.startswith(_HUB)]
    return tuple(dict.fromkeys([*hub, *entry.identifiers]))


def list_figures(node: Node, entry: Entry, language: str) -> list[EnergyFigure]:
    """Returns every figure of this model in the node's current releases."""
    names = model_names(entry)
    if not names:
        return []
    # oldest first, so that the newest release of each dataflow that is not withdrawn remains
    current = {release.dataflow: release for release in node.releases.all() if not release.withdrawal}
    found: list[EnergyFigure] = []
    for _, release in sorted(current.items()):
        structure = node.releases.structure(release)
        if MODEL_DIMENSION in structure.dataflow.keys:
            found += _release_figures(node, release, structure, names, language)
    return found


def find_labelled_model(found: Sequence[EnergyFigure]) -> str:
    """Returns the name of the model in the release INFERENCE_ENERGY, for its label; "" if the release does not have it."""
    return next((figure.model for figure in found if figure.release.dataflow == LABEL_FLOW), "")


def _release_figures(
    node: Node, release: Release, structure: Structure, names: tuple[str, ...], language: str
) -> Iterator[EnergyFigure]:
    flow = structure.dataflow
    for row in node.usable_observations(release, Selection(((MODEL_DIMENSION, names),))).rows:
        if row["OBS_VALUE"] is None:
            continue

        def named(column: str, row: dict[str, str] = row) -> str:
            return structure.name_of(column, row[column], language)

        others = [named(key) for key in flow.keys if key not in (MODEL_DIMENSION, "BOUNDARY", "KIND")]
        yield EnergyFigure(
            release,
            flow.name.to(language),
            row[MODEL_DIMENSION],
            row["OBS_VALUE"],
            row["LOWER_BOUND"],
            row["UPPER_BOUND"],
            row["UNIT_MEASURE"],
            named("KIND"),
            named("BOUNDARY"),
            named("INTERVAL_TYPE"),
            row["VINTAGE"],
            row["SOURCE"],
            ", ".join(others),
        )
