"""The pages about the node itself: its state with what needs attention, the settings in force, disk use, and duties."""

from __future__ import annotations

import shutil
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu import __version__
from bongsu.core.error_text import describe_public_error
from bongsu.people.access import may
from bongsu.people.actions import act
from bongsu.store.node import Node
from bongsu.web.desk_pages.navigation import PAGES
from bongsu.web.duties.history import list_last_runs
from bongsu.web.duties.record_problems import find_record_problems
from bongsu.web.node_state.checkup import SECONDS_ON_A_PAGE, check_files, read_checkup
from bongsu.web.node_state.problems import Problem, find_problems
from bongsu.web.node_state.settings_in_force import list_settings


@require_safe
def show_state(request: Any) -> HttpResponse:
    """Shows what needs attention, with what to do, and what the node has."""
    node: Node = request.node
    checkup = read_checkup(node)
    problems = find_problems(node, checkup, find_record_problems(node))
    releases = node.releases.all()
    context = {
        "wrong": [_describe(problem) for problem in problems if problem.wrong],
        "advice": [_describe(problem) for problem in problems if not problem.wrong],
        "checkup": checkup,
        "may_check": may(request.actor, "node.check"),
        "node": node,
        "version": __version__,
        "dataflows": len({release.dataflow for release in releases}),
        "releases": len(releases),
        "withdrawn": sum(1 for release in releases if release.withdrawal),
    }
    return render(request, "desk_pages/state.html", context)


def _describe(problem: Problem) -> dict[str, str]:
    text = describe_public_error(problem.report, gettext)
    about = (problem.about,) if problem.about else ()
    page = next((gettext(page.title) for page in PAGES if page.route == problem.route), problem.about)
    return {
        "subject": gettext(problem.subject),
        "what": text.message,
        "fix": text.fix,
        "address": reverse(problem.route, args=about) if problem.route else "",
        "page": page,
    }


@require_POST
def check_node(request: Any) -> HttpResponse:
    """Reads the files of the node, within the limit of a page."""
    checkup = check_files(request.node, SECONDS_ON_A_PAGE)  # before the transaction, which must be short
    with act(request.actor, "node.check") as change:
        change.after = {"complete": checkup.complete, "problems": len(checkup.problems)}
    if checkup.problems:
        text = gettext("Files that are damaged or missing: {count}.").format(count=len(checkup.problems))
        messages.error(request, text)
    elif checkup.complete:
        messages.success(request, gettext("Every file is intact."))
    else:
        messages.warning(request, gettext("The time was over before all files were read. “bongsu doctor” reads all."))
    return redirect("desk-disk" if request.POST.get("from") == "disk" else "desk-state")


@require_safe
def show_settings(request: Any) -> HttpResponse:
    """Lists the settings in force in this server process, without secrets."""
    return render(request, "desk_pages/settings.html", {"rows": list_settings(request.node)})


@require_safe
def show_disk_use(request: Any) -> HttpResponse:
    """Shows the disk use by part as it was measured last, and the space that is free now."""
    checkup, disk = read_checkup(request.node), shutil.disk_usage(request.node.root)
    context = {
        "checkup": checkup,
        "parts": [(part, 100 * part.size / (checkup.size or 1)) for part in checkup.parts] if checkup else [],
        "damaged": [describe_public_error(one, gettext).sentence for one in checkup.problems] if checkup else [],
        "free": disk.free,
        "all": disk.total,
        "free_share": 100 * disk.free / disk.total,
        "may_check": may(request.actor, "node.check"),
    }
    return render(request, "desk_pages/disk.html", context)


@require_safe
def show_duties(request: Any) -> HttpResponse:
    """Lists every duty with its last run and when it is due next."""
    runs, now = list_last_runs(), timezone.now()
    started = any(run.ended for run in runs)
    rows = [
        {
            "run": run,
            "text": describe_public_error(run.report, gettext).sentence if run.report.message else "",
            "late": started and run.is_late(now),
        }
        for run in runs
    ]
    return render(request, "desk_pages/duties.html", {"rows": rows, "started": started})
