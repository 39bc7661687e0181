"""The chain in words and tables, from status alone. Pure."""

__all__ = ["calldata_of", "conditions_in", "is_bad", "ledger_of", "plan_of", "status_of"]

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType

from podium_operator.api.conditions import CHAIN_CONDITIONS
from podium_operator.command.output import good_or_bad, line, table
from podium_operator.kube.client import Body

_MUST_HOLD: Final = {"RewardCalled", "Funded", "RpcHealthy"}


def conditions_in(body: Body) -> list[dict[str, Any]]:
    """Return the chain's conditions, in a fixed order."""
    shown = (body.get("status") or {}).get("conditions") or ()
    return sorted(
        (dict(one) for one in shown if one.get("type") in CHAIN_CONDITIONS),
        key=lambda one: str(one["type"]),
    )


def is_bad(conditions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether money is at stake: no reward, no gas, or no way to the chain."""
    return any(one["type"] in _MUST_HOLD and one["status"] == "False" for one in conditions)


def status_of(chain: Mapping[str, Any], conditions: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Say how it stands."""
    verdicts = table(
        ("CONDITION", "STATUS", "REASON", "MESSAGE"),
        (
            (one["type"], good_or_bad(one["status"]), one["reason"], one.get("message", ""))
            for one in conditions
        ),
    )
    return Group(*map(line, _lines(chain)), line(""), verdicts)


def plan_of(chain: Mapping[str, Any]) -> RenderableType:
    """Say what is done next, and list every intent."""
    intents = chain.get("intents") or ()
    head = line(f"next: {chain.get('plan') or 'nothing'}")
    rows = (
        (one["id"], one["kind"], one["state"], str(one.get("round", "")), _why(one))
        for one in intents
    )
    return Group(head, table(("ID", "KIND", "STATE", "ROUND", "WHY"), rows)) if intents else head


def calldata_of(intents: Sequence[Mapping[str, Any]], *, chain_id: int) -> str:
    """Return what a cold key signs, as JSON: one object for each intent, in order."""
    listed = [
        {
            "id": one["id"],
            "kind": one["kind"],
            "why": one.get("why", ""),
            "chainId": chain_id,
            "from": one.get("sender", ""),
            "to": one.get("to", ""),
            "value": one.get("valueWei", "0"),
            "data": one.get("data", "0x"),
        }
        for one in intents
    ]
    return json.dumps(listed, indent=2)


def ledger_of(text: str, *, as_csv: bool) -> RenderableType:
    """Show the accounts that are kept as CSV, as they are or as a table."""
    if as_csv or not text:
        return text.rstrip("\n") or "no round has been accounted for yet"
    head, *rows = csv.reader(io.StringIO(text))
    return table([word.upper() for word in head], rows)


def _lines(chain: Mapping[str, Any]) -> Iterator[str]:
    yield f"{chain.get('stage') or 'not read yet'}, round {chain.get('round', 0)}"
    yield f"  reward {chain.get('reward') or '-'}, {chain.get('roundLeft') or '-'} left"
    if (missed := chain.get("missedRound")) is not None:
        yield f"  round {missed} was lost"
    yield f"  next: {chain.get('plan') or 'nothing'}"
    yield f"  endpoints that answer: {chain.get('rpc') or '-'}"
    account = chain.get("account") or {}
    if account:
        yield f"  stake {account.get('totalLpt')} LPT, its own {account.get('selfLpt')} LPT"
        yield f"  fees to withdraw {account.get('feesEth')} ETH"
        yield (
            f"  keeps {account.get('rewardCutPercent', 0):g} % of rewards and "
            f"{account.get('feeCutPercent', 0):g} % of fees"
        )
        yield f"  service URI {account.get('serviceURI') or 'none'}"
    for key in chain.get("keys") or ():
        signer = key.get("signer") or "none"
        yield f"  {key['role']} {key['address']}: {key.get('balanceEth')} ETH, signs by {signer}"


def _why(intent: Mapping[str, Any]) -> str:
    said = intent.get("message") or ""
    return f"{intent.get('why', '')}{f' — {said}' if said else ''}"
