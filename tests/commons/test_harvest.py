"""Harvests from a loopback server: every format, pages, resumption, deletions, duplicates, and sources that misbehave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.commons.editing.entry_state import find_state
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest import harvester, node_entries
from bongsu.commons.harvest.duplicates import find_similar, name_likeness
from bongsu.commons.harvest.page_reader import read_page
from bongsu.commons.harvest.record import BrokenRecord, RecordOrigin, local_id
from bongsu.commons.harvest.registry_reader import read_dpg
from bongsu.commons.openness.assessment import CriterionState
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.commons.sources import STARTER_ENTRIES
from bongsu.core.errors import BadInput, TryAgain
from bongsu.store.node import Node

DAY = "2026-11-24"
SPECIMENS = Path(__file__).parents[1] / "specimens" / "commons"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node.create(tmp_path / "node")


def read(path: Path, address: str = "") -> list[Any]:
    data = path.read_bytes()
    return list(read_page(data, RecordOrigin("s", address or str(path), DAY, "0" * 64)).records)


def test_every_croissant_file_is_read(data: Path, whole: bool) -> None:
    paths = sorted((data / "commons/croissant/datasets").rglob("*.json"))
    assert len(paths) == (81 if whole else 29)
    for path in paths:
        (entry,) = read(path)
        assert not isinstance(entry, BrokenRecord), f"{path}: {entry.error}"
        assert entry.kind == "dataset"


def test_croissant_files_of_one_folder_are_told_apart(node: Node, data: Path, whole: bool) -> None:
    """Files of three versions describe some datasets two or three times; those that share no identifier all come in."""
    paths = sorted((data / "commons/croissant/datasets").rglob("*.json"))
    report = harvester.harvest_files(node, "cr", [(str(path), path.read_bytes()) for path in paths], DAY, "Apache-2.0")
    assert not report.broken
    assert len(report.new) + len(report.duplicates) == len(paths)
    assert len(report.new) >= (50 if whole else 14)


def test_a_croissant_licence_other_is_kept_and_none_is_undeclared() -> None:
    document = {"@context": {}, "conformsTo": "http://mlcommons.org/croissant/1.0", "name": "x", "license": "other"}
    (entry,) = read_page(json.dumps(document).encode(), RecordOrigin("s", "x.json", DAY, "0" * 64)).records
    assert entry.value("licence") == "other"
    (entry,) = read_page(
        json.dumps({**document, "license": "None"}).encode(), RecordOrigin("s", "x.json", DAY, "0" * 64)
    ).records
    assert entry.value("licence") is None


def test_every_registry_file_is_read(data: Path, whole: bool) -> None:
    counted = {}
    for name, pattern in {
        "mof": "commons/mof/models/*.yml",
        "osai": "commons/osai/projects/*.yaml",
        "dpg": "commons/dpg/nominees/*.json",
        "map": "commons/current-ai/sources/scores/*.yaml",
    }.items():
        found = [record for path in sorted(data.glob(pattern)) for record in read(path)]
        assert not [record for record in found if isinstance(record, BrokenRecord)]
        counted[name] = len(found)
    every = {"mof": 192, "osai": 31, "dpg": 228, "map": 257}
    assert counted == (every if whole else {"mof": 7, "osai": 7, "dpg": 25, "map": 28})


def test_dcat_in_three_syntaxes_gives_the_same_entries(data: Path, whole: bool) -> None:
    from rdflib import Graph

    paths = sorted((data / "commons/dcat-ap").rglob("examples/*.ttl"))
    compared = 0
    for path in paths:
        turtle = path.read_bytes()
        try:
            graph = Graph().parse(data=turtle, format="turtle")
        except Exception:  # noqa: BLE001 (some examples are excerpts that no parser reads)
            continue
        here = [record for record in read(path) if not isinstance(record, BrokenRecord)]
        where = RecordOrigin("s", str(path), DAY, "0" * 64)
        for syntax, type_ in (("xml", "application/rdf+xml"), ("json-ld", "application/ld+json")):
            text = graph.serialize(format=syntax)
            there = [r for r in read_page(text.encode(), where, type_).records if not isinstance(r, BrokenRecord)]
            assert there == here, (path.name, syntax)
        compared += bool(here)
    assert compared >= (10 if whole else 9)


def test_json_ld_with_an_external_context_is_read_without_fetching_it(data: Path) -> None:
    paths = sorted((data / "commons/dcat-ap").rglob("examples/example-bee*.jsonld"))
    assert paths
    assert any(not isinstance(record, BrokenRecord) for path in paths for record in read(path))


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rdf:RDF/>', "application/rdf+xml"),
        (b'<!DOCTYPE x [<!ENTITY % a "b">]><rdf:RDF/>', "application/rdf+xml"),
        (b'<!DOCTYPE rdf:RDF SYSTEM "http://127.0.0.1/x.dtd"><rdf:RDF/>', "application/rdf+xml"),
        (b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rdf:RDF/>', "application/rdf+xml"),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rdf:RDF/>'.encode(
                "utf-16"
            ),
            "application/rdf+xml",
        ),
        (b'{"@context": "http://169.254.169.254/latest", "@id": "x"}', "application/ld+json"),
        (b"<rdf:RDF", "application/rdf+xml"),
        (b"@prefix", "text/turtle"),
    ],
)
def test_rdf_with_external_references_or_broken_syntax_is_refused(data: bytes, type_: str) -> None:
    with pytest.raises(BadInput):
        read_page(data, RecordOrigin("s", "https://example.org/x", DAY), type_)


def test_the_kind_in_another_bongsu_catalogue_is_kept() -> None:
    turtle = (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
        ' <https://a.example/1> a dcat:Dataset ; dct:title "One" ; dct:type <https://a.example/catalogue/kinds/model> .'
        ' <https://a.example/2> a dcat:Dataset ; dct:title "Two" ; dct:type <https://a.example/types/model> .'
    )
    found = read_page(turtle.encode(), RecordOrigin("s", "https://a.example/", DAY), "text/turtle").records
    assert [str(entry.kind) for entry in found if isinstance(entry, Entry)] == ["model", "dataset"]


@pytest.mark.parametrize("type_", ["", "application/json", "application/ld+json"])
def test_croissant_is_not_taken_for_a_catalogue_in_json_ld(data: Path, type_: str) -> None:
    croissant = (data / "commons/croissant/datasets/1.1/recipes/minimal_multilingual.json").read_bytes()
    page = read_page(croissant, RecordOrigin("s", "https://a.example/", DAY), type_)
    assert (page.format, len(list(page.records))) == ("croissant", 1)


def test_an_html_page_is_not_read_as_records() -> None:
    with pytest.raises(BadInput, match="package_search"):
        read_page(b"\n<!DOCTYPE html><html>...</html>", RecordOrigin("s", "https://portal.example/", DAY), "text/html")


def dataset(number: int, title: str = "") -> str:
    name = f'<https://example.org/d/{number}> a dcat:Dataset ; dct:title "{title or f"Data {number}"}"@en'
    return f"{name} ; dcat:distribution [ dct:license <https://creativecommons.org/licenses/by/4.0/> ] ."


def catalogue(numbers: range | list[int], following: str = "", extra: str = "") -> bytes:
    head = (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
        "@prefix hydra: <http://www.w3.org/ns/hydra/core#> .\n"
    )
    link = f"<#page> hydra:next <{following}> .\n" if following else ""
    return (head + link + "\n".join(dataset(number) for number in numbers) + extra).encode()


def harvest(node: Node, served: Any, path: str = "/1", **settings: Any) -> harvester.HarvestReport:
    """Harvests, and accepts that records are missing: the sources of these tests are too small to lose one unnoticed."""
    fetcher = served.fetcher(**settings)
    return harvester.harvest_address(
        node, "there", f"{served.address}{path}", DAY, "CC0-1.0", fetcher, accept_losses=True
    )


TURTLE = {"Content-Type": "text/turtle"}


def test_pages_are_followed_and_deletions_leave_tombstones(node: Node, served: Any) -> None:
    served.answers["/1"] = (200, TURTLE, catalogue(range(3), f"{served.address}/2"))
    served.answers["/2"] = (200, TURTLE, catalogue(range(3, 5)))
    first = harvest(node, served)
    assert (len(first.new), first.formats) == (5, ("dcat",))
    again = harvest(node, served)
    assert (again.new, again.changed, again.unchanged) == ((), (), 5)
    served.answers["/2"] = (200, TURTLE, catalogue([4]))
    third = harvest(node, served)
    assert third.gone == (local_id("there", "https://example.org/d/3"),)
    held = node_entries.read_node_entries(node)
    assert len(held.entries) == 4
    assert held.tombstones[third.gone[0]].on == DAY
    served.answers["/2"] = (200, TURTLE, catalogue([3, 4]))
    assert len(harvest(node, served).new) == 1  # it came back
    assert not node_entries.read_node_entries(node).tombstones


def test_a_source_that_fails_half_way_changes_nothing_and_continues_later(node: Node, served: Any) -> None:
    served.answers["/1"] = (200, TURTLE, catalogue(range(2), f"{served.address}/2"))
    served.answers["/2"] = (503, {}, b"")
    with pytest.raises(TryAgain) as refused:
        harvest(node, served)
    last = local_id("there", "https://example.org/d/1")
    assert f"after page 1; the last record read was “{last}”" in str(refused.value)
    assert not node_entries.read_node_entries(node).entries
    served.answers["/2"] = (200, TURTLE, catalogue([7]))
    served.asked.clear()
    assert len(harvest(node, served).new) == 3
    assert served.asked == ["/2"]  # the first page was not asked for again


def test_a_page_that_cannot_be_read_changes_nothing(node: Node, served: Any) -> None:
    served.answers["/1"] = (200, TURTLE, catalogue(range(2), f"{served.address}/2"))
    served.answers["/2"] = (200, TURTLE, b"<this is no turtle")
    with pytest.raises(BadInput) as refused:
        harvest(node, served)
    assert refused.value.where.endswith("/2")
    assert not node_entries.read_node_entries(node).entries


def test_a_source_that_loops_is_reported(node: Node, served: Any) -> None:
    served.answers["/1"] = (200, TURTLE, catalogue([1], f"{served.address}/2"))
    served.answers["/2"] = (200, TURTLE, catalogue([2], f"{served.address}/1"))
    with pytest.raises(BadInput, match="loops"):
        harvest(node, served)
    assert served.asked == ["/1", "/2"]
    assert not node_entries.read_node_entries(node).entries


def test_a_broken_record_is_reported_and_the_others_are_kept(node: Node, served: Any) -> None:
    served.answers["/1"] = (200, TURTLE, catalogue(range(3)))
    harvest(node, served)
    untitled = "\n<https://example.org/d/1> a dcat:Dataset ."
    served.answers["/1"] = (200, TURTLE, catalogue([0, 2, 8], extra=untitled))
    report = harvest(node, served)
    assert [(found.where.rpartition(", ")[2], found.page) for found in report.broken] == [
        ("https://example.org/d/1", 1)
    ]
    assert "no title" in str(report.broken[0][1])
    # what is broken there stays as it was here: a fault is no deletion, and hides none
    assert local_id("there", "https://example.org/d/1") in node_entries.read_node_entries(node).entries
    served.answers["/1"] = (200, TURTLE, catalogue([0, 8], extra=untitled))
    report = harvest(node, served)
    assert report.gone == (local_id("there", "https://example.org/d/2"),)
    nameless = "\n[] a dcat:Dataset ."  # which one this is nobody can tell, so nothing is taken for gone
    served.answers["/1"] = (200, TURTLE, catalogue([0], extra=nameless))
    report = harvest(node, served)
    assert (report.gone, len(report.broken)) == ((), 1)


def test_an_unchanged_page_is_not_fetched_again(node: Node, served: Any) -> None:
    body = catalogue(range(3))
    served.answers["/1"] = lambda headers: (
        (304, {}, b"") if headers.get("If-None-Match") == '"7"' else (200, {**TURTLE, "ETag": '"7"'}, body)
    )
    assert len(harvest(node, served).new) == 3
    assert harvest(node, served).unchanged == 3


def test_of_many_pages_only_those_that_changed_are_sent_again(node: Node, served: Any) -> None:
    sent: list[str] = []

    def answers(path: str, body: bytes, etag: str) -> None:
        def answer(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            if headers.get("If-None-Match") == etag:
                return 304, {}, b""
            sent.append(path)
            return 200, {**TURTLE, "ETag": etag}, body

        served.answers[path] = answer

    answers("/1", catalogue(range(3), f"{served.address}/2"), '"a"')
    answers("/2", catalogue(range(3, 5)), '"b"')
    assert len(harvest(node, served).new) == 5
    assert harvest(node, served).formats == ("unchanged",)
    answers("/2", catalogue([4, 9]), '"c"')
    sent.clear()
    report = harvest(node, served)
    assert (len(report.new), len(report.gone), sent) == (1, 1, ["/2"])
    assert len(node_entries.read_node_entries(node).entries) == 5
    assert harvest(node, served).formats == ("unchanged",)


def test_ckan_pages_and_deleted_packages(node: Node, served: Any) -> None:
    def answer(packages: list[dict[str, Any]]) -> bytes:
        return json.dumps({"success": True, "result": {"count": 3, "results": packages}}).encode()

    path = "/api/3/action/package_search?rows=2"
    one = {"id": "a", "name": "a", "title": "Air", "license_id": "cc-by", "tags": [{"name": "health"}]}
    two, three = {"id": "b", "name": "b", "title": "Bees"}, {"id": "c", "name": "c", "state": "deleted"}
    served.answers[path] = (200, {}, answer([one, two]))
    served.answers[f"{path}&start=2"] = (200, {}, answer([three]))
    report = harvest(node, served, path)
    assert (report.formats, len(report.new), len(report.gone)) == (("ckan",), 2, 1)
    entry = node_entries.read_node_entries(node).entries["there--a"]
    assert (entry.value("licence"), entry.values("sectors")) == ("cc-by", ("health",))


def test_cards_and_lists_of_a_hub(node: Node, served: Any) -> None:
    card = "---\nlicense: mit\nlanguage:\n- ko\n- no\n---\n# KoModel\nText."
    (entry,) = read_page(
        card.encode(), RecordOrigin("hub", "https://huggingface.co/org/KoModel/raw/main/README.md", DAY)
    ).records
    assert (entry.kind, entry.value("licence"), entry.values("languages")) == ("model", "mit", ("ko", "no"))
    assert entry.links[0].href == "https://huggingface.co/org/KoModel"
    aside = b"---\nlicense: mit\n---\nAbout\n# The *Mudang* model\n## Data\n"
    (entry,) = read_page(aside, RecordOrigin("hand", "https://example.org/README.md", DAY)).records
    assert entry.title("en") == "The *Mudang* model"  # without an address of the hub, the first heading is its name
    listed = [{"id": "org/a", "tags": ["license:llama3", "language:fr"]}, {"id": "org/b", "tags": []}]
    served.answers["/api/models"] = (200, {"Link": '</api/models?cursor=x>; rel="next"'}, json.dumps(listed).encode())
    served.answers["/api/models?cursor=x"] = (200, {}, json.dumps([{"id": "org/c", "tags": []}]).encode())
    report = harvest(node, served, "/api/models")
    assert (report.formats, len(report.new)) == (("hub",), 3)


def test_another_node_is_harvested_with_its_tombstones(tmp_path: Path, node: Node, served: Any) -> None:
    first = harvester.harvest_files(
        node, "hand", [("a.yaml", entry_file("a")), ("b.yaml", entry_file("b"))], DAY, "CC0-1.0"
    )
    assert first.new == ("a", "b")
    feed = node.snapshots.read(node.snapshots.newest("commons-added-hand"))  # type: ignore[arg-type]
    served.answers["/feed"] = (200, {}, feed)
    other = Node.create(tmp_path / "other")
    assert harvest(other, served, "/feed").new == ("there--a", "there--b")
    gone = json.dumps({"file": "x", "deleted": {"id": "a", "on": DAY, "source": "hand"}}).encode()
    served.answers["/feed"] = (200, {}, feed.splitlines()[1] + b"\n" + gone + b"\n")
    assert harvest(other, served, "/feed").gone == ("there--a",)


def entry_file(id_: str, **more: Any) -> bytes:
    evidence = {"page": {"address": f"https://example.org/{id_}", "shows": "it", "accessed": DAY}}
    shape = {"id": id_, "kind": "model", "name": {"en": f"Model {id_}"}, "evidence": evidence, **more}
    return json.dumps(shape).encode()


def test_the_same_identifier_is_the_same_thing(node: Node) -> None:
    node.snapshots.take(STARTER_ENTRIES)
    twin = entry_file(
        "bloom-again", links=[{"rel": "huggingface", "href": "http://www.huggingface.co/bigscience/bloom/"}]
    )
    report = harvester.harvest_files(node, "hand", [("twin.json", twin)], DAY, "")
    assert [(pair.one, pair.other) for pair in report.duplicates] == [("bloom", "bloom-again")]
    assert "bloom-again" not in node_entries.read_node_entries(node).entries


def test_a_duplicate_of_two_entries_is_left_out_once(node: Node) -> None:
    links = {name: {"rel": "homepage", "href": f"https://example.org/things/{name}"} for name in ("one", "two")}
    files = [(name, entry_file(name, links=[link])) for name, link in links.items()]
    harvester.harvest_files(node, "hand", files, DAY, "")
    report = harvester.harvest_files(node, "other", [("both", entry_file("both", links=list(links.values())))], DAY, "")
    assert ([(p.one, p.other) for p in report.duplicates], report.new) == ([("one", "both")], ())


def test_references_to_a_duplicate_point_to_the_kept_entry(node: Node) -> None:
    node.snapshots.take(STARTER_ENTRIES)
    twin = json.loads(
        entry_file("twin", links=[{"rel": "huggingface", "href": "https://huggingface.co/bigscience/bloom"}])
    )
    child = json.loads(entry_file("child", claims={"base": {"value": "twin", "evidence": ["page"]}}))
    harvester.harvest_files(node, "hand", [("both.json", json.dumps([twin, child]).encode())], DAY, "")
    assert node_entries.read_node_entries(node).entries["child"].value("base") == "bloom"


def test_similar_names_need_a_decision_which_is_stored(node: Node) -> None:
    named = [("a", "Korean speech corpus"), ("b", "The Korean Speech Corpus"), ("c", "Weather of Kenya")]
    files = [(id_, entry_file(id_, name={"en": name})) for id_, name in named]
    harvester.harvest_files(node, "hand", files, DAY, "")
    assert [(pair.one, pair.other) for pair in node_entries.find_undecided_pairs(node)] == [("a", "b")]
    node_entries.keep_decision(node, "a", "b", same_thing=False, today=DAY)
    assert node_entries.find_undecided_pairs(node) == []
    turned = find_similar(node_entries.read_node_entries(node).entries.values(), {("b", "a")})
    assert list(turned) == []  # a decision on two entries has no order
    node_entries.keep_decision(node, "a", "b", same_thing=True, today=DAY)
    assert set(node_entries.read_node_entries(node).entries) == {"a", "c"}
    assert node_entries.read_node_entries(node).tombstones["b"].on == DAY  # who harvested it from here must learn that
    node_entries.keep_decision(node, "a", "b", same_thing=False, today=DAY)
    assert set(node_entries.read_node_entries(node).entries) == {"a", "b", "c"}


def test_removed_entries_of_a_source_leave_tombstones(node: Node) -> None:
    harvester.harvest_files(node, "z", [(id_, entry_file(id_)) for id_ in ("a", "b")], DAY, "CC0-1.0")
    harvester.harvest_files(node, "hand", [("c", entry_file("c"))], DAY, "CC0-1.0")
    assert [node_entries.remove_entries(node, name, DAY) for name in ("z", "z", "none")] == [2, 0, 0]
    held = node_entries.read_node_entries(node)
    assert (list(held.entries), sorted(held.tombstones), held.tombstones["a"].on) == (["c"], ["a", "b"], DAY)
    again = harvester.harvest_files(node, "z", [("a", entry_file("a"))], DAY, "")
    assert again.new == ("a",)
    assert list(node_entries.read_node_entries(node).tombstones) == ["b"]


def test_files_without_a_licence_keep_that_of_their_source(node: Node) -> None:
    for id_, given, kept in (("a", "", "unknown"), ("b", "CC0-1.0", "CC0-1.0"), ("c", "", "CC0-1.0")):
        harvester.harvest_files(node, "hand", [(id_, entry_file(id_))], DAY, given)
        newest = node.snapshots.newest("commons-added-hand")
        assert newest is not None
        assert newest.origin.licence == kept


@pytest.mark.parametrize("name", ["edits", "decisions", "Hand", ""])
def test_names_that_no_source_may_have(node: Node, name: str) -> None:
    with pytest.raises(BadInput):
        harvester.harvest_files(node, name, [("a", entry_file("a"))], DAY, "")
    assert not node.snapshots.all()


def test_a_nomination_and_its_answers_are_one_entry(node: Node, data: Path) -> None:
    paths = [data / "commons/dpg" / folder / "bahmni.json" for folder in ("digitalpublicgoods", "nominees")]
    harvester.harvest_files(node, "dpg", [(str(path), path.read_bytes()) for path in paths], DAY, "Unlicense")
    (entry,) = node_entries.read_node_entries(node).entries.values()
    (found,) = assess_entry(entry, DAY)
    assert found.framework == "dpg"
    assert {cell.criterion: cell.state for cell in found.cells}["2"] is CriterionState.YES  # from the nomination
    assert {cell.criterion: cell.state for cell in found.cells}["3"] is CriterionState.YES  # from the answers


def test_the_maps_products_and_their_scores_are_one_entry_each(node: Node, data: Path, whole: bool) -> None:
    folder = data / "commons/current-ai/sources"
    paths = sorted([*folder.glob("products/*.yaml"), *folder.glob("scores/*.yaml")])
    report = harvester.harvest_files(node, "map", [(str(path), path.read_bytes()) for path in paths], DAY, "MIT")
    assert (len(report.new), report.broken) == (257 if whole else 28, ())
    entries = node_entries.read_node_entries(node).entries.values()
    kinds = [str(entry.kind) for entry in entries]
    counts = (kinds.count("model"), kinds.count("dataset"), kinds.count("software"))
    assert counts == ((76, 22, 159) if whole else (3, 3, 22))
    for entry in entries:
        (found,) = assess_entry(entry, DAY)
        assert found.framework == "current-ai"
    sandbox = next(entry for entry in entries if entry.title("en") == "Agent Infra Sandbox")
    assert sandbox.value("licence") == "Apache-2.0"
    assert sandbox.proof("licence")[0].shows.startswith("its scores")


def test_one_model_of_a_hub(node: Node) -> None:
    one = {"id": "org/a", "modelId": "org/a", "tags": ["license:mit"], "cardData": {"language": "ko"}}
    report = harvester.harvest_files(node, "hub", [("a.json", json.dumps(one).encode())], DAY, "")
    assert (report.formats, len(report.new)) == (("hub",), 1)


def test_names_with_other_numbers_are_other_things() -> None:
    assert name_likeness("Qwen2.5 7B Instruct", "Qwen2.5 72B Instruct") == 0
    assert name_likeness("KoBERT", "kobert") == 1


def test_ten_broken_records_among_many_are_reported(node: Node) -> None:
    rows = [
        {"id": f"org/m{number}", "tags": ["license:mit"]} if number % 1_000 else {"id": None, "tags": []}
        for number in range(10_000)
    ]
    report = harvester.harvest_files(node, "bulk", [("hub.json", json.dumps(rows).encode())], DAY, "")
    assert (len(report.new), len(report.broken)) == (9_990, 10)
    assert report.broken[3][0].endswith("hub.json[3000]")
    assert len(node_entries.read_node_entries(node).entries) == 9_990


def test_a_source_read_again_reports_what_changed_and_not_when_it_was_read(node: Node) -> None:
    def harvest(day: str, **claims: Any) -> harvester.HarvestReport:
        entry = entry_file("a", claims={"licence": {"value": "MIT", "evidence": ["page"]}, **claims})
        return harvester.harvest_files(node, "hand", [("a.json", entry)], day, "")

    assert harvest("2026-11-24").new == ("a",)
    assert harvest("2026-11-25").changed == ()
    assert harvest("2026-11-25", year={"value": 2024, "evidence": ["page"]}).changed == ("a",)


@pytest.mark.parametrize(
    ("fields", "homepage"),
    [
        ({"website": "https://a.example", "repositories": [{"url": "https://b.example"}]}, "https://a.example"),
        ({"repositories": [{"url": "https://b.example"}]}, "https://b.example"),
        ({"website": "https://a.example"}, "https://a.example"),
    ],
)
def test_the_homepage_of_a_nominee_is_its_website_or_its_repository(fields: dict[str, Any], homepage: str) -> None:
    document = {"name": "Stories", "type": ["content"], "SDGs": [{"SDGNumber": 4}], **fields}
    found = read_dpg(document, RecordOrigin("s", "https://dpg.example/stories.json", DAY))
    assert [link.href for link in found.links if link.rel == "homepage"] == [homepage]


@pytest.mark.django_db
def test_a_tombstone_of_one_source_does_not_collide_with_an_entry_of_another(node: Node) -> None:
    """Else every build failed until one of the two snapshots was repaired by hand."""
    harvester.harvest_files(node, "z", [("a.yaml", entry_file("a"))], DAY, "")
    node_entries.remove_entries(node, "z", DAY)
    harvester.harvest_files(node, "hand", [("a.yaml", entry_file("a"))], DAY, "")
    found = node_entries.read_node_entries(node)
    assert (list(found.entries), list(found.tombstones)) == (["a"], [])
    assert find_state(node, "a").entry
