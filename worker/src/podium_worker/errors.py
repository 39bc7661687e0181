"""What can go wrong in the data plane, as one tree.

    WorkerError
    ├── SettingsError   the configuration file is wrong; its message names field and fix
    ├── StartError      a part could not start; its message says what to do
    ├── QueueDown       no connection to the queue at the moment; try again after the next one
    └── Refusal         a request is refused, with the network's status and text

Errors of a transcode have their own words: see `podium_worker.transcoder.errors`.
"""

__all__ = ["QueueDown", "Refusal", "SettingsError", "StartError", "WorkerError"]


class WorkerError(Exception):
    """Root of the tree."""


class SettingsError(WorkerError):
    """The configuration is wrong."""


class StartError(WorkerError):
    """A part could not start."""


class QueueDown(WorkerError):  # noqa: N818 - a state of the world, not a fault of ours
    """The queue cannot be reached now."""


class Refusal(WorkerError):  # noqa: N818 - the network's own word for it
    """A request is refused: HTTP status and body text, word for word the network's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text
