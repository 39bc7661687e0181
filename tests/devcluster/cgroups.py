"""The cluster's cgroups: everything that differs between cgroup v1 and v2 is here.

kubelet wants the group it works under to exist beforehand, in every hierarchy, and leaves empty
groups behind; this module makes the first and removes the second. `survey` and the functions of
a `Layout` are pure; only `prepare`, `remove` and `groups` touch the machine. Nothing outside
the cluster's own group is ever changed, save that on v2 controllers are enabled at the root.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.errors import ClusterError

__all__ = ["Layout", "groups", "prepare", "remove", "survey", "survey_machine"]

# kubelet refuses to start without these: on v1 it looks for the mounts; on v2 it takes what there
# is, but no pod could be held to its limits without the two.
_NEEDED = {
    1: frozenset({"cpu", "cpuacct", "cpuset", "memory"}),
    2: frozenset({"cpu", "memory"}),
}
# On v2 kubelet refuses a group that lacks one of these which the root offers.
_HANDED_DOWN = frozenset({"cpu", "cpuset", "hugetlb", "memory", "pids"})
_CPUSET_FILES = ("cpuset.cpus", "cpuset.mems")
_WEIGHTS = {"cpu.shares": "10240", "cpu.weight": "1000"}
_OCTAL_SPACE = "\\040"
_LEAVE_SECONDS = 60.0
_LEAVE_STEP_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Layout:
    """The hierarchies of this machine: one v2 mount, or a v1 mount for each controller."""

    version: int
    mounts: tuple[Path, ...]
    controllers: frozenset[str]

    def directories(self, group: str) -> tuple[Path, ...]:
        """List the folders that one group is, one in each hierarchy."""
        return tuple(mount / group for mount in self.mounts)

    def kubelet_settings(self) -> dict[str, object]:
        """Say what a kubelet's configuration must hold on this layout and on no other."""
        # From 1.35 on a kubelet refuses v1 unless told.
        return {"failCgroupV1": False} if self.version == 1 else {}

    def missing(self) -> frozenset[str]:
        """List the controllers that a kubelet needs and this kernel does not offer."""
        return _NEEDED[self.version] - self.controllers


def survey(mountinfo: str, root_controllers: str = "") -> Layout:
    """Read the layout from /proc/self/mountinfo and, for v2, the root's `cgroup.controllers`.

    A machine with v1 hierarchies is v1 even when an (empty) v2 mount stands beside them: there
    the v2 mount holds no controller, but runc makes groups in it all the same.
    """
    v1: dict[Path, frozenset[str]] = {}
    v2: list[Path] = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = [*after.split(), "", "", ""][:3]
        place = Path(before.split()[4].replace(_OCTAL_SPACE, " ")) if after else Path("/")
        if kind == "cgroup":
            v1.setdefault(place, frozenset(options.split(",")))
        elif kind == "cgroup2":
            v2.append(place)
    if v1:
        return Layout(1, (*v1, *v2), frozenset().union(*v1.values()))
    if v2:
        return Layout(2, (v2[0],), frozenset(root_controllers.split()))
    raise ClusterError("no cgroup file system is mounted: mount one at /sys/fs/cgroup")


def survey_machine() -> Layout:
    """Read this machine's layout."""
    mountinfo = Path("/proc/self/mountinfo").read_text()
    root = Path("/sys/fs/cgroup/cgroup.controllers")
    return survey(mountinfo, root.read_text() if root.exists() else "")


def prepare(layout: Layout, group: str) -> None:
    """Make a group, usable for pods, in every hierarchy; its parents are made with it."""
    if missing := layout.missing():
        names = ", ".join(sorted(missing))
        raise ClusterError(f"this kernel offers no cgroup controller {names}: kubelet needs it")
    for mount, folder in zip(layout.mounts, layout.directories(group), strict=True):
        for level in _levels(mount, folder):
            if layout.version == 2:
                _enable(level.parent, layout.controllers)
            level.mkdir(exist_ok=True)
            _inherit_cpuset(level)
            _weigh(level)


def remove(layout: Layout, group: str) -> None:
    """Remove a group and all below it. Its processes must have ended; ClusterError if not."""
    until = time.monotonic() + _LEAVE_SECONDS
    for folder in layout.directories(group):
        while folder.exists() and not _remove_tree(folder):
            if time.monotonic() > until:
                raise ClusterError(f"the cgroup {folder} is still in use: end its processes")
            # A killed process leaves its group a moment after it is gone; v1 has no event for it.
            time.sleep(_LEAVE_STEP_SECONDS)


def groups(layout: Layout, prefix: str) -> list[str]:
    """List the top-level groups, in any hierarchy, whose names begin so."""
    found = {path.name for mount in layout.mounts for path in mount.glob(f"{prefix}*")}
    return sorted(found)


def _levels(mount: Path, folder: Path) -> Iterator[Path]:
    level = mount
    for part in folder.relative_to(mount).parts:
        level = level / part
        yield level


def _enable(folder: Path, controllers: frozenset[str]) -> None:
    """Hand every controller on to the children of a v2 group."""
    switch = folder / "cgroup.subtree_control"
    enabled = set(switch.read_text().split())
    for name in sorted(controllers - enabled):
        try:
            switch.write_text(f"+{name}")
        except OSError as error:
            # EBUSY: a group that is not the true root and that holds processes itself.
            if name in _HANDED_DOWN:
                message = (
                    f"cannot enable the cgroup controller {name} in {folder} ({error.strerror}): "
                    "in a container, start it with the host's cgroup namespace"
                )
                raise ClusterError(message) from error


def _inherit_cpuset(folder: Path) -> None:
    """Copy the parent's processors: on v1 a new cpuset has none, and no process may enter it."""
    for name in _CPUSET_FILES:
        file, parent = folder / name, folder.parent / name
        if file.exists() and parent.exists() and not file.read_text().strip():
            file.write_text(parent.read_text())


def _weigh(folder: Path) -> None:
    """Let the pods count like a machine's, not like one process: ten times the usual weight."""
    for name, weight in _WEIGHTS.items():
        file = folder / name
        if file.exists():
            file.write_text(weight)


def _remove_tree(folder: Path) -> bool:
    """Remove the groups below and then this one; say whether all are gone."""
    for place, _, _ in os.walk(folder, topdown=False):
        try:
            Path(place).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True
