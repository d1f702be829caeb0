"""Every form by its name: one call from the fields of an input file to the filled-in form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bongsu.core.errors import N_, unknown_name
from bongsu.energy.forms import data_centre, gpai, label, sci, sci_ai, spdx
from bongsu.energy.forms.filled_form import Form
from bongsu.energy.forms.input_fields import InputFields

FORM_BUILDERS: Mapping[str, Callable[[InputFields], Form]] = {
    gpai.FORM_ID: lambda fields: gpai.build_form(gpai.parse_input(fields)),
    data_centre.FORM_ID: lambda fields: data_centre.build_form(data_centre.parse_input(fields)),
    sci.FORM_ID: lambda fields: sci.build_form(sci.parse_input(fields)),
    sci_ai.FORM_ID: lambda fields: sci_ai.build_form(sci_ai.parse_input(fields)),
    spdx.FORM_ID: lambda fields: spdx.build_form(spdx.parse_input(fields)),
    label.FORM_ID: lambda fields: label.build_form(label.parse_input(fields)),
}


def fill_form(name: str, data: Mapping[str, Any], where: str = "") -> Form:
    """The form `name` filled in from `data`. Raises UnknownName, or BadInput with the field; `where` is prefixed to it."""
    if name not in FORM_BUILDERS:
        raise unknown_name(N_("form"), name, FORM_BUILDERS)
    return FORM_BUILDERS[name](InputFields(data, where))
