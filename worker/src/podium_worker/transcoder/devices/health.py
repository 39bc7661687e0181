"""When a device is to blame, when it is out, and when it is tried again; pure.

A hostile segment can look like a broken device, so failures alone put none out: they only order
a trial with a segment of our own, and its outcome decides. Who runs trials is not known here.
"""

from dataclasses import dataclass, replace

from podium_worker.transcoder.errors import ErrorText

__all__ = [
    "Health",
    "after_failure",
    "after_success",
    "after_trial",
    "blames_device",
    "needs_trial",
    "retry_seconds",
]

_FAILURES_FOR_TRIAL = 3
_FIRST_RETRY_SECONDS = 5.0
_LAST_RETRY_SECONDS = 300.0
_OF_DEVICES = frozenset(
    {
        ErrorText.UNRECOVERABLE,
        ErrorText.OUT_OF_MEMORY,
        ErrorText.EXTERNAL,
        ErrorText.STOPPED,
        ErrorText.INVALID_HARDWARE,
    }
)
_OF_SEGMENTS = frozenset(text.value for text in ErrorText if text not in _OF_DEVICES)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one device: `failures` and failed trials (`outs`) in a row.

    `reason` says why it is out, "" while it works.
    """

    failures: int = 0
    outs: int = 0
    reason: str = ""

    @property
    def is_out(self) -> bool:
        """Whether it takes no segments."""
        return bool(self.reason)


def blames_device(text: str) -> bool:
    """Whether an error may be the device's: all that no segment is known to cause."""
    return text not in _OF_SEGMENTS


def after_success(health: Health) -> Health:
    """Return what a transcoded segment proves: of a device that is out, a late one nothing."""
    return health if health.is_out else Health()


def after_failure(health: Health) -> Health:
    """Count a failure that may be the device's."""
    return health if health.is_out else replace(health, failures=health.failures + 1)


def needs_trial(health: Health) -> bool:
    """Whether failures in a row order a trial now."""
    return not health.is_out and health.failures >= _FAILURES_FOR_TRIAL


def after_trial(health: Health, reason: str) -> Health:
    """Put the device out for `reason`, or back to work for "".

    Failed trials count until a real segment succeeds, so that a device that comes and goes is
    tried ever more seldom.
    """
    if not reason:
        return Health(outs=health.outs)
    return Health(outs=health.outs + 1, reason=reason)


def retry_seconds(health: Health) -> float:
    """Return the time to the next trial of a device that is out: doubling, at most 5 minutes."""
    doublings = min(max(health.outs, 1) - 1, 10)
    return min(_FIRST_RETRY_SECONDS * 2.0**doublings, _LAST_RETRY_SECONDS)
