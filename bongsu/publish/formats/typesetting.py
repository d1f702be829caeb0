"""PDF and PNG output by Typst, with a font that includes Hangul; servers often have no fonts installed.

The font is Noto Sans CJK, which a package carries; a picture drawn as SVG is set with it, so that a Korean chart is the same
on every machine. Sources: typst.app (Apache-2.0), fonts.google.com/noto (SIL Open Font License 1.1).
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import vl_convert

from bongsu.store.fonts import FONT_NAME, find_font_folder, register_vega_fonts

__all__ = ["FONT_NAME", "find_font_folder", "specification_to_svg", "svg_for_print", "svg_to_png", "typeset_pdf"]

_PICTURE = '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("picture.svg")\n'
_ID = re.compile(r"\b(clip|gradient_)\d+\b")
_RESOLUTION = 144.0  # pixels an inch: twice the size of the picture on a screen


def specification_to_svg(specification: dict[str, Any], font: str = "") -> str:
    """A Vega-Lite specification drawn; `font` in place of its own. Texts have the same width on every machine."""
    register_vega_fonts()
    config = {**specification.get("config", {}), **({"font": font} if font else {})}
    drawn = str(vl_convert.vegalite_to_svg(json.dumps({**specification, "config": config}, ensure_ascii=False)))
    numbers: dict[str, str] = {}  # Vega counts its ids on from picture to picture; the same picture is the same bytes
    return _ID.sub(lambda found: numbers.setdefault(found.group(), f"{found.group(1)}{len(numbers)}"), drawn)


def svg_for_print(svg: str) -> str:
    """Prepares a chart's SVG for print: sets the font of every text and avoids the thinnest weight."""
    svg = re.sub(r'font-family="[^"]*"', f'font-family="{FONT_NAME}"', svg)
    svg = re.sub(r"(?<=<text)(?![^>]*font-weight)", ' font-weight="500"', svg)
    return svg.replace('font-weight="normal"', 'font-weight="500"').replace('font-weight="400"', 'font-weight="500"')


def svg_to_png(picture: str) -> bytes:
    """A picture (SVG) as PNG, twice its size on a screen."""
    import typst

    with _folder({"main.typ": _PICTURE.encode(), "picture.svg": svg_for_print(picture).encode()}) as main:
        return typst.compile(
            main,
            root=main.parent,
            font_paths=[find_font_folder()],
            ignore_system_fonts=True,
            format="png",
            ppi=_RESOLUTION,
        )


def typeset_pdf(files: Mapping[str, bytes], moment: datetime) -> bytes:
    """The document `main.typ` among `files` as PDF that a screen reader can read (PDF/UA-1), dated `moment`."""
    import typst

    with _folder(files) as main:
        return typst.compile(
            main,
            root=main.parent,
            font_paths=[find_font_folder()],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards="ua-1",
            timestamp=moment,
        )


@contextmanager
def _folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """`main.typ` in a folder with all files, for as long as they are read."""
    with tempfile.TemporaryDirectory(prefix="bongsu-") as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        yield Path(folder) / "main.typ"
