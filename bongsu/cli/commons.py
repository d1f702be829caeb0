"""`bongsu commons`: assess openness, add to the catalogue, check it, search it, and resolve duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from bongsu.cli import commons_proposals
from bongsu.cli.commands import (
    SELECTION,
    Argument,
    Arguments,
    Command,
    Option,
    read_file_name,
    read_whole_number,
)
from bongsu.cli.commons_entries import ACTIONS as ENTRY_ACTIONS
from bongsu.cli.harvest import harvest_source
from bongsu.cli.language import get_language, translate, translate_error
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput, NotUnderstood, unknown_name
from bongsu.core.where import group_values, parse_where

if TYPE_CHECKING:
    from bongsu.commons.catalogue_search import Catalogue
    from bongsu.commons.harvest.comparison import HarvestReport

_FRAMEWORKS = ("mof", "osai", "dpg", "osaid", "current-ai")
_MODES = ("normalised", "mot-parity")
# Suffixes of the files that are read in a folder.
_SUFFIXES = {".json", ".jsonld", ".yaml", ".yml", ".md", ".rdf", ".ttl", ".xml"}
_WIDTH = 120  # maximum characters of a reason on the terminal; --json gives all
_VALUES = 8  # maximum values of a facet on the terminal
_SHOWN = 20  # maximum lines of a list on the terminal; --json gives all


def _today() -> str:
    from bongsu.store.disk.clock import utc_now

    return utc_now()[:10]


def _read_files(names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yields (path, content) of the given files and of the files in the given folders, sorted by name."""
    for name in names:
        path = Path(name)
        inside = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
        for file in inside if path.is_dir() else [path]:
            yield str(file), file.read_bytes()


def _assess(args: Arguments, terminal: Terminal) -> int:
    from bongsu.commons.display_names import NAMED_CRITERIA, STATE_NAMES, result_name
    from bongsu.commons.documents import parse_document
    from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES, assess_document

    document = parse_document(Path(args.file).read_bytes(), args.file)
    found = assess_document(document, args.framework, as_of=args.as_of or _today(), where=args.file, mode=args.mode)
    spoken = get_language()
    lines = [
        (
            NAMED_CRITERIA[found.framework, cell.criterion].name.to(spoken),
            STATE_NAMES[cell.state].to(spoken),
            shorten(cell.reason.translated(translate, spoken), _WIDTH, placeholder=" …"),
        )
        for cell in found.cells
    ]
    score = "" if found.score is None else f"  {found.score:g}/{found.out_of:g}"
    classes = "".join(f"  {name}: {value:.0f} %" for name, value in found.progress.items())
    asked = f"{FRAMEWORK_NAMES[found.framework].to(spoken)} {found.version}"
    head = f"{found.subject}: {asked}: {result_name(found, spoken)}{score}{classes}"
    warnings = [f"! {warning.translated(translate, spoken)}" for warning in found.warnings]
    body = format_table((N_("criterion"), N_("state"), N_("reason")), lines)
    terminal.result(found.to_json(), "\n".join([head, body, *warnings]))
    return 0


def _add(args: Arguments, terminal: Terminal) -> int:
    from bongsu.commons.harvest import harvester
    from bongsu.store.node import Node

    addresses = [what for what in args.what if "://" in what]
    names = [what for what in args.what if what not in addresses]
    if addresses and (names or len(addresses) > 1):
        raise BadInput(N_("Give one address at a time, or files: each source has its own name."))
    if addresses:
        return _harvest(args, addresses[0], terminal)
    name = args.name or "hand"
    harvester.check_source_name(name)
    report = harvester.harvest_files(Node(Path(args.node)), name, _read_files(names), _today(), args.licence or "")
    terminal.result(report.to_json(), _report_text(report))
    return 0 if not report.broken else BadInput.exit_status


def _harvest(args: Arguments, address: str, terminal: Terminal) -> int:
    """Adds an address as a source, or changes what is given of the source of that name, and harvests it."""
    name = args.name or _source_name(address)
    node = open_records(args)
    from bongsu.commons.harvest_runs.sources import add_source, change_source
    from bongsu.commons.models import HarvestSource

    given: dict[str, Any] = {"licence": args.licence, "allow_private": args.allow_private or None}
    given = {field: value for field, value in given.items() if value is not None}
    if HarvestSource.objects.filter(name=name).exists():
        change_source(command_actor(), name, address=address, **given)
    else:
        add_source(command_actor(), name, address, **given)
    return harvest_source(node, name, terminal)


def _source_name(address: str) -> str:
    """Returns the name of a source: its host, in letters and hyphens."""
    from bongsu.store.fetching.fetcher import parse_address

    return parse_address(address).hostname.replace(".", "-").replace(":", "-").strip("-")[:60]


