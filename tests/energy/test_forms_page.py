"""The page of forms: every form in three languages, what it refuses and where, and the files it gives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from bongsu.core.errors import BadInput
from bongsu.core.languages import LANGUAGES
from bongsu.energy.forms.form_catalogue import FORM_BUILDERS, fill_form
from bongsu.energy.forms.inputs import form_inputs, parse_typed


def example(name: str) -> dict[str, str]:
    return {one.id: one.example for one in form_inputs(name)}


@pytest.mark.parametrize("name", FORM_BUILDERS)
def test_an_example_fills_in_its_form(name: str) -> None:
    form = fill_form(name, parse_typed(name, example(name)))
    assert form.lines


@pytest.mark.parametrize("name", FORM_BUILDERS)
def test_a_page_asks_for_every_field_that_the_form_reads(name: str) -> None:
    """Leaving out one typed input at a time changes the answer or is refused: no input is idle."""
    whole = fill_form(name, parse_typed(name, example(name))).as_text("en")
    for one in form_inputs(name):
        if not one.example or one.kind == "choice" or one.id.endswith(".unit"):
            continue
        try:
            without = fill_form(name, parse_typed(name, {**example(name), one.id: ""})).as_text("en")
        except BadInput:
            continue
        assert without != whole, one.id


def test_a_group_left_empty_is_not_given() -> None:
    typed = {id_: text for id_, text in example("sci-ai").items() if not id_.startswith("provider.")}
    assert "provider" not in parse_typed("sci-ai", {**typed, "provider.functional_unit": "FLOP"})
    energy = {"training_energy.unit": "MWh", "training_energy.kind": "measured", "training_energy.boundary": "chip"}
    assert parse_typed("gpai", {"model": "x", **energy}) == {"model": "x"}


def test_models_by_line() -> None:
    typed = {"class.models": "A = 0.5\n\n gpt = oss = 2 \nB=1"}
    assert parse_typed("label", typed) == {"class": {"models": {"A": 0.5, "gpt = oss": 2.0, "B": 1.0}}}
    for wrong in ("A", "A = 1\nA = 2", " = 3"):
        with pytest.raises(BadInput) as refused:
            parse_typed("label", {"class.models": wrong})
        assert refused.value.where == "class.models"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORM_BUILDERS)
def test_pages_in_every_language(client: Client, name: str, language: str) -> None:
    address = f"/{language}/energy/forms/{name}/"
    assert address in client.get(f"/{language}/energy/forms/").content.decode()
    empty = client.get(address).content.decode()
    for one in form_inputs(name):
        assert f'name="{one.id}"' in empty
        assert f'<label for="{one.id}"' in empty
    assert empty.count("<fieldset") == empty.count("</fieldset>")
    filled = client.post(address, example(name)).content.decode()
    for id_, _, value in fill_form(name, parse_typed(name, example(name))).as_rows(language):
        assert f"<code>{id_}</code>" in filled
        assert value.split("’")[0].split("“")[0].split("&")[0][:40] in filled
    assert ("<svg " in filled) is (name == "label")


BEGINNINGS = {"html": b"<!doctype", "txt": b"Energy", "json": b"{", "svg": b"<svg", "png": b"\x89PNG"}


@pytest.mark.parametrize("form", BEGINNINGS)
def test_files_can_be_downloaded(client: Client, form: str) -> None:
    answer = client.post("/en/energy/forms/label/", {**example("label"), "as": form})
    assert answer.status_code == 200
    assert answer.content.startswith(BEGINNINGS[form])
    assert answer.headers["Content-Disposition"] == f'attachment; filename="label.{form}"'


def test_json_is_what_the_command_prints(client: Client) -> None:
    answer = client.post("/ko/energy/forms/sci-ai/", {**example("sci-ai"), "as": "json"})
    assert json.loads(answer.content) == json.loads(
        json.dumps(fill_form("sci-ai", parse_typed("sci-ai", example("sci-ai"))).as_json())
    )


@pytest.mark.parametrize(
    ("name", "field", "text", "said"),
    [
        ("eu-2024-1364", "E_DC", "9 GWh", "below 1"),
        ("eu-2024-1364", "E_DC", "lots", "is not a valid amount"),
        ("gpai", "training_energy.value", "much", "must be a number"),
        ("gpai", "date", "", "missing"),
        ("label", "class.models", "A = 1", "too small"),
        ("sci-ai", "consumer.count", "0", "above 0"),
    ],
)
def test_an_error_keeps_the_input_and_marks_its_field(
    client: Client, name: str, field: str, text: str, said: str
) -> None:
    answer = client.post(f"/en/energy/forms/{name}/", {**example(name), field: text})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page
    marked = re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', page)
    assert marked == [field]
    kept = next(one for one in form_inputs(name) if one.example and one.kind == "text" and one.id != field)
    assert f'value="{kept.example}"' in page


def test_an_error_in_korean(client: Client) -> None:
    page = client.post("/ko/energy/forms/eu-2024-1364/", {**example("eu-2024-1364"), "E_DC": "9 GWh"}).content.decode()
    assert "1보다 작을 수 없습니다" in page


def test_markup_stays_text(client: Client) -> None:
    hostile = "<script>alert(1)</script>"
    for name in FORM_BUILDERS:
        first = form_inputs(name)[0].id
        for typed in ({**example(name), first: hostile}, {first: hostile}):
            assert hostile not in client.post(f"/en/energy/forms/{name}/", typed).content.decode()


def test_unknown_forms_and_formats(client: Client) -> None:
    assert client.get("/en/energy/forms/dpp/").status_code == 404
    answer = client.post("/en/energy/forms/sci/", {**example("sci"), "as": "png"})
    assert answer.status_code == 404
    assert "png" in answer.content.decode()


def test_another_site_cannot_post(starter: Path, client: Client) -> None:
    assert Client(enforce_csrf_checks=True).post("/en/energy/forms/sci/", example("sci")).status_code == 403
