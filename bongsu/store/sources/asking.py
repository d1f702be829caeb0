"""Asks a source for its file, and takes what holds as a snapshot. Nothing is half taken: whatever is wrong, the old one stands.

sources/NAME/state.json     when it was asked last, what came of it, and the ETag of every file
sources/NAME/part-1         the beginning of a file whose transfer broke, for the next time
sources/NAME/held-1         a file that came but was not taken, because its table has drifted
sources/NAME/.lock          locked while it is asked

The snapshot of a source is the table that its reader made; the publisher's own bytes are the snapshots raw-NAME-1 and so on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, BadInput, BongsuError, CheckFailed, Missing, Unreachable
from bongsu.core.provenance import Snapshot
from bongsu.core.release import FailedChecks, Finding
from bongsu.core.report import Report
from bongsu.core.text_files import decode_text, parse_toml
from bongsu.store.disk.clock import format_moment
from bongsu.store.disk.files import dump_json, lock_file, write_file
from bongsu.store.fetching.fetcher import Fetcher, FetchResponse, PartFile
from bongsu.store.node import Node
from bongsu.store.sources.drift import Change, check_table, list_changes
from bongsu.store.sources.source_file import (
    DAYS,
    OWN,
    SOURCE_FILE,
    LivingSource,
    NodeSources,
    list_sources,
    parse_source,
)
from bongsu.store.sources.table import SourceTable, find_reader

NEW, UNCHANGED, HELD, FAILED = N_("new"), N_("unchanged"), N_("held"), N_("failed")
NOTHING_TO_REPORT = Report()


@dataclass(frozen=True)
class SourceState:
    """What came of a source the last time: when it was asked (UTC), the outcome, why, and what is known of its files."""

    asked: str = ""
    outcome: str = ""
    report: Report = NOTHING_TO_REPORT
    documents: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """What came of asking a source: the outcome, what its checks found, the changes, and the snapshot that stands now."""

    name: str
    outcome: str
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    snapshot: Snapshot | None = None
    error: BongsuError | None = None


def read_state(node: Node, name: str) -> SourceState:
    """Returns what came of a source the last time it was asked."""
    path = _folder(node, name) / "state.json"
    if not path.exists():
        return SourceState()
    data = json.loads(path.read_text(encoding="utf-8"))
    return SourceState(data["asked"], data["outcome"], Report.from_json(data["report"]), tuple(data["documents"]))


def is_due(node: Node, source: LivingSource, rules: NodeSources, now: datetime) -> bool:
    """Returns whether a source is to be asked: never asked, or as long ago as it changes; one that failed, after a day."""
    if source.name in rules.off:
        return False
    state = read_state(node, source.name)
    if not state.asked:
        return True
    days = 1 if state.outcome == FAILED else DAYS[source.file.every]
    return datetime.fromisoformat(state.asked) + timedelta(days=days) <= now


def ask_source(
    node: Node,
    source: LivingSource,
    rules: NodeSources,
    fetcher: Fetcher,
    keys: Mapping[str, str],
    now: datetime,
    *,
    accept: str = "",
) -> Asked:
    """Asks a source and takes its table if it holds, or in spite of what does not with a person's reason `accept`.

    Never raises a BongsuError: it is in the result and in the state, and what stood before stands. Raises Busy if another
    process asks the source.
    """
    folder = _folder(node, source.name)
    folder.mkdir(parents=True, exist_ok=True)
    with lock_file(folder / ".lock", wait=False):
        state = read_state(node, source.name)
        try:
            asked, documents = _ask(node, source, rules, fetcher, keys, now, state, accept)
        except BongsuError as error:
            _hide_keys(error, keys)
            asked, documents = Asked(source.name, FAILED, error=error), state.documents
        report = Report.of_error(asked.error) if asked.error else Report()
        _save_state(folder, SourceState(format_moment(now), asked.outcome, report, tuple(documents)))
        return asked


def _hide_keys(error: BongsuError, keys: Mapping[str, str]) -> None:
    """Takes the node's keys out of an error, which names the address that was asked."""
    for key in keys.values():
        error.where = error.where.replace(key, "…")
        error.values = {name: str(value).replace(key, "…") for name, value in error.values.items()}


