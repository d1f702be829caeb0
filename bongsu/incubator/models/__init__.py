"""The records of the room."""

from bongsu.incubator.models.applications import Application, Draft, Member, StoredFile, Version
from bongsu.incubator.models.calls import Call, Edition, Round
from bongsu.incubator.models.panel import (
    Appeal,
    Assignment,
    AssignmentRun,
    Comment,
    Decision,
    Letter,
    ReviewDraft,
    ReviewVersion,
    Score,
    Vote,
    WaitingPlace,
)
from bongsu.incubator.models.reviewers import Conflict, Profile, Relation, Reviewer, StatedAffiliation, Work
from bongsu.incubator.models.screening import Check, Reason, Signature

__all__ = [
    "Appeal",
    "Application",
    "Assignment",
    "AssignmentRun",
    "Call",
    "Check",
    "Comment",
    "Conflict",
    "Decision",
    "Draft",
    "Edition",
    "Letter",
    "Member",
    "Profile",
    "Reason",
    "Relation",
    "ReviewDraft",
    "ReviewVersion",
    "Reviewer",
    "Round",
    "Score",
    "Signature",
    "StatedAffiliation",
    "StoredFile",
    "Version",
    "Vote",
    "WaitingPlace",
    "Work",
]
