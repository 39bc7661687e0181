"""Cores and memory from cgroup files of both versions."""

import os
from pathlib import Path

import pytest

from podium_worker.transcoder.cgroup import (
    cpu_quota_cores,
    default_slots,
    memory_limit_bytes,
    slot_memory_bytes,
)

V2 = "0::/\n"
V2_NESTED = "0::/kubepods/pod1/worker\n"
V1 = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n"
FS = "sys/fs/cgroup"


def tree(root: Path, membership: str, files: dict[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": membership, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        pytest.param(V2, {f"{FS}/cpu.max": "200000 100000\n"}, 2.0, id="v2: two cores"),
        pytest.param(V2, {f"{FS}/cpu.max": "max 100000\n"}, None, id="v2: no quota"),
        pytest.param(V2, {}, None, id="v2: no file"),
        pytest.param(
            V2_NESTED,
            {
                f"{FS}/kubepods/pod1/worker/cpu.max": "max 100000\n",
                f"{FS}/kubepods/pod1/cpu.max": "150000 100000\n",
                f"{FS}/kubepods/cpu.max": "800000 100000\n",
            },
            1.5,
            id="v2: the smallest quota on the way up counts",
        ),
        pytest.param(
            V1,
            {
                f"{FS}/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
                f"{FS}/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            0.5,
            id="v1: a container sees its own cgroup as the root",
        ),
        pytest.param(
            V1,
            {
                f"{FS}/cpu/docker/abc/cpu.cfs_quota_us": "400000\n",
                f"{FS}/cpu/docker/abc/cpu.cfs_period_us": "100000\n",
                f"{FS}/cpu/cpu.cfs_quota_us": "-1\n",
                f"{FS}/cpu/cpu.cfs_period_us": "100000\n",
            },
            4.0,
            id="v1: under its full path, mounted by one name",
        ),
        pytest.param(
            V1,
            {
                f"{FS}/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                f"{FS}/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            None,
            id="v1: no quota",
        ),
        pytest.param(V2, {f"{FS}/cpu.max": "nonsense\n"}, None, id="an unknown text is no quota"),
        pytest.param("", {}, None, id="no cgroups at all"),
    ],
)
def test_cpu_quota(
    tmp_path: Path, membership: str, files: dict[str, str], cores: float | None
) -> None:
    assert cpu_quota_cores(tree(tmp_path, membership, files)) == cores


@pytest.mark.parametrize(
    ("membership", "files", "limit"),
    [
        pytest.param(V2, {f"{FS}/memory.max": "536870912\n"}, 512 << 20, id="v2: 512 MiB"),
        pytest.param(V2, {f"{FS}/memory.max": "max\n"}, None, id="v2: no limit"),
        pytest.param(
            V1,
            {f"{FS}/memory/memory.limit_in_bytes": "1073741824\n"},
            1 << 30,
            id="v1: 1 GiB",
        ),
        pytest.param(
            V1,
            {f"{FS}/memory/memory.limit_in_bytes": "9223372036854771712\n"},
            None,
            id="v1: a huge number means no limit",
        ),
    ],
)
def test_memory_limit(
    tmp_path: Path, membership: str, files: dict[str, str], limit: int | None
) -> None:
    assert memory_limit_bytes(tree(tmp_path, membership, files)) == limit


@pytest.mark.parametrize(
    ("quota", "slots"),
    [
        pytest.param("50000 100000", 1, id="half a core is one slot"),
        pytest.param("100000 100000", 1, id="one core is one slot"),
        pytest.param("max 100000", len(os.sched_getaffinity(0)), id="no quota: every core"),
    ],
)
def test_default_slots(tmp_path: Path, quota: str, slots: int) -> None:
    assert default_slots(tree(tmp_path, V2, {f"{FS}/cpu.max": quota})) == slots


@pytest.mark.parametrize(
    ("limit", "slots", "mebibytes"),
    [
        pytest.param("max", 4, 2048, id="no limit: the most a segment may want"),
        pytest.param(str(1152 << 20), 2, 512, id="slots share what the parent leaves"),
        pytest.param(str(16 << 30), 2, 2048, id="a large pod does not raise it"),
        pytest.param(str(256 << 20), 4, 256, id="a small pod does not starve it"),
    ],
)
def test_slot_memory(tmp_path: Path, limit: str, slots: int, mebibytes: int) -> None:
    root = tree(tmp_path, V2, {f"{FS}/memory.max": limit})

    assert slot_memory_bytes(slots, root) == mebibytes << 20
