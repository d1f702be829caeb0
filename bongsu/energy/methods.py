"""The methods of the energy programme's series: one function per step, with units and reference in its docstring.

Golden numbers, with their arithmetic: tests/golden/test_energy_series.py.
"""

from __future__ import annotations

from decimal import Decimal

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity


def intensity_in_grams(kg_per_kwh: Decimal) -> float:
    """Converts kg CO2e/kWh to g CO2e/kWh in decimal arithmetic, so that 0.41706 becomes 417.06, not 417.06000000000006."""
    return float(kg_per_kwh * 1000)


def emissions(electricity: Estimate, intensity: Quantity, method: str) -> Estimate:
    """Returns the emissions of a facility's electricity: Mt CO2e = TWh x g CO2e/kWh (GHG Protocol scope 2, location-based).

    `electricity` and the result are at the boundary facility. The intensity is taken as exact, so the relative interval is that
    of the electricity.
    """
    return electricity.times(intensity, method=method).to("Mt CO2e")


def coverage(covered: Quantity, whole: Quantity) -> float:
    """Returns the share (%) of the electricity `whole` that is in areas with a known grid intensity."""
    return 100 * covered.to(whole.unit).value / whole.value
