"""The calls that everybody sees: those that were opened. A draft has no public address, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from bongsu.core.errors import N_, Missing
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.document import Round, RoundTimes
from bongsu.incubator.calls.phases import Phase, find_current, find_phase, list_moments
from bongsu.incubator.models import Call, Edition
from bongsu.incubator.opening import newest_editions, read_edition
from bongsu.people.models import AuditLine
from bongsu.store.node import Node


@dataclass(frozen=True)
class PublishedCall:
    """An opened call as it is at the moment `now`. `ended` is when a person ended it."""

    id: UUID
    node: str  # its id
    call: Call
    edition: Edition
    opened: datetime
    ended: datetime | None
    now: datetime

    @cached_property
    def files(self) -> CallFiles:
        """The files of the edition that is in force."""
        return read_edition(self.edition)

    @cached_property
    def current(self) -> tuple[Round, RoundTimes]:
        """The round that is open or opens next, or the last one."""
        return find_current(self.files.call, self.now)

    @property
    def phase(self) -> Phase:
        """Whether the call opens later, takes applications or is closed."""
        return "closed" if self.ended else find_phase(self.current[1], self.now)

    @cached_property
    def changed(self) -> datetime:
        """When what is said of the call changed last: by a person, or since a round opened or closed."""
        moments = [self.opened, self.edition.made, *([self.ended] if self.ended else list_moments(self.files.call))]
        return max(moment for moment in moments if moment <= self.now)


def list_published(node: str, now: datetime) -> list[PublishedCall]:
    """Returns the published calls of the node with this id, those that changed last first, by two queries."""
    found = _publish(newest_editions().exclude(call__state="draft"), node, now)
    return sorted(found, key=lambda one: (one.changed, one.call.name), reverse=True)


def find_published(name: str, node: str, now: datetime) -> PublishedCall:
    """Returns a published call by its name. Raises Missing for a draft as for a name that nobody has used."""
    for one in _publish(newest_editions().exclude(call__state="draft").filter(call__name=name), node, now):
        return one
    raise Missing(N_("There is no call “{name}”."), name=name)


def list_call_pages(node: Node) -> list[tuple[str, str]]:
    """Returns the path without language, and the last change, of the page of each published call, for the sitemap."""
    calls = list_published(node.identity.id, timezone.now())
    return [(f"calls/{one.call.name}/", one.changed.isoformat(timespec="seconds")) for one in calls]


def make_id(node: str, name: str, part: str = "") -> UUID:
    """Returns the same id for the same call of the same node, or for a part of it, at all times."""
    return uuid5(NAMESPACE_URL, f"urn:bongsu:{node}:call:{name}{part and f':{part}'}")


def write_moment(moment: datetime) -> str:
    """Returns a moment in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _publish(editions: Iterable[Edition], node: str, now: datetime) -> list[PublishedCall]:
    found = [edition for edition in editions if edition.call.opened is not None]
    names = [edition.call.name for edition in found if edition.call.state == "ended"]
    lines = AuditLine.objects.filter(action="call.end", object_kind="call", object_id__in=names)
    ends = dict(lines.values_list("object_id", "at")) if names else {}
    return [
        PublishedCall(
            make_id(node, edition.call.name),
            node,
            edition.call,
            edition,
            edition.call.opened,
            ends.get(edition.call.name, edition.made) if edition.call.state == "ended" else None,
            now,
        )
        for edition in found
        if edition.call.opened is not None
    ]
