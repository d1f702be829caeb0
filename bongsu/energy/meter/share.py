"""The share of the machine's energy that is attributed to the metered processes (the process tree).

CPU and memory are attributed by CPU time: the tree's CPU time divided by all CPU time that was not idle. Idle power is
thus distributed over the active processes, as in Scaphandre and Kepler; the lower bound attributes idle power to no process.
A GPU is attributed by SM utilisation per process (NVML), else by presence on the GPU. Processes that NVML lists but this
system cannot see (ended, or in another namespace) set the bounds: the lower counts them as others, the upper as the tree's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bongsu.energy.meter.machine import Gpu, Machine, Process, is_descendant
from bongsu.energy.meter.power_curve import active_share

_CPU_TICK_S = 0.01  # USER_HZ is 100 on every architecture that Linux runs on today

# SM utilisation is the time in which a kernel ran, not its intensity: two processes with the same utilisation are assumed
# to differ in power by up to this factor. Bongsu's own judgement.
_INTENSITY_RATIO = 2.0


@dataclass(frozen=True)
class Share:
    """A share from 0 to 1 with its bounds; `basis` is the method: "cpu-time", "gpu-utilisation",
    "gpu-presence", "gpu-sole-user", "gpu-unused", "gpu-unseen" or "parts"."""

    value: float
    low: float
    high: float
    basis: str

    @property
    def exact(self) -> bool:
        """Whether no model was used: the tree was the only user of the part, or the part was not used."""
        return self.basis in ("gpu-sole-user", "gpu-unused")


def tree_cpu_s(tree: Iterable[Process], root: int, with_root: bool) -> float:
    """The CPU time of a process tree, ended children included (s).

    When a child ends, its time moves to its parent's `ended_children_s`, so the sum does not drop. `with_root` False leaves
    out the root's own time, which is the meter's when it runs a command.
    """
    return sum((p.cpu_s if with_root or p.pid != root else 0.0) + p.ended_children_s for p in tree)


def cpu_share(tree_s: float, busy_s: float, all_s: float) -> Share:
    """The share by CPU time (s): `tree_s` of the tree, `busy_s` not idle, `all_s` available (CPUs x seconds).

    The lower bound attributes idle power to no process, using the curve of power over load. The CPU time of the tree and of
    the machine is counted separately in ticks of 10 ms: the bounds allow for one tick, and the share never exceeds 1.
    """
    value = min(1.0, tree_s / busy_s) if busy_s > 0 else 0.0
    active = active_share(min(1.0, busy_s / all_s)) if all_s > 0 else 0.0
    low = min(value, max(0.0, tree_s - _CPU_TICK_S) / max(busy_s, _CPU_TICK_S)) * active
    return Share(value, low, min(1.0, (tree_s + _CPU_TICK_S) / max(busy_s, _CPU_TICK_S)), "cpu-time")


@dataclass
class GpuUse:
    """The use of one GPU by process, over all samples: summed SM utilisation (%) and number of samples with the process."""

    utilisation: dict[int, float] = field(default_factory=dict)
    presence: dict[int, int] = field(default_factory=dict)
    is_own: dict[int, bool] = field(default_factory=dict)  # pid -> in the tree; only processes that could be seen

    def sample(self, gpu: Gpu, machine: Machine, root: int) -> None:
        """Takes one sample of the GPU. Raises OSError if the driver does not respond."""
        for pid, percent in gpu.users().items():
            self.utilisation[pid] = self.utilisation.get(pid, 0.0) + percent
            self.presence[pid] = self.presence.get(pid, 0) + 1
            if not self.is_own.get(pid):
                seen = is_descendant(machine, pid, root)
                if seen is not None:
                    self.is_own[pid] = seen

    def share(self) -> Share:
        """The tree's share of the GPU's energy."""
        weights: dict[int, float] = dict(self.utilisation)
        basis = "gpu-utilisation"
        if not any(weights.values()):
            weights, basis = dict(self.presence), "gpu-presence"
        total = sum(weights.values())
        if not total:
            return Share(0.0, 0.0, 0.0, "gpu-unused")
        ours = sum(weight for pid, weight in weights.items() if self.is_own.get(pid) is True)
        others = sum(weight for pid, weight in weights.items() if self.is_own.get(pid) is False)
        if ours == total:
            return Share(1.0, 1.0, 1.0, "gpu-sole-user")
        if ours + others == 0:
            return Share(1.0, 0.0, 1.0, "gpu-unseen")
        unseen = total - ours - others
        value = ours / (ours + others)
        if basis == "gpu-presence":
            return Share(value, 0.0, 1.0 if ours + unseen else 0.0, basis)
        less, more = ours / _INTENSITY_RATIO, (ours + unseen) * _INTENSITY_RATIO
        return Share(value, less / (less + others + unseen), more / (more + others), basis)
