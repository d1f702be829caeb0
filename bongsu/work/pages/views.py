"""Views of the work programme's pages. They read sealed releases; the search is a GET form and needs no script."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.core.errors import N_, Missing, UnknownName, unknown_name
from bongsu.core.release import Release
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.work.dataflows.ai_impact import parse_result
from bongsu.work.exposure.indices import indices
from bongsu.work.impact import effect_plot
from bongsu.work.impact.conclusions import MAY, list_conclusions, percent_change
from bongsu.work.impact.kept_results import IMPACT_FAMILY
from bongsu.work.impact.study import EffectCoefficient, StudyResult
from bongsu.work.occupations.correspondences import ISCO08
from bongsu.work.pages.occupation_search import find_occupations
from bongsu.work.pages.percentile_ranks import RankSpread, agreed_extremes, rank_spreads, widest_spreads

_MAX_SHOWN = 12
_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "json": "application/json"}


def _language() -> str:
    return get_language() or "en"


def _find_release(request: HttpRequest, dataflow: str) -> tuple[Node, Release | None]:
    node: Node = request.node  # type: ignore[attr-defined]
    try:
        return node, node.releases.current(dataflow)
    except (Missing, UnknownName):  # no release yet, or all are withdrawn
        return node, None


# --- an occupation by six indices


@lru_cache(maxsize=4)
def _read_spreads(node: Node, release: Release) -> dict[str, RankSpread]:
    """Computes the ranks of a release; cached, because a release never changes."""
    return rank_spreads(node.usable_observations(release).rows)


@require_safe
def exposure(request: HttpRequest) -> HttpResponse:
    """Shows an occupation (?occupation=2512) by every index, a search (?q=nurse), and where the indices disagree."""
    node, release = _find_release(request, "EXPOSURE_INDEX")
    language = _language()
    names = code_lists()[ISCO08]
    asked = request.GET.get("q", "").strip()
    chosen = request.GET.get("occupation", "").strip()
    found, guessed = find_occupations(asked)
    context: dict[str, Any] = {
        "release": release,
        "asked": asked,
        "found": [(code, names.name_of(code, language)) for code in found],
        "guessed": guessed,
    }
    if release:
        every = _read_spreads(node, release)
        high, low = agreed_extremes(every, _MAX_SHOWN)
        context |= {
            "chosen": _occupation_context(every, chosen, language) if chosen else None,
            "groups": [
                (gettext(title), gettext(description), [_spread_context(one, language) for one in group])
                for title, description, group in (
                    (
                        N_("Where they disagree most"),
                        N_("Some indices rank these occupations high, others low."),
                        widest_spreads(every, _MAX_SHOWN),
                    ),
                    (N_("High in every index"), N_("Every index that scores these occupations ranks them high."), high),
                    (N_("Low in every index"), N_("Every index that scores these occupations ranks them low."), low),
                )
            ],
            "agreement": _agreement_context(request, language),
            "indices": [(id_, code_lists()["CL_EXPOSURE_INDEX"].name_of(id_, language)) for id_ in indices()],
        }
    return render(request, "work/exposure.html", context)


def _occupation_context(every: dict[str, RankSpread], code: str, language: str) -> dict[str, Any]:
    """Returns the template context of one occupation. Raises UnknownName for a code that is not a unit group."""
    names = code_lists()[ISCO08]
    units = [one.id for one in names if len(one.id) == 4]
    if code not in units:
        raise unknown_name(N_("unit group"), code, units, where="occupation")
    lists = code_lists()
    ranks = every[code].ranks if code in every else ()
    return {
        "code": code,
        "name": names.name_of(code, language),
        "above": [(code[:digits], names.name_of(code[:digits], language)) for digits in (1, 2, 3)],
        "ranks": [
            {
                "rank": one,
                "number": _index_number(one.index),
                "name": lists["CL_EXPOSURE_INDEX"].name_of(one.index, language),
                "label": lists["CL_EXPOSURE_CLASS"].name_of(one.label, language) if one.label else "",
                "origin": indices()[one.index].source.origin,
                "vintage": indices()[one.index].source.vintage,
            }
            for one in sorted(ranks, key=lambda one: _index_number(one.index))
        ],
        "without_score": [
            lists["CL_EXPOSURE_INDEX"].name_of(id_, language)
            for id_ in indices()
            if id_ not in {one.index for one in ranks}
        ],
    }


def _index_number(index: str) -> int:
    """Returns the number of an index, which the page's marks show so that they do not depend on colour."""
    return list(indices()).index(index) + 1


def _spread_context(one: RankSpread, language: str) -> dict[str, Any]:
    lists = code_lists()
    return {
        "code": one.occupation,
        "name": lists[ISCO08].name_of(one.occupation, language),
        "low": min(rank.rank for rank in one.ranks),
        "high": max(rank.rank for rank in one.ranks),
        "width": one.width,
        "points": [
            (
                _index_number(rank.index),
                rank.rank,
                lists["CL_EXPOSURE_INDEX"].name_of(rank.index, language),
            )
            for rank in one.ranks
        ],
    }


