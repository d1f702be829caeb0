"""Every form by its name: one call from the fields of an input file to the filled-in form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bongsu.core.errors import N_, unknown
from bongsu.energy.forms import data_centre, gpai, label, sci, sci_ai, spdx
from bongsu.energy.forms.fields import Fields
from bongsu.energy.forms.form import Form

FORMS: Mapping[str, Callable[[Fields], Form]] = {
    gpai.ID: lambda fields: gpai.form(gpai.read(fields)),
    data_centre.ID: lambda fields: data_centre.form(data_centre.read(fields)),
    sci.ID: lambda fields: sci.form(sci.read(fields)),
    sci_ai.ID: lambda fields: sci_ai.form(sci_ai.read(fields)),
    spdx.ID: lambda fields: spdx.form(spdx.read(fields)),
    label.ID: lambda fields: label.form(label.read(fields)),
}


def fill(name: str, data: Mapping[str, Any], where: str = "") -> Form:
    """The form `name` filled in from `data`. Raises UnknownName, or BadInput with the field; `where` is prefixed to it."""
    if name not in FORMS:
        raise unknown(N_("form"), name, FORMS)
    return FORMS[name](Fields(data, where))
