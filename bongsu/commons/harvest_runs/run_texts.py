"""A run in words, in the reader's language: its state, what it found, why it waits, and its errors."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from bongsu.commons.harvest.loss import LOSS_TEXTS, MAX_GONE_PERCENT, Loss
from bongsu.commons.models import HarvestRun
from bongsu.core.csv_cells import quote_formula
from bongsu.core.error_text import ErrorText, describe_public_error
from bongsu.core.errors import N_
from bongsu.core.report import Report

Translate = Callable[[str], str]

STATES: Mapping[str, str] = MappingProxyType(
    {
        "running": N_("running"),
        "done": N_("done"),
        "waiting": N_("waits for a decision"),
        "accepted": N_("accepted"),
        "discarded": N_("discarded"),
        "replaced": N_("replaced by a later harvest"),
        "failed": N_("failed"),
        "stopped": N_("stopped"),
        "interrupted": N_("interrupted"),
    }
)
_COLUMNS = (N_("record"), N_("page"), N_("place"), N_("field"), N_("what is wrong"), N_("what to do"))


def describe_losses(run: HarvestRun, translate: Translate) -> list[str]:
    """Returns why a run waits for a person, one sentence each."""
    values = {
        "announced": run.announced,
        "fetched": run.fetched,
        "gone": run.gone,
        "previous": run.previous,
        "limit": MAX_GONE_PERCENT,
    }
    return [translate(LOSS_TEXTS[Loss(loss)]).format(**values) for loss in run.losses]


def describe_report(report: Mapping[str, Any], translate: Translate) -> ErrorText:
    """Returns the text of a stored error."""
    return describe_public_error(Report.from_json(report), translate)


def describe_failure(run: HarvestRun, translate: Translate) -> str:
    """Returns why a run failed; empty if it did not."""
    return describe_report(run.report, translate).sentence if run.report else ""


def run_to_json(run: HarvestRun) -> dict[str, Any]:
    """Returns a run as plain values, for JSON."""
    return {
        "key": str(run.key),
        "source": run.source.name,
        "state": run.state,
        "by": run.actor,
        "started": run.started.isoformat(timespec="seconds"),
        "ended": run.ended and run.ended.isoformat(timespec="seconds"),
        "formats": run.formats.split(),
        "waiting_for": run.losses,
        "failure": describe_failure(run, str),
        **{name: getattr(run, name) for name in COUNTS},
    }


COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "pages": N_("Pages read"),
        "announced": N_("Records announced by the source"),
        "fetched": N_("Records received"),
        "new": N_("New entries"),
        "changed": N_("Changed entries"),
        "unchanged": N_("Unchanged entries"),
        "gone": N_("Entries gone"),
        "refused": N_("Records refused"),
        "duplicates": N_("Records left out, since their entry exists already"),
    }
)


def errors_to_csv(run: HarvestRun, translate: Translate) -> Iterator[str]:
    """Yields the lines of the table of all refused records, with a heading."""
    yield _csv_line([translate(name) for name in _COLUMNS])
    for error in run.errors.order_by("pk").iterator(chunk_size=500):
        text = describe_report(error.report, translate)
        yield _csv_line([error.record, str(error.page), error.place, text.where, text.what, text.fix])


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([quote_formula(cell) for cell in cells])
    return line.getvalue()
