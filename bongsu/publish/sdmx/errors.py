"""Writes the errors of core/errors.py as SDMX error messages, with the codes of SDMX.

The message is SDMX-JSON if the client accepts JSON, else SDMX-ML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from django.utils.translation import gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError, Final, Missing, Refused, TryAgain, UnknownName, unknown_name


class NotAcceptable(BadInput):
    """The client accepts no format in which the response is available."""

    code = "not-acceptable"
    http_status = 406


class TooLong(BadInput):
    """The address is longer than the limit."""

    code = "too-long"
    http_status = 414


class AnswerTooLarge(BadInput):
    """The response does not fit into the requested format."""

    code = "too-large"
    http_status = 413


class NotOffered(Final):
    """A part of the SDMX standard that this node does not support. docs/sdmx.md lists all: notyet, notimpl or never."""

    code = "not-offered"
    http_status = 501


# What the node does not support: notyet (planned), notimpl (nobody has asked for it), never (by design).
# docs/sdmx.md lists the same with the reasons.
_ARTEFACTS = {
    "notyet": ("hierarchy", "hierarchyassociation", "representationmap", "structuremap"),
    "notimpl": (
        "categoryschememap", "conceptschememap", "dataconstraint", "dataconsumerscheme", "dataproviderscheme",
        "metadataconstraint", "metadataflow", "metadataproviderscheme", "metadataprovisionagreement",
        "metadatastructure", "organisationschememap", "organisationunitscheme", "provisionagreement",
        "reportingtaxonomy", "reportingtaxonomymap",
    ),
    "never": (
        "actualconstraint", "allowedconstraint", "attachmentconstraint", "contentconstraint", "customtypescheme",
        "hierarchicalcodelist", "namealiasscheme", "namepersonalisationscheme", "organisationscheme", "process",
        "rulesetscheme", "structureset", "transformationscheme", "userdefinedoperatorscheme", "vtlmappingscheme",
    ),
}  # fmt: skip
_OTHERS = {
    "notimpl": ("metadata", "post", "deletion", "reportingYearStartDay", "schema+json", "structure+json;version=1.0.0"),
    "never": ("registration", "genericdata+xml"),
}
ARTEFACTS_NOT_OFFERED = tuple(sorted(kind for kinds in _ARTEFACTS.values() for kind in kinds))
NOT_OFFERED = {what: word for table in (_ARTEFACTS, _OTHERS) for word, whats in table.items() for what in whats}


def not_offered(what: str) -> NotOffered:
    """Returns the error for a part of the standard that the node does not support."""
    return NotOffered(
        N_("{word}: this node does not support “{what}”."),
        fix=N_("docs/sdmx.md lists what is supported."),
        word=NOT_OFFERED[what],
        what=what,
    )


def sdmx_code(error: BongsuError) -> int:
    """Returns the SDMX code of an error, from the guidelines for web services."""
    if isinstance(error, NotOffered):
        return 501
    if isinstance(error, (UnknownName, Missing)):
        return 100  # no results found
    if isinstance(error, AnswerTooLarge):
        return 130  # response too large due to client request
    if isinstance(error, BadInput):
        return 140  # syntax error
    if isinstance(error, Refused):
        return 110  # unauthorized
    return 503 if isinstance(error, TryAgain) else 500


# Characters that XML 1.0 does not allow; an address can contain them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ML = {
    "2.1": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1",
    "3.0": "http://www.sdmx.org/resources/sdmxml/schemas/v3_0",
}


def error_message(error: BongsuError, *, as_json: bool, version: str = "3.0") -> tuple[bytes, str]:
    """Returns the (body, content type) of the error message."""
    code, sentence = sdmx_code(error), describe_public_error(error, gettext).sentence
    text = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", sentence)
    if as_json:
        body = {"errors": [{"code": code, "title": error.code, "detail": text}]}
        return json.dumps(body, ensure_ascii=False).encode(), "application/json"
    schemas = _ML[version]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:Error xmlns:mes="{schemas}/message" xmlns:com="{schemas}/common">'
        f'<mes:ErrorMessage code="{code}"><com:Text>{escape(text)}</com:Text></mes:ErrorMessage></mes:Error>\n'
    ).encode(), "application/xml"


def unknown_component(name: str, names: Sequence[str], where: str) -> BadInput:
    """Returns the error for a component that the dataflow does not have; `where` names the parameter."""
    near = unknown_name(N_("component"), name[:80], names)
    return BadInput(near.message, where=where, fix=near.fix, **near.values)