def _report_text(report: HarvestReport) -> str:
    counted = translate(
        N_(
            "{source}: {new} new, {changed} changed, {unchanged} unchanged, {gone} gone, {broken} broken, {twice} known before."
        )
    ).format(
        source=report.source,
        new=len(report.new),
        changed=len(report.changed),
        unchanged=report.unchanged,
        gone=len(report.gone),
        broken=len(report.broken),
        twice=len(report.duplicates),
    )
    lines = [f"! {found.where}: {translate_error(found.error).sentence}" for found in report.broken[:_SHOWN]]
    existing = [pair.one for pair in report.duplicates if pair.one == pair.other]
    if existing:
        lines.append(
            translate(
                N_("! These exist already and were left as they are; “bongsu commons correct” changes one: {ids}")
            ).format(ids=", ".join(existing[:_SHOWN]))
        )
    if len(report.broken) > _SHOWN:
        lines.append(f"! … {len(report.broken) - _SHOWN}")
    if report.new or report.changed or report.gone:
        lines.append(translate(N_("“bongsu build” seals them.")))
    return "\n".join([counted, *lines])


def _check(args: Arguments, terminal: Terminal) -> int:
    """Checks every entry. Without files, checks the entries of the next build and reports the age of their evidence."""
    from bongsu.commons.harvest.page_reader import read_page
    from bongsu.commons.harvest.record import BrokenRecord, RecordOrigin

    if not args.what:
        return _check_node(args, terminal)
    wrong: list[dict[str, str]] = []
    read = 0
    for path, data in _read_files(args.what):
        try:
            for record in read_page(data, RecordOrigin("check", path, _today(), "0" * 64)).records:
                if isinstance(record, BrokenRecord):
                    wrong.append({"where": record.where, "why": translate_error(record.error).sentence})
                else:
                    read += 1
        except BadInput as error:
            wrong.append({"where": path, "why": translate_error(error).sentence})
    text = "\n".join(
        [
            translate(N_("{read} read, {wrong} broken.")).format(read=read, wrong=len(wrong)),
            *(f"! {w['where']}: {w['why']}" for w in wrong),
        ]
    )
    terminal.result({"read": read, "broken": wrong}, text)
    return 0 if not wrong else BadInput.exit_status


def _check_node(args: Arguments, terminal: Terminal) -> int:
    from bongsu.commons.harvest.node_entries import read_node_entries
    from bongsu.commons.methods import count_claims
    from bongsu.commons.openness.entry_assessments import assess_entry
    from bongsu.store.node import Node

    held = read_node_entries(Node(Path(args.node)))
    today = _today()
    oldest = sorted((entry.checked, entry.id) for entry in held.entries.values())
    known = [count_claims(entry) for entry in held.entries.values()]
    for entry in held.entries.values():
        assess_entry(entry, today)
    data = {
        "entries": len(held.entries),
        "gone": len(held.tombstones),
        "claims_known": sum(one for one, _ in known),
        "claims_unknown": sum(possible - one for one, possible in known),
        "checked_longest_ago": [{"entry": id_, "checked": day} for day, id_ in oldest[:_SHOWN]],
    }
    text = translate(N_("{entries} entries, {claims_known} claims with evidence, {claims_unknown} unknown.")).format(
        **data
    )
    lines = format_table((N_("entry"), N_("last checked")), [(id_, day) for day, id_ in oldest[:_SHOWN]])
    terminal.result(data, f"{text}\n{lines}")
    return 0


def _search(args: Arguments, terminal: Terminal) -> int:
    from bongsu.commons.catalogue_search import current_catalogue, search_to_json
    from bongsu.commons.display_names import FACET_NAMES, value_name
    from bongsu.store.node import Node

    filters = group_values(parse_where(args.where))
    catalogue = current_catalogue(Node(Path(args.node)))
    found, entries = catalogue.search(args.query, filters, limit=args.limit)
    if not entries:
        _check_values(catalogue, filters)
    spoken = get_language()
    rows = [
        (
            entry.id,
            value_name("kind", str(entry.kind), spoken),
            shorten(entry.value("licence") or "?", 30, placeholder=" …"),
            entry.title(spoken),
            shorten(entry.text(spoken), 70, placeholder=" …"),
        )
        for entry in entries
    ]
    heading = (N_("entry"), N_("kind"), N_("licence"), N_("name"), "")
    facets = [
        f"{FACET_NAMES[name].to(spoken)} ({name}): "
        + ", ".join(f"{value} {count}" for value, count in list(counts.items())[:_VALUES])
        for name, counts in found.facets.items()
        if counts
    ]
    text = "\n".join([format_table(heading, rows), f"{found.total}", *facets]) if rows else translate(NOTHING_TO_SHOW)
    terminal.result(search_to_json(found, entries), text)
    return 0


