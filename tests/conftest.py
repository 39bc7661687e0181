"""Hypothesis without deadlines, and a cluster for each of the processes that share the tests."""

import os

from hypothesis import settings

settings.register_profile("podium", deadline=None)  # time says nothing about a pure function
settings.load_profile("podium")

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["PODIUM_CLUSTER"] = f"{os.environ.get('PODIUM_CLUSTER') or 'dev'}-{worker}"
