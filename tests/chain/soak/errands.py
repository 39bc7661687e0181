"""What an operator is killed in the middle of: errands whose effect must be there exactly once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tests.chain.soak.world import CAP_WEI, World
from tests.devnet.terms import LPT

from podium_operator.chain.model import (
    Approval,
    ChainTerms,
    GasTerms,
    Registration,
    RewardTerms,
    Sweep,
)

__all__ = ["ERRANDS", "Errand", "soak_terms"]

_CUT_PPM: Final = 100_000
_SHARE_PPM: Final = 500_000
_URI: Final = "https://192.0.2.1:8935"
_BOND: Final = 1_000 * LPT
_KEPT_WEI: Final = 10**18
_COLD: Final = "0x00000000000000000000000000000000c01Dc01D"
_DEVNET_CHAIN: Final = 31337


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do. `faults` is empty once it is done exactly once.

    transactions: how many it takes. terms: by the accounts of all roles, with one key to sign.
    """

    name: str
    transactions: int
    set_scene: Callable[[World], None]
    terms: Callable[[Mapping[str, str]], ChainTerms]
    faults: Callable[[World], list[str]]


def soak_terms(account: str, **asked: object) -> ChainTerms:
    """Terms in a hurry: no courtesy, a try every block, a known cap."""
    words: Mapping[str, object] = {
        "rewards": RewardTerms(start_delay_seconds=0, retry_seconds=12),
        **asked,
    }
    return ChainTerms(
        chain_id=_DEVNET_CHAIN,
        orchestrator=account,
        signers=frozenset({account}),
        approval=Approval.AUTO,
        gas=GasTerms(cap_wei=CAP_WEI),
        **words,  # type: ignore[arg-type]  # every caller is typed by ChainTerms itself
    )


def _new_round(world: World) -> None:
    world.devnet.to_next_round(initialize=False)


def _begun_round(world: World) -> None:
    world.devnet.to_next_round()


def _new_round_with_caller(world: World) -> None:
    """A caller is named on contracts that know LIP-118; where they do not, on the stand-in."""
    devnet = world.devnet
    if not devnet.has_reward_caller():
        devnet.install_stand_in(world.orchestrator)
    bonding = devnet.contract("BondingManager").functions
    devnet.chain.send(world.orchestrator, bonding.setRewardCaller(devnet.accounts["rewardCaller"]))
    _new_round(world)


def _reward(accounts: Mapping[str, str]) -> ChainTerms:
    return soak_terms(accounts["orchestrator"])


def _delegated_reward(accounts: Mapping[str, str]) -> ChainTerms:
    caller = accounts["rewardCaller"]
    rewards = RewardTerms(caller=caller, start_delay_seconds=0, retry_seconds=12)
    terms = soak_terms(accounts["orchestrator"], rewards=rewards)
    return replace(terms, signers=frozenset({caller}))


def _registration(accounts: Mapping[str, str]) -> ChainTerms:
    asked = Registration(_CUT_PPM, _SHARE_PPM, _URI, self_bond=_BOND)
    return soak_terms(accounts["delegator"], rewards=None, registration=asked)


def _sweep(accounts: Mapping[str, str]) -> ChainTerms:
    sweep = Sweep(_COLD, lpt_above=0, eth_above_wei=2 * _KEPT_WEI, keep_wei=_KEPT_WEI)
    return soak_terms(accounts["rival"], rewards=None, sweep=sweep)


def _reward_faults(world: World) -> list[str]:
    begun = world.devnet.contract("RoundsManager").functions.currentRoundInitialized().call()
    faults = {
        "the round was not begun": not begun,
        "no reward": world.rewarded_round() != world.devnet.round(),
    }
    return [words for words, is_so in faults.items() if is_so]


def _registration_faults(world: World) -> list[str]:
    account = world.devnet.accounts["delegator"]
    bonding = world.devnet.contract("BondingManager").functions
    bonded, *_ = bonding.getDelegator(account).call()
    _, cut, share, *_ = bonding.getTranscoder(account).call()
    uri = world.devnet.contract("ServiceRegistry").functions.getServiceURI(account).call()
    faults = {
        f"{bonded} bonded": bonded != _BOND,
        f"terms {cut}/{share}": (cut, share) != (_CUT_PPM, _SHARE_PPM),
        f"service URI {uri!r}": uri != _URI,
    }
    return [words for words, is_so in faults.items() if is_so]


def _sweep_faults(world: World) -> list[str]:
    rival = world.devnet.accounts["rival"]
    token = world.devnet.contract("LivepeerToken").functions
    left = token.balanceOf(rival).call()
    ether = int(world.devnet.chain.rpc("eth_getBalance", _COLD, "latest"), 16)
    faults = {
        f"{left} base units of LPT left": left != 0,
        "no ether came": ether == 0,
    }
    return [words for words, is_so in faults.items() if is_so]


ERRANDS: Final = (
    Errand(
        "begin and reward",
        transactions=2,
        set_scene=_new_round,
        terms=_reward,
        faults=_reward_faults,
    ),
    Errand(
        "register",
        transactions=4,
        set_scene=_begun_round,
        terms=_registration,
        faults=_registration_faults,
    ),
    Errand(
        "sweep",
        transactions=2,
        set_scene=_begun_round,
        terms=_sweep,
        faults=_sweep_faults,
    ),
    Errand(
        "begin and reward as the caller",
        transactions=2,
        set_scene=_new_round_with_caller,
        terms=_delegated_reward,
        faults=_reward_faults,
    ),
)
