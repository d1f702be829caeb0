"""The forms by name, and one function that fills a form in from the fields of an input file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bongsu.core.errors import N_, unknown_name
from bongsu.energy.forms import data_centre, gpai, label, sci, sci_ai, spdx
from bongsu.energy.forms.filled_form import Form

FORM_BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], Form]] = {
    gpai.FORM_ID: lambda data: gpai.build_form(gpai.parse_input(data)),
    data_centre.FORM_ID: lambda data: data_centre.build_form(data_centre.parse_input(data)),
    sci.FORM_ID: lambda data: sci.build_form(sci.parse_input(data)),
    sci_ai.FORM_ID: lambda data: sci_ai.build_form(sci_ai.parse_input(data)),
    spdx.FORM_ID: lambda data: spdx.build_form(spdx.parse_input(data)),
    label.FORM_ID: lambda data: label.build_form(label.parse_input(data)),
}


def fill_form(name: str, data: Mapping[str, Any]) -> Form:
    """Returns the form `name` filled in from `data`. Raises UnknownName, or BadInput with the path of the field."""
    if name not in FORM_BUILDERS:
        raise unknown_name(N_("form"), name, FORM_BUILDERS)
    return FORM_BUILDERS[name](data)
