"""What a programme is: how it presents itself, its dataflows, and for each dataflow a recipe that builds its releases.

A recipe names the inputs, the pure function that makes a draft of them, and the checks that the draft must pass before it
is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from bongsu.core.codes import CodeList
from bongsu.core.correction import Correction
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.observation_status import UsableRows, separate_flagged
from bongsu.core.provenance import Input, Method, Source
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
    """All that a build may read: its dataflow and method, code lists, and inputs by name. No clock, files or network."""

    flow: Dataflow
    method: Method
    code_lists: Mapping[str, CodeList]
    by_name: Mapping[str, BuildInput]

    def __getitem__(self, name: str) -> BuildInput:
        if name not in self.by_name:
            raise Missing(
                N_("The build of {flow} reads the input “{name}”, which its recipe does not declare."),
                flow=self.flow.id,
                name=name,
            )
        return self.by_name[name]

    def usable_rows(self, flow: str) -> UsableRows:
        """Returns the observations of an input release to compute with, and apart from them the flagged ones."""
        table = self[flow].observations
        return separate_flagged(() if table is None else table.to_pylist())

    @property
    def records(self) -> tuple[Input, ...]:
        """The records of all inputs, for the draft."""
        return tuple(entry.record for entry in self.by_name.values())

    def structure(self, observations: pa.Table) -> Structure:
        """Returns the dataflow with the codes that `observations` use. Raises UnknownName for a code that no list has."""
        lists: dict[str, set[str]] = {}
        for concept in (*self.flow.dimensions, *self.flow.attributes):
            if concept.code_list:
                used = {code for code in observations.column(concept.id).unique().to_pylist() if code is not None}
                lists.setdefault(concept.code_list, set()).update(used)
        for id_, used in lists.items():
            for code in sorted(used):
                self.code_lists[id_].get(code)
        return Structure(self.flow, tuple(self.code_lists[id_].select(used) for id_, used in sorted(lists.items())))


# A check gets the draft and the observations of the release before it (None for the first release).
if TYPE_CHECKING:
    Check = Callable[[Draft, pa.Table | None], Finding]


@dataclass(frozen=True)
class Recipe:
    """How the releases of a dataflow are made: the inputs, the function that builds a draft, and the checks.

    An input is a source, or the id of a dataflow whose current release is read. `family` names snapshots that people or
    harvests add to a node (NAME-one, NAME-other); there may be none of them.
    """

    flow: str
    inputs: tuple[Source | str, ...]
    build: Callable[[BuildInputs], Draft]
    checks: tuple[Check, ...] = ()
    family: str = ""


def order_recipes(recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """Returns the recipes in an order in which each comes after those whose releases it reads. Raises BadInput for a cycle."""
    by_flow = {recipe.flow: recipe for recipe in recipes}
    graph = {id_: [name for name in recipe.inputs if name in by_flow] for id_, recipe in by_flow.items()}
    try:
        return tuple(by_flow[id_] for id_ in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise BadInput(N_("These dataflows need each other: {flows}."), flows=", ".join(error.args[1])) from None


@dataclass(frozen=True)
class StorySection:
    """One section of a programme's story: a heading, what to look for, and the chart (of a dataflow) that shows it."""

    title: Text
    text: Text
    flow: str
    chart: str


@dataclass(frozen=True)
class ProgrammeInfo:
    """How a programme presents itself: its name in addresses, title, summary, question, and story in charts."""

    name: str
    title: Text
    summary: Text
    question: Text
    story: tuple[StorySection, ...]


@dataclass(frozen=True)
class Programme:
    """A programme: how it presents itself, its dataflows, its recipes in build order, the code lists that it defines,
    and the corrections that it ships.
    """

    info: ProgrammeInfo
    flows: tuple[Dataflow, ...]
    recipes: tuple[Recipe, ...]
    code_lists: Mapping[str, CodeList] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()

    @property
    def name(self) -> str:
        """Its name in addresses and in its dataflows."""
        return self.info.name

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that its recipes read, each once."""
        inputs = (one for recipe in self.recipes for one in recipe.inputs)
        return tuple(dict.fromkeys(one for one in inputs if isinstance(one, Source)))

    def flow(self, id_: str) -> Dataflow:
        """The programme's dataflow with this id."""
        return next(flow for flow in self.flows if flow.id == id_)
