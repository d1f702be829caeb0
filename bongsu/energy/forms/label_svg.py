"""Draws an energy label as SVG, and as PNG with the renderer and the fonts of the charts.

Made to be read without colour: the letters, the lengths of the bars and a marker carry the grade, and the colours
(ColorBrewer's BrBG, safe for colour-blind readers) repeat it. Plain fonts, no script, no outside reference. It avoids the
look of the EU's official labels on purpose.
"""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from bongsu.core.letters import text_width
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
    """Returns the label as SVG text in `language`."""
    drawing = _LabelDrawing(about, language)
    drawing.add_heading()
    drawing.add_grade()
    drawing.add_bars()
    drawing.add_notes()
    return tostring(drawing.finish(), encoding="unicode") + "\n"


class _LabelDrawing:
    """A label under construction: the elements so far, and `y`, the place of the next one."""

    def __init__(self, about: RatedModel, language: str) -> None:
        self.about, self.language = about, language
        self.y: float = MARGIN + 14
        self.energy = f"{format_fixed_digits(about.energy.value or 0)} {about.energy.unit}"
        self.svg = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": "105mm",
                "role": "img",
                "aria-labelledby": "title description",
                "lang": language,
            },
        )
        SubElement(self.svg, "title", id="title").text = f"{self.word('title')}: {about.model}"
        description = fill_template(
            form_text(FORM_ID, "description"),
            model=about.model,
            grade=about.grade,
            first=about.rule.grades[0],
            last=about.rule.grades[-1],
            energy=self.energy,
            rule=form_text(FORM_ID, about.rule),
            date=about.date,
            **{"class": about.class_name},
        )
        SubElement(self.svg, "desc", id="description").text = description.to(language)
        self.frame = self.add_rect(0.5, 0.5, WIDTH - 1, 0, fill="#ffffff", stroke="#000000", rx="10")

    def word(self, name: str) -> str:
        """Returns a text of the label in its language."""
        return form_text(FORM_ID, name).to(self.language)

    def add_rect(self, x: float, y: float, width: float, height: float, **look: str) -> Element:
        """Adds a rectangle; `look` are its other attributes, with _ for -."""
        size = {"x": f"{x}", "y": f"{y}", "width": f"{width}", "height": f"{height}"}
        return SubElement(self.svg, "rect", size | {name.replace("_", "-"): value for name, value in look.items()})

    def add_text(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        *,
        bold: bool = False,
        ink: str = "#000000",
        anchor: str = "start",
    ) -> None:
        """Adds one line of text at a place."""
        look = {"x": f"{x}", "y": f"{y}", "font-family": FONTS, "font-size": f"{size}", "fill": ink}
        weight = {"font-weight": "700"} if bold else {}
        SubElement(self.svg, "text", look | weight | {"text-anchor": anchor}).text = text

    def add_lines(self, text: str, size: int, *, bold: bool = False, gap: int = 6, x: int = MARGIN) -> None:
        """Adds a text in as many lines as it needs, and moves down."""
        for line in wrap_by_width(text, (WIDTH - x - MARGIN) / size):
            self.add_text(x, self.y, line, size, bold=bold)
            self.y += size + gap

    def add_heading(self) -> None:
        """Adds the title, the model and its class."""
        self.add_lines(self.word("title"), 14)
        self.y += 10
        self.add_lines(self.about.model, 24, bold=True)
        self.add_lines(f"{self.word('class')}: {self.about.class_name}", 14)
        self.y += 8

    def add_grade(self) -> None:
        """Adds the grade in a square, and the energy, its interval, its kind and its boundary beside it."""
        about, lists, beside = self.about, code_lists(), MARGIN + 116
        fill, ink = COLOURS[about.grade]
        self.add_rect(MARGIN, self.y - 8, 100, 100, rx="6", fill=fill, stroke="#000000")
        self.add_text(MARGIN + 50, self.y + 68, about.grade, 72, bold=True, ink=ink, anchor="middle")
        bottom = self.y + 116
        self.y += 14
        self.add_lines(self.energy, 20, bold=True, x=beside)
        if about.energy.low is not None and about.energy.high is not None:
            ends = f"{format_fixed_digits(about.energy.low)}–{format_fixed_digits(about.energy.high)}"
            self.add_lines(f"{self.word('interval')}: {ends}", 12, x=beside)
            best, worst = about.within
            if best != worst:
                grades = fill_template(form_text(FORM_ID, "grades_short"), best=best, worst=worst)
                self.add_lines(grades.to(self.language), 12, x=beside)
        kind = lists["CL_KIND"].name_of(about.energy.kind, self.language)
        boundary = lists["CL_BOUNDARY"].name_of(about.energy.boundary, self.language)
        self.add_lines(f"{kind} · {boundary}", 12, x=beside)
        self.y = max(self.y, bottom)

    def add_bars(self) -> None:
        """Adds a bar for each grade with the ends of its range; a marker points to the model's own."""
        self.add_text(MARGIN, self.y, self.word("less"), 11)
        self.y += 8
        bounds = pairwise((self.about.members[0], *self.about.bounds))
        for place, (grade, (first, last)) in enumerate(zip(self.about.rule.grades, bounds, strict=True)):
            fill, ink = COLOURS[grade]
            length, marked = 60 + 24 * place, grade == self.about.grade
            border = "2" if marked else "0.5"
            self.add_rect(MARGIN, self.y, length, 24, fill=fill, stroke="#000", stroke_width=border)
            self.add_text(MARGIN + 10, self.y + 17, grade, 15, bold=True, ink=ink)
            ends = f"{format_fixed_digits(first)}–{format_fixed_digits(last)}"
            self.add_text(MARGIN + length + 26, self.y + 17, ends, 11, bold=marked)
            if marked:
                tip = f"M{MARGIN + length + 5} {self.y + 12} l14 -9 v18 z"
                SubElement(self.svg, "path", d=tip, fill="#000000")
            self.y += 28
        self.y += 10
        self.add_text(MARGIN, self.y, self.word("more"), 11)
        self.y += 24

    def add_notes(self) -> None:
        """Adds the rule, the size of the class, the hardware, the date, and that the label is not official."""
        self.add_lines(f"{self.word('rule_line')}: {self.word(self.about.rule)}.", 11, gap=4)
        self.add_lines(f"{self.word('members')}: {len(self.about.members)}", 11, gap=4)
        if self.about.hardware:
            self.add_lines(f"{self.word('hardware')}: {self.about.hardware}", 11, gap=4)
        self.add_lines(self.about.date, 11, bold=True, gap=4)
        self.y += 6
        self.add_lines(self.word("unofficial"), 10, gap=4)

    def finish(self) -> Element:
        """Returns the label, whose height is now known."""
        height = self.y + MARGIN - 10
        self.frame.set("height", f"{height - 1}")
        self.svg.set("viewBox", f"0 0 {WIDTH} {height}")
        self.svg.set("height", f"{105 * height / WIDTH:.1f}mm")
        return self.svg


