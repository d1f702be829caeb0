"""Finds the font for images and PDF files: Noto Sans CJK, which includes Hangul, from an installed package.

The fonts of the system are not used, because a server may have none. Source: fonts.google.com/noto (SIL Open Font License
1.1).
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

from bongsu.core.errors import N_, PartMissing

FONT_NAME = "Noto Sans CJK KR"
_FONT_PACKAGE = "manimgx_fonts_cjk"  # the package that contains the font


@lru_cache(maxsize=1)
def find_font_folder() -> Path:
    """Returns the folder of the font. Raises PartMissing if its package or Typst is not installed."""
    found = importlib.util.find_spec(_FONT_PACKAGE)
    if found is None or found.origin is None or importlib.util.find_spec("typst") is None:
        raise PartMissing(
            N_("Images and PDF files need Typst and the font Noto Sans CJK, which are not installed."),
            fix=N_('Install them: pip install "bongsu[node]".'),
        )
    return Path(found.origin).parent


@lru_cache(maxsize=1)
def register_vega_fonts() -> None:
    """Registers the font with vl-convert, which measures and draws the texts of charts."""
    import vl_convert

    vl_convert.register_font_directory(str(find_font_folder()))
