"""Folders of languages: every text and name is listed, wrong folders and translations are refused, updates keep work."""

from __future__ import annotations

import io
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bongsu.core import languages
from bongsu.core.errors import BadInput, Misconfigured, Missing
from bongsu.core.languages import LANGUAGES
from bongsu.store.languages import folders
from bongsu.store.languages.catalogues import (
    check_language,
    compile_language,
    describe_new_language,
    keeps_places,
    list_names,
    make_language,
)
from bongsu.store.languages.folders import install_languages, is_locale, locale_folders, read_language


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    before = list(folders._parents)
    yield
    folders._parents[:] = before
    languages._installed.pop("es", None)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with the folder of a language that is made and compiled."""
    node = tmp_path_factory.mktemp("node")
    make_language(node, "es")
    compile_language(node, "es")
    return node


@pytest.fixture
def spanish(compiled: Path, tmp_path: Path) -> Path:
    """A copy of the folder of Spanish, in the node tmp_path."""
    return Path(shutil.copytree(compiled / "languages" / "es", tmp_path / "languages" / "es"))


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
    for name in ("terawatt hours", "Energy", "Electricity", "Carbon intensity of electricity by year"):
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


CODES = [code for code in locale_identifiers() if re.fullmatch("[a-z]{2,3}", code)]


def test_every_language_of_cldr_can_be_added() -> None:
    assert len(CODES) > 200
    for code in CODES:
        table = tomllib.loads(describe_new_language(Locale.parse(code)))
        assert table["name"], code
        assert is_locale(table["locale"]), code
        assert Catalog(locale=code).num_plurals, code


@pytest.mark.parametrize(
    ("code", "locale"),
    [("sw", "sw-TZ"), ("zh", "zh-CN"), ("ja", "ja-JP"), ("pt", "pt-BR"), ("eo", "eo"), ("tyv", "tyv-RU")],
)
def test_a_new_language_has_its_likely_country(code: str, locale: str) -> None:
    assert tomllib.loads(describe_new_language(Locale.parse(code)))["locale"] == locale


@pytest.mark.parametrize(
    ("english", "translation", "kept"),
    [
        ("release {number}", "publicación {number}", True),
        ("release {number}", "publicación {{number}}", False),
        ("release {number}", "publicación {number", False),
        ("release {number}", "publicación {number}}", False),
        ("release {number}", "publicación {number!r}", False),
        ("release {number}", "publicación {number:.1f}", False),
        ("release {number}", "publicación {number} {number.real}", False),
        ("release {number}", "publicación {}", False),
        ("no field", "un { solo", False),
        ("no field", "un {campo}", False),
        ("a {{brace}} of {name}", "un {{corchete}} de {name}", True),
        ("one { alone", "uno { solo", True),  # never formatted
        ("In %(year)s", "En %(year)s", True),
        ("In %(year)s", "En %(year)d", False),
        ("In %(year)s", "En %(year)", False),
        ("In %(year)s", "En %(year)s al 80 %", False),
        ("no field", "100 % de todos", False),  # in a template this is "% d"
        ("80 %% in brackets", "80 %% entre corchetes", True),
        ("80 %% in brackets", "80 % de corchetes", False),
        ("80 % in brackets", "80 % entre corchetes", True),
        (("{count} row", "{count} rows"), ("{count} fila", "{count} filas"), True),
        (("One row", "{count} rows"), ("Una fila", "{count} filas"), True),
        (("{count} row", "{count} rows"), ("{count} fila", "filas"), False),
        (("%(count)s row", "%(count)s rows"), ("%(count)s fila", "%(count) filas"), False),
    ],
)
def test_placeholders_are_compared_as_they_are_filled_in(
    english: str | tuple[str, str], translation: str | tuple[str, str], kept: bool
) -> None:
    assert keeps_places(Message(english, translation)) is kept


def test_a_name_may_have_a_percent_sign() -> None:
    assert keeps_places(Message("percent", "%"), "names")


def read_compiled(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*.mo")}


def set_header(folder: Path, name: str, value: str) -> None:
    file = folder / "LC_MESSAGES" / "django.po"
    text = re.sub(
        rf'"{name}: [^"]*"(\n"[^"]*")*?(?=\n")', f'"{name}: {value}\\\\n"', file.read_text(encoding="utf-8"), count=1
    )
    assert value in text
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Plural-Forms", "nplurals=2; plural=(n != one);"),
        ("Plural-Forms", "nplurals=2; plural=(n/0);"),
        ("Plural-Forms", "nplurals=two; plural=(n != 1);"),
        ("Plural-Forms", "nplurals=2; plural=((((n;"),
        ("Content-Type", "text/plain; charset=klingon"),
    ],
)
def test_a_wrong_header_is_refused_before_anything_is_written(
    tmp_path: Path, spanish: Path, name: str, value: str
) -> None:
    set_header(spanish, name, value)
    before = read_compiled(spanish)
    with pytest.raises(BadInput) as refused:
        compile_language(tmp_path, "es")
    assert "languages/es/LC_MESSAGES/django.po" in refused.value.where
    assert refused.value.fix
    assert read_compiled(spanish) == before


def wrong_plural() -> bytes:
    catalogue = Catalog(locale="es")
    catalogue._plural_expr = "(n/0)"
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


@pytest.mark.parametrize("content", [b"", b"not a catalogue", b"\xde\x12\x04\x95" + b"\xff" * 40, wrong_plural()])
@pytest.mark.parametrize("domain", ["django", "names"])
def test_a_damaged_compiled_catalogue_leaves_the_language_out(
    tmp_path: Path, spanish: Path, domain: str, content: bytes
) -> None:
    (spanish / "LC_MESSAGES" / f"{domain}.mo").write_bytes(content)
    (problem,) = install_languages(tmp_path)
    assert isinstance(problem, Misconfigured)
    assert problem.where == f"languages/es/LC_MESSAGES/{domain}.mo"
    assert "bongsu language compile es" in str(problem)
    assert "es" not in LANGUAGES


def test_a_damaged_compiled_catalogue_is_written_anew(tmp_path: Path, spanish: Path) -> None:
    for file in spanish.rglob("*.mo"):
        file.write_bytes(b"")
    compile_language(tmp_path, "es")
    assert install_languages(tmp_path) == []
    assert "es" in LANGUAGES


def test_a_byte_order_mark_is_accepted(tmp_path: Path, spanish: Path) -> None:
    for file in (spanish / "language.toml", spanish / "LC_MESSAGES" / "django.po"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_language(spanish).name == "Español"
    compile_language(tmp_path, "es")


def test_an_unknown_locale_is_refused(tmp_path: Path, spanish: Path) -> None:
    file = spanish / "language.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("es-ES", "Spanish"), encoding="utf-8")
    with pytest.raises(Misconfigured, match="not a locale"):
        read_language(spanish)


def test_a_lost_placeholder_is_refused_and_nothing_is_written(tmp_path: Path, spanish: Path) -> None:
    translate(spanish, "django", "release {number}", "publicación")
    before = read_compiled(spanish)
    assert check_language(tmp_path, "es")[0].wrong == ("release {number}",)
    with pytest.raises(BadInput, match="placeholders"):
        compile_language(tmp_path, "es")
    assert read_compiled(spanish) == before


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


def test_files_of_an_own_dataflow_that_cannot_be_read_are_refused_or_have_no_names(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "FIRMS"
    (folder / "CL_FOLDER.csv").mkdir(parents=True)
    (folder / "data.csv").write_text("a" * 200_000, encoding="utf-8")
    (folder / "flow.toml").write_text("a = " + "[" * 3000, encoding="utf-8")
    (folder / "module.py").write_text("Text(", encoding="utf-8")
    assert list(list_names(tmp_path / "flows")) == []
    (folder / "CL_SIZE.csv").write_text(f"en,ko,fr\na,a,{'a' * 200_000}\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        list(list_names(tmp_path / "flows"))
    assert caught.value.where == "flows/FIRMS/CL_SIZE.csv"
