"""Answers of a size that memory bears: who streams without end is cut off, never kept."""

__all__ = ["AnswerTooLongError", "BoundedResponse", "read_bounded"]

from typing import Final

import aiohttp

# The longest that is asked for, the log lines of thousands of blocks, is a tenth of it.
_MOST_BYTES: Final = 8 * 2**20


class AnswerTooLongError(aiohttp.ClientPayloadError):
    """An answer was longer than anything that was asked for; the rest of it was never read."""


async def read_bounded(answer: aiohttp.ClientResponse, *, most_bytes: int = _MOST_BYTES) -> bytes:
    """Return the body, decompressed. Raises AnswerTooLongError, and then the connection is gone."""
    parts: list[bytes] = []
    left = most_bytes
    async for part in answer.content.iter_any():
        left -= len(part)
        if left < 0:
            answer.close()
            raise AnswerTooLongError(f"longer than {most_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


class BoundedResponse(aiohttp.ClientResponse):
    """A response for sessions whose user reads bodies whole, as web3 does."""

    async def read(self) -> bytes:
        """Return the body once, if it is short enough. Raises AnswerTooLongError."""
        return await read_bounded(self)
