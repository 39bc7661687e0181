"""What is asked of the contracts about one orchestrator, and the state that the answers make. Pure.

Every question has a name ("RoundsManager.currentRound", "balance/0x…"), and its answer is found
under that name again.
"""

__all__ = ["Answers", "Subject", "questions", "state_of"]

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from podium_operator.chain.contracts import (
    NAMES,
    NOBODY,
    ContractsError,
    contract_info,
    decoded,
    eth_call,
    required_calls,
)
from podium_operator.chain.model import (
    ChainState,
    KeyState,
    ProtocolState,
    RoundState,
    Target,
    TranscoderState,
    UnbondingLock,
)
from podium_operator.chain.rpc.texts import is_empty_revert
from podium_operator.chain.rpc.values import Answer, Block, Call, Refusal

_BONDING: Final = "BondingManager"
_OF_ROUNDS: Final = (
    "currentRound",
    "currentRoundInitialized",
    "currentRoundLocked",
    "currentRoundStartBlock",
    "roundLength",
    "roundLockAmount",
    "blockNum",
)
_OF_BONDING: Final = (
    "getTotalBonded",
    "getTranscoderPoolSize",
    "getTranscoderPoolMaxSize",
    "unbondingPeriod",
    "treasuryRewardCutRate",
)
_OF_ORCHESTRATOR: Final = (
    "getTranscoder",
    "getDelegator",
    "isActiveTranscoder",
    "isRegisteredTranscoder",
    "transcoderTotalStake",
    "transcoderToRewardCaller",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is all about. keys: the accounts whose ether and nonces are read."""

    chain_id: int
    controller: str
    orchestrator: str
    keys: tuple[str, ...]


def questions(addresses: Mapping[str, str], subject: Subject) -> dict[str, Call]:
    """Return all that can be asked at once. addresses: by the Controller's names."""
    asked = {f"target/{name}": contract_info(subject.controller, name) for name in NAMES}
    for key in subject.keys:
        asked[f"balance/{key}"] = Call("eth_getBalance", (key,), is_pinned=True)
        asked[f"nonce/{key}"] = Call("eth_getTransactionCount", (key,), is_pinned=True)
    views = _views({**addresses, "Controller": subject.controller}, subject.orchestrator)
    asked |= {call.label: call for call in views}
    tries = required_calls(addresses, subject.orchestrator)
    return asked | {f"try/{name}/{place}": call for place, (name, call) in enumerate(tries)}


def _views(addresses: Mapping[str, str], orchestrator: str) -> Iterator[Call]:
    bonding, token = addresses[_BONDING], addresses["LivepeerToken"]
    yield eth_call("Controller", "paused", addresses["Controller"])
    for name in _OF_ROUNDS:
        yield eth_call("RoundsManager", name, addresses["RoundsManager"])
    for name in _OF_BONDING:
        yield eth_call(_BONDING, name, bonding)
    for name in _OF_ORCHESTRATOR:
        yield eth_call(_BONDING, name, bonding, orchestrator)
    for name in ("pendingStake", "pendingFees"):
        yield eth_call(_BONDING, name, bonding, orchestrator, 0)
    registry = addresses["ServiceRegistry"]
    yield eth_call("ServiceRegistry", "getServiceURI", registry, orchestrator)
    yield eth_call("LivepeerToken", "balanceOf", token, orchestrator)
    yield eth_call("LivepeerToken", "allowance", token, orchestrator, bonding)
    yield eth_call("Minter", "currentMintableTokens", addresses["Minter"])


class Answers:
    """The answers by their questions' names; asking for one that makes no sense raises."""

    def __init__(self, asked: Mapping[str, Call], answers: Sequence[Answer]) -> None:
        self._answers = dict(zip(asked, answers, strict=True))

    def all(self, label: str) -> tuple[Any, ...]:
        """Return what a view gave. Raises ContractsError."""
        contract, _, name = label.partition(".")
        return decoded(contract, name.partition("/")[0], self._answers[label])

    def value(self, label: str) -> Any:
        """Return the one value that a view gave. Raises ContractsError."""
        return self.all(label)[0]

    def has(self, label: str) -> bool:
        """Whether the contract knows the function."""
        return not isinstance(self._answers[label], Refusal)

    def number(self, name: str) -> int:
        """Return an answer that is one hexadecimal number. Raises ContractsError."""
        try:
            return int(str(self._answers[name]), 16)
        except ValueError as error:
            raise ContractsError(f"{name} is no number") from error

    def targets(self) -> dict[str, Target]:
        """Return what the Controller says, by name; names that it does not know are left out."""
        found = {}
        for name in NAMES:
            contract_info_answer = self._answers[f"target/{name}"]
            address, commit = decoded("Controller", "getContractInfo", contract_info_answer)
            if address != NOBODY:
                found[name] = Target(address, "0x" + commit.hex())
        return found

    def mismatched(self) -> frozenset[str]:
        """Return the names behind which a function that we send is missing.

        At any time some of the tries are refused in words. Where all refusals are without, an
        endpoint keeps the words to itself, and nothing is known of the contracts.
        """
        tried = [(name, one) for name, one in self._answers.items() if name.startswith("try/")]
        refused = [(name, one) for name, one in tried if isinstance(one, Refusal)]
        silent = [name for name, one in refused if is_empty_revert(one)]
        return frozenset(name.split("/")[1] for name in silent if len(silent) < len(refused))


def state_of(
    answers: Answers,
    subject: Subject,
    *,
    block: Block,
    round_stake: int,
    locks: tuple[UnbondingLock, ...],
) -> ChainState:
    """Put the answers of one block together. Raises ContractsError where one makes no sense."""
    return ChainState(
        chain_id=subject.chain_id,
        block=block.number,
        block_hash=block.hash,
        at=block.at,
        base_fee_wei=block.base_fee_wei,
        paused=answers.value("Controller.paused"),
        round=_round(answers),
        transcoder=_transcoder(answers, subject.orchestrator, round_stake=round_stake, locks=locks),
        protocol=_protocol(answers),
        targets=answers.targets(),
        keys={
            key: KeyState(key, answers.number(f"balance/{key}"), answers.number(f"nonce/{key}"))
            for key in subject.keys
        },
        allowance=answers.value("LivepeerToken.allowance"),
        lpt_balance=answers.value("LivepeerToken.balanceOf"),
        mismatched=answers.mismatched(),
    )


def _round(answers: Answers) -> RoundState:
    number, is_begun, is_locked, start, length, lock, now = (
        answers.value(f"RoundsManager.{name}") for name in _OF_ROUNDS
    )
    return RoundState(
        number=number,
        initialized=is_begun,
        locked=is_locked,
        start_block=start,
        length=length,
        lock_amount_ppm=lock,
        block_number=now,
    )


def _transcoder(
    answers: Answers, address: str, *, round_stake: int, locks: tuple[UnbondingLock, ...]
) -> TranscoderState:
    own = answers.all(f"{_BONDING}.getTranscoder")
    bonded, _, delegate, _, start_round, last_claim_round, _ = answers.all(
        f"{_BONDING}.getDelegator"
    )
    return TranscoderState(
        address=address,
        registered=answers.value(f"{_BONDING}.isRegisteredTranscoder"),
        active=answers.value(f"{_BONDING}.isActiveTranscoder"),
        delegate="" if delegate == NOBODY else delegate,
        bonded_amount=bonded,
        start_round=start_round,
        last_claim_round=last_claim_round,
        last_reward_round=own[0],
        reward_cut_ppm=own[1],
        fee_share_ppm=own[2],
        activation_round=own[4],
        deactivation_round=own[5],
        total_stake=answers.value(f"{_BONDING}.transcoderTotalStake"),
        round_stake=round_stake,
        pending_stake=answers.value(f"{_BONDING}.pendingStake"),
        pending_fees=answers.value(f"{_BONDING}.pendingFees"),
        reward_caller=_reward_caller(answers),
        service_uri=answers.value("ServiceRegistry.getServiceURI"),
        unbonding_locks=locks,
    )


def _reward_caller(answers: Answers) -> str | None:
    label = f"{_BONDING}.transcoderToRewardCaller"
    caller = answers.value(label) if answers.has(label) else NOBODY
    return None if caller == NOBODY else str(caller)


def _protocol(answers: Answers) -> ProtocolState:
    treasury = f"{_BONDING}.treasuryRewardCutRate"
    has_treasury = answers.has(treasury)
    return ProtocolState(
        mintable=answers.value("Minter.currentMintableTokens"),
        total_active_stake=answers.value(f"{_BONDING}.getTotalBonded"),
        pool_size=answers.value(f"{_BONDING}.getTranscoderPoolSize"),
        pool_max=answers.value(f"{_BONDING}.getTranscoderPoolMaxSize"),
        unbonding_period_rounds=answers.value(f"{_BONDING}.unbondingPeriod"),
        has_reward_caller=answers.has(f"{_BONDING}.transcoderToRewardCaller"),
        has_treasury=has_treasury,
        treasury_cut_ppb27=answers.value(treasury) if has_treasury else 0,
    )