def _ask(
    node: Node,
    source: LivingSource,
    rules: NodeSources,
    fetcher: Fetcher,
    keys: Mapping[str, str],
    now: datetime,
    state: SourceState,
    accept: str,
) -> tuple[Asked, Sequence[Mapping[str, str]]]:
    folder = _folder(node, source.name)
    standing = node.snapshots.newest(source.name)
    known = state.documents if standing and len(state.documents) == len(source.file.address) else ()
    bodies: list[bytes] = []
    documents: list[dict[str, str]] = []
    changed = False
    for number, address in enumerate(source.file.address, 1):
        before = known[number - 1] if known else {}
        answer = fetcher.fetch(
            _find_address(source, address, rules, keys),
            etag=before.get("etag", ""),
            modified=before.get("modified", ""),
            part=PartFile(folder / f"part-{number}"),
            headers={"Authorization": f"Bearer {keys[source.file.key]}"} if source.file.bearer else {},
        )
        if answer.unchanged and not before:
            raise Unreachable(
                N_("The server says that the file is unchanged, but it was never fetched."), where=address
            )
        bodies.append(_read_raw(node, source, number) if answer.unchanged else answer.data)
        documents.append(dict(before) if answer.unchanged else _describe(answer))
        changed = changed or not answer.unchanged
    if not changed:
        return Asked(source.name, UNCHANGED, snapshot=standing), documents
    table = find_reader(source)(source, bodies)
    earlier = SourceTable.from_csv(node.snapshots.read(standing)) if standing else None
    findings = check_table(source, table, earlier)
    same = earlier is not None and earlier.columns == table.columns
    changes = tuple(list_changes(source, table, earlier)) if earlier and same and findings[0].holds else ()
    failed = tuple(one for one in findings if not one.holds)
    if failed and not accept:
        for number, body in enumerate(bodies, 1):
            write_file(folder / f"held-{number}", body)
        error = CheckFailed(
            N_("{source} was not taken: {reasons}."),
            fix=N_("Look at it: bongsu source check {source}. If the publisher is right: --accept REASON."),
            source=source.name,
            reasons=FailedChecks(failed),
        )
        return Asked(
            source.name, HELD, findings, changes, standing, error
        ), state.documents  # asked for again next time
    snapshot, new = _take(node, source, table, bodies, documents, now, standing)
    for path in folder.glob("held-*"):
        path.unlink()
    if failed:
        detail = {"findings": [one.describe() for one in failed]}
        node.journal.append("source-accepted", source.name, reason=accept, content=snapshot.sha256, **detail)
    return Asked(source.name, NEW if new else UNCHANGED, findings, changes, snapshot), documents


def _take(
    node: Node,
    source: LivingSource,
    table: SourceTable,
    bodies: Sequence[bytes],
    documents: Sequence[Mapping[str, str]],
    now: datetime,
    standing: Snapshot | None,
) -> tuple[Snapshot, bool]:
    """Saves the publisher's bytes, then the table that was made of them: after a kill in between, it is made again."""
    vintage = max((_parse_date(one["modified"]) for one in documents), default="") or f"{now:%Y-%m-%d}"
    raw = [
        node.snapshots.save(_name_raw(source, number), body, source.origin, vintage)[0].sha256
        for number, body in enumerate(bodies, 1)
    ]
    data = table.to_csv()
    if standing and standing.made_from and node.snapshots.read(standing) == data:
        return standing, False  # only the publisher's file is another one
    snapshot, new = node.snapshots.save(source.name, data, source.origin, vintage, made_from=",".join(raw))
    if source.programme == OWN and source.file.flow:
        write_file(node.root / "flows" / source.file.flow / "data.csv", data)
    return snapshot, new


def _find_address(source: LivingSource, address: str, rules: NodeSources, keys: Mapping[str, str]) -> str:
    """Returns the address to ask: with the node's key, or that of a mirror. Raises Missing if there is no key."""
    if source.file.key:
        if source.file.key not in keys:
            raise Missing(
                N_("The source “{source}” needs a key of its publisher."),
                fix=N_("Get one, and set BONGSU_SOURCE_KEYS={name}=KEY. What you get under it is under its terms."),
                source=source.name,
                name=source.file.key,
            )
        address = address.replace("{key}", keys[source.file.key])
    for start, mirror in rules.mirrors.items():
        if address.startswith(start):
            return mirror + address.removeprefix(start)
    return address


def _describe(answer: FetchResponse) -> dict[str, str]:
    return {"etag": answer.etag, "modified": answer.modified}


def _parse_date(modified: str) -> str:
    try:
        return f"{parsedate_to_datetime(modified).astimezone(UTC):%Y-%m-%d}"
    except (ValueError, TypeError):  # none was sent, or it is no date
        return ""


def _read_raw(node: Node, source: LivingSource, number: int) -> bytes:
    snapshot = node.snapshots.newest(_name_raw(source, number))
    if snapshot is None:
        raise Missing(N_("There is no snapshot “{name}”."), name=_name_raw(source, number))
    return node.snapshots.read(snapshot)


def _name_raw(source: LivingSource, number: int) -> str:
    return f"raw-{source.name}-{number}"


def _folder(node: Node, name: str) -> Path:
    return node.root / "sources" / name


def _save_state(folder: Path, state: SourceState) -> None:
    data: dict[str, Any] = {
        "asked": state.asked,
        "outcome": state.outcome,
        "report": state.report.to_json(),
        "documents": [dict(one) for one in state.documents],
    }
    write_file(folder / "state.json", dump_json(data).encode())


def add_source(node: Node, name: str, data: bytes) -> LivingSource:
    """Adds a source of the institution from the text of its table. Raises BadInput if it is wrong, or the name is taken."""
    where = SOURCE_FILE
    source = LivingSource(name, OWN, parse_source(name, parse_toml(decode_text(data, where), where), where))
    find_reader(source)
    if name in list_sources(node):
        raise BadInput(N_("There is a source “{name}” already."), name=name)
    write_file(_folder(node, name) / SOURCE_FILE, data)
    node.journal.append("source-added", name, address=source.origin.address, licence=source.file.licence)
    return source
