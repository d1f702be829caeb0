"""The records of the room."""

from bongsu.incubator.models.applications import Application, Draft, Member, StoredFile, Version
from bongsu.incubator.models.awards import (
    AgreementSignature,
    Award,
    CohortMember,
    Deliverable,
    Delivery,
    Reduction,
    Tranche,
    UseNotice,
)
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
    "AgreementSignature",
    "Appeal",
    "Application",
    "Assignment",
    "AssignmentRun",
    "Award",
    "Call",
    "Check",
    "CohortMember",
    "Comment",
    "Conflict",
    "Decision",
    "Deliverable",
    "Delivery",
    "Draft",
    "Edition",
    "Letter",
    "Member",
    "Profile",
    "Reason",
    "Reduction",
    "Relation",
    "ReviewDraft",
    "ReviewVersion",
    "Reviewer",
    "Round",
    "Score",
    "Signature",
    "StatedAffiliation",
    "StoredFile",
    "Tranche",
    "UseNotice",
    "Version",
    "Vote",
    "WaitingPlace",
    "Work",
]