def render_label_png(svg: str, *, scale: float = 3) -> bytes:
    """The SVG as PNG, `scale` times as large (3: about 300 dpi at 105 mm width). Raises PartMissing without the font.

    The font has all its weights in one file, of which the renderer draws the lightest: an outline makes letters heavier.
    """
    import vl_convert

    register_vega_fonts()
    root = fromstring(svg)  # noqa: S314 - draw_label made it
    for text in root.iterfind(".//{*}text"):
        outline = (0.07 if text.get("font-weight") else 0.02) * float(text.attrib["font-size"])
        text.attrib |= {"stroke": text.attrib["fill"], "stroke-width": f"{outline:g}"}
    made: bytes = vl_convert.svg_to_png(tostring(root, encoding="unicode"), scale=scale)
    return made


def wrap_by_width(text: str, ems: float) -> list[str]:
    """`text` in lines of at most `ems` em, broken at spaces, or anywhere in a word longer than a line."""
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}".strip()
        if _width(joined) <= ems:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while _width(line) > ems:
            cut = max(1, next(n for n in range(len(line), 0, -1) if _width(line[:n]) <= ems or n == 1))
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def _width(text: str) -> float:
    """Estimates the width of a text in em, on the safe side."""
    return text_width(text, narrow=0.6, wide=1)
