"""The face that every programme shows the house: its name, flows, sources, and a recipe for each release.

A recipe is read top to bottom: which inputs it takes, the pure function that makes a draft of them, and the checks that
must hold before the draft is sealed. Recipes run in order, so that a later one may take an earlier one's release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bongsu.core.codes import CodeList
from bongsu.core.errors import N_, Missing
from bongsu.core.provenance import Input, Source
from bongsu.core.release import Draft, Finding
from bongsu.core.structure import Dataflow, Structure
from bongsu.core.text import Text

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class BuildInput:
    """One input of a build: the bytes of a snapshot, or the observations of a release."""

    record: Input
    data: bytes = b""
    observations: pa.Table | None = None


@dataclass(frozen=True)
class BuildInputs:
    """All that a build may see: its inputs by name, its dataflow and the code lists. No clock, no disk, no net."""

    flow: Dataflow
    code_lists: Mapping[str, CodeList]
    taken: Mapping[str, BuildInput]

    def __getitem__(self, name: str) -> BuildInput:
        if name not in self.taken:
            raise Missing(
                N_("The build of {flow} reads the input “{name}”, which its recipe does not declare."),
                flow=self.flow.id,
                name=name,
            )
        return self.taken[name]

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The records of all inputs, for the draft."""
        return tuple(entry.record for entry in self.taken.values())

    def structure(self, observations: pa.Table) -> Structure:
        """The dataflow with those codes of its lists that `observations` use. Raises UnknownName for an unknown code."""
        lists: dict[str, set[str]] = {}
        for concept in (*self.flow.dimensions, *self.flow.attributes):
            if concept.code_list:
                used = {code for code in observations.column(concept.id).unique().to_pylist() if code is not None}
                lists.setdefault(concept.code_list, set()).update(used)
        for id_, used in lists.items():
            for code in sorted(used):
                self.code_lists[id_].get(code)
        return Structure(self.flow, tuple(self.code_lists[id_].only(used) for id_, used in sorted(lists.items())))


# What must hold before sealing: sees the draft and the observations sealed before it (None at first).
if TYPE_CHECKING:
    Check = Callable[[Draft, pa.Table | None], Finding]


@dataclass(frozen=True)
class Recipe:
    """How one release is made: the flow, the names of its inputs (sources, or flows sealed before), build and checks.

    `family` names snapshots that people or harvests add to a node (NAME, NAME-one, NAME-other); it may have none.
    """

    flow: str
    inputs: tuple[str, ...]
    build: Callable[[BuildInputs], Draft]
    checks: tuple[Check, ...] = ()
    family: str = ""


@dataclass(frozen=True)
class StorySection:
    """One step of a programme's story: a heading, what to look for, and the chart (of a dataflow) that shows it."""

    title: Text
    text: Text
    flow: str
    chart: str


@dataclass(frozen=True)
class ProgrammeInfo:
    """How a programme shows itself to people: its name in addresses, title, summary, question, and story in charts."""

    name: str
    title: Text
    summary: Text
    question: Text
    story: tuple[StorySection, ...]


@dataclass(frozen=True)
class Programme:
    """A programme: how it shows itself, and what it makes."""

    face: ProgrammeInfo
    flows: tuple[Dataflow, ...]
    sources: tuple[Source, ...]
    recipes: tuple[Recipe, ...]

    @property
    def name(self) -> str:
        """Its name in addresses and in its dataflows."""
        return self.face.name

    def flow(self, id_: str) -> Dataflow:
        """The programme's dataflow with this id."""
        return next(flow for flow in self.flows if flow.id == id_)
