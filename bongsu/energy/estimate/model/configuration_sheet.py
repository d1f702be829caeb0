"""A sheet of configurations: a table in the columns of the measured file, as arrays with NaN for empty cells.

The column names are those of the ML.ENERGY leaderboard's configurations. Columns that a run measures (power, latency,
throughput, energy) are not read, because a measured run needs no estimate. A single invalid cell raises BadInput for the whole
sheet, with the cell's row and column.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.energy.estimate.tables import chips, model_registry
from bongsu.energy.estimate.tables.model_registry import ModelEntry

Array = npt.NDArray[np.float64]

# column -> (lowest, highest) accepted value; parameters in 1e9
NUMBER_COLUMNS: dict[str, tuple[float, float]] = {
    "total_params_billions": (0.001, 100_000),
    "activated_params_billions": (0.001, 100_000),
    "avg_batch_size": (0.01, 1_000_000),
    "max_num_seqs": (1, 1_000_000),
    "batch_size": (1, 1_000_000),
    "num_gpus": (1, 100_000),
    "avg_input_len": (0, 100_000_000),
    "avg_cached_len": (0, 100_000_000),
    "avg_output_len": (1, 100_000_000),
    "image_height": (8, 100_000),
    "image_width": (8, 100_000),
    "video_height": (8, 100_000),
    "video_width": (8, 100_000),
    "num_frames": (1, 1_000_000),
    "inference_steps": (1, 10_000),
    "ring_degree": (1, 100_000),
    "ulysses_degree": (1, 100_000),
}
_COLUMN_NAMES = {"task": N_("task"), "architecture": N_("architecture"), "weight_precision": N_("precision")}
WORD_COLUMNS = ("task", "model_id", "architecture", "weight_precision", "gpu_model")
TASKS = ("lm-arena-chat", "gpqa", "sourcegraph-fim", "image-chat", "video-chat", "text-to-image", "text-to-video")
# bytes per parameter; 4-bit formats store a scale for every 16 or 32 weights
BYTES_PER_PARAMETER = {
    "float32": 4.0,
    "bfloat16": 2.0,
    "bf16": 2.0,
    "float16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
}
BYTES_PER_PARAMETER |= {"mxfp4": 0.53, "nvfp4": 0.56, "int4": 0.53}
BYTES_PER_PARAMETER |= {"mxfp8": 1.03, "fp4": 0.56, "awq": 0.53, "gptq": 0.53, "w4a16": 0.53, "w8a8": 1.0}
BYTES_PER_PARAMETER |= {"fp32": 4.0, "float8": 1.0, "fp8_e4m3": 1.0, "fp8_e5m2": 1.0, "nf4": 0.56, "mxfp6": 0.78}
# word in an architecture's name -> (mixture of experts, Mamba hybrid)
ARCHITECTURES = {
    "moe": (1.0, 0.0),
    "mixture": (1.0, 0.0),
    "expert": (1.0, 0.0),
    "hybrid": (0.0, 1.0),
    "mamba": (0.0, 1.0),
    "dense": (0.0, 0.0),
}
# architecture names that say neither; total and active parameters decide
UNINFORMATIVE_WORDS = ("transformer", "decoder", "diffusion", "dit", "unet", "u-net")


@dataclass(frozen=True)
class ConfigurationSheet:
    """The checked cells of a sheet.

    `numbers`: column -> values, NaN for an empty cell. `words`: column -> (codes, names), where each code is an index into
    `names` and the name "" is an empty cell. `find_model` looks a model name up; a release passes its own registry.
    """

    length: int
    numbers: dict[str, Array]
    words: dict[str, tuple[npt.NDArray[np.int64], tuple[str, ...]]]
    find_model: Callable[[str], ModelEntry | None] = model_registry.find_model

    def number(self, column: str) -> Array:
        """Returns the numbers of a column; all NaN if the sheet does not have it."""
        found = self.numbers.get(column)
        return np.full(self.length, np.nan) if found is None else found

    def by_word(self, column: str, value: object) -> Array:
        """Returns value(word) for each row as a number; `value` is called once for each distinct word."""
        codes, names = self.words[column]
        return np.array([value(name) for name in names], dtype=np.float64)[codes]  # type: ignore[operator]

    def word(self, column: str) -> npt.NDArray[np.object_]:
        """Returns the words of a column."""
        codes, names = self.words[column]
        return np.array(names, dtype=object)[codes]

    @cached_property
    def kind(self) -> npt.NDArray[np.int64]:
        """The kind of each row: 0 for text, 1 for image, 2 for video. If the task is empty, the filled columns decide."""
        coded = self.by_word("task", lambda task: {"text-to-image": 1, "text-to-video": 2, "": 3}.get(task, 0)).astype(
            np.int64
        )
        video = ~np.isnan(self.number("num_frames")) | ~np.isnan(self.number("video_height"))
        image = ~np.isnan(self.number("image_height")) | ~np.isnan(self.number("inference_steps"))
        return np.where(coded == 3, np.where(video, 2, np.where(image, 1, 0)), coded)

    def rows(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> ConfigurationSheet:
        """Returns a sheet of the chosen rows."""
        numbers = {name: values[chosen] for name, values in self.numbers.items()}
        words = {name: (codes[chosen], names) for name, (codes, names) in self.words.items()}
        return ConfigurationSheet(len(words["task"][0]), numbers, words, self.find_model)


def read_text_table(path: str) -> pa.Table:
    """Reads the CSV file at `path` with every column as text. Raises BadInput if it is not a CSV table."""
    try:
        with Path(path).open("rb") as file:
            header = file.readline().decode("utf-8-sig").strip()
        names = next(csv.reader([header]), [])
        types = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        return pyarrow.csv.read_csv(path, convert_options=types)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise BadInput(N_("This is not a CSV table: {reason}."), where=path, reason=str(error).rstrip(".")) from error


def make_sheet(table: pa.Table, where: str) -> ConfigurationSheet:
    """Checks a table of text columns and returns its sheet. `where` is the file's name for errors; the header is row 1."""
    if not {"model_id", "total_params_billions", "activated_params_billions"} & set(table.column_names):
        raise BadInput(
            N_("No column identifies the models."),
            where=where,
            fix=N_("Add the column model_id, or total_params_billions and activated_params_billions."),
        )
    twice = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twice:
        raise BadInput(N_("These columns appear more than once: {columns}."), where=where, columns=", ".join(twice))
    numbers = {name: _parse_numbers(table[name], name, where) for name in NUMBER_COLUMNS if name in table.column_names}
    words = {name: _code_words(table, name) for name in WORD_COLUMNS}
    words["task"] = (words["task"][0], tuple(task.casefold() for task in words["task"][1]))
    _check_known(words, "task", TASKS, where)
    _check_known(words, "architecture", ARCHITECTURES, where)
    _check_known(words, "weight_precision", tuple(BYTES_PER_PARAMETER), where)
    for name in filter(None, words["gpu_model"][1]):
        try:
            chips.design_factors(name)
        except (BadInput, Missing) as error:
            row = int(np.argmax(words["gpu_model"][0] == words["gpu_model"][1].index(name)))
            error.where = _cell_place(where, row, "gpu_model")
            raise
    result = ConfigurationSheet(table.num_rows, numbers, words)
    wrong = result.number("activated_params_billions") > result.number("total_params_billions") * 1.0001
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadInput(
            N_("{active} billion active parameters are more than the total of {total}."),
            where=_cell_place(where, row, "activated_params_billions"),
            active=result.number("activated_params_billions")[row],
            total=result.number("total_params_billions")[row],
        )
    return result


