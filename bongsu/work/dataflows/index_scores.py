"""Reads the scores of exposure indices from the inputs of a build."""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.core.programme import BuildInputs
from bongsu.work.exposure.classes import ilo_class
from bongsu.work.exposure.indices import OccupationScore, indices, read_scores

INDEX_SOURCES = {id_: index.source for id_, index in indices().items()}


def read_index_scores(inputs: BuildInputs, id_: str) -> dict[str, OccupationScore]:
    """Returns the scores of an index from its snapshot, by occupation of the index's own classification."""
    source = indices()[id_].source
    return read_scores(inputs[source.name].data.decode(), source.resource)


def ilo_classes(scores: Mapping[str, OccupationScore]) -> dict[str, str]:
    """Returns the ILO class of every unit group that has an SD."""
    return {unit: ilo_class(score.value, score.sd) for unit, score in scores.items() if score.sd is not None}
