"""Writes a trial as a JSON document, whose amounts are text of digits in steps, and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from bongsu.core.csv_cells import quote_formula
from bongsu.credits.rules.document import Campaign
from bongsu.credits.rules.words import Translate, describe_reason
from bongsu.credits.trials.trial import Trial
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import format_amount

_COLUMNS = ("line", "id", "at", "wallet", "person", "group", "merchant", "amount", "payback", "reasons")


def describe_trial(campaign: Campaign, trial: Trial, translate: Translate, language: str) -> dict[str, Any]:
    """Returns a trial with the reasons as sentences in the reader's language. The amount of a refund is below zero."""
    return {
        "campaign": campaign.id,
        "unit": campaign.unit.code,
        "payments": [
            {
                "line": one.row.line,
                "id": one.row.id,
                "at": one.row.at.astimezone(campaign.zone).isoformat(),
                "wallet": one.row.wallet,
                "person": one.row.person,
                "group": one.group,
                "merchant": one.row.merchant,
                "amount": str(-one.amount if one.row.refund_of else one.amount),
                "payback": str(one.payback),
                "codes": [reason.code for reason in one.reasons],
                "reasons": [describe_reason(reason, campaign.unit, translate, language) for reason in one.reasons],
            }
            for one in trial.results
        ],
        "groups": [
            {
                "group": one.group,
                "payments": one.payments,
                "amount": str(one.amount),
                "payback": str(one.payback),
                "left": None if one.left is None else str(one.left),
            }
            for one in trial.groups
        ],
        "caps": [{"window": cap.window, "amount": str(cap.amount), "limited": limited} for cap, limited in trial.caps],
        "budget": {
            "total": str(campaign.budget),
            "used": str(trial.used),
            "left": str(trial.left),
            "limited": trial.short,
        },
        "owed": str(trial.owed),
    }


def write_csv(document: Mapping[str, Any]) -> str:
    """Returns the payments of a trial as CSV, with amounts as people write them; no cell is taken for a formula."""
    unit = known_units()[document["unit"]]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for payment in document["payments"]:
        amounts = {name: format_amount(int(payment[name]), unit).split(" ")[0] for name in ("amount", "payback")}
        cells = {**payment, **amounts, "reasons": " ".join(payment["reasons"])}
        writer.writerow([quote_formula(cells[name]) for name in _COLUMNS])
    return out.getvalue()
