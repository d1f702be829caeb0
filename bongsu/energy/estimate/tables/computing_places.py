"""The place of computing: grid intensity, PUE and WUE by country, provider, region and year, each with its source.

The first of these that has a value is used: the caller's argument; what the provider published for the region (regions.csv,
the latest year up to the requested one); the provider's fleet (providers.csv); the prior. Country intensities come from
energy/grid: of the requested year, or the nearest that there is. A country without a grid value raises Missing. For a
flagged value the mean of the world stands in, and `ComputingPlace.notes` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypedDict

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.core.estimate import Boundary, Kind
from bongsu.core.languages import LANGUAGES
from bongsu.core.observation_status import PLAUSIBLE_RANGES, is_plausible
from bongsu.core.report import Report
from bongsu.energy.estimate.tables import table_files
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.grid.grid_table import WORLD, get_grid, grid_countries
from bongsu.energy.grid.grid_years import CARBON_UNIT

_PROVIDER_NAMES = {
    "amazon web services": "aws", "amazon": "aws", "aws": "aws", "google cloud": "gcp", "google": "gcp", "gcp": "gcp",
    "microsoft azure": "azure", "microsoft": "azure", "azure": "azure",
}  # fmt: skip
_REGION_SOURCE = "Green Software Foundation, real-time-cloud (published by the provider)"
_PUBLISHED_GSD = 1.03  # geometric standard deviation of a published annual figure


@dataclass(frozen=True)
class SourcedValue:
    """A value with its uncertainty and its source."""

    value: LogNormal
    source: str
    kind: Kind = Kind.REPORTED


@dataclass(frozen=True)
class ComputingPlace:
    """A place: grid in kg CO2e/kWh, water of the grid in L/kWh, PUE, WUE in L/kWh. `country` is ISO 3166-1 alpha-3, or WOR.

    `notes` says where a value is not the one that was asked for.
    """

    country: str
    grid: SourcedValue
    grid_water: SourcedValue | None
    pue: SourcedValue
    wue: SourcedValue
    notes: tuple[Report, ...] = ()


class PlaceOptions(TypedDict, total=False):
    """A caller's options for the place of computing and for the boundary of the energy."""

    boundary: Boundary | str
    country: str | None
    provider: str | None
    region: str | None
    year: int | None
    pue: float | None
    wue: float | None
    grid_kg_per_kwh: float | None


def resolve_place(where: PlaceOptions, home: str | None = None) -> ComputingPlace:
    """Returns the requested place; without provider and region, that of `home`, the provider that serves the model."""
    stated = {name: value for name, value in where.items() if name != "boundary"}
    if not stated.get("provider") and not stated.get("region") and home in providers():
        stated["provider"] = home
    return get_place(**stated)  # type: ignore[arg-type]


def get_place(
    country: str | None = None,
    provider: str | None = None,
    region: str | None = None,
    year: int | None = None,
    *,
    pue: float | None = None,
    wue: float | None = None,
    grid_kg_per_kwh: float | None = None,
) -> ComputingPlace:
    """Returns the place with these values. Raises UnknownName, Missing (a country without a grid value), BadInput."""
    if year is not None and not 1990 <= year <= 2100:
        raise BadInput(N_("{year} is not a year between 1990 and 2100."), where="year", year=year)
    prior = table_files.read_toml("priors.toml")
    name = _parse_provider(provider) if provider else None
    known = _read_region(name, region, year) if region else {}
    fleet = next((row for row in table_files.read_rows("providers.csv") if row["provider"] == name), None)
    home = fleet["country"] if fleet else ""
    code = known.get("country") or (alpha3(country) if country else home or WORLD)
    if country and known and alpha3(country) != code:
        raise BadInput(
            N_("The region “{region}” lies in {there}, not in {country}."),
            where="country",
            region=region,
            there=code,
            country=country,
        )
    grid, notes = _grid_intensity(code, known, grid_kg_per_kwh, prior, year)
    return ComputingPlace(
        country=code,
        grid=grid,
        grid_water=_grid_water(code, prior),
        pue=_effectiveness("pue", pue, known, fleet, prior["pue"], (1.0, 10.0)),
        wue=_effectiveness("wue", wue, known, fleet, prior["wue"], (0.0, 100.0)),
        notes=notes,
    )


def alpha3(country: str) -> str:
    """Returns the ISO 3166-1 alpha-3 code of a country given by its alpha-3 or alpha-2 code or its name, in any case.

    Raises UnknownName.
    """
    code = country.strip().upper()
    if code == WORLD or code in grid_countries() or code in _countries().values():
        return code
    if code in _countries():
        return _countries()[code]
    names = _country_names()
    if code.casefold() in names:
        return names[code.casefold()]
    raise unknown_name(N_("country"), country, {*grid_countries(), *names}, where="country")


@cache
def _countries() -> dict[str, str]:
    """Returns alpha-2 -> alpha-3 of current countries, from Unicode CLDR."""
    from babel import Locale
    from babel.core import get_global

    names = Locale("en").territories
    codes: dict[str, set[str]] = {}
    for code, targets in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and len(targets) == 1 and len(targets[0]) == 2 and targets[0] in names:
            codes.setdefault(targets[0], set()).add(code)
    mixes = grid_countries()
    return {
        two: next((three for three in sorted(found) if three in mixes), sorted(found)[0])
        for two, found in codes.items()
    }


@cache
def _country_names() -> dict[str, str]:
    """Returns name in lower case -> alpha-3, in every language, from Unicode CLDR."""
    from babel import Locale

    codes = _countries()
    territories = [Locale(language).territories for language in LANGUAGES]
    return {str(names[two]).casefold(): three for names in territories for two, three in codes.items() if two in names}


