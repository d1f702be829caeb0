"""The files of a release as they lie on disk: the manifest with its seal, and the reason of a withdrawal beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, Damaged
from bongsu.core.release import Manifest, SealedFile, Withdrawal
from bongsu.store.disk.files import dump_json, hash_file


def describe_file(path: Path) -> SealedFile:
    """Returns the name, the hash and the size of a file."""
    return SealedFile(path.name, hash_file(path), path.stat().st_size)


def add_seal(manifest: Manifest) -> dict[str, Any]:
    """Returns the manifest as it is written, with its seal."""
    body = manifest.to_json()
    return {**body, "seal": compute_seal(body)}


def compute_seal(body: dict[str, Any]) -> str:
    """Returns the SHA-256 of the manifest itself, with which a changed manifest is detected."""
    return hashlib.sha256(dump_json(body).encode()).hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest. Raises Damaged if it is not the one that was sealed."""
    try:
        text = path.read_text(encoding="utf-8")
        read = json.loads(text)
        seal = read.pop("seal")
    except (OSError, ValueError, KeyError, AttributeError):
        raise damaged_error(path) from None
    if dump_json({**read, "seal": seal}) != text or compute_seal(read) != seal:
        raise damaged_error(path)
    return Manifest.from_json(read, where=_place(path))


def read_withdrawal(path: Path) -> Withdrawal | None:
    """Reads why a release was withdrawn; None if it was not."""
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    return Withdrawal(**{**data, "translations": tuple(map(tuple, data.get("translations", ())))})


def damaged_error(path: Path) -> Damaged:
    """Returns the error about a file of a release that is not what was sealed."""
    return Damaged(
        N_("This file has changed since it was sealed, or is missing."),
        where=_place(path),
        fix=N_("Restore it from a copy. “bongsu doctor” lists every damaged file."),
    )


def _place(path: Path) -> str:
    """Returns the path of a release's file, relative to the node."""
    return str(path.relative_to(path.parents[3]))
