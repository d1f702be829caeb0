"""A model's energy, from the releases of whatever measures or estimates models: values of different boundaries, kinds and
vintages stand in rows of their own and are never joined into one.

Joined by the name that a model has on the hub, or by another name that its entry gives. A model that no release names has
no energy here, which is not the same as none used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bongsu.commons.entries.entry import Entry
from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import Structure
from bongsu.store.node import Node

LABEL_FLOW = "INFERENCE_ENERGY"  # the release that labels are drawn from
MODEL_DIMENSION = "MODEL"  # the dimension by which a release tells models apart
_HUB = "https://huggingface.co/"


class EnergyFigure(NamedTuple):
    """One observation of a release: what it measures, its value with interval, and all that it says of itself."""

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
    """What an entry is called where models are listed: by its address on the hub, and by its identifiers."""
    hub = [link.href.removeprefix(_HUB).rstrip("/") for link in entry.links if link.href.startswith(_HUB)]
    return tuple(dict.fromkeys([*hub, *entry.identifiers]))


def list_figures(node: Node, entry: Entry, language: str) -> list[EnergyFigure]:
    """Every figure that the node's current releases have of this model."""
    names = model_names(entry)
    if not names:
        return []
    # oldest first, so that of each dataflow the newest stays that is not withdrawn
    current = {release.dataflow: release for release in node.releases.all() if not release.withdrawal}
    found: list[EnergyFigure] = []
    for _, release in sorted(current.items()):
        structure = node.releases.structure(release)
        if MODEL_DIMENSION in structure.dataflow.keys:
            found += _release_figures(node, release, structure, names, language)
    return found


def find_labelled_model(found: Sequence[EnergyFigure]) -> str:
    """The name under which the energy programme has a label of the model; "" where the release of the label lacks it."""
    return next((figure.model for figure in found if figure.release.dataflow == LABEL_FLOW), "")


def _release_figures(
    node: Node, release: Release, structure: Structure, names: tuple[str, ...], language: str
) -> Iterator[EnergyFigure]:
    flow = structure.dataflow
    for row in node.observations(release, Selection(((MODEL_DIMENSION, names),))).to_pylist():
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
