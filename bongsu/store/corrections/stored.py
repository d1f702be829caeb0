"""The corrections of a node: one file each, written once; a second file says that it was ended, and why.

    corrections/GRID_INTENSITY/1.json          the corrected values, author, reason, source, date
    corrections/GRID_INTENSITY/1.ended.json    since when it no longer holds, and why

The corrections that a programme ships are in its file corrections.toml; a node can end them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bongsu.core.correction import CorrectedValue, Correction, parse_correction
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.reason import Reason
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import dump_json, lock_file, replace_file
from bongsu.store.logs.journal import Journal


class Corrections:
    """The corrections in the folder `root`."""

    def __init__(self, root: Path, journal: Journal) -> None:
        self.root = root
        self._journal = journal

    def list_in_force(self, dataflow: str, shipped: Iterable[Correction] = ()) -> list[Correction]:
        """Returns the corrections of a dataflow that were not ended: those that its programme ships, then the node's own."""
        found = [*(one for one in shipped if one.dataflow == dataflow), *self.list_own(dataflow)]
        return [one for one in found if not self.is_ended(one)]

    def list_own(self, dataflow: str) -> list[Correction]:
        """Returns the corrections that were made on the node, ended ones too, oldest first."""
        folder = self.root / dataflow
        numbers = sorted(int(file.stem) for file in folder.glob("*.json") if file.stem.isdecimal())
        return [self._read(dataflow, str(number)) for number in numbers]

    def is_ended(self, correction: Correction) -> bool:
        """Whether a correction no longer holds."""
        return self._end_file(correction).exists()

    def _read(self, dataflow: str, id_: str) -> Correction:
        path = self.root / dataflow / f"{id_}.json"
        return parse_correction(json.loads(path.read_text(encoding="utf-8")), f"corrections/{dataflow}/{path.name}")

    def _end_file(self, correction: Correction) -> Path:
        return self.root / correction.dataflow / f"{correction.id}.ended.json"

    @contextmanager
    def adding(
        self,
        dataflow: str,
        values: tuple[CorrectedValue, ...],
        *,
        author: str,
        reason: Reason,
        source: str,
        shipped: Iterable[Correction] = (),
        by: str = "",
    ) -> Iterator[Correction]:
        """Stores a correction when the block has ended, and yields it. If the block raises, nothing is changed.

        `by` names in the journal who did it. Raises BadInput if another correction in force has one of the values.
        """
        for name, text in ((N_("author"), author), (N_("source"), source)):
            if not text.strip():
                raise BadInput(N_("A correction needs its {kind}."), kind=name)
        self.root.mkdir(parents=True, exist_ok=True)
        with lock_file(self.root / ".lock"):
            self._check_free(dataflow, values, shipped)
            number = max((int(one.id) for one in self.list_own(dataflow)), default=0) + 1
            made = Correction(str(number), dataflow, author.strip(), reason, source.strip(), utc_now(), values)
            path = self.root / dataflow / f"{number}.json"
            path.parent.mkdir(exist_ok=True)
            with replace_file(path, _dump(made)):
                yield made
            detail: dict[str, Any] = {"by": by} if by else {}
            described = [one.describe() for one in values]
            self._journal.append(
                "corrected", f"{dataflow} correction {number}", values=described, reason=reason.text, **detail
            )

    def _check_free(self, dataflow: str, values: tuple[CorrectedValue, ...], shipped: Iterable[Correction]) -> None:
        taken = {
            frozenset(value.key): (one, value) for one in self.list_in_force(dataflow, shipped) for value in one.values
        }
        for value in values:
            if found := taken.get(frozenset(value.key)):
                other, in_force = found
                raise BadInput(
                    N_("Correction {id} of {flow} has this value already: {value}."),
                    fix=N_("End it first: bongsu correct {flow} --end {id} --reason TEXT."),
                    id=other.id,
                    flow=dataflow,
                    value=in_force.describe(),
                )

    @contextmanager
    def ending(
        self, dataflow: str, id_: str, reason: Reason, shipped: Iterable[Correction] = (), by: str = ""
    ) -> Iterator[Correction]:
        """Ends a correction when the block has ended, and yields it. Raises UnknownName."""
        known = {one.id: one for one in self.list_in_force(dataflow, shipped)}
        if id_ not in known:
            raise unknown_name(N_("correction"), id_, known, where=dataflow)
        self.root.mkdir(parents=True, exist_ok=True)
        with lock_file(self.root / ".lock"):
            path = self._end_file(known[id_])
            path.parent.mkdir(exist_ok=True)
            said = {"at": utc_now(), "reason": reason.text, "language": reason.language, "by": by}
            with replace_file(path, dump_json(said).encode()):
                yield known[id_]
            self._journal.append(
                "correction-ended", f"{dataflow} correction {id_}", reason=reason.text, **({"by": by} if by else {})
            )


def _dump(correction: Correction) -> bytes:
    """Returns the file of a correction; the dimensions of a key stay in the order of the dataflow."""
    return (json.dumps(correction.to_json(), ensure_ascii=False, indent=1) + "\n").encode()
