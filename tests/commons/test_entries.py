"""Entries: the starter catalogue is whole, code and schema agree, and what is wrong is refused with its place."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bongsu.commons.catalogue_search import entry_document
from bongsu.commons.display_names import value_name
from bongsu.commons.documents import parse_document
from bongsu.commons.entries.bundle import Tombstone, encode_bundle, read_bundles
from bongsu.commons.entries.entry import Entry, EntryKind
from bongsu.commons.entries.entry_reader import CLAIM_KINDS, parse_entry
from bongsu.commons.openness.assessment import CriterionState
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.commons.pages.entry_context import unknown_claim_names
from bongsu.core.errors import BadInput

CATALOGUE = Path(str(files("bongsu.commons") / "catalogue"))
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((files("bongsu.commons") / "entries/entry.schema.json").read_text())
)

WHOLE: dict[str, Any] = {
    "id": "a-model",
    "kind": "model",
    "name": {"en": "A model", "ko": "모델"},
    "description": {"fr": "Un modèle."},
    "links": [{"rel": "homepage", "href": "https://example.org/a"}],
    "evidence": {"page": {"address": "https://example.org/a", "shows": "its licence", "accessed": "2026-11"}},
    "claims": {
        "licence": {"value": "MIT", "evidence": ["page"]},
        "languages": {"value": ["ko", "no"], "evidence": ["page"]},
        "year": {"value": 2025, "evidence": ["page"]},
        "goals": "unknown",
    },
}


def starter() -> dict[str, Entry]:
    return {
        entry.id: entry
        for path in sorted(CATALOGUE.iterdir())
        for entry in [parse_entry(parse_document(path.read_bytes(), path.name), path.name)]
    }


def test_the_starter_catalogue() -> None:
    entries = starter()
    assert len(entries) >= 150
    assert {entry.kind for entry in entries.values()} == set(EntryKind)
    countries = [country for entry in entries.values() for country in entry.values("country")]
    assert min(countries.count(country) for country in ("KOR", "FRA", "IND")) >= 15
    assert sum(countries.count(country) for country in ("ZAF", "KEN", "GHA", "RWA", "NGA", "TZA", "UGA", "ETH")) >= 10
    for entry in entries.values():
        assert {"en", "ko", "fr"} <= entry.description.keys(), entry.id
        for name, claim in entry.claims.items():
            assert entry.proof(name), (entry.id, name)
            assert claim.value not in ("", [], "unknown"), (entry.id, name)
        for other in (*entry.values("trained_on"), *entry.values("base")):
            assert other in entries, f"{entry.id} names {other}, which is not in the catalogue"
        assert all(found.cells for found in assess_entry(entry, "2026-11-24"))


def test_every_starter_entry_is_valid_by_the_schema() -> None:
    for path in CATALOGUE.iterdir():
        SCHEMA.validate(parse_document(path.read_bytes(), path.name))


def test_bloomz_has_12_of_14_points_in_osai_and_no_class_in_mof() -> None:
    found = {a.framework: a for a in assess_entry(starter()["bloomz"], "2026-11-24")}
    assert (found["osai"].score, found["osai"].out_of) == (12.0, 14.0)
    assert found["mof"].result == "unclassified"
    weights = next(cell for cell in found["mof"].cells if cell.criterion == "Model parameters (Final)")
    assert "restricts who may use it" in str(weights.reason)


WRONG: list[tuple[str, Any, str]] = [
    ("id", "A Model", "id"),
    ("kind", "car", "kind"),
    ("name", {}, "name"),
    ("name", {"english": "x", "e n": "y"}, "name"),
    ("evidence", {}, "evidence"),
    ("evidence", {"page": {"address": "ftp://x", "shows": "x", "accessed": "2026-11"}}, "evidence.page.address"),
    ("evidence", {"page": {"address": "https://x", "shows": " ", "accessed": "2026-11"}}, "evidence.page"),
    ("evidence", {"page": {"address": "https://x", "shows": "x", "accessed": "yesterday"}}, "evidence.page.accessed"),
    ("claims", {"licence": {"value": "MIT", "evidence": []}}, "claims.licence"),
    ("claims", {"licence": "MIT"}, "claims.licence"),
    ("claims", {"licence": {"value": " ", "evidence": ["page"]}}, "claims.licence.value"),
    ("claims", {"year": {"value": "2025", "evidence": ["page"]}}, "claims.year.value"),
    ("claims", {"goals": {"value": [18], "evidence": ["page"]}}, "claims.goals.value"),
    ("claims", {"hardware": {"value": "GPU", "evidence": ["page"]}}, "claims.hardware"),
    ("claims", {"colour": {"value": "red", "evidence": ["page"]}}, ""),
    ("links", [{"rel": "homepage", "href": "javascript:alert(1)"}], "links[0]"),
    ("links", [{"rel": "homepage", "href": "https://example.org/{x}|y"}], "links[0]"),
    ("records", {"elsewhere": {}}, "records"),
    ("weight", 3, ""),
]


@pytest.mark.parametrize(("field", "value", "place"), WRONG)
def test_invalid_entries_are_refused_by_code_and_by_schema(field: str, value: Any, place: str) -> None:
    document = {**copy.deepcopy(WHOLE), field: value}
    with pytest.raises(BadInput) as refused:
        parse_entry(document, "x.yaml")
    assert place in refused.value.where
    assert not SCHEMA.is_valid(document)


def test_valid_entries_are_accepted_by_code_and_by_schema() -> None:
    SCHEMA.validate(WHOLE)
    entry = parse_entry(WHOLE, "x.yaml")
    assert entry.values("languages") == ("ko", "no")
    assert entry.value("goals") is None
    assert parse_entry(entry.to_json(), "again") == entry


def test_a_reference_to_missing_evidence_is_refused() -> None:
    document = copy.deepcopy(WHOLE)
    document["claims"]["licence"]["evidence"] = ["card"]
    with pytest.raises(BadInput, match="evidence"):
        parse_entry(document, "x.yaml")


def test_a_bundle_keeps_entries_and_tombstones_in_the_same_bytes() -> None:
    entries = [parse_entry({**WHOLE, "id": id_}, id_) for id_ in ("b", "a")]
    gone = Tombstone("c", "2026-11-24", "a-source")
    bundle = encode_bundle(entries, [gone])
    assert bundle == encode_bundle(reversed(entries), [gone])
    held = read_bundles(bundle)
    assert (list(held.entries), held.tombstones) == (["a", "b"], {"c": gone})
    with pytest.raises(BadInput, match="occurs twice"):
        read_bundles(bundle, encode_bundle(entries[:1], file="other"))


def test_the_tools_record_of_an_entry_without_components_is_assessed() -> None:
    record = {"release": {"name": "x", "components": [{"name": "Datasets", "license": "CC-BY-4.0"}]}}
    document = {**copy.deepcopy(WHOLE), "records": {"mof": record}}
    document["claims"].pop("components", None)
    found = {one.framework: one for one in assess_entry(parse_entry(document, "x"), "2026-11-24")}
    assert {"mof", "osaid"} <= found.keys()
    (cell,) = [cell for cell in found["mof"].cells if cell.criterion == "Datasets"]
    assert (cell.state, cell.licence) == (CriterionState.YES, "CC-BY-4.0")


def test_an_entry_without_a_licence_is_not_open() -> None:
    document = copy.deepcopy(WHOLE)
    document["claims"] = {"components": {"value": {"Model parameters (Final)": ""}, "evidence": ["page"]}}
    (found, _) = assess_entry(parse_entry(document, "x"), "2026-11-24")
    assert found.progress["3"] == 0


def test_an_entry_is_found_by_the_words_of_its_claims() -> None:
    claims = {"organisation": "Zeppelin Institute", "licence": "Kite Licence 7", "modality": "speech"}
    document = copy.deepcopy(WHOLE)
    document["claims"] |= {name: {"value": value, "evidence": ["page"]} for name, value in claims.items()}
    words = entry_document(parse_entry(document, "x")).text
    assert all(value in words for value in claims.values())


def test_unknown_claims_are_those_that_the_kind_can_have() -> None:
    document = copy.deepcopy(WHOLE)
    shown = unknown_claim_names(parse_entry(document, "x"), "en")
    known = {CLAIM_KINDS[name].title.to("en") for name in ("licence", "languages", "year")}
    assert CLAIM_KINDS["organisation"].title.to("en") in shown
    assert not known & set(shown)
    others = {kind.title.to("en") for kind in CLAIM_KINDS.values() if kind.kinds and "model" not in kind.kinds}
    assert others
    assert not others & set(shown)


@pytest.mark.parametrize(("language", "name"), [("en", "not known"), ("ko", "미확인"), ("fr", "inconnu")])
def test_an_unknown_value_has_a_name(language: str, name: str) -> None:
    for facet in ("kind", "country", "year"):
        assert value_name(facet, "unknown", language) == name
