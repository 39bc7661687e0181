"""What leaves for the cold address: matured stake, fees, LPT and ether above their bounds.

Nothing here names any other address, and nothing is swept that the self-bond still lacks or that
gas needs.
"""

__all__ = ["sweep_wishes"]

from collections.abc import Sequence
from typing import Final

from podium_operator.chain import calls
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import IntentKind, Sweep
from podium_operator.chain.registration import stake_missing
from podium_operator.chain.wants import Scene, Want, Wish

_NOBODY: Final = "0x" + "0" * 40
_HEADROOM: Final = 3


def sweep_wishes(scene: Scene) -> Sequence[Wish]:
    """One want per bound that is passed; none to nobody and none to the identity itself."""
    sweep = scene.terms.sweep
    if sweep is None or sweep.to in {"", _NOBODY, scene.terms.orchestrator}:
        return ()
    return (
        *_matured(scene, sweep),
        *_fees(scene, sweep),
        *_lpt(scene, sweep),
        *_ether(scene, sweep),
    )


def _matured(scene: Scene, sweep: Sweep) -> Sequence[Want]:
    if sweep.lpt_above is None:
        return ()
    ripe = [
        lock
        for lock in scene.transcoder.unbonding_locks
        if lock.amount > 0 and 0 < lock.withdraw_round <= scene.round.number
    ]
    return tuple(
        Want(
            kind=IntentKind.WITHDRAW_STAKE,
            goal=f"unbonding lock {lock.id} withdrawn",
            why=f"{lock.amount} base units of LPT are free since round {lock.withdraw_round}",
            sender=scene.terms.orchestrator,
            to="BondingManager",
            data=calls.withdraw_stake(lock.id),
            gas=GAS[IntentKind.WITHDRAW_STAKE],
            amount=lock.amount,
            held=_unless_begun(scene),
        )
        for lock in ripe
    )


def _fees(scene: Scene, sweep: Sweep) -> Sequence[Want]:
    fees = scene.transcoder.pending_fees
    if sweep.fees_above_wei is None or fees <= sweep.fees_above_wei:
        return ()
    return (
        Want(
            kind=IntentKind.WITHDRAW_FEES,
            goal=f"fees above {sweep.fees_above_wei} to {sweep.to}",
            why=f"{fees} wei of fees are waiting",
            sender=scene.terms.orchestrator,
            to="BondingManager",
            data=calls.withdraw_fees(sweep.to, fees),
            gas=GAS[IntentKind.WITHDRAW_FEES],
            amount=fees,
            held=_unless_begun(scene),
        ),
    )


def _lpt(scene: Scene, sweep: Sweep) -> Sequence[Want]:
    registration = scene.terms.registration
    missing = stake_missing(scene, registration) if registration is not None else 0
    free = scene.state.lpt_balance - missing
    if sweep.lpt_above is None or free <= max(0, sweep.lpt_above):
        return ()
    return (
        Want(
            kind=IntentKind.TRANSFER_LPT,
            goal=f"LPT above {sweep.lpt_above} to {sweep.to}",
            why=f"{free} base units of LPT lie unbonded",
            sender=scene.terms.orchestrator,
            to="LivepeerToken",
            data=calls.transfer_lpt(sweep.to, free),
            gas=GAS[IntentKind.TRANSFER_LPT],
            amount=free,
        ),
    )


def _ether(scene: Scene, sweep: Sweep) -> Sequence[Want]:
    balance = scene.balance(scene.terms.orchestrator)
    if sweep.eth_above_wei is None or balance <= sweep.eth_above_wei:
        return ()
    gas = GAS[IntentKind.TRANSFER_ETH]
    kept = max(sweep.keep_wei, scene.terms.gas.floor_wei)
    value = balance - kept - gas * max(1, scene.state.base_fee_wei) * _HEADROOM
    if value <= 0:
        return ()
    return (
        Want(
            kind=IntentKind.TRANSFER_ETH,
            goal=f"ether above {sweep.eth_above_wei} to {sweep.to}",
            why=f"{balance} wei lie in the account",
            sender=scene.terms.orchestrator,
            to=sweep.to,
            data="0x",
            gas=gas,
            value_wei=value,
            amount=value,
        ),
    )


def _unless_begun(scene: Scene) -> str:
    return "" if scene.round.initialized else "the round has not begun"
