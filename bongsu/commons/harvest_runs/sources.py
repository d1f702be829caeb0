"""The sources that are harvested: adds, changes and removes them. Each change is an action."""

from __future__ import annotations

from django.utils import timezone

from bongsu.commons.harvest.harvester import check_source_name
from bongsu.commons.harvest.node_entries import remove_entries
from bongsu.commons.harvest.page_reader import FORMATS
from bongsu.commons.models import MAX_ADDRESS, MAX_LICENCE, HarvestSource
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.people.access import Actor, Target, require
from bongsu.people.actions import act
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.harvest_cache import HarvestCache
from bongsu.store.fetching.fetcher import parse_address
from bongsu.store.node import Node

_FIELDS = ("address", "format", "licence", "allow_private")


def target_of_source(name: str) -> Target:
    """A source as the object of actions."""
    return Target("source", name, (("programme", "commons"),))


def find_source(name: str) -> HarvestSource:
    """Returns the source with this name. Raises UnknownName."""
    found: HarvestSource | None = HarvestSource.objects.filter(name=name).first()
    if found is None:
        raise unknown_name(N_("source"), name, HarvestSource.objects.values_list("name", flat=True))
    return found


def add_source(
    actor: Actor, name: str, address: str, *, format: str = "", licence: str = "", allow_private: bool = False
) -> HarvestSource:
    """Adds a source. Raises BadInput for a name that is taken or not valid and for an address that may not be fetched."""
    check_source_name(name)
    if name == "hand":  # the entries that people add from files
        raise BadInput(N_("The name “{name}” is reserved."), name=name)
    source = HarvestSource(
        name=name,
        address=address,
        format=format,
        licence=licence,
        allow_private=allow_private,
        added=timezone.now(),
        added_by=actor.name,
    )
    _check(source)
    with act(actor, "harvest.add", target_of_source(name)) as change:
        if HarvestSource.objects.filter(name=name).exists():
            raise BadInput(N_("There is a source “{name}” already."), name=name)
        _require_private(actor, source)
        source.save(force_insert=True)
        change.after = _values(source)
    return source


def change_source(actor: Actor, name: str, why: str = "", **values: str | bool) -> HarvestSource:
    """Changes the address, format, licence or `allow_private` of a source. Raises UnknownName, BadInput."""
    with act(actor, "harvest.change", target_of_source(name), why) as change:
        source = find_source(name)
        change.before = _values(source)
        for field, value in values.items():
            setattr(source, field, value)
        _check(source)
        if source.allow_private and _values(source) != change.before:
            _require_private(actor, source)
        source.not_before = None
        source.save(update_fields=[*_FIELDS, "not_before"])
        change.after = _values(source)
    return source


def remove_source(node: Node, actor: Actor, name: str, why: str = "", *, with_entries: bool = False) -> int:
    """Removes a source with its runs, and its entries if asked. Returns the number of entries that were removed.

    Raises UnknownName, and Busy while the source is harvested.
    """
    removed = 0
    with HarvestCache(node.root, name).lock(), act(actor, "harvest.remove", target_of_source(name), why) as change:
        source = find_source(name)
        change.before = _values(source)
        source.delete()
        if with_entries:
            removed = remove_entries(node, name, utc_now()[:10])
        change.after = {"entries_removed": removed}
    return removed


def _check(source: HarvestSource) -> None:
    parse_address(source.address)
    for field, limit in (("address", MAX_ADDRESS), ("licence", MAX_LICENCE)):
        if len(getattr(source, field)) > limit:
            raise BadInput(N_("The text is longer than {limit} characters."), where=field, limit=limit)
    if source.format and source.format not in FORMATS:
        raise unknown_name(N_("format"), source.format, FORMATS)


def _require_private(actor: Actor, source: HarvestSource) -> None:
    """A source inside the institution's network can be reached by the node alone: an operator decides about it."""
    if source.allow_private:
        require(actor, "harvest.allow-private", target_of_source(source.name))


def _values(source: HarvestSource) -> dict[str, str | bool]:
    return {field: getattr(source, field) for field in _FIELDS}