def parse_architecture(name: str) -> tuple[float, float] | None:
    """Returns (is a mixture of experts, is a Mamba hybrid) from an architecture's name; None if the name is not known."""
    said = [marks for word, marks in ARCHITECTURES.items() if word in name.casefold()]
    return (max(marks[0] for marks in said), max(marks[1] for marks in said)) if said else None


def make_single_row(**cells: tuple[str, object]) -> ConfigurationSheet:
    """Returns a checked sheet of one row from column -> (name of the caller's argument, its value or None).

    Errors name the argument instead of a row and column.
    """
    try:
        return make_sheet(
            pa.table({column: ["" if value is None else str(value)] for column, (_, value) in cells.items()}), ""
        )
    except (BadInput, Missing) as error:
        column = error.where.rsplit(", ", 1)[-1]
        argument = cells[column][0] if column in cells else column
        error.where = argument
        if "field" in error.values:
            error.values["field"] = argument
        raise


def _parse_numbers(column: pa.ChunkedArray[Any], name: str, where: str) -> Array:
    trimmed = pc.utf8_trim_whitespace(column)
    empty = pc.equal(trimmed, pa.scalar(""))
    try:
        values: Any = pc.cast(pc.if_else(empty, None, trimmed), pa.float64())
    except pa.ArrowInvalid:
        row, text = next((i, cell) for i, cell in enumerate(trimmed.to_pylist()) if cell and not _is_number(cell))
        raise BadInput(
            N_("“{text}” is not a number."),
            where=_cell_place(where, row, name),
            fix=N_("Give a plain number without a unit, or leave the cell empty."),
            text=text,
        ) from None
    array: Array = values.to_numpy().astype(np.float64)
    low, high = NUMBER_COLUMNS[name]
    filled = ~np.asarray(empty.to_numpy(), dtype=bool)
    bad = filled & ~((array >= low) & (array <= high))
    if bad.any():
        row = int(np.argmax(bad))
        raise BadInput(
            N_("{field} must be between {low:g} and {high:g}, not {value:g}."),
            where=_cell_place(where, row, name),
            value=float(array[row]),
            field=name,
            low=low,
            high=high,
        )
    return array


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _code_words(table: pa.Table, name: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    if name not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64), ("",)
    coded = pc.utf8_trim_whitespace(table[name]).combine_chunks().dictionary_encode()
    return coded.indices.to_numpy().astype(np.int64), tuple(map(str, coded.dictionary.to_pylist())) or ("",)


def _check_known(
    words: dict[str, tuple[npt.NDArray[np.int64], tuple[str, ...]]], column: str, known: Collection[str], where: str
) -> None:
    codes, names = words[column]
    for code, name in enumerate(names):
        found = name.casefold() in known
        if column == "architecture":
            found = parse_architecture(name) is not None or any(word in name.casefold() for word in UNINFORMATIVE_WORDS)
        if name and not found:
            row = int(np.argmax(codes == code))
            raise unknown_name(_COLUMN_NAMES[column], name, known, where=_cell_place(where, row, column))


def _cell_place(where: str, row: int, column: str) -> str:
    return f"{where}, row {row + 2}, {column}"
