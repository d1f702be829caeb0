"""OAI-PMH 2.0, incremental harvesting of the catalogue. Six verbs; records as oai_dc and as dcat (DCAT-AP in RDF/XML).

Deletions are persistent: withdrawn releases and removed entries stay listed as deleted. A resumption token contains
the request and the position, so the node keeps no state and a token survives a restart. Records are listed in order of
change, so that a harvester misses nothing if the catalogue changes in between.
Source: openarchives.org/OAI/openarchivesprotocol.html.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from lxml import etree

from bongsu.core.release import Release
from bongsu.publish.catalogue import dcat, vocabularies
from bongsu.publish.catalogue.entries import list_entries
from bongsu.publish.catalogue.items import ENTRY, FLOW, RELEASE, Item, find_item
from bongsu.store.disk.clock import utc_now
from bongsu.store.node import Node

PMH = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_LOCATION = f"{PMH} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
FORMATS = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC),
    "dcat": ("http://www.w3.org/1999/02/22-rdf-syntax-ns.rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
}
SETS = {FLOW: "Dataflows", RELEASE: "Releases", ENTRY: "Entries of the catalogue"}
PAGE_SIZE = 100
_NOBODY = "nobody@example.org"  # the protocol requires an address; the setting may be empty
# verb -> (required arguments, optional arguments); resumptionToken excludes all others
VERBS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")


class ProtocolError(Exception):
    """An error of OAI-PMH: one of the protocol's codes, and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, order=True, slots=True)
class RecordHeader:
    """The header of a record: time of change, kind, id, and whether it is deleted. Headers sort by time of change."""

    stamp: str
    kind: str
    id: str
    deleted: bool = False

    def identifier(self, node: Node) -> str:
        """Returns the OAI identifier of the record."""
        return f"oai:{node.identity.id}:{self.kind}/{self.id}"


@lru_cache(maxsize=4)
def _list_headers(node: Node, releases: tuple[Release, ...]) -> tuple[RecordHeader, ...]:
    """Returns the headers of all records, deleted ones too, by time of change. `releases` is part of the cache key."""
    found = []
    by_flow: dict[str, str] = {}
    for release in releases:
        stamp = release.changed_at
        found.append(
            RecordHeader(stamp, RELEASE, f"{release.dataflow}/{release.number}", release.withdrawal is not None)
        )
        by_flow[release.dataflow] = max(by_flow.get(release.dataflow, ""), stamp)
    found += [RecordHeader(stamp, FLOW, flow) for flow, stamp in by_flow.items()]
    for one in list_entries(node):
        found += [RecordHeader(stamp, ENTRY, id_) for id_, stamp in one.changed.items() if id_ in one.lines]
        found += [RecordHeader(stamp, ENTRY, id_, True) for id_, stamp in one.deleted.items()]
    return tuple(sorted(found))


