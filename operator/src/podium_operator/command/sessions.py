"""`podium sessions [ORCHESTRATOR]`: what is open now, as the nodes themselves tell it."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from podium_operator.command.cluster import (
    UnreadableError,
    add_cluster_flags,
    add_scope_flag,
    connected,
    named,
    orchestrator,
    scope,
)
from podium_operator.command.nodes import Asked, ask_nodes, node_pods
from podium_operator.command.output import add_output_flag, as_data, line, table
from podium_operator.command.told import MOST_SESSIONS, OpenSession
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.pods import PodKube

__all__ = ["SESSIONS", "Listing", "look"]

_USUAL_LIMIT: Final = 50
_HEADS: Final = (
    "NODE", "STREAM", "AGE", "DONE", "LATE", "LOST", "FAILED", "PENDING", "LAST", "SOURCE", "CLASS",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """What all nodes that were asked told, at most `limit` sessions of it."""

    asked: Sequence[Asked]
    limit: int

    @property
    def total(self) -> int:
        """How many sessions there are, shown or not."""
        return sum(one.told.load.sessions for one in self.asked if one.told)

    @property
    def unasked(self) -> list[Asked]:
        """The nodes without an answer."""
        return [one for one in self.asked if one.told is None]

    def rows(self) -> list[tuple[Asked, OpenSession]]:
        """Return what is shown: what lost or delayed most first, then by age, by node."""
        every = [(one, row) for one in self.asked if one.told for row in one.told.sessions]
        return sorted(every, key=_trouble)[: self.limit]

    def as_data(self) -> dict[str, Any]:
        """Say it to a program."""
        rows = self.rows()
        return {
            "total": self.total,
            "shown": len(rows),
            "sessions": [{**_place(one), **_fields(row)} for one, row in rows],
            "notAsked": [{**_place(one), "why": one.why} for one in self.unasked],
        }

    def as_text(self) -> RenderableType:
        """Say it to a person."""
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        rows = self.rows()
        if rows:
            yield table(_HEADS, (_cells(one, row) for one, row in rows))
        else:
            yield Text(self._nothing())
        if (more := self.total - len(rows)) > 0:
            limit = min(self.total, MOST_SESSIONS)
            yield Text(f"{more} more of {self.total}: see them by --limit {limit}")
        for one in self.unasked:
            yield line(f"{one.namespace}/{one.pod} was not asked: {one.why}", style="red")

    def _nothing(self) -> str:
        count = len(self.asked) - len(self.unasked)
        if count == 0:
            return "nobody told what is open"
        if self.total:
            return "no session is shown"
        nodes = "the node" if count == 1 else f"all {count} nodes"
        which = {one.orchestrator for one in self.asked}
        name = f" {which.pop()}" if len(which) == 1 else ""
        return (
            f"no session is open on {nodes}: `podium explain --no-work{name}` "
            "tells what may keep gateways away"
        )


async def look(
    kube: PodKube, *, namespace: str | None, name: str | None, limit: int = _USUAL_LIMIT
) -> Listing:
    """Ask the nodes meant. Raises UnreadableError where there are none, or none may be asked."""
    pods = await node_pods(kube, namespace=namespace, name=name)
    if not pods:
        if name:
            await orchestrator(kube, namespace=namespace or "default", name=name)
            raise UnreadableError(f"{name} has no node pod: `podium status {name}` says why")
        raise UnreadableError(
            "no node runs here: look everywhere with -A, or apply an Orchestrator"
        )
    return Listing(await ask_nodes(kube, pods, limit=limit), limit)


def _trouble(pair: tuple[Asked, OpenSession]) -> tuple[int, int, float, str, str, str]:
    one, row = pair
    worst = (-(row.lost + row.failed), -row.late, -row.age_seconds)
    return (*worst, one.namespace, one.pod, row.stream)


def _place(one: Asked) -> dict[str, str]:
    return {"namespace": one.namespace, "orchestrator": one.orchestrator, "node": one.pod}


def _fields(row: OpenSession) -> dict[str, Any]:
    return row.model_dump(by_alias=True)


def _cells(one: Asked, row: OpenSession) -> tuple[str, ...]:
    last = row.segment_age_seconds
    counts = (row.done, row.late, row.lost, row.failed, row.pending)
    return (
        f"{one.namespace}/{one.pod}",
        row.stream,
        _age(row.age_seconds),
        *map(str, counts),
        "-" if last is None else _age(last),
        f"{row.source_pixels_per_second / 1e6:.1f} Mpx/s" if row.done else "-",
        row.load_class or "-",
    )


def _age(seconds: float) -> str:
    """Say an age as kubectl does: 12s, 5m3s, 2h10m, 3d4h."""
    whole = int(seconds)
    for unit, size, lower, part in (("d", 86_400, "h", 3600), ("h", 3600, "m", 60)):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // part}{lower}"
    return f"{whole // 60}m{whole % 60}s" if whole >= 60 else f"{whole}s"


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise argparse.ArgumentTypeError(f"{text!r} is no number: write 1 to {MOST_SESSIONS}")
    if not 0 < int(text) <= MOST_SESSIONS:
        raise argparse.ArgumentTypeError(f"{text} is out of bounds: write 1 to {MOST_SESSIONS}")
    return int(text)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "orchestrator", nargs="?", type=named, help="of this one; default: of all here"
    )
    parser.add_argument(
        "--limit", type=_limit, default=_USUAL_LIMIT, help=f"show so many ({_USUAL_LIMIT})"
    )
    add_scope_flag(parser)
    add_output_flag(parser)
    add_cluster_flags(parser)


async def _run(chosen: argparse.Namespace) -> Answer:
    namespace = scope(chosen)
    async with connected(chosen.kubeconfig) as kube:
        listing = await look(
            kube, namespace=namespace, name=chosen.orchestrator, limit=chosen.limit
        )
    status = int(bool(listing.unasked))
    if chosen.output != "text":
        return Answer(as_data(listing.as_data(), chosen.output), status=status)
    return Answer(listing.as_text(), status=status)


SESSIONS = Verb(
    name="sessions",
    help="what is open now, session by session; exits with 1 where a node cannot be asked",
    arguments=_arguments,
    run=_run,
)
