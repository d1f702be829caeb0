"""Files of a call changed by forms: one row changes, everything else stays as written; what cannot be changed is refused."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, Missing
from bongsu.incubator.calls.folder import write_example
from bongsu.incubator.editing.questions import put_question, read_question, remove_question, swap_questions
from bongsu.incubator.editing.rows import list_rows, put_row, remove_row, swap_rows
from bongsu.incubator.editing.transitions import (
    order_effects,
    put_transition,
    read_transition,
    remove_transition,
    write_guards,
)
from bongsu.incubator.forms.document import parse_form
from bongsu.incubator.workflow.document import parse_workflow
from bongsu.incubator.workflow.shipped import list_shipped, read_shipped_text

TEXT = """# A workflow of ours.
format = "bongsu.workflow/1"
id = "ours"
title = { en = "Ours" } # one language

# They hand in.
[[transition]]
from = "draft" # the beginning
to = "submitted"
event = "submit"
who = ["applicant"]
effect = [
  "receipt", # at once
]

# They take it back.
# Any time.
[[transition]]
from = ["draft", "submitted"]
to = "withdrawn"
event = "withdraw"
who = ["applicant"]

# Who decides.
[decide]
who = ["panel"]

[[transition]]
from = "submitted"
to = "draft"
event = "reopen"
who = ["applicant"]
"""


def fields(index: int, **changed: Any) -> dict[str, Any]:
    return {**list_rows(TEXT, "transition")[index], **changed}


def test_a_field_changes_and_nothing_else() -> None:
    changed = put_transition(TEXT, 0, read_transition(fields(0, to="screening", guard=["round.open"])))
    assert changed == TEXT.replace('to = "submitted"', 'to = "screening"', 1).replace(
        '  "receipt", # at once\n]\n', '  "receipt", # at once\n]\nguard = ["round.open"]\n'
    )
    assert put_transition(TEXT, 0, read_transition(fields(0))) == TEXT
    one = put_transition(TEXT, 1, read_transition(fields(1, **{"from": ["draft"]})))
    assert 'from = "draft"\nto = "withdrawn"' in one
    without = put_transition(TEXT, 0, read_transition(fields(0, effect=[])))
    assert "effect" not in without
    assert '"draft" # the beginning' in without


def test_a_transition_is_added_after_the_last_and_removed_with_its_comment() -> None:
    added = put_transition(TEXT, None, read_transition(fields(2, to="screening")))
    assert (
        added
        == TEXT + '\n[[transition]]\nfrom = "submitted"\nto = "screening"\nevent = "reopen"\nwho = ["applicant"]\n'
    )
    assert remove_transition(added, 3) == TEXT
    removed = remove_transition(TEXT, 1)
    assert "Any time" not in removed
    assert "# Who decides.\n[decide]" in removed
    assert [row["event"] for row in list_rows(removed, "transition")] == ["submit", "reopen"]


def test_rows_change_places_with_their_comments() -> None:
    swapped = swap_rows(TEXT, "transition", 0)
    assert swapped.index("# Any time.\n[[transition]]") < swapped.index("# They hand in.\n[[transition]]")
    assert swap_rows(swapped, "transition", 0) == TEXT
    across = swap_rows(TEXT, "transition", 1)  # a table stands between
    assert [row["event"] for row in list_rows(across, "transition")] == ["submit", "reopen", "withdraw"]
    assert across.index("[decide]") < across.index("# They take it back.")


@pytest.mark.parametrize("index", [-1, 3])
def test_a_row_that_is_not_there(index: int) -> None:
    for change in (
        lambda: put_transition(TEXT, index, read_transition(fields(0))),
        lambda: remove_transition(TEXT, index),
        lambda: swap_rows(TEXT, "transition", index),
    ):
        with pytest.raises(Missing):
            change()
    with pytest.raises(Missing):
        swap_rows(TEXT, "transition", 2)


def test_what_is_written_in_another_way_is_refused() -> None:
    with pytest.raises(BadInput, match="Change the text of the file"):
        remove_row('transition = [ { from = "draft" } ]\n', "transition", 0)


def test_a_line_of_a_text_that_looks_like_a_comment_is_none() -> None:
    text = '[[row]]\nnote = """\n# x"""\n[[row]]\na = 1\n'
    assert remove_row(text, "row", 0) == "[[row]]\na = 1\n"
    assert remove_row(text, "row", 1) == '[[row]]\nnote = """\n# x"""\n'


