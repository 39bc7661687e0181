"""Becoming and staying registered: service URI, stake up to what is asked, the first terms.

A first bond alone joins the pool with terms 0/0, good for no one, and terms cannot be set in the
lock window: so it waits for a moment when the terms can follow. Nothing here takes stake out.
"""

__all__ = ["needs_first_terms", "registration_wishes", "stake_missing"]

from collections.abc import Sequence
from typing import Final

from podium_operator.chain import calls
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import IntentKind, IntentState, Registration, Stage
from podium_operator.chain.rounds import terms_still_fit
from podium_operator.chain.wants import Consent, Scene, Wait, Want, Wish

_OUTSIDE: Final = frozenset({Stage.UNKNOWN, Stage.RESIGNED, Stage.DELEGATED_ELSEWHERE})
# Top-ups below one LPT are not worth their gas.
_LEAST_TOP_UP: Final = 10**18


def registration_wishes(scene: Scene) -> Sequence[Wish]:
    """What the registration in the spec lacks on chain, in the order it must come."""
    asked = scene.terms.registration
    if asked is None:
        return ()
    return (*_first_terms(scene, asked), *_service_uri(scene, asked), *_stake(scene, asked))


def needs_first_terms(scene: Scene, asked: Registration) -> bool:
    """Whether a fresh registration still carries the protocol's 0/0."""
    own = scene.transcoder
    is_unset = (own.reward_cut_ppm, own.fee_share_ppm) == (0, 0)
    wants_some = (asked.reward_cut_ppm, asked.fee_share_ppm) != (0, 0)
    return scene.stage is Stage.ACTIVATING and is_unset and wants_some


def stake_missing(scene: Scene, asked: Registration) -> int:
    """LPT base units up to the self-bond; what is bonded to somebody else counts as its own."""
    return max(0, asked.self_bond - scene.transcoder.pending_stake)


def _first_terms(scene: Scene, asked: Registration) -> Sequence[Wish]:
    if not needs_first_terms(scene, asked):
        return ()
    number = scene.round.number
    if scene.round.locked:
        return (
            Wait(
                "TermsTrap",
                f"registered with terms 0/0, and round {number} is locked: they hold for all of"
                f" round {number + 1}",
            ),
        )
    bonded = any(one.state is IntentState.DONE for one in scene.known(IntentKind.BOND))
    return (
        Want(
            kind=IntentKind.SET_TRANSCODER,
            goal=f"first terms {asked.reward_cut_ppm}/{asked.fee_share_ppm}",
            why="a new registration carries terms 0/0 until they are set",
            sender=scene.terms.orchestrator,
            to="BondingManager",
            data=calls.set_terms(asked.reward_cut_ppm, asked.fee_share_ppm),
            gas=GAS[IntentKind.SET_TRANSCODER],
            consent=Consent.GIVEN if bonded else Consent.BY_TERMS,
            is_urgent=True,
            held=_unless_begun(scene),
        ),
    )


def _service_uri(scene: Scene, asked: Registration) -> Sequence[Wish]:
    if not asked.service_uri or asked.service_uri == scene.transcoder.service_uri:
        return ()
    return (
        Want(
            kind=IntentKind.SET_SERVICE_URI,
            goal=f"service URI {asked.service_uri}",
            why=f"the chain sends gateways to {scene.transcoder.service_uri!r}",
            sender=scene.terms.orchestrator,
            to="ServiceRegistry",
            data=calls.set_service_uri(asked.service_uri),
            gas=GAS[IntentKind.SET_SERVICE_URI],
        ),
    )


def _stake(scene: Scene, asked: Registration) -> Sequence[Wish]:
    missing = stake_missing(scene, asked)
    moves = scene.stage is Stage.DELEGATED_ELSEWHERE
    if missing == 0 and not moves:
        return ()
    amount = min(missing, scene.state.lpt_balance)
    obstacle = _stake_obstacle(scene, missing, amount)
    if obstacle is not None:
        return (obstacle,) if obstacle.reason else ()
    if amount > scene.state.allowance:
        return (_allowance(scene, amount), _bond(scene, asked, amount, held="the allowance first"))
    return (_bond(scene, asked, amount),)


def _stake_obstacle(scene: Scene, missing: int, amount: int) -> Wait | None:
    """Why bonding does nothing yet; without a reason where nothing needs saying."""
    if amount == 0 and scene.stage is not Stage.DELEGATED_ELSEWHERE:
        return Wait(
            "StakeMissing", f"{missing} base units of LPT are missing to the self-bond: send them"
        )
    if scene.transcoder.registered and amount < min(missing, _LEAST_TOP_UP):
        return Wait("", "")
    place, protocol = scene.transcoder.place, scene.state.protocol
    is_full = protocol.pool_size >= protocol.pool_max > 0 and scene.stage not in {
        Stage.ACTIVE,
        Stage.ACTIVATING,
    }
    total = scene.transcoder.total_stake + amount
    if place is None or not is_full or total > place.last_stake:
        return None
    return Wait(
        "PoolFull",
        f"the pool is full: {place.last_stake - total + 1} base units of LPT more are needed",
    )


def _allowance(scene: Scene, amount: int) -> Want:
    target = scene.state.targets.get("BondingManager")
    return Want(
        kind=IntentKind.APPROVE,
        goal=f"allowance of {amount} for the self-bond",
        why="BondingManager takes the stake from the LPT account",
        sender=scene.terms.orchestrator,
        to="LivepeerToken",
        data=calls.approve(target.address, amount) if target is not None else "",
        gas=GAS[IntentKind.APPROVE],
        amount=amount,
    )


def _bond(scene: Scene, asked: Registration, amount: int, *, held: str = "") -> Want:
    own = scene.terms.orchestrator
    is_first = scene.stage in _OUTSIDE
    terms = f"reward cut {asked.reward_cut_ppm} ppm, fee share {asked.fee_share_ppm} ppm"
    moves = scene.stage is Stage.DELEGATED_ELSEWHERE
    return Want(
        kind=IntentKind.BOND,
        goal=f"self-bond up to {asked.self_bond}",
        why=(
            (f"moves stake away from {scene.transcoder.delegate}; " if moves else "")
            + (f"registers; the terms follow at once: {terms}" if is_first else "tops stake up")
        ),
        sender=own,
        to="BondingManager",
        data=calls.bond(amount, own),
        gas=GAS[IntentKind.BOND],
        amount=amount,
        consent=Consent.ALWAYS if moves else Consent.BY_TERMS,
        held=held or _unless_begun(scene) or _bad_moment(scene, is_first=is_first),
        reserve_gas=GAS[IntentKind.SET_TRANSCODER] if is_first else 0,
    )


def _bad_moment(scene: Scene, *, is_first: bool) -> str:
    if is_first and not terms_still_fit(scene.round):
        return "the lock is too near for the terms to follow: next round"
    if scene.stage is Stage.LEAVING and scene.is_reward_due:
        return "the round's reward first, as the protocol demands of one that leaves the pool"
    if scene.stage is Stage.LEAVING and scene.observed.open_tickets > 0:
        return "winning tickets first: back in the pool they cannot be redeemed in this round"
    return ""


def _unless_begun(scene: Scene) -> str:
    return "" if scene.round.initialized else "the round has not begun"
