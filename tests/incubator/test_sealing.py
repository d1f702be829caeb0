"""Encryption of confidential records: round trips, what is altered or moved, keys that change, and what the disk has."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bongsu.core.errors import Damaged, Misconfigured
from bongsu.incubator.applications.files import path_of_file, read_file
from bongsu.incubator.models import Check, Comment, Draft, ReviewVersion, StoredFile, Version, Vote
from bongsu.incubator.panel.reviewing import add_comment
from bongsu.incubator.sealing.keys import MARK, Key, is_sealed, open_sealed, parse_keys, seal
from bongsu.incubator.sealing.rows import list_sealed_fields, read_state, seal_rows
from bongsu.incubator.site import Site
from bongsu.people.guarded import unlock
from tests.incubator.cast import make_call, make_person, submit_application, write_application
from tests.incubator.test_panel import LATER, SCORES, Cast, on_site
from tests.people.conftest import COMMAND

__all__ = ["on_site"]
pytestmark = pytest.mark.django_db
ONE, TWO = parse_keys("ab" * 32)[0], parse_keys("cd" * 32)[0]
WORDS = ("Crop diseases", "Kim Sora", "sora@farm.example", "plan.pdf", "SECRET", "For you:")


def read_column(model: Any, name: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CAST({name} AS TEXT) FROM {model._meta.db_table} ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def write_column(model: Any, name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {name} = %s", [value])


def dump_room() -> str:
    """Everything that the database has of the room and of the audit."""
    tables = [one for one in connection.introspection.table_names() if one.startswith(("incubator", "people_audit"))]
    with connection.cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            found += cursor.fetchall()
    return str(found)


def test_what_is_sealed_is_opened_at_its_place_only() -> None:
    text = seal((ONE,), "비밀".encode(), b"here")
    assert text.startswith(f"{MARK}{ONE.id}:")
    assert open_sealed((TWO, ONE), text, b"here", "").decode() == "비밀"
    assert seal((ONE,), b"x", b"here") != seal((ONE,), b"x", b"here")
    with pytest.raises(Damaged):
        open_sealed((ONE,), text, b"there", "")
    with pytest.raises(Damaged):
        open_sealed((ONE,), f"{text[:-6]}AAAAAA", b"here", "")
    with pytest.raises(Damaged):
        open_sealed((Key(ONE.id, TWO.secret),), text, b"here", "")
    with pytest.raises(Misconfigured, match=ONE.id) as refused:
        open_sealed((TWO,), text, b"here", "")
    assert "ab" * 4 not in str(refused.value)


def test_aes_gcm_as_published() -> None:
    """Test case 16 of McGrew and Viega, “The Galois/Counter Mode of Operation”: the cipher is the standard's."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
        "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
    )
    text = f"{MARK}k:{base64.b64encode(nonce + sealed).decode()}"
    belongs = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = open_sealed((Key("k", key),), text, belongs, "")
    assert plain.hex().startswith("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72")


def test_keys_are_hexadecimal_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{'ab' * 32}\n{'cd' * 32}\n")
    assert parse_keys(str(file)) == parse_keys(f"{'ab' * 32},{'cd' * 32}") == (ONE, TWO)
    assert parse_keys("") == ()
    for wrong in ("ab", "zz" * 32, "ab" * 32 + " " + "ab" * 32):
        with pytest.raises(ValueError, match=r"hexadecimal|twice") as refused:
            parse_keys(wrong)
        assert "abab" not in str(refused.value)


def test_nothing_stands_in_the_database_or_on_the_disk(on_site: Site, settings: Any) -> None:
    settings.BONGSU_RECORDS_KEY = (ONE,)
    cast = Cast(on_site)
    cast.rank(SCORES)
    add_comment(cast.by("chair"), cast.application(2), "SECRET comment", LATER)
    for number, decision in enumerate(("accept", "accept", "reject")):
        cast.vote(number, decision)
    dump = dump_room()
    assert [word for word in WORDS if word in dump] == []
    files = [path.read_bytes() for path in (on_site.node.root / "applications").glob("*/*")]
    assert files
    assert not any(b"%PDF" in data for data in files)
    assert Comment.objects.get().text == "SECRET comment"
    assert ReviewVersion.objects.first().to_panel.startswith("SECRET ")
    stored = StoredFile.objects.select_related("application").first()
    assert read_file(on_site.node, stored.application, stored.sha256)[1].startswith(b"%PDF")
    assert read_state(on_site.node) == (True, 0, 0, 0)


