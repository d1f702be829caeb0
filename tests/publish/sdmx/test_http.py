"""HTTP around the messages: negotiation, exact content types, caching, compression, languages, SDMX error messages."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from bongsu.publish.sdmx.errors import NOT_OFFERED
from bongsu.store.node import Node

from .conftest import Direct, Service, ask

FLOW = "data/dataflow/TEST/GRID_INTENSITY/+"
DATA = "application/vnd.sdmx.data"
STRUCTURE = "application/vnd.sdmx.structure"


@pytest.mark.parametrize(
    ("path", "accept", "wanted"),
    [
        (FLOW, "*/*", f"{DATA}+xml;version=3.0.0"),
        (FLOW, "", f"{DATA}+xml;version=3.0.0"),
        ("data/GRID_INTENSITY", "*/*", "application/vnd.sdmx.structurespecificdata+xml;version=2.1"),
        ("data/GRID_INTENSITY", "application/xml", "application/vnd.sdmx.structurespecificdata+xml;version=2.1"),
        (FLOW, "text/csv", f"{DATA}+csv;version=2.0.0"),
        (FLOW, f"{DATA}+csv", f"{DATA}+csv;version=2.0.0"),
        (FLOW, f"{DATA}+csv; version=1.0.0", f"{DATA}+csv;version=1.0.0"),
        (FLOW, f"{DATA}+csv;version=1+.0.0", f"{DATA}+csv;version=2.0.0"),
        (FLOW, f"{DATA}+csv;version=2.0.0;labels=both;timeFormat=original", f"{DATA}+csv;version=2.0.0"),
        (FLOW, "application/json", f"{DATA}+json;version=2.0.0"),
        (FLOW, f"{DATA}+json;version=1.0.0", f"{DATA}+json;version=1.0.0"),
        (FLOW, f"{DATA}+json;version=1.0.0;q=0.5, {DATA}+xml;version=3.0.0;q=0.4", f"{DATA}+json;version=1.0.0"),
        (FLOW, f"{DATA}+xml;version=9.0.0, text/csv;q=0.1", f"{DATA}+csv;version=2.0.0"),
        (FLOW, "text/html,application/xhtml+xml,*/*;q=0.8", f"{DATA}+xml;version=3.0.0"),
        (FLOW, "application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        (FLOW + "?format=csv", f"{DATA}+xml;version=3.0.0", f"{DATA}+csv;version=2.0.0"),
        ("structure/dataflow", "*/*", f"{STRUCTURE}+xml;version=3.0.0"),
        ("structure/dataflow", f"{STRUCTURE}+json;version=2.0.0", f"{STRUCTURE}+json;version=2.0.0"),
        ("dataflow", "*/*", f"{STRUCTURE}+xml;version=2.1"),
        ("dataflow/TEST/all/latest", f"{STRUCTURE}+json;version=2.0.0", f"{STRUCTURE}+json;version=2.0.0"),
        ("schema/dataflow/TEST/GRID_INTENSITY/+", "*/*", "application/vnd.sdmx.schema+xml;version=3.0.0"),
    ],
)
def test_negotiation(service: Service, path: str, accept: str, wanted: str) -> None:
    answer = service.get(path, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, wanted), answer.text[:200]
    assert {"Accept", "Accept-Encoding", "Accept-Language"} <= set(answer.headers["vary"].split(", "))


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        (FLOW, "image/png", 406),
        (FLOW, f"{DATA}+csv;version=7.0.0", 406),
        (FLOW, f"{DATA}+csv;version=2.0.0;labels=nonsense", 406),
        (FLOW, "*/*;q=0", 406),
        (FLOW, "application/vnd.sdmx.genericdata+xml;version=2.1", 501),
        ("schema/dataflow/TEST/GRID_INTENSITY/+", "application/vnd.sdmx.schema+json;version=2.0.0", 501),
        ("structure/dataflow", f"{STRUCTURE}+json;version=1.0.0", 501),
        ("structure/hierarchy", "*/*", 501),
        ("hierarchicalcodelist/TEST/X", "*/*", 501),
        ("structure/representationmap/TEST/X", "*/*", 501),
        ("metadata/metadataflow/TEST/X", "*/*", 501),
        ("registration/id/1", "*/*", 501),
        ("nonsense/at/all", "*/*", 404),
        ("data/provisionagreement/TEST/X/1.0", "*/*", 501),
        (FLOW + "?reportingYearStartDay=--07-01", "*/*", 501),
        ("structure/nonsense", "*/*", 400),
        ("structure/codelist/TEST/CL_NONE/+", "*/*", 404),
        ("structure/valuelist", "*/*", 404),
        ("data/dataflow/NOBODY/GRID_INTENSITY/+", "*/*", 404),
        ("data/dataflow/TEST/NOTHING/+", "*/*", 404),
        ("data/dataflow/TEST/GRID_INTENSITY/9.9.9", "*/*", 404),
        ("data/dataflow/TEST/GRID_INTENSITY/nonsense", "*/*", 400),
        (FLOW + "/A.B.C.D", "*/*", 400),
        (FLOW + "/A++B", "*/*", 400),
        (FLOW + "?c[NOPE]=1", "*/*", 400),
        (FLOW + "?c[OBS_VALUE]=abc", "*/*", 400),
        (FLOW + "?c[REF_AREA]=", "*/*", 400),
        (FLOW + "?limit=-1", "*/*", 400),
        (FLOW + "?limit=2&limit=3", "*/*", 400),
        (FLOW + "?sort=NOPE", "*/*", 400),
        (FLOW + "?attributes=NOPE", "*/*", 400),
        (FLOW + "?dimensionAtObservation=NOPE", "*/*", 400),
        (FLOW + "?asOf=yesterday", "*/*", 400),
        (FLOW + "?asOf=2020-01-01", "*/*", 404),
        (FLOW + "?updatedAfter=2030-01-01&asOf=2026-12-31", "*/*", 400),
        (FLOW + "?nonsense=1", "*/*", 400),
        (FLOW + "/KOR/FRA", "*/*", 400),
        (FLOW + "?format=docx", "*/*", 400),
        (FLOW + "/" + "A" * 17_000, "*/*", 414),
        ("data/dataflow/TEST/*/+?format=parquet", "*/*", 413),
        ("data/dataflow/TEST/*/+?format=json1", "*/*", 413),
    ],
)
def test_refusals_in_both_forms(service: Service, path: str, accept: str, status: int) -> None:
    for wanted in (accept, "application/json, */*;q=0.1") if accept == "*/*" else (accept,):
        answer = service.get(path, wanted)
        assert answer.status_code == status, answer.text[:300]
        if "json" in wanted:
            [error] = answer.json()["errors"]
            said, code = error["detail"], error["code"]
        else:
            [message] = etree.fromstring(answer.content).iter("{*}ErrorMessage")
            said, code = message[0].text or "", int(message.get("code", ""))
        assert said.endswith((".", "?", ")")), said
        assert code in (100, 130, 140, 501)


def test_the_manual_lists_unsupported_parts_once() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "sdmx.md").read_text(encoding="utf-8")
    table = manual.partition("## Not supported")[2].partition("## ")[0]
    for what, word in NOT_OFFERED.items():
        [row] = [line for line in table.splitlines() if f"`{what}`" in line]
        assert row.startswith(f"| `{word}`"), what
    assert set(re.findall(r"`([^`]+)`", table)) == {*NOT_OFFERED, *NOT_OFFERED.values()}


def test_an_empty_slice_is_204(service: Service) -> None:
    for form in ("csv", "csv1", "json", "json1", "xml", "xml21", "parquet", "arrow"):
        answer = service.get(f"{FLOW}/NOWHERE?format={form}")
        assert (answer.status_code, answer.content) == (204, b""), form
        assert "content-type" not in answer.headers
        assert answer.headers["etag"]
    assert service.get("data/GRID_INTENSITY/NOWHERE").status_code == 404  # REST 1.5 says so


def test_an_unchanged_response_is_304(service: Service, direct: Direct) -> None:
    _check_unchanged(service)
    _check_unchanged(direct)


def _check_unchanged(service: Service | Direct) -> None:
    first = service.get(FLOW)
    etag, changed = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If_None_Match": etag}, {"If_None_Match": f'"x", W/{etag}'}, {"If_Modified_Since": changed}):
        again = service.get(FLOW, **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["last-modified"]) == (etag, changed)
        assert again.headers["vary"] == first.headers["vary"]
    assert service.get(FLOW, If_None_Match='"other"').status_code == 200
    assert service.get(FLOW, If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT").status_code == 200
    assert service.get(FLOW + "?format=csv").headers["etag"] != etag
    assert service.get(FLOW).content == first.content, "the same bytes, also in the header of the message"


def test_a_response_changes_with_its_release(revised: Node, empty: Any) -> None:
    from tests.store.drafts import draft, rows

    path = "data/dataflow/TEST/TEST_FLOW/+"
    node = empty
    node.releases.seal(draft(rows(3)))
    before = ask(node, path.replace("TEST/", "*/", 1))
    node.releases.seal(draft(rows(4)))
    after = ask(node, path.replace("TEST/", "*/", 1))
    assert before["ETag"] != after["ETag"]
    assert before.content != after.content
    node.releases.withdraw("TEST_FLOW", 2, "wrong")
    withdrawn = ask(node, path.replace("TEST/", "*/", 1))
    assert withdrawn["ETag"] not in (before["ETag"], after["ETag"])
    assert withdrawn.content.count(b"<Obs") == 3


@pytest.mark.parametrize("path", [FLOW + "?format=csv", FLOW + "?format=json", "structure/codelist"])
def test_gzip(service: Service, path: str) -> None:
    plain = service.get(path)
    packed = service.get(path, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert service.get(path, Accept_Encoding="gzip", If_None_Match=packed.headers["etag"]).status_code == 304
    for refused in ("gzip;q=0", "br", "identity"):
        assert "content-encoding" not in service.get(path, Accept_Encoding=refused).headers


def test_gzip_is_the_same_bytes_every_time(service: Service) -> None:
    with httpx.Client(timeout=60) as client:
        bodies = []
        for _ in range(2):
            with client.stream(
                "GET", f"{service.url}/{FLOW}?format=csv", headers={"Accept-Encoding": "gzip"}
            ) as answer:
                bodies.append(b"".join(answer.iter_raw()))
    assert bodies[0] == bodies[1]
    assert gzip.decompress(bodies[0]) == zlib.decompress(bodies[0], 31)


def test_head_and_methods(service: Service) -> None:
    head = httpx.head(f"{service.url}/{FLOW}", timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].endswith("version=3.0.0")
    for method in ("POST", "PUT", "DELETE"):
        answer = httpx.request(method, f"{service.url}/{FLOW}", content=b"c[REF_AREA]=KOR", timeout=60)
        assert answer.status_code == 501
        assert b"Error" in answer.content


def test_slashes_and_percent_encoding(service: Service) -> None:
    wanted = service.get("data/dataflow/TEST/GRID_MIXES/+/FRA+KEN.*?format=csv").content
    assert wanted.count(b"\r\n") == 5
    for path in (
        "data/dataflow/TEST/GRID_MIXES/+/FRA+KEN.*/?format=csv",
        "data/dataflow/TEST/GRID_MIXES/%2B/FRA%2BKEN.%2A/?format=csv",
        "data/dataflow/%2A/GRID_MIXES/%2B/FRA.%2A%2CKEN.%2A?format=csv",
        "data/dataflow/TEST/GRID_MIXES/%2B/?c%5BREF_AREA%5D=FRA%2CKEN&format=csv",
        "data/dataflow/TEST/GRID_MIXES/?c[REF_AREA]=eq%3AFRA,eq:KEN&format=csv",
    ):
        assert service.get(path).content == wanted, path


def test_names_in_the_readers_language(service: Service) -> None:
    path = "structure/codelist/TEST/CL_AREA/+/KOR?format=json"
    for language, name in (("ko", "대한민국"), ("fr", "Corée du Sud"), ("en", "South Korea"), ("de", "South Korea")):
        answer = service.get(path, Accept_Language=language)
        [code] = answer.json()["data"]["codelists"][0]["codes"]
        assert code["name"] == name
        assert set(code["names"]) == {"en", "ko", "fr"}
        assert answer.headers["content-language"] == (language if language != "de" else "en")
    xml = service.get(path.replace("json", "xml"), Accept_Language="ko").content
    names = etree.fromstring(xml).iter("{*}Name")
    assert {"ko", "en", "fr"} == {name.get("{http://www.w3.org/XML/1998/namespace}lang") for name in names}
    labels = service.get(f"{FLOW}/KEN", f"{DATA}+csv;version=2.0.0;labels=both", Accept_Language="ko").text
    assert "KEN: 케냐" in labels
    french = service.get(FLOW + "?c[NOPE]=1", "application/json", Accept_Language="fr").json()["errors"][0]["detail"]
    english = service.get(FLOW + "?c[NOPE]=1", "application/json", Accept_Language="en").json()["errors"][0]["detail"]
    assert french != english


def test_an_internal_error_shows_no_details(revised: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("bongsu.publish.sdmx.views.write_data_message", broken)
    answer = ask(revised, "data/dataflow/TEST/TEST_FLOW/+/KEN?limit=1", "application/json")
    assert answer.status_code == 500
    assert json.loads(answer.content)["errors"][0]["code"] == 500
    assert b"secret" not in answer.content
