"""Writes the report on a country as HTML and PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_
from bongsu.publish.report import contents, html, pdf
from bongsu.store.disk.files import write_file
from bongsu.store.node import Node
from bongsu.web.long_actions.progress import Progress

_WRITERS = {"html": html.write_html, "pdf": pdf.write_pdf}


@dataclass(frozen=True)
class WrittenReport:
    """The report: its title, the releases in it, and its files by form."""

    country: str
    language: str
    title: str
    releases: tuple[str, ...]
    files: Mapping[str, Path]

    def to_json(self) -> dict[str, Any]:
        """Returns the report, for --json and the record of a job."""
        files = {form: str(path) for form, path in self.files.items()}
        return {
            "country": self.country,
            "language": self.language,
            "title": self.title,
            "releases": list(self.releases),
            "files": files,
        }


def name_report(country: str, language: str, form: str) -> str:
    """Returns the usual name of the file."""
    return f"report-{country}-{language}.{form}"


def write_report(
    node: Node, country: str, language: str, files: Mapping[str, Path], progress: Progress
) -> WrittenReport:
    """Writes the report to `files` (html, pdf). Raises UnknownName for a country without data."""
    releases = contents.list_area_releases(node, country)
    with progress.stage(N_("Writing the report"), len(releases) + len(files)) as step:
        sections = []
        for release in releases:
            sections.append(contents.build_section(node, release, country, language))
            step()
        made = contents.build_report(node, country, language, sections)
        for form, path in files.items():
            write_file(path.absolute(), _WRITERS[form](made))
            step()
    return WrittenReport(country, language, made.title, tuple(release.name for release in releases), files)
