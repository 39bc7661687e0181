"""The chain's keeper beside the Orchestrator's, begun only where there is a chain to keep."""

__all__ = ["keep_beside"]

import asyncio
from typing import TYPE_CHECKING

from podium_operator.chain.mail import Mail
from podium_operator.surroundings import Surroundings

if TYPE_CHECKING:
    from podium_operator.chain.keeper import ChainKeeper


async def keep_beside(mail: Mail, around: Surroundings) -> None:
    """Keep the chain side until cancelled; lost leadership ends it by an error."""
    try:
        await mail.concerned()
        keeper = await asyncio.to_thread(_load)  # codecs and curves take a second to import
        await keeper(mail, around).run()
    finally:
        around.claims.withdraw(mail.body)


def _load() -> "type[ChainKeeper]":
    from podium_operator.chain.keeper import ChainKeeper  # noqa: PLC0415 - off-chain never needs it

    return ChainKeeper
