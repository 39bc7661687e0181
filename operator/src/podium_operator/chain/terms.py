"""From spec.chain to what the decision takes: base units, checked addresses, whose keys are here.

Pure. What the schema cannot judge is refused here, naming the field and what to write instead.
"""

__all__ = ["ARBITRUM_CONTROLLER", "confirmed", "terms_of"]

from typing import Final

from eth_utils.address import is_checksum_address, to_checksum_address

from podium_operator.api import names
from podium_operator.api.chain import Chain, Registration, Rewards, Sweep
from podium_operator.api.chain_access import ChainSigner
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.chain import model
from podium_operator.chain.units import in_base_units, in_ppm, in_wei_per_gas
from podium_operator.errors import InvalidSpecError

ARBITRUM_CONTROLLER: Final = "0xD8E8328501E9645d16Cf49539efC04f734606ee4"
_ARBITRUM_CHAIN_ID: Final = 42161
_BLOCK_SECONDS: Final = 12.0
_LEAST_AGE_SECONDS: Final = 60.0
_POLLS_UNTIL_STALE: Final = 3
_PPM: Final = 1_000_000


def terms_of(orchestrator: Orchestrator, chain: Chain) -> model.ChainTerms:
    """Return what is asked, in base units. Raises InvalidSpecError."""
    spec, caller = orchestrator.spec, chain.rewards.caller
    address = _checked("spec.chain.address", chain.address)
    signers = {address} if _signs(chain.signer) else set()
    if caller is not None and _signs(caller.signer):
        signers.add(_checked("spec.chain.rewards.caller.address", caller.address))
    policy = spec.deletion_policy
    return model.ChainTerms(
        chain_id=chain.chain_id or _ARBITRUM_CHAIN_ID,
        orchestrator=address,
        signers=frozenset(signers),
        approval=model.Approval(chain.approval),
        role=model.Role(chain.role),
        gas=_gas(chain),
        registration=_registration(chain.registration),
        rewards=_rewards(chain.rewards),
        sweep=_sweep(chain.sweep),
        deletion=model.DeletionPolicy("Retain" if policy == "Delete" else policy),
        unbond_confirmed=confirmed(orchestrator, chain),
        max_age_seconds=max(_LEAST_AGE_SECONDS, _POLLS_UNTIL_STALE * chain.rpc.poll_seconds),
        block_seconds=float(chain.block_seconds or _BLOCK_SECONDS),
    )


def confirmed(orchestrator: Orchestrator, chain: Chain) -> bool:
    """Whether a person has said twice that all stake is to go: by the very address."""
    said = orchestrator.metadata.annotations.get(names.CONFIRM_UNBOND_ANNOTATION, "")
    return said.strip().lower() == chain.address.lower()


def _signs(signer: ChainSigner) -> bool:
    return signer.keystore is not None or signer.remote is not None


def _gas(chain: Chain) -> model.GasTerms:
    gas = chain.gas
    return model.GasTerms(
        cap_wei=None if gas.cap_gwei is None else in_wei_per_gas(gas.cap_gwei),
        hard_cap_wei=None if gas.hard_cap_gwei is None else in_wei_per_gas(gas.hard_cap_gwei),
        budget_wei_per_day=in_base_units(gas.budget_eth_per_day),
        floor_wei=in_base_units(gas.floor_eth),
        warn_days=gas.warn_days,
    )


def _registration(asked: Registration | None) -> model.Registration | None:
    if asked is None:
        return None
    path, change = "spec.chain.registration", asked.cut_change
    if asked.fee_share_percent is not None:
        share = in_ppm(asked.fee_share_percent, field=f"{path}.feeSharePercent")
    else:
        share = _PPM - in_ppm(asked.fee_cut_percent or 0, field=f"{path}.feeCutPercent")
    return model.Registration(
        reward_cut_ppm=in_ppm(asked.reward_cut_percent, field=f"{path}.rewardCutPercent"),
        fee_share_ppm=share,
        service_uri=asked.service_uri,
        self_bond=in_base_units(asked.self_bond_lpt),
        cut_change=model.CutChange(
            max_increase_ppm=in_ppm(
                change.max_increase_percent_per_round,
                field=f"{path}.cutChange.maxIncreasePercentPerRound",
            ),
            announce_rounds=change.announce_rounds,
            requires_approval=change.require_approval,
        ),
    )


def _rewards(asked: Rewards) -> model.RewardTerms | None:
    if not asked.enabled:
        return None
    caller = asked.caller
    price = asked.lpt_price_eth
    return model.RewardTerms(
        caller=_checked("spec.chain.rewards.caller.address", caller.address) if caller else "",
        start_delay_seconds=asked.start_delay_seconds,
        retry_seconds=asked.retry_seconds,
        deadline_ppm=asked.deadline_percent_of_round * (_PPM // 100),
        initialize=model.InitializePolicy(asked.initialize_round),
        lpt_price_wei=None if price is None else in_base_units(price),
        min_profit_ppm=in_ppm(
            100 * float(asked.min_profit_ratio), field="spec.chain.rewards.minProfitRatio"
        ),
        below_profit=model.BelowProfit(asked.below_profit),
    )


def _sweep(asked: Sweep | None) -> model.Sweep | None:
    if asked is None:
        return None
    return model.Sweep(
        to=_checked("spec.chain.sweep.to", asked.to),
        lpt_above=_optional(asked.lpt_above),
        fees_above_wei=_optional(asked.fees_above_eth),
        eth_above_wei=_optional(asked.eth_above),
        keep_wei=in_base_units(asked.keep_eth),
    )


def _optional(amount: str | None) -> int | None:
    return None if amount is None else in_base_units(amount)


def _checked(field: str, address: str) -> str:
    """Return it with its checksum, which a mixed-case one must have already."""
    digits = address.removeprefix("0x")
    is_plain = digits in {digits.lower(), digits.upper()}
    if not is_plain and not is_checksum_address(address):
        raise InvalidSpecError(
            f"{field}: {address!r} has a wrong checksum, so a character may be mistyped: copy it "
            "again, or write it in lower case"
        )
    return str(to_checksum_address(address))
