"""The page and the command about the site: who may change it, what is refused, and what the audit says."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from bongsu.cli import main
from bongsu.core.errors import BadInput
from bongsu.people.models import AuditLine, Person
from bongsu.people.site_changes import change_logo, change_site
from bongsu.store.disk.node_file import read_table, write_table
from tests.people.conftest import COMMAND, Visitor, failing_commits

pytestmark = pytest.mark.django_db
PAGE = "/en/desk/site/"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "node"


def png(colour: str = "#7a1020") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (30, 10), colour).save(written, "PNG")
    return written.getvalue()


def send(visitor: Visitor, **fields: str) -> Any:
    """Fills in the form as it is shown, with some fields changed, and sends it."""
    form = visitor.get(PAGE).context["form"]
    values = {form[name].html_name: form[name].value() or "" for name in form.fields}
    values |= {f"site-{name}": value for name, value in fields.items() if name != "preview"}
    return visitor.post(PAGE, {"do": "site", **values, **({"preview": "yes"} if "preview" in fields else {})})


def send_logo(visitor: Visitor, data: bytes, name: str = "logo.png") -> Any:
    file = SimpleUploadedFile(name, data, content_type="image/png")
    return visitor.post(PAGE, {"do": "logo", "logo-file": file, "logo-why": "new"})


def test_who_may_change_the_site(person: Callable[..., Person], visitor: Visitor, root: Path) -> None:
    assert visitor.get(PAGE).status_code in (302, 401)
    assert Visitor().sign_in(person("auditor", "auditor")).get(PAGE).status_code == 403
    for role in ("operator", "editor"):
        assert Visitor().sign_in(person(role, role)).get(PAGE).status_code == 200
    assert read_table(root, "site") == {}


def test_the_site_is_changed_and_shown(operator: Person, visitor: Visitor, root: Path) -> None:
    visitor.sign_in(operator)
    answer = send(
        visitor,
        name_en="Observatory <Kenya>",
        name_ko="케냐 관측소",
        home="KEN",
        licence="CC-BY-4.0",
        header="#7a1020",
        accent="#7a1020",
        about_en="We count.\r\n\r\nhttps://stat.example <b>x</b>",
        link0_en="Statistics",
        link0_address="https://stat.example/",
        why="first",
    )
    assert answer.status_code == 302, answer.context["form"].errors
    assert read_table(root, "site") == {
        "name": {"en": "Observatory <Kenya>", "ko": "케냐 관측소"},
        "about": {"en": "We count.\n\nhttps://stat.example <b>x</b>"},
        "home": "KEN",
        "licence": "CC-BY-4.0",
        "colours": {"header": "#7a1020", "accent": "#7a1020"},
        "links": [{"title": {"en": "Statistics"}, "address": "https://stat.example/"}],
    }
    for language, name in (
        ("en", "Observatory &lt;Kenya&gt;"),
        ("ko", "케냐 관측소"),
        ("fr", "Observatory &lt;Kenya&gt;"),
    ):
        text = visitor.get(f"/{language}/").content.decode()
        assert f"<title>{name}" in text
        assert 'href="https://stat.example/"' in text
        assert "CC-BY-4.0" in text
        assert f"/{language}/about/" in text
        assert f"/{language}/contact/" not in text
    about = visitor.get("/fr/about/").content.decode()
    assert '<div lang="en"><p>We count.</p>' in about
    assert "&lt;b&gt;x&lt;/b&gt;" in about
    assert visitor.get("/en/contact/").status_code == 404
    style = visitor.get("/site/style.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert "--night:#7a1020;--on-night:#f2f5f8;--link:#7a1020" in style.content.decode()
    line = AuditLine.objects.get(action="site.change")
    assert line.why == "first"
    assert line.after["home"] == "KEN"
    assert "We count" not in str(line.after)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("accent", "#777777", "4.12 to 1"),
        ("header", "red", "not a valid colour"),
        ("licence", "CC BY 4", "CC-BY-4.0"),
        ("link0_address", "javascript:alert(1)", "https://stat.example/page"),
        ("home", "XXX", "XXX"),
        ("name_en", "x" * 121, "120"),
    ],
)
def test_a_wrong_field_says_what_to_do(
    operator: Person, visitor: Visitor, root: Path, field: str, value: str, said: str
) -> None:
    visitor.sign_in(operator)
    answer = send(visitor, **{field: value, "link0_en": "x"} if field.startswith("link") else {field: value})
    assert answer.status_code == 200
    assert any(said in error for error in answer.context["form"].errors[field]), answer.context["form"].errors
    assert read_table(root, "site") == {}


def test_a_preview_saves_nothing(operator: Person, visitor: Visitor, root: Path) -> None:
    visitor.sign_in(operator)
    text = send(visitor, accent="#777777", preview="yes").content.decode()
    assert "4.12" in text
    assert "4.5 to 1 is needed" in text
    assert read_table(root, "site") == {}
    picture = visitor.get("/en/desk/site/preview.svg", {"accent": "#777777", "header": "</svg><script>"})
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert b"script" not in picture.content
    assert b"#777777" in picture.content


def test_two_people_do_not_overwrite_each_other(operator: Person, visitor: Visitor, root: Path) -> None:
    visitor.sign_in(operator)
    seen = visitor.get(PAGE).context["form"]["seen"].value()
    write_table(root, "site", {"home": "FRA"})
    answer = send(visitor, home="KEN", seen=seen)
    assert "Somebody else" in str(answer.context["form"].non_field_errors())
    assert read_table(root, "site") == {"home": "FRA"}


def test_a_logo_is_sent_served_and_removed(operator: Person, visitor: Visitor, root: Path) -> None:
    visitor.sign_in(operator)
    assert visitor.get("/site/logo.png").status_code == 404
    assert send_logo(visitor, png() + b"<script>alert(1)</script>", "../../x.html").status_code == 302
    assert read_table(root, "site") == {"logo": "site/logo.png"}
    page = visitor.get(PAGE).content.decode()
    assert page.index('name="logo-file"') < page.index('name="logo-why"')  # the reason stands after what it is about
    served = visitor.get("/site/logo.png")
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in served.headers["Content-Security-Policy"]
    assert b"script" not in served.content
    assert "/site/logo.png?v=" in visitor.get("/en/").content.decode()
    assert visitor.post(PAGE, {"do": "logo", "logo-why": ""}).status_code == 302
    assert read_table(root, "site") == {}
    assert AuditLine.objects.filter(action="site.change").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_leaves_the_files_as_they_were(site: None, root: Path) -> None:
    with failing_commits():
        change_logo(COMMAND, root, png(), "logo.png")
    assert not (root / "site/logo.png").exists()
    change_logo(COMMAND, root, png("#0b5394"), "logo.png")
    before = {path: path.read_bytes() for path in (root / "node.toml", root / "site/logo.png")}
    with failing_commits():
        change_logo(COMMAND, root, png(), "logo.png")
    with failing_commits():
        change_site(COMMAND, root, {"home": "KEN"})
    assert {path: path.read_bytes() for path in before} == before
    assert AuditLine.objects.count() == 1


def test_a_file_that_cannot_be_written_leaves_no_audit_line(site: None, root: Path) -> None:
    before = (root / "node.toml").read_bytes()
    (root / "site").write_text("not a folder")
    with pytest.raises(OSError, match="site"):
        change_logo(COMMAND, root, png(), "logo.png")
    assert (root / "node.toml").read_bytes() == before
    assert not AuditLine.objects.exists()


def test_a_logo_is_kept_while_node_toml_is_wrong(site: None, root: Path) -> None:
    change_logo(COMMAND, root, png("#0b5394"), "logo.png")
    before = (root / "site/logo.png").read_bytes()
    (root / "node.toml").write_text(f"{(root / 'node.toml').read_text()}\n[sight]\n")
    with pytest.raises(BadInput, match="sight"):
        change_logo(COMMAND, root, png(), "logo.png")
    assert (root / "site/logo.png").read_bytes() == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!doctype html><script>alert(1)</script>", "content of the file is not"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 1"><script/></svg>', "script"),
        (b"\x89PNG\r\n\x1a\n".ljust(21_000_000), "at most 2 MB"),
        (b"", "empty"),
    ],
)
def test_a_hostile_logo_is_refused(operator: Person, visitor: Visitor, root: Path, data: bytes, said: str) -> None:
    visitor.sign_in(operator)
    answer = send_logo(visitor, data)
    assert answer.status_code == 200
    assert said in str(answer.context["logo_form"].errors)
    assert read_table(root, "site") == {}
    assert not (root / "site").exists()


def test_the_command_does_the_same(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], db: None) -> None:
    def run(*words: str) -> int:
        return main([*words, "--node", str(root)])

    (tmp_path / "about.txt").write_text("We count.\n")
    (tmp_path / "logo.png").write_bytes(png())
    link = '[{"title": {"en": "Statistics"}, "address": "https://stat.example"}]'
    assert (
        run("site", "set", "home=KEN", "name.en=Observatory", f"about.en=@{tmp_path}/about.txt", f"links={link}") == 0
    )
    assert run("site", "logo", str(tmp_path / "logo.png"), "--why", "new") == 0
    assert read_table(root, "site")["about"] == {"en": "We count."}
    assert read_table(root, "site")["logo"] == "site/logo.png"
    assert run("site", "set", "name.ko=관측소", "home=") == 0
    assert read_table(root, "site")["name"] == {"en": "Observatory", "ko": "관측소"}
    assert "home" not in read_table(root, "site")
    before = read_table(root, "site")
    for words in (
        ("site", "set", "home=Kenya"),
        ("site", "set", "home"),
        ("site", "set", "links=x"),
        ("site", "set", "about.en=@none.txt"),
        ("site", "set", "nam.en=x"),
        ("site", "set", "logo=none.png"),
        ("site", "set", "logo=../about.txt"),
        ("site", "logo"),
        ("site", "logo", str(tmp_path / "about.txt")),
        ("site", "logo", str(tmp_path / "none.png")),
    ):
        assert run(*words) != 0, words
    assert "KEN (Kenya)" in capsys.readouterr().err
    assert read_table(root, "site") == before
    assert run("site", "logo", "--remove") == 0
    assert run("site", "show", "--json") == 0
    assert "logo" not in read_table(root, "site")
    assert AuditLine.objects.filter(action="site.change").count() == 4
