"""Real files of every format, broken by chance: each is read, or refused with a reason; nothing else ever comes out."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

from bongsu.commons.harvest.page_reader import read_page
from bongsu.commons.harvest.record import RecordOrigin
from bongsu.core.errors import BadInput

JUNK: tuple[Any, ...] = (
    None,
    0,
    -1,
    1e308,
    True,
    "",
    [],
    {},
    "x" * 50,
    ["a", None],
    {"a": {"b": [1]}},
    "0",
    "http://",
    "\0",
)
PATTERNS = (
    "croissant/datasets/1.*/*/metadata.json",
    "mof/models/A*.yml",
    "osai/projects/b*.yaml",
    "dpg/*/b*.json",
    "current-ai/sources/*/a*.yaml",
    "dcat-ap/releases/3.0.0/html/examples/example-bee-population-2022*",
)


def broken(value: Any, chance: random.Random) -> Any:
    """The value with one of its parts gone, or junk in its place."""
    if isinstance(value, dict) and value:
        key = chance.choice(list(value))
        if chance.random() < 0.2:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: chance.choice(JUNK) if chance.random() < 0.4 else broken(value[key], chance)}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], broken(value[at], chance), *value[at + 1 :]]
    return chance.choice(JUNK)


def test_randomly_damaged_files_are_refused_or_read(data: Path) -> None:
    chance = random.Random(5)
    origin = RecordOrigin("s", "https://example.org/x", "2026-11-25", "0" * 64)
    paths = [path for pattern in PATTERNS for path in sorted((data / "commons").glob(pattern))[:4]]
    assert {path.suffix for path in paths} >= {".json", ".yml", ".yaml", ".ttl", ".jsonld"}
    read = refused = 0
    for path in paths:
        whole = path.read_bytes()
        document = (
            None
            if path.suffix == ".ttl"
            else json.loads(whole)
            if "json" in path.suffix
            else yaml.load(whole, Loader=yaml.CBaseLoader)
        )
        for _ in range(40):
            if document is not None and chance.random() < 0.7:
                text = json.dumps(broken(broken(document, chance), chance)).encode()
            else:
                changed = bytearray(whole[: chance.randrange(1, len(whole)) if chance.random() < 0.2 else None])
                changed[chance.randrange(len(changed))] = chance.randrange(256)
                text = bytes(changed)
            try:
                read += len(list(read_page(text, origin).records))
            except BadInput:
                refused += 1
    assert read > 300
    assert refused > 30
