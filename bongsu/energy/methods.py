"""The methods of the energy programme's series: one function per step, with units and reference in its docstring.

Golden numbers, with their arithmetic: tests/golden/test_energy_series.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity


def intensity_in_grams(kg_per_kwh: Decimal) -> float:
    """Converts kg CO2e/kWh to g CO2e/kWh in decimal arithmetic, so that 0.41706 becomes 417.06, not 417.06000000000006."""
    return float(kg_per_kwh * 1000)


def path_value(path: Mapping[int, float], year: int) -> float:
    """Returns the value of a path in a year: linear between two of its years. Raises ValueError for a year outside them."""
    if not min(path) <= year <= max(path):
        raise ValueError(f"{year} lies outside the path")
    before, after = max(y for y in path if y <= year), min(y for y in path if y >= year)
    share = (year - before) / (after - before) if after > before else 0.0
    return path[before] + share * (path[after] - path[before])


def intensity_on_path(last: float, path: Mapping[int, float], last_year: int, year: int) -> float:
    """Returns the intensity of a later year: that of the last year of the series x path of the year / path of the last year.

    The path is used for its changes alone, because what it counts differs from the series (CO2 at generation; life cycle).
    """
    return last * path_value(path, year) / path_value(path, last_year)


def emissions(electricity: Estimate, intensity: Quantity, method: str) -> Estimate:
    """Returns the emissions of a facility's electricity: Mt CO2e = TWh x g CO2e/kWh (GHG Protocol scope 2, location-based).

    `electricity` and the result are at the boundary facility. The intensity is taken as exact, so the relative interval is that
    of the electricity.
    """
    return electricity.times(intensity, method=method).to("Mt CO2e")


def coverage(covered: Quantity, whole: Quantity) -> float:
    """Returns the share (%) of the electricity `whole` that is in areas with a known grid intensity."""
    return 100 * covered.to(whole.unit).value / whole.value
