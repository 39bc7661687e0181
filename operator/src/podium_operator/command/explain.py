"""`podium explain ORCHESTRATOR`: why its pools have their sizes, by making the decision again.

With `--no-work`: what may keep gateways away.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from rich.console import Group

from podium_operator.api import names
from podium_operator.archive import DECISION_KEY
from podium_operator.command.cluster import (
    UnreadableError,
    add_cluster_flags,
    connected,
    named,
    orchestrator,
)
from podium_operator.command.explanation import Explanation, explained
from podium_operator.command.nowork import causes
from podium_operator.command.output import add_output_flag, as_data
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Kube
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named
from podium_operator.scaling.recording import LONGEST_RECORD, Recording, RecordingError, read

__all__ = ["EXPLAIN", "explain", "explain_settled"]

# A decision's record follows its status, at most once in five seconds (archive.py).
_LOOKS: Final = 10
_PAUSE_SECONDS: Final = 1.0


async def explain(kube: Kube, name: str, *, namespace: str) -> Explanation:
    """Read an Orchestrator's last recorded decision and make it again.

    Raises UnreadableError where there is none, or where it cannot be read.
    """
    body = await orchestrator(kube, namespace=namespace, name=name)
    try:
        kept = await kube.get(kind_named("ConfigMap"), namespace, names.scaling_name(name))
    except NotFoundError:
        kept = {}
    text = (kept.get("data") or {}).get(DECISION_KEY) or ""
    if not text:
        fix = f"ask again in a few seconds, or see what hinders it: `podium status {name}`"
        raise UnreadableError(f"{name} has no recorded decision yet", fix=fix)
    return explained(_read(text), title=f"{namespace}/{name}", status=body.get("status"))


async def explain_settled(kube: Kube, name: str, *, namespace: str) -> Explanation:
    """Explain, and ask again for ten seconds while record and status are of two decisions."""
    explanation = await explain(kube, name, namespace=namespace)
    for _ in range(_LOOKS):
        if not explanation.is_between:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        explanation = await explain(kube, name, namespace=namespace)
    return explanation


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("orchestrator", nargs="?", type=named, help="its name")
    parser.add_argument(
        "--no-work",
        action="store_true",
        help="what may keep gateways away, of all here where none is named; "
        "exits with 1 where something does",
    )
    add_output_flag(parser)
    parser.add_argument("--record", help="a record's file instead of a cluster; - reads stdin")
    add_cluster_flags(parser)


async def _run(chosen: argparse.Namespace) -> Answer:
    if chosen.no_work:
        return await _run_no_work(chosen)
    if chosen.record:
        explanation = explained(_read(_from_file(chosen.record)), title=chosen.record)
    elif chosen.orchestrator:
        async with connected(chosen.kubeconfig) as kube:
            explanation = await explain_settled(
                kube, chosen.orchestrator, namespace=chosen.namespace
            )
    else:
        raise UnreadableError(
            "nothing to explain: name an Orchestrator, or a file by --record; "
            "--no-work tells what may keep gateways away"
        )
    is_text = chosen.output == "text"
    text = explanation.as_text() if is_text else as_data(explanation.as_data(), chosen.output)
    return Answer(text, status=int(bool(explanation.differences)))


async def _run_no_work(chosen: argparse.Namespace) -> Answer:
    if chosen.record:
        raise UnreadableError("--no-work asks a cluster: leave --record out")
    async with connected(chosen.kubeconfig) as kube:
        every = await causes(kube, namespace=chosen.namespace, name=chosen.orchestrator)
    status = int(any(one.keeps_work_away for one in every))
    if chosen.output == "text":
        return Answer(Group(*(one.as_text() for one in every)), status=status)
    data = [one.as_data() for one in every]
    return Answer(as_data(data[0] if chosen.orchestrator else data, chosen.output), status=status)


def _read(text: str) -> Recording:
    try:
        return read(text)
    except RecordingError as error:
        what_it_is = (
            f"a record is what the ConfigMap <orchestrator>-scaling holds as {DECISION_KEY}"
        )
        raise UnreadableError(f"{error}; {what_it_is}") from error


def _from_file(path: str) -> str:
    try:
        with sys.stdin if path == "-" else Path(path).open(encoding="utf-8") as file:
            return file.read(LONGEST_RECORD + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path} cannot be read: {error}") from error


EXPLAIN = Verb(
    name="explain",
    help="why pools have their sizes: the last decision, made again; --no-work: why nobody comes",
    arguments=_arguments,
    run=_run,
)
