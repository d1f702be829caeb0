"""Renders specifications as SVG and PNG with vl-convert. A release never changes, so its pictures are cached.

A browser draws the texts of an SVG with its own fonts; a PNG is drawn with the bundled font, which has Hangul (typesetting.py).
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
def render_release_chart(
    node: Node, release: Release, id_: str, language: str, form: str, size: str = "wide", home: str = ""
) -> bytes:
    """Renders a release's own chart as svg, png or json. Raises UnknownName."""
    chart = specifications.find_chart(node.releases.structure(release), id_)
    return render_specification(specifications.release_specification(node, release, chart, language, size, home), form)


def render_specification(specification: dict[str, Any], form: str) -> bytes:
    """Renders a specification as svg, png or json. Raises UnknownName for any other format."""
    if form not in MEDIA_TYPES:
        raise unknown_name(N_("format"), form, MEDIA_TYPES)
    if form == "json":
        return json.dumps(specification, ensure_ascii=False).encode()
    return _WORKER.render(specification, form)


_WORKER = RenderWorker()
