"""What a person asks of `up`: how many nodes, and what each is to look like.

Pure. Every option is written `NODE:VALUE`, such as `node-1:tier=gpu`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.devcluster.errors import ClusterError
from tests.devcluster.layout import node_name

__all__ = ["MAXIMUM_NODES", "NodeRequest", "Request", "Taint", "build_request"]

MAXIMUM_NODES = 4
MAXIMUM_PRETENDED = 1000
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True)
class Taint:
    """A node's taint, as Kubernetes spells it."""

    key: str
    value: str
    effect: str

    def manifest(self) -> dict[str, str]:
        return {"key": self.key, "value": self.value, "effect": self.effect}


@dataclass(frozen=True, slots=True)
class NodeRequest:
    """One real node: a kubelet and a containerd of its own. `gpus` are pretended."""

    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """Real nodes, and nodes whose pods only exist (kwok), for scale.

    `hpa_sync_seconds`: how often HPAs look; Kubernetes' own default is 15.
    """

    nodes: tuple[NodeRequest, ...] = (NodeRequest(),)
    pretended_nodes: int = 0
    hpa_sync_seconds: int = 2


def build_request(
    count: int = 1,
    *,
    labels: Iterable[str] = (),
    taints: Iterable[str] = (),
    gpus: Iterable[str] = (),
    pretended_nodes: int = 0,
) -> Request:
    """Read the options of `up`; ClusterError names the one that is wrong and how to write it."""
    if not 1 <= count <= MAXIMUM_NODES:
        raise ClusterError(f"--nodes {count}: ask for 1 to {MAXIMUM_NODES}")
    if not 0 <= pretended_nodes <= MAXIMUM_PRETENDED:
        raise ClusterError(f"--kwok {pretended_nodes}: ask for 0 to {MAXIMUM_PRETENDED}")
    label_of = _by_node("--label", labels, count)
    taint_of = _by_node("--taint", taints, count)
    gpu_of = _by_node("--fake-gpu", gpus, count)
    nodes = tuple(
        NodeRequest(
            labels=dict(_label(text) for text in label_of[index]),
            taints=tuple(_taint(text) for text in taint_of[index]),
            gpus=sum(_number(text) for text in gpu_of[index]),
        )
        for index in range(count)
    )
    return Request(nodes, pretended_nodes)


def _by_node(option: str, values: Iterable[str], count: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(count)]
    indexes = {node_name(index): index for index in range(count)}
    for value in values:
        name, colon, rest = value.partition(":")
        if not colon or name not in indexes:
            names = ", ".join(indexes)
            raise ClusterError(f"{option} {value!r}: write NODE:VALUE with NODE one of {names}")
        found[indexes[name]].append(rest)
    return found


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ClusterError(f"--label {text!r}: write NODE:KEY=VALUE")
    return key, value


def _taint(text: str) -> Taint:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    if not key or effect not in _EFFECTS:
        effects = ", ".join(_EFFECTS)
        raise ClusterError(f"--taint {text!r}: write NODE:KEY[=VALUE]:EFFECT, EFFECT of {effects}")
    return Taint(key, value, effect)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 64:
        raise ClusterError(f"--fake-gpu {text!r}: write NODE:COUNT, COUNT from 1 to 64")
    return int(text)
