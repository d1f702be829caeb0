"""Parses the mapping of a microdata file: which column holds which concept. A new survey needs only this file.

    format = "bongsu.mapping/1"
    name = "labour-force-2024"              # the holding's name
    [concepts.OCCUPATION]
    column = "ISCO3D"
    system = "ISCO-08"                      # which classification, in words
    width = 3                               # shorter codes are padded with leading zeros to this width
    [concepts.AGE]
    column = "AGE"
    kind = "integer"
    [concepts.EARNINGS]
    column = "PAY"
    kind = "measure"
    unit = "EUR"
    edges = [0, 500, 1000, 2000, 5000]      # bounds of the histogram for quantiles and the Gini coefficient
    [design]
    weight = "COEFF"
    stratum = "STRATE"
    [policy]
    minimum = 10

store/microdata/survey_files.py reads the data file; desk/policy.py reads [policy].
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from unicodedata import normalize

import msgspec
from msgspec import Struct

from bongsu.core.cell_text import normalise_code, normalise_text, number_pattern
from bongsu.core.document_shape import (
    FilledText,
    FiniteNumber,
    TextList,
    WholeNumber,
    convert_document,
    join_place,
    limit,
    list_texts,
)
from bongsu.core.errors import N_, BadInput, unknown_name

FORMAT = "bongsu.mapping/1"
REPLICATE_METHODS = ("BRR", "JK1", "bootstrap")
# Columns of a stored holding that are not concepts: the survey design, and what the desk adds.
DESIGN_COLUMNS = ("WEIGHT", "STRATUM", "CLUSTER", "CONTRIBUTOR", "FREQUENCY", "POPULATION")
RESERVED_COLUMNS = (*DESIGN_COLUMNS, "RECORD_KEY", "REPLICATE")


@dataclass(frozen=True)
class Variable:
    """A concept and the column that it is read from.

    `kind` is "code" (text), "integer" (can be grouped into bands and filtered by bounds) or "measure" (can only be summed).
    `codes` maps the codes of the file, normalised as cells are, to those of the holding. If `codes` or `code_list` is given, an
    other code is reported and becomes unknown. `missing` lists the texts that mean no answer. Numbers outside `low` to `high`
    become unknown. `edges` are the bounds of the histogram of a measure.
    """

    concept: str
    column: str
    kind: str = "code"
    system: str = ""
    code_list: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    width: int = 0
    missing: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class Design:
    """The columns of the survey design; empty if the file has none.

    `weight`: the number of people that a record represents. `stratum`, `cluster`: of the first stage of sampling.
    `population`: the number of primary sampling units in the population of the stratum (finite population correction).
    `contributor`: the id of the contributor, if one contributor has several records. `frequency`: the number of
    contributors in a record (a register of cells). `repeated`: the concept whose codes are periods, if the same
    contributors occur in each period without an id; contributors are then counted in the period that has most of them.
    `replicates`: the replicate weights, made by `method`; `rho`: Fay's factor.
    """

    weight: str = ""
    stratum: str = ""
    cluster: str = ""
    contributor: str = ""
    frequency: str = ""
    population: str = ""
    repeated: str = ""
    replicates: tuple[str, ...] = ()
    method: str = ""
    rho: float = 0.0

    @property
    def sampled(self) -> bool:
        """Whether the holding is a sample, which has standard errors, and not a complete count."""
        return bool(self.weight or self.stratum or self.cluster or self.population or self.replicates)

    @property
    def columns(self) -> dict[str, str]:
        """The column of the file for each design column that is given."""
        named = {name: getattr(self, name.lower()) for name in DESIGN_COLUMNS}
        named |= {f"REPLICATE_{number}": column for number, column in enumerate(self.replicates)}
        return {name: column for name, column in named.items() if column}


HoldingName = Annotated[
    str,
    limit(
        N_("The name of a holding can have small letters, digits and hyphens only."),
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z",
    ),
]
ConceptName = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid concept name, or is reserved."),
        N_("Use capitals, digits and _, with a capital first."),
        pattern=rf"^(?!REPLICATE_|({'|'.join(RESERVED_COLUMNS)})\Z)[A-Z][A-Z0-9_]{{0,62}}\Z",
    ),
]


class VariableShape(Struct, forbid_unknown_fields=True):
    """The fields of a table [concepts.NAME] in a mapping file."""

    column: FilledText
    kind: Literal["code", "integer", "measure"] = "code"
    system: str = ""
    code_list: str = ""
    codes: dict[str, FilledText] = {}
    width: WholeNumber = 0
    missing: TextList = []
    unit: str = ""
    low: FiniteNumber | None = None
    high: FiniteNumber | None = None
    edges: list[float] = []


class DesignShape(Struct, forbid_unknown_fields=True, frozen=True):
    """The fields of the table [design] in a mapping file."""

    weight: str = ""
    stratum: str = ""
    cluster: str = ""
    contributor: str = ""
    frequency: str = ""
    population: str = ""
    repeated: str = ""
    replicates: TextList = []
    method: str = ""
    rho: Annotated[float, limit(N_("“rho” (Fay's factor) must be at least 0 and below 1."), ge=0, lt=1)] = 0.0


class FileShape(Struct, forbid_unknown_fields=True, frozen=True):
    """The fields of the table [file] in a mapping file: how a file is read, and which share of a column may not match."""

    encoding: FilledText = "utf-8"
    separator: FilledText = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", "'", "’"] = ""
    most_unmatched: Annotated[float, limit(N_("A share must be from 0 to 1."), ge=0, le=1)] = 0.5


class MappingShape(Struct, forbid_unknown_fields=True):
    """The fields of a mapping file."""

    name: HoldingName
    concepts: Annotated[dict[ConceptName, VariableShape], limit(N_("The mapping has no concepts."), min_length=1)]
    format: str = FORMAT
    title: str = ""
    source: str = ""
    licence: str = ""
    file: FileShape = FileShape()
    design: DesignShape = DesignShape()
    policy: dict[str, Any] = {}


@dataclass(frozen=True)
class Survey:
    """A parsed mapping. `policy` is the table [policy] as written, which the desk reads; `text` is the whole mapping."""

    name: str
    variables: tuple[Variable, ...]
    design: Design = Design()
    title: str = ""
    source: str = ""
    licence: str = ""
    file: FileShape = field(default_factory=FileShape)
    policy: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def parse(cls, text: str, where: str = "") -> Survey:
        """Parses TOML text. Raises BadInput or UnknownName with the field."""
        try:
            data = tomllib.loads(normalize("NFC", text))
        except (ValueError, RecursionError) as wrong:  # ValueError: TOMLDecodeError, and a number of too many digits
            raise BadInput(N_("The mapping cannot be read: {reason}."), where=where, reason=wrong) from None
        written = convert_document(data, MappingShape, where)
        if written.format != FORMAT:
            raise BadInput(N_("The format must be “{wanted}”."), where=join_place(where, "format"), wanted=FORMAT)
        number_pattern(written.file.decimal, written.file.thousands)
        survey = cls(
            written.name,
            tuple(_parse_variable(concept, one, where) for concept, one in written.concepts.items()),
            _parse_design(written.design, where),
            written.title,
            written.source,
            written.licence,
            written.file,
            written.policy,
            text,
        )
        repeated, place = survey.design.repeated, join_place(where, "design.repeated")
        if repeated and survey.variable(repeated, place).kind != "code":
            raise BadInput(N_("“repeated” must name a concept of kind “code” that holds a period."), where=place)
        return survey

    def variable(self, concept: str, where: str = "") -> Variable:
        """Returns the variable of a concept. Raises UnknownName with the nearest concepts."""
        for variable in self.variables:
            if variable.concept == concept:
                return variable
        raise unknown_name(N_("concept of this holding"), concept, (v.concept for v in self.variables), where=where)

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the file that are used, by their name in the holding."""
        return {v.concept: v.column for v in self.variables} | self.design.columns


