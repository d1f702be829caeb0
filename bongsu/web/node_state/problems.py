"""What needs attention on a node, as values: damaged files, disk, settings, definitions and builds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bongsu.core.environment import list_unknown_variables
from bongsu.core.errors import N_, BongsuError
from bongsu.core.report import Report
from bongsu.store.disk.node_file import read_table
from bongsu.store.languages.folders import install_languages
from bongsu.store.logs.build_log import FAILED
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_folders import list_flow_problems
from bongsu.store.sources.asking import HELD, read_state
from bongsu.store.sources.source_file import list_sources, read_node_sources
from bongsu.store.tables.programmes import list_programme_problems
from bongsu.store.tables.site_table import parse_site
from bongsu.web.node_state.checkup import Checkup
from bongsu.web.node_state.flow_state import FlowState, list_flow_states

LITTLE_DISK = 2**30


class Problem(NamedTuple):
    """Something that needs attention: what it is about, its text, and the page of the desk that shows more ("" for none).

    `about` is the object of that page, if it has one.
    `wrong` is False for advice: the node works, but something is not set up or could be done.
    """

    subject: str
    report: Report
    wrong: bool = True
    route: str = ""
    about: str = ""


def find_problems(node: Node, checkup: Checkup | None, of_records: Iterable[Problem] = ()) -> list[Problem]:
    """Returns what is wrong, then advice. `checkup` is what is known of the files; None if they were never checked.

    `of_records` are the problems of the records (web/duties/record_problems.py), if the node has a database.
    """
    found = [
        *_find_damage(checkup),
        *_find_little_disk(node),
        *_find_wrong_settings(node),
        *_find_wrong_definitions(node),
        *_find_held_sources(node),
        *_find_builds(node),
        *of_records,
    ]
    return sorted(found, key=lambda problem: not problem.wrong)


def _find_damage(checkup: Checkup | None) -> Iterator[Problem]:
    for report in checkup.problems if checkup else ():
        yield Problem(N_("Files"), report, route="desk-disk")
    if checkup is None:
        text = Report(
            N_("The files of the node were never checked."), fix=N_("Check them on this page, or with “bongsu doctor”.")
        )
        yield Problem(N_("Files"), text, wrong=False, route="desk-disk")
    elif not checkup.complete:
        text = Report(
            N_("The last check of the files ended before all were read."),
            fix=N_("Run “bongsu doctor”, which reads all."),
        )
        yield Problem(N_("Files"), text, wrong=False, route="desk-disk")


def _find_little_disk(node: Node) -> Iterator[Problem]:
    if shutil.disk_usage(node.root).free < LITTLE_DISK:
        text = Report(N_("Less than 1 GiB of disk is free."), fix=N_("Delete bulk files, which are written again."))
        yield Problem(N_("Disk"), text, route="desk-disk")


def _find_wrong_settings(node: Node) -> Iterator[Problem]:
    try:
        from bongsu.web.settings import read_settings

        read_settings()
    except BongsuError as error:
        yield Problem(N_("Settings"), Report.of_error(error), route="desk-settings")
    try:
        parse_site(node.root, read_table(node.root, "site"))
    except BongsuError as error:
        yield Problem(N_("Site"), Report.of_error(error), route="desk-site")
    for unknown in list_unknown_variables(os.environ):
        yield Problem(N_("Settings"), Report.of_error(unknown), route="desk-settings")


def _find_wrong_definitions(node: Node) -> Iterator[Problem]:
    for wrong in install_languages(node.root):
        yield Problem(N_("Languages"), Report.of_error(wrong))
    for problem in (*list_programme_problems(), *list_flow_problems(node).values()):
        yield Problem(N_("Dataflows"), Report.of_error(problem), route="desk-flows")


def _find_held_sources(node: Node) -> Iterator[Problem]:
    try:
        read_node_sources(node)
        names = list(list_sources(node))
    except BongsuError as error:
        yield Problem(N_("Sources"), Report.of_error(error))
        return
    for name in names:
        state = read_state(node, name)
        if state.outcome == HELD:
            yield Problem(N_("Sources"), state.report)


def _find_builds(node: Node) -> Iterator[Problem]:
    states = list_flow_states(node)
    for state in states:
        if state.last and state.last.outcome == FAILED:
            text = Report(
                N_("The last build of {dataflow} failed ({date})."),
                {"dataflow": state.flow.id, "date": state.last.at[:10]},
                fix=N_("The page of the dataflow says why, and shows the rows that a check found."),
            )
            yield Problem(N_("Builds"), text, route="desk-flow", about=state.flow.id)
    for state in states:
        if state.current and state.current.affected:
            text = Report(
                N_("{release} is affected: it was computed from {withdrawn}, withdrawn on {date}."),
                {
                    "release": state.current.name,
                    "withdrawn": ", ".join(state.current.affected.by),
                    "date": state.current.affected.since[:10],
                },
                fix=N_("Build it from what stands: “bongsu build”."),
            )
            yield Problem(N_("Builds"), text, route="desk-flow", about=state.flow.id)
    if changed := [state.flow.id for state in states if _could_be_built(state)]:
        text = Report(
            N_("Inputs changed since the last release: {dataflows}."),
            {"dataflows": ", ".join(changed)},
            fix=N_("Build them: “bongsu build”."),
        )
        yield Problem(N_("Builds"), text, wrong=False, route="desk-flows")


def _could_be_built(state: FlowState) -> bool:
    return bool(state.changed) and not (state.last and state.last.outcome == FAILED)
