"""The methods of the energy programme's series: one function per step, with units and reference in its docstring.

Golden numbers, with their arithmetic: tests/golden/test_energy_series.py.
"""

from __future__ import annotations

from decimal import Decimal

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity

# A grid intensity outside this range is flagged for review. The lower limit is below any grid with fossil or hydro plants in
# ADEME's life cycle figures; the upper one is above a grid of lignite alone (IPCC AR5 WG3 Annex III: coal 740 to 910 g/kWh,
# with losses and old plants).
PLAUSIBLE_INTENSITY = (5.0, 1400.0)  # g CO2e/kWh


def intensity_in_grams(kg_per_kwh: Decimal) -> float:
    """Converts kg CO2e/kWh to g CO2e/kWh in decimal arithmetic, so that 0.41706 becomes 417.06, not 417.06000000000006."""
    return float(kg_per_kwh * 1000)


def is_plausible_intensity(g_per_kwh: float) -> bool:
    """Returns whether an intensity (g CO2e/kWh) is plausible; others are published with a flag."""
    low, high = PLAUSIBLE_INTENSITY
    return low <= g_per_kwh <= high


def emissions(electricity: Estimate, intensity: Quantity, method: str) -> Estimate:
    """Returns the emissions of a facility's electricity: Mt CO2e = TWh x g CO2e/kWh (GHG Protocol scope 2, location-based).

    `electricity` and the result are at the boundary facility. The intensity is taken as exact, so the relative interval is that
    of the electricity.
    """
    return electricity.times(intensity, method=method).to("Mt CO2e")


def coverage(covered: Quantity, whole: Quantity) -> float:
    """Returns the share (%) of the electricity `whole` that is in areas with a known grid intensity."""
    return 100 * covered.to(whole.unit).value / whole.value
