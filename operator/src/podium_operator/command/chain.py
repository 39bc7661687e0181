"""`podium chain`: what stands on chain, what is planned, what waits for whom; approves and prints.

It reads status and writes one annotation. It has no key, asks no chain, and sends nothing.
"""

__all__ = ["CHAIN", "approve"]

import argparse
import getpass
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from podium_operator.api import names
from podium_operator.command import chain_words
from podium_operator.command.cluster import (
    UnreadableError,
    add_cluster_flags,
    connected,
    named,
    orchestrator,
)
from podium_operator.command.output import add_output_flag, as_data
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named

_WAITING: Final = "AwaitingApproval"


@dataclass(frozen=True, slots=True)
class _Ask:
    """One word behind `podium chain`."""

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Kube, Body, argparse.Namespace], Coroutine[Any, Any, Answer]]


async def approve(kube: Kube, body: Body, ids: Sequence[str]) -> tuple[str, ...]:
    """Approve intents that wait for it; returns their ids. Raises UnreadableError for others."""
    waiting = {one["id"] for one in _intents(body) if one.get("state") == _WAITING}
    wanted = tuple(ids) or tuple(sorted(waiting))
    for one in wanted:
        if one not in waiting:
            listed = ", ".join(sorted(waiting)) or "nothing"
            raise UnreadableError(f"{one!r} does not wait for approval: {listed} does")
    if not wanted:
        return ()
    meta = body["metadata"]
    before = (meta.get("annotations") or {}).get(names.APPROVE_ANNOTATION, "")
    # Old ones are left out: an id that no longer waits needs no approval.
    kept = [one for one in before.replace(",", " ").split() if one in waiting]
    value = ",".join(dict.fromkeys((*kept, *wanted)))
    identity = {key: meta[key] for key in ("namespace", "name", "uid")}
    await kube.apply(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": identity | {"annotations": {names.APPROVE_ANNOTATION: value}},
        },
        manager=f"podium-{_who()}"[:128],
    )
    return wanted


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unnamed"


def _chain(body: Body) -> dict[str, Any]:
    chain = (body.get("status") or {}).get("chain")
    if not chain:
        name = body["metadata"]["name"]
        raise UnreadableError(
            f"{name} shows nothing of a chain: set spec.chain, or ask again in a minute"
        )
    return dict(chain)


def _intents(body: Body) -> list[dict[str, Any]]:
    return list(_chain(body).get("intents") or ())


async def _status(_kube: Kube, body: Body, chosen: argparse.Namespace) -> Answer:
    chain = _chain(body)
    conditions = chain_words.conditions_in(body)
    if chosen.output != "text":
        return Answer(as_data({"chain": chain, "conditions": conditions}, chosen.output))
    return Answer(
        chain_words.status_of(chain, conditions), status=int(chain_words.is_bad(conditions))
    )


async def _plan(_kube: Kube, body: Body, chosen: argparse.Namespace) -> Answer:
    chain = _chain(body)
    if chosen.output != "text":
        return Answer(as_data(chain.get("intents") or [], chosen.output))
    return Answer(chain_words.plan_of(chain))


async def _approve(kube: Kube, body: Body, chosen: argparse.Namespace) -> Answer:
    if not chosen.intents and not chosen.all:
        raise UnreadableError("name an intent of `podium chain plan`, or approve --all")
    approved = await approve(kube, body, chosen.intents)
    return Answer(f"approved: {', '.join(approved)}" if approved else "nothing waits for approval")


async def _calldata(_kube: Kube, body: Body, chosen: argparse.Namespace) -> Answer:
    chain = _chain(body)
    if chosen.safe:
        text = chain.get("safeTransaction") or ""
        if not text:
            raise UnreadableError("nothing waits for a signature elsewhere")
        return Answer(text)
    named = [one for one in _intents(body) if chosen.intent in {None, one["id"]}]
    shown = [one for one in named if chosen.intent or one.get("state") == "AwaitingSignature"]
    if not shown:
        what = f"no intent {chosen.intent!r}" if chosen.intent else "nothing waits for a signature"
        raise UnreadableError(f"{what}: `podium chain plan` lists them all")
    return Answer(chain_words.calldata_of(shown, chain_id=int(chain.get("chainId") or 0)))


async def _ledger(kube: Kube, body: Body, chosen: argparse.Namespace) -> Answer:
    meta = body["metadata"]
    books = kind_named("ConfigMap"), meta["namespace"], names.chain_name(meta["name"])
    try:
        kept = await kube.get(*books)
    except NotFoundError as error:
        fix = "an Orchestrator without spec.chain has none; others have from their first round on"
        raise UnreadableError(f"{meta['name']} keeps no books yet", fix=fix) from error
    text = str((kept.get("data") or {}).get(names.LEDGER_KEY) or "")
    return Answer(chain_words.ledger_of(text, as_csv=chosen.csv))


def _approvals(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("intents", nargs="*", help="their ids")
    parser.add_argument("--all", action="store_true", help="everything that waits for it now")


def _what_to_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("intent", nargs="?", help="its id; default: all that await a signature")
    parser.add_argument("--safe", action="store_true", help="as a file for a Safe")


def _form(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", action="store_true", help="comma-separated, in base units")


_ASKS: Final = {
    "status": _Ask("stake, round, reward, keys and conditions", add_output_flag, _status),
    "plan": _Ask("every transaction that is planned, on its way or recent", add_output_flag, _plan),
    "approve": _Ask("allow transactions that wait for a person", _approvals, _approve),
    "calldata": _Ask("what to sign elsewhere: to, value and data", _what_to_sign, _calldata),
    "ledger": _Ask("accounts by round: stake, rewards, fees and gas", _form, _ledger),
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    asks = parser.add_subparsers(required=True, dest="ask", metavar="WHAT")
    for word, ask in _ASKS.items():
        sub = asks.add_parser(word, help=ask.help, description=ask.help)
        sub.add_argument("orchestrator", type=named, help="its name")
        ask.arguments(sub)
        add_cluster_flags(sub)


async def _run(chosen: argparse.Namespace) -> Answer:
    async with connected(chosen.kubeconfig) as kube:
        body = await orchestrator(kube, namespace=chosen.namespace, name=chosen.orchestrator)
        return await _ASKS[chosen.ask].run(kube, body, chosen)


CHAIN = Verb(
    name="chain",
    help="what an Orchestrator is and does on chain; approve, or sign elsewhere",
    arguments=_arguments,
    run=_run,
)
