"""The arithmetic that everyone agrees on, as plain functions of plain numbers. Units stand in the names.

These are what published figures are recomputed with (docs/methods/energy-estimate.md); the estimates call them too.
A negative or non-finite argument is refused. Left out: uncertainty, which the callers carry.
"""

from __future__ import annotations

import math

from bongsu.core.errors import N_, BadInput

HOURS_PER_YEAR = 8760.0


def fleet_energy_kwh(chips: float, hours: float, watts: float, pue: float = 1.0) -> float:
    """chips x hours x W x PUE / 1000. Patterson et al. 2021, arXiv:2104.10350."""
    _check_inputs(chips=chips, hours=hours, watts=watts)
    return chips * hours * watts * _check_pue(pue) / 1000


def flop_energy_kwh(flop: float, peak_flop_per_s: float, utilisation: float, watts: float, pue: float = 1.0) -> float:
    """FLOP / (peak x utilisation) x W x PUE. Epoch AI 2025 for a query, and any training run of known FLOP."""
    _check_inputs(flop=flop, watts=watts)
    if not 0 < utilisation <= 1 or not 0 < peak_flop_per_s < math.inf:
        raise BadInput(
            N_(
                "The utilisation must be above 0 and at most 1, and the peak above 0; they are {utilisation} and {peak}."
            ),
            utilisation=utilisation,
            peak=peak_flop_per_s,
        )
    return flop / (peak_flop_per_s * utilisation) * watts * _check_pue(pue) / 3.6e6


def training_flop(parameters: float, tokens: float) -> float:
    """6 FLOP per parameter and token, forward and backward. Kaplan et al. 2020, arXiv:2001.08361."""
    _check_inputs(parameters=parameters, tokens=tokens)
    return 6 * parameters * tokens


def inference_flop(active_parameters: float, tokens: float) -> float:
    """2 FLOP per active parameter and token."""
    _check_inputs(active_parameters=active_parameters, tokens=tokens)
    return 2 * active_parameters * tokens


def carbon_kg(energy_kwh: float, grid_kg_per_kwh: float) -> float:
    """Energy x grid intensity, location-based."""
    _check_inputs(energy_kwh=energy_kwh, grid_kg_per_kwh=grid_kg_per_kwh)
    return energy_kwh * grid_kg_per_kwh


def embodied_kg(total_kg: float, life_years: float, hours: float, share: float = 1.0) -> float:
    """SCI's M = TE x TS x RS: the total over its life, by time reserved and by share of resources. ISO/IEC 21031:2024.

    The year has 8,760 h: 1,000 kg, 4 years, 1 h is 28.5 g.
    """
    _check_inputs(total_kg=total_kg, hours=hours, share=share)
    if not 0 < life_years < math.inf:
        raise BadInput(N_("The life must be longer than 0 years, not {years}."), years=life_years)
    return total_kg * hours / (life_years * HOURS_PER_YEAR) * share


def sci(carbon_kg: float, units: float, per: float = 1.0) -> float:
    """SCI: kg CO2e for `per` functional units. 6,500 kg over 50e9 tokens is 0.13 kg for 1e6. ISO/IEC 21031:2024."""
    _check_inputs(carbon_kg=carbon_kg, per=per)
    if not 0 < units < math.inf:
        raise BadInput(N_("The number of functional units must be above 0, not {units}."), units=units)
    return carbon_kg / units * per


def water_on_site_l(it_energy_kwh: float, wue_l_per_kwh: float) -> float:
    """WUE x IT energy, never x PUE: WUE is defined on IT energy. ISO/IEC 30134-9."""
    _check_inputs(it_energy_kwh=it_energy_kwh, wue_l_per_kwh=wue_l_per_kwh)
    return it_energy_kwh * wue_l_per_kwh


def water_off_site_l(facility_energy_kwh: float, grid_l_per_kwh: float) -> float:
    """What power plants evaporate for the facility's energy."""
    _check_inputs(facility_energy_kwh=facility_energy_kwh, grid_l_per_kwh=grid_l_per_kwh)
    return facility_energy_kwh * grid_l_per_kwh


def _check_pue(pue: float) -> float:
    if not 1 <= pue < 10:
        raise BadInput(N_("A PUE must be at least 1 and below 10, not {pue}."), where="pue", pue=pue)
    return pue


def _check_inputs(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (math.isfinite(number) and number >= 0):
            raise BadInput(
                N_("{field} must be a number of 0 or more, not {value}."), where=name, field=name, value=number
            )
