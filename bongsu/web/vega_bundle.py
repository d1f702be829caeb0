"""The browser's code: Vega with Vega-Lite and its embedding, as vl-convert ships them. Written into the static folder at
serve, so that no copied foreign code is kept in the tree and no page asks another server for anything.

vl-convert is called in a process of its own: its engine has threads, and the server's workers are forked from this one.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

BUNDLE = f"bongsu/vega-{version('vl-convert-python')}.js"
_WRITE = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"


def write_bundle(static: Path) -> None:
    """Writes the bundle and its compressed twin under the folder `static`, unless this version is there already."""
    path = static / BUNDLE
    packed = path.with_name(f"{path.name}.gz")
    if packed.exists():
        return
    script = subprocess.run([sys.executable, "-c", _WRITE], check=True, capture_output=True).stdout  # noqa: S603
    path.parent.mkdir(parents=True, exist_ok=True)
    for place, data in ((path, script), (packed, gzip.compress(script, 9, mtime=0))):
        beside = place.with_name(f".{place.name}")
        beside.write_bytes(data)
        beside.rename(place)
