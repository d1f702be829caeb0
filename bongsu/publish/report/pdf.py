"""A report as PDF, typeset by Typst. This module passes texts and pictures as data; report.typ defines the layout."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext, override

from bongsu.publish.formats import typesetting
from bongsu.publish.report.contents import Report, ReportChart, ReportSection

_TEMPLATE = files("bongsu.publish.report") / "report.typ"


def write_pdf(report: Report) -> bytes:
    """Returns the report as PDF. Raises PartMissing if Typst or the font is not installed."""
    kept: dict[str, bytes] = {"main.typ": _TEMPLATE.read_bytes()}
    with override(report.language):
        shape = {
            "title": report.title,
            "language": report.language,
            "node": report.node,
            "day": report.day,
            "font": typesetting.FONT_NAME,
            "words": _words(),
            "figures": [{**figure._asdict(), "release": figure.release.name} for figure in report.figures],
            "parts": [
                {
                    "title": part.title,
                    "question": part.question,
                    "sections": [_section(section, kept) for section in part.sections],
                }
                for part in report.parts
            ],
            "methods": [
                {
                    "name": record.name,
                    "title": record.title.to(report.language),
                    "summary": record.summary.to(report.language),
                    "formula": record.formula,
                    "unit": record.unit if record.unit != "1" else "",
                    "source": record.source,
                    "limits": record.limits.to(report.language),
                }
                for record in report.methods
            ],
        }
    kept["data.json"] = json.dumps(shape, ensure_ascii=False).encode()
    return typesetting.typeset_pdf(kept, datetime.fromisoformat(report.newest))


def _words() -> dict[str, str]:
    """Returns the words of the template in the language of the report."""
    return {
        "figures": gettext("At a glance"),
        "contents": gettext("Contents"),
        "source": gettext("Source"),
        "release": gettext("Release"),
        "table": gettext("Observations"),
        "left_out": gettext("more in the files of the release"),
        "methods": gettext("Methods"),
        "formula": gettext("Formula"),
        "unit": gettext("Unit"),
        "limits": gettext("Limits"),
        "sources": gettext("Sources"),
        "newest": gettext("Newest release in this report:"),
        "promise": gettext(
            "Every figure has its unit, boundary, kind, interval, vintage and source. A release never changes, so every "
            "figure can be traced back to it."
        ),
    }


def _section(section: ReportSection, kept: dict[str, bytes]) -> dict[str, Any]:
    return {
        "flow": section.flow,
        "name": section.name,
        "description": section.description,
        "release": section.release.name,
        "sealed": section.sealed,
        "charts": [_chart(one, kept) for one in section.charts],
        "table": asdict(section.table),
        "sources": section.sources,
    }


def _chart(chart: ReportChart, kept: dict[str, bytes]) -> dict[str, str]:
    name = f"chart-{len(kept)}.svg"
    kept[name] = typesetting.svg_for_print(
        typesetting.specification_to_svg(chart.specification, typesetting.FONT_NAME)
    ).encode()
    return {"file": name, "title": chart.title, "caption": chart.caption, "alternative_text": chart.alternative_text}
