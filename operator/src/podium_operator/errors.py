"""The tree of errors the operator raises on purpose.

    PodiumError
    ├── InvalidSpecError      the person who wrote the resource can fix it
    └── InvalidSecretError    a Secret's content cannot be used; names keys, never values

Messages say what is wrong and what to write instead, and never hold a secret.
"""

__all__ = ["InvalidSecretError", "InvalidSpecError", "PodiumError"]


class PodiumError(Exception):
    """Anything that Podium refuses with a reason a person can read."""


class InvalidSpecError(PodiumError):
    """The Orchestrator's spec cannot be carried out as written."""


class InvalidSecretError(PodiumError):
    """A Secret lacks a key or holds something that is not what the key promises."""
