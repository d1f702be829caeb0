"""An award as JSON has it, for the command. Amounts are texts of digits in the unit's smallest step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bongsu.incubator.awards.reading import AwardView, DeliverableRow


def describe_award(view: AwardView, language: str) -> dict[str, Any]:
    """Returns an award with its tranches, milestones and reports; texts in one language."""
    award = view.award
    return {
        "number": view.application.number,
        "state": view.application.state,
        "line": award.line,
        "unit": award.unit,
        "asked": str(award.asked),
        "awarded": str(award.amount),
        "paid": str(view.paid),
        "held": str(view.held),
        "returned": str(view.returned),
        "source": award.source,
        "account": award.account,
        "started": _moment(award.started),
        "until": _moment(award.until),
        "ended": _moment(award.ended),
        "signed": {side: one.signed.isoformat() for side, one in view.signed.items()},
        "tranches": [
            {
                "key": row.tranche.key,
                "at": row.tranche.at,
                "amount": str(row.tranche.amount),
                "state": row.state,
                "command": row.command,
            }
            for row in view.tranches
        ],
        "milestones": [_describe(row, language) for row in view.deliverables if row.one.kind == "milestone"],
        "reports": [_describe(row, language) for row in view.deliverables if row.one.kind == "report"],
        "notice": {"answer_by": view.notice.answer_by.isoformat()} if view.notice else None,
    }


def describe_deliveries(row: DeliverableRow, language: str) -> dict[str, Any]:
    """Returns a milestone or a report with all that was handed in, the newest first."""
    return _describe(row, language) | {
        "deliveries": [
            {
                "number": one.number,
                "received": one.received.isoformat(),
                "text": one.text,
                "files": [file["name"] for file in one.files],
                "verdict": one.verdict,
                "why": one.why,
            }
            for one in row.deliveries
        ]
    }


def _describe(row: DeliverableRow, language: str) -> dict[str, Any]:
    return {"key": row.one.key, "title": row.title.to(language), "due": row.one.due.isoformat(), "state": row.state}


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
