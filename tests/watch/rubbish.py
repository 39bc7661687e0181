"""Segments that are no video, so that a transcoder fails at them and the node counts it."""

import asyncio
import time

from tests.e2e.places import LADDER
from tests.gateway.errors import GatewayError
from tests.gateway.gateway import Gateway, Times, Upload

__all__ = ["send_rubbish"]

_TRIES = 5


async def send_rubbish(gateway: Gateway) -> None:
    """Push one, once there is room for it."""
    upload = Upload("rubbish", 0, 2.0, b"G" * 1880)
    for _ in range(_TRIES):
        try:
            session = await gateway.discover(LADDER)
            times = Times(time.monotonic())
            await gateway.push(session, upload, renditions=LADDER, times=times)
        except GatewayError as error:
            if "Capped" not in str(error):
                return
        await asyncio.sleep(1)
