"""Hypothesis without deadlines, and for each process that shares the tests a cluster of its own."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("podium", deadline=None)  # time says nothing about a pure function
settings.load_profile("podium")

_SCHEDULED = os.sched_getscheduler(0)

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["PODIUM_CLUSTER"] = f"{os.environ.get('PODIUM_CLUSTER') or 'dev'}-{worker}"


@pytest.fixture(autouse=True)
def _ordinary_priority() -> Iterator[None]:
    """No test may leave its process at a real-time priority, which all that it starts inherits."""
    yield
    assert os.sched_getscheduler(0) == _SCHEDULED, "wrap the encoder in scheduled_as_before()"
