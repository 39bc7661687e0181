"""Which cgroups a machine has, by its mounts, and that ours are made and removed."""

from pathlib import Path

import pytest
from tests.devcluster.cgroups import Layout, groups, prepare, remove, survey
from tests.devcluster.errors import ClusterError

V1 = """\
30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
31 25 0:27 / /sys/fs/cgroup/memory rw,nosuid shared:10 - cgroup cgroup rw,memory
32 25 0:28 / /sys/fs/cgroup/cpuset rw,nosuid - cgroup cgroup rw,cpuset
33 25 0:29 / /sys/fs/cgroup/pids rw,nosuid - cgroup cgroup rw,pids
34 25 0:30 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,xattr,name=systemd
"""
UNIFIED = "35 25 0:31 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V2 = "36 25 0:32 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw,nsdelegate\n"
REST = "25 1 253:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
NEEDED = "cpuset cpu io memory pids"
ALL = frozenset({"cpu", "cpuacct", "cpuset", "memory", "pids", "io"})


@pytest.mark.parametrize(
    ("mountinfo", "controllers", "version", "mounts"),
    [
        pytest.param(REST + V1, "", 1, 5, id="v1 has a mount for each controller"),
        pytest.param(REST + V1 + UNIFIED, "", 1, 6, id="v1 beside an empty v2 mount is v1"),
        pytest.param(REST + V2, NEEDED, 2, 1, id="one v2 mount is v2"),
        pytest.param(
            REST + V2 + V2.replace("/sys/fs/cgroup ", "/elsewhere "),
            NEEDED,
            2,
            1,
            id="a second v2 mount is the same hierarchy",
        ),
    ],
)
def test_layout_follows_from_the_mounts(
    mountinfo: str, controllers: str, version: int, mounts: int
) -> None:
    layout = survey(mountinfo, controllers)

    assert (layout.version, len(layout.mounts)) == (version, mounts)
    assert layout.missing() == frozenset()


def test_a_machine_without_cgroups_is_refused_with_the_fix() -> None:
    with pytest.raises(ClusterError, match="mount one at /sys/fs/cgroup"):
        survey(REST)


def test_a_mount_with_a_space_in_its_path_is_read() -> None:
    mountinfo = V2.replace("/sys/fs/cgroup", "/my\\040groups")

    assert survey(mountinfo, NEEDED).mounts == (Path("/my groups"),)


@pytest.mark.parametrize(
    ("version", "settings"),
    [
        pytest.param(1, {"failCgroupV1": False}, id="on v1 a kubelet must be told to go on"),
        pytest.param(2, {}, id="on v2 it needs nothing"),
    ],
)
def test_only_v1_needs_a_setting(version: int, settings: dict[str, object]) -> None:
    layout = Layout(version, (), frozenset())

    assert layout.kubelet_settings() == settings


@pytest.mark.parametrize(
    ("version", "absent", "told"),
    [
        pytest.param(1, "cpuset", "no cgroup controller cpuset", id="v1 needs cpuset"),
        pytest.param(1, "cpuacct", "no cgroup controller cpuacct", id="v1 needs accounting"),
        pytest.param(2, "memory", "no cgroup controller memory", id="v2 needs memory"),
    ],
)
def test_a_kernel_without_a_needed_controller_is_refused_by_name(
    version: int, absent: str, told: str, tmp_path: Path
) -> None:
    layout = Layout(version, (tmp_path,), ALL - {absent})

    with pytest.raises(ClusterError, match=told):
        prepare(layout, "podium-a.1/node-0")


def test_v2_does_without_what_a_kernel_of_one_processor_lacks() -> None:
    assert Layout(2, (), frozenset({"cpu", "memory"})).missing() == frozenset()


def test_a_group_is_made_in_every_hierarchy_and_removed_with_what_is_below(
    tmp_path: Path,
) -> None:
    layout = Layout(1, (tmp_path / "cpu", tmp_path / "memory"), ALL)
    for mount in layout.mounts:
        mount.mkdir()

    prepare(layout, "podium-a.1/node-0")
    for mount in layout.mounts:
        (mount / "podium-a.1/node-0/kubepods/burstable/pod1").mkdir(parents=True)

    assert groups(layout, "podium-a.") == ["podium-a.1"]
    remove(layout, "podium-a.1")
    assert groups(layout, "podium-") == []


def test_removing_touches_no_other_group(tmp_path: Path) -> None:
    layout = Layout(1, (tmp_path,), ALL)
    for name in ("podium-a.1", "podium-ab.1", "system.slice"):
        (tmp_path / name).mkdir()

    for group in groups(layout, "podium-a."):
        remove(layout, group)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["podium-ab.1", "system.slice"]


def test_removing_what_is_gone_already_is_no_error(tmp_path: Path) -> None:
    remove(Layout(1, (tmp_path,), ALL), "podium-a.1")


def test_on_v1_a_new_cpuset_gets_its_parents_processors(tmp_path: Path) -> None:
    (tmp_path / "cpuset.cpus").write_text("0-3\n")
    inner = tmp_path / "podium-a.1"
    inner.mkdir()
    (inner / "cpuset.cpus").write_text("\n")

    prepare(Layout(1, (tmp_path,), ALL), "podium-a.1")

    assert (inner / "cpuset.cpus").read_text() == "0-3\n"


@pytest.mark.parametrize(
    ("file", "weight"),
    [
        pytest.param("cpu.shares", "10240", id="v1 counts from 1024"),
        pytest.param("cpu.weight", "1000", id="v2 counts from 100"),
    ],
)
def test_all_pods_together_weigh_more_than_one_process(
    tmp_path: Path, file: str, weight: str
) -> None:
    inner = tmp_path / "podium-a.1"
    inner.mkdir()
    for folder in (tmp_path, inner):
        (folder / file).write_text("1")

    prepare(Layout(1, (tmp_path,), ALL), "podium-a.1")

    assert (inner / file).read_text() == weight
    assert (tmp_path / file).read_text() == "1"


def test_on_v2_needed_controllers_are_handed_down_at_every_level(tmp_path: Path) -> None:
    inner = tmp_path / "podium-a.1"
    inner.mkdir()
    for folder in (tmp_path, inner):
        (folder / "cgroup.subtree_control").write_text("cpuset cpu io memory\n")

    prepare(Layout(2, (tmp_path,), ALL), "podium-a.1/node-0")

    written = [(f / "cgroup.subtree_control").read_text() for f in (tmp_path, inner)]
    assert written == ["+pids", "+pids"]
