"""One spelling of an e-mail address, so that its variants of case and of Unicode belong to one person."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bongsu.core.errors import N_, BadInput

MAX_LENGTH = 254


def normalise_address(text: str) -> str:
    """Returns the address in the form that is stored: NFKC, small letters, the domain in ASCII (IDNA).

    Raises BadInput for what is not an address.
    """
    address = unicodedata.normalize("NFKC", text.strip()).casefold()
    name, _, domain = address.rpartition("@")
    try:
        address = f"{name}@{domain.encode('idna').decode('ascii')}"
        if len(address) > MAX_LENGTH or not address.isprintable():
            raise ValidationError("")
        validate_email(address)
    except (UnicodeError, ValidationError):
        raise BadInput(
            N_("“{text}” is not a valid e-mail address."), fix=N_("Write it as name@institute.example."), text=text[:80]
        ) from None
    return address


def domain_of(address: str) -> str:
    """Returns the domain of a normalised address."""
    return address.rpartition("@")[2]
