"""The label's fields for a model of the release INFERENCE_ENERGY, graded against all models of the release at the chip.

The boundary is the chip, because the energy of the facility also depends on the provider. The date is that of the release.
"""

from __future__ import annotations

from typing import Any

from bongsu.core.errors import N_, unknown_name
from bongsu.core.estimate import Boundary
from bongsu.store.node import Node

INFERENCE_FLOW = "INFERENCE_ENERGY"
LABEL_BOUNDARY = Boundary.CHIP


def label_fields(node: Node, model: str) -> dict[str, Any]:
    """Returns the fields of the form `label` for `model`, its name in the release, in any case, with or without its provider.

    Raises UnknownName if the release does not have the model or there is no release.
    """
    release = node.releases.current(INFERENCE_FLOW)
    rows = [row for row in node.usable_observations(release).rows if row["BOUNDARY"] == str(LABEL_BOUNDARY)]
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
