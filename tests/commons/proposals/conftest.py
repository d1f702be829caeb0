"""The cast of tests/people, a node with a catalogue, and the form of an entry as a person fills it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bongsu.commons.proposals.letters import Letters
from bongsu.people.models import Person
from bongsu.store.node import Node
from tests.people.conftest import Visitor, operator, person, visitor
from tests.web.signed_in_browser import chromium

__all__ = ["chromium", "operator", "person", "visitor"]

LETTERS = Letters("Test node", lambda route, *args: f"https://node.example/{route}/{'/'.join(map(str, args))}")
# What a person writes about a new dataset.
NEW = {"kind": "dataset", "name": "Maritime Weather Logs", "address": "https://weather.example/logs"}
FORM: dict[str, Any] = {
    "name-en": "Maritime Weather Logs",
    "description-en": "Logs of ships.",
    "link-rel": ["homepage"],
    "link-href": ["https://weather.example/logs"],
    "evidence-key": ["e1"],
    "evidence-address": ["https://weather.example/licence"],
    "evidence-shows": ["its licence"],
    "evidence-accessed": ["2026-11-01"],
    "claim-licence": "MIT",
    "claim-country": "South Korea, France",
    "claim-year": "2024",
}


@pytest.fixture
def node(starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Node:
    """A node with a catalogue, which is served."""
    from django.core.cache import cache

    root = tmp_path / "node"
    shutil.copytree(starter, root)
    node = Node(root)
    for module in ("middleware", "context", "views", "account.views", "account.adapters"):
        monkeypatch.setattr(f"bongsu.web.{module}.open_node", lambda: node)
    settings.BONGSU_NODE = node.root
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    return node


@pytest.fixture
def steward(person: Callable[..., Person]) -> Person:
    return person("steward", "steward")


def begin(visitor: Visitor, **changed: str) -> int:
    """Starts a proposal of a new entry on the page; returns its number."""
    answer = visitor.post("/en/commons/proposals/new/", NEW | changed)
    assert answer.status_code == 302, answer.context["errors"] or answer.context["alike"]
    return int(answer.headers["Location"].split("/")[-3])


def fill(visitor: Visitor, number: int, do: str = "preview", **changed: Any) -> Any:
    """Sends the form of a draft."""
    return visitor.post(f"/en/commons/proposals/{number}/edit/", FORM | {"do": do} | changed)


def send(visitor: Visitor, number: int, do: str, version: int, **more: str) -> Any:
    """Presses a button on the page of a proposal."""
    return visitor.post(f"/en/commons/proposals/{number}/", {"do": do, "version": str(version)} | more)
