"""Specifications drawn as SVG and PNG by vl-convert. A release never changes, so neither does its picture: each is kept.

A browser draws an SVG's texts with its own fonts; a PNG is set with the house's, which has Hangul (typesetting.py).
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from bongsu.core.errors import N_, unknown_name
from bongsu.core.release import Release
from bongsu.publish.charts import specifications
from bongsu.publish.charts.render_worker import RenderWorker
from bongsu.store.node import Node

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "json": "application/vnd.vegalite.v6+json"}


@lru_cache(maxsize=256)
def render_release_chart(node: Node, release: Release, id_: str, language: str, form: str, size: str = "wide") -> bytes:
    """A release's own chart as svg, png or json. Raises UnknownName."""
    chart = specifications.find_chart(node.releases.structure(release), id_)
    return render_specification(specifications.release_specification(node, release, chart, language, size), form)


def render_specification(specification: dict[str, Any], form: str) -> bytes:
    """A specification as svg, png or json. Raises UnknownName for any other form."""
    if form not in MEDIA_TYPES:
        raise unknown_name(N_("format"), form, MEDIA_TYPES)
    if form == "json":
        return json.dumps(specification, ensure_ascii=False).encode()
    return _WORKER.draw(specification, form)


_WORKER = RenderWorker()