def test_a_file_without_rows_gets_its_first() -> None:
    assert put_row('id = "x"\n', "row", None, {"a": 1}) == 'id = "x"\n\n[[row]]\na = 1\n'
    assert put_row("", "row", None, {"a": "b\nc", "b": {"en": "é"}}) == '[[row]]\na = """b\nc"""\nb = {en = "é"}\n'
    assert remove_row('id = "x"\n\n[[row]]\na = 1\n', "row", 0) == 'id = "x"\n'


def test_effects_and_guards_keep_their_order() -> None:
    assert order_effects(["rank", "receipt"]) == ["receipt", "rank"]
    assert order_effects(["receipt", "run-checks", "rank"], ["rank", "receipt"]) == ["rank", "receipt", "run-checks"]
    assert write_guards(["version.complete"], ["round.open"]) == ["version.complete", "not round.open"]
    assert write_guards(["round.open", "version.complete"], [], ["version.complete"]) == [
        "version.complete",
        "round.open",
    ]
    assert write_guards(["round.open"], ["quorum.met"], ["not quorum.met"]) == ["not quorum.met", "round.open"]


@pytest.mark.parametrize("name", list_shipped())
def test_every_transition_of_the_shipped_workflows(name: str) -> None:
    text = read_shipped_text(name)
    for index, transition in enumerate(parse_workflow(text).transition):
        assert put_transition(text, index, transition) == text
        left = parse_workflow(remove_transition(text, index)).transition
        assert len(left) == len(parse_workflow(text).transition) - 1
        assert transition in parse_workflow(put_transition(text, None, transition)).transition[-1:]


def test_every_question_of_the_example() -> None:
    text = write_example("one-stage")["form.toml"]
    questions = parse_form(text).question
    for index, question in enumerate(questions):
        assert put_question(text, index, question) == text
        assert parse_form(put_question(text, None, question)).question[-1] == question
        assert question not in parse_form(remove_question(text, index)).question
    assert parse_form(swap_questions(text, 2)).question[2:4] == (questions[3], questions[2])


def test_a_question_gets_texts_choices_and_a_condition() -> None:
    text = write_example("one-stage")["form.toml"]
    question = read_question(
        {
            "key": "partner",
            "kind": "choice",
            "text": {"en": "Partner?", "ko": "협력?"},
            "choices": [{"key": "a", "text": {"en": "A"}}, {"key": "b", "text": {"en": "B"}}],
            "required-if": {"question": "line", "is": ["industry"]},
            "anonymous": "shown",
        }
    )
    added = put_question(text, None, question)
    assert parse_form(added).question[-1] == question
    assert added.startswith(text)
    [*_, row] = list_rows(added, "question")
    assert list(row) == ["key", "kind", "text", "choices", "required-if", "anonymous"]
    renamed = put_question(added, 7, read_question({**row, "text": {"en": "Partner?", "fr": "Partenaire ?"}}))
    assert parse_form(renamed).question[-1].text == {"en": "Partner?", "fr": "Partenaire ?"}


_CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.integers(-9, 9) | st.booleans()
_ROWS = st.dictionaries(
    st.sampled_from(["a", "b", "c d", "é"]),
    _CELLS | st.lists(_CELLS, max_size=3) | st.dictionaries(st.sampled_from(["en", "ko"]), _CELLS, min_size=1),
    min_size=1,
)


@given(st.lists(_ROWS, min_size=1, max_size=4), _ROWS, st.data())
def test_any_rows_are_put_swapped_and_removed_or_refused(rows: list[Any], row: Any, data: Any) -> None:
    text = 'id = "x"\n'
    index = data.draw(st.integers(0, len(rows) - 1))
    try:
        for one in rows:
            text = put_row(text, "row", None, one)
        assert tomllib.loads(text)["row"] == rows
        assert tomllib.loads(put_row(text, "row", index, row))["row"][index] == row
        assert len(list_rows(remove_row(text, "row", index), "row")) == len(rows) - 1
    except BadInput:  # never a text with something else in it
        event("refused")
