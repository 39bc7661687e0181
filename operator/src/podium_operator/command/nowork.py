"""`podium explain --no-work`: why there may be no work, by the checks of the live page.

The page's checks look at what the leader knows; here they look at what the object tells, what its
nodes answer, and what comes of asking at its advertised address from where the verb runs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from podium_operator.api.v1alpha1 import parse
from podium_operator.command.cluster import UnreadableError
from podium_operator.command.nodes import Asked, ask_nodes, node_pods
from podium_operator.command.output import line, table
from podium_operator.command.status import orchestrators
from podium_operator.endpoint_call import Answer as Called, ask
from podium_operator.errors import PodiumError
from podium_operator.kube.client import Body
from podium_operator.kube.pods import PodKube
from podium_operator.live.nowork import Reason, Seen, reasons
from podium_operator.load import LoadBook, LoadView
from podium_operator.reachability import advertised_addresses

__all__ = ["Call", "Causes", "called_addresses", "causes", "load_of"]

_PATIENCE_SECONDS: Final = 5.0
_MOST_ADDRESSES: Final = 16
_VERDICTS: Final = {
    True: ("ok", "green"),
    False: ("FAIL", "bold red"),
    None: ("?", "yellow"),
}

Call = Callable[[str], Awaitable[Called]]


@dataclass(frozen=True, slots=True)
class Causes:
    """Every check of one Orchestrator."""

    namespace: str
    name: str
    reasons: Sequence[Reason]

    @property
    def keeps_work_away(self) -> bool:
        """Whether a check says that something does; what nobody knows is no such thing."""
        return any(one.holds is False for one in self.reasons)

    def as_data(self) -> dict[str, Any]:
        """Say it to a program."""
        return {
            "orchestrator": f"{self.namespace}/{self.name}",
            "keepsWorkAway": self.keeps_work_away,
            "reasons": [asdict(one) for one in self.reasons],
        }

    def as_text(self) -> RenderableType:
        """Say it to a person."""
        rows = ((_verdict(one), one.check, one.text) for one in self.reasons)
        return Group(line(f"{self.namespace}/{self.name}: {self._verdict}"), table(_HEADS, rows))

    @property
    def _verdict(self) -> str:
        away = [one.check for one in self.reasons if one.holds is False]
        if away:
            return f"work is kept away: {', '.join(dict.fromkeys(away))}"
        unknown = sum(one.holds is None for one in self.reasons)
        rest = f", {unknown} cannot be told" if unknown else ""
        return f"nothing that is measured keeps work away{rest}"


_HEADS: Final = ("", "CHECK", "SEEN")


async def _called(address: str) -> Called:
    return await ask(address, timeout_seconds=_PATIENCE_SECONDS)


async def causes(
    kube: PodKube, *, namespace: str, name: str | None, call: Call = _called
) -> list[Causes]:
    """Make the checks of one Orchestrator, or of all in a namespace. Raises UnreadableError."""
    bodies = await orchestrators(kube, namespace=namespace, name=name)
    if not bodies:
        raise UnreadableError(f"no Orchestrator in namespace {namespace!r}: name another by -n")
    return [await _of_one(kube, body, call) for body in bodies]


def load_of(asked: Sequence[Asked]) -> LoadView:
    """Sum up what nodes told, as the operator would."""
    book, told = LoadBook(), [one.told for one in asked if one.told]
    for one in told:
        book.take(one.load, now=0.0)
    return replace(book.view(now=0.0), refused=sum(one.refused_lately for one in told))


async def _of_one(kube: PodKube, body: Body, call: Call) -> Causes:
    meta = body["metadata"]
    namespace, name = str(meta["namespace"]), str(meta["name"])
    asked = await _nodes(kube, namespace, name)
    seen = Seen(
        spec=body.get("spec") or {},
        conditions=(body.get("status") or {}).get("conditions") or (),
        load=load_of(asked),
        endpoints=await called_addresses(body, call),
    )
    return Causes(namespace, name, [*reasons(seen), *_silent(asked)])


async def _nodes(kube: PodKube, namespace: str, name: str) -> list[Asked]:
    """Ask its nodes; one that may not be asked is a thing that nobody knows, no failure."""
    try:
        return await ask_nodes(kube, await node_pods(kube, namespace=namespace, name=name), limit=0)
    except PodiumError as error:
        return [Asked(namespace, name, "nodes", why=str(error))]


def _silent(asked: Sequence[Asked]) -> list[Reason]:
    if not asked:
        return [Reason("nodes", holds=False, text="there is no node pod that gateways could reach")]
    return [Reason("nodes", None, f"{one.pod}: {one.why}") for one in asked if one.told is None]


async def called_addresses(body: Mapping[str, Any], call: Call = _called) -> dict[str, str]:
    """Ask at addresses that are told to the world; those of the cluster mean nothing elsewhere."""
    if not ((body.get("spec") or {}).get("node") or {}).get("advertisedAddress"):
        return {}
    try:
        addresses = advertised_addresses(parse(body))[:_MOST_ADDRESSES]
    except PodiumError:
        return {}  # the condition Ready tells what is wrong with the spec
    answers = await asyncio.gather(*map(call, addresses))
    return {
        address: "ok" if answer.is_reachable else answer.outcome.value
        for address, answer in zip(addresses, answers, strict=True)
    }


def _verdict(one: Reason) -> Text:
    word, style = _VERDICTS[one.holds]
    return Text(word, style=style)
