"""One source segment in, all renditions out: a pure function around PyAV."""

from collections.abc import Sequence

from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.results import TranscodeResult

__all__ = ["transcode"]


def transcode(
    source: bytes, profiles: Sequence[Profile], *, duration_seconds: float | None = None
) -> TranscodeResult:
    """Transcode one segment; `TranscodeError` carries the text for the gateway."""
    raise TranscodeError(ErrorText.STOPPED, f"{len(source)} {len(profiles)} {duration_seconds}")
