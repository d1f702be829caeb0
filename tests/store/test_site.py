"""Tests of the table [site] of node.toml and of the logo: what is read, and what is refused, with what to do."""

from __future__ import annotations

import io
import logging
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bongsu.core.contrast import contrast
from bongsu.core.errors import BongsuError
from bongsu.store.disk.node_file import write_table
from bongsu.store.node import Node
from bongsu.store.tables import site_logo
from bongsu.store.tables.site_logo import draw_logo, read_logo
from bongsu.store.tables.site_table import DARK, Colours, Site, in_language, parse_site

SITE = {
    "name": {"en": "Observatory of Kenya", "fr": "Observatoire du Kenya"},
    "home": "KEN",
    "licence": "CC-BY-4.0",
    "colours": {"header": "#7a1020", "accent": "#7a1020"},
    "about": {"en": "Who we are.\n\nWhat we do."},
    "links": [{"title": {"en": "Statistics"}, "address": "https://stat.example/"}],
}


def image(form: str, size: tuple[int, int] = (60, 20), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#7a1020").save(written, form, **options)
    return written.getvalue()


XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str = '<rect width="30" height="10"/>', attributes: str = 'viewBox="0 0 30 10"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} {attributes}>{inside}</svg>'.encode()


def test_a_site_is_read(tmp_path: Path) -> None:
    site = parse_site(tmp_path, SITE)
    assert (site.home, site.licence, site.links[0].address) == ("KEN", "CC-BY-4.0", "https://stat.example/")
    assert in_language(site.name, "fr") == "Observatoire du Kenya"
    assert in_language(site.name, "ko") == "Observatory of Kenya"
    assert in_language({"ko": "관측소"}, "fr") == "관측소"
    assert in_language({}, "fr") == ""


@pytest.mark.parametrize(
    ("table", "what", "where", "fix"),
    [
        ({"nam": {}}, "no field “nam”", "site.nam", "name"),
        ({"name": "Kenya"}, "must be a table", "site.name", ""),
        ({"name": {"xx": "Kenya"}}, "no language “xx”", "site.name", "en"),
        ({"name": {"en": "a\nb"}}, "one line", "site.name.en", ""),
        ({"name": {"en": " "}}, "one line", "site.name.en", ""),
        ({"about": {"en": "x" * 20_001}}, "20,000", "site.about.en", ""),
        ({"home": "Kenya"}, "no country “Kenya”", "site.home", "KEN (Kenya)"),
        ({"home": "프랑스"}, "no country", "site.home", "FRA (France)"),
        ({"home": "Frankreich"}, "no country", "site.home", "FRA (France)"),
        ({"home": "?"}, "no country", "site.home", "such as KEN"),
        ({"licence": "CC BY 4.0"}, "no licence", "site.licence", "CC-BY-4.0"),
        ({"colours": {"header": "red"}}, "not a valid colour", "site.colours.header", "#0b5394"),
        (
            {"colours": {"accent": "#777777"}},
            "4.12 to 1 with a light background; 4.5 to 1",
            "site.colours.accent",
            "darker",
        ),
        ({"colours": {"accent_dark": "#0b5394"}}, "with a dark background", "site.colours.accent_dark", "lighter"),
        ({"colours": {"header": "#808080"}}, "with light and dark text", "site.colours.header", "darker"),
        (
            {"links": [{"title": {"en": "x"}, "address": "javascript:alert(1)"}]},
            "not an address",
            "site.links[0].address",
            "https",
        ),
        (
            {"links": [{"title": {"en": "x"}, "address": "https://"}]},
            "not an address",
            "site.links[0].address",
            "https",
        ),
        (
            {"links": [{"title": {"en": "x"}, "address": "https://[x"}]},
            "title and an address",
            "site.links[0]",
            "https",
        ),
        ({"links": [{"title": {}, "address": "https://a.example"}]}, "title and an address", "site.links[0]", "https"),
        ({"links": [SITE["links"][0]] * 13}, "At most 12", "site.links", ""),  # type: ignore[index]
        ({"logo": "../logo.png"}, "not in the node's folder", "site.logo", "bongsu site logo"),
        ({"logo": "/etc/passwd"}, "not in the node's folder", "site.logo", "bongsu site logo"),
    ],
)
def test_a_wrong_field_is_refused(tmp_path: Path, table: dict[str, Any], what: str, where: str, fix: str) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "logo.png").write_bytes(image("PNG"))
    with pytest.raises(BongsuError) as refused:
        parse_site(tmp_path / "node", table)
    assert what in str(refused.value)
    assert where in refused.value.where
    assert fix in refused.value.fix.format_map({name: str(value) for name, value in refused.value.values.items()})


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "logo.png").write_bytes(image("PNG"))
    (tmp_path / "node" / "logo.png").symlink_to(tmp_path / "logo.png")
    with pytest.raises(BongsuError, match="not in the node's folder"):
        parse_site(tmp_path / "node", {"logo": "logo.png"})


