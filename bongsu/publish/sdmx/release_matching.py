"""Matches the reference of a query to releases: the current one of each dataflow and version."""

from __future__ import annotations

from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.core.release import Release
from bongsu.publish.sdmx import versions
from bongsu.publish.sdmx.queries import Reference
from bongsu.store.node import Node


def match_releases(node: Node, reference: Reference, as_of: str = "") -> list[Release]:
    """Returns the current release of each dataflow and version that the reference matches. Raises UnknownName or Missing."""
    dataflows = node.releases.dataflows()
    known = list_agencies(node)
    if not {"*", *known} & set(reference.agencies):
        raise unknown_name(N_("agency"), ",".join(reference.agencies)[:80], known)
    for id_ in reference.ids:
        if id_ != "*" and id_ not in dataflows:
            raise unknown_name(N_("dataflow"), id_[:80], dataflows)
    releases = []
    for flow in dataflows if "*" in reference.ids else reference.ids:
        releases += _match_current(node, flow, reference, as_of)
    if not releases:
        raise Missing(N_("No dataflow has the version {version}."), version=",".join(reference.versions)[:80])
    return releases


def list_agencies(node: Node) -> list[str]:
    """Returns the node's agency, and those under which it has sealed releases before."""
    return list(dict.fromkeys([node.identity.agency, *(release.agency for release in node.releases.all())]))


def _match_current(node: Node, flow: str, reference: Reference, as_of: str) -> list[Release]:
    """Returns the current release of each version; of each agency, if the reference names agencies."""
    any_agency = "*" in reference.agencies
    if any_agency and set(reference.versions) <= {"+", "~"}:
        try:
            return [node.releases.current(flow, as_of or None)]
        except Missing:
            if reference.exact:
                raise
            return []
    newest: dict[str, Release] = {}
    for release in node.releases.all(flow):
        if not any_agency and release.agency not in reference.agencies:
            continue
        gone = release.withdrawal and (not as_of or release.withdrawal.at <= as_of)
        if not gone and (not as_of or release.sealed_at <= as_of):
            newest[node.releases.version(release)] = release
    if set(reference.versions) <= {"+", "~"}:
        if not newest and reference.exact:
            node.releases.current(flow, as_of or None)  # raises Missing if no release stands
        return sorted(newest.values(), key=lambda release: release.number)[-1:]
    return [newest[version] for version in versions.match_versions(reference.versions, list(newest))]
