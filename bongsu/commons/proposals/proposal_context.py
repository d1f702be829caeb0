"""What the page of a proposal shows: what changes, verdicts before and after, what is alike, conflicts, what one may do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from bongsu.commons.editing.entry_state import EntryWithdrawn
from bongsu.commons.models import Proposal
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.commons.pages import entry_context, framework_comparison
from bongsu.commons.proposals.letters import entry_title, stewards
from bongsu.commons.proposals.likenesses import find_alike, find_alike_proposals
from bongsu.commons.proposals.problems import list_problems
from bongsu.commons.proposals.proposing import (
    COMMONS,
    EDITED,
    KIND_NAMES,
    OPEN,
    STATE_NAMES,
    WITH_ENTRY,
    target_of_proposal,
)
from bongsu.commons.proposals.reviewing import Comparison, compare_entry
from bongsu.commons.proposals.wording import describe_changes, describe_conflicts
from bongsu.core.errors import BadInput
from bongsu.people.access import Actor, Target, may
from bongsu.people.jobs import may_queue
from bongsu.store.node import Node


def proposal_rows(proposals: Iterable[Proposal], language: str) -> list[dict[str, Any]]:
    """Returns the rows of a list of proposals."""
    now = timezone.now()
    return [
        {
            "number": one.pk,
            "title": entry_title(one, language),
            "kind": gettext(KIND_NAMES[one.kind]),
            "state": gettext(STATE_NAMES[one.state]),
            "organisation": one.organisation.title if one.organisation else "",
            "by_program": bool(one.token),
            "day": one.submitted or one.changed,
            "age": (now - (one.submitted or one.changed)).days,
        }
        for one in proposals
    ]


def proposal_context(actor: Actor, node: Node, proposal: Proposal, language: str, today: str) -> dict[str, Any]:
    """Returns the context of the page of a proposal."""
    own = actor.person == proposal.person
    decides = proposal.state == "submitted" and may(actor, "proposal.accept", target_of_proposal(proposal))
    if decides and own:
        decides = not [person for person in stewards() if person != actor.person]
    context = {
        "proposal": proposal,
        "title": entry_title(proposal, language),
        "kind_name": gettext(KIND_NAMES[proposal.kind]),
        "state_name": gettext(STATE_NAMES[proposal.state]),
        "own": own,
        "decides": decides,
        "reviews": may(actor, "proposal.list", Target(*COMMONS)),
        "edits": own and proposal.state in EDITED and proposal.kind in WITH_ENTRY,
        "answers": own and proposal.state in EDITED,
        "takes_back": own and proposal.state in OPEN,
        "may_build": may_queue(actor, "catalogue", (COMMONS,)),
        "notes": proposal.messages.all(),
        "problems": [],
    }
    if proposal.kind not in WITH_ENTRY or not proposal.document:  # it is empty when its person was erased
        return context
    context["problems"] = list_problems(proposal.document, today, gettext)
    if context["problems"]:
        return context
    try:
        compared = compare_entry(node, proposal)
    except (BadInput, EntryWithdrawn):  # a merge that fits no entry any more; the steward decides without it
        return context
    return context | _entry_context(node, proposal, compared, language, today)


def _entry_context(node: Node, proposal: Proposal, compared: Comparison, language: str, today: str) -> dict[str, Any]:
    found = assess_entry(compared.proposed, today)
    before = assess_entry(compared.current, today) if compared.current and proposal.state in OPEN else ()
    verdicts = {
        column.framework: column for column in framework_comparison.framework_columns(before, gettext, language)
    }
    columns = framework_comparison.framework_columns(found, gettext, language)
    is_open = proposal.state in OPEN
    return {
        "shown": entry_context.entry_summary(compared.proposed, language),
        "changes": describe_changes(compared, language) if is_open else [],
        "conflicts": describe_conflicts(compared, language) if is_open else [],
        "fingerprint": compared.fingerprint,
        "links": [link.href for link in compared.proposed.links],
        "columns": columns,
        "verdicts": [(column, verdicts.get(column.framework)) for column in columns],
        "rows": framework_comparison.subject_rows(found, gettext, language),
        "tree": entry_context.licence_tree(compared.proposed, gettext, language),
        "unknown": entry_context.unknown_claim_names(compared.proposed, language),
        "alike": find_alike(node, proposal.document, language) if is_open and proposal.kind == "new" else [],
        "alike_proposals": proposal_rows(find_alike_proposals(proposal), language) if is_open else [],
    }
