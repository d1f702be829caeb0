"""A call as schema.org, for search engines: a grant, of money where its budget is money. It says only what the page shows."""

from __future__ import annotations

import json
from typing import Any

from bongsu.incubator.public.common_grants import describe_funding
from bongsu.incubator.public.published import PublishedCall
from bongsu.incubator.texts import Translate, pick_text

_ESCAPES = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&"}  # so that no text ends the script element


def write_json_ld(one: PublishedCall, page: str, funder: str, translate: Translate, language: str) -> str:
    """Returns the text of the script element in a call's page. Its institutions fund it, or the node if it names none."""
    call = one.files.call
    total = describe_funding(call, translate, language).get("totalAmountAvailable")
    shape: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MonetaryGrant" if total else "Grant",
        "@id": one.id.urn,
        "identifier": call.call,
        "name": pick_text(call.title, language),
        "description": pick_text(call.summary, language),
        "url": page,
        "funder": [
            {"@type": "Organization", "name": pick_text(one.title, language), "url": one.url}
            for one in call.institution
        ]
        or {"@type": "Organization", "name": funder},
    }
    if total:
        shape["amount"] = {"@type": "MonetaryAmount", "value": total["amount"], "currency": total["currency"]}
    return json.dumps(shape, ensure_ascii=False).translate(_ESCAPES)
