"""`podium doctor`: looks at the whole installation, one line each, with the fix."""

import argparse
import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from rich.text import Text

from podium_operator.api import names
from podium_operator.command.cluster import (
    UnreadableError,
    add_cluster_flags,
    add_scope_flag,
    connected,
)
from podium_operator.command.diagnosis import Finding, Level, Seen, diagnose
from podium_operator.command.nowork import called_addresses
from podium_operator.command.output import add_output_flag, as_data, table
from podium_operator.command.rights import missing_rights
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from podium_operator.kube.kinds import ORCHESTRATOR, Kind, kind_named

__all__ = ["DOCTOR", "look"]

_T = TypeVar("_T")

_NODE = Kind("Node", "", "v1", "nodes")
_SLICE = Kind("EndpointSlice", "discovery.k8s.io", "v1", "endpointslices")
_OPERATOR = f"{names.NAME_LABEL}=podium,{names.COMPONENT_LABEL}=operator"
_LEASE_NAME = "podium-operator"
_STYLES = {Level.GOOD: "green", Level.ODD: "yellow", Level.BAD: "bold red"}


async def look(kube: Kube, *, namespace: str | None, server: str, now: datetime) -> Seen:
    """Read what the checks need; what may not be read is kept as unseen."""
    unseen: dict[str, str] = {}

    async def allowed(subject: str, reading: Coroutine[Any, Any, _T]) -> _T | None:
        try:
            return await reading
        except UnauthenticatedError:
            raise
        except ForbiddenError as error:
            unseen[subject] = str(error)
            return None

    seen = Seen(now=now, server=server)
    try:
        found = await allowed("Orchestrators", _all(kube, ORCHESTRATOR, namespace))
    except NotFoundError:
        return replace(seen, has_resource=False)
    operators = await allowed("operator", _all(kube, kind_named("Deployment"), None, _OPERATOR))
    lacking = await allowed("rights", _lacking(kube, operators or ()))
    leases = await allowed("leader", _all(kube, kind_named("Lease"), None))
    nodes = await allowed("nodes", _all(kube, _NODE, None))
    slices = await allowed("addresses", _all(kube, _SLICE, namespace))
    return replace(
        seen,
        orchestrators=found or (),
        operators=operators,
        lacking=lacking,
        leases=leases and [one for one in leases if one["metadata"]["name"] == _LEASE_NAME],
        nodes=nodes,
        endpoints=_endpoints(slices or ()),
        unseen=unseen,
    )


async def _lacking(kube: Kube, operators: Iterable[Body]) -> dict[str, list[str]]:
    """Return what each operator may not do, by its place."""
    return {
        "{namespace}/{name}".format(**body["metadata"]): await missing_rights(kube, body)
        for body in operators
    }


async def _called(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
    """Return what came of asking at advertised addresses, by Orchestrator."""
    outcomes = await asyncio.gather(*(called_addresses(body) for body in bodies))
    places = ("{namespace}/{name}".format(**body["metadata"]) for body in bodies)
    return dict(zip(places, outcomes, strict=True))


async def _all(kube: Kube, kind: Kind, namespace: str | None, selector: str = "") -> list[Body]:
    return [body async for body in kube.list(kind, namespace, selector=selector)]


def _endpoints(slices: list[Body] | tuple[()]) -> dict[tuple[str, str], int]:
    """Count ready addresses by Service."""
    counts: dict[tuple[str, str], int] = {}
    for one in slices:
        meta = one["metadata"]
        service = (meta.get("labels") or {}).get("kubernetes.io/service-name")
        if service:
            ready = sum(
                (end.get("conditions") or {}).get("ready") is not False
                for end in one.get("endpoints") or ()
            )
            key = (meta["namespace"], service)
            counts[key] = counts.get(key, 0) + ready
    return counts


def _drawn(finding: Finding) -> tuple[Text, str, str, str]:
    level = Text(finding.level.value, style=_STYLES[finding.level])
    return level, finding.subject, finding.text, finding.fix


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_scope_flag(parser)
    add_output_flag(parser)
    add_cluster_flags(parser)


async def _findings(chosen: argparse.Namespace) -> list[Finding]:
    namespace = None if chosen.all_namespaces else chosen.namespace
    try:
        async with connected(chosen.kubeconfig) as kube:
            server = await kube.server_version()
            seen = await look(kube, namespace=namespace, server=server, now=datetime.now(UTC))
    except UnreadableError as error:
        return [Finding(Level.BAD, "cluster", error.what, error.fix)]
    return diagnose(replace(seen, called=await _called(seen.orchestrators)))


async def _run(chosen: argparse.Namespace) -> Answer:
    findings = await _findings(chosen)
    status = int(any(one.level is Level.BAD for one in findings))
    if chosen.output != "text":
        data = [
            {"level": one.level.value, "subject": one.subject, "text": one.text, "fix": one.fix}
            for one in findings
        ]
        return Answer(as_data(data, chosen.output), status=status)
    return Answer(
        table(("", "WHAT", "SEEN", "FIX"), map(_drawn, findings), wrapped=2), status=status
    )


DOCTOR = Verb(
    name="doctor",
    help="look for what is wrong with the installation; exits with 1 where something is",
    arguments=_arguments,
    run=_run,
)
