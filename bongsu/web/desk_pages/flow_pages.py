"""The pages about dataflows: the list, one dataflow with its builds and releases, rows that checks found, withdrawing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.observation_status import NOT_RELIED_ON
from bongsu.core.reason import parse_reason
from bongsu.core.structure import NUMERIC_COLUMNS, Structure
from bongsu.people.access import may, require
from bongsu.people.granting import list_scopes
from bongsu.people.jobs import may_queue
from bongsu.publish.formats.figures import format_cell
from bongsu.publish.formats.html_tables import Cell, render_table
from bongsu.store.logs.build_log import FAILED, write_csv
from bongsu.store.node import Node
from bongsu.store.tables.definitions import concepts
from bongsu.web.desk_pages.changes import Changes, carry_out, make_forms
from bongsu.web.desk_pages.forms import WithdrawForm
from bongsu.web.next_build import next_build
from bongsu.web.node_state.flow_state import FlowState, find_flow_state, list_flow_states
from bongsu.web.scopes import target_of_dataflow, target_of_flow
from bongsu.web.withdrawing import foresee_withdrawal, withdraw_release

SHOWN_ROWS = 100


@require_safe
def list_flows(request: Any) -> HttpResponse:
    """Lists the dataflows that are open to the reader."""
    node: Node = request.node
    rows = [
        _summarise(node, state)
        for state in list_flow_states(node)
        if may(request.actor, "dataflow.see", target_of_flow(state.flow))
    ]
    return render(request, "desk_pages/flows.html", {"rows": rows})


@require_safe
def show_flow(request: Any, id: str) -> HttpResponse:
    """Shows a dataflow: the last build with its checks, what it was built from, values to review, and its releases."""
    state = _find_state(request, id)
    node: Node = request.node
    last = state.last
    reports = []
    for number, finding in enumerate(last.findings if last else (), 1):
        found = last.rows[number - 1] if last and number <= len(last.rows) else 0
        title = gettext(finding.check)
        reports.append(
            {
                "number": number,
                "title": title,
                "holds": finding.holds,
                "detail": finding.describe(gettext),
                "rows": found,
                "table": _render_rows(node, state, _read_stored_rows(node, id, number), title) if found else "",
            }
        )
    flagged = _list_flagged(node, state)
    changed = {one.name: one for one in state.changed}
    inputs = state.manifest.inputs if state.manifest else ()
    summary = _summarise(node, state)
    context = {
        **summary,
        "flow_row": summary,
        "reports": sorted(reports, key=lambda report: bool(report["holds"])),
        "shown": SHOWN_ROWS,
        "why_failed": describe_public_error(last.report, gettext) if last and last.report.message else None,
        "problem": describe_public_error(state.problem, gettext) if state.problem else None,
        "inputs": [(one, changed.pop(one.name, None)) for one in inputs],
        "new_inputs": list(changed.values()),
        "notes": [(gettext(note.message), note.detail) for note in state.manifest.notes] if state.manifest else [],
        "flagged": len(flagged),
        "flagged_table": _render_rows(node, state, flagged[:SHOWN_ROWS], gettext("Values to review"))
        if flagged
        else "",
        "releases": state.releases[::-1],
        "programme": list_scopes("programme", get_language() or "en").get(state.flow.programme, state.flow.programme),
        "may_build": state.recipe is not None and may_queue(request.actor, "build", target_of_flow(state.flow).scopes),
        "may_take": may_queue(request.actor, "take", (("programme", state.flow.programme),)),
        "may_withdraw": may(request.actor, "release.withdraw", target_of_flow(state.flow)),
    }
    return render(request, "desk_pages/flow.html", context)


@require_safe
def export_check_rows(request: Any, id: str, number: int) -> HttpResponse:
    """Returns the rows that a check of the last build found, as CSV."""
    state = _find_state(request, id)
    text = request.node.builds.read_rows(state.flow.id, number)
    if not text:
        raise Missing(N_("The last build has no rows of this check."))
    return _csv_response(text, f"{state.flow.id}-check-{number}.csv")


@require_safe
def export_flagged(request: Any, id: str) -> HttpResponse:
    """Returns the observations of the current release that are marked for review, as CSV."""
    state = _find_state(request, id)
    flagged = _list_flagged(request.node, state)
    if not flagged:
        raise Missing(N_("No value of the current release is marked for review."))
    return _csv_response(write_csv(flagged), f"{state.flow.id}-review.csv")


@require_http_methods(["GET", "POST"])
def withdraw(request: Any, id: str, number: int) -> HttpResponse:
    """Says what withdrawing a release leads to (GET), and withdraws it (POST)."""
    node: Node = request.node
    require(request.actor, "release.withdraw", target_of_dataflow(node, id))
    release = node.releases.get(id, number)
    if release.withdrawal:
        raise BadInput(
            N_("{release} was withdrawn already on {date}."), release=release.name, date=release.withdrawal.at[:10]
        )

    def carry_through(values: Any) -> str:
        language = get_language() or "en"
        reason = parse_reason((f"{language}={values['reason']}", *values["others"].splitlines()), language)
        withdraw_release(request.actor, node, id, number, reason)
        return gettext("{release} was withdrawn.").format(release=release.name)

    changes: Changes = {"withdraw": (WithdrawForm, carry_through)}
    found = make_forms(request, changes)
    if carry_out(request, changes, found):
        return redirect("desk-flow", id)
    current = node.releases.current(id)
    context = {
        "release": release,
        "is_current": current.number == number,
        "consequences": foresee_withdrawal(node, release),
        "forms": found,
    }
    return render(request, "desk_pages/withdraw.html", context)


def _find_state(request: Any, id: str) -> FlowState:
    state = find_flow_state(request.node, id)
    require(request.actor, "dataflow.see", target_of_flow(state.flow))
    return state


def _summarise(node: Node, state: FlowState) -> dict[str, Any]:
    checks = state.last.findings if state.last else state.manifest.findings if state.manifest else ()
    return {
        "flow": state.flow,
        "title": state.flow.name.to(get_language() or "en"),
        "current": state.current,
        "last": state.last,
        "outcome": gettext(state.last.outcome) if state.last else "",
        "failed": bool(state.last and state.last.outcome == FAILED),
        "checks": len(checks),
        "wrong_checks": [gettext(one.check) for one in checks if not one.holds],
        "changed": state.changed,
        "has_recipe": state.recipe is not None,
        "next": next_build(node, state.flow.id),
    }


def _list_flagged(node: Node, state: FlowState) -> list[dict[str, Any]]:
    """Returns the observations of the current release that are marked for review."""
    if state.current is None or state.problem is not None:
        return []
    table = node.table(state.current)
    rows: list[dict[str, Any]] = node.engine.run(table.filter(table["OBS_STATUS"].isin(NOT_RELIED_ON))).to_pylist()
    return rows


def _read_stored_rows(node: Node, id: str, check: int) -> list[dict[str, Any]]:
    """Returns the first rows that a check of the last build found."""
    reader = csv.DictReader(io.StringIO(node.builds.read_rows(id, check)))
    first = [row for _, row in zip(range(SHOWN_ROWS), reader, strict=False)]
    return [
        {name: float(text) if text and name in NUMERIC_COLUMNS else text or None for name, text in row.items()}
        for row in first
    ]


def _render_rows(node: Node, state: FlowState, rows: Sequence[Mapping[str, Any]], caption: str) -> SafeString:
    """Renders rows with their key and the columns in which they differ; codes by their names in the newest release.

    Nothing if the file of the rows is lost. A column of an earlier structure that the dataflow lost is left out.
    """
    if not rows:
        return SafeString()
    language, flow = get_language() or "en", state.flow
    structure = node.releases.structure(state.releases[-1]) if state.releases else Structure(flow, ())
    names = {**concepts(), **{one.id: one for one in (*flow.dimensions, *flow.attributes)}}
    columns = [name for name in rows[0] if name in names and (name in flow.keys or _differs(rows, name))]
    header = [Cell(names[name].name.to(language), name in NUMERIC_COLUMNS) for name in columns]
    body = [
        [Cell(format_cell(structure, name, row, language), name in NUMERIC_COLUMNS) for name in columns] for row in rows
    ]
    return render_table(header, body, caption)


def _differs(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return len({row[name] for row in rows}) > 1 or (name in NUMERIC_COLUMNS and rows[0][name] is not None)


def _csv_response(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
