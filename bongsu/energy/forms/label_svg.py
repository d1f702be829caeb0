"""Draws an energy label as SVG, and as PNG through vl-convert.

Made to be read without colour: the letters, the lengths of the bars and a marker carry the grade, and the colours
(ColorBrewer's BrBG, safe for colour-blind readers) repeat it. Plain fonts, no script, no outside reference. It avoids the
look of the EU's official labels on purpose.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from bongsu.core.text import Text
from bongsu.energy.forms.filled_form import fill_template, form_text, format_fixed_digits
from bongsu.energy.forms.label import FORM_ID, RatedModel
from bongsu.store.fonts import register_vega_fonts
from bongsu.store.tables.definitions import code_lists

WIDTH, MARGIN = 420, 24
FONTS = "Noto Sans, Noto Sans KR, Noto Sans CJK KR, NanumGothic, Malgun Gothic, Apple SD Gothic Neo, DejaVu Sans, sans-serif"
# grade -> fill and the ink that is read on it (contrast at least 4.5; a test measures it)
COLOURS = {
    "A": ("#01665e", "#ffffff"),
    "B": ("#35978f", "#000000"),
    "C": ("#80cdc1", "#000000"),
    "D": ("#f5f5f5", "#000000"),
    "E": ("#dfc27d", "#000000"),
    "F": ("#bf812d", "#000000"),
    "G": ("#8c510a", "#ffffff"),
}


def draw_label(about: RatedModel, language: str) -> str:
    """The label as SVG text in `language`."""
    shapes: list[str] = []
    y = MARGIN + 14

    def line(text: str, size: int, *, bold: bool = False, gap: int = 6, x: int = MARGIN) -> None:
        nonlocal y
        for part in wrap_by_width(text, (WIDTH - x - MARGIN) / size):
            shapes.append(_text_element(x, y, part, size, bold=bold))
            y += size + gap

    def said(name: str) -> str:
        return form_text(FORM_ID, name).to(language)

    lists = code_lists()
    energy = f"{format_fixed_digits(about.energy.value or 0)} {about.energy.unit}"
    line(said("title"), 14)
    y += 10
    line(about.model, 24, bold=True)
    line(f"{said('class')}: {about.class_name}", 14)
    y += 8
    shapes.append(_grade_square(about.grade, y - 8))
    top, y = y, y + 14
    beside = MARGIN + 116
    line(energy, 20, bold=True, x=beside)
    if about.energy.low is not None and about.energy.high is not None:
        ends = f"{format_fixed_digits(about.energy.low)}–{format_fixed_digits(about.energy.high)}"
        line(f"{said('interval')}: {ends}", 12, x=beside)
        best, worst = about.within
        if best != worst:
            line(fill_template(form_text(FORM_ID, "grades_short"), best=best, worst=worst).to(language), 12, x=beside)
    kind = lists["CL_KIND"].name_of(about.energy.kind, language)
    line(f"{kind} · {lists['CL_BOUNDARY'].name_of(about.energy.boundary, language)}", 12, x=beside)
    y = max(y, top + 116)
    shapes.append(_text_element(MARGIN, y, said("less"), 11))
    y += 8
    low = about.members[0]
    for grade, (first, last) in zip(about.rule.grades, pairwise((low, *about.bounds)), strict=True):
        shapes.append(
            _grade_bar(
                grade, y, f"{format_fixed_digits(first)}–{format_fixed_digits(last)}", marked=grade == about.grade
            )
        )
        y += 28
    y += 10
    shapes.append(_text_element(MARGIN, y, said("more"), 11))
    y += 24
    line(f"{said('rule_line')}: {said(about.rule)}.", 11, gap=4)
    line(f"{said('members')}: {len(about.members)}", 11, gap=4)
    if about.hardware:
        line(f"{said('hardware')}: {about.hardware}", 11, gap=4)
    line(about.date, 11, bold=True, gap=4)
    y += 6
    line(said("unofficial"), 10, gap=4)
    height = y + MARGIN - 10
    description = fill_template(
        form_text(FORM_ID, "description"),
        model=about.model,
        grade=about.grade,
        first=about.rule.grades[0],
        last=about.rule.grades[-1],
        energy=energy,
        rule=form_text(FORM_ID, about.rule),
        date=about.date,
        **{"class": about.class_name},
    )
    return _svg_document(height, language, f"{said('title')}: {about.model}", description, shapes)


def render_label_png(svg: str, *, scale: float = 3) -> bytes:
    """The SVG as PNG, `scale` times as large (3: about 300 dpi at 105 mm width). Raises PartMissing without the font."""
    import vl_convert

    register_vega_fonts()
    made: bytes = vl_convert.svg_to_png(svg, scale=scale)
    return made


def wrap_by_width(text: str, ems: float) -> list[str]:
    """`text` in lines of at most `ems` em, broken at spaces, or anywhere in a word longer than a line."""
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}".strip()
        if _text_width(joined) <= ems:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while _text_width(line) > ems:
            cut = max(1, next(n for n in range(len(line), 0, -1) if _text_width(line[:n]) <= ems or n == 1))
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def _text_width(text: str) -> float:
    """The width of `text` in em, roughly: a wide (Korean) letter 1, any other 0.6 (on the safe side)."""
    return sum(1.0 if east_asian_width(character) in "WF" else 0.6 for character in text)


def _text_element(
    x: float, y: float, text: str, size: int, *, bold: bool = False, ink: str = "#000000", anchor: str = "start"
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-family="{FONTS}" font-size="{size}"{weight} fill="{ink}" text-anchor="{anchor}">'
        f"{escape(text, quote=False)}</text>"
    )


def _grade_square(grade: str, y: float) -> str:
    fill, ink = COLOURS[grade]
    return (
        f'<rect x="{MARGIN}" y="{y}" width="100" height="100" rx="6" fill="{fill}" stroke="#000000"/>'
        + _text_element(MARGIN + 50, y + 76, grade, 72, bold=True, ink=ink, anchor="middle")
    )


def _grade_bar(grade: str, y: float, ends: str, *, marked: bool) -> str:
    fill, ink = COLOURS[grade]
    length = 60 + 24 * "ABCDEFG".index(grade)
    border = 2 if marked else 0.5
    shapes = [
        f'<rect x="{MARGIN}" y="{y}" width="{length}" height="24" fill="{fill}" stroke="#000" stroke-width="{border}"/>',
        _text_element(MARGIN + 10, y + 17, grade, 15, bold=True, ink=ink),
        _text_element(MARGIN + length + 26, y + 17, ends, 11, bold=marked),
    ]
    if marked:
        tip = MARGIN + length + 5
        shapes.append(f'<path d="M{tip} {y + 12} l14 -9 v18 z" fill="#000000"/>')
    return "".join(shapes)


def _svg_document(height: float, language: str, title: str, description: Text, shapes: list[str]) -> str:
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="105mm" '
        f'height="{105 * height / WIDTH:.1f}mm" role="img" aria-labelledby="title description" lang="{language}">\n'
        f'<title id="title">{escape(title, quote=False)}</title>\n'
        f'<desc id="description">{escape(description.to(language), quote=False)}</desc>\n'
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10" fill="#ffffff" stroke="#000000"/>\n'
        f"{body}\n</svg>\n"
    )
