"""Catalogue metadata of a dataflow, a release, or an entry listed by a release. Every catalogue format is written from it.

A dataflow is a series; each of its releases is a dataset in it and stays listed after its withdrawal; an entry is a resource
that the node describes and others host. Left out: the formats (dcat.py, croissant.py, schema_org.py, oai.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext, override

from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.core.languages import LANGUAGES
from bongsu.core.release import Release
from bongsu.core.structure import TIME, Structure
from bongsu.publish.bulk_files import BulkFile, list_bulk_files
from bongsu.publish.catalogue.entries import EntryList, list_entries
from bongsu.publish.release_status import describe_status
from bongsu.store.node import Node

FLOW, RELEASE, ENTRY = "flows", "releases", "entries"  # the kinds of items, as their addresses name them
AREA = "REF_AREA"


@dataclass(frozen=True)
class Item:
    """One item of the catalogue. Texts are by language, times in UTC; `page` is a path without language, or a web address.

    `type` is an entry's kind (model, dataset ...) or empty; `licences` are SPDX ids, or the licensor's text;
    `status` says by language that the release is withdrawn or affected, since when and why; empty if it stands.
    `source` is the address of what it is a copy of: a release in the catalogue of another node.
    `subjects` are codes of sectors; `areas` are codes of CL_AREA; `languages` are BCP 47 tags; `period` is (first, last).
    """

    kind: str
    id: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    issued: str
    modified: str
    publisher: str
    page: str
    type: str = ""
    licences: tuple[str, ...] = ()
    open: bool | None = None
    credits: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    period: tuple[str, str] = ("", "")
    year: str = ""
    series: str = ""
    version: str = ""
    notes: tuple[str, ...] = ()
    rows: int = 0
    content: str = ""
    structure: Structure | None = None
    members: tuple[int, ...] = ()
    files: tuple[BulkFile, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    withdrawn: str = ""
    status: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def path(self) -> str:
        """The item's path in the catalogue: catalogue/releases/GRID_INTENSITY/3."""
        return f"catalogue/{self.kind}/{self.id}"

    @property
    def licence(self) -> str:
        """The licences as one SPDX expression: "CC-BY-4.0 AND MPL-2.0", or "" if none is declared."""
        return " AND ".join(self.licences)

    def title_in(self, language: str) -> str:
        """Returns the title in a language, or in another one if it has none in that language."""
        return _in_language(self.title, language) or self.id

    def description_in(self, language: str) -> str:
        """Returns the description in a language, or in another one if it has none in that language."""
        return _in_language(self.description, language)


def _in_language(texts: Mapping[str, str], language: str) -> str:
    return next((texts[one] for one in (language, *LANGUAGES) if texts.get(one)), next(iter(texts.values()), ""))


def describe_dataflow(node: Node, dataflow: str) -> Item:
    """Describes a dataflow as the series of its releases. Raises UnknownName."""
    releases = node.releases.all(dataflow)
    if not releases:
        raise unknown_name(N_("dataflow"), dataflow, node.releases.dataflows())
    newest = next((release for release in reversed(releases) if not release.withdrawal), releases[-1])
    licences, credits = _licences_and_credits(node, newest)
    areas, period = _extent(node, newest)
    structure = node.releases.structure(newest)
    return Item(
        kind=FLOW,
        id=dataflow,
        title=structure.dataflow.name.translations(),
        description=structure.dataflow.description.translations(),
        issued=releases[0].sealed_at,
        modified=max(release.changed_at for release in releases),
        publisher=node.name_in("en"),
        page=f"flows/{dataflow}/",
        licences=licences,
        credits=credits,
        subjects=(structure.dataflow.programme,),
        areas=areas,
        languages=tuple(structure.dataflow.name.translations()),
        period=period,
        structure=structure,
        members=tuple(release.number for release in releases),
    )


def _licences_and_credits(node: Node, release: Release) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the licences of a release's inputs, and the attributions that they require."""
    origins = [entry.origin for entry in node.releases.manifest(release).inputs if not entry.is_correction]
    licences = sorted({origin.licence for origin in origins if origin.licence})
    credits = dict.fromkeys(origin.attribution or f"{origin.publisher}, {origin.title}" for origin in origins)
    return tuple(licences), tuple(credits)


