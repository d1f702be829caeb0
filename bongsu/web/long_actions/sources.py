"""Asks sources for their newest files: those of which the time has come, or one by name."""

from __future__ import annotations

from datetime import UTC, datetime

from bongsu.core.errors import N_, Unreachable
from bongsu.store.fetching.addresses import UNRESOLVED
from bongsu.store.fetching.fetcher import Fetcher
from bongsu.store.node import Node
from bongsu.store.sources.asking import FAILED, Asked, ask_source, is_due
from bongsu.store.sources.source_file import OWN, LivingSource, NodeSources, list_sources, read_node_sources
from bongsu.store.tables.programmes import OWN_PROGRAMME
from bongsu.web.long_actions.progress import Progress

SECONDS = 600.0  # for one file


def ask_due(node: Node, programme: str, progress: Progress, now: datetime | None = None) -> list[Asked]:
    """Asks the sources of a programme, or of all, that are due. Raises BadInput if a table of sources is wrong.

    If no host name can be resolved, this machine has no network: the others are not asked, and stay due.
    """
    from bongsu.web.settings import read_settings

    settings = read_settings()
    if not settings["BONGSU_ASK_SOURCES"]:
        return []
    rules, moment = read_node_sources(node), now or datetime.now(UTC)
    wanted = OWN if programme == OWN_PROGRAMME else programme
    due = [
        one
        for one in list_sources(node).values()
        if wanted in ("", one.programme) and _can_be_asked(one, settings["BONGSU_SOURCE_KEYS"])
        if is_due(node, one, rules, moment)
    ]
    found: list[Asked] = []
    if not due:
        return found
    with progress.stage(N_("Asking sources"), len(due)) as step:
        for source in due:
            found.append(_ask(node, source, rules, settings["BONGSU_SOURCE_KEYS"], moment))
            step()
            error = found[-1].error
            if isinstance(error, Unreachable) and error.message == UNRESOLVED:
                break
    return found


def ask_one(node: Node, source: LivingSource, accept: str = "") -> Asked:
    """Asks a source now, whether it is due or not. `accept` is a person's reason to take what does not hold."""
    from bongsu.web.settings import read_settings

    keys = read_settings()["BONGSU_SOURCE_KEYS"]
    return _ask(node, source, read_node_sources(node), keys, datetime.now(UTC), accept)


def _can_be_asked(source: LivingSource, keys: dict[str, str]) -> bool:
    return not source.file.key or source.file.key in keys


def _ask(
    node: Node, source: LivingSource, rules: NodeSources, keys: dict[str, str], now: datetime, accept: str = ""
) -> Asked:
    fetcher = Fetcher(rules.private, proxy=rules.proxy, largest=source.file.megabytes * 1024 * 1024, seconds=SECONDS)
    return ask_source(node, source, rules, fetcher, keys, now, accept=accept)


def count_outcomes(asked: list[Asked]) -> dict[str, int]:
    """Returns how many were asked, are new, are held and failed."""
    outcomes = [one.outcome for one in asked]
    return {
        "asked": len(asked),
        "new": outcomes.count("new"),
        "held": outcomes.count("held"),
        "failed": outcomes.count(FAILED),
    }
