"""The XML schema of one dataflow's structure-specific messages, so that a message can be validated, codes included.

Generated from the structure of the release: required attributes for dimensions, optional ones for the rest, codes as
enumerations. It extends the official base schemas, which a validator finds under the standard's own namespaces.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from bongsu.core.structure import NUMERIC_COLUMNS, TIME, VALUE, Concept, Structure
from bongsu.publish.sdmx.errors import unknown_component
from bongsu.publish.sdmx.queries import ALL_DIMENSIONS, SchemaQuery
from bongsu.publish.sdmx.structure_catalogue import make_urn


def write_schema(structure: Structure, query: SchemaQuery, agency: str, *, old: bool) -> bytes:
    """Writes the schema for SDMX-ML 3.0, or 2.1 (`old`). Raises BadInput for an unknown dimension."""
    flow = structure.dataflow
    along = query.dimension_at_observation or (TIME if TIME in flow.keys else ALL_DIMENSIONS)
    if along not in (*flow.keys, ALL_DIMENSIONS):
        raise unknown_component(along, [*flow.keys, ALL_DIMENSIONS], "dimensionAtObservation")
    context = "datastructure" if query.context == "datastructure" else "dataflow"
    namespace = f"{make_urn(context, agency, flow.id, flow.version)}:ObsLevelDim:{along}"
    schemas = f"http://www.sdmx.org/resources/sdmxml/schemas/v{'2_1' if old else '3_0'}"
    series = [concept for concept in flow.dimensions if concept.id != along] if along != ALL_DIMENSIONS else []
    observed = [concept for concept in flow.dimensions if concept not in series]
    body = [*_enumerations(structure), _observation(structure, observed, old), _dataset(bool(series), old)]
    if series:
        body.insert(-1, _series(structure, series, old))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:ns="{namespace}" xmlns:dsd="{schemas}/data/structurespecific" xmlns:common="{schemas}/common" '
        f'targetNamespace="{namespace}" elementFormDefault="qualified" attributeFormDefault="unqualified">\n'
        f'<xs:import namespace="{schemas}/data/structurespecific" schemaLocation="SDMXDataStructureSpecific.xsd"/>\n'
        f'<xs:import namespace="{schemas}/common" schemaLocation="SDMXCommon.xsd"/>\n'
        + "\n".join(body)
        + "\n</xs:schema>\n"
    ).encode()


def _enumerations(structure: Structure) -> list[str]:
    return [
        f'<xs:simpleType name="{codes.id}"><xs:restriction base="xs:string">'
        + "".join(f"<xs:enumeration value={quoteattr(code.id)}/>" for code in codes)
        + "</xs:restriction></xs:simpleType>"
        for codes in structure.code_lists
    ]


def _attribute(structure: Structure, concept: Concept, use: str) -> str:
    if concept.id == TIME:
        kind = "common:ObservationalTimePeriodType"
    elif concept.id in NUMERIC_COLUMNS:
        kind = "xs:double"
    else:
        kind = f"ns:{concept.code_list}" if structure.code_list(concept.code_list) else "xs:string"
    return f'<xs:attribute name="{concept.id}" type="{kind}" use="{use}"/>'


def _no_time(attributes: list[str]) -> list[str]:
    """Prohibits the time of the base type in a type that has no time dimension."""
    return attributes if any(TIME in attribute for attribute in attributes) else [*attributes, _FORBIDDEN_TIME]


_FORBIDDEN_TIME = f'<xs:attribute name="{TIME}" use="prohibited"/>'
_ANNOTATIONS = '<xs:element ref="common:Annotations" minOccurs="0"/>'
_TYPE = '<xs:attribute name="type" type="common:IDType" use="prohibited"/>'


def _observation(structure: Structure, dimensions: list[Concept], old: bool) -> str:
    value = Concept(VALUE, structure.dataflow.name, structure.dataflow.name)
    attributes = [_attribute(structure, concept, "required") for concept in dimensions]
    rest = (value, *structure.dataflow.attributes)
    attributes += [_attribute(structure, concept, "optional") for concept in rest]
    return _restricted("ObsType", [_ANNOTATIONS], [_TYPE, *_no_time(attributes)])


def _series(structure: Structure, dimensions: list[Concept], old: bool) -> str:
    attributes = _no_time([_attribute(structure, concept, "required") for concept in dimensions])
    observations = '<xs:element name="Obs" type="ns:ObsType" minOccurs="0" maxOccurs="unbounded" form="unqualified"/>'
    return _restricted("SeriesType", [_ANNOTATIONS, observations], attributes)


def _dataset(grouped: bool, old: bool) -> str:
    inner = "Series" if grouped else "Obs"
    provider = (
        '<xs:element name="DataProvider" type="common:DataProviderReferenceType" minOccurs="0" form="unqualified"/>'
    )
    many = 'minOccurs="0" maxOccurs="unbounded" form="unqualified"'
    elements = [_ANNOTATIONS, provider, f'<xs:element name="{inner}" type="ns:{inner}Type" {many}/>']
    attributes = ['<xs:attributeGroup ref="dsd:SetAttributeGroup"/>']
    return _restricted("DataSetType", elements, attributes)


def _restricted(name: str, elements: list[str], attributes: list[str]) -> str:
    return (
        f'<xs:complexType name="{name}"><xs:complexContent><xs:restriction base="dsd:{name}">'
        f"<xs:sequence>{''.join(elements)}</xs:sequence>{''.join(attributes)}"
        "</xs:restriction></xs:complexContent></xs:complexType>"
    )
