"""The same error on every surface in three languages. The terminal shows full paths, all other surfaces only file names."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli.terminal import Terminal
from bongsu.core.error_text import describe_error, describe_public_error, hide_folders
from bongsu.core.errors import BongsuError, Missing

FOLDER = "/srv/An Na/node"
TYPED = {
    "en": f"There is no file “{FOLDER}/points.csv”.",
    "ko": f"“{FOLDER}/points.csv” 파일이 없습니다.",
    "fr": f"Le fichier « {FOLDER}/points.csv » n’existe pas.",
}
PUBLIC = {language: text.replace(f"{FOLDER}/", "") for language, text in TYPED.items()}
PLACE = "manifest.json, line 3"
LANGUAGES = ("en", "ko", "fr")


def error() -> BongsuError:
    """Returns an error with an absolute path in a value and in `where`."""
    return Missing(
        "There is no file “{path}”.", where=f"{FOLDER}/{PLACE}", fix="Try again.", path=f"{FOLDER}/points.csv"
    )


def fail(*_: object, **__: object) -> Any:
    """Replaces a function that a view calls, and raises the error."""
    raise error()


@pytest.fixture
def client(starter: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Yields a Django client of the starter node."""
    from django.test import Client

    from bongsu.store.node import Node
    from bongsu.web import middleware

    node = Node(starter)
    monkeypatch.setattr(middleware, "open_node", lambda: node)
    return Client()


def check_public(text: str, language: str) -> None:
    """Checks that the text has the message and the place in its language, and no folders."""
    text = html.unescape(text)
    assert PUBLIC[language] in text
    assert PLACE in text
    assert "An Na" not in text
    assert "srv" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_on_the_terminal(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONGSU_LANGUAGE", language)
    Terminal().error(error())
    assert f"bongsu: {TYPED[language]} ({FOLDER}/{PLACE})\n        " in capsys.readouterr().err
    Terminal(json=True).error(error())
    shape = json.loads(capsys.readouterr().err)["error"]
    assert (shape["code"], shape["message"]) == ("missing", f"{TYPED[language]} ({FOLDER}/{PLACE})")
    assert shape["fix"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_as_page_and_json(language: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.energy.estimate.output import views

    monkeypatch.setattr(views, "suggest_models", fail)
    address = f"/{language}/energy/estimate/inference/"
    page = client.get(address, headers={"accept": "text/html"})
    assert page.status_code == 404
    check_public(page.content.decode(), language)
    answer = client.get(address, headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"{PUBLIC[language]} ({PLACE})"


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_of_the_form_of_estimates(language: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.energy.estimate.output import options

    monkeypatch.setattr(options, "run_estimate", fail)
    page = client.get(f"/{language}/energy/estimate/inference/")
    assert page.status_code == 404
    check_public(page.content.decode(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_of_an_energy_form(language: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.energy.forms import views

    monkeypatch.setattr(views, "parse_typed", fail)
    page = client.post(f"/{language}/energy/forms/sci/")
    assert page.status_code == 404
    check_public(page.content.decode(), language)


@pytest.mark.parametrize("accept", ["application/xml", "application/json"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_in_sdmx(language: str, accept: str, starter: Path) -> None:
    from django.test import RequestFactory
    from django.utils import translation

    from bongsu.publish.sdmx.http_responses import sdmx_view

    with translation.override(language):
        answer = sdmx_view(fail)(RequestFactory().get("/sdmx/x", headers={"accept": accept}))
    assert answer.status_code == 404
    check_public(answer.content.decode(), language)


@pytest.mark.parametrize("kind", ["application/x-protobuf", "application/json"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_of_the_intake(language: str, kind: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.energy.intake import views

    monkeypatch.setattr(views, "_accept_report", fail)
    answer = client.post("/v1/metrics", b"x", content_type=kind, headers={"accept-language": language})
    assert answer.status_code == 404
    check_public(answer.content.decode(errors="replace"), language)


def test_marked_values_are_translated_and_numbers_keep_their_format() -> None:
    one = BongsuError("{kind} {share:.1f}", fix="{kind}!", kind="dataflow", share=0.25)
    assert describe_error(one, lambda text: text.replace("dataflow", "tableau"))[1:] == ("tableau 0.2", "", "tableau!")
    assert str(one) == "dataflow 0.2 dataflow!"
    assert describe_public_error(BongsuError("“{kind}”", kind=""), lambda text: text or "header").what == "“”"


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("/srv/node/node.toml", "node.toml"),
        ("/srv/An Na/f.csv, line 3", "f.csv, line 3"),
        ("[Errno 2] No such file or directory: '/home/An Na/x.csv'", "[Errno 2] No such file or directory: 'x.csv'"),
        ("cannot open /home/me/x.csv: denied", "cannot open x.csv: denied"),
        ("file:///home/me/x.csv", "x.csv"),
        (r"C:\Users\An Na\x.csv", "x.csv"),
        (r"cannot open C:\Users\me\x.csv", "cannot open x.csv"),
        ("https://node.example/sdmx/3.0/data", "https://node.example/sdmx/3.0/data"),
        ("417 g/kWh, and/or", "417 g/kWh, and/or"),
        ("flows/RIVERS/flow.toml, line 2", "flows/RIVERS/flow.toml, line 2"),
        ("~/.config/bongsu/token", "~/.config/bongsu/token"),
        ("a / b", "a / b"),
    ],
)
def test_absolute_paths_are_reduced_to_file_names(text: str, public: str) -> None:
    assert hide_folders(text) == public