def _agreement_context(request: HttpRequest, language: str) -> dict[str, Any] | None:
    """Returns the template context of the table of rank correlations, from INDEX_AGREEMENT; None without a release."""
    node, release = _find_release(request, "INDEX_AGREEMENT")
    if release is None:
        return None
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    for row in node.usable_observations(release).rows:
        cell = cells.setdefault((row["INDEX"], row["INDEX_COMPARED"]), {})
        if row["INDICATOR"] == "RANK_CORRELATION":
            cell |= {"rho": row["OBS_VALUE"], "low": row["LOWER_BOUND"], "high": row["UPPER_BOUND"]}
        else:
            cell["occupations"] = int(row["OBS_VALUE"])
    order = [id_ for id_ in indices() if any(id_ in pair for pair in cells)]
    names = code_lists()["CL_EXPOSURE_INDEX"]
    return {
        "release": release,
        "names": [(_index_number(id_), names.name_of(id_, language)) for id_ in order],
        "rows": [
            (_index_number(one), names.name_of(one, language), [cells.get((one, two)) for two in order])
            for one in order
        ],
    }


# --- event studies


def _read_studies(node: Node, release: Release) -> dict[str, tuple[StudyResult, Any]]:
    """Reads the results that a release was built from, by name, each with its input; finds the snapshots by hash."""
    found = {}
    for given in node.releases.manifest(release).inputs:
        snapshot = next((one for one in node.snapshots.all(given.name) if one.sha256 == given.sha256), None)
        if snapshot is not None:
            found[given.name.removeprefix(f"{IMPACT_FAMILY}-")] = (
                parse_result(node.snapshots.read(snapshot), given.name),
                given,
            )
    return found


@require_safe
def impact(request: HttpRequest) -> HttpResponse:
    """Shows every sealed event study: its plot, its numbers, and what may and may not be concluded."""
    node, release = _find_release(request, "AI_IMPACT")
    studies = _read_studies(node, release) if release else {}
    contexts = [_study_context(name, result, given) for name, (result, given) in sorted(studies.items())]
    return render(request, "work/impact.html", {"release": release, "studies": contexts})


def _study_context(name: str, result: StudyResult, given: Any) -> dict[str, Any]:
    sentences = [
        (one.side == MAY, _group_name(result, one.group), gettext(one.message).format(**one.values))
        for one in list_conclusions(result)
    ]
    rows: list[dict[str, Any]] = []
    for study in result.studies:
        group = _group_name(result, study.group)
        rows.append(_coefficient_row(group, gettext("effect"), study.effect))
        if study.placebo:
            rows.append(
                _coefficient_row(
                    group, gettext("placebo date {date}").format(date=study.placebo.date), study.placebo.effect
                )
            )
        if study.pre_trend:
            rows.append(_coefficient_row(group, gettext("trend before, per time"), study.pre_trend.slope))
        rows += [
            _coefficient_row(group, gettext("effect by {exposure}").format(exposure=other.name), other.effect)
            for other in study.alternatives
            if other.effect
        ]
    if result.difference:
        rows.append(_coefficient_row("", gettext("difference between the groups"), result.difference))
    return {
        "name": name,
        "result": result,
        "given": given,
        "rows": rows,
        "times": [
            _coefficient_row(_group_name(result, study.group), f"{at.first} – {at.last}", at.coefficient)
            for study in result.studies
            for at in study.event_times
            if at.coefficient
        ],
        "may": [(group, text) for yes, group, text in sentences if yes],
        "may_not": [(group, text) for yes, group, text in sentences if not yes],
        "breaks": [
            (one.period, _group_name(result, one.group), gettext(one.sign).format(**dict(one.values)))
            for one in result.breaks
        ],
        "first": result.studies[0],
    }


def _group_name(result: StudyResult, group: str) -> str:
    return f"{result.by} = {group}" if group else ""


def _coefficient_row(group: str, what: str, one: EffectCoefficient) -> dict[str, Any]:
    return {
        "group": group,
        "what": what,
        "percent": percent_change(one.value),
        "low": percent_change(one.low),
        "high": percent_change(one.high),
        "coefficient": one.value,
        "error": one.standard_error,
        "p": "<0.001" if one.p < 0.001 else f"{one.p:.3f}",
    }


@require_safe
def plot(request: HttpRequest, study: str, form: str) -> HttpResponse:
    """Returns the plot of one study as svg, png or its Vega-Lite specification (json). Raises UnknownName."""
    node, release = _find_release(request, "AI_IMPACT")
    studies = _read_studies(node, release) if release else {}
    if study not in studies:
        raise unknown_name(N_("study"), study, studies)
    if form not in _MEDIA_TYPES:
        raise unknown_name(N_("format"), form, _MEDIA_TYPES)
    response = HttpResponse(_render_plot(studies[study][0], form, _language()), content_type=_MEDIA_TYPES[form])
    response.headers["Cache-Control"] = "max-age=60"
    return response


@lru_cache(maxsize=64)
def _render_plot(result: StudyResult, form: str, language: str) -> bytes:
    return effect_plot.render_plot(result, form, language)
