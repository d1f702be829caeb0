"""The JavaScript bundle: Vega, Vega-Lite and Vega-Embed from vl-convert. `bongsu serve` writes it into the static folder, so
that the repository has no vendored code and no page loads anything from another server.

vl-convert runs in a subprocess: its engine starts threads, and the server forks its workers from this process.
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
    """Writes the bundle and its gzip-compressed copy under the folder `static`, unless this version exists there."""
    path = static / BUNDLE
    packed = path.with_name(f"{path.name}.gz")
    if packed.exists():
        return
    script = subprocess.run([sys.executable, "-c", _WRITE], check=True, capture_output=True).stdout  # noqa: S603
    path.parent.mkdir(parents=True, exist_ok=True)
    for place, data in ((path, script), (packed, gzip.compress(script, 9, mtime=0))):
        temporary = place.with_name(f".{place.name}")
        temporary.write_bytes(data)
        temporary.rename(place)
