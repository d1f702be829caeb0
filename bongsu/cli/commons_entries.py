"""`bongsu commons show | correct | withdraw | restore | history | conflicts | give | permit`: entries changed on this node."""

from __future__ import annotations

from pathlib import Path

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_file_name
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, NotUnderstood

_SEALED = N_("“bongsu build” seals the change.")


def _show(args: Arguments, terminal: Terminal) -> int:
    """Prints an entry as YAML, to be edited and given to `correct`."""
    node = open_records(args)
    import yaml

    from bongsu.commons.editing.entry_state import current_entry

    entry, fingerprint = current_entry(node, args.id)
    text = yaml.safe_dump(entry.to_json(), allow_unicode=True, sort_keys=False, width=120)
    terminal.result({"fingerprint": fingerprint, "entry": entry.to_json()}, text.rstrip())
    return 0


def _correct(args: Arguments, terminal: Terminal) -> int:
    node = open_records(args)
    from bongsu.commons.documents import parse_document
    from bongsu.commons.editing.entry_state import current_entry
    from bongsu.commons.editing.revisions import save_entry
    from bongsu.commons.entries.entry_reader import parse_entry

    entry = parse_entry(parse_document(Path(args.file).read_bytes(), args.file), args.file)
    current_entry(node, entry.id)  # it exists
    made = save_entry(node, command_actor(), entry, if_match=args.if_match, why=args.why)
    if made is None:
        terminal.result({"entry": entry.id, "revision": None}, translate(N_("Nothing changed.")))
        return 0
    fields = [field for field, _, _ in made.changes]
    text = "\n".join([", ".join(fields), translate(_SEALED)])
    terminal.result({"entry": entry.id, "revision": made.number, "fields": fields}, text)
    return 0


def _withdraw(args: Arguments, terminal: Terminal) -> int:
    node = open_records(args)
    from bongsu.commons.editing.revisions import withdraw_entry

    made = [withdraw_entry(node, command_actor(), id_, why=args.why) for id_ in args.ids]
    terminal.result([{"entry": one.entry, "revision": one.number} for one in made], translate(_SEALED))
    return 0


def _restore(args: Arguments, terminal: Terminal) -> int:
    node = open_records(args)
    from bongsu.commons.editing.revisions import restore_entry

    made = restore_entry(node, command_actor(), args.id, why=args.why)
    terminal.result({"entry": made.entry, "revision": made.number}, translate(_SEALED))
    return 0


def _history(args: Arguments, terminal: Terminal) -> int:
    open_records(args)
    from bongsu.commons.editing.entry_state import entry_history
    from bongsu.commons.editing.history import KIND_NAMES, change_rows, describe_revision, name_author
    from bongsu.people.organisations import organisation_titles

    found = entry_history(args.id)
    spoken, titles = get_language(), organisation_titles()
    lines = []
    for one in found:
        author = name_author(one, titles, translate)
        lines.append(f"{one.number}  {one.made:%Y-%m-%d %H:%M}  {translate(KIND_NAMES[one.kind])}  {author}  {one.why}")
        lines += [f"   {row['name']}: {row['before']} → {row['after']}" for row in change_rows(one, spoken, translate)]
    terminal.result([describe_revision(one) for one in found], "\n".join(lines) or translate(NOTHING_TO_SHOW))
    return 0


def _conflicts(args: Arguments, terminal: Terminal) -> int:
    """Lists the conflicts; with an entry, a field and --keep or --take, decides one."""
    node = open_records(args)
    from bongsu.commons.editing.conflicts import decide_conflict
    from bongsu.commons.editing.entry_state import list_conflicts
    from bongsu.commons.editing.history import conflict_row

    if args.id:
        if not args.field or args.keep == args.take:
            raise NotUnderstood(N_("Name the field, and say --keep or --take."))
        made = decide_conflict(node, command_actor(), args.id, args.field, take_theirs=args.take, why=args.why)
        terminal.result({"entry": made.entry, "revision": made.number}, translate(_SEALED))
        return 0
    rows = [
        {"entry": state.id, **conflict_row(conflict, get_language(), translate)}
        for state in list_conflicts(node)
        for conflict in state.conflicts
    ]
    heading = (N_("entry"), N_("field"), N_("here"), N_("at the source"))
    cells = [(row["entry"], row["field"], row["ours"], row["theirs"]) for row in rows]
    terminal.result(rows, format_table(heading, cells) if rows else translate(NOTHING_TO_SHOW))
    return 0


