"""What is wrong with an installation, and what mends it: checks over what was seen. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from podium_operator.command.standing import Standing, standing

__all__ = ["Finding", "Level", "Seen", "diagnose"]

GPU_RESOURCE: Final = "nvidia.com/gpu"
_ESSENTIAL: Final = "Orchestrators"
_SHOWN: Final = 4


class Level(StrEnum):
    """How bad it is; only BAD makes the verb fail."""

    GOOD = "ok"
    ODD = "warn"
    BAD = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was seen, and what to do."""

    level: Level
    subject: str
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read; `unseen` tells what could not be, by subject.

    leases, operators, nodes: None where they could not be read. now: the reader's clock, UTC.
    lacking: rights by operator, None where that could not be asked. called: what came of asking at
    each advertised address, by Orchestrator.
    """

    now: datetime
    server: str = ""
    has_resource: bool = True
    orchestrators: Sequence[Mapping[str, Any]] = ()
    operators: Sequence[Mapping[str, Any]] | None = None
    leases: Sequence[Mapping[str, Any]] | None = None
    nodes: Sequence[Mapping[str, Any]] | None = None
    endpoints: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, Sequence[str]] | None = None
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def diagnose(seen: Seen) -> list[Finding]:
    """Make every check; a check that has nothing to look at says nothing."""
    return [finding for check in _CHECKS for finding in check(seen)]


def _server(seen: Seen) -> Iterator[Finding]:
    yield Finding(Level.GOOD, "cluster", f"Kubernetes {seen.server} answers")
    for subject, why in seen.unseen.items():
        level = Level.BAD if subject == _ESSENTIAL else Level.ODD
        yield Finding(level, subject, f"not looked at: {why}", "ask with more rights")


def _resource(seen: Seen) -> Iterator[Finding]:
    if _ESSENTIAL in seen.unseen:
        return
    if seen.has_resource:
        yield Finding(Level.GOOD, "CRD", "orchestrators.podium.video is known")
        return
    yield Finding(
        Level.BAD,
        "CRD",
        "the API server does not know orchestrators.podium.video",
        "install the chart, or: podium-operator crds | kubectl apply --server-side -f -",
    )


def _operator(seen: Seen) -> Iterator[Finding]:
    if seen.operators is None:
        return
    if not seen.operators:
        yield Finding(
            Level.BAD, "operator", "no Deployment of it was found", "docs/install.md says how"
        )
    for body in seen.operators:
        where = "{namespace}/{name}".format(**body["metadata"])
        ready = int((body.get("status") or {}).get("readyReplicas") or 0)
        wanted = int(body["spec"].get("replicas") or 0)
        if ready:
            yield Finding(Level.GOOD, "operator", f"{where}: {ready} of {wanted} ready")
            continue
        fix = f"kubectl -n {body['metadata']['namespace']} describe pods, and their logs"
        yield Finding(Level.BAD, "operator", f"{where}: none of {wanted} is ready", fix)


def _rights(seen: Seen) -> Iterator[Finding]:
    for where, lacking in (seen.lacking or {}).items():
        if lacking:
            more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
            text = f"{where} may not {', '.join(lacking[:_SHOWN])}{more}"
            fix = "upgrade the chart with the image, or widen its roles"
            yield Finding(Level.BAD, "rights", text, fix)
        else:
            yield Finding(Level.GOOD, "rights", f"{where} may do all that it needs to")


def _leader(seen: Seen) -> Iterator[Finding]:
    if seen.operators and seen.leases is not None and not seen.leases:
        fix = "see the operator's logs: it says why"
        yield Finding(Level.BAD, "leader", "no operator has ever led", fix)
    for body in seen.leases or ():
        spec = body.get("spec") or {}
        holder, renewed = spec.get("holderIdentity"), str(spec.get("renewTime") or "")
        if not holder or not renewed:
            yield Finding(
                Level.BAD, "leader", "no operator leads", "see the operator's logs: it says why"
            )
            continue
        age = (seen.now - datetime.fromisoformat(renewed)).total_seconds()
        limit = 2 * float(spec.get("leaseDurationSeconds") or 15)
        if age > limit:
            yield Finding(
                Level.BAD,
                "leader",
                f"{holder} has not renewed its lease for {age:.0f} s",
                "is it running, and are the clocks of this machine and the cluster right?",
            )
            continue
        yield Finding(Level.GOOD, "leader", f"{holder}")


def _orchestrators(seen: Seen) -> Iterator[Finding]:
    if seen.has_resource and not seen.orchestrators and _ESSENTIAL not in seen.unseen:
        yield Finding(Level.ODD, "Orchestrators", "there are none", "apply one: docs/install.md")
    for body in seen.orchestrators:
        one = standing(body)
        subject = f"{one.namespace}/{one.name}"
        generation = int(body["metadata"].get("generation") or 0)
        if int(one.status.get("observedGeneration") or 0) < generation:
            yield Finding(
                Level.BAD,
                subject,
                "no operator has carried out its newest spec",
                "does an operator run, and does its scope include this namespace?",
            )
        if one.status and one.ready != "True":
            fix = f"podium logs {one.name} -n {one.namespace}"
            yield Finding(Level.BAD, subject, one.why, fix)
        elif one.status:
            yield Finding(Level.GOOD, subject, "ready")
        yield from _turned(one)


# A condition's healthy status, and what to do where it is another.
_HEALTHY: Final[Mapping[str, tuple[str, str]]] = {
    "Degraded": ("False", "podium explain {name} -n {namespace}"),
    "DevicesHealthy": ("True", "podium pools {name} -n {namespace}; docs/runbooks/DeviceFailed.md"),
    "RpcHealthy": ("True", "mend or replace what spec.chain.rpc names"),
    "Funded": ("True", "send ETH to the account of: podium chain status {name} -n {namespace}"),
    "RewardCalled": ("True", "podium chain plan {name} -n {namespace} says what it waits for"),
    "CutInSync": ("True", "podium chain plan {name} -n {namespace} says what it waits for"),
}


def _turned(of: Standing) -> Iterator[Finding]:
    for one in of.status.get("conditions") or ():
        healthy, fix = _HEALTHY.get(str(one.get("type")), ("", ""))
        if healthy and one.get("status") not in {healthy, "Unknown"}:
            text = f"{one.get('type')} {one.get('reason')}: {one.get('message')}"
            fix = fix.format(name=of.name, namespace=of.namespace)
            yield Finding(Level.ODD, f"{of.namespace}/{of.name}", text, fix)


def _gpus(seen: Seen) -> Iterator[Finding]:
    wanting = [
        f"{body['metadata']['namespace']}/{body['metadata']['name']}"
        for body in seen.orchestrators
        if any(_hardware(pool) == "nvidia" for pool in body["spec"].get("pools") or ())
    ]
    if not wanting or seen.nodes is None:
        return
    gpus = sum(
        int((node.get("status") or {}).get("allocatable", {}).get(GPU_RESOURCE) or 0)
        for node in seen.nodes
    )
    if gpus:
        yield Finding(Level.GOOD, "GPUs", f"{gpus} of {GPU_RESOURCE} on {len(seen.nodes)} nodes")
        return
    yield Finding(
        Level.BAD,
        "GPUs",
        f"{', '.join(wanting)} want {GPU_RESOURCE}, and no node offers any",
        "install NVIDIA's device plugin on the GPU nodes, or the GPU operator",
    )


def _addresses(seen: Seen) -> Iterator[Finding]:
    for body in seen.orchestrators:
        meta = body["metadata"]
        ready = seen.endpoints.get((meta["namespace"], meta["name"]))
        if ready == 0:
            yield Finding(
                Level.BAD,
                f"{meta['namespace']}/{meta['name']}",
                "its Service leads to no ready node: gateways reach nobody",
                f"podium logs {meta['name']} --part node -n {meta['namespace']}",
            )


def _reached(seen: Seen) -> Iterator[Finding]:
    for subject, outcomes in seen.called.items():
        for address, outcome in outcomes.items():
            if outcome == "ok":
                yield Finding(Level.GOOD, subject, f"{address} answers from here")
                continue
            text = f"{address} does not answer from here: {outcome}"
            yield Finding(Level.ODD, subject, text, "docs/runbooks/EndpointUnreachable.md")


def _hardware(pool: Mapping[str, Any]) -> str:
    return str((pool.get("hardware") or {}).get("type") or "")


_CHECKS: Final[tuple[Callable[[Seen], Iterator[Finding]], ...]] = (
    _server,
    _resource,
    _operator,
    _rights,
    _leader,
    _orchestrators,
    _gpus,
    _addresses,
    _reached,
)
