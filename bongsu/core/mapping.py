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

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.field_reader import Fields

FORMAT = "bongsu.mapping/1"
VARIABLE_KINDS = ("code", "integer", "measure")
REPLICATE_METHODS = ("BRR", "JK1", "bootstrap")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_CONCEPT = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
# Columns of a stored holding that are not concepts: the survey design, and what the desk adds.
DESIGN_COLUMNS = ("WEIGHT", "STRATUM", "CLUSTER", "CONTRIBUTOR", "FREQUENCY", "POPULATION")
RESERVED_COLUMNS = (*DESIGN_COLUMNS, "RECORD_KEY", "REPLICATE")


@dataclass(frozen=True)
class Variable:
    """A concept and the column that it is read from.

    `kind` is "code" (text), "integer" (can be grouped into bands and filtered by bounds) or "measure" (can only be summed).
    `codes` maps the codes of the file to those of the holding. If `codes` or `code_list` is given, any other code is
    reported and becomes unknown. `missing` lists the texts that mean no answer. Numbers outside `low` to `high` become
    unknown. `edges` are the bounds of the histogram of a measure.
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


@dataclass(frozen=True)
class Survey:
    """A parsed mapping. `policy` is the table [policy] as written, which the desk reads; `text` is the whole mapping."""

    name: str
    variables: tuple[Variable, ...]
    design: Design = Design()
    title: str = ""
    source: str = ""
    licence: str = ""
    encoding: str = "utf-8"
    separator: str = ","
    policy: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def parse(cls, text: str, where: str = "") -> Survey:
        """Parses TOML text. Raises BadInput or UnknownName with the field."""
        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as wrong:
            raise BadInput(N_("The mapping cannot be read: {reason}."), where=where, reason=wrong) from None
        fields = Fields(data, where)
        if fields.text("format", FORMAT) != FORMAT:
            raise fields.wrong("format", N_("The format must be “{wanted}”."), wanted=FORMAT)
        name = fields.text("name")
        if not _NAME.fullmatch(name):
            raise fields.wrong("name", N_("The name of a holding can have small letters, digits and hyphens only."))
        file = Fields(fields.table("file"), fields.place("file"))
        mapping = cls(
            name,
            tuple(_parse_variable(concept, each) for concept, each in fields.named("concepts").items()),
            _parse_design(Fields(fields.table("design"), fields.place("design"))),
            fields.text("title", ""),
            fields.text("source", ""),
            fields.text("licence", ""),
            file.text("encoding", "utf-8"),
            file.text("separator", ","),
            fields.table("policy"),
            text,
        )
        file.nothing_else()
        fields.nothing_else()
        if not mapping.variables:
            raise fields.wrong("concepts", N_("The mapping has no concepts."))
        repeated = mapping.design.repeated
        if repeated and mapping.variable(repeated, fields.place("design.repeated")).kind != "code":
            raise fields.wrong(
                "design.repeated", N_("“repeated” must name a concept of kind “code” that holds a period.")
            )
        return mapping

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


def _parse_variable(concept: str, fields: Fields) -> Variable:
    if not _CONCEPT.fullmatch(concept) or concept in RESERVED_COLUMNS or concept.startswith("REPLICATE_"):
        raise fields.wrong(
            "column",
            N_("“{concept}” is not a valid concept name, or is reserved."),
            fix=N_("Use capitals, digits and _, with a capital first."),
            concept=concept,
        )
    kind = fields.text("kind", "code")
    if kind not in VARIABLE_KINDS:
        raise unknown_name(N_("kind of column"), kind, VARIABLE_KINDS, where=fields.place("kind"))
    codes = fields.table("codes")
    if not all(isinstance(code, str) and code for code in codes.values()):
        raise fields.wrong("codes", N_("“{name}” must be a list of texts."), name="codes")
    edges = fields.raw("edges", [])
    if not isinstance(edges, list) or not all(isinstance(e, int | float) for e in edges) or sorted(set(edges)) != edges:
        raise fields.wrong("edges", N_("The numbers must be in increasing order."))
    variable = Variable(
        concept,
        fields.text("column"),
        kind,
        fields.text("system", ""),
        fields.text("code_list", ""),
        tuple((str(source), str(code)) for source, code in codes.items()),
        fields.whole("width", 0),
        fields.texts("missing"),
        fields.text("unit", ""),
        fields.number("low", None),
        fields.number("high", None),
        tuple(float(edge) for edge in edges),
    )
    fields.nothing_else()
    return variable


def _parse_design(fields: Fields) -> Design:
    design = Design(
        **{name.lower(): fields.text(name.lower(), "") for name in DESIGN_COLUMNS},
        repeated=fields.text("repeated", ""),
        replicates=fields.texts("replicates"),
        method=fields.text("method", ""),
        rho=fields.number("rho", 0.0) or 0.0,
    )
    fields.nothing_else()
    if bool(design.replicates) != bool(design.method):
        raise fields.wrong("method", N_("“replicates” and “method” must be given together."))
    if design.method and design.method not in REPLICATE_METHODS:
        raise unknown_name(N_("method of replication"), design.method, REPLICATE_METHODS, where=fields.place("method"))
    if design.contributor and (design.frequency or design.repeated):
        raise fields.wrong("contributor", N_("“contributor” cannot be combined with “frequency” or “repeated”."))
    if not 0 <= design.rho < 1:
        raise fields.wrong("rho", N_("“rho” (Fay's factor) must be at least 0 and below 1."))
    return design
