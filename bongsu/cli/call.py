"""`bongsu call`: writes the files of a call, checks and explains them, and verifies receipts; call_*.py have the rest."""

from __future__ import annotations

from bongsu.cli import call_awards, call_outcomes, call_records, call_reviewers, call_try
from bongsu.cli.call_records import read_folder, write_folder
from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table, wrap_text
from bongsu.core.errors import N_, BadInput, Refused


def run_init(args: Arguments, terminal: Terminal) -> int:
    """Writes the four files of an example call into a folder."""
    from bongsu.incubator.calls.folder import write_example

    texts = write_example(args.workflow, args.name)
    write_folder(args.folder, texts)
    text = translate(N_("Change the files in “{folder}”, then: bongsu call check {folder}")).format(folder=args.folder)
    terminal.result({"folder": str(args.folder), "files": list(texts)}, text)
    return 0


def run_check(args: Arguments, terminal: Terminal) -> int:
    """Explains rules and workflow of a call, and prints what is wrong; the status is 65 if the call cannot be opened."""
    from bongsu.incubator.calls.folder import parse_files
    from bongsu.incubator.calls.problems import LEVELS, list_problems
    from bongsu.incubator.eligibility.words import explain_draft
    from bongsu.incubator.workflow.words import explain_workflow

    language = get_language()
    texts = read_folder(args.folder)
    files = parse_files(texts, str(args.folder))
    findings = list_problems(files, texts, translate, language)
    rules = [one.line for one in explain_draft(files.rules, files.form, translate, language)]
    workflow = explain_workflow(files.workflow, translate, language)
    deadlines = [
        {"round": one.key, "opens": f"{one.opens.starts:%Y-%m-%dT%H:%M:%SZ}", "last_second": one.closes.last_second}
        for one in files.call.rounds
    ]
    verdict = translate(N_("Nothing contradicts itself."))
    if findings:
        rows = [(translate(LEVELS[one.level]), one.file, one.line or "", one.field, one.message) for one in findings]
        verdict = format_table((N_("level"), N_("file"), N_("line"), N_("field"), N_("what is wrong")), rows)
    holds = not any(one.level == "error" for one in findings)
    rounds = format_table(
        (N_("round"), N_("opens (UTC)"), N_("last second (UTC)")), [tuple(one.values()) for one in deadlines]
    )
    explained = "\n".join(wrap_text(line) for line in (*rules, "", *workflow))
    document = {"call": files.call.call, "holds": holds, "rounds": deadlines, "rules": rules, "workflow": workflow}
    document["findings"] = [one._asdict() for one in findings]
    terminal.result(document, f"{rounds}\n\n{explained}\n\n{verdict}")
    return 0 if holds else BadInput.exit_status


def run_verify(args: Arguments, terminal: Terminal) -> int:
    """Verifies a receipt: its signature, and that an exported version and its files are what it is about."""
    import msgspec

    from bongsu.core.envelope import parse_envelope
    from bongsu.incubator.receipts import check_version, verify_receipt

    card = parse_envelope(args.card.read_bytes(), str(args.card)) if args.card else None
    receipt, known = verify_receipt(args.receipt.read_bytes(), str(args.receipt), card)
    if args.fingerprint and "".join(args.fingerprint.split()) != known.fingerprint.replace(" ", ""):
        raise Refused(
            N_("The receipt is signed by the node with the fingerprint {found}, not by the one that you expect."),
            found=known.fingerprint,
        )
    if args.answers:
        check_version(receipt, args.answers.read_bytes(), (path.read_bytes() for path in args.files), str(args.answers))
    text = translate(
        N_("{number}, version {version}, was received at {received_at}.\nFingerprint of the node: {fingerprint}")
    ).format(
        number=receipt.number,
        version=receipt.version,
        received_at=receipt.received_at,
        fingerprint=known.fingerprint,
    )
    facts = {"fingerprint": known.fingerprint, "answers_checked": bool(args.answers)}
    terminal.result({**msgspec.to_builtins(receipt), **facts}, text)
    return 0


_FOLDER = Argument("folder", metavar="FOLDER", type=read_path, help=N_("the folder of the call"))
ACTIONS = (
    Command(
        "init",
        N_("write the files of an example call"),
        run_init,
        (
            _FOLDER,
            Option(
                "--workflow",
                metavar="NAME",
                default="one-stage",
                help=N_("one-stage, concept-then-full, rolling, fast-compute or cohort-jury (default: one-stage)"),
            ),
            Option(
                "--name",
                metavar="NAME",
                default="example-2027",
                help=N_("the name of the call in addresses (default: example-2027)"),
            ),
        ),
        ("bongsu call init spring", "bongsu call init spring --workflow fast-compute"),
    ),
    Command("check", N_("check and explain the files of a call"), run_check, (_FOLDER,), ("bongsu call check spring",)),
    *call_try.ACTIONS,
    *call_outcomes.ACTIONS,
    *call_records.ACTIONS,
    *call_reviewers.ACTIONS,
    *call_awards.ACTIONS,
    Command(
        "verify",
        N_("verify a receipt, and a version with its files"),
        run_verify,
        (
            Argument("receipt", metavar="RECEIPT", type=read_path, help=N_("the receipt")),
            Argument("files", metavar="FILE", type=read_path, nargs=-1, help=N_("the files of the version")),
            Option("--answers", metavar="FILE", type=read_path, help=N_("the version, as its owner downloaded it")),
            Option("--card", metavar="FILE", type=read_path, help=N_("a newer card of the node")),
            Option("--fingerprint", metavar="DIGITS", help=N_("the fingerprint that the node must have")),
        ),
        ("bongsu call verify receipt.json --answers version.json plan.pdf",),
    ),
)
