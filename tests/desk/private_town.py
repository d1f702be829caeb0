"""A town whose holding is in mode private: the codes are declared, and so are the bounds of the numbers."""

from __future__ import annotations

from pathlib import Path

from bongsu.desk.asking import Desk
from bongsu.desk.policy import Policy
from bongsu.store.microdata.holdings import Holdings
from tests.desk.town import Person, Town, write

MAPPING = """
name = "{name}"
[concepts.SEX]
column = "sex"
codes = {{ F = "F", M = "M" }}
[concepts.AGE]
column = "age"
kind = "integer"
low = 15
high = 74
[concepts.OCCUPATION]
column = "job"
width = 2
codes = {{ 11 = "11", 12 = "12", 21 = "21", 22 = "22", 23 = "23", 31 = "31", 01 = "01" }}
[concepts.REGION]
column = "region"
[concepts.EARNINGS]
column = "pay"
kind = "measure"
edges = [0, 1000, 2000, 3000, 4000, 6000]
{design}
[policy]
mode = "private"
[policy.private]
{rules}
[policy.private.bounds]
EARNINGS = [0, 6000]
"""


class PrivateTown(Town):
    """A node with a private holding of people, and its desk. `rules`: TOML of [policy.private]; `by`: who asks."""

    def __init__(
        self,
        folder: Path,
        rows: list[Person],
        *,
        unit: str = "epsilon",
        budget: str = "100",
        per_asker: str = "50",
        per_question: str = "1",
        more: str = "",
        design: str = "",
        by: str = "kim",
    ) -> None:
        self.rules = (
            f'unit = "{unit}"\nbudget = "{budget}"\nper_asker = "{per_asker}"\nper_question = "{per_question}"\n{more}'
        )
        super().__init__(folder, rows, design=design)
        self.desk = self.desk_of(by)

    def add(self, name: str, rows: list[Person]) -> None:
        """Adds a private holding of such people."""
        mapping = MAPPING.format(name=name, design=self.design, rules=self.rules)
        self.holdings.add(write(self.folder / f"{name}.csv", rows), mapping, check=Policy.from_data)

    def desk_of(self, asker: str) -> Desk:
        """The desk as another asker has it, opened anew as after a restart."""
        return Desk(self.node, Holdings(self.node), by=asker)

    def spent(self) -> list[dict[str, object]]:
        """What the journal says was spent."""
        return [dict(line.detail) for line in self.node.journal.lines() if line.event == "spent"]
