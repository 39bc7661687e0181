"""What this process may use, from its cgroup: cores and memory. Versions 1 and 2.

A container sees its own cgroup as the root or under its full path, and a limit may sit on any
level above: the smallest one counts. Only files are read; `root` stands for `/` in tests.
"""

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["cpu_quota_cores", "default_slots", "memory_limit_bytes", "slot_memory_bytes"]

_ROOT = Path("/")
_MEBIBYTE = 1 << 20
_PARENT_BYTES = 128 * _MEBIBYTE
_MOST_BYTES = 2048 * _MEBIBYTE
_LEAST_BYTES = 256 * _MEBIBYTE


def default_slots(root: Path = _ROOT) -> int:
    """Return the whole cores of the CPU quota, at least 1; all usable cores without a quota."""
    quota = cpu_quota_cores(root)
    usable = len(os.sched_getaffinity(0))
    return usable if quota is None else max(1, min(int(quota), usable))


def slot_memory_bytes(slots: int, root: Path = _ROOT) -> int:
    """Return what one slot may allocate, so that all together stay below the memory limit."""
    limit = memory_limit_bytes(root)
    if limit is None:
        return _MOST_BYTES
    share = (limit - _PARENT_BYTES) // max(slots, 1)
    return max(_LEAST_BYTES, min(share, _MOST_BYTES))


def cpu_quota_cores(root: Path = _ROOT) -> float | None:
    """Return the CPU quota in cores, None without one."""
    quotas = [_cores_v2(_read(folder / "cpu.max")) for folder in _folders(root, "")]
    for folder in _folders(root, "cpu"):
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        quotas.append(_cores_v2(f"{quota} {period}"))
    return min((quota for quota in quotas if quota is not None), default=None)


def memory_limit_bytes(root: Path = _ROOT) -> int | None:
    """Return the memory limit in bytes, None without one."""
    texts = [_read(folder / "memory.max") for folder in _folders(root, "")]
    texts += [_read(folder / "memory.limit_in_bytes") for folder in _folders(root, "memory")]
    limits = [int(text) for text in texts if text.isdigit()]
    unlimited = 1 << 60  # version 1 writes a number of this size for no limit
    return min((limit for limit in limits if 0 < limit < unlimited), default=None)


def _cores_v2(text: str) -> float | None:
    """Read "quota period" in microseconds; "max" and -1 mean none."""
    quota, _, period = text.partition(" ")
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:
        return None
    return int(quota) / int(period)


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Yield the cgroup's folders from its own up to its mount; "" means version 2."""
    mount = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controller not in controllers.split(","):
            continue
        base = mount / controllers if controller else mount
        yield from _upwards(base, path)
        if controller and controllers != controller:
            yield from _upwards(mount / controller, path)


def _upwards(base: Path, path: str) -> Iterator[Path]:
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    for depth in range(len(parts), -1, -1):
        yield base.joinpath(*parts[:depth])


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
