"""“Use this in ...”: code for Python, R and Excel that fetches the rows of a reader's choice over SDMX.

Codes are read as text, so that “0110” stays “0110”. The address is percent-encoded, so that every client accepts it.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode

from bongsu.core.selection import Selection
from bongsu.core.structure import TIME, Dataflow


class Snippet(NamedTuple):
    """Code to copy: the name of the tool, the language for highlighting, and the lines."""

    tool: str
    language: str
    lines: str


def sdmx_csv_address(host: str, agency: str, flow: Dataflow, selection: Selection) -> str:
    """Returns the address of a selection as SDMX-CSV; `host` is the node's address without a slash at the end."""
    bounds = [f"{sign}:{value}" for sign, value in (("ge", selection.start), ("le", selection.end)) if value]
    filters = [(f"c[{key}]", ",".join(codes)) for key, codes in selection.codes if key != TIME]
    periods = dict(selection.codes).get(TIME, ())
    if periods:
        filters.append((f"c[{TIME}]", ",".join(periods)))
    elif bounds:
        filters.append((f"c[{TIME}]", "+".join(bounds)))
    query = urlencode([*filters, ("format", "csv")], quote_via=quote)
    return f"{host}/sdmx/data/dataflow/{agency}/{flow.id}/+/*?{query}"


def list_snippets(where: str, flow: Dataflow) -> tuple[Snippet, ...]:
    """Returns the code that fetches the SDMX-CSV at `where`, for each tool."""
    texts = list(flow.keys)
    python = (
        "import pandas as pd\n\n"
        f'address = "{where}"\n'
        f"codes = {texts!r}\n"
        "data = pd.read_csv(address, dtype=dict.fromkeys(codes, str))\n"
        'print(data[[*codes, "OBS_VALUE", "UNIT_MEASURE", "KIND"]])'
    ).replace("'", '"')
    names = ", ".join(f'{key} = "character"' for key in texts)
    r = f'address <- "{where}"\ndata <- read.csv(address, colClasses = c({names}))\nhead(data)'
    text_columns = ", ".join(f'{{"{key}", type text}}' for key in texts)
    excel = (
        "let\n"
        f'    Source = Csv.Document(Web.Contents("{where}"), [Delimiter = ",", Encoding = 65001]),\n'
        "    Rows = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),\n"
        f'    Typed = Table.TransformColumnTypes(Rows, {{{text_columns}, {{"OBS_VALUE", type number}}}}, "en-US")\n'
        "in\n"
        "    Typed"
    )
    return Snippet("Python", "python", python), Snippet("R", "r", r), Snippet("Excel", "powerquery", excel)