@cache
def providers() -> frozenset[str]:
    """Returns the providers of providers.csv."""
    return frozenset(row["provider"] for row in table_files.read_rows("providers.csv"))


def _parse_provider(name: str) -> str:
    folded = name.strip().casefold()
    found = _PROVIDER_NAMES.get(folded, folded)
    if found not in providers():
        raise unknown_name(N_("provider"), name, providers() | set(_PROVIDER_NAMES), where="provider")
    return found


def _read_region(provider: str | None, region: str, year: int | None) -> dict[str, str]:
    """Returns for each column the latest published value up to `year`, and its year as "<column> year"."""
    rows = [row for row in table_files.read_rows("regions.csv") if provider in (None, row["provider"])]
    named = [row for row in rows if row["region"] == region.strip().casefold()]
    if not named:
        raise unknown_name(N_("region"), region, {row["region"] for row in rows}, where="region")
    until = sorted((row for row in named if year is None or int(row["year"]) <= year), key=lambda row: row["year"])
    if not until:
        raise Missing(
            N_("Nothing is published for the region “{region}” up to {year}."),
            fix=N_("The first year is {first}."),
            region=region,
            year=year,
            first=min(row["year"] for row in named),
        )
    found = {"country": until[-1]["country"]}
    for row in until:
        for column in ("pue", "wue_l_per_kwh", "grid_g_per_kwh"):
            if row[column]:
                found |= {column: row[column], f"{column} year": row["year"]}
    return found


def _grid_intensity(
    code: str, known: Mapping[str, str], stated: float | None, prior: Mapping[str, Any], year: int | None
) -> tuple[SourcedValue, tuple[Report, ...]]:
    """Returns the intensity (kg CO2e/kWh), and notes on a value that is not the one asked for. Raises BadInput, Missing."""
    if stated is not None:
        if not 0 <= stated <= 5:
            raise BadInput(
                N_("A grid intensity cannot be {value:g} kg CO2e/kWh."),
                where="grid_kg_per_kwh",
                fix=N_("Give a value between 0 and 5 kg/kWh; 400 g/kWh is 0.4."),
                value=stated,
            )
        return SourcedValue(LogNormal(stated), N_("stated")), ()
    notes: tuple[Report, ...] = ()
    if "grid_g_per_kwh" in known:
        grams = float(known["grid_g_per_kwh"])
        if is_plausible(grams, CARBON_UNIT):
            source = f"{_REGION_SOURCE}, {known['grid_g_per_kwh year']}, annual mean of consumption"
            found = int(known["grid_g_per_kwh year"])
            notes = () if year in (None, found) else (_describe_region_year(code, year, found),)
            return SourcedValue(LogNormal.of(grams / 1000, prior["grid"]["gsd"]), source), notes
        notes = (_describe_flagged_region(grams, code),)
    if code not in grid_countries():
        raise Missing(
            N_("No grid intensity is known for the country {country}."),
            where="country",
            fix=N_("Give grid_kg_per_kwh, or choose a region."),
            country=code,
        )
    grid = get_grid(code, year)
    stands_in = "co2e" in grid.stand_ins
    gsd = prior["grid_world"]["gsd"] if code == WORLD or stands_in else prior["grid"]["gsd"]
    kind = Kind.DEFAULT if stands_in else Kind.REPORTED
    return SourcedValue(LogNormal.of(grid.g_co2e_per_kwh / 1000, gsd), grid.source, kind), (*notes, *grid.notes)


def _describe_region_year(country: str, year: int | None, found: int) -> Report:
    return Report(
        N_("{country}: the provider's grid intensity of {found} is used for {year}, the last one up to it."),
        {"country": country, "year": year, "found": found},
    )


def _describe_flagged_region(grams: float, country: str) -> Report:
    limits = PLAUSIBLE_RANGES[CARBON_UNIT]
    return Report(
        N_(
            "The provider gives {value:g} g CO2e/kWh for the region, outside the plausible range of {low:g} to {high:g}. This"
            " value is flagged and not used; that of the country {country} is used instead."
        ),
        {"value": grams, "low": limits.low, "high": limits.high, "country": country},
    )


def _grid_water(code: str, prior: Mapping[str, Any]) -> SourcedValue | None:
    if code not in grid_countries():
        return None
    grid = get_grid(code)
    kind = Kind.DEFAULT if "water" in grid.stand_ins else Kind.REPORTED
    return SourcedValue(LogNormal.of(grid.l_water_per_kwh, prior["grid_water"]["gsd"]), grid.water_source, kind)


def _effectiveness(
    name: str,
    stated: float | None,
    known: Mapping[str, str],
    fleet: Mapping[str, str] | None,
    prior: Mapping[str, Any],
    bounds: tuple[float, float],
) -> SourcedValue:
    if stated is not None:
        if not bounds[0] <= stated <= bounds[1]:
            raise BadInput(
                N_("{name} must be between {low:g} and {high:g}, not {value:g}."),
                where=name,
                value=stated,
                name=name.upper(),
                low=bounds[0],
                high=bounds[1],
            )
        return SourcedValue(LogNormal(stated), N_("stated"))
    column = "pue" if name == "pue" else "wue_l_per_kwh"
    if column in known:
        return SourcedValue(
            LogNormal.of(float(known[column]), _PUBLISHED_GSD), f"{_REGION_SOURCE}, {known[f'{column} year']}"
        )
    if fleet and fleet[f"{name}_low"]:
        low, high = float(fleet[f"{name}_low"]), float(fleet[f"{name}_high"])
        exact = LogNormal.of(low, _PUBLISHED_GSD)
        return SourcedValue(exact if low == high else LogNormal.between(low, high), fleet["source"])
    return SourcedValue(LogNormal.of(prior["median"], prior["gsd"]), prior["source"])
