"""The records of the room."""

from bongsu.incubator.models.applications import Application, Draft, Member, StoredFile, Version
from bongsu.incubator.models.calls import Call, Edition, Round
from bongsu.incubator.models.screening import Check, Signature

__all__ = [
    "Application",
    "Call",
    "Check",
    "Draft",
    "Edition",
    "Member",
    "Round",
    "Signature",
    "StoredFile",
    "Version",
]
