"""Changes of the table [site] of node.toml: permission, check, file and audit line together, for the desk and the command.

The files are written before the records are committed, and put back if the commit fails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.disk.files import replace_file
from bongsu.store.disk.node_file import change_table
from bongsu.store.tables.site_logo import LOGO_FILE, draw_logo, read_logo
from bongsu.store.tables.site_table import Site, parse_site

_LONG = ("about", "contact", "legal")  # the audit has no personal data: it says that these changed, not what they say


def mark_table(table: Mapping[str, Any]) -> str:
    """Returns a short text that is different for every content of the table."""
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:16]


def change_site(actor: Actor, root: Path, changes: Mapping[str, Any], why: str = "", *, seen: str = "") -> Site:
    """Changes the fields in `changes`, by name, and returns the site; an empty value removes a field.

    `seen` is the mark of the table that the person saw. Raises Refused, BadInput, Missing or UnknownName: nothing is changed.
    """

    def change(table: dict[str, Any]) -> dict[str, Any]:
        if seen and seen != mark_table(table):
            raise BadInput(
                N_("Somebody else has changed the site in the meantime."), fix=N_("Open the page again and repeat.")
            )
        new: dict[str, Any] = _drop_empty({**table, **changes})
        site = parse_site(root, new)
        if site.logo and site.logo != table.get("logo"):
            read_logo(root, site.logo)
        return new

    with ExitStack() as files, act(actor, "site.change", why=why) as line:
        old, new = files.enter_context(change_table(root, "site", change))
        changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        line.before, line.after = ({name: _for_audit(name, table) for name in changed} for table in (old, new))
    return parse_site(root, new)


def change_logo(actor: Actor, root: Path, data: bytes, name: str, why: str = "") -> Site:
    """Makes an image, sent under the file name `name`, the logo. Raises Refused, or BadInput if it cannot be one."""
    drawn = draw_logo(data, name)
    with ExitStack() as files, act(actor, "site.change", why=why) as line:
        old, new = files.enter_context(change_table(root, "site", lambda table: {**table, "logo": LOGO_FILE}))
        files.enter_context(replace_file(root / LOGO_FILE, drawn))
        line.before = {"logo": old.get("logo")}
        line.after = {"logo": LOGO_FILE, "sha256": hashlib.sha256(drawn).hexdigest()}
    return parse_site(root, new)


def _drop_empty(value: Any) -> Any:
    """Returns a table without empty texts, lists and tables, at any depth."""
    if isinstance(value, Mapping):
        kept = {name: _drop_empty(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in ("", None, {}, [])}
    if isinstance(value, list):
        return [one for one in map(_drop_empty, value) if one not in ("", None, {}, [])]
    return value


def _for_audit(name: str, table: Mapping[str, Any]) -> Any:
    value = table.get(name)
    if name in _LONG and value:
        return {language: hashlib.sha256(text.encode()).hexdigest()[:16] for language, text in value.items()}
    return value
