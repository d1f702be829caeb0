"""Keeps a study's result in a node, as a snapshot of the family that AI_IMPACT is built of. Its cells are not kept."""

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
    """Keeps result.data(...) under `name`; `source` says whose cells they were. Returns the snapshot's name.

    Raises BadInput for a name that is none.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(N_("A study's name has small letters, digits and hyphens only."), where=name)
    origin = Origin(
        publisher=node.identity.name,
        title=f"Event study {name}",
        address="",
        licence=licence,
        attribution=source or node.identity.name,
    )
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
    snapshot, _ = node.snapshots.keep(f"{IMPACT_FAMILY}-{name}", text.encode(), origin, utc_now()[:10])
    return snapshot.name
