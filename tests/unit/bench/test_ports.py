"""Ports for programs: nobody is given one that another has, or is about to have."""

import socket
from collections.abc import Callable, Iterator

import pytest
from tests.support import ports


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[int]], None]:
    """Have the next ports drawn be these."""

    class _Drawn:
        def __init__(self, numbers: list[int]) -> None:
            self._numbers: Iterator[int] = iter(numbers)

        def choice(self, _: range) -> int:
            return next(self._numbers)

    return lambda numbers: monkeypatch.setattr(ports, "_DRAW", _Drawn(numbers))


def test_a_port_that_was_given_is_not_given_again(drawing: Callable[[list[int]], None]) -> None:
    first, other = ports.free_ports(2)
    drawing([first, other, fresh := _unmarked()])

    assert ports.free_port() == fresh


def test_a_port_that_another_process_was_given_is_not_given_here(
    drawing: Callable[[list[int]], None],
) -> None:
    theirs, fresh = _unmarked(), _unmarked()
    with socket.socket(socket.AF_UNIX) as mark:
        mark.bind(f"\0podium-test-port-{theirs}")
        drawing([theirs, fresh])

        assert ports.free_port() == fresh


def test_a_port_in_use_is_not_given(drawing: Callable[[list[int]], None]) -> None:
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        drawing([used.getsockname()[1], fresh := _unmarked()])

        assert ports.free_port() == fresh


def _unmarked() -> int:
    """Return a port that the kernel finds free, above those that we give."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
