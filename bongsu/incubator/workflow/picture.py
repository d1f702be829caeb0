"""A workflow as a picture (SVG): states are boxes, ends have a double edge, arrows have the numbers of the steps.

Texts are in the reader's language and escaped. The picture has classes and no colours: the page's style sheet gives them.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from bongsu.core.errors import N_
from bongsu.core.letters import count_columns
from bongsu.incubator.texts import Translate
from bongsu.incubator.workflow.document import Workflow
from bongsu.incubator.workflow.layout import Arrow, arrange_states, place_columns
from bongsu.incubator.workflow.tables import known_states

BOX_WIDTH, BOX_HEIGHT, LINE = 132.0, 44.0, 16.0
PLACE_WIDTH, GAP, BETWEEN, EDGE = 18.0, 22.0, 50.0, 14.0
LETTERS = 17  # of a line in a box
TITLE = N_("The states of an application and the steps between them")
DESCRIPTION = N_("{states} states and {steps} steps, which the table below lists with the numbers beside the arrows.")
END = N_("end")

Point = tuple[float, float]


def draw_workflow(workflow: Workflow, translate: Translate, language: str) -> str:
    """Returns the picture of a workflow without unknown states, as an element <svg> for a page."""
    layout = arrange_states(workflow)
    states = {name for arrow in layout.arrows for name in (arrow.start, arrow.to)}
    widths = {name: BOX_WIDTH if name in states else PLACE_WIDTH for layer in layout.layers for name in layer}
    columns = place_columns(layout, widths, GAP)
    middles = {
        name: (EDGE + columns[name], EDGE + BOX_HEIGHT / 2 + depth * (BOX_HEIGHT + BETWEEN))
        for depth, layer in enumerate(layout.layers)
        for name in layer
    }
    width = max((x + widths[name] / 2 for name, (x, _) in middles.items()), default=0) + EDGE + 30
    height = 2 * EDGE + len(layout.layers) * (BOX_HEIGHT + BETWEEN) - BETWEEN
    described = translate(DESCRIPTION).format(states=len(states), steps=len(workflow.transition))
    arrows = [_draw_arrow(arrow, middles) for arrow in layout.arrows]
    boxes = [
        _draw_box(name, middles[name], translate, language)
        for layer in layout.layers
        for name in layer
        if name in states
    ]
    return (
        f'<svg class="workflow" role="img" aria-labelledby="workflow-title workflow-description" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        f'<title id="workflow-title">{escape(translate(TITLE))}</title>'
        f'<desc id="workflow-description">{escape(described)}</desc>'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(path for path, _ in arrows)}{''.join(boxes)}{''.join(label for _, label in arrows)}</svg>"
    )


def _draw_box(name: str, middle: Point, translate: Translate, language: str) -> str:
    x, y = middle
    left, top = x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2
    state = known_states()[name]
    text = state.text.to(language)
    lines = break_lines(text)
    parts = [_rectangle(left, top, BOX_WIDTH, BOX_HEIGHT)]
    if state.is_end:
        parts.append(_rectangle(left + 3, top + 3, BOX_WIDTH - 6, BOX_HEIGHT - 6))
    first = y + 5 - LINE * (len(lines) - 1) / 2
    parts += [
        f'<text x="{x:.1f}" y="{first + LINE * number:.1f}">{escape(line)}</text>' for number, line in enumerate(lines)
    ]
    kind = "state end" if state.is_end else "state"
    more = f" ({translate(END)})" if state.is_end else ""
    return f'<g class="{kind}"><title>{escape(text + more)}</title>{"".join(parts)}</g>'


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5"/>'


def break_lines(text: str) -> list[str]:
    """Returns a text in at most two lines for a box; what is longer is cut and gets an ellipsis."""
    lines = [""]
    for word in text.split():
        tried = f"{lines[-1]} {word}".strip()
        if lines[-1] and count_columns(tried) > LETTERS and len(lines) < 2:
            lines.append(word)
        else:
            lines[-1] = tried
    return [line if count_columns(line) <= LETTERS + 2 else _cut(line) for line in lines]


def _cut(line: str) -> str:
    while count_columns(line) > LETTERS:
        line = line[:-1]
    return f"{line}…"


def _draw_arrow(arrow: Arrow, middles: dict[str, Point]) -> tuple[str, str]:
    """Returns the path of an arrow and its label."""
    numbers = ", ".join(map(str, arrow.numbers))
    if arrow.start == arrow.to:
        x, y = middles[arrow.start]
        right = x + BOX_WIDTH / 2
        path = f"M{right:.1f} {y - 8:.1f}c26 -8 26 24 0 16"
        return _path(path), _label((right + 24, y + 4), numbers)
    points = _find_points(arrow, middles)
    steps = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (to_y - y) / 2
        steps.append(f"C{x:.1f} {y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}")
    one, other = points[(len(points) - 1) // 2], points[(len(points) - 1) // 2 + 1]
    middle = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2 + 4)
    return _path("".join(steps)), _label(middle, numbers)


def _find_points(arrow: Arrow, middles: dict[str, Point]) -> list[Point]:
    """Returns where an arrow leaves a box, the places that it passes, and where it reaches the other box."""
    (start_x, start_y), (to_x, to_y) = middles[arrow.start], middles[arrow.to]
    sign = 1 if to_y > start_y else -1
    inner = [middles[name] for name in arrow.through]
    nexts, last = (inner or [(to_x, to_y)])[0], (inner or [(start_x, start_y)])[-1]
    reach = BOX_WIDTH / 2 - 14
    lane = 8 if sign < 0 else -8  # there and back beside each other
    leaves = start_x + lane + max(-reach, min(reach, (nexts[0] - start_x) / 4))
    reaches = to_x + lane + max(-reach, min(reach, (last[0] - to_x) / 4))
    return [(leaves, start_y + sign * BOX_HEIGHT / 2), *inner, (reaches, to_y - sign * (BOX_HEIGHT / 2 + 1))]


def _path(path: str) -> str:
    return f'<path class="step" d="{path}" marker-end="url(#arrow)"/>'


def _label(middle: Point, numbers: str) -> str:
    return f'<text class="number" x="{middle[0]:.1f}" y="{middle[1]:.1f}">{numbers}</text>'
