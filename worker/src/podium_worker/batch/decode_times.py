"""Gives packets the decoding times that a container leaves out, as Matroska does at the start.

A transport stream wants one for every packet, and a guess too late would push pictures after it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from av.packet import Packet

__all__ = ["with_decode_times"]

_MOST_WAITING = 64


def with_decode_times(packets: "Iterable[Packet[Any]]", *, index: int) -> "Iterator[Packet[Any]]":
    """Pass packets on; those of stream `index` wait for the first time known, counted back from.

    Later gaps follow the packet before. Where no time is known at all, presentation times serve.
    """
    waiting: list[Packet[Any]] = []
    last: int | None = None
    for packet in packets:
        is_picture = packet.stream.index == index and packet.size > 0
        if is_picture and packet.dts is None:
            if last is None and len(waiting) < _MOST_WAITING:
                waiting.append(packet)
                continue
            packet.dts = packet.pts if last is None else last + (packet.duration or 1)
        if is_picture or packet.size == 0:
            last = packet.dts if is_picture else last
            yield from _counted_back(waiting, last)
            waiting = []
        yield packet
    yield from waiting


def _counted_back(waiting: "list[Packet[Any]]", known: int | None) -> "list[Packet[Any]]":
    for packet in reversed(waiting if known is not None else []):
        known = (known or 0) - (packet.duration or 1)
        packet.dts = known
    return waiting
