"""The rank of this process in its job, so that a node on which several ranks run is counted once.

Every rank meters its own processes. The first rank of a node sets `counts_node`: its report also counts the node's energy.
The other ranks report the node with `counts_node` false, and a sum of reports leaves those figures out. A process is the
first if every launcher in its environment gives it local rank 0: torchrun inside srun sets both variables, and only one
process of a node has 0 in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Launcher, then its variables: job id, rank, number of ranks, local rank (on this node). Innermost launcher first.
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
# A meter sets this variable for the command it runs. A meter inside that command is part of the outer meter's figures.
OUTER_VARIABLE = "BONGSU_METER"


@dataclass(frozen=True)
class Job:
    """The job of a process: launcher ("none" without one), job id, rank, number of ranks, and rank on this node.

    `outer` is the id of the outer meter's report; this report is then part of the outer one and is never added to it.
    """

    launcher: str = "none"
    id: str = ""
    rank: int = 0
    ranks: int = 1
    local_rank: int = 0
    counts_node: bool = True
    outer: str = ""


def read_job(environment: Mapping[str, str]) -> Job:
    """Reads the job from the environment variables. Ignores a launcher whose local rank is not a number."""
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
    # MPICH without a local rank: the first rank of each node is unknown, so only rank 0 counts its node.
    lone = _number(environment, "PMI_RANK")
    if lone is not None:
        size = max(_number(environment, "PMI_SIZE") or 1, lone + 1)
        return Job("pmi", environment.get("SLURM_JOB_ID", ""), lone, size, 0, lone == 0 and not outer, outer)
    return Job(counts_node=not outer, outer=outer)


def _number(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None
