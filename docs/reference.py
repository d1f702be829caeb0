"""Writes docs/reference from the code: commands, settings, dataflows, errors, addresses. `--check` fails where it is stale."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bongsu.web.settings")
os.environ["BONGSU_LANGUAGE"] = "en"
HERE = Path(__file__).parent / "reference"
_NOTE = "<!-- Written by docs/reference.py (make docs). Change the code, not this file. -->"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def commands_page() -> str:
    """Every verb with its arguments."""
    from bongsu.cli import VERBS, build_verb_parser

    parts = ["# Commands", "Every verb takes `--json` where it prints results, and `-h`."]
    for verb in VERBS:
        needs = "" if verb.needs_node else " Works in the light install."
        parts += [f"## bongsu {verb.name}", f"{verb.help}{needs}"]
        parts += list(_list_arguments(build_verb_parser(verb)))
    return "\n\n".join(parts)


def _list_arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield f"### {parser.prog} {name}"
                if sub.description:
                    yield sub.description
                yield from _list_arguments(sub)
        elif action.dest != "help" and action.help is not argparse.SUPPRESS:
            names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.metavar or action.dest}`"
            rows.append([names, (action.help or "") % {**vars(action), "prog": parser.prog}])
    if rows:
        yield markdown_table(["argument", "meaning"], rows)


def settings_page() -> str:
    """Every setting: a row of web/settings.py."""
    from bongsu.web.settings import SETTINGS

    rows = [[f"`{row.name}`", f"`{row.default}`" if row.default else "", row.sentence] for row in SETTINGS]
    return "\n\n".join(
        [
            "# Settings",
            "Read from the environment. A wrong value stops the start.",
            markdown_table(["name", "default", "meaning"], rows),
        ]
    )


def dataflows_page() -> str:
    """Every dataflow of every programme, with its dimensions and code lists."""
    from bongsu.cli.programmes import PROGRAMMES
    from bongsu.core.structure import VALUE

    parts = ["# Dataflows"]
    attributes = None
    for programme in PROGRAMMES:
        parts.append(f"## {programme.face.title.en}")
        for flow in programme.flows:
            parts += [f"### {flow.id}", f"**{flow.name.en}** ({flow.name.ko}; {flow.name.fr}), version {flow.version}"]
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

    rows = sorted(_list_addresses(get_resolver(), ""))
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
        if hasattr(pattern, "url_patterns"):
            yield from _list_addresses(pattern, whole)
        else:
            doc = (inspect.getdoc(pattern.callback) or "").split("\n\n")[0]
            yield [f"`/{whole}`", doc]


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
