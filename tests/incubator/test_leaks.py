"""Nothing leaves the room: a secret in every text of every record, and none in what the node serves to who may not read it.

The fields are found in the models. What leaks.csv calls structure has no words of people; every other text is planted, and one
that it does not name is for nobody of WHO. “applicant” is whose application it is, “self” who stated it.
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import html
import io
import json
import logging
import re
import zipfile
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pikepdf
import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver
from django.utils import timezone

from bongsu.incubator.applications.files import rewrite_file
from bongsu.incubator.applications.screening import ask_applicant
from bongsu.incubator.models import Appeal, Application, Call, Edition, Letter, Reason, Signature, StoredFile
from bongsu.incubator.panel.reviewing import add_comment
from bongsu.incubator.running.deciding import cast_vote
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import AuditLine, Mail, Person
from bongsu.web.access import PUBLIC, routes
from bongsu.web.duties.record_problems import find_record_problems
from bongsu.web.node_state.problems import find_problems
from tests.incubator.cast import make_pdf, make_person
from tests.incubator.test_panel import LATER, SCORES, Cast, on_site

__all__ = ["on_site"]
pytestmark = pytest.mark.django_db
WORD = "zxqvorda"  # beside every secret: what a search is asked for
WHO = ("nobody", "stranger", "other-applicant", "chair-in-conflict", "reviewer-in-conflict", "operator", "auditor")
with (Path(__file__).parent / "leaks.csv").open(encoding="utf-8") as file:
    ALLOWED = {row["field"]: row for row in csv.DictReader(file)}
DAY = timedelta(days=1)
_ROOMS = re.compile(r"^(desk|call|application|review|my-|team|reviewer|account|export)")


def list_texts() -> Iterator[tuple[type[models.Model], Any]]:
    """Every field of the room that can have a text."""
    for model in apps.get_app_config("incubator").get_models():
        for field in model._meta.fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField):
                yield model, field


def is_structure(name: str) -> bool:
    return name in ALLOWED and ALLOWED[name]["whom"] == "structure"


def make_secret(name: str, row: object = "") -> str:
    return "SEC" + hashlib.sha256(f"{name} {row}".encode()).hexdigest()[:14]


class Planted:
    """The secrets, each with the field in which it was planted."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.rows: dict[str, Any] = {}

    def plant(self) -> None:
        """Writes a secret into every field of every row."""
        with unlock():
            for model, field in list_texts():
                name = f"{model.__name__}.{field.name}"
                for row in model._default_manager.all() if not is_structure(name) else ():
                    secret = make_secret(name, row.pk)
                    setattr(row, field.attname, self._hide(field, getattr(row, field.attname), secret))
                    row.save(update_fields=[field.name])
                    self.fields[secret], self.rows[secret] = name, row

    def list_own(self, person: Person | None) -> set[str]:
        """Returns the secrets that a person may read: those of her own application, and what she stated."""
        whom = {secret: ALLOWED[name]["whom"] for secret, name in self.fields.items() if name in ALLOWED}
        return {
            secret
            for secret, word in whom.items()
            if person is not None
            and (self.rows[secret].application.owner if word == "applicant" else self.rows[secret].person) == person
        }

    def _hide(self, field: Any, before: Any, secret: str) -> Any:
        if isinstance(field, models.EmailField):
            return f"{secret}@{WORD}.example".lower()
        if isinstance(field, models.JSONField):
            return _hide_in(before, f"{secret} {WORD}") or (
                [secret] if field.name in ("dropped", "authors") else {"en": secret}
            )
        text = f"{secret} {WORD}"
        return text[: field.max_length] if field.max_length else text

    def find(self, data: bytes, own: Collection[str] = ()) -> set[str]:
        """Returns the fields whose secrets stand in what was served, packed or encoded too, but for somebody's own."""
        text = "\n".join(_unpack(data)).casefold()
        found = set()
        for secret, name in self.fields.items():
            ways = [secret, *(_encode(secret, shift) for shift in range(3))] if secret not in own else []
            if any(way.casefold() in text for way in ways):
                found.add(name)
        return found


