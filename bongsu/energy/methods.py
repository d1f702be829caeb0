"""One named function per step of the energy programme's series; units and reference in its docstring.

Golden numbers, with their arithmetic: tests/golden/test_energy_series.py.
"""

from __future__ import annotations

from decimal import Decimal

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity

# Outside this range a grid's intensity is flagged for review: below any grid with fossil or hydro plants in ADEME's life
# cycle figures, above a grid of lignite alone (IPCC AR5 WG3 Annex III: coal 740 to 910 g/kWh, with losses and old plants).
PLAUSIBLE_INTENSITY = (5.0, 1400.0)  # g CO2e/kWh


def intensity_in_grams(kg_per_kwh: Decimal) -> float:
    """g CO2e/kWh from kg CO2e/kWh, in decimal arithmetic so that 0.41706 becomes 417.06 and not 417.06000000000006."""
    return float(kg_per_kwh * 1000)


def is_plausible_intensity(g_per_kwh: float) -> bool:
    """Whether an intensity (g CO2e/kWh) can be published as normal."""
    low, high = PLAUSIBLE_INTENSITY
    return low <= g_per_kwh <= high


def emissions(electricity: Estimate, intensity: Quantity, method: str) -> Estimate:
    """Mt CO2e = TWh x g CO2e/kWh: what the grid emits for a facility's electricity (GHG Protocol scope 2, location-based).

    `electricity` at the boundary facility; the result keeps that boundary. The intensity counts as exact, so the interval
    is the electricity's own.
    """
    return electricity.times(intensity, method=method).to("Mt CO2e")


def coverage(covered: Quantity, whole: Quantity) -> float:
    """The share (%) of `whole` electricity that lies in areas with an intensity."""
    return 100 * covered.to(whole.unit).value / whole.value