def test_every_model_says_what_names_its_rows() -> None:
    fields = {f"{model.__name__}.{one.name}" for model, found in list_sealed_fields().items() for one in found}
    assert {"Version.answers", "Draft.answers", "ReviewVersion.to_panel", "Comment.text", "Appeal.text"} <= fields
    assert {"Letter.texts", "Conflict.values", "Check.answer", "StoredFile.name", "Reason.text"} <= fields
    for model in list_sealed_fields():
        names = {field.attname for field in model._meta.fields}
        assert set(model.SEALED_BY) <= names  # type: ignore[attr-defined]


def test_contents_cannot_be_swapped_between_rows(on_site: Site, settings: Any) -> None:
    settings.BONGSU_RECORDS_KEY = (ONE,)
    make_call()
    first, second = (submit_application(make_person(name), on_site) for name in ("one", "two"))
    taken = next(text for text in read_column(Version, "answers"))
    write_column(Version, "answers", taken)
    opened = []
    for pk in (first.pk, second.pk):
        try:
            opened.append(Version.objects.get(pk=pk).answers["title"])
        except Damaged:
            opened.append("refused")
    assert sorted(opened) == ["Crop diseases from photographs", "refused"]
    write_column(Draft, "files", taken)
    with pytest.raises(Damaged):
        _ = Draft.objects.first().files


def test_without_its_key_nothing_is_shown_and_lists_work(on_site: Site, settings: Any) -> None:
    settings.BONGSU_RECORDS_KEY = (ONE,)
    make_call()
    version = submit_application(make_person("one"), on_site)
    for keys in ((), (TWO,)):
        settings.BONGSU_RECORDS_KEY = keys
        read = Version.objects.get(pk=version.pk)
        assert read.digest == version.digest
        with pytest.raises(Misconfigured, match=ONE.id):
            _ = read.answers
        assert read_state(on_site.node).without_key > 0
    with pytest.raises(Misconfigured, match=ONE.id):
        seal_rows(COMMAND, on_site.node)


def test_a_key_that_is_set_later_and_one_that_follows(on_site: Site, settings: Any) -> None:
    make_call()
    version = submit_application(make_person("one"), on_site)
    (file,) = version.files["plan"]
    path = path_of_file(on_site.node, version.application, file["sha256"])
    assert path.read_bytes().startswith(b"%PDF")
    assert not is_sealed(read_column(StoredFile, "name")[0])
    off = read_state(on_site.node)
    assert (off.is_on, off.files, off.without_key) == (False, 1, 0)
    settings.BONGSU_RECORDS_KEY = (ONE,)
    assert Version.objects.get(pk=version.pk).answers["hours"] == 400  # what is old stays readable
    shown: list[tuple[int, int]] = []
    count = seal_rows(COMMAND, on_site.node, lambda done, all_: shown.append((done, all_)))
    assert count == off.rows + 1 == shown[-1][0] == shown[-1][1]
    assert "Crop diseases" not in dump_room()
    assert b"%PDF" not in path.read_bytes()
    settings.BONGSU_RECORDS_KEY = (TWO, ONE)
    assert seal_rows(COMMAND, on_site.node) == count
    assert seal_rows(COMMAND, on_site.node) == 0
    settings.BONGSU_RECORDS_KEY = (TWO,)
    read = Version.objects.get(pk=version.pk)
    assert (read.answers, read.files) == (version.answers, version.files)
    assert read_file(on_site.node, version.application, file["sha256"])[1].startswith(b"%PDF")


def test_a_text_that_looks_encrypted_is_a_text(on_site: Site, settings: Any) -> None:
    make_call()
    application = write_application(make_person("one"), on_site)
    for keys in ((), (ONE,)):
        settings.BONGSU_RECORDS_KEY = keys
        for text in (f"{MARK}{ONE.id}:AAAA", f"{MARK}plain:x"):
            with unlock():
                check, _ = Check.objects.update_or_create(
                    application=application,
                    rule="r",
                    defaults={"kind": "note", "truth": "no", "why": text, "changed": LATER},
                )
            assert Check.objects.get(pk=check.pk).why == text


def test_the_database_is_not_asked_for_a_content(on_site: Site) -> None:
    with pytest.raises(RuntimeError):
        Comment.objects.filter(text__contains="x").exists()
    with pytest.raises(RuntimeError):
        Comment.objects.filter(text="x").exists()
    assert not Vote.objects.filter(why="").exists()
    with unlock(), pytest.raises(RuntimeError):
        Vote.objects.update(why="x")
