"""What each kind of job needs and does: one function checks the arguments, the other runs the same code as the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bongsu.commons.harvest import harvester
from bongsu.commons.harvest_runs.run_texts import run_to_json
from bongsu.commons.harvest_runs.running import run_harvest
from bongsu.commons.harvest_runs.sources import find_source
from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name
from bongsu.core.languages import LANGUAGES
from bongsu.core.report import Report
from bongsu.incubator.opening import find_call, find_edition, newest_edition
from bongsu.incubator.trial.apart import run_apart
from bongsu.incubator.trial.words import HOLDS, STUCK
from bongsu.people.access import Actor
from bongsu.people.models import Job
from bongsu.publish.report.contents import list_area_releases
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import find_programmes
from bongsu.web.long_actions.build import BuildReport, build, find_builds
from bongsu.web.long_actions.progress import Progress
from bongsu.web.long_actions.report import name_report, write_report
from bongsu.web.long_actions.take import take

Values = Mapping[str, str]


class JobRequest(NamedTuple):
    """Checked arguments of a job, what it concerns, for the permission, and its subject in one word."""

    arguments: dict[str, str]
    scopes: tuple[tuple[str, str], ...] = ()
    subject: str = ""


class Outcome(NamedTuple):
    """How a job ended: what it reports, its result as the command prints it with --json, and whether part of it failed."""

    report: Report
    result: Any
    failed: bool = False


class Runner(NamedTuple):
    """How a kind of job is checked and run."""

    check: Callable[[Node, Values], JobRequest]
    run: Callable[[Node, Job, Progress], Outcome]


def job_folder(node: Node, job: Job) -> Path:
    """Returns the folder of the files that a job writes."""
    return node.root / "jobs" / str(job.key)


def _check_take(node: Node, values: Values) -> JobRequest:
    programme = values.get("programme", "")
    find_programmes(node, programme)
    return JobRequest({"programme": programme}, (("programme", programme),) if programme else (), programme)


def _run_take(node: Node, job: Job, progress: Progress) -> Outcome:
    report = take(node, job.arguments["programme"], progress)
    new = sum(new for _, new in report.taken)
    text = Report(N_("Snapshots: {new} new, {old} unchanged."), {"new": new, "old": len(report.taken) - new})
    return _end(text, report.to_json(), report.wrong)


def _check_build(node: Node, values: Values) -> JobRequest:
    programme, flow = values.get("programme", ""), values.get("dataflow", "").upper()
    programmes, _ = find_builds(node, programme, flow)
    arguments = {"programme": programme, "dataflow": flow}
    if despite := values.get("despite", "").strip():
        if not flow:
            raise BadInput(
                N_("A reason to seal withdrawn observations is for one dataflow."), fix=N_("Name the dataflow.")
            )
        arguments["despite"] = despite
    if flow:
        return JobRequest(arguments, (("dataflow", flow), ("programme", programmes[0].name)), flow)
    return JobRequest(arguments, (("programme", programme),) if programme else (), programme)


def _run_build(node: Node, job: Job, progress: Progress) -> Outcome:
    asked = job.arguments
    return _describe_build(build(node, asked["programme"], asked["dataflow"], progress, asked.get("despite", "")))


def _check_catalogue(node: Node, values: Values) -> JobRequest:
    """No arguments: the releases of the catalogue, with what stewards accepted since the last ones."""
    return JobRequest({}, (("programme", "commons"),))


def _run_catalogue(node: Node, job: Job, progress: Progress) -> Outcome:
    return _describe_build(build(node, "commons", "", progress))


def _describe_build(report: BuildReport) -> Outcome:
    new = sum(one.new for one in report.built)
    text = Report(N_("Releases: {new} sealed, {old} unchanged."), {"new": new, "old": len(report.built) - new})
    return _end(text, report.to_json(), (*report.wrong, *(one.error for one in report.left_out)))


def _end(report: Report, result: Any, wrong: tuple[BongsuError, ...]) -> Outcome:
    return Outcome(Report.of_error(wrong[0]), result, failed=True) if wrong else Outcome(report, result)


def _check_harvest(node: Node, values: Values) -> JobRequest:
    """A source, by its name."""
    source = find_source(values.get("source", ""))
    return JobRequest({"source": source.name}, (("programme", "commons"),), source.name)


def _run_harvest(node: Node, job: Job, progress: Progress) -> Outcome:
    name = job.arguments["source"]

    def show(far: harvester.Progress) -> None:
        progress.note(N_("Pages: {pages}, records: {records}"), pages=far.pages, records=far.records)

    asker = Actor(job.actor, trusted=True)  # the permission of who asked was checked
    with progress.stage(N_("Harvesting {source}"), 1, source=name) as step:
        run = run_harvest(node, asker, name, show=show)
        step()
    if run.state == "waiting":
        held = Report(N_("The harvest lost records, and is held until a person accepts it."))
        return Outcome(held, run_to_json(run), failed=True)
    counts = {name: getattr(run, name) for name in ("new", "changed", "unchanged", "gone", "refused")}
    text = N_("Entries: {new} new, {changed} changed, {unchanged} unchanged, {gone} gone, {refused} refused.")
    return Outcome(Report(text, counts), run_to_json(run))


def _check_try(node: Node, values: Values) -> JobRequest:
    """A call, by its name; the newest edition is tried."""
    call = find_call(values.get("call", ""))
    arguments = {"call": call.name, "edition": str(newest_edition(call).number)}
    return JobRequest(arguments, (("call", call.name),), call.name)


def _run_try(node: Node, job: Job, progress: Progress) -> Outcome:
    """Tries the edition in a process of its own, whose records are in memory."""
    edition = find_edition(find_call(job.arguments["call"]), int(job.arguments["edition"]))
    with progress.stage(N_("Trying {call}"), 1, call=job.arguments["call"]) as step:
        result = run_apart(edition.files)
        step()
    return Outcome(Report(HOLDS if result["holds"] else STUCK), result)


def _check_report(node: Node, values: Values) -> JobRequest:
    country, language = values.get("country", "").upper(), values.get("language", "")
    if language not in LANGUAGES:
        raise unknown_name(N_("language"), language, LANGUAGES, where="--language")
    list_area_releases(node, country)
    return JobRequest({"country": country, "language": language}, subject=country)


def _run_report(node: Node, job: Job, progress: Progress) -> Outcome:
    country, language = job.arguments["country"], job.arguments["language"]
    folder = job_folder(node, job)
    files = {form: folder / name_report(country, language, form) for form in ("html", "pdf")}
    written = write_report(node, country, language, files, progress)
    result = {**written.to_json(), "files": [path.name for path in files.values()]}
    return Outcome(Report(N_("Written: {title}."), {"title": written.title}), result)


RUNNERS: Mapping[str, Runner] = MappingProxyType(
    {
        "take": Runner(_check_take, _run_take),
        "harvest": Runner(_check_harvest, _run_harvest),
        "build": Runner(_check_build, _run_build),
        "catalogue": Runner(_check_catalogue, _run_catalogue),
        "report": Runner(_check_report, _run_report),
        "try": Runner(_check_try, _run_try),
    }
)


def check_request(node: Node, kind: str, values: Values) -> JobRequest:
    """Returns the checked arguments of a job. Raises UnknownName for a kind, dataflow, source ... that does not exist."""
    if kind not in RUNNERS:
        raise unknown_name(N_("kind of job"), kind, RUNNERS)
    return RUNNERS[kind].check(node, values)
