"""`bongsu build`: runs every programme's recipes and seals the releases that pass their checks."""

from __future__ import annotations

import argparse
from pathlib import Path
from textwrap import shorten

from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, unknown_name
from bongsu.core.programme import Programme

# Characters of a note printed on the terminal; the release's page and --json give the whole note.
_NOTE = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--programme", metavar="NAME", help=translate(N_("only this programme's releases")))


def find_programmes(name: str | None) -> tuple[Programme, ...]:
    """Returns all programmes, or the one with this name. Raises UnknownName."""
    from bongsu.cli.programmes import PROGRAMMES

    if name is None:
        return PROGRAMMES
    found = tuple(programme for programme in PROGRAMMES if programme.name == name)
    if not found:
        raise unknown_name(N_("programme"), name, [programme.name for programme in PROGRAMMES])
    return found


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Builds, checks and seals. Stops at the first release that fails its checks and keeps nothing of it.

    Writes the bulk files of the sealed releases too, so that the first request for a page does not have to.
    """
    from bongsu.publish.bulk_files import list_bulk_files
    from bongsu.store.building import build_releases, list_due_recipes
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    programmes = find_programmes(args.programme)
    built = []
    for programme in programmes:
        title = translate(N_("Building {programme}")).format(programme=programme.name)
        with terminal.progress(title, len(list_due_recipes(node, programme))) as step:
            for one in build_releases(node, programme):
                built.append(one)
                step()
    with terminal.progress(translate(N_("Writing bulk files")), len(built)) as step:
        for one in built:
            list_bulk_files(node, one.release)
            step()
    data = [
        {
            "dataflow": one.release.dataflow,
            "release": one.release.number,
            "new": one.new,
            "observations": one.release.rows,
            "content": one.release.content,
            "sealed_at": one.release.sealed_at,
            "checks": [{"check": f.check, "holds": f.holds, "detail": f.detail} for f in one.findings],
            "notes": [{"note": note.message, "detail": note.detail} for note in one.notes],
        }
        for one in built
    ]
    rows = [
        (
            one.release.dataflow,
            one.release.number,
            one.release.rows,
            translate(N_("sealed") if one.new else N_("unchanged")),
        )
        for one in built
    ]
    notes = [
        f"{one.release.name}: {translate(note.message)}: {shorten(note.detail, _NOTE, placeholder=' …')}"
        for one in built
        if one.new
        for note in one.notes
    ]
    text = format_table((N_("dataflow"), N_("release"), N_("observations"), ""), rows)
    terminal.result(data, "\n".join([text, *notes]))
    return 0
