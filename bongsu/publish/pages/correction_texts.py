"""The corrections of a release as its page shows them: who, why, from which source, and each value before and after."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext

from bongsu.core.correction import Correction, parse_correction
from bongsu.core.release import Release
from bongsu.core.structure import VALUE, Structure
from bongsu.publish.bulk_files import find_attachment
from bongsu.publish.formats import figures
from bongsu.publish.formats.html_tables import Cell, render_table
from bongsu.store.corrections.applying import CORRECTIONS_FILE
from bongsu.store.node import Node
from bongsu.store.tables.definitions import concepts

_DIGITS = 12


def read_corrections(node: Node, release: Release) -> list[Correction]:
    """Returns the corrections that were sealed with a release."""
    path = find_attachment(node, release, CORRECTIONS_FILE) if release.corrections else None
    return [parse_correction(one, CORRECTIONS_FILE) for one in json.loads(path.read_bytes())] if path else []


def list_correction_texts(node: Node, release: Release, language: str) -> list[dict[str, Any]]:
    """Returns each correction of a release in a language, with a table of its values."""
    structure = node.releases.structure(release)
    return [
        {
            "author": one.author,
            "at": one.at,
            "source": one.source,
            "address": one.as_input().origin.address,
            "reason": one.reason.to(language)._replace(text=one.reason.to(language).mark(language)),
            "table": _render_values(structure, one, language),
        }
        for one in read_corrections(node, release)
    ]


def _render_values(structure: Structure, correction: Correction, language: str) -> str:
    flow = structure.dataflow
    names = {one.id: one.name.to(language) for one in (concepts()[VALUE], *flow.dimensions)}
    header = [*(Cell(names[key]) for key in flow.keys), Cell(gettext("Before"), True), Cell(gettext("Corrected"), True)]
    body = [
        [
            *(Cell(figures.format_cell(structure, key, dict(value.key), language)) for key in flow.keys),
            Cell(figures.format_number(value.was, language, _DIGITS), number=True),
            Cell(figures.format_number(value.now, language, _DIGITS), number=True),
        ]
        for value in correction.values
    ]
    return render_table(header, body, gettext("Corrected values"))
