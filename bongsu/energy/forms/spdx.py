"""SPDX 3.0.1 JSON-LD of an AI package with its energy consumption (AI profile).

The profile has amounts (kWh or MJ) for training, fine-tuning and inference, and no field for what they include; kind, boundary
and interval are written to the package's comment. Energy per request or token is not an amount and raises BadInput. Left out:
licences, files and relationships, which a bill of materials adds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from bongsu.core.document_shape import FilledText
from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Estimate
from bongsu.energy.forms.filled_form import Form, FormLine, describe_estimate, form_rule, form_text
from bongsu.energy.forms.input_shapes import EstimateShape, InputShape, convert_input, parse_estimate

FORM_ID = "spdx"
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
UNITS = {"kWh": "kilowattHour", "MJ": "megajoule"}
STAGES = ("training", "finetuning", "inference")


@dataclass(frozen=True)
class AiPackage:
    """The inputs. `stages`: stage -> energy in `unit` (kWh or MJ). `namespace`: the IRI that the package's ids begin with."""

    model: str
    supplier: str
    date: str
    stages: dict[str, Estimate]
    unit: str
    namespace: str

    def __post_init__(self) -> None:
        if not self.stages:
            raise BadInput(N_("Give the energy of training, fine-tuning or inference."), where="training")
        for stage, energy in self.stages.items():
            if energy.value is None:
                raise BadInput(N_("The form requires a value; a range alone is not enough."), where=f"{stage}.value")


class AiPackageInput(InputShape):
    """The fields of an input file. `namespace` is a stable address of the model."""

    model: FilledText
    supplier: FilledText
    date: date
    unit: Literal["kWh", "MJ"] = "kWh"
    namespace: str = ""
    training: EstimateShape | None = None
    finetuning: EstimateShape | None = None
    inference: EstimateShape | None = None


def parse_input(data: Mapping[str, Any]) -> AiPackage:
    """Reads the fields of an input file. Raises BadInput with the path of the field."""
    given = convert_input(data, AiPackageInput)
    energies: dict[str, EstimateShape | None] = {stage: getattr(given, stage) for stage in STAGES}
    named = hashlib.sha256(f"{given.supplier}\n{given.model}".encode()).hexdigest()[:32]
    return AiPackage(
        model=given.model,
        supplier=given.supplier,
        date=given.date.isoformat(),
        stages={stage: parse_estimate(one, given.unit, stage) for stage, one in energies.items() if one is not None},
        unit=given.unit,
        namespace=given.namespace or f"urn:sha256:{named}",
    )


def build_json_ld(about: AiPackage) -> dict[str, Any]:
    """Returns the JSON-LD document: creation info, supplier, package, and the SpdxDocument with the package as its root."""
    document, package, supplier = (f"{about.namespace}#{part}" for part in ("document", "package", "supplier"))
    element = {"creationInfo": "_:creation"}
    consumption = {
        f"ai_{stage}EnergyConsumption": [
            {
                "type": "ai_EnergyConsumptionDescription",
                "ai_energyQuantity": _format_decimal(energy),
                "ai_energyUnit": UNITS[about.unit],
            }
        ]
        for stage, energy in about.stages.items()
    }
    return {
        "@context": CONTEXT,
        "@graph": [
            {
                "type": "CreationInfo",
                "@id": "_:creation",
                "specVersion": "3.0.1",
                "created": f"{about.date}T00:00:00Z",
                "createdBy": [supplier],
            },
            {"type": "Organization", "spdxId": supplier, **element, "name": about.supplier},
            {
                "type": "ai_AIPackage",
                "spdxId": package,
                **element,
                "name": about.model,
                "suppliedBy": supplier,
                "comment": " ".join(
                    f"{stage}: {describe_estimate(energy).en}" for stage, energy in about.stages.items()
                ),
                "ai_energyConsumption": {"type": "ai_EnergyConsumption", **consumption},
            },
            {
                "type": "SpdxDocument",
                "spdxId": document,
                **element,
                "profileConformance": ["core"],
                "rootElement": [package],
            },
        ],
    }


def build_form(about: AiPackage) -> Form:
    """Fills in the form: the amounts for a reader, the JSON-LD for machines."""
    return Form(
        id=FORM_ID,
        title=form_text(FORM_ID, "title"),
        rule=form_rule(FORM_ID),
        subject=about.model,
        date=about.date,
        lines=tuple(
            line
            for stage, energy in about.stages.items()
            for line in (
                FormLine(stage, form_text(FORM_ID, stage), energy.value, about.unit),
                FormLine(f"{stage}_method", form_text(FORM_ID, "method"), describe_estimate(energy)),
            )
        ),
        machine=build_json_ld(about),
    )


def _format_decimal(energy: Estimate) -> str:
    """Formats an energy as xsd:decimal: no exponent, and no more digits than the float has."""
    return format(Decimal(repr(energy.value)), "f")
