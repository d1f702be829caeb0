"""Finds the releases that a withdrawal affects: those that were computed from a withdrawn one, directly or through others.

This is the only place that decides it. The index gives every release with the result, so that whoever reads a release has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter

from bongsu.core.release import Affected, Release, Withdrawal

_Key = tuple[str, int]


def mark_affected(releases: Iterable[Release]) -> list[Release]:
    """Returns the releases in their order, each with the withdrawn releases that it was computed from.

    A withdrawn release is not marked itself; what was computed from it carries its inputs' withdrawals too.
    """
    known = {(release.dataflow, release.number): release for release in releases}
    if not any(release.withdrawal for release in known.values()):
        return list(known.values())
    causes = _find_causes(known)
    return [_mark(release, [known[cause] for cause in sorted(causes[key])]) for key, release in known.items()]


def list_affected_by(releases: Iterable[Release], release: Release) -> list[Release]:
    """Returns the releases, not withdrawn themselves, that the withdrawal of `release` affects or would affect."""
    known = {(one.dataflow, one.number): one for one in releases}
    key = (release.dataflow, release.number)
    known[key] = replace(release, withdrawal=release.withdrawal or Withdrawal("", release.sealed_at))
    causes = _find_causes(known)
    return [one for other, one in known.items() if key in causes[other] and not one.withdrawal]


def _find_causes(known: Mapping[_Key, Release]) -> dict[_Key, set[_Key]]:
    """Returns the withdrawn releases among the inputs of each release, and among those of its inputs."""
    inputs = {key: [one for one in release.inputs if one in known] for key, release in known.items()}
    causes: dict[_Key, set[_Key]] = {}
    for key in TopologicalSorter(inputs).static_order():
        withdrawn = {one for one in inputs[key] if known[one].withdrawal}
        causes[key] = withdrawn.union(*(causes[one] for one in inputs[key]))
    return causes


def _mark(release: Release, causes: list[Release]) -> Release:
    moments = [cause.withdrawal.at for cause in causes if cause.withdrawal]
    if not moments or release.withdrawal:
        return release
    return replace(release, affected=Affected(tuple(cause.name for cause in causes), max(moments)))
