"""Compiles a question about microdata to one Ibis expression, which DuckDB or a Spark cluster runs.

The expression returns sums, never records: one row for each group of the finest breakdown that the question needs, or, if
the design has clusters or contributors with several records, for each group and unit. desk/tally.py reads its columns:

    k0, k1 ...        the group: codes as text, bands and bins as numbers (-1: unknown)
    stratum, cluster, contributor     if the design has them
    n, a, aa          contributors, sum of weights, sum of squared weights
    v0_n, v0_a, v0_aa the same, over records with a value x of the first variable
    v0_some           contributors whose value is not 0
    v0_b, v0_ab, v0_bb, v0_top, v0_abs    sums of w x, w2 x, w2 x2; the largest w |x|; the sum of w |x|
    v0_low, v0_high   the smallest and the largest value, if asked for
    a_r0, v0_a_r0, v0_b_r0 ...            the same, for each replicate weight
    m0_1_c ...        the weighted mean, over all groups, of a number of the first model, over records that have all of them
    m0_1_2 ...        sum of w z1 z2 of the numbers z of the model less these means (z0 = 1), over the same records
    m0_w, m0_1_low, m0_1_high    the largest weight, and the smallest and largest z1, over the same records

If it is centred, it has in addition, with c the mean of w and C the weighted mean of x in the group:

    c, d, ww          c; sums of w - c and (w - c)2
    v0_c, v0_d, v0_ww the same, over records with a value x of the first variable
    v0_cx, v0_dx, v0_wx, v0_xx    C; sums of w (x - C), (w - c) w (x - C) and w2 (x - C)2
    v0_dx_r0 ...      the sum of w (x - C), for each replicate weight

A record with a frequency counts as that many contributors with the same values. bongsu/desk decides which results may be
shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.mapping import Survey, Variable
from bongsu.core.microdata_question import MODEL_KINDS, Question, Scores, Split, Statistic

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

HOLDING_TABLE = "holding"
UNKNOWN = "_U"
_TYPES = {"code": "string", "integer": "int64", "measure": "float64"}
_UNITS = ("STRATUM", "CLUSTER", "CONTRIBUTOR")


@dataclass(frozen=True)
class SumPlan:
    """A checked question: the splits of groups (those of the breakdown first), variables, and models with numbers."""

    question: Question
    survey: Survey
    splits: tuple[Split, ...]
    variables: tuple[str, ...]
    models: tuple[tuple[str, ...], ...]

    @property
    def period(self) -> str:
        """The column of the period in which the same contributors occur again; empty if they do not."""
        repeated = self.survey.design.repeated
        return f"k{self.splits.index(Split(repeated))}" if repeated else ""

    @property
    def measures(self) -> tuple[str, ...]:
        """The variables that are columns of the holding, not scores. The dominance rule applies to their totals."""
        return tuple(name for name in self.variables if name not in dict(self.question.scores))

    @property
    def units(self) -> bool:
        """Whether the expression returns a row for each unit in a group, and not one for each group."""
        return bool(self.survey.design.cluster or self.survey.design.contributor)


def plan_sums(question: Question, survey: Survey) -> SumPlan:
    """Checks a question against a holding. Raises UnknownName or BadInput if the holding cannot answer it."""
    scores = dict(question.scores)
    for condition in question.where:
        variable = survey.variable(condition.concept, f"where.{condition.concept}")
        wrong = (variable.kind == "measure") or (variable.kind == "code") != bool(condition.codes)
        if wrong:
            raise BadInput(
                N_("The condition does not match the kind of “{concept}”."),
                where=f"where.{condition.concept}",
                fix=N_(
                    "Give codes for kind “code”, “from” and “to” for kind “integer”; kind “measure” cannot be in a condition."
                ),
                concept=condition.concept,
            )
    for name, source in question.scores:
        if name in {variable.concept for variable in survey.variables}:
            raise BadInput(N_("The holding already has a concept “{name}”."), where=f"scores.{name}", name=name)
        _variable_of_split(survey, Split(source.by), f"scores.{name}.by")
    inner: list[Split] = []
    variables: list[str] = []
    models: list[tuple[str, ...]] = []
    for statistic in question.statistics:
        if statistic.of:
            _check_measure(survey, scores, statistic.of)
        wanted, numbers = _splits_of_statistic(statistic, survey, scores)
        inner += [split for split in wanted if split not in inner and split not in question.breakdown]
        if numbers:
            models.append((*numbers, statistic.of))
        elif statistic.of and statistic.of not in variables:
            variables.append(statistic.of)
    period = Split(survey.design.repeated)
    if period.concept and period not in (*question.breakdown, *inner):
        inner.append(period)  # contributors are counted in the fullest period
    for split in question.breakdown:
        _variable_of_split(survey, split, f"breakdown.{split.concept}")
    return SumPlan(question, survey, (*question.breakdown, *inner), tuple(variables), tuple(models))


def _splits_of_statistic(
    statistic: Statistic, survey: Survey, scores: Mapping[str, Any]
) -> tuple[list[Split], list[str]]:
    """Returns the splits that a statistic needs in addition to the breakdown, and the numeric terms of a model."""
    if statistic.kind in ("quantile", "gini", "histogram"):
        if not survey.variable(statistic.of).edges:
            raise BadInput(
                N_("“{concept}” needs “edges” in the mapping for quantiles, histograms and the Gini coefficient."),
                concept=statistic.of,
            )
        return [Split(statistic.of)], []
    if statistic.over and statistic.between:
        between = Split(statistic.between[0])
        for split in (statistic.over, between):
            _variable_of_split(survey, split, f"statistics.{statistic.name}")
        if survey.variable(between.concept).kind != "code":
            raise BadInput(N_("“between” needs a concept of kind “code”."), where="between")
        return [statistic.over, between], []
    if statistic.kind not in MODEL_KINDS:
        return [], []
    numbers = [term for term in statistic.terms if term in scores or survey.variable(term).kind != "code"]
    if numbers and statistic.kind == "glm":
        raise BadInput(
            N_("The terms of a generalised linear model must be codes, not numbers: {terms}."), terms=", ".join(numbers)
        )
    return [Split(term) for term in statistic.terms if term not in numbers], numbers


def _variable_of_split(survey: Survey, split: Split, where: str) -> Variable:
    """Returns the variable of a split. Raises BadInput if it cannot be split in this way."""
    variable = survey.variable(split.concept, where)
    valid = variable.kind == "code" and not split.bands if not split.bands else variable.kind == "integer"
    if not valid:
        raise BadInput(
            N_("“{concept}” cannot be broken down this way."),
            where=where,
            fix=N_("Give “bands” for kind “integer” only; a concept of kind “measure” cannot be a dimension."),
            concept=split.concept,
        )
    return variable


def _check_measure(survey: Survey, scores: Mapping[str, Any], name: str) -> None:
    known = [v.concept for v in survey.variables if v.kind != "code"]
    if name not in scores and name not in known:
        raise unknown_name(N_("measure of this holding"), name, [*known, *scores], where="statistics.of")


def holding_schema(survey: Survey) -> dict[str, str]:
    """Returns the columns of a holding and their types."""
    types = {variable.concept: _TYPES[variable.kind] for variable in survey.variables}
    for name in survey.design.columns:
        types[name] = "string" if name in _UNITS else "int64" if name == "FREQUENCY" else "float64"
    return types | {"RECORD_KEY": "int64"}


def scores_schema() -> dict[str, str]:
    """Returns the columns of a table of scores: a code and its number."""
    return {"code": "string", "score": "float64"}


def sum_expression(
    planned: SumPlan, *, signed: frozenset[str] = frozenset(), centred: bool = False, extremes: bool = False
) -> ir.Table:
    """Returns the expression over the tables `holding` and `scores_NAME`.

    `signed`: the variables that may be negative. `centred`: include sums of deviations from the mean of each group, which
    need the records twice. `extremes`: include the least and greatest value of a variable.
    """
    import ibis

    question, survey = planned.question, planned.survey
    rows = filter_population(ibis.table(holding_schema(survey), name=HOLDING_TABLE), planned)
    rows = join_scores(rows, question.scores)
    columns: dict[str, Any] = {f"k{i}": split_key(rows, survey, split) for i, split in enumerate(planned.splits)}
    by = list(columns)
    for name in _UNITS:
        if name in survey.design.columns and (planned.units or name == "STRATUM"):
            columns[name.lower()] = rows[name]
            by.append(name.lower())
    columns["w"] = rows.WEIGHT if survey.design.weight else ibis.literal(1.0)
    columns["f"] = rows.FREQUENCY if survey.design.frequency else ibis.literal(1, "int64")
    for i, name in enumerate(planned.variables):
        columns[f"x{i}"] = rows[name].cast("float64")
    for m, model in enumerate(planned.models):
        for i, name in enumerate(model, 1):
            columns[f"z{m}_{i}"] = rows[name].cast("float64")
    for r in range(len(survey.design.replicates)):
        columns[f"r{r}"] = rows[f"REPLICATE_{r}"]
    inner = rows.select(**columns)
    if planned.models:
        inner = inner.cross_join(inner.aggregate(**_model_means(inner, planned)))
    if centred:
        inner = _join_means(inner, planned, by)
    sums = _sum_columns(inner, planned, signed=signed)
    if centred:
        sums |= _centred_columns(inner, planned)
    if extremes:
        for i in range(len(planned.variables)):
            sums |= {f"v{i}_low": inner[f"x{i}"].min(), f"v{i}_high": inner[f"x{i}"].max()}
    return inner.group_by(by).aggregate(**sums) if by else inner.aggregate(**sums)


def join_scores(rows: ir.Table, scores: Iterable[tuple[str, Scores]]) -> ir.Table:
    """Returns the rows with a column of each score."""
    import ibis

    for name, source in scores:
        table = ibis.table(scores_schema(), name=f"scores_{name}")
        table = table.rename({f"{name}_code": "code", name: "score"})
        rows = rows.left_join(table, rows[source.by] == table[f"{name}_code"])
    return rows


def filter_population(rows: ir.Table, planned: SumPlan) -> ir.Table:
    """Returns the rows for which the conditions of the question hold."""
    for condition in planned.question.where:
        column = rows[condition.concept]
        if condition.codes:
            rows = rows.filter(column.isin(condition.codes))
        if condition.low is not None:
            rows = rows.filter(column >= condition.low)
        if condition.high is not None:
            rows = rows.filter(rows[condition.concept] <= condition.high)
    return rows


def split_key(rows: ir.Table, survey: Survey, split: Split) -> Any:
    """Returns the column of the group: a code, or the number of a band or of a bin (-1: unknown)."""
    column = rows[split.concept]
    edges = split.bands or survey.variable(split.concept).edges
    if edges:
        return reduce(lambda a, b: a + b, [(column >= edge).cast("int32") for edge in edges]).fill_null(-1)
    if split.digits:
        column = column.substr(0, max(split.digits))
    return column.fill_null(UNKNOWN)


def _sum_columns(rows: ir.Table, planned: SumPlan, *, signed: frozenset[str]) -> dict[str, Any]:
    w, f = rows.w, rows.f
    plain = not planned.survey.design.frequency
    wf = w if plain else w * f
    sums: dict[str, Any] = {"n": rows.count() if plain else f.sum(), "a": wf.sum(), "aa": (wf * w).sum()}
    replicates = [rows[f"r{r}"] for r in range(len(planned.survey.design.replicates))]
    sums |= {f"a_r{r}": (each if plain else each * f).sum() for r, each in enumerate(replicates)}
    for i, name in enumerate(planned.variables):
        x = rows[f"x{i}"]
        has = x.notnull()
        wx = wf * x
        sums |= {
            f"v{i}_n": x.count() if plain else f.sum(where=has),
            f"v{i}_a": wf.sum(where=has),
            f"v{i}_aa": (wf * w).sum(where=has),
            f"v{i}_b": wx.sum(),
            f"v{i}_ab": (wx * w).sum(),
            f"v{i}_bb": (wx * w * x).sum(),
            f"v{i}_top": (w * x.abs()).max(),
            f"v{i}_some": f.sum(where=has & (x != 0)),
        }
        if name in signed:
            sums[f"v{i}_abs"] = wx.abs().sum()
        for r, each in enumerate(replicates):
            rf = each if plain else each * f
            sums |= {f"v{i}_a_r{r}": rf.sum(where=has), f"v{i}_b_r{r}": (rf * x).sum()}
    for m, model in enumerate(planned.models):
        z = [rows[f"z{m}_{i}"] - rows[f"m{m}_{i}_c"] for i in range(1, len(model) + 1)]
        complete = reduce(lambda a, b: a & b, [each.notnull() for each in z])
        sums |= {f"m{m}_{i}_c": rows[f"m{m}_{i}_c"].max() for i in range(1, len(model) + 1)}
        sums |= {
            f"m{m}_n": f.sum(where=complete),
            f"m{m}_0_0": wf.sum(where=complete),
            f"m{m}_w": w.max(where=complete),
        }
        for i, one in enumerate(z, 1):
            sums |= {f"m{m}_{i}_low": one.min(where=complete), f"m{m}_{i}_high": one.max(where=complete)}
            sums[f"m{m}_0_{i}"] = (wf * one).sum(where=complete)
            sums |= {f"m{m}_{i}_{j}": (wf * one * z[j - 1]).sum(where=complete) for j in range(i, len(z) + 1)}
    return sums


def _model_means(rows: ir.Table, planned: SumPlan) -> dict[str, Any]:
    """Returns the columns m0_1_c ...: the mean of every number of a model."""
    means: dict[str, Any] = {}
    wf = rows.w * rows.f
    for m, model in enumerate(planned.models):
        z = [rows[f"z{m}_{i}"] for i in range(1, len(model) + 1)]
        complete = reduce(lambda a, b: a & b, [each.notnull() for each in z])
        people = wf.sum(where=complete).nullif(0.0)
        means |= {f"m{m}_{i}_c": (wf * one).sum(where=complete) / people for i, one in enumerate(z, 1)}
    return means


def _join_means(rows: ir.Table, planned: SumPlan, by: list[str]) -> ir.Table:
    """Returns the rows with the means of their group as columns: c, v0_c and v0_cx ... (a missing stratum is a group too)."""
    wf = rows.w * rows.f
    means: dict[str, Any] = {"c": wf.sum() / rows.f.sum().nullif(0)}
    for i in range(len(planned.variables)):
        x = rows[f"x{i}"]
        has = x.notnull()
        means[f"v{i}_c"] = wf.sum(where=has) / rows.f.sum(where=has).nullif(0)
        means[f"v{i}_cx"] = (wf * x).sum() / wf.sum(where=has).nullif(0.0)
    if not by:
        return rows.cross_join(rows.aggregate(**means))
    groups = rows.group_by(by).aggregate(**means).rename({f"group_{name}": name for name in by})
    return rows.left_join(groups, [rows[name].identical_to(groups[f"group_{name}"]) for name in by])


def _centred_columns(rows: ir.Table, planned: SumPlan) -> dict[str, Any]:
    """Returns the sums of deviations from the means that `_join_means` has joined."""
    w, f = rows.w, rows.f
    u = w - rows["c"]
    sums: dict[str, Any] = {"c": rows["c"].max(), "d": (u * f).sum(), "ww": (u * u * f).sum()}
    for i in range(len(planned.variables)):
        x, u = rows[f"x{i}"] - rows[f"v{i}_cx"], w - rows[f"v{i}_c"]
        has = rows[f"x{i}"].notnull()
        sums |= {
            f"v{i}_c": rows[f"v{i}_c"].max(),
            f"v{i}_cx": rows[f"v{i}_cx"].max(),
            f"v{i}_d": (u * f).sum(where=has),
            f"v{i}_ww": (u * u * f).sum(where=has),
            f"v{i}_dx": (w * f * x).sum(),
            f"v{i}_wx": (u * f * w * x).sum(),
            f"v{i}_xx": (w * f * x * w * x).sum(),
        }
        for r in range(len(planned.survey.design.replicates)):
            sums[f"v{i}_dx_r{r}"] = (rows[f"r{r}"] * f * x).sum()
    return sums


def strata_expression(survey: Survey) -> ir.Table:
    """Returns the expression of the strata: the primary sampling units in the whole holding and in the population.

    Variances need every unit of the sample, including those without anyone in the population of the question.
    """
    import ibis

    rows = ibis.table(holding_schema(survey), name=HOLDING_TABLE)
    unit = "CLUSTER" if survey.design.cluster else "CONTRIBUTOR" if survey.design.contributor else ""
    columns = {
        "stratum": rows.STRATUM if survey.design.stratum else ibis.literal(""),
        "unit": rows[unit] if unit else ibis.literal(0),
        "population": rows.POPULATION if survey.design.population else ibis.null("float64"),
    }
    inner = rows.select(**columns)
    units = inner.unit.nunique() if unit else inner.count()
    return inner.group_by("stratum").aggregate(units=units, population=inner.population.max())


def atom_expression(survey: Survey, concepts: tuple[str, ...], measures: tuple[str, ...] = ()) -> ir.Table:
    """Returns the expression of the contributors n for each combination of codes of `concepts`, over the whole holding.

    Groups are also by contributor and period if the design has them. For each measure x: its total0 (sum of w |x|),
    top0 (largest w |x|), squares0 (sum of squares), and have0 (contributors with a value).
    """
    import ibis

    rows = ibis.table(holding_schema(survey), name=HOLDING_TABLE)
    f = rows.FREQUENCY if survey.design.frequency else ibis.literal(1, "int64")
    w = rows.WEIGHT if survey.design.weight else ibis.literal(1.0)
    columns: dict[str, Any] = {concept: rows[concept] for concept in concepts}
    if survey.design.contributor:
        columns["contributor"] = rows.CONTRIBUTOR
    if survey.design.repeated:
        columns["period"] = rows[survey.design.repeated]
    by = list(columns)
    columns["f"] = f
    for i, name in enumerate(measures):
        columns[f"x{i}"] = w * rows[name].cast("float64").abs()
    inner = rows.select(**columns)
    sums: dict[str, Any] = {"n": inner.f.sum()}
    for i in range(len(measures)):
        x = inner[f"x{i}"]
        sums |= {f"total{i}": (x * inner.f).sum(), f"top{i}": x.max(), f"squares{i}": (x * x * inner.f).sum()}
        sums[f"have{i}"] = inner.f.sum(where=x.notnull())
    return inner.group_by(by).aggregate(**sums)


def run_expression(expression: ir.Table, holding: Any, scores: Mapping[str, pa.Table]) -> pa.Table:
    """Runs an expression with DuckDB. `holding` is an Arrow dataset, or the path of an unencrypted Parquet file.

    A separate connection uses all cores, because questions are rare and large.
    """
    import duckdb

    from bongsu.store.query_engine import compile_duckdb_sql, quote_text

    connection = duckdb.connect()
    try:
        connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        connection.execute("SET enable_progress_bar = false")
        if isinstance(holding, str):
            connection.execute(f"CREATE VIEW {HOLDING_TABLE} AS SELECT * FROM read_parquet({quote_text(holding)})")  # noqa: S608 (a path of the node's own)
        else:
            connection.register(HOLDING_TABLE, holding)
        for name, table in scores.items():
            connection.register(f"scores_{name}", table)
        answer: pa.Table = connection.execute(compile_duckdb_sql(expression)).to_arrow_table()
        return answer
    finally:
        connection.close()
