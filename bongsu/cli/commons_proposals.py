"""`bongsu commons propose`, `proposals` and `review`: what the pages of proposals do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_file_name, read_whole_number
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, NotUnderstood

if TYPE_CHECKING:
    from bongsu.commons.models import Proposal
    from bongsu.commons.proposals.letters import Letters
    from bongsu.store.node import Node


def _letters(node: Node) -> Letters:
    from bongsu.commons.proposals.letters import Letters
    from bongsu.web.site_address import site_address

    return Letters(node.identity.name, partial(site_address, None))


def _describe(proposal: Proposal) -> dict[str, Any]:
    return {
        "number": proposal.pk,
        "kind": proposal.kind,
        "entry": proposal.entry,
        "state": proposal.state,
        "person": str(proposal.person_id),
        "organisation": proposal.organisation.name if proposal.organisation else "",
        "submitted": proposal.submitted.isoformat() if proposal.submitted else "",
    }


def _show(terminal: Terminal, proposal: Proposal) -> None:
    from bongsu.commons.proposals.proposing import STATE_NAMES

    terminal.result(_describe(proposal), f"{proposal.pk} {proposal.entry}: {translate(STATE_NAMES[proposal.state])}")


def _propose(args: Arguments, terminal: Terminal) -> int:
    node = open_records(args)
    from bongsu.commons.documents import parse_document
    from bongsu.commons.proposals.drafting import propose_document
    from bongsu.people.persons import find_person

    document = parse_document(Path(args.file).read_bytes(), args.file)
    person = find_person(args.person)
    made = propose_document(command_actor(), node, person, document, args.text, _letters(node), args.organisation)
    _show(terminal, made)
    return 0


def _list(args: Arguments, terminal: Terminal) -> int:
    open_records(args)
    from bongsu.commons.models import Proposal
    from bongsu.commons.proposals.proposing import KIND_NAMES, STATE_NAMES

    found = Proposal.objects.select_related("organisation").order_by("submitted", "pk")
    found = found.filter(state=args.state) if args.state else found.exclude(state="draft")
    rows = [_describe(one) for one in found]
    table = [
        (
            row["number"],
            translate(KIND_NAMES[row["kind"]]),
            row["entry"],
            translate(STATE_NAMES[row["state"]]),
            row["submitted"][:10],
        )
        for row in rows
    ]
    heading = (N_("number"), N_("kind"), N_("entry"), N_("state"), N_("submitted"))
    terminal.result(rows, format_table(heading, table) if table else translate(NOTHING_TO_SHOW))
    return 0


def _review(args: Arguments, terminal: Terminal) -> int:
    if args.accept + args.ask_back + args.refuse != 1:
        raise NotUnderstood(N_("Say what is decided: --accept, --ask-back or --refuse."))
    node = open_records(args)
    from bongsu.commons.proposals import reviewing
    from bongsu.commons.proposals.proposing import find_proposal

    actor, letters = command_actor(), _letters(node)
    proposal = find_proposal(actor, args.number)
    if args.accept:
        reviewing.accept(actor, node, proposal, args.text, letters)
    elif args.ask_back:
        reviewing.ask_back(actor, proposal, args.text, letters)
    else:
        reviewing.refuse(actor, proposal, args.text, letters)
    _show(terminal, proposal)
    return 0


_STATES = ("draft", "submitted", "asked-back", "accepted", "refused", "taken-back")
_TEXT = Option("--text", metavar="TEXT", default="", help=N_("a message to the other side"))
ACTIONS = (
    Command(
        "propose",
        N_("Propose an entry, or a correction of one, on behalf of a person."),
        _propose,
        (
            Argument("file", metavar="FILE", type=read_file_name, help=N_("the entry as a file")),
            Option("--for", "person", metavar="PERSON", required=True, help=N_("who proposes: an address or id")),
            Option("--organisation", metavar="NAME", default="", help=N_("on behalf of this organisation")),
            _TEXT,
        ),
        ("bongsu commons propose entry.yaml --for kim@stat.example",),
    ),
    Command(
        "proposals",
        N_("List proposals, the oldest first."),
        _list,
        (Option("--state", choices=_STATES, help=N_("only those in this state")),),
        ("bongsu commons proposals --state submitted",),
    ),
    Command(
        "review",
        N_("Decide about a proposal."),
        _review,
        (
            Argument("number", metavar="NUMBER", type=read_whole_number, help=N_("the proposal's number")),
            Option("--accept", is_flag=True, help=N_("accept it, and do what it proposes")),
            Option("--ask-back", is_flag=True, help=N_("ask its person")),
            Option("--refuse", is_flag=True, help=N_("refuse it")),
            _TEXT,
        ),
        ("bongsu commons review 12 --accept",),
    ),
)
