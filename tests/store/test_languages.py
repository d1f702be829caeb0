"""Folders of languages: every text and name is listed, wrong folders and translations are refused, updates keep work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bongsu.core import languages
from bongsu.core.errors import BadInput, Missing
from bongsu.core.languages import LANGUAGES
from bongsu.store.languages import folders
from bongsu.store.languages.catalogues import check_language, compile_language, list_names, make_language
from bongsu.store.languages.folders import install_languages, locale_folders, read_language


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    before = list(folders._parents)
    yield
    folders._parents[:] = before
    languages._installed.pop("es", None)


def translate(folder: Path, domain: str, english: str, spanish: str) -> None:
    file = folder / "LC_MESSAGES" / f"{domain}.po"
    text = file.read_text(encoding="utf-8")
    empty = f'msgid "{english}"\nmsgstr ""'
    assert empty in text
    file.write_text(text.replace(empty, f'msgid "{english}"\nmsgstr "{spanish}"'), encoding="utf-8")


def test_a_new_folder_has_everything_and_an_update_keeps_what_is_translated(tmp_path: Path) -> None:
    folder = make_language(tmp_path, "es")
    assert (read_language(folder).name, read_language(folder).locale) == ("Español", "es-ES")
    texts, names = check_language(tmp_path, "es")
    assert (len(texts.missing), len(names.missing)) == (texts.total, names.total)
    assert texts.total > 1000
    assert names.total > 1000
    for name in ("terawatt hours", "Energy", "Electricity", "Carbon and water intensity of electricity"):
        assert name in names.missing  # of a CSV table, a TOML file and the code
    translate(folder, "names", "terawatt hours", "teravatios hora")
    assert make_language(tmp_path, "es") == folder
    assert len(check_language(tmp_path, "es")[1].missing) == names.total - 1
    compile_language(tmp_path, "es")
    install_languages(tmp_path)
    assert LANGUAGES["es"].find_name("terawatt hours") == "teravatios hora"
    assert LANGUAGES["es"].find_name("gigawatt hours") == LANGUAGES["es"].find_name("") == ""
    assert (LANGUAGES["es"].find_name("South Korea"), LANGUAGES["es"].find_name("Korean")) == (
        "Corea del Sur",
        "coreano",
    )
    assert locale_folders()[0] == tmp_path / "languages"


def test_own_dataflows_are_listed(tmp_path: Path) -> None:
    flow = tmp_path / "flows" / "AI_FIRMS"
    flow.mkdir(parents=True)
    (flow / "flow.toml").write_text('[name]\nen = "Firms"\nko = "기업"\nfr = "Entreprises"\n', encoding="utf-8")
    (flow / "CL_SIZE.csv").write_text("code,parent,en,ko,fr\nS,,small,소,petite\n", encoding="utf-8")
    (flow / "data.csv").write_text("REF_AREA,en\nKOR,1\n", encoding="utf-8")
    assert {name for name, _ in list_names(tmp_path / "flows")} == {"Firms", "small"}


def test_a_lost_placeholder_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder = make_language(tmp_path, "es")
    translate(folder, "django", "release {number}", "publicación")
    assert check_language(tmp_path, "es")[0].wrong == ("release {number}",)
    with pytest.raises(BadInput, match="placeholders"):
        compile_language(tmp_path, "es")
    assert not list(folder.rglob("*.mo"))


def test_wrong_folders_are_refused(tmp_path: Path) -> None:
    for code in ("ko", "xx", "../es", "Spanish", "ES", "es_MX"):
        with pytest.raises(BadInput):
            make_language(tmp_path, code)
        assert not (tmp_path / "languages").exists()
    with pytest.raises(Missing):
        check_language(tmp_path, "es")
    folder = tmp_path / "languages" / "es"
    folder.mkdir(parents=True)
    install_languages(tmp_path)  # a folder without language.toml is not a language
    assert "es" not in LANGUAGES
    for text in ("", "name = 1", 'name = "Español"', 'name = "E"\nlocale = "es"\nother = 1', "name"):
        (folder / "language.toml").write_text(text, encoding="utf-8")
        (problem,) = install_languages(tmp_path)
        assert "languages/es/language.toml" in problem.where
        assert "es" not in LANGUAGES
    (folder / "language.toml").write_text('name = "Español"\nlocale = "es"\n', encoding="utf-8")
    (folder / "LC_MESSAGES").mkdir()
    (folder / "LC_MESSAGES" / "names.po").write_text('msgid "a\n', encoding="utf-8")
    with pytest.raises(BadInput, match="not valid"):
        check_language(tmp_path, "es")
    folder.rename(folder.with_name("spanish"))
    (problem,) = install_languages(tmp_path)
    assert "not the code" in str(problem)


def test_the_catalogue_can_be_read_by_any_editor(tmp_path: Path) -> None:
    folder = make_language(tmp_path, "es")
    with (folder / "LC_MESSAGES" / "names.po").open("rb") as source:
        catalogue = read_po(source)
    assert str(catalogue.locale) == "es"
    assert not catalogue.fuzzy
    assert all(message.locations for message in catalogue if message.id)
