"""How much of the machine's energy the metered processes are answerable for.

CPU and memory follow CPU time: the tree's part of all CPU time that was not idle. Idle power is thereby spread over those
who work, as Scaphandre and Kepler do; the lower bound leaves it to nobody.
A GPU follows its use: SM utilisation by process (NVML), else presence on it. Processes that NVML names and this system
cannot see (ended, or in another namespace) make the bounds: the lower gives them to others, the upper to the tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bongsu.energy.meter.machine import Gpu, Machine, Process, is_descendant
from bongsu.energy.meter.power_curve import active_share

_CPU_TICK_S = 0.01  # USER_HZ is 100 on every architecture that Linux runs on today

# SM utilisation counts the time in which a kernel ran, not how hard: between two processes, power for the same utilisation
# is taken to differ by up to this factor. Bongsu's own judgement.
_INTENSITY_RATIO = 2.0


@dataclass(frozen=True)
class Share:
    """A share from 0 to 1 with its bounds; `basis` names how it was found: "cpu-time", "gpu-utilisation",
    "gpu-presence", "gpu-sole-user", "gpu-unused", "gpu-unseen" or "parts"."""

    value: float
    low: float
    high: float
    basis: str

    @property
    def exact(self) -> bool:
        """Whether nothing was attributed by a model: the tree alone used the part, or did not use it at all."""
        return self.basis in ("gpu-sole-user", "gpu-unused")


def tree_cpu_s(tree: Iterable[Process], root: int, with_root: bool) -> float:
    """CPU time of a tree, ended children included (s).

    A child that ends moves its time to its parent's `ended_s`, so the sum runs on. `with_root` False leaves out the root's
    own time: the meter's, where it runs a command.
    """
    return sum((p.own_s if with_root or p.pid != root else 0.0) + p.ended_s for p in tree)


def cpu_share(tree_s: float, busy_s: float, all_s: float) -> Share:
    """The share by CPU time: of the tree, of all that was not idle, and of all there was (CPUs x seconds).

    The lower bound leaves idle power to nobody, by the curve of power over load. CPU time is counted in ticks of 10 ms, the
    tree's and the machine's apart: the bounds allow for one tick, and the share never exceeds 1.
    """
    value = min(1.0, tree_s / busy_s) if busy_s > 0 else 0.0
    active = active_share(min(1.0, busy_s / all_s)) if all_s > 0 else 0.0
    low = min(value, max(0.0, tree_s - _CPU_TICK_S) / max(busy_s, _CPU_TICK_S)) * active
    return Share(value, low, min(1.0, (tree_s + _CPU_TICK_S) / max(busy_s, _CPU_TICK_S)), "cpu-time")


@dataclass
class GpuUse:
    """Who used one GPU, gathered over samples: process -> summed utilisation (%) and samples in which it was there."""

    utilisation: dict[int, float] = field(default_factory=dict)
    presence: dict[int, int] = field(default_factory=dict)
    ours: dict[int, bool] = field(default_factory=dict)  # of the processes that could be seen

    def sample(self, gpu: Gpu, machine: Machine, root: int) -> None:
        """One look at the GPU. Raises OSError where the driver does not answer."""
        for pid, percent in gpu.users().items():
            self.utilisation[pid] = self.utilisation.get(pid, 0.0) + percent
            self.presence[pid] = self.presence.get(pid, 0) + 1
            if not self.ours.get(pid):
                seen = is_descendant(machine, pid, root)
                if seen is not None:
                    self.ours[pid] = seen

    def share(self) -> Share:
        """The tree's share of the GPU's energy."""
        weights: dict[int, float] = dict(self.utilisation)
        basis = "gpu-utilisation"
        if not any(weights.values()):
            weights, basis = dict(self.presence), "gpu-presence"
        total = sum(weights.values())
        if not total:
            return Share(0.0, 0.0, 0.0, "gpu-unused")
        ours = sum(weight for pid, weight in weights.items() if self.ours.get(pid) is True)
        others = sum(weight for pid, weight in weights.items() if self.ours.get(pid) is False)
        if ours == total:
            return Share(1.0, 1.0, 1.0, "gpu-sole-user")
        if ours + others == 0:
            return Share(1.0, 0.0, 1.0, "gpu-unseen")
        unseen = total - ours - others
        value = ours / (ours + others)
        if basis == "gpu-presence":
            return Share(value, 0.0, 1.0, basis)
        less, more = ours / _INTENSITY_RATIO, (ours + unseen) * _INTENSITY_RATIO
        return Share(value, less / (less + others + unseen), more / (more + others), basis)
