"""`bongsu form NAME --input FILE`: fills in a form or draws a label from a JSON or TOML file.

bongsu form sci-ai --input system.toml
bongsu form gpai --input model.toml --energy training_energy=report.json --output form.html
bongsu form label --input model.toml --output label.png --language ko
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from bongsu.cli.commands import INPUT, OUTPUT, Argument, Arguments, Option, read_file_name, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.languages import LANGUAGES

MAX_BYTES = 4_000_000
FORMATS = (".json", ".txt", ".html", ".svg", ".png")


def run(args: Arguments, terminal: Terminal) -> int:
    """Fills in the form, then prints or writes it."""
    from bongsu.energy.forms.form_catalogue import fill_form

    chosen = args.language or get_language()
    if chosen not in LANGUAGES:
        raise unknown_name(N_("language"), chosen, LANGUAGES, where="--language")
    if args.output is not None and args.output.suffix not in FORMATS:
        raise unknown_name(N_("format"), args.output.suffix, FORMATS, where="--output")
    data = _input_fields(args)
    for pair in args.energy:
        data = _add_energy(data, pair, args.boundary)
    form = fill_form(args.form, data)
    if args.output is None:
        terminal.result(form.as_json(), form.as_text(chosen))
        return 0
    match args.output.suffix:
        case ".json":
            written = (json.dumps(form.as_json(), ensure_ascii=False, indent=2) + "\n").encode()
        case ".txt":
            written = (form.as_text(chosen) + "\n").encode()
        case ".html":
            written = form.as_html(chosen).encode()
        case picture:
            written = _render_form(form.id, data, chosen, picture)
    args.output.write_bytes(written)
    terminal.say(translate(N_("Written: {path}")).format(path=args.output))
    return 0


def _input_fields(args: Arguments) -> dict[str, Any]:
    """Returns the fields from the input file, or those of a model's label from the node's release."""
    if (args.input is None) == (args.model is None):
        raise BadInput(N_("Give the fields with --input, or for a label a model of the node with --model."))
    if args.model is None:
        return _read_fields(args.input)
    if args.form != "label":
        raise BadInput(N_("Only a label can be made from a release; give the fields with --input."), where="--model")
    from bongsu.energy.forms.released_label import label_fields
    from bongsu.store.node import Node

    return label_fields(Node(Path(args.node)), args.model)


def _render_form(form: str, data: dict[str, Any], chosen: str, suffix: str) -> bytes:
    from bongsu.energy.forms import label, label_svg

    if form != label.FORM_ID:
        raise BadInput(
            N_("Only a label can be written as a picture."), where="--output", fix=N_("Write .html, .txt or .json.")
        )
    svg = label_svg.draw_label(label.parse_input(data), chosen)
    return label_svg.render_label_png(svg) if suffix == ".png" else svg.encode()


def _add_energy(data: dict[str, Any], pair: str, boundary: str) -> dict[str, Any]:
    from bongsu.energy.forms.energy_extraction import extract_energy

    field, _, name = pair.partition("=")
    if not field or not name:
        raise BadInput(N_("“{text}” is not of the form FIELD=FILE."), where="--energy", text=pair)
    if data.get(field) is not None:
        raise BadInput(N_("The input already gives this field."), where=field)
    group = data.get("class")
    symbol = str(group.get("unit", "J")) if field == "energy" and isinstance(group, dict) else "J"
    return {**data, field: extract_energy(_read_fields(name), symbol, boundary=boundary, where=name)}


def _read_fields(name: str) -> dict[str, Any]:
    """Reads the fields of a file: TOML if its suffix is .toml, else JSON. Raises OSError, or BadInput with the place."""
    from bongsu.core.document_shape import convert_document

    body = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else _read_bytes(Path(name))
    if len(body) > MAX_BYTES:
        raise BadInput(N_("The input is larger than {most} bytes."), where=name, most=MAX_BYTES)
    try:
        data = tomllib.loads(body.decode("utf-8-sig")) if name.endswith(".toml") else json.loads(body)
    except (ValueError, RecursionError) as error:  # both parsers and the decoder raise subclasses of ValueError
        raise BadInput(N_("The input cannot be read: {reason}."), where=name, reason=error) from None
    return convert_document(data, dict[str, Any], name)


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


EXAMPLES = (
    "bongsu form sci-ai --input system.toml",
    "bongsu form gpai --input model.toml --energy training_energy=report.json --output form.html",
    "bongsu form label --input model.toml --output label.png --language ko",
)
PARAMETERS = (
    Argument("form", metavar="gpai|eu-2024-1364|sci|sci-ai|spdx|label", help=N_("which form")),
    Option(
        "--input",
        metavar="FILE",
        type=read_file_name,
        group=INPUT,
        help=N_("the fields, as JSON or TOML; - reads JSON"),
    ),
    Option("--model", metavar="NAME", group=INPUT, help=N_("label a model of this node's release INFERENCE_ENERGY")),
    Option(
        "--energy",
        metavar="FIELD=FILE",
        multiple=True,
        group=INPUT,
        help=N_("take a field's energy from a meter's report or an estimate"),
    ),
    Option("--boundary", metavar="NAME", default="", group=INPUT, help=N_("which boundary of that file")),
    Option(
        "--output",
        metavar="FILE",
        type=read_path,
        group=OUTPUT,
        help=N_("write .json, .txt or .html; a label .svg or .png"),
    ),
    Option("--language", metavar="CODE", group=OUTPUT, help=N_("the code of a language (default: the terminal's)")),
)
