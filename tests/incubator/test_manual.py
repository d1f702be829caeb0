"""The examples of docs/incubator are files that the checkers take, and its tables are those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bongsu.core.text import Text
from bongsu.incubator.conflicts.kinds import known_kinds, known_relations
from bongsu.incubator.eligibility.check import check_rules
from bongsu.incubator.eligibility.compare import OPERATIONS
from bongsu.incubator.eligibility.document import Rule, parse_rules
from bongsu.incubator.eligibility.fields import known_facts
from bongsu.incubator.forms.check import check_form
from bongsu.incubator.forms.document import DEFAULT_MOST, Question, parse_form
from bongsu.incubator.forms.words import KINDS
from bongsu.incubator.workflow.check import check_workflow
from bongsu.incubator.workflow.document import parse_workflow
from bongsu.incubator.workflow.shipped import list_shipped
from bongsu.incubator.workflow.tables import (
    known_actors,
    known_effects,
    known_events,
    known_guards,
    known_states,
)

DOCS = Path(__file__).parents[2] / "docs" / "incubator"
FORMS = (DOCS / "forms-and-rules.md").read_text(encoding="utf-8")
CONFLICTS = (DOCS / "conflicts-and-assignment.md").read_text(encoding="utf-8")
WORKFLOWS = (DOCS / "workflows.md").read_text(encoding="utf-8")


def find_example(text: str, format: str) -> str:
    """Returns the example of a format in a page of the manual."""
    (example,) = (block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if f'format = "{format}"' in block)
    return str(example)


def find_rows(text: str, head: str) -> list[list[str]]:
    """Returns the cells of the table with this first cell, without its two first lines."""
    lines = text[text.index(f"| {head} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_form_of_the_manual_has_no_findings() -> None:
    assert check_form(parse_form(find_example(FORMS, "bongsu.form/1"))) == []


def test_the_manual_names_every_kind_and_field() -> None:
    kinds = {row[0].strip("`"): row[3] for row in find_rows(FORMS, "kind")}
    assert list(kinds) == list(KINDS)
    assert {
        kind: int(most.replace(",", "")) for kind, most in kinds.items() if most not in ("", "none")
    } == DEFAULT_MOST
    named = re.findall("`([a-z-]+)`", " ".join(row[0] for row in find_rows(FORMS, "field of a question")))
    renamed = {"required_if": "required-if"}
    assert sorted(named) == sorted(renamed.get(name, name) for name in Question.__struct_fields__)


def test_the_rules_of_the_manual_fit_its_form() -> None:
    form = parse_form(find_example(FORMS, "bongsu.form/1"))
    assert check_rules(parse_rules(find_example(FORMS, "bongsu.rules/1")), form) == []


def test_the_manual_names_every_operation_fact_and_field_of_a_rule() -> None:
    values = {"one": "one", "list": "a list", "pair": "two", "none": "none"}
    rows = find_rows(FORMS, "`op`")
    assert {row[0].strip("`"): row[3] for row in rows} == {op: values[one.value] for op, one in OPERATIONS.items()}
    for name, _, kinds, _ in rows:
        said = set(re.findall("`([a-z]+)`", kinds))
        asked = OPERATIONS[name.strip("`")].kinds - {"code", "codes", "count", "numbers", "amounts"}
        assert said == (asked or {"number", "money"}), name
    facts = {row[0].strip("`"): row[1] for row in find_rows(FORMS, "fact")}
    assert facts == {
        name: ": ".join([one.text.to("en"), ", ".join(f"`{value}`" for value in one.values)]).removesuffix(": ")
        for name, one in known_facts().items()
        if isinstance(one.text, Text)
    }
    named = re.findall("`([a-z]+)`", " ".join(row[0] for row in find_rows(FORMS, "field of a rule")))
    renamed = {"all_of": "all", "any_of": "any", "none_of": "not"}
    assert sorted(named) == sorted(renamed.get(name, name) for name in Rule.__struct_fields__)


def test_the_workflow_of_the_manual_has_no_findings() -> None:
    assert check_workflow(parse_workflow(find_example(WORKFLOWS, "bongsu.workflow/1"))) == []


def _names(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in sorted(names))


def test_the_tables_of_the_manual_are_those_of_the_workflows() -> None:
    yes = {True: "yes", False: ""}
    assert find_rows(WORKFLOWS, "guard") == [
        [f"`{one.name}`", one.text.en, _names(one.excludes)] for one in known_guards().values()
    ]
    assert find_rows(WORKFLOWS, "effect") == [[f"`{one.name}`", one.text.en] for one in known_effects().values()]
    assert find_rows(WORKFLOWS, "state") == [
        [f"`{one.name}`", one.text.en, f"`{one.seen_as}`", yes[one.is_end]] for one in known_states().values()
    ]
    assert find_rows(WORKFLOWS, "event") == [
        [f"`{one.name}`", one.text.en, _names(one.who), _names(one.to)] for one in known_events().values()
    ]
    assert find_rows(WORKFLOWS, "actor") == [
        [f"`{one.name}`", one.text.en, yes[one.acts], yes[one.told]] for one in known_actors().values()
    ]
    assert sorted(row[0].strip("`") for row in find_rows(WORKFLOWS, "name")) == list_shipped()


def test_the_tables_of_the_manual_are_those_of_the_conflicts() -> None:
    yes = {True: "yes", False: ""}
    assert find_rows(CONFLICTS, "conflict") == [
        [f"`{one.name}`", one.text.en, one.severity, one.action, yes[one.waivable], str(one.years or "")]
        for one in known_kinds().values()
    ]
    assert find_rows(CONFLICTS, "relation") == [
        [f"`{one.name}`", one.text.en, str(one.years or "")] for one in known_relations().values()
    ]
