"""Compares a user's scenario with published figures by publisher, vintage and scenario, without averaging or joining them.

The caller passes the published figures as rows of the release DATACENTRE_ELECTRICITY.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bongsu.core.estimate import Estimate
from bongsu.energy.scenario.projection import ProjectedYear


@dataclass(frozen=True)
class PublishedFigure:
    """A published figure in TWh: a value or a range, as published."""

    year: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PublishedSeries:
    """The figures of one publisher, vintage and scenario for an area, in order of years."""

    publisher: str
    vintage: str
    scenario: str
    figures: tuple[PublishedFigure, ...]


@dataclass(frozen=True)
class Comparison:
    """A published figure and the user's own electricity of the same year."""

    series: PublishedSeries
    published: PublishedFigure
    own: Estimate

    @property
    def difference(self) -> float | None:
        """(own - published) / published; None if only a range is published."""
        if self.published.value is None or self.own.value is None:
            return None
        return self.own.value / self.published.value - 1


def published_series(rows: Iterable[Mapping[str, Any]], area: str) -> tuple[PublishedSeries, ...]:
    """Returns the series of `area` in `rows` of DATACENTRE_ELECTRICITY (columns named by SDMX id; OBS_VALUE in TWh)."""
    found: dict[tuple[str, str, str], list[PublishedFigure]] = {}
    for row in rows:
        if row["REF_AREA"] == area:
            key = (str(row["PUBLISHER"]), str(row["VINTAGE"]), str(row["SCENARIO"]))
            found.setdefault(key, []).append(
                PublishedFigure(
                    int(row["TIME_PERIOD"]),
                    _parse_number(row["OBS_VALUE"]),
                    _parse_number(row["LOWER_BOUND"]),
                    _parse_number(row["UPPER_BOUND"]),
                )
            )
    return tuple(
        PublishedSeries(*key, tuple(sorted(figures, key=lambda figure: figure.year)))
        for key, figures in sorted(found.items())
    )


def compare_published(own: Sequence[ProjectedYear], series: Iterable[PublishedSeries]) -> tuple[Comparison, ...]:
    """Returns every published figure of a year in the scenario, with the scenario's own electricity."""
    electricity = {year.year: year.electricity for year in own}
    return tuple(
        Comparison(one, figure, electricity[figure.year])
        for one in series
        for figure in one.figures
        if figure.year in electricity
    )


def _parse_number(cell: Any) -> float | None:
    return None if cell is None or cell != cell else float(cell)  # cell != cell: NaN
