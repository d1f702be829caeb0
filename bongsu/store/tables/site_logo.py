"""The institution's logo: an image of the node's folder as a PNG that this module has drawn itself.

A PNG, JPEG or WebP is decoded and encoded anew, so that nothing but pixels is left of what was sent. An SVG is drawn after a
check: elements that could run, load or repeat something without end are refused. Left out: how it is served.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import warnings
from functools import lru_cache
from pathlib import Path

from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.core.uploads import JPEG, MEGABYTE, PNG, SVG, WEBP, check_size, check_upload

LOGO_TYPES = (PNG, JPEG, WEBP, SVG)
MAX_LOGO = 2 * MEGABYTE
LOGO_FILE = "site/logo.png"  # where an uploaded logo is kept
_MAX_PIXELS = 10_000_000
_SIZE = (1200, 400)  # the logo is made to fit into these pixels
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    {
        "svg",
        "g",
        "defs",
        "title",
        "desc",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
    }
    | {"style", "linearGradient", "radialGradient", "stop", "clipPath", "mask"}
)
_MAX_ELEMENTS = 5_000
# Masks within masks take any time to draw, and no other thread runs meanwhile: it is done in a process of its own.
_DRAW = """
import sys, vl_convert
svg = sys.stdin.buffer.read().decode()
sys.stdout.buffer.write(vl_convert.svg_to_png(svg, scale=1, ppi=72))
"""
_SECONDS = 10
_LOADING = re.compile(r"@import|url\(\s*['\"]?\s*(?!['\"]?\s*#)|\\", re.IGNORECASE)


def place_logo(root: Path, name: str) -> Path:
    """Returns the path of the file `name` of the node's folder, which may be absent. Raises BadInput if it is outside."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise BadInput(
            N_("The logo “{name}” is not in the node's folder."),
            where="site.logo",
            fix=N_("Use “bongsu site logo FILE”, which copies it there."),
            name=name,
        )
    return path


def read_logo(root: Path, name: str) -> bytes:
    """Returns the logo, the file `name` of the node's folder, as PNG. Raises Missing or BadInput."""
    path = place_logo(root, name)
    if not path.is_file():
        raise Missing(
            N_("The logo “{name}” does not exist in the node's folder."),
            where="site.logo",
            fix=N_("Use “bongsu site logo FILE”, which copies it there."),
            name=name,
        )
    stat = path.stat()
    check_size(stat.st_size, MAX_LOGO, name)
    return _read(path, name, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, name: str, changed: int, size: int) -> bytes:
    return draw_logo(path.read_bytes(), name)


def draw_logo(data: bytes, where: str) -> bytes:
    """Returns an image as a PNG of at most 1200 x 400 pixels without anything else in it. Raises BadInput."""
    type_ = check_upload(data, LOGO_TYPES, most=MAX_LOGO, where=where)
    return _encode(_draw_svg(data, where) if type_ == SVG else data, where)


def _encode(data: bytes, where: str) -> bytes:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is smaller
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise BadInput(
                        N_("The image has {width} x {height} pixels, which is too many."),
                        where=where,
                        fix=N_("A logo needs no more than 1200 x 400 pixels."),
                        width=image.width,
                        height=image.height,
                    )
                drawn = ImageOps.exif_transpose(image).convert("RGBA")
    except BongsuError:
        raise
    except Exception as error:  # noqa: BLE001 (Pillow raises many kinds for a damaged file)
        raise BadInput(
            N_("The image cannot be read: {problem}."),
            where=where,
            fix=N_("Save it anew as PNG."),
            problem=type(error).__name__,
        ) from None
    drawn.thumbnail(_SIZE)
    written = io.BytesIO()
    Image.frombytes("RGBA", drawn.size, drawn.tobytes()).save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw_svg(data: bytes, where: str) -> bytes:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadInput(
            N_("The SVG is not valid XML: {problem}."), where=where, fix=N_("Save it anew as PNG."), problem=error
        ) from None
    _check_svg(root, where)
    width, height = _svg_size(root, where)
    scale = min(_SIZE[0] / width, _SIZE[1] / height)
    if root.get("viewBox") is None:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("width", f"{max(1, width * scale):.3f}")
    root.set("height", f"{max(1, height * scale):.3f}")
    svg: bytes = etree.tostring(root)
    command = (sys.executable, "-P", "-c", _DRAW)
    try:
        done = subprocess.run(command, input=svg, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        problem = f"> {_SECONDS} s"
    else:
        if not done.returncode:
            return done.stdout
        problem = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
    raise BadInput(
        N_("The SVG cannot be drawn: {problem}."), where=where, fix=N_("Save it anew as PNG."), problem=problem
    )


def _check_svg(root: object, where: str) -> None:
    """Removes the editor's own data from an SVG. Raises BadInput for what a logo cannot contain."""
    from lxml import etree

    assert isinstance(root, etree._Element)
    others = "//*[namespace-uri() != $svg and namespace-uri() != '' or local-name() = 'metadata']"
    for element in root.xpath(others, svg=_SVG):
        if (parent := element.getparent()) is not None:
            parent.remove(element)
    for count, element in enumerate(root.iter()):
        name = etree.QName(element).localname if isinstance(element.tag, str) else "&entity;"
        found = "" if name in _ELEMENTS else f"<{name}>"
        for key, value in element.attrib.items():
            key = str(key).rpartition("}")[2].casefold()
            outside = key in ("href", "src") and not str(value).strip().startswith("#")
            if key.startswith("on") or outside or _LOADING.search(str(value)):
                found = found or key
        if name == "style" and _LOADING.search("".join(map(str, element.itertext()))):
            found = "@import, url()"
        if found or count > _MAX_ELEMENTS:
            raise BadInput(
                N_("An SVG logo cannot contain {found}."),
                where=where,
                fix=N_("Save it as a plain SVG with paths only, or as PNG."),
                found=found or f"> {_MAX_ELEMENTS}",
            )


def _svg_size(root: object, where: str) -> tuple[float, float]:
    from lxml import etree

    assert isinstance(root, etree._Element)
    box = re.split(r"[\s,]+", str(root.get("viewBox") or "").strip())
    texts = (
        box[2:4] if len(box) == 4 else [str(root.get(side) or "").removesuffix("px") for side in ("width", "height")]
    )
    try:
        width, height = (float(text) for text in texts)
    except ValueError:
        width = height = 0.0
    if not (0 < width < 1e6 and 0 < height < 1e6 and 1 / 50 < width / height < 50):
        raise BadInput(
            N_("The SVG does not say how large it is."), where=where, fix=N_("Give its <svg> a viewBox, or use PNG.")
        )
    return width, height
