"""Cores and memory from cgroup files of both versions."""

from pathlib import Path
from typing import get_args

import pytest

from podium_worker.settings import TranscoderSettings
from podium_worker.transcoder.cgroup import (
    SLOT_BYTES,
    available_cores,
    cpu_quota_cores,
    default_slots,
    memory_limit_bytes,
    slot_memory_bytes,
    slots_in_memory,
)

V2 = "0::/\n"
V2_NESTED = "0::/kubepods/pod1/worker\n"
HYBRID = "4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n"
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
        pytest.param(
            V1,
            {
                f"{FS}/cpu/docker/abc/cpu.cfs_quota_us": "300000\n",
                f"{FS}/cpu/docker/abc/cpu.cfs_period_us": "100000\n",
                f"{FS}/cpu/docker/cpu.cfs_quota_us": "25000\n",
                f"{FS}/cpu/docker/cpu.cfs_period_us": "10000\n",
            },
            2.5,
            id="v1: the smallest quota on the way up counts",
        ),
        pytest.param(
            HYBRID,
            {
                f"{FS}/cpu,cpuacct/cpu.cfs_quota_us": "150000\n",
                f"{FS}/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                f"{FS}/unified/docker/abc/cgroup.procs": "1\n",
            },
            1.5,
            id="hybrid: the quota is version 1's",
        ),
        pytest.param(
            "1:name=systemd:/a\n0::/a\n",
            {f"{FS}/unified/a/cpu.max": "70000 100000\n"},
            0.7,
            id="hybrid: the quota is version 2's",
        ),
        pytest.param(
            "0::/../../other/pod\n",
            {f"{FS}/cpu.max": "1200000 100000\n"},
            12.0,
            id="v2: a path that leads out of the namespace",
        ),
        pytest.param(V2, {f"{FS}/cpu.max": "0 100000\n"}, None, id="a quota of nothing is none"),
        pytest.param(V2, {f"{FS}/cpu.max": "100000 0\n"}, None, id="a period of nothing is none"),
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
        pytest.param(
            V2_NESTED,
            {
                f"{FS}/kubepods/pod1/worker/memory.max": "max\n",
                f"{FS}/kubepods/pod1/memory.max": "268435456\n",
                f"{FS}/kubepods/memory.max": "8589934592\n",
            },
            256 << 20,
            id="v2: the smallest limit on the way up counts",
        ),
        pytest.param(
            V1,
            {
                f"{FS}/memory/memory.limit_in_bytes": "9223372036854771712\n",
                f"{FS}/memory/memory.stat": "cache 1\nhierarchical_memory_limit 536870912\n",
            },
            512 << 20,
            id="v1: the limit of the pod, which its container cannot see",
        ),
        pytest.param(
            V1,
            {f"{FS}/memory/memory.stat": "cache 1\nhierarchical_memory_limit\n"},
            None,
            id="v1: a line without its number",
        ),
        pytest.param(
            "5:memory:/a\n0::/a\n",
            {
                f"{FS}/memory/a/memory.limit_in_bytes": "1073741824\n",
                f"{FS}/unified/a/memory.max": "536870912\n",
            },
            512 << 20,
            id="hybrid: the smaller of both counts",
        ),
    ],
)
def test_memory_limit(
    tmp_path: Path, membership: str, files: dict[str, str], limit: int | None
) -> None:
    assert memory_limit_bytes(tree(tmp_path, membership, files)) == limit


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        pytest.param("50000 100000", 0.5, id="half a core"),
        pytest.param("250000 100000", 2.5, id="a fraction is kept"),
        pytest.param("1600000 100000", 8.0, id="a quota beyond the machine"),
        pytest.param("max 100000", 8.0, id="no quota: every core"),
    ],
)
def test_available_cores(tmp_path: Path, quota: str, cores: float) -> None:
    root = tree(tmp_path, V2, {f"{FS}/cpu.max": quota})

    assert available_cores(root, usable_cores=8) == cores


@pytest.mark.parametrize(
    ("quota", "memory", "profile", "slots"),
    [
        pytest.param("50000 100000", "max", "segment", 1, id="half a core is one slot"),
        pytest.param("100000 100000", "max", "segment", 1, id="one core is one slot"),
        pytest.param("290000 100000", "max", "segment", 2, id="a part of a core is no slot"),
        pytest.param("max 100000", "max", "segment", 8, id="no quota: every core"),
        pytest.param("max 100000", str(16 << 30), "segment", 8, id="memory for more than cores"),
        pytest.param("max 100000", str(2 << 30), "segment", 4, id="memory for four"),
        pytest.param("max 100000", str(2 << 30), "lpms", 4, id="as much for the reference's"),
        pytest.param("max 100000", str(2 << 30), "fast", 6, id="a leaner profile, more slots"),
        pytest.param("200000 100000", str(1087 << 20), "segment", 1, id="a MiB short of two"),
        pytest.param("max 100000", str(64 << 20), "segment", 1, id="hardly any memory: still one"),
    ],
)
def test_default_slots(tmp_path: Path, quota: str, memory: str, profile: str, slots: int) -> None:
    root = tree(tmp_path, V2, {f"{FS}/cpu.max": quota, f"{FS}/memory.max": memory})

    assert default_slots(root, encoder_profile=profile, usable_cores=8) == slots


def test_without_a_memory_limit_nobody_guesses_how_many_slots_fit(tmp_path: Path) -> None:
    assert slots_in_memory(tree(tmp_path, V2, {})) is None


def test_every_encoder_profile_of_the_settings_has_its_memory() -> None:
    known = get_args(TranscoderSettings.model_fields["encoder_profile"].annotation)

    assert set(SLOT_BYTES) == set(known)


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
