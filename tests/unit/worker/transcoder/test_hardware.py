"""What a slot works on, as a value."""

import pytest

from podium_worker.profiles import Codec
from podium_worker.transcoder.devices.hardware import (
    CPU,
    Backend,
    Hardware,
    driver_environment,
    dump_backend,
    nvidia,
    parse_backend,
)


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param(CPU, id="the processor"),
        pytest.param(nvidia(3), id="the fourth GPU"),
        pytest.param(
            Backend(Hardware.NVIDIA, {Codec.H264: "libx264"}, device=1), id="a stand-in of a test"
        ),
    ],
)
def test_a_backend_travels_whole(backend: Backend) -> None:
    assert parse_backend(dump_backend(backend)) == backend


def test_a_backend_is_named_by_its_device() -> None:
    assert [backend.name for backend in (CPU, nvidia(0), nvidia(12))] == ["cpu", "gpu0", "gpu12"]


def test_every_process_numbers_devices_by_their_place_on_the_bus() -> None:
    assert driver_environment()["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