def _check_values(catalogue: Catalogue, filters: Mapping[str, Sequence[str]]) -> None:
    """Raises UnknownName for a value that no entry of the catalogue has."""
    known = catalogue.search("", limit=0)[0].facets
    for facet, values in filters.items():
        for value in values:
            if value not in known.get(facet, {}):
                raise unknown_name(N_("value of this facet"), value, known.get(facet, {}), where=facet)


def _duplicates(args: Arguments, terminal: Terminal) -> int:
    from bongsu.commons.harvest.node_entries import find_undecided_pairs
    from bongsu.store.node import Node

    pairs = find_undecided_pairs(Node(Path(args.node)))
    data = [{"one": pair.one, "other": pair.other, "likeness": pair.likeness} for pair in pairs]
    rows = [(pair.one, pair.other, pair.likeness) for pair in pairs]
    terminal.result(
        data, format_table((N_("one"), N_("other"), N_("likeness")), rows) if rows else translate(NOTHING_TO_SHOW)
    )
    return 0


def _decide(args: Arguments, terminal: Terminal) -> int:
    from bongsu.commons.harvest.node_entries import keep_decision
    from bongsu.store.node import Node

    if args.same == args.different:
        raise NotUnderstood(N_("Say whether they are duplicates: --same or --different."))
    keep_decision(Node(Path(args.node)), args.one, args.other, same_thing=args.same, today=_today())
    terminal.result(
        {"one": args.one, "other": args.other, "same": args.same}, translate(N_("Kept. “bongsu build” seals it."))
    )
    return 0


ACTIONS = (
    Command(
        "assess",
        N_("Assess openness by a framework."),
        _assess,
        (
            Argument("file", metavar="FILE", type=read_file_name, help=N_("a file in the framework's own format")),
            Option("--framework", choices=_FRAMEWORKS, required=True, help=N_("the framework")),
            Option("--mode", choices=_MODES, default="normalised", help=N_("how licences are read (mof)")),
            Option(
                "--as-of",
                metavar="DATE",
                help=N_("use the version of the standard that applied on this date (dpg)"),
            ),
        ),
        ("bongsu commons assess model.yml --framework mof",),
    ),
    Command(
        "add",
        N_("Add entries from files, folders or addresses."),
        _add,
        (
            Argument(
                "what",
                metavar="FILE|URL",
                nargs=-1,
                required=True,
                type=read_file_name,
                help=N_("files, folders, or one address"),
            ),
            Option("--from", "name", metavar="NAME", help=N_("a short name for where they come from")),
            Option("--licence", metavar="TEXT", help=N_("the licence of the records themselves")),
            Option("--allow-private", is_flag=True, help=N_("allow requests to private and loopback addresses")),
        ),
        (
            "bongsu commons add entries/ --from ministry --licence CC0-1.0",
            "bongsu commons add https://data.example/catalog.ttl",
        ),
    ),
    Command(
        "check",
        N_("Check entries and say what is wrong, file by file."),
        _check,
        (
            Argument(
                "what",
                metavar="FILE",
                nargs=-1,
                type=read_file_name,
                help=N_("files or folders (default: the catalogue)"),
            ),
        ),
        ("bongsu commons check entries/",),
    ),
    Command(
        "search",
        N_("Find entries of the catalogue in full text."),
        _search,
        (
            Argument(
                "query", metavar="QUERY", required=False, default="", help=N_("words to find (default: every entry)")
            ),
            Option(
                "--where",
                multiple=True,
                metavar="FACET=VALUE,...",
                group=SELECTION,
                help=N_("only entries for which these conditions hold: kind=model; language=ko,fr"),
            ),
            Option(
                "--limit",
                metavar="N",
                type=read_whole_number,
                default=_SHOWN,
                group=SELECTION,
                help=N_("print at most N entries (default: 20)"),
            ),
        ),
        ('bongsu commons search "korean speech" --where kind=dataset language=ko',),
    ),
    Command("duplicates", N_("List entries that may be duplicates."), _duplicates, (), ("bongsu commons duplicates",)),
    Command(
        "decide",
        N_("Decide whether two entries are duplicates; if so, the first is shown."),
        _decide,
        (
            Argument("one", metavar="ONE", help=N_("the id of an entry")),
            Argument("other", metavar="OTHER", help=N_("the id of the other entry")),
            Option("--same", is_flag=True, help=N_("they are duplicates")),
            Option("--different", is_flag=True, help=N_("they are different entries")),
        ),
        ("bongsu commons decide hand/my-model hub/my-model --same",),
    ),
    *commons_proposals.ACTIONS,
    *ENTRY_ACTIONS,
)
