"""What this process may use, from its cgroup: cores and memory. Versions 1, 2 and both at once.

A container sees its own cgroup as the root or under its full path, and a limit may sit on any
level above: the smallest one counts. The host's processor count says nothing about a container
and serves only where there is no quota. Only files are read; `root` stands for `/` in tests.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = [
    "SLOT_BYTES",
    "available_cores",
    "cpu_quota_cores",
    "default_slots",
    "memory_limit_bytes",
    "slot_memory_bytes",
    "slots_in_memory",
]

_ROOT = Path("/")
_MEBIBYTE = 1 << 20
_PARENT_BYTES = 128 * _MEBIBYTE
_MOST_BYTES = 2048 * _MEBIBYTE
_LEAST_BYTES = 256 * _MEBIBYTE
_NO_LIMIT = 1 << 60  # version 1 writes a number of this size for no limit
_HYBRID_MOUNT = "unified"

SLOT_BYTES: Mapping[str, int] = MappingProxyType(
    {"lpms": 480 * _MEBIBYTE, "fast": 290 * _MEBIBYTE, "segment": 480 * _MEBIBYTE}
)
"""What a slot needs by encoder profile for a ladder of four from a 1080p source, as measured.

The peaks were 474, 285 and 463 MiB, of which some 35 are shared between slots.
"""


def default_slots(
    root: Path = _ROOT, *, encoder_profile: str = "segment", usable_cores: int | None = None
) -> int:
    """Return one slot per whole core and no more than memory carries, at least 1."""
    by_cores = int(available_cores(root, usable_cores=usable_cores))
    by_memory = slots_in_memory(root, encoder_profile=encoder_profile)
    return max(1, by_cores if by_memory is None else min(by_cores, by_memory))


def available_cores(root: Path = _ROOT, *, usable_cores: int | None = None) -> float:
    """Return the CPU quota in cores, never more than those that this process may run on.

    `usable_cores` stands for the latter in tests.
    """
    usable = len(os.sched_getaffinity(0)) if usable_cores is None else usable_cores
    quota = cpu_quota_cores(root)
    return float(usable) if quota is None else min(quota, float(usable))


def slots_in_memory(root: Path = _ROOT, *, encoder_profile: str = "segment") -> int | None:
    """Return how many slots fit below the memory limit, maybe 0; None without a limit."""
    limit = memory_limit_bytes(root)
    return None if limit is None else max(0, limit - _PARENT_BYTES) // SLOT_BYTES[encoder_profile]


def slot_memory_bytes(slots: int, root: Path = _ROOT) -> int:
    """Return what one slot may allocate, so that all together stay below the memory limit."""
    limit = memory_limit_bytes(root)
    if limit is None:
        return _MOST_BYTES
    share = (limit - _PARENT_BYTES) // max(slots, 1)
    return max(_LEAST_BYTES, min(share, _MOST_BYTES))


def cpu_quota_cores(root: Path = _ROOT) -> float | None:
    """Return the CPU quota in cores, None without one."""
    quotas = [_cores(_read(folder / "cpu.max")) for folder in _folders(root, "")]
    for folder in _folders(root, "cpu"):
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        quotas.append(_cores(f"{quota} {period}"))
    return min((quota for quota in quotas if quota is not None), default=None)


def memory_limit_bytes(root: Path = _ROOT) -> int | None:
    """Return the memory limit in bytes, None without one."""
    texts = [_read(folder / "memory.max") for folder in _folders(root, "")]
    for folder in _folders(root, "memory"):
        texts.append(_read(folder / "memory.limit_in_bytes"))
        texts.append(_hierarchical_limit(_read(folder / "memory.stat")))
    limits = [int(text) for text in texts if text.isdecimal()]
    return min((limit for limit in limits if 0 < limit < _NO_LIMIT), default=None)


def _cores(text: str) -> float | None:
    """Read "quota period" in microseconds; "max" and -1 mean none."""
    quota, _, period = text.partition(" ")
    if not (quota.isdecimal() and period.isdecimal() and int(quota) and int(period)):
        return None
    return int(quota) / int(period)


def _hierarchical_limit(statistics: str) -> str:
    """Return version 1's word for limits above that a container cannot see, as of its pod."""
    words = (line.partition(" ") for line in statistics.splitlines())
    return next((value for name, _, value in words if name == "hierarchical_memory_limit"), "")


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Yield the cgroup's folders from its own up to its mount; "" means version 2."""
    mount = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controller not in controllers.split(","):
            continue
        names = dict.fromkeys((controllers, controller)) if controller else ("", _HYBRID_MOUNT)
        for name in names:
            yield from _upwards(mount / name, path)


def _upwards(base: Path, path: str) -> Iterator[Path]:
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    for depth in range(len(parts), -1, -1):
        yield base.joinpath(*parts[:depth])


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
