"""SPDX 3.0.1 JSON-LD of an AI package with its energy consumption (AI profile).

The profile holds amounts (kWh or MJ) for training, fine-tuning and inference and no word on what they include; kind,
boundary and interval go into the package's comment. Energy per request or token is no amount and is refused. Left out:
licences, files and relationships, which a bill of materials adds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Estimate
from bongsu.energy.forms.filled_form import Form, FormLine, describe_estimate, form_rule, form_text
from bongsu.energy.forms.input_fields import InputFields

FORM_ID = "spdx"
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
UNITS = {"kWh": "kilowattHour", "MJ": "megajoule"}
STAGES = ("training", "finetuning", "inference")


@dataclass(frozen=True)
class AiPackage:
    """`stages`: stage -> its energy in `unit` (kWh or MJ). `namespace`: the IRI that the package's ids begin with."""

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


def parse_input(fields: InputFields) -> AiPackage:
    """From the fields of an input file. `unit` is kWh unless stated; `namespace` a stable address of the model."""
    fields.only("model", "supplier", "date", "unit", "namespace", *STAGES)
    symbol = fields.text("unit", "kWh")
    if symbol not in UNITS:
        raise BadInput(
            N_("SPDX allows the units {known}, not “{unit}”."),
            where=fields.at("unit"),
            known=" and ".join(UNITS),
            unit=symbol,
        )
    model, supplier = fields.text("model"), fields.text("supplier")
    named = hashlib.sha256(f"{supplier}\n{model}".encode()).hexdigest()[:32]
    return AiPackage(
        model=model,
        supplier=supplier,
        date=fields.day("date"),
        stages={stage: fields.estimate(stage, symbol) for stage in STAGES if fields.has(stage)},
        unit=symbol,
        namespace=fields.text("namespace", f"urn:sha256:{named}"),
    )


def build_json_ld(about: AiPackage) -> dict[str, Any]:
    """The document: creation, supplier, package, and the SpdxDocument whose root the package is."""
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
    """The amounts for a reader; the JSON-LD for machines."""
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
    """xsd:decimal: no exponent, no digits that a float does not hold."""
    return format(Decimal(repr(energy.value)), "f")
