"""How much memory this process may use: its cgroup's limit, or the machine's memory."""

from pathlib import Path

__all__ = ["memory_limit_bytes"]

_FILES = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_MACHINE_SHARE = 4
_DEFAULT_BYTES = 2 * 1024**3


def memory_limit_bytes(files: tuple[str, ...] = _FILES, meminfo: str = "/proc/meminfo") -> int:
    """Return the limit; without one a quarter of the machine's memory."""
    machine = _machine_bytes(meminfo)
    for name in files:
        text = _read(name).strip()
        if text.isdecimal() and int(text) < machine:
            return int(text)
    return machine // _MACHINE_SHARE


def _machine_bytes(meminfo: str) -> int:
    for line in _read(meminfo).splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return _DEFAULT_BYTES * _MACHINE_SHARE


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
