"""What the probe of a GPU asks the driver, and how it counts sessions."""

from typing import Any

import av
import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.devices.probe import count_sessions, list_devices


class Driver:
    """Answers like libcuda."""

    def __init__(self, names: list[bytes], *, init: int = 0) -> None:
        self.names, self.init = names, init

    def cuInit(self, flags: int) -> int:  # noqa: N802  # the driver's names
        return self.init

    def cuDeviceGetCount(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.names)
        return 0

    def cuDeviceGet(self, device: Any, ordinal: int) -> int:  # noqa: N802
        device._obj.value = 100 + ordinal
        return 0

    def cuDeviceGetName(self, name: Any, length: int, device: Any) -> int:  # noqa: N802
        name.value = self.names[device.value - 100]
        return 0


def test_devices_are_listed_in_the_drivers_order() -> None:
    assert list_devices(Driver([b"NVIDIA L4", b"Tesla \xff"])) == ["NVIDIA L4", "Tesla \ufffd"]


def test_a_driver_without_devices_lists_none() -> None:
    assert list_devices(Driver([])) == []


def test_a_driver_that_does_not_start_says_how_it_failed() -> None:
    with pytest.raises(RuntimeError, match="cuInit failed with 802"):
        list_devices(Driver([], init=802))


@pytest.mark.parametrize("error", [av.error.ExternalError(1, "no words"), MemoryError()])
@given(limit=st.integers(0, 40), most=st.integers(0, 40))
def test_sessions_are_counted_up_to_the_first_failure(
    error: Exception, limit: int, most: int
) -> None:
    opened: list[object] = []

    def open_one() -> object:
        if len(opened) == limit:
            raise error
        opened.append(object())
        return opened[-1]

    assert count_sessions(open_one, most) == len(opened) == min(limit, most)
