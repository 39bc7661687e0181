"""One question to a child and its answer; whatever else comes back is the child's end."""

import asyncio
from dataclasses import dataclass

from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.slots.frames import Frame, Job, job_frame, parse_reply
from podium_worker.transcoder.slots.nursery import Child

__all__ = ["Answer", "ChildError", "ask"]


class ChildError(Exception):
    """A child that ended, or talked nonsense, before its answer was whole; it is of no use."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child reports; `is_last` when it ends with this answer."""

    outcome: TranscodeResult | TranscodeError
    is_last: bool

    def result(self) -> TranscodeResult:
        """Return the result, or raise the `TranscodeError` that was reported."""
        if isinstance(self.outcome, TranscodeError):
            raise self.outcome
        return self.outcome


async def ask(child: Child, job: Job) -> Answer:
    """Send a job and wait for its answer; `ChildError` when none comes or it is another job's."""
    try:
        child.writer.writelines(job_frame(job).pack())
        await child.writer.drain()
        frame = await Frame.receive(child.reader)
        return Answer(_outcome(frame, job), frame.is_last)
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise ChildError(repr(error)) from error


def _outcome(frame: Frame, job: Job) -> TranscodeResult | TranscodeError:
    if frame.number != job.number:
        raise ValueError(f"an answer to job {frame.number!r}, not {job.number}")
    try:
        return parse_reply(frame, job.profiles)
    except TranscodeError as error:
        return error
