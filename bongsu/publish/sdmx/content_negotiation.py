"""Content negotiation: selects one format and its exact content type from an Accept header or `?format=`.

Each format is a row. `?format=` takes its name, for tools that cannot send a header. A version in an Accept header
may be exact, absent (the newest) or a minimum such as 2.0+.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bongsu.core.errors import N_, BadInput
from bongsu.publish.sdmx.errors import NotAcceptable, not_offered
from bongsu.publish.sdmx.versions import match_versions

_SDMX = "application/vnd.sdmx."


@dataclass(frozen=True)
class Format:
    """A format: its short name, its media type and version, and the generic media types that also select it."""

    name: str
    media_type: str
    version: str = ""
    generic_types: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def content_type(self) -> str:
        """Returns the media type with its version, as the standard writes it."""
        return f"{self.media_type};version={self.version}" if self.version else self.media_type

    @property
    def json(self) -> bool:
        """Whether the format is JSON; its errors are then SDMX-JSON too."""
        return "json" in self.media_type


_LABELS = {"labels": ("id", "name", "both"), "keys": ("none", "obs", "series", "both"), "timeFormat": ("original",)}
DATA_FORMATS = (
    Format("csv", f"{_SDMX}data+csv", "2.0.0", ("text/csv",), _LABELS),
    Format("csv1", f"{_SDMX}data+csv", "1.0.0", (), {"labels": ("id", "both"), "timeFormat": ("original",)}),
    Format("json", f"{_SDMX}data+json", "2.0.0", ("application/json", "text/json")),
    Format("json1", f"{_SDMX}data+json", "1.0.0"),
    Format("xml", f"{_SDMX}data+xml", "3.0.0", ("application/xml", "text/xml")),
    Format("xml21", f"{_SDMX}structurespecificdata+xml", "2.1"),
    Format("parquet", "application/vnd.apache.parquet"),
    Format("arrow", "application/vnd.apache.arrow.stream"),
)
STRUCTURE_FORMATS = (
    Format("xml", f"{_SDMX}structure+xml", "3.0.0", ("application/xml", "text/xml")),
    Format("json", f"{_SDMX}structure+json", "2.0.0", ("application/json", "text/json")),
    Format("xml21", f"{_SDMX}structure+xml", "2.1"),
)
SCHEMA_FORMATS = (
    Format("xsd", f"{_SDMX}schema+xml", "3.0.0", ("application/xml", "text/xml")),
    Format("xsd21", f"{_SDMX}schema+xml", "2.1"),
    *(Format(form.name, form.media_type, form.version) for form in STRUCTURE_FORMATS if form.name != "json"),
    Format("json", f"{_SDMX}structure+json", "2.0.0", ("application/json",)),
)
# Formats of the standard that this node does not support: 501 if a client accepts nothing else.
_NOT_OFFERED_TYPES = {
    f"{_SDMX}schema+json": "schema+json",
    f"{_SDMX}genericdata+xml": "genericdata+xml",
    f"{_SDMX}generictimeseriesdata+xml": "genericdata+xml",
    f"{_SDMX}structure+json;version=1.0.0": "structure+json;version=1.0.0",
}


@dataclass(frozen=True)
class ChosenFormat:
    """The format of a response, with the options that the client gave."""

    format: Format
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Range:
    media_type: str
    parameters: tuple[tuple[str, str], ...]
    weight: float


def negotiate_format(accept: str, formats: Sequence[Format], default: str, named: str = "") -> ChosenFormat:
    """Selects the format for an Accept header; `default` (a name) for */*; `named` is the parameter `format`.

    Raises NotAcceptable with the available formats, NotOffered for a format of the standard that this node does not support.
    """
    if named:
        for form in formats:
            if form.name == named:
                return ChosenFormat(form)
        raise BadInput(
            N_("“{value}” is not a valid choice. Valid choices: {choices}."),
            where="format",
            value=named[:80],
            choices=", ".join(form.name for form in formats),
        )
    for media_range in _parse_accept(accept or "*/*"):
        if chosen := _match_format(media_range, formats, default):
            return chosen
    for media_range in _parse_accept(accept):
        version = dict(media_range.parameters).get("version", "")
        for name in (media_range.media_type, f"{media_range.media_type};version={version}"):
            if name in _NOT_OFFERED_TYPES:
                raise not_offered(_NOT_OFFERED_TYPES[name])
    raise NotAcceptable(
        N_("This response is not available as “{accept}”."),
        where="Accept",
        fix=N_("Available formats: {offered}."),
        accept=accept[:120],
        offered=", ".join(form.content_type for form in formats),
    )


def _match_format(media_range: _Range, formats: Sequence[Format], default: str) -> ChosenFormat | None:
    if media_range.media_type in ("*/*", "application/*"):
        return ChosenFormat(next(form for form in formats if form.name == default))
    parameters = dict(media_range.parameters)
    version = parameters.pop("version", "")
    parameters.pop("charset", None)
    same = [form for form in formats if form.media_type == media_range.media_type]
    if version:
        fitting = set(_versions(version, [form.version for form in same]))
        same = [form for form in same if form.version in fitting]
    elif not same:
        same = [form for form in formats if media_range.media_type in form.generic_types]
        if default.endswith("21"):  # an older client: generic XML means SDMX-ML 2.1
            same = [form for form in formats if same and form.name == f"{same[0].name}21"] or same
    if not same:
        return None
    form = same[0]
    options = {name.lower(): (name, values) for name, values in form.options.items()}
    selected_options = []
    for name, value in parameters.items():
        option, values = options.get(name.lower(), (name, ()))
        if values and value not in values:
            raise NotAcceptable(
                N_("“{value}” is not a valid choice. Valid choices: {choices}."),
                where=f"Accept, {name}",
                value=value[:80],
                choices=", ".join(values),
            )
        if values:
            selected_options.append((option, value))
    return ChosenFormat(form, tuple(sorted(selected_options)))


def _versions(pattern: str, offered: list[str]) -> list[str]:
    try:
        return match_versions([pattern], offered)
    except BadInput:
        return []


def _parse_accept(accept: str) -> list[_Range]:
    """Parses an Accept header into media ranges, highest quality first. Invalid ranges are ignored."""
    ranges = []
    for part in accept.split(","):
        media_type, *rest = (piece.strip() for piece in part.split(";"))
        pairs = [tuple(piece.strip().strip('"') for piece in item.split("=", 1)) for item in rest if "=" in item]
        parameters = {name.lower(): value for name, value in pairs}
        try:
            weight = float(parameters.pop("q", "1"))
        except ValueError:
            continue
        if media_type and 0 < weight <= 1:
            ranges.append(_Range(media_type.lower(), tuple(parameters.items()), weight))
    return sorted(ranges, key=lambda media_range: -media_range.weight)
