"""A report as one HTML file: styles and charts are embedded, so it loads no other file and can be sent by mail."""

from __future__ import annotations

from base64 import b64encode

from django.template.loader import render_to_string
from django.utils.translation import override

from bongsu.publish.formats import typesetting
from bongsu.publish.report.contents import Report, ReportChart, ReportSection


def write_html(report: Report) -> bytes:
    """Writes the HTML file."""
    with override(report.language):
        parts = [(part, [_section_context(section) for section in part.sections]) for part in report.parts]
        methods = [
            {
                "title": record.title.to(report.language),
                "summary": record.summary.to(report.language),
                "limits": record.limits.to(report.language),
                "formula": record.formula,
                "unit": "" if record.unit == "1" else record.unit,
                "source": record.source,
            }
            for record in report.methods
        ]
        context = {"report": report, "parts": parts, "methods": methods}
        return render_to_string("publish/report.html", context).encode()


def _section_context(
    section: ReportSection,
) -> tuple[ReportSection, list[tuple[ReportChart, str]], list[list[tuple[str, bool]]]]:
    """Returns a section with its charts as data: URLs and its table as cells."""
    return section, [(one, _data_address(one.specification)) for one in section.charts], _cells(section)


def _cells(section: ReportSection) -> list[list[tuple[str, bool]]]:
    """Returns the lines of a table, the header first; each cell is (text, whether it is a number)."""
    table = section.table
    return [list(zip(line, table.numbers, strict=True)) for line in (table.header, *table.lines)]


def _data_address(specification: dict[str, object]) -> str:
    """Returns a chart as a data: URL; inside an <img>, its styles and ids cannot conflict with those of the page."""
    return f"data:image/svg+xml;base64,{b64encode(typesetting.specification_to_svg(specification).encode()).decode()}"
