"""Writes outcomes, transfers and balances as JSON documents, for the interface and the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bongsu.core.errors import N_
from bongsu.credits import models
from bongsu.credits.balances import Balance
from bongsu.credits.ledger.commands import OUTCOMES, Outcome
from bongsu.credits.rules.payback import Reason
from bongsu.credits.rules.words import describe_reason
from bongsu.credits.trace import Trace
from bongsu.credits.unit_table import known_units

_TRANSLATED = ("what", "state")  # values that are texts of the house
STATES = (N_("open"), N_("frozen"), N_("closed"))  # of an account


def describe_outcome(outcome: Outcome, translate: Callable[[str], str], language: str = "en") -> dict[str, Any]:
    """Returns an outcome with its sentence in the reader's language; a command that was done needs none.

    Beside it: what campaigns paid back or took back, in steps, and why not more.
    """
    document: dict[str, Any] = {"id": outcome.id, "outcome": outcome.outcome}
    if outcome.transfers:
        document["transfers"] = list(outcome.transfers)
    if not outcome.is_done:
        values = {
            name: translate(value) if name in _TRANSLATED else write_moment(value)
            for name, value in outcome.values.items()
        }
        message, fix = OUTCOMES[outcome.outcome]
        document |= {"message": translate(message).format(**values), "fix": translate(fix)}
    if outcome.paybacks:
        document["paybacks"] = [describe_payback(payback, translate, language) for payback in outcome.paybacks]
    return document


def describe_payback(payback: Mapping[str, Any], translate: Callable[[str], str], language: str) -> dict[str, Any]:
    """Returns what a campaign paid or took back by a command: the amount in steps, the reasons as codes and in words."""
    unit = known_units()[payback["unit"]]
    reasons = [Reason(code, values) for code, values in payback["reasons"]]
    return {
        "campaign": payback["campaign"],
        "amount": str(payback["amount"]),
        "why": [describe_reason(reason, unit, translate, language) for reason in reasons],
        "reasons": [{"code": reason.code, **reason.values} for reason in reasons],
    }


def write_moment(value: object) -> object:
    """Returns a moment as text, and anything else as it is."""
    return value.isoformat() if isinstance(value, datetime) else value


def describe_transfer(row: models.Transfer) -> dict[str, Any]:
    """Returns a transfer; amounts are text of digits in the unit's smallest step."""
    document: dict[str, Any] = {
        "number": row.number,
        "id": row.id,
        "organisation": row.organisation,
        "state": row.state,
        "debit": row.debit_id,
        "credit": row.credit_id,
        "amount": str(row.amount),
        "unit": row.unit,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "effective": row.effective.isoformat(),
    }
    more: Mapping[str, object] = {
        "group": row.group,
        "memo": row.memo,
        "of": row.of,
        "reverses": row.reverses,
        "campaign": row.campaign,
        "cause": row.cause,
        "until": write_moment(row.until),
    }
    return document | {name: value for name, value in more.items() if value not in (None, "")}


def describe_balance(balance: Balance) -> dict[str, Any]:
    """Returns a balance; amounts are text of digits in the unit's smallest step."""
    return {
        "account": balance.account,
        "unit": balance.unit,
        "posted": str(balance.posted),
        "held": str(balance.held),
        "free": None if balance.free is None else str(balance.free),
        "lots": [
            {
                "lot": lot.number,
                "origin": lot.origin,
                "remaining": str(lot.remaining),
                "from": write_moment(lot.start),
                "until": write_moment(lot.until),
                "spend_at": lot.spend_at,
            }
            for lot in balance.lots
        ],
    }


def describe_trace(trace: Trace) -> dict[str, Any]:
    """Returns a transfer with its command, draws and lots, and the numbers of the transfers that belong to it."""
    command = trace.command
    return describe_transfer(trace.transfer) | {
        "command": command
        and {
            "id": command.id,
            "digest": command.digest,
            "outcome": command.outcome["outcome"],
            "at": command.at.isoformat(),
        },
        "draws": [{"lot": lot.number, "amount": str(draw.amount), "origin": lot.origin} for draw, lot in trace.draws],
        "lots": [{"lot": lot.number, "amount": str(lot.amount), "origin": lot.origin} for lot in trace.lots],
        "end": trace.end and trace.end.number,
        "reversals": [row.number for row in trace.reversals],
        "with": [row.number for row in trace.group],
    }