def answer_request(node: Node, base: str, asked: Mapping[str, list[str]]) -> bytes:
    """Answers a request; `asked` has the arguments as given. A protocol error is returned as an OAI-PMH response."""
    root = etree.Element(f"{{{PMH}}}OAI-PMH", nsmap={None: PMH, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", _LOCATION)
    _add_element(root, "responseDate", utc_now())
    request = _add_element(root, "request", f"{base}oai")
    try:
        verb, arguments = _parse_arguments(asked)
        for name, value in {"verb": verb, **arguments}.items():
            request.set(name, _strip_controls(value))
        if arguments.get("metadataPrefix", "oai_dc") not in FORMATS:
            raise ProtocolError("cannotDisseminateFormat", f"The formats are {', '.join(FORMATS)}.")
        root.append(_VERB_HANDLERS[verb](_OaiRequest(node, base, verb, arguments)))
    except ProtocolError as wrong:
        if wrong.code in ("badVerb", "badArgument"):
            request.attrib.clear()
        _add_element(root, "error", str(wrong)).set("code", wrong.code)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


@dataclass(frozen=True)
class _OaiRequest:
    node: Node
    base: str
    verb: str
    arguments: dict[str, str]

    @property
    def heads(self) -> tuple[RecordHeader, ...]:
        return _list_headers(self.node, tuple(self.node.releases.all()))


def _parse_arguments(asked: Mapping[str, list[str]]) -> tuple[str, dict[str, str]]:
    verbs = asked.get("verb", [])
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise ProtocolError("badVerb", f"Give exactly one verb: {', '.join(VERBS)}.")
    verb = verbs[0]
    arguments = {name: values[0] for name, values in asked.items() if name != "verb"}
    required, optional = VERBS[verb]
    for name, values in asked.items():
        if len(values) != 1:
            raise ProtocolError("badArgument", f"{name[:40]} is given more than once.")
        if name != "verb" and name not in required | optional:
            raise ProtocolError("badArgument", f"{verb} does not take the argument {name[:40]!r}.")
    if "resumptionToken" in arguments:
        if len(arguments) > 1:
            raise ProtocolError("badArgument", "resumptionToken cannot be combined with other arguments.")
        return verb, arguments
    for name in sorted(required - arguments.keys()):
        raise ProtocolError("badArgument", f"{verb} needs {name}.")
    _parse_range(arguments)
    return verb, arguments


def _parse_range(arguments: Mapping[str, str]) -> tuple[str, str]:
    """Returns (from, until) as times in UTC, both included."""
    since, until = arguments.get("from", ""), arguments.get("until", "")
    for name, moment in (("from", since), ("until", until)):
        if moment and not _MOMENT.fullmatch(moment):
            raise ProtocolError("badArgument", f"{name} must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")
    if since and until and len(since) != len(until):
        raise ProtocolError("badArgument", "from and until must have the same granularity.")
    first = f"{since}T00:00:00Z" if len(since) == 10 else since
    last = f"{until}T23:59:59Z" if len(until) == 10 else until or "9999"
    if first > last:
        raise ProtocolError("badArgument", "from must not be later than until.")
    return first, last


def _add_element(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    child = etree.SubElement(parent, f"{{{PMH}}}{name}")
    if text:
        child.text = _strip_controls(text)
    return child


def _strip_controls(text: str) -> str:
    """Removes the control characters that XML does not allow."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def _identify(asked: _OaiRequest) -> etree._Element:
    made = etree.Element(f"{{{PMH}}}Identify")
    _add_element(made, "repositoryName", asked.node.name_in("en"))
    _add_element(made, "baseURL", f"{asked.base}oai")
    _add_element(made, "protocolVersion", "2.0")
    _add_element(made, "adminEmail", settings.BONGSU_CONTACT or _NOBODY)
    _add_element(
        made, "earliestDatestamp", min((head.stamp for head in asked.heads), default=asked.node.identity.created)
    )
    _add_element(made, "deletedRecord", "persistent")
    _add_element(made, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    return made


def _list_formats(asked: _OaiRequest) -> etree._Element:
    if "identifier" in asked.arguments:
        _find_header(asked)
    made = etree.Element(f"{{{PMH}}}ListMetadataFormats")
    for prefix, (schema, namespace) in FORMATS.items():
        one = _add_element(made, "metadataFormat")
        for name, text in (("metadataPrefix", prefix), ("schema", schema), ("metadataNamespace", namespace)):
            _add_element(one, name, text)
    return made


def _list_sets(asked: _OaiRequest) -> etree._Element:
    if "resumptionToken" in asked.arguments:
        raise ProtocolError("badResumptionToken", "The list of sets is complete; it has no resumption token.")
    made = etree.Element(f"{{{PMH}}}ListSets")
    for spec, name in SETS.items():
        one = _add_element(made, "set")
        _add_element(one, "setSpec", spec)
        _add_element(one, "setName", name)
    return made


def _get_record(asked: _OaiRequest) -> etree._Element:
    made = etree.Element(f"{{{PMH}}}GetRecord")
    made.append(_record(asked, _find_header(asked), asked.arguments["metadataPrefix"]))
    return made


def _find_header(asked: _OaiRequest) -> RecordHeader:
    for head in asked.heads:
        if head.identifier(asked.node) == asked.arguments["identifier"]:
            return head
    raise ProtocolError("idDoesNotExist", "No record has or had this identifier.")


def _list_records(asked: _OaiRequest) -> etree._Element:
    arguments, done, after = asked.arguments, 0, None
    if "resumptionToken" in arguments:
        arguments, done, after = _parse_token(arguments["resumptionToken"])
    first, last = _parse_range(arguments)
    if arguments.get("set") and arguments["set"] not in SETS:
        raise ProtocolError("noRecordsMatch", f"The sets are {', '.join(SETS)}.")
    wanted = [
        head
        for head in asked.heads
        if first <= head.stamp <= last and (after is None or head > after) and arguments.get("set") in (None, head.kind)
    ]
    if not wanted:
        raise ProtocolError("noRecordsMatch", "No record of this set changed in this period.")
    made = etree.Element(f"{{{PMH}}}{asked.verb}")
    here = wanted[:PAGE_SIZE]
    for head in here:
        whole = asked.verb == "ListRecords"
        made.append(_record(asked, head, arguments["metadataPrefix"]) if whole else _header(asked, head))
    if len(wanted) > PAGE_SIZE or done:
        token = _add_element(
            made,
            "resumptionToken",
            _make_token(arguments, done + PAGE_SIZE, here[-1]) if len(wanted) > PAGE_SIZE else "",
        )
        token.set("completeListSize", str(done + len(wanted)))
        token.set("cursor", str(done))
    return made


def _make_token(arguments: Mapping[str, str], done: int, last: RecordHeader) -> str:
    shape = [dict(arguments), done, [last.stamp, last.kind, last.id, last.deleted]]
    return base64.urlsafe_b64encode(json.dumps(shape, separators=(",", ":")).encode()).decode().rstrip("=")


def _parse_token(token: str) -> tuple[dict[str, str], int, RecordHeader]:
    try:
        arguments, done, (stamp, kind, id_, deleted) = json.loads(
            base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        )
        if (
            not all(isinstance(one, str) for one in (stamp, kind, id_, *arguments, *arguments.values()))
            or type(done) is not int
        ):
            raise ValueError
        if arguments["metadataPrefix"] not in FORMATS or done < 1:
            raise ValueError
        _parse_range(arguments)
        return arguments, done, RecordHeader(stamp, kind, id_, bool(deleted))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error, ProtocolError):
        raise ProtocolError("badResumptionToken", "This is not a resumption token of this node.") from None


def _header(asked: _OaiRequest, head: RecordHeader) -> etree._Element:
    made = etree.Element(f"{{{PMH}}}header")
    if head.deleted:
        made.set("status", "deleted")
    for name, text in (("identifier", head.identifier(asked.node)), ("datestamp", head.stamp), ("setSpec", head.kind)):
        _add_element(made, name, text)
    return made


def _record(asked: _OaiRequest, head: RecordHeader, prefix: str) -> etree._Element:
    made = etree.Element(f"{{{PMH}}}record")
    made.append(_header(asked, head))
    if not head.deleted:
        found = find_item(asked.node, head.kind, head.id)
        written = _dc(found, asked.base) if prefix == "oai_dc" else _rdf(found, asked)
        _add_element(made, "metadata").append(written)
    return made


def _rdf(found: Item, asked: _OaiRequest) -> etree._Element:
    graph = dcat.build_graph(dcat.describe_publisher(asked.node), asked.base, [found], None, "")
    return etree.fromstring(dcat.serialize_graph(graph, "rdf"))


def _dc(found: Item, base: str) -> etree._Element:
    made = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    made.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} {FORMATS['oai_dc'][0]}")
    for name, text, language in _elements(found, base):
        if text:
            element = etree.SubElement(made, f"{{{DC}}}{name}")
            element.text = _strip_controls(text)
            if language:
                element.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    return made


def _elements(found: Item, base: str) -> Iterator[tuple[str, str, str]]:
    """Yields (Dublin Core element, text, language)."""
    yield from (("title", text, language) for language, text in found.title.items())
    yield "creator", found.publisher, ""
    yield from (("subject", subject, "") for subject in found.subjects)
    yield from (("description", text, language) for language, text in found.description.items())
    yield from (("description", text, language) for language, text in found.status)
    yield "publisher", found.publisher, ""
    yield "date", found.year or found.issued[:10], ""
    yield "type", found.type or ("Collection" if found.kind == FLOW else "Dataset"), ""
    yield from (("format", file.format.media_type, "") for file in found.files)
    yield "identifier", base + found.path, ""
    yield "identifier", found.page if found.kind == ENTRY else f"{base}en/{found.page}", ""
    yield from (("source", credit, "") for credit in found.credits)
    yield from (("language", tag, "") for tag in found.languages)
    if found.series and found.kind == RELEASE:
        yield "relation", f"{base}catalogue/flows/{found.series}", ""
    yield from (("coverage", area, "") for area in found.areas)
    yield "coverage", "/".join(found.period).strip("/"), ""
    yield "rights", vocabularies.licence_uri(found.licence) or found.licence, ""


_VERB_HANDLERS: dict[str, Callable[[_OaiRequest], etree._Element]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "GetRecord": _get_record,
    "ListIdentifiers": _list_records,
    "ListRecords": _list_records,
}
