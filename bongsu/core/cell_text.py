"""The rules by which a cell of any file becomes a text, a code or a number. Every reader of files uses them.

A text is NFC, without white space around it and without invisible marks. A code is a text in which 2131.0, written by a program
that took codes for numbers, is 2131, and TRUE is true. Periods: core/periods.py. Readers: store/tables/table_files.py, which
reads small files, and store/microdata/survey_files.py, which reads columns.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from unicodedata import normalize

from bongsu.core.errors import N_, BadInput

DECIMAL_SIGNS = (".", ",")
THOUSANDS_SIGNS = ("", ",", ".", "'", "’")  # beside spaces, which are always read
SPACES = "\u00a0\u2007\u2009\u202f"  # the spaces that programs write inside of numbers
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad"))
_WHOLE = re.compile(r"(-?[0-9]+)\.0*")
_EDGES = re.compile(r"^\s|\s$")


def normalise_text(text: str) -> str:
    """Returns a text in NFC, without white space around it and without invisible marks.

    >>> normalise_text(" I\u0302le-de-France\u00a0") == "Île-de-France"
    True
    """
    if text.isascii():
        return text.strip() if _EDGES.search(text) else text
    return normalize("NFC", text.translate(_INVISIBLE)).strip()


def normalise_code(text: str) -> str:
    """Returns a code as it is compared: 2131.0 is 2131, and TRUE is true.

    >>> normalise_code("2131.0 "), normalise_code("11-1011 "), normalise_code("0110"), normalise_code("True")
    ('2131', '11-1011', '0110', 'true')
    """
    text = normalise_text(text)
    if found := _WHOLE.fullmatch(text):
        return found[1]
    return text.lower() if text.lower() in ("true", "false") else text


def match_code(text: str, known: Collection[str]) -> str:
    """Returns the code of `known` that a text means: as it is written, or normalised. Any other text is normalised only."""
    written = normalise_text(text)
    return written if written in known else normalise_code(written)


def pad_codes(codes: Iterable[str], width: int, known: Collection[str] = ()) -> dict[str, str]:
    """Returns each code with the leading zeros that a program lost, up to `width`; other codes are unchanged.

    With a code list (`known`), zeros are added if the result is in the list. A short code that may be meant as it is (it is in
    the list, or there is no list) is not padded in a column that has kept leading zeros, or other short codes.

    >>> pad_codes(["110", "213", "2131"], 4, known={"0110", "213", "2131"})
    {'110': '0110', '213': '213', '2131': '2131'}
    >>> pad_codes(["11", "112"], 3, known={"11", "011", "112"}), pad_codes(["11", "22"], 3, known={"11", "011", "22"})
    ({'11': '011', '112': '112'}, {'11': '11', '22': '22'})
    >>> pad_codes(["1", "13"], 2), pad_codes(["1", "01"], 2)
    ({'1': '01', '13': '13'}, {'1': '1', '01': '01'})
    """
    codes = list(codes)
    short = {code for code in codes if len(code) < width and code.isascii() and code.isdigit()}
    lost = {code for code in short if not known or code.zfill(width) in known}
    kept_zeros = any(len(code) == width and code.startswith("0") for code in codes)
    if kept_zeros or any(code in known for code in short - lost):
        lost = {code for code in lost if known and code not in known}
    return {code: code.zfill(width) if code in lost else code for code in codes}


@lru_cache(maxsize=32)
def number_pattern(decimal: str = ".", thousands: str = "") -> str:
    """Returns the regular expression of a whole number text, in the syntax that Python and RE2 share.

    Groups of three digits may have `thousands` or a space between them. Raises BadInput if the two signs are the same.
    """
    if decimal == thousands:
        raise BadInput(N_("The decimal sign and the thousands separator are both “{sign}”."), sign=decimal)
    point, between = re.escape(decimal), f"[{SPACES} {re.escape(thousands)}]"
    whole = f"(?:[0-9]+|[0-9]{{1,3}}(?:{between}[0-9]{{3}})+)"
    return f"^[-+]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?$"


def parse_number(text: str, decimal: str = ".", thousands: str = "") -> float | None:
    """Returns the number that a text means, or None if it means none or is not finite.

    >>> parse_number("1.234,5", ",", "."), parse_number("1 234.5"), parse_number("1,234"), parse_number("12,34", ".", ",")
    (1234.5, 1234.5, None, None)
    """
    text = normalise_text(text)
    if not re.search(number_pattern(decimal, thousands), text):
        return None
    for sign in (*SPACES, " ", *filter(None, [thousands])):
        text = text.replace(sign, "")
    value = float(text.replace(decimal, "."))
    return value if math.isfinite(value) else None
