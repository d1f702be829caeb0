"""A call that is open, people who apply, and the site on which they do: for tests of records."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
from django.utils import timezone

from bongsu.incubator.applications.drafting import begin_application, save_draft
from bongsu.incubator.applications.files import attach_file
from bongsu.incubator.calls.folder import write_example
from bongsu.incubator.models import Application, Call, Version
from bongsu.incubator.opening import add_call, open_call
from bongsu.incubator.running.submitting import submit
from bongsu.incubator.site import Site
from bongsu.people.access import NOBODY, Actor
from bongsu.people.granting import grant_role
from bongsu.people.models import Person
from bongsu.people.persons import ensure_person
from bongsu.store.node import Node
from tests.people.conftest import COMMAND

NAME = "example-2027"
BEFORE = datetime(2027, 2, 1, tzinfo=UTC)
OPEN = datetime(2027, 3, 10, 3, 0, tzinfo=UTC)
ENDS = datetime(2027, 3, 31, 9, 1, tzinfo=UTC)  # 18:00 in Seoul, that minute whole
ANSWERS: Mapping[str, Any] = {
    "title": "Crop diseases from photographs",
    "summary": "A model that names a disease, and its training data.",
    "line": "academia",
    "hours": 400,
    "members": [{"name": "Kim Sora", "email": "sora@farm.example", "organisation": "Farm Institute"}],
    "open": True,
}


def make_person(name: str, *roles: str) -> Person:
    """A person who works at an institute of her own, with roles such as "call-chair call example-2027"."""
    made = ensure_person(NOBODY, f"{name}@{name}.example", name)
    for role in roles:
        word, kind, id_ = (*role.split(), "node", "")[:3]
        grant_role(COMMAND, made, word, (kind, id_))
    return made


def make_site(node: Node) -> Site:
    """The site of a node, whose pages are at https://node.example."""
    return Site(node, lambda route, *arguments: "/".join(["https://node.example", route, *map(str, arguments)]))


def make_pdf(text: str = "Plan", pages: int = 1, **info: str) -> bytes:
    """A PDF of empty pages, with what it says of itself."""
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        made.docinfo["/Title"] = text
        for name, value in info.items():
            made.docinfo[f"/{name}"] = value
        written = io.BytesIO()
        made.save(written)
    return written.getvalue()


def make_written_pdf(text: str) -> bytes:
    """A PDF of one page with a text in Helvetica, each letter shown by itself as a typesetter kerns it."""
    letters = " ".join(f"({letter}) -1" for letter in text)
    with pikepdf.new() as made:
        page = made.add_blank_page()
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=made.make_indirect(font)))
        page.contents_add(f"BT /F1 12 Tf 72 700 Td [{letters}] TJ ET".encode())
        written = io.BytesIO()
        made.save(written)
    return written.getvalue()


def make_files(workflow: str = "one-stage", **replaced: tuple[str, str]) -> dict[str, str]:
    """The example with one text replaced in a file: call=("amount = 20000", "amount = 0")."""
    made = write_example(workflow)
    for name, (before, after) in replaced.items():
        assert before in made[f"{name}.toml"]
        made[f"{name}.toml"] = made[f"{name}.toml"].replace(before, after, 1)
    return made


def make_call(workflow: str = "one-stage", **replaced: tuple[str, str]) -> Call:
    """An opened call."""
    add_call(COMMAND, make_files(workflow, **replaced), BEFORE)
    return open_call(COMMAND, NAME, BEFORE)


def write_application(
    person: Person, site: Site, now: datetime = OPEN, answers: Mapping[str, Any] = ANSWERS
) -> Application:
    """A draft that is complete."""
    actor = Actor.of_person(person)
    application = begin_application(actor, NAME, now)
    save_draft(actor, application, answers, 0, now)
    attach_file(actor, application, "plan", "plan.pdf", make_pdf(Author="Kim Sora"), now, site.node)
    return application


def submit_application(
    person: Person, site: Site, now: datetime = OPEN, answers: Mapping[str, Any] = ANSWERS
) -> Version:
    """An application that was submitted."""
    return submit(Actor.of_person(person), write_application(person, site, now, answers), now, site)


def open_call_now(workflow: str = "one-stage", **replaced: tuple[str, str]) -> Call:
    """An opened call whose first round is open today, for pages, which know no other time."""
    today = timezone.now().date()
    files = make_files(workflow, **replaced)
    for before, after in (
        ("2027-03-01 09:00", f"{today - timedelta(days=30)} 09:00"),
        ("2027-03-31 18:00", f"{today + timedelta(days=30)} 18:00"),
        ("2027-05-31 12:00", f"{today + timedelta(days=90)} 12:00"),
    ):
        files["call.toml"] = files["call.toml"].replace(before, after)
    now = timezone.now() - timedelta(days=40)
    add_call(COMMAND, files, now)
    return open_call(COMMAND, NAME, now)
