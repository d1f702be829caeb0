"""What is wrong in the four files of a call is said with file, line and field, even where a file cannot be read."""

from __future__ import annotations

from bongsu.incubator.calls.folder import write_example
from bongsu.incubator.calls.problems import list_text_problems


def list_places(**replaced: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    """Level, file, field and the text of the line of each problem of the example with a text replaced in each file."""
    texts = write_example("one-stage")
    for name, (before, after) in replaced.items():
        assert before in texts[f"{name}.toml"]
        texts[f"{name}.toml"] = texts[f"{name}.toml"].replace(before, after, 1)
    return [
        (one.level, one.file, one.field, texts[one.file].split("\n")[one.line - 1] if one.line else "")
        for one in list_text_problems(texts, str, "en")
    ]


def test_the_example_has_no_problem() -> None:
    assert list_places() == []


def test_every_file_is_read_and_checked() -> None:
    found = list_places(
        call=("amount = 20000", "amount = 0"),
        form=("most = 150", "most = = 150"),
        rules=('op = "is"', 'op = "iss"'),
        workflow=('to = "submitted"', 'to = "submited"'),
    )
    assert found == [
        ("error", "form.toml", "", "most = = 150"),
        ("error", "rules.toml", "rule[0].any[0].op", '  { field = "line", op = "iss", value = "academia" },'),
        ("error", "call.toml", "budget[0].amount", "amount = 0"),
        ("error", "workflow.toml", "transition[0].to", 'to = "submited"'),
    ]


def test_a_field_that_is_missing_has_the_line_of_its_table() -> None:
    assert list_places(form=("most = 3000\n", 'kinds = "x"\n')) == [
        ("error", "form.toml", "question[1].kinds", 'kinds = "x"')
    ]
    assert list_places(form=('kind = "long-text"\n', "")) == [
        ("error", "form.toml", "question[1].kind", "[[question]]")
    ]


def test_rules_are_checked_against_the_form_that_is_written_with_them() -> None:
    found = [problem[:3] for problem in list_places(form=('key = "hours"', 'key = "time"'))]
    assert ("error", "rules.toml", "rule[0].any[1].field") in found
    assert ("error", "call.toml", "asked.amount") in found
