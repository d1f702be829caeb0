"""Writes structure messages with pysdmx, with every name in English, Korean and French.

pysdmx writes one name and no parent of a code, so the catalogue gives it marks. Each mark is replaced here by its texts, the
requested language first, and for a code also by its parent, if the message contains the parent. MeasureRelationship is
removed from SDMX-ML 3.0: it carries no information with a single measure, and sdmx1 cannot read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from pysdmx.io.format import Format
from pysdmx.io.writer import write_sdmx
from pysdmx.model import AvailabilityConstraint, Codelist, Organisation
from pysdmx.model.__base import MaintainableArtefact
from pysdmx.model.message import Header

from bongsu.core.languages import LANGUAGES
from bongsu.core.text import Text
from bongsu.publish.sdmx.structure_catalogue import StructureCatalogue

_FORMATS = {
    "xml": Format.STRUCTURE_SDMX_ML_3_0,
    "xml21": Format.STRUCTURE_SDMX_ML_2_1,
    "json": Format.STRUCTURE_SDMX_JSON_2_0_0,
}
_MEASURE = re.compile(r"\s*<str:MeasureRelationship>.*?</str:MeasureRelationship>", re.DOTALL)
_ELEMENT = re.compile(r'<com:(Name|Description) xml:lang="en">(?:⟦([0-9]+)⟧|([^<]*))</com:\1>')
# The official schema of SDMX-ML 3.0 requires a parent to begin with a letter, so ISCO's parents are in JSON and 2.1 only.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_MARK = re.compile(r"⟦([0-9]+)⟧")
# What pysdmx writes for a structure without components, which is how a stub is made.
_STUB = re.compile(r"<(str:DataStructureComponents)>(?:(?!<str:DimensionList>|</\1>).)*</\1>", re.DOTALL)


def write_structures(
    artefacts: Sequence[MaintainableArtefact | AvailabilityConstraint],
    catalogue: StructureCatalogue,
    form: str,
    *,
    sender: str,
    prepared: str,
    id_: str,
    language: str,
) -> bytes:
    """Writes the message in the format `form` (xml, xml21, json). `prepared` is a time in the store's text form (UTC)."""
    header = Header(id=id_, prepared=datetime.fromisoformat(prepared), sender=Organisation(id=sender), test=False)
    message = write_sdmx(list(artefacts), _FORMATS[form], header=header, prettyprint=False) or ""
    languages = (language, *(other for other in LANGUAGES if other != language))
    texts, parents = catalogue.texts, dict(_parents(artefacts, catalogue))
    if form == "json":
        return json.dumps(_json(json.loads(message), texts, languages, parents), ensure_ascii=False).encode()
    message = _STUB.sub("", message)
    if form == "xml":
        message = _MEASURE.sub("", message)
    above = '<str:Parent><Ref id="{}"/></str:Parent>' if form == "xml21" else "<str:Parent>{}</str:Parent>"
    allowed = {mark: parent for mark, parent in parents.items() if form == "xml21" or _NAME.fullmatch(parent)}
    written = {mark: above.format(parent) for mark, parent in allowed.items()}
    return _ELEMENT.sub(lambda match: _xml(match, texts, languages, written), message).encode()


def _parents(
    artefacts: Sequence[MaintainableArtefact | AvailabilityConstraint], catalogue: StructureCatalogue
) -> Iterator[tuple[str, str]]:
    """Returns (mark, parent code) for the codes whose parent is in the message."""
    for artefact in artefacts:
        if isinstance(artefact, Codelist):
            ids = {code.id for code in artefact.items}
            for code in artefact.items:
                if (parent := catalogue.parents.get(str(code.name))) in ids:
                    yield str(code.name), str(parent)


def _xml(match: re.Match[str], texts: Sequence[Text], languages: Sequence[str], parents: Mapping[str, str]) -> str:
    tag, mark, plain = match.groups()
    if mark is None:
        return f'<com:{tag} xml:lang="en">{plain}</com:{tag}>'
    text = texts[int(mark)]
    translations = ((language, text.find(language)) for language in languages)
    names = "".join(
        f'<com:{tag} xml:lang="{language}">{escape(name)}</com:{tag}>' for language, name in translations if name
    )
    return names + parents.get(f"⟦{mark}⟧", "")


def _json(value: Any, texts: Sequence[Text], languages: Sequence[str], parents: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_json(item, texts, languages, parents) for item in value]
    if not isinstance(value, dict):
        return value
    written: dict[str, Any] = {}
    for name, inner in value.items():
        mark = _MARK.fullmatch(inner) if name in ("name", "description") and isinstance(inner, str) else None
        if mark:
            text = texts[int(mark.group(1))]
            every = {language: translation for language in languages if (translation := text.find(language))}
            written |= {name: text.to(languages[0]), f"{name}s": every}
            written |= {"parent": parents[inner]} if inner in parents else {}
        elif name == "dataStructureComponents" and not inner["dimensionList"]["dimensions"]:
            continue  # a stub
        elif inner != []:
            written[name] = _json(inner, texts, languages, parents)
    return written
