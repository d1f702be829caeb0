"""Numbers of applications, such as CALL-2026-0042-5: the call's prefix, the year, a serial, and a check digit.

The check digit is that of Luhn (ISO/IEC 7812-1, annex B) over all digits before it. It finds every wrong digit, and every
swap of two neighbours but 09 and 90.
"""

from __future__ import annotations

import re

from bongsu.core.errors import N_, BadInput

_NUMBER = re.compile(r"\A([A-Z][A-Z0-9-]{0,30})-([0-9]{4})-([0-9]{4,})-([0-9])\Z")


def write_number(prefix: str, year: int, serial: int) -> str:
    """Returns the number of the application `serial` (from 1) of a year."""
    body = f"{prefix}-{year:04d}-{serial:04d}"
    return f"{body}-{_check_digit(body)}"


def check_number(text: str) -> str:
    """Returns the number, in capitals and without blanks around it. Raises BadInput if it was mistyped."""
    number = text.strip().upper()
    match = _NUMBER.match(number)
    if not match or _check_digit(number[:-2]) != int(match[4]):
        raise BadInput(
            N_("“{text}” is not the number of an application."),
            fix=N_("Copy it from the receipt, with its last digit."),
            text=text,
        )
    return number


def _check_digit(text: str) -> int:
    digits = [int(each) for each in text if "0" <= each <= "9"]
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[::-2])
    return -(sum(doubled) + sum(digits[-2::-2])) % 10
