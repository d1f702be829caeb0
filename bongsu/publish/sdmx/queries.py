"""The four SDMX queries as values: data, availability, schema, structure. Both REST versions are parsed into these."""

from __future__ import annotations

from dataclasses import dataclass, field

from bongsu.publish.sdmx.filters import Filter, Key

ALL_DIMENSIONS = "AllDimensions"


@dataclass(frozen=True)
class Reference:
    """A reference to artefacts: agencies, ids and versions, each one or more patterns; `*` matches any."""

    agencies: tuple[str, ...] = ("*",)
    ids: tuple[str, ...] = ("*",)
    versions: tuple[str, ...] = ("*",)

    @property
    def exact(self) -> bool:
        """Whether the reference names exactly one artefact."""
        return len(self.ids) == 1 and self.ids[0] != "*"


@dataclass(frozen=True)
class DataQuery:
    """A data query: selection (keys, filters), time (as_of, updated_after) and arrangement of observations.

    Timestamps are in the store's text form (UTC). `attributes` and `measures` hold ids or the standard's keywords.
    """

    context: str = "*"
    reference: Reference = field(default_factory=Reference)
    keys: tuple[Key, ...] = ()
    filters: tuple[Filter, ...] = ()
    updated_after: str = ""
    first: int = 0
    last: int = 0
    dimension_at_observation: str = ""
    attributes: tuple[str, ...] = ("dsd",)
    measures: tuple[str, ...] = ("all",)
    include_history: bool = False
    offset: int = 0
    limit: int | None = None
    sort: tuple[tuple[str, bool], ...] = ()  # (component, descending)
    as_of: str = ""


@dataclass(frozen=True)
class AvailabilityQuery:
    """An availability query: the values of `components` (`*` for all) in a data query; for `mode` see availability.py."""

    data: DataQuery
    components: tuple[str, ...] = ("*",)
    references: tuple[str, ...] = ("none",)
    mode: str = "exact"


@dataclass(frozen=True)
class SchemaQuery:
    """A schema query: the XML schema of one dataflow's messages."""

    context: str
    reference: Reference
    dimension_at_observation: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class StructureQuery:
    """A structure query: artefacts of one type (`*` for all), and related artefacts by `references`."""

    kind: str
    reference: Reference
    items: tuple[str, ...] = ("*",)
    detail: str = "full"
    references: tuple[str, ...] = ("none",)
    as_of: str = ""
