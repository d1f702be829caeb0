"""Counts the records and files that the first key has not sealed, and seals them: after a key was set, or put first.

The work can be cut short and goes on: each part of the rows of a table is one action, each file is replaced at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from bongsu.core.errors import N_, Misconfigured
from bongsu.incubator.sealing.content import key_of_file, open_file, seal_file
from bongsu.incubator.sealing.fields import SealedJSONField, SealedTextField, keys
from bongsu.incubator.sealing.keys import MARK, PLAIN
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.disk.files import write_file
from bongsu.store.node import Node

ACTION = "records.encrypt"
_PART = 200  # rows in one action
_EMPTY = ("", '""', "{}", "[]", "null")
_HEAD = 64  # bytes of a file that say how it is sealed


class SealedState(NamedTuple):
    """Whether there is a key; the rows and files that it did not seal; among them those whose key is not set."""

    is_on: bool
    rows: int
    files: int
    without_key: int


def list_sealed_fields() -> dict[type[models.Model], list[Any]]:
    """Returns the sealed fields of the room, by model."""
    found = {
        model: [field for field in model._meta.fields if isinstance(field, SealedTextField | SealedJSONField)]
        for model in apps.get_app_config("incubator").get_models()
    }
    return {model: fields for model, fields in found.items() if fields}


def read_state(node: Node | None = None) -> SealedState:
    """Returns what is sealed; files are counted if the node is given."""
    known = [key.id for key in keys()]
    rows = sum(_count(model, fields, known[:1]) for model, fields in list_sealed_fields().items())
    lost = sum(_count(model, fields, known, sealed=True) for model, fields in list_sealed_fields().items())
    others = [key_of_file(data) for data in _read_heads(node)] if node else []
    lost += sum(1 for key in others if key and key not in known)
    return SealedState(bool(known), rows, sum(1 for key in others if [key] != known[:1]), lost)


def _read_heads(node: Node) -> Iterator[bytes]:
    for path in _list_files(node):
        with path.open("rb") as file:
            yield file.read(_HEAD)


def _list_files(node: Node) -> list[Path]:
    return [path for path in sorted((node.root / "applications").glob("*/*")) if not path.name.startswith(".")]


def _count(model: type[models.Model], fields: list[Any], known: list[str], sealed: bool = False) -> int:
    """Counts the rows with a content that none of some keys has sealed; with `sealed`, those that another key has."""
    where, values = _write_condition(fields, known, sealed)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {model._meta.db_table} WHERE {where}", values)  # noqa: S608 - names of ours
        return int(cursor.fetchone()[0])


def _write_condition(fields: list[Any], known: list[str], sealed: bool) -> tuple[str, list[str]]:
    parts, values = [], list[str]()
    for field in fields:
        quote = '"' if isinstance(field, SealedJSONField) else ""
        text = f"CAST({connection.ops.quote_name(field.column)} AS TEXT)"
        conditions = [f"{text} NOT IN ({', '.join(['%s'] * len(_EMPTY))})"]
        values += _EMPTY
        for id_ in known:
            conditions.append(f"{text} NOT LIKE %s")
            values.append(f"{quote}{MARK}{id_}:%")
        if sealed:
            conditions += [f"{text} LIKE %s", f"{text} NOT LIKE %s"]
            values += [f"{quote}{MARK}%", f"{quote}{PLAIN}%"]
        parts.append("(" + " AND ".join(conditions) + ")")
    return " OR ".join(parts), values


def seal_rows(actor: Actor, node: Node, show: Callable[[int, int], None] = lambda done, all_: None) -> int:
    """Seals with the first key what it has not sealed yet. `show` is told how much is done of how much. Returns how much.

    Raises Misconfigured without a key, or before anything is written for a record whose key is not set; Damaged, Refused.
    """
    if not keys():
        raise Misconfigured(N_("There is no key."), fix=N_("Set BONGSU_RECORDS_KEY."))
    before = read_state(node)
    done, all_ = 0, before.rows + before.files
    for model, fields in list_sealed_fields().items():
        while part := _read_part(model, fields):
            with act(actor, ACTION) as change:
                for row in model._default_manager.select_for_update().filter(pk__in=part):
                    row.save(update_fields=[field.name for field in fields])
                change.after = {"table": model._meta.db_table, "rows": len(part), "key": keys()[0].id}
            done += len(part)
            show(done, all_)
    for path in _list_files(node):
        data = _read(path)
        if data and key_of_file(data) != keys()[0].id:
            application = UUID(path.parent.name)
            kept = open_file(data, application, path.name)
            write_file(path, seal_file(kept, application, path.name), mode=0o600)
            done += 1
            show(done, all_)
    return done


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # deleted meanwhile
        return b""


def _read_part(model: type[models.Model], fields: list[Any]) -> list[Any]:
    where, values = _write_condition(fields, [keys()[0].id], sealed=False)
    key, table = model._meta.pk, model._meta.db_table
    assert key is not None
    query = f"SELECT {key.column} FROM {table} WHERE {where} ORDER BY {key.column} LIMIT {_PART}"  # noqa: S608 - names of ours
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]
