"""The label's fields for a model of INFERENCE_ENERGY: rated against every model of the same release, at the chip.

At the chip because the facility's energy speaks of the provider too, not of the model alone. The date is the release's.
"""

from __future__ import annotations

from typing import Any

from bongsu.core.errors import N_, unknown_name
from bongsu.core.estimate import Boundary
from bongsu.store.node import Node

INFERENCE_FLOW = "INFERENCE_ENERGY"
LABEL_BOUNDARY = Boundary.CHIP


def label_fields(node: Node, model: str) -> dict[str, Any]:
    """The fields of the form `label` for `model`, named as the release does, in any case, with or without its provider.

    Raises UnknownName for a model that the release does not hold, or while there is no release.
    """
    release = node.releases.current(INFERENCE_FLOW)
    rows = [row for row in node.observations(release).to_pylist() if row["BOUNDARY"] == str(LABEL_BOUNDARY)]
    names = {name.casefold(): row for row in rows for name in (f"{row['PROVIDER']}/{row['MODEL']}", row["MODEL"])}
    own = names.get(model.strip().casefold())
    if own is None:
        raise unknown_name(N_("model"), model, {row["MODEL"] for row in rows}, where=INFERENCE_FLOW)
    return {
        "model": own["MODEL"],
        "date": release.sealed_at[:10],
        "energy": {
            "value": own["OBS_VALUE"],
            "low": own["LOWER_BOUND"],
            "high": own["UPPER_BOUND"],
            "unit": own["UNIT_MEASURE"],
            "kind": own["KIND"],
            "boundary": own["BOUNDARY"],
            "method": own["METHOD"],
        },
        "class": {
            "name": release.name,
            "unit": own["UNIT_MEASURE"],
            "boundary": own["BOUNDARY"],
            "models": {row["MODEL"]: row["OBS_VALUE"] for row in rows},
        },
    }
