"""Files of a release for download: CSV, Parquet, and charts as SVG, PNG and specification. A release never changes, so
neither do they: every answer may be kept for a year."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from bongsu.core.errors import N_, unknown
from bongsu.core.release import Release
from bongsu.core.text import LANGUAGES
from bongsu.publish import charts
from bongsu.store.node import Node

_FOREVER = "public, max-age=31536000, immutable"


def download(request: HttpRequest, dataflow: str, number: int, form: str) -> HttpResponseBase:
    """A release's observations as CSV (streamed) or Parquet (the sealed bytes themselves)."""
    node: Node = request.node  # type: ignore[attr-defined]
    release = node.releases.get(dataflow, number)
    name = f"{dataflow}-{number}.{form}"
    response: HttpResponseBase
    if form == "csv":
        response = StreamingHttpResponse(_csv(node, release), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    elif form == "parquet":
        path = node.releases.path(release)
        response = FileResponse(
            path.open("rb"), as_attachment=True, filename=name, content_type="application/vnd.apache.parquet"
        )
    else:
        raise unknown(N_("format"), form, ("csv", "parquet"))
    response.headers["Cache-Control"] = _FOREVER
    response.headers["ETag"] = f'"{release.content[:32]}-{form}"'
    return response


def _csv(node: Node, release: Release) -> Iterator[bytes]:
    columns = node.releases.structure(release).dataflow.columns
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")  # RFC 4180
    writer.writerow(columns)
    for batch in node.stream(release):
        writer.writerows(zip(*(batch.column(name).to_pylist() for name in columns), strict=True))
        yield lines.getvalue().encode()
        lines.seek(0)
        lines.truncate()
    yield lines.getvalue().encode()  # the header alone, where there is no observation


def chart(request: HttpRequest, dataflow: str, number: int, chart: str, language: str, form: str) -> HttpResponse:
    """One chart of a release as svg, png or its Vega-Lite specification (json), in a language."""
    node: Node = request.node  # type: ignore[attr-defined]
    if language not in LANGUAGES:
        raise unknown(N_("language"), language, LANGUAGES)
    release = node.releases.get(dataflow, number)
    if form == "json":
        found = charts.find(node.releases.structure(release), chart)
        response: HttpResponse = JsonResponse(charts.specification(node, release, found, language))
    elif form in ("svg", "png"):
        kind = {"svg": "image/svg+xml", "png": "image/png"}[form]
        response = HttpResponse(charts.picture(node, release, chart, language, form), content_type=kind)
    else:
        raise unknown(N_("format"), form, ("svg", "png", "json"))
    response.headers["Cache-Control"] = _FOREVER
    return response
