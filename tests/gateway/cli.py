"""`python -m tests.gateway ADDRESS FILE …`: sends segments as a gateway does, and keeps what comes.

One stream, one segment after the other, for a first look and by hand; `feeder` feeds live streams.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import av
from tests.gateway.addresses import parse_address
from tests.gateway.errors import GatewayError
from tests.gateway.gateway import Fetched, Gateway, Times, Upload
from tests.gateway.messages import Rendition, Session
from tests.gateway.saving import save_renditions, segment_path

__all__ = ["main"]

_LADDER = (
    Rendition("360p", 640, 360, 1_200_000),
    Rendition("240p", 426, 240, 600_000),
)
_STREAM = "first"


def main() -> int:
    """Send the files of the command line; 1 when one of them did not come back."""
    options = _options()
    try:
        asyncio.run(_send(options.address, options.segments, options.out))
    except (GatewayError, OSError, av.FFmpegError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gateway", description=__doc__)
    parser.add_argument(
        "address", type=_address, help="of the orchestrator, such as https://localhost:8935"
    )
    parser.add_argument("segments", metavar="FILE", nargs="+", type=Path, help="MPEG-TS segments")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="where renditions go"
    )
    return parser.parse_args()


def _address(text: str) -> str:
    try:
        parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


async def _send(address: str, segments: Sequence[Path], out: Path) -> None:
    async with Gateway([address]) as gateway:
        session = await gateway.discover(_LADDER)
        print(f"{address} takes the stream; segments go to {session.transcoder}")
        for seq, path in enumerate(segments):
            session = await _push(gateway, session, path, seq=seq, out=out)
        await gateway.end(session)


async def _push(gateway: Gateway, session: Session, path: Path, *, seq: int, out: Path) -> Session:
    """Send one segment; returns the session to go on with."""
    data, seconds = await asyncio.to_thread(_read, path)
    times = Times(time.monotonic())
    upload = Upload(_STREAM, seq, seconds, data)
    fetched = await gateway.push(session, upload, renditions=_LADDER, times=times)
    await asyncio.to_thread(save_renditions, out, _STREAM, seq=seq, fetched=fetched)
    print(f"{path.name}: {seconds:.1f} s of video, back after {times.since():.1f} s")
    for one in fetched:
        print(f"  {_described(one, out, seq)}")
    return times.session or session


def _read(path: Path) -> tuple[bytes, float]:
    with av.open(path) as container:
        seconds = (container.duration or 0) / av.time_base
    return path.read_bytes(), seconds


def _described(one: Fetched, out: Path, seq: int) -> str:
    place = segment_path(out, _STREAM, rendition=one.name, seq=seq)
    return f"{one.name}: {one.pixels} pixels, {len(one.data)} bytes, {place}"
