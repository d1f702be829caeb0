"""The error of a step that does not happen."""

from __future__ import annotations

from bongsu.core.errors import Final
from bongsu.incubator.workflow.step import Refusal


class StepRefused(Final):
    """The workflow, or the ledger, does not allow the step now: `refusal` is why, if it is a step of the workflow."""

    code = "step-refused"
    http_status = 409
    refusal: Refusal | None = None
