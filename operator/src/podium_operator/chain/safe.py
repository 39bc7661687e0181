"""What waits for a signature elsewhere, as a file for a Safe's transaction builder. Pure."""

__all__ = ["safe_transaction"]

import json
from collections.abc import Iterable

from podium_operator.chain.model import Intent, IntentState


def safe_transaction(intents: Iterable[Intent], *, chain_id: int) -> str:
    """Return the builder's JSON over all that awaits a signature, in order; "" where none does."""
    waiting = [one for one in intents if one.state is IntentState.AWAITING_SIGNATURE]
    if not waiting:
        return ""
    body = {
        "version": "1.0",
        "chainId": str(chain_id),
        "createdAt": 1000 * max(one.at for one in waiting),
        "meta": {
            "name": "Podium",
            "description": "; ".join(f"{one.kind}: {one.why}" for one in waiting),
        },
        "transactions": [
            {
                "to": one.to,
                "value": str(one.value_wei),
                "data": one.data,
                "contractMethod": None,
                "contractInputsValues": None,
            }
            for one in waiting
        ],
    }
    return json.dumps(body, separators=(",", ":"))
