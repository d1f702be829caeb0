"""Saves the result of a study in a node as a snapshot, from which AI_IMPACT is built. The cells are not saved."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.provenance import Origin
from bongsu.store.disk.clock import utc_now

if TYPE_CHECKING:
    from bongsu.store.node import Node

IMPACT_FAMILY = "impact-study"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


def keep_result(node: Node, name: str, data: dict[str, Any], licence: str, source: str) -> str:
    """Saves the JSON of `result_to_json` under `name`; `source` names the owner of the cells. Returns the snapshot's name.

    Raises BadInput for an invalid name.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(N_("The name of a study must have only lowercase letters, digits and hyphens."), where=name)
    origin = Origin(
        publisher=node.identity.name,
        title=f"Event study {name}",
        address="",
        licence=licence,
        attribution=source or node.identity.name,
    )
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
    snapshot, _ = node.snapshots.save(f"{IMPACT_FAMILY}-{name}", text.encode(), origin, utc_now()[:10])
    return snapshot.name