def test_the_accent_on_dark_follows_from_the_other() -> None:
    for accent in ("#7a1020", "#000000", "#0b5394"):
        on_dark = Colours(accent=accent).on_dark
        assert min(contrast(on_dark, other) for other in DARK) >= 4.5
    assert Colours(accent="#7a1020", accent_dark="#ffaaaa").on_dark == "#ffaaaa"
    assert Colours().on_dark == ""
    assert (Colours(header="#ffdd00").header_text, Colours(header="#14222f").header_text) == ("#1b2733", "#f2f5f8")


def test_a_change_is_in_force_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    node, other = Node.create(tmp_path / "node", name="Plain"), Node(tmp_path / "node")
    assert (node.site, node.name_in("fr")) == (Site(), "Plain")
    write_table(node.root, "site", SITE)
    assert (other.name_in("fr"), other.site.home) == ("Observatoire du Kenya", "KEN")
    with caplog.at_level(logging.ERROR):
        write_table(node.root, "site", {"home": "XXXX"})  # as an editor would
        assert node.name_in("fr") == "Plain"  # the last valid table that this process has read
        assert other.site.home == "KEN"
    assert "XXXX" in caplog.text
    with pytest.raises(BongsuError, match="XXXX"):
        assert Node(node.root).site


@pytest.mark.parametrize(
    "data", [image("PNG"), image("JPEG"), image("WEBP"), svg()], ids=["png", "jpeg", "webp", "svg"]
)
def test_a_logo_becomes_a_small_png(data: bytes) -> None:
    with Image.open(io.BytesIO(draw_logo(data, "logo"))) as drawn:
        assert (drawn.format, drawn.width / drawn.height) == ("PNG", 3)
    with Image.open(io.BytesIO(draw_logo(image("PNG", (4000, 200)), "logo"))) as drawn:
        assert drawn.size == (1200, 60)


