"""Releases of other nodes as items of the catalogue: published by the peer, with its own catalogue as their source.

Only DCAT lists them: OAI-PMH, feeds and the table are about what this node published itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from bongsu.core.errors import N_, Missing
from bongsu.core.languages import LANGUAGES
from bongsu.core.release import Release
from bongsu.publish.bulk_files import BULK_FORMATS, BulkFile
from bongsu.publish.catalogue.items import Item
from bongsu.publish.release_status import describe_status
from bongsu.store.node import Node
from bongsu.store.peers.peer_folder import PeerFolder, Standing
from bongsu.store.peers.receiving import require_release
from bongsu.store.releases.release_store import OBSERVATIONS_FILE
from bongsu.store.tables.site_table import in_language

PEER = "peers"  # the kind of these items, as their addresses name it
_PARQUET = next(form for form in BULK_FORMATS if form.suffix == "parquet")
PeerKey = tuple[str, Release]


def list_peer_keys(node: Node) -> tuple[PeerKey, ...]:
    """Lists the releases of all peers that are shown, each with the id of its node."""
    return tuple((folder.node, release) for folder, _ in node.peers.shown() for release in folder.list_releases())


def find_peer_item(node: Node, peer: str, dataflow: str, number: int) -> Item:
    """Returns a release of a peer as an item. Raises Missing."""
    folder = node.peers.find(peer)
    standing = folder.standing if folder else None
    if folder is None or standing is None or not standing.shown:
        raise Missing(N_("This node shows no releases of a node “{id}”."), id=peer[:40])
    return _describe(folder, standing, require_release(folder, dataflow, number))


def find_peer_items(node: Node, keys: tuple[PeerKey, ...]) -> Iterator[Item]:
    """Yields the items of these releases."""
    for peer, release in keys:
        yield find_peer_item(node, peer, release.dataflow, release.number)


def _describe(folder: PeerFolder, standing: Standing, release: Release) -> Item:
    releases = folder.releases
    manifest, structure = releases.manifest(release, verified=False), releases.structure(release)
    flow = structure.dataflow
    origins = [entry.origin for entry in manifest.inputs if not entry.is_correction]
    place = (folder.node, release.dataflow, release.number)
    return Item(
        kind=PEER,
        id="/".join(map(str, place)),
        title={language: f"{name}, {release.number}" for language, name in flow.name.translations().items()},
        description=flow.description.translations(),
        issued=release.sealed_at,
        modified=release.changed_at,
        publisher=in_language(standing.name, "en") or folder.node,
        page=f"network/{folder.node}/{release.dataflow}/{release.number}/",
        licences=tuple(sorted({origin.licence for origin in origins if origin.licence})),
        credits=tuple(dict.fromkeys(one.attribution or f"{one.publisher}, {one.title}" for one in origins)),
        version=f"{manifest.version}+{release.number}",
        rows=release.rows,
        content=release.content,
        structure=structure,
        files=tuple(
            BulkFile(file.name, _address(place, file.name), _PARQUET, releases.root / file.name, file.size, file.sha256)
            for file in manifest.files
            if file.name == OBSERVATIONS_FILE
        ),
        withdrawn=describe_status(release, "en") if release.withdrawal else "",
        status=tuple((language, text) for language in LANGUAGES if (text := describe_status(release, language))),
        source=f"{standing.url}/catalogue/releases/{release.dataflow}/{release.number}",
    )


def _address(place: tuple[str, str, int], name: str) -> str:
    return reverse("peer-file", args=(*place, name))
