"""How SDMX says that a release is affected by a withdrawal: its normal values are provisional, and an annotation says why.

A sealed release is not changed: its bulk files are as they were sealed, and the catalogue says what became of it. OBS_STATUS P
is the standard's code for values that the agency almost certainly expects to be revised (SDMX CL_OBS_STATUS 2.2).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from bongsu.core.codes import CodeList
from bongsu.core.languages import LANGUAGES
from bongsu.core.observation_status import NORMAL, PROVISIONAL, STATUS
from bongsu.core.release import Release
from bongsu.core.structure import Structure
from bongsu.publish.release_status import describe_status
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ID = "AFFECTED"


def served_structure(node: Node, release: Release) -> Structure:
    """Returns the structure of a release; that of an affected one has the status of provisional values too."""
    structure = node.releases.structure(release)
    if not release.affected:
        return structure
    status = code_lists()["CL_OBS_STATUS"]

    def add_code(codes: CodeList) -> CodeList:
        known = PROVISIONAL in codes or codes.id != status.id
        return codes if known else replace(codes, codes=(*codes.codes, status.get(PROVISIONAL)))

    return replace(structure, code_lists=tuple(map(add_code, structure.code_lists)))


def mark_provisional(table: ir.Table, release: Release) -> ir.Table:
    """Returns the observations; the normal values of an affected release as provisional ones."""
    if not release.affected:
        return table
    return table.mutate(**{STATUS: table[STATUS].substitute({NORMAL: PROVISIONAL})})


def xml_annotations(release: Release) -> str:
    """Returns the annotations of a data set in SDMX-ML; empty if the release is not affected."""
    if not release.affected:
        return ""
    texts = "".join(
        f'<com:AnnotationText xml:lang="{language}">{escape(describe_status(release, language))}</com:AnnotationText>'
        for language in LANGUAGES
    )
    type_ = f"<com:AnnotationType>{_ID}</com:AnnotationType>"
    return f'<com:Annotations><com:Annotation id="{_ID}">{type_}{texts}</com:Annotation></com:Annotations>\n'


def json_annotations(release: Release, language: str) -> list[dict[str, Any]]:
    """Returns the annotations of a data set in SDMX-JSON; empty if the release is not affected."""
    if not release.affected:
        return []
    texts = {one: describe_status(release, one) for one in LANGUAGES}
    return [{"id": _ID, "type": _ID, "text": texts[language], "texts": texts}]
