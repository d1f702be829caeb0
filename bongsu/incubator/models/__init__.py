"""The records of the room."""

from bongsu.incubator.models.applications import Application, Draft, Member, StoredFile, Version
from bongsu.incubator.models.calls import Call, Edition, Round
from bongsu.incubator.models.reviewers import Conflict, Profile, Relation, Reviewer, StatedAffiliation, Work
from bongsu.incubator.models.screening import Check, Signature

__all__ = [
    "Application",
    "Call",
    "Check",
    "Conflict",
    "Draft",
    "Edition",
    "Member",
    "Profile",
    "Relation",
    "Reviewer",
    "Round",
    "Signature",
    "StatedAffiliation",
    "StoredFile",
    "Version",
    "Work",
]
