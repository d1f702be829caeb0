"""A model's energy, from the releases of whatever measures or estimates models: values of different boundaries, kinds and
vintages stand in rows of their own and are never joined into one.

Joined by the name that a model has on the hub, or by another name that its entry gives. A model that no release names has
no energy here, which is not the same as none used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bongsu.commons.entries.entry import Entry
from bongsu.core.question import Selection
from bongsu.core.release import Release
from bongsu.core.structure import Structure
from bongsu.store.node import Node

LABELLED = "INFERENCE_ENERGY"  # the release that labels are drawn from
MODEL = "MODEL"  # the dimension by which a release tells models apart
_HUB = "https://huggingface.co/"


class Figure(NamedTuple):
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


def names_of(entry: Entry) -> tuple[str, ...]:
    """What an entry is called where models are listed: by its address on the hub, and by its identifiers."""
    hub = [link.href.removeprefix(_HUB).rstrip("/") for link in entry.links if link.href.startswith(_HUB)]
    return tuple(dict.fromkeys([*hub, *entry.identifiers]))


def figures(node: Node, entry: Entry, language: str) -> list[Figure]:
    """Every figure that the node's current releases have of this model."""
    names = names_of(entry)
    if not names:
        return []
    # oldest first, so that of each dataflow the newest stays that is not withdrawn
    current = {release.dataflow: release for release in node.releases.all() if not release.withdrawal}
    found: list[Figure] = []
    for _, release in sorted(current.items()):
        structure = node.releases.structure(release)
        if MODEL in structure.dataflow.keys:
            found += _of_release(node, release, structure, names, language)
    return found


def labelled(found: Sequence[Figure]) -> str:
    """The name under which the energy programme has a label of the model; "" where the release of the label lacks it."""
    return next((figure.model for figure in found if figure.release.dataflow == LABELLED), "")


def _of_release(
    node: Node, release: Release, structure: Structure, names: tuple[str, ...], language: str
) -> Iterator[Figure]:
    flow = structure.dataflow
    for row in node.observations(release, Selection(((MODEL, names),))).to_pylist():
        if row["OBS_VALUE"] is None:
            continue

        def named(column: str, row: dict[str, str] = row) -> str:
            return structure.name_of(column, row[column], language)

        others = [named(key) for key in flow.keys if key not in (MODEL, "BOUNDARY", "KIND")]
        yield Figure(
            release,
            flow.name.to(language),
            row[MODEL],
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
