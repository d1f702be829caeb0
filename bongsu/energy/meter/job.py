"""Which part of a job this process is, so that a node on which several ranks run is counted once.

Every rank meters its own processes. The first rank of a node reports the node's energy as well; the others report it with
`counts_node` false, and whoever adds reports leaves it out. A process is the first where every launcher in its
environment says so: torchrun inside srun sets both, and only their common zero is one process a node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Launcher, then its variables: id of the job, rank, number of ranks, rank on this node. The innermost launcher first.
_LAUNCHERS = (
    ("torchrun", "TORCHELASTIC_RUN_ID", "RANK", "WORLD_SIZE", "LOCAL_RANK"),
    (
        "open-mpi",
        "OMPI_MCA_ess_base_jobid",
        "OMPI_COMM_WORLD_RANK",
        "OMPI_COMM_WORLD_SIZE",
        "OMPI_COMM_WORLD_LOCAL_RANK",
    ),
    ("mvapich", "", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_RANK"),
    ("pmi", "PMI_ID", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),
    ("slurm", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"),
)
# Set by a meter for the command it runs: a meter inside it lies within the outer one's figures.
OUTER_VARIABLE = "BONGSU_METER"


@dataclass(frozen=True)
class Job:
    """This process's place: the launcher ("none" without one), the job's id, rank of ranks, rank on this node.

    `outer` is the id of the report of a meter around this one; such a report is part of the outer and is never added to it.
    """

    launcher: str = "none"
    id: str = ""
    rank: int = 0
    ranks: int = 1
    local_rank: int = 0
    counts_node: bool = True
    outer: str = ""


def read_job(environment: Mapping[str, str]) -> Job:
    """The place that the environment names. A variable that is no number is ignored, as if its launcher were not there."""
    outer = environment.get(OUTER_VARIABLE, "")
    locals_ = [_number(environment, row[4]) for row in _LAUNCHERS]
    first = not any(number for number in locals_ if number is not None)
    for (launcher, id_, rank, ranks, _), local in zip(_LAUNCHERS, locals_, strict=True):
        if local is None:
            continue
        number = _number(environment, rank)
        size = _number(environment, ranks)
        name = environment.get(id_, "") or environment.get("SLURM_JOB_ID", "")
        number = local if number is None else number
        size = max(size or 1, number + 1)
        return Job(launcher, name, number, size, local, first and not outer, outer)
    # MPICH without a local rank: nobody can tell which rank is the first of its node, so only rank 0 counts its node.
    lone = _number(environment, "PMI_RANK")
    if lone is not None:
        size = max(_number(environment, "PMI_SIZE") or 1, lone + 1)
        return Job("pmi", environment.get("SLURM_JOB_ID", ""), lone, size, 0, lone == 0 and not outer, outer)
    return Job(counts_node=not outer, outer=outer)


def _number(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None
