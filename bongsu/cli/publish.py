"""`bongsu publish`: writes reports, bulk files, or the whole node as static files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import OUTPUT, Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.languages import LANGUAGES

if TYPE_CHECKING:
    from bongsu.store.node import Node


def _open_node(args: Arguments) -> Node:
    """Opens the node and sets Django up for it, which the writers of pages need."""
    from bongsu.store.node import Node
    from bongsu.web.django_setup import setup_django

    node = Node(Path(args.node))
    setup_django(node.root)
    return node


def write_report(args: Arguments, terminal: Terminal) -> int:
    """Writes the report on a country."""
    from bongsu.web.long_actions import report

    node, tongue = _open_node(args), args.language or get_language()
    code = args.country.upper() or node.site.home
    if not code:
        raise BadInput(N_("The node has no home country."), fix=N_("Give a country, such as --country KEN."))
    if tongue not in LANGUAGES:
        raise unknown_name(N_("language"), tongue, LANGUAGES, where="--language")
    wanted: dict[str, Path] = {form: path for form in ("html", "pdf") if (path := getattr(args, form))}
    if not wanted:
        wanted = {form: Path(report.name_report(code, tongue, form)) for form in ("html", "pdf")}
    for path in wanted.values():
        if not path.absolute().parent.is_dir():
            raise BadInput(N_("The folder of “{path}” does not exist."), path=path)
    written = report.write_report(node, code, tongue, wanted, terminal)
    terminal.result(written.to_json(), "\n".join([written.title, *(str(path) for path in wanted.values())]))
    return 0


def write_files(args: Arguments, terminal: Terminal) -> int:
    """Writes the bulk files of every release."""
    from bongsu.publish.bulk_files import list_bulk_files

    node = _open_node(args)
    releases = node.releases.all()
    count = size = 0
    with terminal.stage(N_("Writing bulk files"), len(releases)) as step:
        for release in releases:
            files = list_bulk_files(node, release)
            count, size = count + len(files), size + sum(file.size for file in files)
            step()
    text = translate(N_("{count} files of {releases} releases, {size} bytes, in {place}")).format(
        count=count, releases=len(releases), size=size, place=node.root / "files"
    )
    terminal.result({"files": count, "releases": len(releases), "bytes": size}, text)
    return 0


def write_site(args: Arguments, terminal: Terminal) -> int:
    """Writes the node as static files."""
    from bongsu.publish.exports import static_site
    from bongsu.web.django_setup import prepare_django, write_static_files

    node = _open_node(args)
    prepare_django(node.root)
    write_static_files()
    site = static_site.StaticSite(node, args.folder.absolute(), args.address)
    try:
        while site.waiting:
            with terminal.stage(
                N_("Writing the site, part {number}"), len(site.waiting), number=site.round + 1
            ) as step:
                site.write_waiting(step)
        site.finish()
    except BaseException:
        site.discard()
        raise
    text = translate(N_("{count} files in {folder}")).format(count=site.count, folder=args.folder)
    for address, status in site.left_out:
        terminal.say(translate(N_("Left out: {address} ({status})")).format(address=address, status=status))
    left_out = [{"address": address, "status": status} for address, status in site.left_out]
    data = {"folder": str(args.folder), "files": site.count, "bytes": site.size, "left_out": left_out}
    terminal.result(data, text)
    return 0


ACTIONS = (
    Command(
        "report",
        N_("a report on one country or region, as HTML and PDF"),
        write_report,
        (
            Option(
                "--country",
                metavar="CODE",
                default="",
                help=N_("ISO 3166 alpha-3: KOR, FRA, KEN (default: the home country)"),
            ),
            Option(
                "--language", metavar="CODE", group=OUTPUT, help=N_("the code of a language (default: the terminal's)")
            ),
            Option("--html", metavar="FILE", type=read_path, group=OUTPUT, help=N_("where the HTML goes")),
            Option("--pdf", metavar="FILE", type=read_path, group=OUTPUT, help=N_("where the PDF goes")),
        ),
        ("bongsu publish report --country KOR --language ko --pdf korea.pdf",),
    ),
    Command(
        "site",
        N_("the whole node as static files that any web server can host"),
        write_site,
        (
            Argument("folder", metavar="DIR", type=read_path, help=N_("a folder that is new, or an older site")),
            Option(
                "--address",
                metavar="URL",
                default="http://localhost:8000/",
                help=N_("where the site will be reached; catalogues and feeds name it"),
            ),
        ),
        ("bongsu publish site public --address https://node.example/",),
    ),
    Command(
        "files",
        N_("write the bulk files and checksums of every release in advance"),
        write_files,
        (),
        ("bongsu publish files",),
    ),
)
