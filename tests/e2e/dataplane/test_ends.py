"""Drains and ends: nothing that is owed is dropped, nothing that was started is left."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from tests.e2e.dataplane.plane import DataPlane, children_of, is_alive
from tests.e2e.dataplane.wire import CAPPED, GrpcFailure, WireClient, seg_data
from tests.support.patience import until
from tests.support.ports import free_port

from podium_worker.processes import start_process


async def test_a_draining_node_serves_its_sessions_and_refuses_new_ones(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    plane.node_settings["drainSeconds"] = 600
    await plane.start()
    token = await gateway.token()
    await gateway.push(seg_data(token, segment), segment)
    other = await gateway.token()

    plane.processes["node"].send_signal(signal.SIGTERM)
    await until(lambda: is_refused(gateway), "the node drains")
    late = seg_data(other, segment, manifest="other")
    refused = await gateway.post_segment(late.SerializeToString(), segment)
    served = await gateway.push(seg_data(token, segment, seq=1), segment)
    rendition = await gateway.get(served.data.segments[0].url)
    await gateway.end_session(token)
    status = await plane.processes.pop("node").wait()

    assert (refused.status_code, refused.text.strip()) == (403, "OrchestratorCapped")
    assert rendition.status_code == 200
    assert status == 0


async def is_refused(gateway: WireClient) -> bool:
    try:
        await gateway.discover()
    except GrpcFailure as failure:
        return failure.text == CAPPED
    return False


async def test_a_node_that_must_go_answers_first(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes
) -> None:
    plane.node_settings["drainSeconds"] = 120
    await plane.start()
    header = seg_data(await gateway.token(), heavy_segment)

    answer = asyncio.create_task(gateway.push(header, heavy_segment))
    await plane.until_metric("podium_busy_slots", lambda value: value == 1, "transcoder")
    plane.processes["node"].send_signal(signal.SIGTERM)
    result = await answer
    rendition = await gateway.get(result.data.segments[0].url)

    assert rendition.status_code == 200
    assert len(rendition.content) > 1000


async def test_a_transcoder_that_is_not_ready_yet_stops_at_once(plane: DataPlane) -> None:
    await plane.start_queue()
    starting = asyncio.create_task(plane.start_transcoder())
    await until(lambda: is_listening(plane, "transcoder"), "the transcoder starts")
    process = plane.processes["transcoder"]

    process.send_signal(signal.SIGTERM)
    status = await process.wait()
    await asyncio.gather(starting, return_exceptions=True)

    assert status == 0


async def is_listening(plane: DataPlane, name: str) -> bool:
    return bool(await plane.metric("process_start_time_seconds", name))


async def test_a_node_ends_when_its_server_does(plane: DataPlane) -> None:
    await plane.start_node()
    node = plane.processes["node"]

    (server,) = children_of(node.pid)
    os.kill(server, signal.SIGKILL)
    status = await node.wait()

    assert status in {1, 2}  # 2 while it still starts


async def test_a_node_starts_where_temporary_files_have_long_paths(
    plane: DataPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))

    await plane.start_node()

    assert await plane.stop("node") == 0


async def start_standalone(folder: Path) -> tuple[asyncio.subprocess.Process, str]:
    out, port = folder / "out.txt", free_port()
    flags = {"--port": port, "--metrics-port": free_port()}
    flags |= {"--transcoder-port": free_port(), "--queue-port": free_port(), "--slots": 1}
    words = [str(word) for flag in flags.items() for word in flag]
    program = f'exec {sys.executable} -m podium_worker.cli standalone "$@" > {out} 2>&1'
    process = await start_process(["sh", "-c", program, "sh", *words])

    async def is_ready() -> bool:
        assert process.returncode is None, out.read_text()
        return out.exists() and "podium ready" in out.read_text()

    await until(is_ready, "standalone is ready")
    return process, f"https://127.0.0.1:{port}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_standalone_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    process, address = await start_standalone(tmp_path)
    gateway = WireClient.to(address)
    await gateway.discover()
    await gateway.aclose()
    below = children_of(process.pid)

    process.send_signal(number)
    status = await process.wait()

    async def all_gone() -> bool:
        return not any(is_alive(pid) for pid in below)

    await until(all_gone, "every child has ended")
    assert status == (-number if number == signal.SIGKILL else 0)
    assert len(below) >= 4


async def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    process, address = await start_standalone(tmp_path)
    port = address.rpartition(":")[2]

    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "podium_worker.cli", "standalone", "--port", port),
        *("--queue-port", str(free_port())),
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    _, errors = await second.communicate()
    process.terminate()
    await process.wait()

    assert second.returncode == 2
    assert errors.decode().count("\n") == 1
    assert f"port {port} for the node cannot be used" in errors.decode()


async def test_a_wrong_configuration_is_named_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "podium.yaml"
    path.write_text("node: {listen: nowhere}")

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "podium_worker.cli", "node", "--config", str(path)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()

    assert process.returncode == 2
    assert "node.listen" in errors.decode()
