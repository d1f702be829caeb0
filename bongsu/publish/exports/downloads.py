"""Files of a release for download: bulk files, checksums and citations. A release never changes, so responses may be
cached for a year."""

from __future__ import annotations

from base64 import b64encode

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from bongsu.core.errors import N_, unknown_name
from bongsu.publish import bulk_files
from bongsu.publish.catalogue import citation
from bongsu.publish.catalogue.items import describe_release
from bongsu.publish.formats.public_address import base_address
from bongsu.store.node import Node

_FOREVER = "public, max-age=31536000, immutable"


def download_release(request: HttpRequest, dataflow: str, number: int, form: str) -> HttpResponseBase:
    """A release's observations as CSV, Parquet (the sealed bytes themselves), SDMX-CSV, SDMX-ML or SDMX-JSON."""
    node: Node = request.node  # type: ignore[attr-defined]
    release = node.releases.get(dataflow, number)
    return _send_file(bulk_files.find_bulk_file(node, release, form))


def download_companion(request: HttpRequest, dataflow: str, number: int, name: str) -> HttpResponseBase:
    """A file that accompanies a release's data: SHA256SUMS, CITATION.cff, citation.bib, datacite.json, or an attachment."""
    node: Node = request.node  # type: ignore[attr-defined]
    release = node.releases.get(dataflow, number)
    if name == bulk_files.CHECKSUMS_FILE:
        return _cache_forever(
            HttpResponse(bulk_files.format_checksums(node, release), content_type="text/plain; charset=utf-8")
        )
    if name in citation.CITATION_FILES:
        media_type, write = citation.CITATION_FILES[name]
        item = describe_release(node, release)
        text = write(item, base_address(request))
        return HttpResponse(text, content_type=media_type)  # a withdrawal changes it, so it is not cached for a year
    attached = {
        file.name: file for file in bulk_files.list_bulk_files(node, release) if file.format.suffix == file.name
    }
    if name not in attached:
        raise unknown_name(N_("file"), name, (bulk_files.CHECKSUMS_FILE, *citation.CITATION_FILES, *attached))
    return _send_file(attached[name])


def _send_file(file: bulk_files.BulkFile) -> HttpResponseBase:
    text = file.format.media_type.startswith("text/")
    content_type = f"{file.format.media_type}; charset=utf-8" if text else file.format.media_type
    response = FileResponse(file.path.open("rb"), as_attachment=True, filename=file.name, content_type=content_type)
    response.headers["ETag"] = f'"{file.sha256[:32]}"'
    digest = b64encode(bytes.fromhex(file.sha256)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
    return _cache_forever(response)


def _cache_forever(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Cache-Control"] = _FOREVER
    return response
