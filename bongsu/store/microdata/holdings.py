"""Stores private microdata: a folder for each holding, encrypted if the node has a key. No function here shows a row.

holdings/NAME/holding.json       name, title, records, concepts, whether encrypted
              mapping.toml       the mapping it was added with
              data.parquet       a column for every concept and design column, and RECORD_KEY
              codes.json         the codes of each concept in the whole holding
              prints.npz         the fingerprints: a keyed hash and the number of contributors of every record
              people.npy         hashes by which the same people are recognised under another mapping
holdings/.dropped/               the fingerprints of holdings that were dropped, and people

The fingerprints prevent that the same records are added under two names, or again with a few people more or less: the
difference between two answers would reveal those people. They are useless without the node's secret. bongsu/desk decides
which questions are answered.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, Misconfigured, Refused, unknown_name
from bongsu.core.mapping import Survey
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import dump_json, lock_file, sync_to_disk, write_file
from bongsu.store.microdata import record_fingerprints, same_people
from bongsu.store.microdata.expressions import UNKNOWN
from bongsu.store.microdata.survey_files import ColumnReport, count_duplicates, read_survey

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.store.node import Node

FORMAT = "bongsu.holding/1"
ROW_GROUP_SIZE = 131_072


@dataclass(frozen=True)
class Holding:
    """The public properties of a holding, which the desk does not need to protect."""

    name: str
    title: str
    rows: int
    concepts: tuple[str, ...]
    encrypted: bool
    added: str
    salt: str = ""
    duplicates: int = 0  # records of the file that equal an earlier one in every column

    def to_public(self) -> dict[str, Any]:
        """Returns the properties that are listed: name, number of records, and concepts."""
        return {"name": self.name, "rows": self.rows, "concepts": list(self.concepts)}


class Holdings:
    """The holdings of a node. `key` (32 bytes) encrypts new holdings and decrypts stored ones."""

    def __init__(self, node: Node, key: bytes | None = None) -> None:
        self._node = node
        self._root = node.root / "holdings"
        self._key = key

    def add(
        self,
        file: Path,
        mapping: str,
        where: str = "",
        *,
        check: Callable[[Mapping[str, Any], str], object] | None = None,
        despite: str = "",
    ) -> tuple[Holding, tuple[ColumnReport, ...]]:
        """Adds a file as a holding, by its `mapping` (TOML text). Returns the holding and a report on each concept.

        `check` is called with the policy of the mapping first, and raises if it is invalid (desk/policy.py). `despite`: why
        a holding is added that has the people of another; the journal has it.

        Raises BadInput for an invalid mapping or file, or if the name is taken; Refused if another holding has, or had,
        almost all of the same contributors.
        """
        survey = Survey.parse(mapping, where)
        if check is not None:
            check(survey.policy, where)
        with lock_file(self._root / ".lock"):
            for left in self._root.glob(".new-*"):  # left by a kill
                shutil.rmtree(left)
            if (self._root / survey.name).exists():
                raise BadInput(
                    N_("There is already a holding “{name}”."),
                    fix=N_("Drop it first, or use another “name” in the mapping."),
                    name=survey.name,
                )
            table, report = read_survey(file, survey)
            fingerprints = record_fingerprints.compute_fingerprints(
                table, (self._node.root / "secret.key").read_bytes()
            )
            people = same_people.find_people(table, (self._node.root / "secret.key").read_bytes())
            if not self._refuse_duplicates(survey, fingerprints):
                self._refuse_same_people(people, despite)
            table = table.append_column("RECORD_KEY", fingerprints.record_keys())
            holding = Holding(
                survey.name,
                survey.title or survey.name,
                table.num_rows,
                tuple(variable.concept for variable in survey.variables),
                self._key is not None,
                utc_now(),
                secrets.token_hex(16),
                count_duplicates(file, survey),
            )
            self._store(holding, survey, table, fingerprints, people)
        words = {"despite": despite} if despite else {}
        self._node.journal.append("held", holding.name, rows=holding.rows, concepts=list(holding.concepts), **words)
        return holding, report

    def _refuse_same_people(self, new: same_people.People, despite: str) -> None:
        """Raises Refused for people of another holding, or of one that was dropped, unless there is a reason: `despite`."""
        paths = sorted([*self._root.glob("[!.]*/people.npy"), *self._root.glob(".dropped/*.npy")])
        for path in () if despite.strip() else paths:
            if same_people.load_people(path).share_same(new) >= same_people.SAME_PEOPLE:
                other = path.parent.name if path.name == "people.npy" else path.stem.partition(".")[0]
                raise Refused(
                    N_("Most of these people are those of “{other}”: it is a copy or another edition."),
                    fix=N_(
                        "Keep only one. If both are needed, say why with “--despite”; their differences reveal people."
                    ),
                    other=other,
                )

    def _refuse_duplicates(self, survey: Survey, new: record_fingerprints.Fingerprints) -> bool:
        """Returns whether the same records were stored before under the same name; raises Refused for those of another."""
        minimum, again = survey.policy.get("minimum", 10), False
        for path in sorted([*self._root.glob("[!.]*/prints.npz"), *self._root.glob(".dropped/*.npz")]):
            differing = record_fingerprints.load_fingerprints(path).count_differing(new)
            held = path.name == "prints.npz"
            other = path.parent.name if held else path.stem.partition(".")[0]
            if 0 < differing < (minimum if isinstance(minimum, int) else 10) or (held and differing == 0):
                raise Refused(
                    N_("Almost all of these records are already in “{other}”."),
                    fix=N_("Keep only one of the two: their difference would reveal the people who are in just one."),
                    other=other,
                )
            if differing == 0 and other != survey.name:
                raise Refused(
                    N_("These records were stored before as “{other}”."),
                    fix=N_("Use that name again, so that earlier answers are taken into account."),
                    other=other,
                )
            again |= differing == 0
        return again

    def _store(
        self,
        holding: Holding,
        survey: Survey,
        table: pa.Table,
        fingerprints: record_fingerprints.Fingerprints,
        people: same_people.People,
    ) -> None:
        """Writes the folder under a temporary name, then renames it: the holding is stored completely or not at all."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._root.chmod(0o700)
        temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=self._root))
        try:
            from pyarrow import parquet

            properties = (
                _encryption_module().create_encryption_properties(self._file_key(holding))
                if holding.encrypted
                else None
            )
            parquet.write_table(
                table,
                temporary / "data.parquet",
                compression="zstd",
                row_group_size=ROW_GROUP_SIZE,
                encryption_properties=properties,
            )
            sync_to_disk(temporary / "data.parquet")
            record_fingerprints.save_fingerprints(fingerprints, temporary / "prints.npz")
            same_people.save_people(people, temporary / "people.npy")
            write_file(temporary / "mapping.toml", survey.text.encode())
            codes = {v.concept: _list_codes(table[v.concept], v.kind) for v in survey.variables if v.kind != "measure"}
            write_file(temporary / "codes.json", dump_json(codes).encode(), mode=0o600)
            write_file(temporary / "holding.json", dump_json({"format": FORMAT, **asdict(holding)}).encode())
            temporary.rename(self._root / holding.name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        sync_to_disk(self._root)

    def all(self) -> list[Holding]:
        """Returns every holding, by name."""
        return [self.get(path.parent.name) for path in sorted(self._root.glob("[!.]*/holding.json"))]

    def get(self, name: str) -> Holding:
        """Returns a holding by name. Raises UnknownName with the nearest names."""
        known = [path.parent.name for path in self._root.glob("[!.]*/holding.json")]
        if name not in known:
            raise unknown_name(N_("holding"), name, known)
        data: Mapping[str, Any] = json.loads((self._root / name / "holding.json").read_text(encoding="utf-8"))
        fields: dict[str, Any] = {key: value for key, value in data.items() if key != "format"}
        return Holding(**{**fields, "concepts": tuple(data["concepts"])})

    def survey(self, name: str) -> Survey:
        """Returns the mapping that a holding was added with."""
        return Survey.parse((self._root / self.get(name).name / "mapping.toml").read_text(encoding="utf-8"), name)

    def codes(self, name: str) -> dict[str, list[str]]:
        """Returns the codes of each concept that occur in a holding, UNKNOWN included; for a number, at most UNKNOWN."""
        path = self._root / self.get(name).name / "codes.json"
        found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def hash_contents(self, holding: Holding) -> tuple[str, str]:
        """Returns hashes of a holding's records, in whatever order, and of its mapping: the same if it is added again."""
        prints = record_fingerprints.load_fingerprints(self._root / holding.name / "prints.npz")
        mapping = (self._root / holding.name / "mapping.toml").read_bytes()
        return prints.hash_records(), hashlib.sha256(mapping).hexdigest()

    def drop(self, name: str) -> None:
        """Deletes a holding, except its fingerprints. Raises UnknownName."""
        holding = self.get(name)
        with lock_file(self._root / ".lock"):
            kept = self._root / ".dropped" / f"{holding.name}.{secrets.token_hex(4)}.npz"
            write_file(kept, (self._root / name / "prints.npz").read_bytes())
            if (self._root / name / "people.npy").exists():  # not of holdings that an earlier version added
                write_file(kept.with_suffix(".npy"), (self._root / name / "people.npy").read_bytes())
            shutil.rmtree(self._root / name)
            sync_to_disk(self._root)
        self._node.journal.append("dropped", name)

    def sum_weights(self, holding: Holding) -> float | None:
        """Returns the sum of a holding's weights, which estimates its population; None without weights."""
        from pyarrow import compute

        if not self.survey(holding.name).design.weight:
            return None
        table = self.dataset(holding).to_table(columns=["WEIGHT"])
        return float(compute.sum(table["WEIGHT"]).as_py())

    def path(self, holding: Holding) -> Path:
        """Returns the path of a holding's Parquet file."""
        return self._root / holding.name / "data.parquet"

    def dataset(self, holding: Holding) -> Any:
        """Returns a holding as an Arrow dataset, which decrypts the data as they are read.

        Raises Misconfigured if the holding is encrypted and the node has no key or a different one.
        """
        from pyarrow import dataset

        if not holding.encrypted:
            return dataset.dataset(self.path(holding), format="parquet")
        properties = _encryption_module().create_decryption_properties(self._file_key(holding))
        options = dataset.ParquetFragmentScanOptions(decryption_properties=properties)
        try:
            return dataset.dataset(
                self.path(holding), format=dataset.ParquetFileFormat(default_fragment_scan_options=options)
            )
        except OSError:
            raise Misconfigured(
                N_("The holding “{name}” cannot be decrypted: the key is wrong, or the file is damaged."),
                name=holding.name,
            ) from None

    def _file_key(self, holding: Holding) -> bytes:
        """Derives the key of this file from the node's key. AES-GCM needs a different key for each file."""
        if self._key is None:
            raise Misconfigured(
                N_("The holding “{name}” is encrypted and this node has no key."),
                fix=N_("Set BONGSU_HOLDINGS_KEY."),
                name=holding.name,
            )
        return hashlib.blake2b(holding.salt.encode(), key=self._key, digest_size=32, person=b"bongsu holding").digest()


def _list_codes(column: Any, kind: str) -> list[str]:
    codes = sorted(code for code in column.unique().to_pylist() if code is not None) if kind == "code" else []
    return [*codes, UNKNOWN] if column.null_count else codes


def _encryption_module() -> Any:
    from pyarrow.parquet import encryption

    return encryption
