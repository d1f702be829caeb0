"""Releases of other nodes, as they were received: the page of one with its provenance, and its sealed files."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.core.release import Release
from bongsu.publish.formats import html_tables
from bongsu.publish.pages import page_context
from bongsu.store.node import Node
from bongsu.store.peers.peer_folder import PeerFolder, Standing
from bongsu.store.peers.receiving import require_release
from bongsu.store.tables.site_table import in_language

_FIRST = 50  # rows on a release's page


class PeerRelease(NamedTuple):
    """A release of a peer, for a list: the peer's id, name and state, and the release."""

    node: str
    name: str
    state: str
    release: Release


def list_peer_releases(node: Node, dataflow: str, language: str) -> list[PeerRelease]:
    """Returns the newest standing release of a dataflow of each peer that is shown."""
    found = []
    for folder, standing in node.peers.shown():
        releases = [one for one in folder.list_releases() if one.dataflow == dataflow and not one.withdrawal]
        if releases:
            found.append(PeerRelease(folder.node, _name(folder, standing, language), standing.state, releases[-1]))
    return found


def _name(folder: PeerFolder, standing: Standing, language: str) -> str:
    return in_language(standing.name, language) or folder.node


def peer_release(request: HttpRequest, peer: str, dataflow: str, number: int) -> HttpResponse:
    """One release of another node: whose it is, its inputs, its method, its checks, its first observations."""
    node, language = page_context.get_node(request), page_context.page_language()
    folder, standing, release = _find(node, peer, dataflow, number)
    releases = folder.releases
    manifest, structure = releases.manifest(release), releases.structure(release)
    flow = structure.dataflow
    table = releases.engine.table(release.name, releases.path(release), flow)
    first = releases.engine.run(table.order_by(flow.keys).limit(_FIRST)).to_pylist()
    context: dict[str, Any] = {
        "peer": folder.node,
        "peer_name": _name(folder, standing, language),
        "standing": standing,
        "release": release,
        "manifest": manifest,
        "name": flow.name.to(language),
        "description": flow.description.to(language),
        "own": dataflow in node.releases.dataflows(),
        "findings": [{"title": gettext(one.check), "detail": one.describe(gettext)} for one in manifest.findings],
        "files": manifest.files,
        "sdmx": reverse("peer-sdmx", args=(folder.node, f"data/dataflow/{standing.agency}/{release.dataflow}/*")),
        "table": html_tables.observation_table(structure, first, language, flow.name.to(language)),
        "left_out": max(0, release.rows - _FIRST),
    }
    return render(request, "publish/peer_release.html", context)


def peer_file(request: HttpRequest, peer: str, dataflow: str, number: int, name: str) -> HttpResponseBase:
    """A file of a release of another node, to the byte as it was sealed. Raises UnknownName or Damaged."""
    folder, _, release = _find(page_context.get_node(request), peer, dataflow, number)
    releases = folder.releases
    if name == "manifest.json":
        path = releases.manifest_path(release)
    else:
        known = [file.name for file in releases.manifest(release, verified=False).files]
        if name not in known:
            raise unknown_name(N_("file"), name, known)
        path = releases.file_path(release, name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")


def _find(node: Node, peer: str, dataflow: str, number: int) -> tuple[PeerFolder, Standing, Release]:
    folder = node.peers.find(peer)
    standing = folder.standing if folder else None
    if folder is None or standing is None or not standing.shown:
        raise Missing(N_("This node shows no releases of a node “{id}”."), id=peer[:40])
    return folder, standing, require_release(folder, dataflow, number)
