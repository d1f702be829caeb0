"""Writes docs/reference from the code: commands, settings, dataflows, errors, addresses. `--check` fails where it is stale."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bongsu.cli.commands import Command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bongsu.web.settings")
os.environ["BONGSU_LANGUAGE"] = "en"
HERE = Path(__file__).parent / "reference"
_NOTE = "<!-- Written by docs/reference.py (make docs). Change the code, not this file. -->"
_EXIT_STATUS = """0: success. Otherwise that of the [error](errors.md): 64 for words that are not understood or a name that does
not exist, 65 for input that is wrong, 66 for what is missing. 130 after Ctrl-C; 141 if the reader of a pipe is gone; 1 if
`bongsu doctor` finds something wrong. `bongsu meter` exits with the status of its command, 127 if there is no such command."""

_SETTINGS = """Read from the environment. A wrong value of a setting of the node stops the start. `bongsu doctor` lists those
that the environment sets, without the values of secrets, and names every variable `BONGSU_…` that is not in these tables.
Where the default is empty, the variable is not set, or each benchmark has its own."""


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def commands_page() -> str:
    """Every verb with its arguments, the grammar of conditions, completion, and exit statuses."""
    from bongsu.cli import VERBS, load_command
    from bongsu.cli.commands import ActionGroup, Command
    from bongsu.core import where

    parts = ["# Commands", "Every verb takes `--json`, for machines, and `-h`. `bongsu -h` lists the verbs."]
    for verb in VERBS:
        needs = "" if verb.needs_node else " Works in the light install."
        parts += [f"## bongsu {verb.name}", f"{verb.help}{needs}"]
        command = load_command(verb)
        if isinstance(command, Command):
            parts += _describe_command(command)
        for action in command.commands.values() if isinstance(command, ActionGroup) else ():
            assert isinstance(action, Command)
            parts += [f"### bongsu {verb.name} {action.name}", action.text, *_describe_command(action)]
    grammar = inspect.getdoc(where) or ""
    _, _, rules = grammar.partition("\n\n")
    rules, _, _ = rules.partition("\nLeft out:")
    blocks = [
        "```text\n" + inspect.cleandoc(block) + "\n```" if block.startswith("    ") else block
        for block in rules.split("\n\n")
    ]
    parts += [
        "## Conditions",
        "Every `--where` has this grammar. It may be repeated, and takes every condition that follows it.",
    ]
    parts += blocks
    parts += ["## Exit status", _EXIT_STATUS]
    return "\n\n".join(parts)


def _describe_command(command: Command) -> Iterator[str]:
    from bongsu.cli.commands import COMMON, Argument, Option, describe_parameter, parameter_signature

    rows = [
        [f"`{parameter_signature(parameter)}`", parameter.group, describe_parameter(parameter)]
        for parameter in command.params
        if isinstance(parameter, Option | Argument) and parameter.group != COMMON
    ]
    if rows:
        yield markdown_table(["argument", "group", "meaning"], rows)
    yield "```sh\n" + "\n".join(command.examples) + "\n```"


def settings_page() -> str:
    """Every environment variable, by who reads it: the rows of core/environment.py."""
    from bongsu.core.environment import VARIABLES, Reader

    parts = ["# Settings", _SETTINGS]
    for reader in Reader:
        rows = [
            [f"`{row.name}`", f"`{row.default}`" if row.default else "", "yes" if row.secret else "", row.sentence]
            for row in VARIABLES
            if row.reader is reader
        ]
        parts += [f"## {reader.value}", markdown_table(["name", "default", "secret", "meaning"], rows)]
    return "\n\n".join(parts)


def dataflows_page() -> str:
    """Every dataflow of every programme, with its dimensions and code lists."""
    from bongsu.core.structure import VALUE
    from bongsu.store.own_flows.node_programmes import installed_programmes

    parts = ["# Dataflows"]
    attributes = None
    for programme in installed_programmes():
        parts.append(f"## {programme.info.title.en}")
        for flow in programme.flows:
            others = "; ".join(flow.name.to(language) for language in ("ko", "fr"))
            parts += [f"### {flow.id}", f"**{flow.name.en}** ({others}), version {flow.version}"]
            parts.append(flow.description.en)
            parts.append(f"Units: {', '.join(flow.units)}. Boundary: {flow.boundary}. Method: {flow.method}.")
            rows = [
                [f"`{c.id}`", c.name.en, c.definition.en, f"`{c.code_list}`" if c.code_list else ""]
                for c in flow.dimensions
            ]
            parts.append(markdown_table(["dimension", "name", "meaning", "code list"], rows))
            attributes = attributes or flow.attributes
    rows = [
        [f"`{c.id}`", c.name.en, c.definition.en, f"`{c.code_list}`" if c.code_list else ""] for c in attributes or ()
    ]
    parts += ["## Beside every value", f"Every observation has `{VALUE}` and these attributes."]
    parts.append(markdown_table(["attribute", "name", "meaning", "code list"], rows))
    return "\n\n".join(parts)


def errors_page() -> str:
    """The error tree: code, exit status, HTTP status."""
    from bongsu.core.errors import TryAgain, list_error_classes

    rows = [
        [
            f"`{kind.code}`",
            "yes" if issubclass(kind, TryAgain) else "no",
            str(kind.exit_status),
            str(kind.http_status),
            (inspect.getdoc(kind) or "").split("\n\n")[0],
        ]
        for kind in list_error_classes()
    ]
    shape = '`{"error": {"code": ..., "message": ..., "fix": ...}}`'
    intro = (
        f"One shape on the wire and on the terminal with `--json`: {shape}. The first question is whether to try again."
    )
    return "\n\n".join(["# Errors", intro, markdown_table(["code", "try again", "exit", "HTTP", "meaning"], rows)])


def addresses_page() -> str:
    """Every address that the node answers."""
    import django

    django.setup()
    from django.urls import get_resolver

    rows = sorted([*_list_addresses(get_resolver(), ""), *_list_sdmx_addresses()])
    return "\n\n".join(
        [
            "# Addresses",
            "Pages begin with their language: /en/, /ko/, /fr/.",
            markdown_table(["address", "answer"], rows),
        ]
    )


def _list_addresses(resolver: object, prefix: str) -> Iterator[list[str]]:
    for pattern in resolver.url_patterns:  # type: ignore[attr-defined]
        whole = prefix + str(pattern.pattern)
        if whole == "sdmx/":
            continue  # its patterns are regular expressions; _list_sdmx_addresses lists what they stand for
        if hasattr(pattern, "url_patterns"):
            yield from _list_addresses(pattern, whole)
        else:
            yield [f"`{_write_template(whole)}`", _first_paragraph(pattern.callback)]


def _write_template(address: str) -> str:
    """A pattern of Django, or a simple regular expression, as a template: /files/{dataflow}/{number}.{form}."""
    address = re.sub(r"\(\?P(<\w+>)[^()]*\)", r"\1", address)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", re.sub(r"[\^$]", "", address))


def _first_paragraph(view: object) -> str:
    return (inspect.getdoc(view) or "").split("\n\n")[0]


def _list_sdmx_addresses() -> Iterator[list[str]]:
    """The forms of addresses that the parsers of SDMX REST list in their docstrings."""
    from bongsu.publish.sdmx import rest2, rest15, views

    answers = {
        ("data", rest2): views.data,
        ("availability", rest2): views.availability,
        ("schema", rest2): views.schema,
        ("structure", rest2): views.structure,
        ("data", rest15): views.data,
        ("availableconstraint", rest15): views.availability_rest15,
        ("{type}", rest15): views.structure_rest15,
    }
    for (first, parser), view in answers.items():
        form = next(
            line.split()[0] for line in str(parser.__doc__).splitlines() if line.strip().startswith(f"{first}/")
        )
        yield [f"`/sdmx/{form}`", _first_paragraph(view)]


PAGES = {
    "commands": commands_page,
    "settings": settings_page,
    "dataflows": dataflows_page,
    "errors": errors_page,
    "addresses": addresses_page,
}


def main() -> int:
    """Writes the pages, or with --check says which are stale."""
    check = "--check" in sys.argv
    HERE.mkdir(exist_ok=True)
    stale = []
    for name, write in PAGES.items():
        path, text = HERE / f"{name}.md", f"{_NOTE}\n\n{write()}\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.stderr.write(f"docs/reference is stale: {', '.join(stale)}. Run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
