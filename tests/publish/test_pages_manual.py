"""Methods, programmes and glossary: every method has a correct example, every story section its chart."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from bongsu.core.arithmetic import evaluate_arithmetic
from bongsu.store.own_flows.flow_file import OWN_PROGRAMME
from bongsu.store.own_flows.node_programmes import installed_programmes
from bongsu.store.tables.definitions import unit_names
from bongsu.store.tables.manual import method_records, read_glossary
from bongsu.store.tables.method_tables import MethodRecord
from bongsu.store.tables.programmes import read_programmes

FLOWS = {flow.id: flow for programme in installed_programmes() for flow in programme.flows}


@pytest.mark.parametrize("record", method_records().values(), ids=lambda record: record.name)
def test_the_example_of_a_method_holds(record: MethodRecord) -> None:
    found = evaluate_arithmetic(record.example)
    assert found == pytest.approx(record.result, rel=1e-12)


def test_every_method_of_a_dataflow_is_explained() -> None:
    assert not {flow.method.rsplit(" ", 1)[0] for flow in FLOWS.values()} - method_records().keys()


def test_a_method_names_units_that_have_names() -> None:
    for record in method_records().values():
        for symbol in record.unit.split("; "):
            assert symbol in unit_names(), (record.name, symbol)


def test_programmes_and_their_texts_agree() -> None:
    assert [*(programme.name for programme in installed_programmes()), OWN_PROGRAMME] == list(read_programmes())
    for programme in installed_programmes():
        assert {flow.programme for flow in programme.flows} == {programme.name}


def test_every_story_section_has_its_chart() -> None:
    for info in read_programmes().values():
        assert info.story or info.name == OWN_PROGRAMME
        for section in info.story:
            flow = FLOWS[section.flow]
            assert flow.programme == info.name
            assert section.chart in {chart.id for chart in flow.charts}, (info.name, section.title.en)


def test_glossary_words_are_unique() -> None:
    for language in ("en", "ko", "fr"):
        written = [word.word.to(language) for word in read_glossary()]
        assert len(set(written)) == len(written)


def test_the_manual_of_a_method_is_a_link_a_page_or_a_file_of_a_package() -> None:
    for manual, shown in (
        ("https://example.org/m", '<a href="https://example.org/m" rel="noopener">https://example.org/m</a>'),
        ("docs/methods/energy.md", "<code>docs/methods/energy.md</code>"),
        ("harbour/dataflows/ships.toml", "the file harbour/dataflows/ships.toml of the installed package"),
        ("javascript:alert(1)", "the file javascript:alert(1) of the installed package"),
    ):
        assert render_to_string("publish/_manual.html", {"manual": manual}).strip() == shown
