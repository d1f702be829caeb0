"""PDF and PNG output by Typst, with a font that includes Hangul; servers often have no fonts installed.

The font is Noto Sans CJK, installed from a package; charts are drawn with it, so that a Korean chart is the same on every
machine. Sources: typst.app (Apache-2.0), fonts.google.com/noto (SIL Open Font License 1.1).
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
_ID = re.compile(r"\b(clip|gradient_)[0-9]+\b")
_RESOLUTION = 144.0  # pixels per inch: twice the size of the picture on a screen


def specification_to_svg(specification: dict[str, Any], font: str = "") -> str:
    """Renders a Vega-Lite specification with `font` instead of its own. Texts have the same width on every machine."""
    register_vega_fonts()
    config = {**specification.get("config", {}), **({"font": font} if font else {})}
    drawn = str(vl_convert.vegalite_to_svg(json.dumps({**specification, "config": config}, ensure_ascii=False)))
    numbers: dict[
        str, str
    ] = {}  # Vega numbers ids across pictures; renumber them, so that equal pictures are equal bytes
    return _ID.sub(lambda found: numbers.setdefault(found.group(), f"{found.group(1)}{len(numbers)}"), drawn)


def svg_for_print(svg: str) -> str:
    """Prepares a chart's SVG for print: sets the font of every text and avoids the thinnest weight."""
    svg = re.sub(r'font-family="[^"]*"', f'font-family="{FONT_NAME}"', svg)
    svg = re.sub(r"(?<=<text)(?![^>]*font-weight)", ' font-weight="500"', svg)
    return svg.replace('font-weight="normal"', 'font-weight="500"').replace('font-weight="400"', 'font-weight="500"')


def svg_to_png(picture: str) -> bytes:
    """Converts an SVG to PNG, at twice its size on a screen."""
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
    """Typesets `main.typ`, one of `files`, as an accessible PDF (PDF/UA-1) dated `moment`."""
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
    """Yields the path of `main.typ` in a temporary folder with all files."""
    with tempfile.TemporaryDirectory(prefix="bongsu-") as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        yield Path(folder) / "main.typ"
