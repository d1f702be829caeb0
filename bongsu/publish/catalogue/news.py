"""What happened to releases: a new or corrected one was sealed, one was withdrawn, or is affected by a withdrawal.

The list is made from the index of releases, so that feeds, e-mail and webhooks announce the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, override

from bongsu.core.correction import Correction
from bongsu.core.errors import N_, unknown_name
from bongsu.core.release import Release
from bongsu.publish.pages.correction_texts import read_corrections
from bongsu.publish.release_status import describe_status
from bongsu.store.node import Node

NEW, CORRECTED, WITHDRAWN, AFFECTED = "new", "corrected", "withdrawn", "affected"
_SHOWN = 5  # values of a correction in a piece of news
_TITLES = {
    NEW: "{release}",
    CORRECTED: N_("Corrected: {release}"),
    WITHDRAWN: N_("Withdrawn: {release}"),
    AFFECTED: N_("Affected by a withdrawal: {release}"),
}


@dataclass(frozen=True)
class News:
    """One piece of news: its kind, the release, and when (UTC)."""

    kind: str
    release: Release
    at: str

    def title(self, node: Node, language: str) -> str:
        """Returns the kind and the release, in a language."""
        flow = node.releases.structure(self.release).dataflow
        with override(language):
            number = gettext("release {number}").format(number=self.release.number)
            title = _TITLES[self.kind]
            return (gettext(title) if self.kind != NEW else title).format(release=f"{flow.name.to(language)}, {number}")

    def text(self, node: Node, language: str) -> str:
        """Returns the reason of a withdrawal, or of a correction, or what the dataflow is, in a language."""
        if self.release.withdrawal and self.kind == WITHDRAWN:
            return self.release.withdrawal.reason_in(language).mark(language)
        if self.kind == AFFECTED:
            return describe_status(self.release, language)
        if self.kind == CORRECTED:
            found = read_corrections(node, self.release)
            return "; ".join(f"{_list_values(one)}. {one.reason.to(language).mark(language)}" for one in found)
        return node.releases.structure(self.release).dataflow.description.to(language)


def _list_values(correction: Correction) -> str:
    shown = [value.describe() for value in correction.values[:_SHOWN]]
    return "; ".join([*shown, *(["…"] if len(correction.values) > _SHOWN else [])])


def list_news(node: Node, dataflow: str = "") -> list[News]:
    """Lists the news of all dataflows or of one, newest first. Raises UnknownName."""
    releases = node.releases.all(dataflow or None)
    if dataflow and not releases:
        raise unknown_name(N_("dataflow"), dataflow, node.releases.dataflows())
    return sorted(_read_news(releases), key=lambda one: (one.at, one.release.name, one.kind), reverse=True)


def _read_news(releases: list[Release]) -> Iterator[News]:
    before: dict[str, int] = {}
    for release in releases:
        yield News(
            CORRECTED if release.corrections > before.get(release.dataflow, 0) else NEW, release, release.sealed_at
        )
        before[release.dataflow] = release.corrections
        if release.withdrawal:
            yield News(WITHDRAWN, release, release.withdrawal.at)
        if release.affected:
            yield News(AFFECTED, release, release.affected.since)
