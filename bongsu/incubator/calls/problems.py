"""What is wrong in the files of a call, as sentences with lines: for `bongsu call check` and for the officer's pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput
from bongsu.core.toml_lines import find_known_line, read_lines
from bongsu.incubator.calls.check import FILES, CallFiles, check_call, check_files
from bongsu.incubator.calls.folder import PARSERS, describe_place
from bongsu.incubator.calls.words import describe_call_finding
from bongsu.incubator.eligibility.words import describe_rule_finding
from bongsu.incubator.forms.check import check_form
from bongsu.incubator.forms.words import describe_form_finding
from bongsu.incubator.texts import Finding, Translate
from bongsu.incubator.workflow.check import check_workflow
from bongsu.incubator.workflow.words import describe_workflow_finding

LEVELS: Mapping[str, str] = MappingProxyType({"error": N_("error"), "warning": N_("warning")})
_DESCRIBE: Mapping[str, Callable[[Finding, Translate, str], str]] = MappingProxyType(
    dict(
        zip(
            FILES,
            (describe_call_finding, describe_form_finding, describe_rule_finding, describe_workflow_finding),
            strict=True,
        )
    )
)


class Problem(NamedTuple):
    """A finding in a language. An error refuses to open the call. `line` is that of the field, or of what it is missing in."""

    level: Literal["error", "warning"]
    file: str
    field: str
    line: int | None
    message: str


def list_problems(files: CallFiles, texts: Mapping[str, str], translate: Translate, language: str) -> list[Problem]:
    """Returns what is wrong in files that were read from texts."""
    return _describe(check_files(files), texts, translate, language)


def list_text_problems(texts: Mapping[str, str], translate: Translate, language: str) -> list[Problem]:
    """Returns what is wrong in the texts of four files. A file that cannot be read has one problem: why."""
    read: dict[str, Any] = {}
    problems = []
    for name in FILES:
        try:
            read[name] = PARSERS[name](texts[name], "")
        except BadInput as error:
            place = describe_place(error, texts[name])
            said = describe_public_error(error, translate)
            problems.append(
                Problem("error", name, place.field, place.line, f"{said.what} {said.fix}" if said.fix else said.what)
            )
    if not problems:
        files = CallFiles(*(read[name] for name in FILES))
        return list_problems(files, texts, translate, language)
    checks: Mapping[str, Callable[[Any], list[Finding]]] = {
        "call.toml": check_call,
        "form.toml": check_form,
        "workflow.toml": check_workflow,
    }
    found = {name: check(read[name]) for name, check in checks.items() if name in read}
    return problems + _describe(found, texts, translate, language)


def _describe(
    found: Mapping[str, list[Finding]], texts: Mapping[str, str], translate: Translate, language: str
) -> list[Problem]:
    problems = []
    for name, findings in found.items():
        lines = read_lines(texts[name]).fields if findings else {}
        for one in findings:
            message = _DESCRIBE[name](one, translate, language)
            problems.append(Problem(one.level, name, one.field, find_known_line(lines, one.field), message))
    return problems
