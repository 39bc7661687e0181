"""Hypothesis without deadlines: how long an example takes says nothing about a pure function."""

from hypothesis import settings

settings.register_profile("podium", deadline=None)
settings.load_profile("podium")