def describe_release(node: Node, release: Release) -> Item:
    """Describes a release as a dataset with its files. Raises Damaged."""
    manifest = node.releases.manifest(release)
    structure = node.releases.structure(release)
    flow = structure.dataflow
    title = {
        language: _release_title(name, release.number, language) for language, name in flow.name.translations().items()
    }
    areas, period = _extent(node, release)
    licences, credits = _licences_and_credits(node, release)
    return Item(
        kind=RELEASE,
        id=f"{release.dataflow}/{release.number}",
        title=title,
        description=flow.description.translations(),
        issued=release.sealed_at,
        modified=release.changed_at,
        publisher=manifest.sealed_by.name["en"] if manifest.sealed_by else node.name_in("en"),
        page=f"releases/{release.dataflow}/{release.number}/",
        licences=licences,
        credits=credits,
        subjects=(flow.programme,),
        areas=areas,
        languages=tuple(title),
        period=period,
        series=release.dataflow,
        version=f"{manifest.version}+{release.number}",
        notes=(
            *(f"{note.message}: {note.detail}" for note in manifest.notes),
            *(f"Corrected: {entry.origin.title}" for entry in manifest.corrections),
        ),
        rows=release.rows,
        content=release.content,
        structure=structure,
        members=tuple(other.number for other in node.releases.all(release.dataflow) if other.number < release.number)[
            -1:
        ],
        files=list_bulk_files(node, release),
        withdrawn=f"{release.withdrawal.at[:10]}: {release.withdrawal.reason}" if release.withdrawal else "",
        status=tuple((language, describe_status(release, language)) for language in LANGUAGES)
        if release.withdrawal or release.affected
        else (),
    )


def _release_title(name: str, number: int, language: str) -> str:
    with override(language):
        return f"{name}, {gettext('release {number}').format(number=number)}"


@lru_cache(maxsize=4096)
def _extent(node: Node, release: Release) -> tuple[tuple[str, ...], tuple[str, str]]:
    """Returns (areas, (first period, last period)) of a release's observations."""
    keys = node.releases.structure(release).dataflow.keys
    table = node.table(release)

    def values(key: str) -> list[str]:
        if key not in keys:
            return []
        return [str(one) for one in node.engine.run(table.select(key).distinct().order_by(key)).column(0).to_pylist()]

    periods = values(TIME)
    return tuple(values(AREA)), ((periods[0], periods[-1]) if periods else ("", ""))


def describe_entry(entries: EntryList, id_: str) -> Item:
    """Describes an entry that a release lists. Raises Missing if it was removed, UnknownName if it never existed."""
    if id_ in entries.deleted:
        raise Missing(N_("The entry “{id}” was removed on {day}."), id=id_, day=entries.deleted[id_][:10])
    if id_ not in entries.lines:
        raise unknown_name(N_("entry"), id_, entries.lines)
    line = entries.read_entry(id_)
    entry, licence_facts = line["entry"], line.get("licence", {})

    def claims(name: str) -> tuple[str, ...]:
        value = entry["claims"].get(name, {}).get("value")
        values: list[Any] = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(str(one) for one in values)

    links = tuple((str(link["rel"]), str(link["href"])) for link in entry["links"])
    home = next((href for rel, href in links if rel == "homepage"), links[0][1] if links else "")
    licence = str(licence_facts.get("expression") or "") or " ".join(claims("licence"))
    return Item(
        kind=ENTRY,
        id=id_,
        title=entry["name"],
        description=entry["description"] or entry["name"],
        issued=entries.changed[id_],
        modified=entries.changed[id_],
        publisher=" ".join(claims("organisation")),
        page=home,
        type=str(entry["kind"]),
        licences=(licence,) if licence else (),
        open={"open": True, "closed": False}.get(str(licence_facts.get("verdict"))),
        subjects=claims("sectors"),
        areas=claims("country"),
        languages=claims("languages"),
        year=next(iter(claims("year")), ""),
        series=entries.dataflow,
        links=links,
    )


def list_item_ids(node: Node) -> tuple[tuple[str, str], ...]:
    """Lists (kind, id) of every item, in the order of the catalogue: dataflows, their releases, entries."""
    return _list_item_ids(node, tuple(node.releases.all()))


@lru_cache(maxsize=4)
def _list_item_ids(node: Node, releases: tuple[Release, ...]) -> tuple[tuple[str, str], ...]:
    flows = [(FLOW, flow) for flow in dict.fromkeys(release.dataflow for release in releases)]
    editions = [(RELEASE, release.name.replace(" ", "/")) for release in releases]
    return (*sorted(flows), *editions, *((ENTRY, id_) for one in list_entries(node) for id_ in one.lines))


def find_item(node: Node, kind: str, id_: str) -> Item:
    """Returns the item with this kind and id. Raises UnknownName or Missing."""
    return next(find_items(node, [(kind, id_)]))


def find_items(node: Node, keys: Iterable[tuple[str, str]]) -> Iterator[Item]:
    """Yields the items with these (kind, id). Raises UnknownName or Missing."""
    found = list_entries(node)
    for kind, id_ in keys:
        if kind == FLOW:
            yield describe_dataflow(node, id_)
        elif kind == RELEASE:
            flow, _, number = id_.partition("/")
            yield describe_release(node, node.releases.get(flow, int(number)))
        else:
            holder = next((one for one in found if id_ in one.lines or id_ in one.deleted), None)
            if holder is None:
                raise unknown_name(N_("entry"), id_, [known for one in found for known in one.lines])
            yield describe_entry(holder, id_)
