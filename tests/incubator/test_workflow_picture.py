"""The picture of a workflow: every state once, every step on an arrow, nothing on top of another, the same each time."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bongsu.incubator.workflow.document import Workflow, parse_workflow
from bongsu.incubator.workflow.layout import arrange_states, count_crossings, place_columns
from bongsu.incubator.workflow.picture import BOX_WIDTH, break_lines, draw_workflow
from bongsu.incubator.workflow.shipped import list_shipped, read_shipped
from bongsu.incubator.workflow.tables import known_states

SVG = "{http://www.w3.org/2000/svg}"


def make(*steps: tuple[str, str]) -> Workflow:
    rows = "".join(
        f'[[transition]]\nfrom = "{a}"\nto = "{b}"\nevent = "submit"\nwho = ["applicant"]\n' for a, b in steps
    )
    return parse_workflow(f'format = "bongsu.workflow/1"\nid = "x"\ntitle = {{ en = "X" }}\n{rows}')


def test_a_state_stands_below_all_from_which_it_is_reached() -> None:
    found = arrange_states(
        make(("draft", "submitted"), ("draft", "ranked"), ("submitted", "ranked"), ("ranked", "draft"))
    )
    assert [[name for name in layer if ">" not in name] for layer in found.layers] == [
        ["draft"],
        ["submitted"],
        ["ranked"],
    ]
    arrows = {(one.start, one.to): (one.numbers, one.through) for one in found.arrows}
    assert arrows == {
        ("draft", "submitted"): ((1,), ()),
        ("draft", "ranked"): ((2,), ("draft>ranked@1",)),
        ("submitted", "ranked"): ((3,), ()),
        ("ranked", "draft"): ((4,), ("draft>ranked@1'",)),
    }


def test_steps_to_the_same_state_and_states_out_of_reach_are_drawn() -> None:
    found = arrange_states(make(("draft", "draft"), ("draft", "submitted"), ("running", "completed")))
    assert {name for layer in found.layers for name in layer} == {"draft", "submitted", "running", "completed"}
    assert found.arrows[0].numbers == (1,)
    assert 'class="number"' in draw_workflow(make(("draft", "draft")), str, "en")


def test_crossings_are_counted_and_avoided() -> None:
    links = [("a", "c"), ("b", "d")]
    assert count_crossings([["a", "b"], ["d", "c"]], links) == 1
    assert count_crossings([["a", "b"], ["c", "d"]], links) == 0
    crossed = make(("draft", "submitted"), ("draft", "screening"), ("screening", "ranked"), ("submitted", "accepted"))
    found = arrange_states(crossed)
    pairs = [pair for one in found.arrows for pair in pairwise([one.start, *one.through, one.to])]
    assert count_crossings(found.layers, pairs) == 0


@pytest.mark.parametrize("name", list_shipped())
@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_every_shipped_workflow_is_drawn(name: str, language: str) -> None:
    workflow = read_shipped(name)
    found = arrange_states(workflow)
    states = {state for one in workflow.transition for state in (*one.starts, one.to)}
    placed = [state for layer in found.layers for state in layer if ">" not in state]
    assert sorted(placed) == sorted(states)
    numbers = {number for arrow in found.arrows for number in arrow.numbers}
    assert numbers == set(range(1, len(workflow.transition) + 1))
    widths = {state: BOX_WIDTH if state in states else 18.0 for layer in found.layers for state in layer}
    columns = place_columns(found, widths, 22.0)
    for layer in found.layers:
        for left, right in pairwise(layer):
            assert columns[right] - columns[left] >= (widths[left] + widths[right]) / 2 + 22 - 1e-6
    drawn = draw_workflow(workflow, str, language)
    assert drawn == draw_workflow(read_shipped(name), str, language)
    root = ElementTree.fromstring(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    assert root.attrib["role"] == "img"
    boxes = root.findall(f"{SVG}g")
    texts = {(one.findtext(f"{SVG}title") or "").removesuffix(" (end)") for one in boxes}
    assert texts == {known_states()[state].text.to(language) for state in states}
    ends = [one for one in boxes if one.attrib["class"] == "state end"]
    assert len(ends) == sum(known_states()[state].is_end for state in states)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in root.iter(f"{SVG}rect"):
        assert 0 <= float(box.attrib["x"]) <= width - float(box.attrib["width"])
        assert 0 <= float(box.attrib["y"]) <= height - float(box.attrib["height"])
    assert len(re.findall("marker-end", drawn)) == len(found.arrows)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("draft", ["draft"]),
        ("en examen de recevabilité", ["en examen de", "recevabilité"]),
        ("자격 확인 중", ["자격 확인 중"]),
        ("a state with a name that is long", ["a state with a", "name that is long"]),
        ("one two three four five six seven eight nine", ["one two three", "four five six sev…"]),
    ],
)
def test_texts_fit_their_box(text: str, lines: list[str]) -> None:
    assert break_lines(text) == lines
