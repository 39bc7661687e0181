"""Source segments on their way to a slot; plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Piece", "Pieces"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One source segment; `name` is its file name without suffix.

    `seconds` is None where only a transcode tells. A piece with a `problem` has no data that
    could be transcoded: it counts as failed.
    """

    number: int
    name: str
    data: bytes = b""
    seconds: float | None = None
    problem: str = ""


class Pieces(Protocol):
    """Where source segments come from, one at a time.

    `count` and `seconds` of the whole are for progress only, `size` of the pictures for advice;
    None when unknown. `note` says in a line what a person should know, or is empty.
    """

    count: int | None
    seconds: float | None
    size: tuple[int, int] | None
    note: str

    def __iter__(self) -> Iterator[Piece]: ...

    def close(self) -> None:
        """Give files back."""
