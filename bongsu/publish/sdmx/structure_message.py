"""Structure messages, through pysdmx's writers, with every name in English, Korean and French.

pysdmx writes one name; the catalogue hands it marks, and here each mark becomes its texts, the reader's language first.
MeasureRelationship is left out of SDMX-ML 3.0: with one measure it says nothing, and sdmx1 cannot read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from pysdmx.io.format import Format
from pysdmx.io.writer import write_sdmx
from pysdmx.model import AvailabilityConstraint, Organisation
from pysdmx.model.__base import MaintainableArtefact
from pysdmx.model.message import Header

from bongsu.core.text import LANGUAGES, Text

_FORMATS = {
    "xml": Format.STRUCTURE_SDMX_ML_3_0,
    "xml21": Format.STRUCTURE_SDMX_ML_2_1,
    "json": Format.STRUCTURE_SDMX_JSON_2_0_0,
}
_MEASURE = re.compile(r"\s*<str:MeasureRelationship>.*?</str:MeasureRelationship>", re.DOTALL)
_ELEMENT = re.compile(r'<com:(Name|Description) xml:lang="en">(?:⟦(\d+)⟧|([^<]*))</com:\1>')
_MARK = re.compile(r"⟦(\d+)⟧")
# What pysdmx writes of a structure without components, which is how a stub is made
_STUB = re.compile(r"<(str:DataStructureComponents)>(?:(?!<str:DimensionList>|</\1>).)*</\1>", re.DOTALL)


def written(
    artefacts: Sequence[MaintainableArtefact | AvailabilityConstraint],
    texts: Sequence[Text],
    form: str,
    *,
    sender: str,
    prepared: str,
    id_: str,
    language: str,
) -> bytes:
    """The message in the format `form` (xml, xml21, json). `prepared` is a moment as the store writes it."""
    header = Header(id=id_, prepared=datetime.fromisoformat(prepared), sender=Organisation(id=sender), test=False)
    message = write_sdmx(list(artefacts), _FORMATS[form], header=header, prettyprint=False) or ""
    languages = (language, *(other for other in LANGUAGES if other != language))
    if form == "json":
        return json.dumps(_json(json.loads(message), texts, languages), ensure_ascii=False).encode()
    message = _STUB.sub("", message)
    if form == "xml":
        message = _MEASURE.sub("", message)
    return _ELEMENT.sub(lambda match: _xml(match, texts, languages), message).encode()


def _xml(match: re.Match[str], texts: Sequence[Text], languages: Sequence[str]) -> str:
    tag, mark, plain = match.groups()
    if mark is None:
        return f'<com:{tag} xml:lang="en">{plain}</com:{tag}>'
    text = texts[int(mark)]
    return "".join(f'<com:{tag} xml:lang="{name}">{escape(text.to(name))}</com:{tag}>' for name in languages)


def _json(value: Any, texts: Sequence[Text], languages: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_json(one, texts, languages) for one in value]
    if not isinstance(value, dict):
        return value
    written: dict[str, Any] = {}
    for name, inner in value.items():
        mark = _MARK.fullmatch(inner) if name in ("name", "description") and isinstance(inner, str) else None
        if mark:
            every = {language: texts[int(mark.group(1))].to(language) for language in languages}
            written |= {name: every[languages[0]], f"{name}s": every}
        elif name == "dataStructureComponents" and not inner["dimensionList"]["dimensions"]:
            continue  # a stub
        elif inner != []:
            written[name] = _json(inner, texts, languages)
    return written
