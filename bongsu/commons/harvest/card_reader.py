"""Reads cards of models and datasets on a model hub: the YAML header of a README, and the hub's lists as JSON.

Source: huggingface.co/docs/hub/model-cards and datasets-cards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bongsu.commons.documents import parse_yaml
from bongsu.commons.harvest.record import HarvestRecord, RecordOrigin, build_entry, first_year, language_tags
from bongsu.core.errors import N_, BadInput

_HUB = "https://huggingface.co/"
_DATASET_FIELDS = (
    "task_categories",
    "size_categories",
    "pretty_name",
    "annotations_creators",
    "dataset_info",
    "configs",
)


def is_card(text: str) -> bool:
    """Returns whether a text is a card: it begins with a line of three hyphens and has a second one."""
    return text.startswith("---") and "\n---" in text[3:]


def read_card(text: str, origin: RecordOrigin) -> HarvestRecord:
    """Reads the model or dataset of a card. Its name comes from the address, or else from the card."""
    head, _, body = text[3:].partition("\n---")
    data = parse_yaml(head, origin.address)
    if not isinstance(data, Mapping):
        raise BadInput(N_("The YAML header of the card is not a mapping."), where=origin.address)
    kind = "dataset" if "/datasets/" in origin.address or any(key in data for key in _DATASET_FIELDS) else "model"
    name = _hub_name(origin.address) or str(data.get("pretty_name") or data.get("model_name") or _first_heading(body))
    return _build_entry(name, kind, data, origin, year=None)


def read_hub_item(item: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads one model or dataset of the hub's list (GET /api/models or /api/datasets)."""
    name = str(item.get("id") or item.get("modelId") or "")
    kind = "dataset" if "/datasets" in origin.address else "model"
    data = dict(item.get("cardData") or {})
    for tag in item.get("tags") or ():
        field, _, value = str(tag).partition(":")
        if field == "license":
            data.setdefault("license", value)
        elif field == "language":
            data.setdefault("language", []).append(value)
    return _build_entry(name, kind, data, origin, year=first_year(item.get("createdAt")))


def _build_entry(
    name: str, kind: str, data: Mapping[str, Any], origin: RecordOrigin, year: int | None
) -> HarvestRecord:
    if not name:
        raise BadInput(N_("The card does not name its model or dataset."), where=origin.address)
    on_hub = "/" in name and " " not in name
    licence = data.get("license")
    texts = [str(text) for text in (licence if isinstance(licence, list) else [licence]) if text]
    if texts == ["other"] and data.get("license_name"):
        texts = [str(data["license_name"])]  # the hub's licence “other” with a custom name
    return build_entry(
        origin,
        f"{_HUB}{'datasets/' if kind == 'dataset' else ''}{name}" if on_hub else name,
        kind,
        {"en": str(data.get("pretty_name") or name.rpartition("/")[2])},
        shows="its card on the hub",
        homepage=f"{_HUB}{'datasets/' if kind == 'dataset' else ''}{name}" if on_hub else "",
        rel="huggingface",
        organisation=name.rpartition("/")[0],
        licence=", ".join(texts),
        languages=language_tags(data.get("language")),
        year=year,
    )


def _hub_name(address: str) -> str:
    if not address.startswith(_HUB):
        return ""
    parts = [part for part in address.removeprefix(_HUB).split("/") if part and part != "datasets"]
    return "/".join(parts[:2])


def _first_heading(body: str) -> str:
    return next((line.lstrip("# ").strip() for line in body.splitlines() if line.startswith("#")), "")
