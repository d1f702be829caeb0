"""Benchmarks openness assessments per second on one core (target: 2,000), with every entry assessed anew.

Each pass clears the cache of licences. “From files” includes reading the YAML. For comparison, the same run measures the time
that `license-expression` alone needs to parse one licence for each of those components.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from license_expression import get_spdx_licensing

from bongsu.commons.documents import parse_document
from bongsu.commons.licences import read_licence
from bongsu.commons.openness import dpg, mof, osai, osaid

BAR = 2_000
EXCERPTS = Path(__file__).parents[1] / "tests" / "specimens" / "excerpts"
DATA = Path(os.environ.get("BONGSU_DATA") or EXCERPTS) / "commons"  # the whole files, or the excerpts in the repository
REPEATS = 5


def _documents(pattern: str) -> list[Any]:
    return [parse_document(path.read_bytes(), path.name) for path in sorted(DATA.glob(pattern))]


def _mof(document: Any, mode: mof.Mode) -> object:
    return mof.assess(mof.read_release(document, "", mode), mode)


def _file(text: bytes) -> object:
    return _mof(parse_document(text, "model.yml"), "normalised")


def _osaid(document: Any) -> object:
    return osaid.assess(mof.read_release(document))


def _median(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def main() -> None:
    """Prints a line for each framework, then the ratio of the slowest to the target (above 1 is faster than the target)."""
    models, projects, nominees = (
        _documents(pattern) for pattern in ("mof/models/*.yml", "osai/projects/*.yaml", "dpg/nominees/*.json")
    )
    written = [path.read_bytes() for path in sorted(DATA.glob("mof/models/*.yml"))]
    judged: dict[str, list[Callable[[], object]]] = {
        "mof mot-parity": [partial(_mof, d, "mot-parity") for d in models],
        "mof normalised": [partial(_mof, d, "normalised") for d in models],
        "mof normalised, from files": [partial(_file, text) for text in written],
        "osaid": [partial(_osaid, d) for d in models],
        "osai": [partial(osai.assess, d) for d in projects],
        "dpg": [partial(dpg.assess, d, as_of="2026-01-01") for d in nominees],
    }
    slowest = float("inf")
    for name, calls in judged.items():
        times = []
        for _ in range(REPEATS):
            read_licence.cache_clear()
            started = time.perf_counter()
            for call in calls:
                call()
            times.append(time.perf_counter() - started)
        rate = len(calls) / _median(times)
        slowest = min(slowest, rate)
        print(f"commons_assess: {name}: {rate:,.0f} assessments/s")
    texts = [text for d in models for text in mof.read_release(d).components.values() if text]
    licensing: Any = get_spdx_licensing()
    started = time.perf_counter()
    for text in texts:
        try:
            licensing.parse(text)
        except Exception:  # noqa: BLE001 (the parser raises several types for prose)
            continue
    parsing = len(models) / (time.perf_counter() - started)
    print(f"commons_assess: license-expression alone, the same models: {parsing:,.0f} models/s")
    print(f"commons_assess: slowest {slowest:,.0f} assessments/s on one core (bar {BAR:,}): ratio {slowest / BAR:.2f}")


if __name__ == "__main__":
    main()