def _hide_in(value: Any, secret: str) -> Any:
    if isinstance(value, str):
        return secret
    if isinstance(value, list):
        return [_hide_in(one, secret) for one in value]
    if isinstance(value, dict):
        return {key: one if key in ("sha256", "type", "line") else _hide_in(one, secret) for key, one in value.items()}
    return value


def _encode(secret: str, shift: int) -> str:
    """The part of a base64 text that does not depend on what stands before or after."""
    encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
    return encoded[4 if shift else 0 : -4]


def _unpack(data: bytes) -> Iterator[str]:
    yield html.unescape(unquote(data.decode("utf-8", "replace")))
    if data[:2] == b"\x1f\x8b":
        yield from _unpack(gzip.decompress(data))
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield name
                yield from _unpack(packed.read(name))
    if data[:5] == b"%PDF-":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            yield str(pdf.docinfo)
            yield from (page.Contents.read_bytes().decode("latin-1") for page in pdf.pages if "/Contents" in page)


def list_addresses(arguments: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every route with an address: that of the planted records where it has an argument of theirs."""

    def walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str]]:
        for pattern in resolver.url_patterns:
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, path)
            elif isinstance(pattern, URLPattern) and "^" not in path and "(" not in path:
                filled = re.sub(r"<(?:[a-z_]+:)?([a-z0-9_]+)>", lambda found: arguments.get(found[1], "1"), path)
                yield pattern.name or "", "/" + filled

    yield from walk(get_resolver(), "")


@pytest.fixture
def cast(on_site: Site) -> Cast:
    """A round with everything that people write, decided and not yet released."""
    cast = Cast(on_site)
    cast.rank(SCORES)
    add_comment(cast.by("chair"), cast.application(2), "x", LATER)
    for number, decision in enumerate(("accept", "wait", "reject")):
        cast.vote(number, decision)
    with unlock():
        Call.objects.update(opened=timezone.now() - DAY)
        Edition.objects.update(made=timezone.now() - DAY)
        for application in Application.objects.all():
            row = {"application": application}
            Appeal.objects.create(text="x", made=LATER, **row)
            Letter.objects.create(kind="release", subjects={"en": "x"}, texts={"en": "x"}, written=LATER, **row)
            Reason.objects.create(text="x", given=LATER, **row)
            Signature.objects.create(person=cast.officer, why="x", signed=LATER, **row)
    return cast


@pytest.fixture
def planted(cast: Cast) -> Planted:
    made = Planted()
    made.plant()
    return made


def is_resolved(address: str) -> bool:
    try:
        get_resolver().resolve(address.partition("?")[0])
    except Resolver404:
        return False
    return True


def find_person(who: str, cast: Cast) -> Person | None:
    """Returns somebody, with a conflict with every application if the name says so."""
    if who == "nobody":
        return None
    known = {"other-applicant": cast.applicants[1], "chair-in-conflict": cast.chair}
    known |= {"reviewer-in-conflict": cast.reviewers[0]}
    if who not in known:
        return make_person(who, *([who] if who != "stranger" else []))
    for application in Application.objects.all() if who.endswith("-in-conflict") else ():
        with unlock():
            application.conflicts.create(
                person=known[who], kind="declared", code="reviewer", digest=who, severity="real", state="barred",
                found_by="person", changed=LATER,
            )  # fmt: skip
    return known[who]


def list_arguments(cast: Cast) -> dict[str, str]:
    stored = StoredFile.objects.filter(application=cast.application(0)).first()
    return {
        "name": cast.call.name,
        "key": "first",
        "number": cast.numbers[0],
        "sha256": stored.sha256 if stored else "",
        "version": "1",
        "id": str(cast.application(0).pk),
        "kind": "release",
    }


def read_everything(who: str, cast: Cast, planted: Planted) -> set[str]:
    """Returns what leaks, as address and field."""
    leaks, reached, person = set[str](), set[str](), find_person(who, cast)
    client = Client(headers={"accept": "text/html"})
    client.raise_request_exception = False
    own = planted.list_own(person)
    if person is not None:
        client.force_login(person)
    for route, address in list_addresses(list_arguments(cast)):
        if person is not None and not _ROOMS.match(route):
            continue  # the same for everybody
        asked = [address, f"{address}?q={WORD}"] if person is None and "search" in address else [address]
        for one in asked:
            answer: Any = client.get(one)
            data = b"".join(answer.streaming_content) if answer.streaming else answer.content
            head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
            found = planted.find(data, own) | planted.find(head, own)
            reached.add(route) if is_resolved(one) else None
            leaks |= {f"{who}: {route} {one} {field}" for field in found}
            is_private = is_resolved(one) and routes().get(route, PUBLIC) != PUBLIC and answer.status_code in (403, 404)
            assert not is_private or "no-store" in answer.headers.get("Cache-Control", ""), f"{one} may be kept"
    assert {"application", "review", "call-inspected", "call-ranking", "call-round"} <= reached
    return leaks


def test_nothing_is_served_to_who_may_not_read_it(cast: Cast, planted: Planted, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    leaks = {leak for who in WHO for leak in read_everything(who, cast, planted)}
    assert not leaks, "\n".join(sorted(leaks))
    assert not planted.find(caplog.text.encode())
    assert "max() arg" not in caplog.text


def test_nothing_stands_in_journal_audit_mail_and_checks(cast: Cast, planted: Planted, on_site: Site) -> None:
    journal = (on_site.node.root / "journal.jsonl").read_bytes()
    lines = list(AuditLine.objects.values_list("actor", "action", "object_id", "before", "after", "why"))
    mails = list(Mail.objects.values_list("subject", "text"))
    problems = [str(one) for one in find_problems(on_site.node, None, find_record_problems(on_site.node))]
    written = [journal, *(json.dumps(one).encode() for one in (lines, mails, problems))]
    assert [planted.find(data) for data in written] == [set()] * 4


def test_what_is_typed_is_in_no_mail_and_no_audit(cast: Cast) -> None:
    """Texts that pass through the functions of the room, not only those that stand in its tables."""
    typed = Planted()
    typed.fields = {make_secret("typed", name): name for name in ("comment", "vote", "reason", "question")}
    comment, vote, reason, question = typed.fields
    add_comment(cast.by("chair"), cast.application(0), comment, LATER)
    cast_vote(cast.by("chair"), cast.application(0), "accept", vote, LATER)
    ask_applicant(cast.by("officer"), cast.application(0), cast.application(0).checks.first().rule, question, LATER)
    perform(Actor.of_person(cast.applicants[0]), cast.application(0), "withdraw", LATER, cast.site, reason)
    lines = list(AuditLine.objects.values_list("actor", "action", "object_id", "before", "after", "why"))
    mails = list(Mail.objects.values_list("subject", "text"))
    assert not typed.find(json.dumps([lines, mails]).encode())
    assert cast.application(0).reasons.latest("pk").text == reason


def test_files_lose_what_names_their_authors() -> None:
    secret = make_secret("file")
    typed = Planted()
    typed.fields = {secret: "metadata"}
    data = make_pdf(secret, Author=secret, Keywords=secret)
    assert typed.find(data)
    assert not typed.find(rewrite_file(data, ("pdf",))[1])


def test_the_table_names_fields_that_exist_and_why() -> None:
    fields = {f"{model.__name__}.{field.name}" for model, field in list_texts()}
    assert set(ALLOWED) <= fields
    assert all(row["whom"] in ("structure", "applicant", "self") and row["why"] for row in ALLOWED.values())


@pytest.mark.parametrize("way", ["plain", "html", "url", "base64", "zip", "gzip", "pdf"])
def test_a_secret_is_found_in_every_form(way: str) -> None:
    secret = make_secret("Version.answers", 1)
    typed = Planted()
    typed.fields = {secret: "Version.answers"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", secret)
    forms = {
        "plain": secret.encode(),
        "html": "".join(f"&#{ord(letter)};" for letter in secret).encode(),
        "url": "".join(f"%{ord(letter):02x}" for letter in secret).encode(),
        "base64": base64.b64encode(b"xy" + secret.encode() + b"z"),
        "zip": packed.getvalue(),
        "gzip": gzip.compress(secret.encode()),
        "pdf": make_pdf(secret),
    }
    assert typed.find(forms[way]) == {"Version.answers"}
    assert not typed.find(forms[way].replace(b"S", b"T") if way == "plain" else b"nothing")
