"""Excerpts of public data: each names its source and licence, all are small, and the tool writes them as they are."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from tests.conftest import EXCERPTS
from tools.write_excerpts import write_excerpts

FILES = sorted(
    path.relative_to(EXCERPTS) for path in EXCERPTS.rglob("*") if path.is_file() and path.name != "README.md"
)
MOST_BYTES = 1_500_000


def test_every_excerpt_names_its_source_and_licence() -> None:
    rows = re.findall(
        r"^\| (\w.+?) \| .+? \| (.+?) \| (.+?) \|$", (EXCERPTS / "README.md").read_text("utf-8"), re.MULTILINE
    )
    patterns = [name.replace("\\", "") for name, *_ in rows if name != "file"]
    matched = {pattern: [file for file in FILES if _is_under(file, pattern)] for pattern in patterns}
    assert not [pattern for pattern, files in matched.items() if not files]
    assert {file for files in matched.values() for file in files} == set(FILES)


def _is_under(file: PurePath, pattern: str) -> bool:
    return file.is_relative_to(pattern.removesuffix("/**")) if pattern.endswith("/**") else file.match(pattern)


def test_excerpts_are_small() -> None:
    assert sum((EXCERPTS / file).stat().st_size for file in FILES) < MOST_BYTES


def test_the_tool_writes_the_excerpts(data: Path, tmp_path: Path) -> None:
    """From the whole files, every excerpt is written; excerpts of the excerpts are the same files."""
    write_excerpts(data, tmp_path)
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(FILES)
    assert not [file for file in FILES if (tmp_path / file).read_bytes() != (EXCERPTS / file).read_bytes()]
