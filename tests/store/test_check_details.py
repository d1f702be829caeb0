"""Findings are sealed as messages with their values, and shown in the reader's language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.error_text import describe_error
from bongsu.core.errors import CheckFailed
from bongsu.core.programme import Recipe
from bongsu.core.release import Finding
from bongsu.store.building.builds import run_checks, seal_checked
from bongsu.store.node import Node
from bongsu.store.releases.checks import few_lost, parts_sum_to_total, values_within
from tests.house.texts import translated
from tests.store.drafts import draft, rows


def french(text: str) -> str:
    return translated("fr").get(text, text)


@pytest.mark.parametrize(
    ("check", "before", "shown"),
    [
        (values_within(0, 100), None, "0 hors de 0 à 100"),
        (values_within(0), None, "0 au-dessous de 0"),
        (values_within(high=2), None, "1 au-dessus de 2; ROW 1990: 3"),
        (values_within(0, 1, REF_AREA=["KOR"]), None, "0 observations comparées"),
        (parts_sum_to_total("REF_AREA", "ROW", ["EUR"]), None, "1 sommes, 1 fausses; 1990: 1 / 3 TWh"),
        (few_lost("REF_AREA"), rows(5), "REF_AREA : 4 codes, 1 perdus; EEE"),
    ],
)
def test_findings_are_translated_when_they_are_shown(check: Any, before: Any, shown: str) -> None:
    earlier = None if before is None else draft(before).observations
    assert check(draft(rows(4)), earlier).describe(french) == shown


def test_every_sealed_finding_has_a_translation(starter: Path) -> None:
    node = Node(starter)
    manifests = [node.releases.manifest(node.releases.current(flow)) for flow in node.releases.dataflows()]
    findings = [finding for manifest in manifests for finding in manifest.findings]
    assert len(findings) > 20
    for finding in findings:
        assert finding.values, finding
        for language in ("ko", "fr"):
            assert {finding.check, finding.detail} <= translated(language).keys()


def test_a_finding_reads_from_its_manifest_as_it_was() -> None:
    """Those of older releases have a finished text, which is no template."""
    for finding in (
        Finding("check", True, "{count} compared", {"count": 3}, ("KOR 2024: 1",)),
        Finding("check", False, "of an older release: {x}"),
    ):
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding
    assert finding.to_json().keys() == {"check", "holds", "detail"}
    assert finding.describe(french) == "of an older release: {x}"


def test_the_error_of_a_failed_check_is_in_the_readers_language(node: Node) -> None:
    recipe = Recipe("TEST_FLOW", (), lambda _: draft(), (values_within(high=1),))
    with pytest.raises(CheckFailed) as failed:
        seal_checked(node, recipe, draft(), run_checks(node, recipe, draft()))
    assert "values are within their limits: 1 above 1" in str(failed.value)
    shown = describe_error(failed.value, french).what
    assert "les valeurs sont dans leurs limites: 1 au-dessus de 1" in shown
