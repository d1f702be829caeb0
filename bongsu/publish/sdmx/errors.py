"""Errors in SDMX's own form and with its codes; the error tree of the house says what happened.

Left out: pages for people. Who asks here is a program, so the answer is SDMX-JSON where it reads JSON, else SDMX-ML.
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
    """The client reads no format that this answer has."""

    code = "not-acceptable"
    http_status = 406


class TooLong(BadInput):
    """The address, or what it asks for, is longer than what is read."""

    code = "too-long"
    http_status = 414


class AnswerTooLarge(BadInput):
    """The answer has no place in the format that was asked for."""

    code = "too-large"
    http_status = 413


class NotOffered(Final):
    """A part of the standard that this node does not answer. The manual lists every one with one of three words."""

    code = "not-offered"
    http_status = 501


# What the node does not answer: notyet (it is meant to come), notimpl (nobody has asked for it), never (by design).
# docs/sdmx.md lists the same, with the reasons.
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
    """The error for a part of the standard that the node does not answer: notimpl, notyet or never."""
    return NotOffered(
        N_("{word}: this node does not answer “{what}”."),
        fix=N_("docs/sdmx.md lists what it answers."),
        word=NOT_OFFERED[what],
        what=what,
    )


def sdmx_code(error: BongsuError) -> int:
    """The code of the SDMX web-service guidelines for an error."""
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


# What XML 1.0 cannot hold, whatever somebody wrote into an address
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ML = {
    "2.1": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1",
    "3.0": "http://www.sdmx.org/resources/sdmxml/schemas/v3_0",
}


def error_message(error: BongsuError, *, as_json: bool, version: str = "3.0") -> tuple[bytes, str]:
    """(body, content type) of the error message."""
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


def unknown_component(name: str, known: Sequence[str], where: str) -> BadInput:
    """The error for a component that the dataflow does not have, at the place `where`."""
    near = unknown_name(N_("component"), name[:80], known)
    return BadInput(near.message, where=where, fix=near.fix, **near.values)
