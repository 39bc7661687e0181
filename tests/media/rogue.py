"""A seed whose children misbehave as their job's first profile is named, in the real one's place.

Everything but the misdeed is the real child. A pool runs it where `nursery._SEED` names this file.
"""

import json
import os
import signal
import struct
import time
from collections.abc import Callable
from io import BufferedRWPair
from pathlib import Path

from podium_worker.profiles import parse_profiles
from podium_worker.transcoder.slots import child, seed
from podium_worker.transcoder.slots.frames import Frame, Job, parse_job

__all__ = ["DEEDS", "main"]

_LENGTH = struct.Struct(">I")
_real_fork = os.fork
_BLOCK = b"\xff" * (1 << 16)


def main() -> None:
    """Be a seed with bad children, and without any while the file `ROGUE_NO_FORK` names exists."""
    child._next_reply = _next_reply
    os.fork = _fork
    seed.main()


def _fork() -> int:
    if Path(os.environ["ROGUE_NO_FORK"]).exists():
        raise BlockingIOError("no process left")
    return _real_fork()


def _next_reply(stream: BufferedRWPair, bench: child._Bench) -> Frame | None:
    """Read as the real child does, but know the profiles before the source is read."""
    prefix = stream.read(_LENGTH.size)
    if len(prefix) < _LENGTH.size:
        return None
    head = json.loads(stream.read(*_LENGTH.unpack(prefix)))
    profiles_bytes, source_bytes = head.pop("sizes")
    profiles = stream.read(profiles_bytes)
    name = parse_profiles(profiles)[0].name
    if name == "deaf":
        _sleep()
    job = parse_job(Frame(head, (profiles, stream.read(source_bytes))))
    if name in DEEDS:
        DEEDS[name](stream, job)
    reply = child._answer(job, bench)
    if name == "stale":
        return Frame(reply.head | {"number": job.number - 1}, reply.blobs)
    if name == "twice":
        stream.writelines(reply.pack())
    return reply


def _garbage(stream: BufferedRWPair, _: Job) -> None:
    _say(stream, _LENGTH.pack(9) + b"\x80garbage\x00" + _BLOCK)


def _nest(stream: BufferedRWPair, _: Job) -> None:
    _say(stream, _LENGTH.pack(60_000) + b"[" * 60_000)


def _boast(stream: BufferedRWPair, job: Job) -> None:
    head = json.dumps({"number": job.number, "result": {}, "sizes": [1 << 40]}).encode()
    _say(stream, _LENGTH.pack(len(head)) + head)
    _pour(stream)


def _swell(stream: BufferedRWPair, _: Job) -> None:
    _say(stream, b"\xff\xff\xff\xff")
    _pour(stream)


def _break_off(stream: BufferedRWPair, job: Job) -> None:
    head = json.dumps({"number": job.number, "result": {}, "sizes": [100_000]}).encode()
    _say(stream, _LENGTH.pack(len(head)) + head + _BLOCK)
    os._exit(0)


def _murder(_: BufferedRWPair, __: Job) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _leave(_: BufferedRWPair, __: Job) -> None:
    os._exit(0)


def _freeze(_: BufferedRWPair, __: Job) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _chatter(_: BufferedRWPair, __: Job) -> None:
    for _number in range(256):
        for descriptor in (1, 2):
            os.write(descriptor, _BLOCK)


def _say(stream: BufferedRWPair, *words: bytes) -> None:
    stream.writelines(words)
    stream.flush()


def _pour(stream: BufferedRWPair) -> None:
    while True:
        _say(stream, _BLOCK)


def _sleep() -> None:
    time.sleep(3600)


DEEDS: dict[str, Callable[[BufferedRWPair, Job], None]] = {
    "garbage": _garbage,
    "a head without end": _nest,
    "a body of a terabyte": _boast,
    "a head of 4 GiB": _swell,
    "half an answer": _break_off,
    "a sudden death": _murder,
    "an exit without a word": _leave,
    "a halt": _freeze,
    "chatter": _chatter,
}
"""What is done before the real answer, which most of them never come to."""


if __name__ == "__main__":
    main()
