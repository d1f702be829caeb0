"""Bongsu: observatories of AI's energy, of AI and work, and of public-interest AI.

The public Python interface (docs/python.md). Each name is loaded on first access, so that `import bongsu` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"  # also of the built package; CHANGELOG.md has a section for it

if TYPE_CHECKING:
    from bongsu.api.node_reader import open_node as open
    from bongsu.api.tools import assess_openness, code_titles
    from bongsu.energy import estimate
    from bongsu.energy.meter.metered import metered
    from bongsu.energy.meter.session import Meter as meter  # noqa: N813

# Public name -> module and its attribute; an empty attribute is the module itself.
_PUBLIC = {
    "assess_openness": ("bongsu.api.tools", "assess_openness"),
    "code_titles": ("bongsu.api.tools", "code_titles"),
    "estimate": ("bongsu.energy.estimate", ""),
    "meter": ("bongsu.energy.meter", "meter"),
    "metered": ("bongsu.energy.meter", "metered"),
    "open": ("bongsu.api.node_reader", "open_node"),
}

__all__ = ["__version__", "assess_openness", "code_titles", "estimate", "meter", "metered", "open"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