def _give(args: Arguments, terminal: Terminal) -> int:
    open_records(args)
    from bongsu.commons.editing.revisions import give_entry

    organisation = "" if args.organisation == "-" else args.organisation
    give_entry(command_actor(), args.id, organisation, args.why)
    terminal.result({"entry": args.id, "organisation": organisation}, translate(N_("Kept.")))
    return 0


def _permit(args: Arguments, terminal: Terminal) -> int:
    open_records(args)
    from bongsu.commons.editing.entry_tokens import permit_token

    permit_token(command_actor(), args.token, args.entries, args.why)
    terminal.result({"token": args.token, "entries": args.entries}, translate(N_("Kept.")))
    return 0


_ID = Argument("id", metavar="ID", help=N_("the id of the entry"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the history"))
ACTIONS = (
    Command("show", N_("Print an entry as a file."), _show, (_ID,), ("bongsu commons show bloom > bloom.yaml",)),
    Command(
        "correct",
        N_("Correct an entry, also one that ships with Bongsu or was harvested."),
        _correct,
        (
            Argument("file", metavar="FILE", type=read_file_name, help=N_("the whole entry, corrected")),
            _WHY,
            Option("--if-match", metavar="FINGERPRINT", help=N_("refuse if the entry is not this version")),
        ),
        ('bongsu commons correct bloom.yaml --why "read its licence"',),
    ),
    Command(
        "withdraw",
        N_("Withdraw entries; each leaves a deletion record."),
        _withdraw,
        (
            Argument("ids", metavar="ID", nargs=-1, required=True, help=N_("the ids of the entries")),
            Option("--why", metavar="TEXT", required=True, help=N_("the reason, for the history")),
        ),
        ('bongsu commons withdraw kogpt --why "no longer published"',),
    ),
    Command(
        "restore", N_("Restore an entry that was withdrawn."), _restore, (_ID, _WHY), ("bongsu commons restore kogpt",)
    ),
    Command(
        "history",
        N_("Show the changes of an entry on this node."),
        _history,
        (_ID,),
        ("bongsu commons history bloom",),
    ),
    Command(
        "conflicts",
        N_("List fields that the node and a source changed differently, or decide one."),
        _conflicts,
        (
            Argument("id", metavar="ID", required=False, default="", help=N_("the id of the entry")),
            Argument("field", metavar="FIELD", required=False, default="", help=N_("the field, as the list names it")),
            Option("--keep", is_flag=True, help=N_("keep the node's value")),
            Option("--take", is_flag=True, help=N_("take the source's value")),
            _WHY,
        ),
        ("bongsu commons conflicts", "bongsu commons conflicts bloom claim/licence --take"),
    ),
    Command(
        "give",
        N_("Say which organisation an entry belongs to."),
        _give,
        (_ID, Argument("organisation", metavar="ORGANISATION", help=N_("its short name; - for none")), _WHY),
        ("bongsu commons give polyglot-ko kaist",),
    ),
    Command(
        "permit",
        N_("Let a token change entries by the API."),
        _permit,
        (
            Argument("token", metavar="START", help=N_("the first characters of the token")),
            Option(
                "--entries",
                choices=("own", "all", "none"),
                default="own",
                help=N_("those of its organisation, all, or none"),
            ),
            _WHY,
        ),
        ("bongsu commons permit bongsu_a1b2",),
    ),
)
