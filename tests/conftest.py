"""Hypothesis without deadlines, a cluster for each process, and no trace of who looks on."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("podium", deadline=None)  # time says nothing about a pure function
settings.load_profile("podium")

_SCHEDULED = os.sched_getscheduler(0)
# What tells programs of a person's terminal: tables would be as wide as that person's window.
_TERMINAL = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["PODIUM_CLUSTER"] = f"{os.environ.get('PODIUM_CLUSTER') or 'dev'}-{worker}"


@pytest.fixture(autouse=True, scope="session")
def _anybodys_environment() -> Iterator[None]:
    """Take away the terminal of whoever runs the tests, and every proxy on the way to loopback."""
    with pytest.MonkeyPatch.context() as environment:
        for name in _TERMINAL:
            environment.delenv(name, raising=False)
        for name in ("NO_PROXY", "no_proxy"):
            others = os.environ.get(name, "")
            environment.setenv(name, f"127.0.0.1,localhost,::1,{others}".rstrip(","))
        yield


@pytest.fixture(autouse=True)
def _ordinary_priority() -> Iterator[None]:
    """No test may leave its process at a real-time priority, which all that it starts inherits."""
    yield
    assert os.sched_getscheduler(0) == _SCHEDULED, "wrap the encoder in scheduled_as_before()"