def test_only_pixels_are_left_of_what_was_sent() -> None:
    page = b"<html><script>alert(1)</script></html>"
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script> at home, 1.29 S 36.82 E"
    for data in (image("PNG") + page, image("JPEG", exif=exif) + page, image("JPEG", comment=page)):
        drawn = draw_logo(data, "logo.png")
        assert b"script" not in drawn
        assert b"eXIf" not in drawn


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!doctype html><script>alert(1)</script>", "not PNG, JPEG, WebP, SVG"),
        (b"%PDF-1.7", "not PNG, JPEG, WebP, SVG"),
        (b"GIF89a<html>", "not PNG, JPEG, WebP, SVG"),
        (image("PNG")[:60], "cannot be read"),
        (b"\x89PNG\r\n\x1a\n<html>", "cannot be read"),
        (image("PNG").ljust(2_000_001), "at most 2 MB"),
        (svg("<script>alert(1)</script>"), "<script>"),
        (svg("<foreignObject><p>x</p></foreignObject>"), "<foreignObject>"),
        (svg('<image href="file:///etc/passwd"/>'), "<image>"),
        (svg('<use href="#a"/>'), "<use>"),
        (svg('<animate attributeName="x"/>'), "<animate>"),
        (svg('<a xlink:href="javascript:alert(1)"><rect/></a>'), "<a>"),
        (svg('<rect onclick="alert(1)"/>'), "onclick"),
        (svg('<rect onload="alert(1)"/>', 'viewBox="0 0 3 1" onload="x"'), "onload"),
        (svg('<rect fill="url(https://evil.example/x)"/>'), "fill"),
        (svg('<path style="fill: url( //evil.example )"/>'), "style"),
        (svg("<style>@import 'https://evil.example';</style>"), "@import"),
        (svg("<style>rect { fill: u\\72l(x) }</style>"), "@import"),
        (svg("<linearGradient href='https://evil.example/#a'/>"), "href"),
        (
            b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg("<text>&a;</text>"),
            "entity",
        ),
        (svg("<g>" * 200 + "<rect/>" + "</g>" * 199), "not valid XML"),
        (svg("<rect/>" * 5_001), "> 5000"),
        (svg("<rect/>", ""), "how large"),
        (svg("<rect/>", 'viewBox="0 0 1e9 1"'), "how large"),
        (svg("<rect/>", 'width="100%" height="nan"'), "how large"),
        (b"<svg><rect/></svg>", "how large"),
    ],
)
def test_a_hostile_or_damaged_logo_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(BongsuError) as refused:
        draw_logo(data, "logo.png")
    assert what in str(refused.value)
    assert refused.value.where == "logo.png"
    assert refused.value.fix


def test_an_image_of_too_many_pixels_is_refused() -> None:
    """Its header says 9,000 x 9,000; nothing of that size is decoded."""
    data = bytearray(image("PNG"))
    data[16:24] = (9_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(BongsuError, match="9000"):
        draw_logo(bytes(data), "logo.png")


def test_an_svg_that_takes_too_long_to_draw_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mask draws the next one three times."""
    monkeypatch.setattr(site_logo, "_SECONDS", 1)
    rect = '<rect width="30" height="10" fill="#fff" mask="url(#a{})"/>'
    masks = [f'<mask id="a{n}"><g mask="url(#a{n + 1})">{rect.format(n + 1) * 2}</g></mask>' for n in range(30)]
    with pytest.raises(BongsuError, match="cannot be drawn: > 1 s"):
        draw_logo(svg(f"{''.join(masks)}<mask id='a30'>{rect.format('')}</mask>{rect.format(0)}"), "logo.svg")


def test_what_an_editor_writes_beside_the_drawing_is_left_out() -> None:
    more = '<metadata><x onclick="y"/></metadata><i:pgf xmlns:i="http://adobe.example">x</i:pgf><rect width="30" height="10"/>'
    with Image.open(io.BytesIO(draw_logo(svg(more), "logo.svg"))) as drawn:
        assert drawn.getextrema()[3] == (255, 255)  # type: ignore[index]


def test_a_lost_logo_stops_nothing_but_itself(tmp_path: Path) -> None:
    assert parse_site(tmp_path, {"logo": "none.png"}).logo == "none.png"
    with pytest.raises(BongsuError, match="does not exist"):
        read_logo(tmp_path, "none.png")


def test_a_logo_is_drawn_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logo.svg").write_bytes(svg())
    first = read_logo(tmp_path, "logo.svg")
    monkeypatch.setattr("bongsu.store.tables.site_logo.draw_logo", lambda data, where: data)
    assert read_logo(tmp_path, "logo.svg") is first
    (tmp_path / "logo.svg").write_bytes(image("PNG"))
    os.utime(tmp_path / "logo.svg", ns=(1, 1))
    assert read_logo(tmp_path, "logo.svg") == image("PNG")
