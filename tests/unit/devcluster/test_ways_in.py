"""Relays, a foreign cluster's targets, and which cluster is meant."""

import asyncio
import io
import json
import signal
import socket
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.devcluster import Cluster, ClusterError, NotOursError, connect
from tests.devcluster.cli import main
from tests.devcluster.foreign import ForeignMachine, forward_target
from tests.devcluster.kubectl import Kubectl
from tests.devcluster.launch import listen
from tests.devcluster.layout import foreign_kubeconfig, home
from tests.devcluster.pause_image import write_pause_image
from tests.devcluster.relay import _serving

OBJECTS = [
    {
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "a"},
        "spec": {"clusterIP": "10.96.0.7"},
    },
    {
        "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": "b"},
        "spec": {},
        "status": {"podIP": "10.244.0.3"},
    },
]
LARGE = bytes(range(256)) * 20_000


@pytest.mark.parametrize(
    ("address", "target"),
    [
        pytest.param("web.a.svc", ("a", "service/web"), id="a Service's name"),
        pytest.param(
            "web.a.svc.cluster.local", ("a", "service/web"), id="a Service's name in full"
        ),
        pytest.param("web-0.web.a.svc", ("a", "pod/web-0"), id="a pod's name"),
        pytest.param("10.96.0.7", ("a", "service/web"), id="a Service's address"),
        pytest.param("10.244.0.3", ("b", "pod/web-0"), id="a pod's address"),
    ],
)
def test_an_address_means_a_service_or_a_pod(address: str, target: tuple[str, str]) -> None:
    assert forward_target(address, OBJECTS) == target


@pytest.mark.parametrize("address", ["10.96.0.8", "web", "a.b.c.d.svc", ""])
def test_an_address_of_nobody_is_refused_with_how_to_write_it(address: str) -> None:
    with pytest.raises(ClusterError, match=r"give an IP, or NAME\.NAMESPACE\.svc"):
        forward_target(address, OBJECTS)


async def test_a_relay_carries_bytes_both_ways_and_ends_each_way_by_itself() -> None:
    async with _echo() as target, _relay_to(target) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(LARGE)
        writer.write_eof()

        assert await reader.read() == LARGE
        writer.close()


async def test_a_relay_serves_many_at_once() -> None:
    async def exchange(address: tuple[str, int], word: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(word)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    words = [b"%d" % number for number in range(50)]
    async with _echo() as target, _relay_to(target) as address:
        answers = await asyncio.gather(*(exchange(address, word) for word in words))

    assert answers == words


async def test_a_relay_that_ends_ends_its_connections() -> None:
    async with _echo() as target:
        async with _relay_to(target) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"a")
            assert await reader.read(1) == b"a"

        assert await reader.read() == b""
        writer.close()


async def test_a_relay_to_a_closed_port_ends_the_connection() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there meanwhile
        async with _relay_to(closed.getsockname()) as address:
            reader, writer = await asyncio.open_connection(*address)

            assert await reader.read() == b""
            writer.close()


def test_the_relay_takes_another_port_when_its_own_is_taken() -> None:
    with listen(0) as first, listen(first.getsockname()[1]) as second:
        assert second.getsockname()[0] == "127.0.0.1"
        assert second.getsockname()[1] != first.getsockname()[1]


def test_no_cluster_is_told_with_what_starts_one(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="`make up` starts one"):
        connect({"PODIUM_CACHE": str(tmp_path)})


def test_a_kubeconfig_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="name one file that exists"):
        connect({"KUBECONFIG": str(tmp_path / "none")})


def test_a_kubeconfig_of_ones_own_is_a_foreign_cluster(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.touch()

    cluster = connect({"KUBECONFIG": str(path)})

    assert (cluster.is_own, cluster.kubeconfig) == (False, path)
    command = cluster.enter_command(["true"])
    assert command == ["env", f"KUBECONFIG={path}", "true"]


def test_the_kubeconfig_that_up_names_is_our_own_cluster(tmp_path: Path) -> None:
    environment = {"PODIUM_CACHE": str(tmp_path)}
    ours = str(home(environment).kubeconfig)

    assert foreign_kubeconfig({**environment, "KUBECONFIG": ours}) is None
    assert foreign_kubeconfig({**environment, "KUBECONFIG": "/other"}) == Path("/other")


def test_a_foreign_clusters_programs_are_left_alone(tmp_path: Path) -> None:
    tool = Kubectl(tmp_path / "kubectl", tmp_path / "config")
    cluster = Cluster(tool, ForeignMachine(tool))

    with pytest.raises(NotOursError):
        cluster.signal("kube-apiserver", signal.SIGKILL)
    with pytest.raises(NotOursError), cluster.outage("etcd"):
        pass
    with pytest.raises(NotOursError, match="IMAGE_REPOSITORY"):
        cluster.load_images([tmp_path / "worker.tar"])
    with pytest.raises(NotOursError):
        cluster.add_volume("1Gi")


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        pytest.param(["shell"], "error: no cluster is running", id="a shell into nothing"),
        pytest.param(["kubectl", "get", "pods"], "error: no cluster is running", id="kubectl"),
        pytest.param(["run"], "error: name the program to run", id="running nothing"),
        pytest.param(["up", "--nodes", "9"], "error: --nodes 9: ask for 1 to 4", id="nine nodes"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    argv: list[str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PODIUM_CACHE", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)

    assert main(argv) == 1

    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1


def test_up_without_root_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PODIUM_CACHE", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert main(["up"]) == 1

    expected = "error: the cluster needs root: run with sudo, or set KUBECONFIG\n"
    assert capsys.readouterr().err == expected


def test_the_sandbox_image_is_a_whole_oci_layout(tmp_path: Path) -> None:
    program, archive = tmp_path / "pause", tmp_path / "pause.tar"
    program.write_bytes(b"\x7fELF")

    write_pause_image(program, "localhost/pause:1", archive)

    with tarfile.open(archive) as tar:
        blobs = {name: _read(tar, name) for name in tar.getnames()}
    (named,) = json.loads(blobs["index.json"])["manifests"]
    assert named["annotations"] == {"io.containerd.image.name": "localhost/pause:1"}
    manifest = json.loads(blobs[_blob_path(named["digest"])])
    (layer,) = manifest["layers"]
    with tarfile.open(fileobj=io.BytesIO(blobs[_blob_path(layer["digest"])])) as content:
        (member,) = content.getmembers()
    assert (member.name, member.mode) == ("pause", 0o755)


def _blob_path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


@asynccontextmanager
async def _echo() -> AsyncIterator[tuple[str, int]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def _relay_to(target: tuple[str, int]) -> AsyncIterator[tuple[str, int]]:
    async def new_socket() -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with _serving(listener, new_socket, target):
            yield listener.getsockname()
