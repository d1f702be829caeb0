"""Bongsu: observatories of AI's energy, of AI and work, and of public-interest AI.

`bongsu.meter` and `bongsu.metered` meter the energy of Python code. They are loaded on first access, so that
`import bongsu` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"  # also of the built package; CHANGELOG.md has a section for it

if TYPE_CHECKING:
    from bongsu.energy.meter.metered import metered
    from bongsu.energy.meter.session import Meter as meter  # noqa: N813

__all__ = ["__version__", "meter", "metered"]


def __getattr__(name: str) -> Any:
    if name in ("meter", "metered"):
        from bongsu.energy import meter as package

        return getattr(package, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
