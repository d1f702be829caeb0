"""Re-exports the periods of core until the own dataflows import them from there."""

from __future__ import annotations

from bongsu.core.periods import period_range

__all__ = ["period_range"]
