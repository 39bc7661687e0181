"""Follows objects of the cluster through `kubectl get --watch` (thin)."""

import asyncio
import codecs
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

__all__ = ["EventReader", "watch"]

_AGAIN_SECONDS = 0.5
_PIECE_BYTES = 1 << 16


class EventReader:
    """Takes text as it comes and gives whole JSON objects (pure)."""

    def __init__(self) -> None:
        self._text = ""
        self._decoder = json.JSONDecoder()

    def feed(self, text: str) -> Iterator[dict[str, Any]]:
        """Yield every object that is complete with this text."""
        self._text += text
        while self._text.strip():
            start = len(self._text) - len(self._text.lstrip())
            try:
                found, end = self._decoder.raw_decode(self._text, start)
            except ValueError:
                return
            self._text = self._text[end:]
            yield found


async def watch(kubectl: Sequence[str], resource: str, name: str) -> AsyncIterator[dict[str, Any]]:
    """Yield the object at once and at every change, for ever; a watch that ends is begun again."""
    selector = f"metadata.name={name}"
    flags = ("--watch", "--output-watch-events", "-o", "json")
    while True:
        process = await asyncio.create_subprocess_exec(
            *kubectl,
            *("get", resource, "--field-selector", selector, *flags),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        reader = EventReader()
        letters = codecs.getincrementaldecoder("utf-8")("replace")  # a piece may end within one
        try:
            while piece := await process.stdout.read(_PIECE_BYTES):
                for event in reader.feed(letters.decode(piece)):
                    if event["type"] in ("ADDED", "MODIFIED"):
                        yield event["object"]
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await asyncio.sleep(_AGAIN_SECONDS)
