"""Writes structure-specific SDMX-ML data messages, 3.0 and 2.1. Writes series if one dimension is at observation level,
else flat observations. A missing value has no XML attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from bongsu.core.structure import OPTIONAL_COLUMNS
from bongsu.publish.sdmx.affected import xml_annotations
from bongsu.publish.sdmx.datasets import Dataset
from bongsu.publish.sdmx.message import GroupsPart, LinesPart, Part
from bongsu.publish.sdmx.queries import ALL_DIMENSIONS
from bongsu.publish.sdmx.structure_catalogue import make_urn
from bongsu.store.releases.sql_text import Escape, TextCell, compile_text_query


@dataclass(frozen=True)
class MessageHeader:
    """The header of a message: id, preparation time, sender."""

    id: str
    prepared: str
    sender: str


def plan_xml(datasets: Sequence[Dataset], context: str, old: bool, head: MessageHeader) -> list[Part]:
    """Plans the message of these datasets; `context` is dataflow or datastructure, `old` means SDMX-ML 2.1."""
    structures: dict[str, tuple[str, Dataset]] = {}
    for dataset in datasets:
        structures.setdefault(_urn(dataset, context), (f"S{len(structures) + 1}", dataset))
    message: list[Part] = [_opening(structures, context, old, head).encode()]
    for dataset in datasets:
        id_, _ = structures[_urn(dataset, context)]
        namespace = f"n{id_[1:]}"
        scope = ' ss:dataScope="DataStructure"' if old else ""
        valid = f' ss:validFromDate="{dataset.valid_from}"' if dataset.valid_from else ""
        valid += f' ss:validToDate="{dataset.valid_to}"' if dataset.valid_to else ""
        message.append(
            f'<mes:DataSet ss:structureRef="{id_}" xsi:type="{namespace}:DataSetType"{scope} '
            f'ss:action="{dataset.action}"{valid}>\n'.encode()
        )
        message.append(xml_annotations(dataset.release).encode())
        message += [_observations(dataset), b"</mes:DataSet>\n"]
    return [*message, b"</mes:StructureSpecificData>\n"]


def _urn(dataset: Dataset, context: str) -> str:
    flow = dataset.structure.dataflow
    return make_urn(context, dataset.release.agency, flow.id, flow.version)


def _opening(structures: dict[str, tuple[str, Dataset]], context: str, old: bool, head: MessageHeader) -> str:
    schemas = f"http://www.sdmx.org/resources/sdmxml/schemas/v{'2_1' if old else '3_0'}"
    namespaces = "".join(
        f' xmlns:n{id_[1:]}="{name}:ObsLevelDim:{dataset.observation_dimension or ALL_DIMENSIONS}"'
        for name, (id_, dataset) in structures.items()
    )
    element = "StructureUsage" if context == "dataflow" else "Structure"
    references = ""
    for name, (id_, dataset) in structures.items():
        dimension = dataset.observation_dimension or ALL_DIMENSIONS
        flow = dataset.structure.dataflow
        kind = "Dataflow" if context == "dataflow" else "DataStructure"
        place = (
            f'<Ref agencyID="{dataset.release.agency}" id="{flow.id}" version="{flow.version}" class="{kind}"/>'
            if old
            else name
        )
        references += (
            f'<mes:Structure structureID="{id_}" namespace="{name}:ObsLevelDim:{dimension}" '
            f'dimensionAtObservation="{dimension}">'
            f"<com:{element}>{place}</com:{element}></mes:Structure>\n"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:StructureSpecificData xmlns:mes="{schemas}/message" '
        f'xmlns:com="{schemas}/common" xmlns:ss="{schemas}/data/structurespecific" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{namespaces}>\n'
        f"<mes:Header><mes:ID>{head.id}</mes:ID><mes:Test>false</mes:Test><mes:Prepared>{head.prepared}</mes:Prepared>"
        f"<mes:Sender id={quoteattr(head.sender)}/>\n{references}</mes:Header>\n"
    )


def _observations(dataset: Dataset) -> Part:
    key, fixed = [_attribute(dataset, name) for name in dataset.series], dataset.constants
    if dataset.only_keys:
        element = "Series" if dataset.observation_dimension else "Obs"
        alone = [_attribute(dataset, name) for name in dataset.keys]
        return LinesPart(compile_text_query(dataset.table, [f"<{element}", *alone, "/>\n"], constants=fixed))
    attributes = [_attribute(dataset, name) for name in dataset.columns if name not in dataset.series]
    if not dataset.observation_dimension:
        return LinesPart(compile_text_query(dataset.table, ["<Obs", *attributes, "/>\n"], constants=fixed))
    question = compile_text_query(dataset.table, ["<Obs", *attributes, "/>\n"], ["<Series", *key, ">\n"], fixed)
    return GroupsPart(question, close=b"</Series>\n")


def _attribute(dataset: Dataset, name: str) -> TextCell:
    escape = Escape.NONE if name in dataset.unescaped else Escape.XML
    return TextCell(name, escape, before=f' {name}="', after='"', optional=name in OPTIONAL_COLUMNS)