def _parse_variable(concept: str, written: VariableShape, where: str) -> Variable:
    if sorted(set(written.edges)) != written.edges:
        place = join_place(where, f"concepts.{concept}.edges")
        raise BadInput(N_("The numbers must be in increasing order."), where=place)
    return Variable(
        concept,
        normalise_text(written.column),
        written.kind,
        written.system,
        written.code_list,
        tuple((normalise_code(code), meaning) for code, meaning in written.codes.items()),
        written.width,
        tuple(normalise_code(code) for code in list_texts(written.missing)),
        written.unit,
        written.low,
        written.high,
        tuple(written.edges),
    )


def _parse_design(written: DesignShape, where: str) -> Design:
    design = Design(**{**msgspec.structs.asdict(written), "replicates": list_texts(written.replicates)})
    method, contributor = join_place(where, "design.method"), join_place(where, "design.contributor")
    if bool(design.replicates) != bool(design.method):
        raise BadInput(N_("“replicates” and “method” must be given together."), where=method)
    if design.method and design.method not in REPLICATE_METHODS:
        raise unknown_name(N_("method of replication"), design.method, REPLICATE_METHODS, where=method)
    if design.contributor and (design.frequency or design.repeated):
        raise BadInput(N_("“contributor” cannot be combined with “frequency” or “repeated”."), where=contributor)
    return design
