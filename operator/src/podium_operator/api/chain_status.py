"""What status shows of the chain, written by the chain's keeper alone.

Every intent stands here in full: it is the log that a restart goes on from. Money is exact, as a
decimal string; nothing is here that moves with every block.
"""

__all__ = [
    "AccountStatus",
    "ChainStatus",
    "ContractStatus",
    "IntentStatus",
    "KeyStatus",
    "RewardStatus",
]

from typing import Annotated

from pydantic import Field

from podium_operator.api.fields import Model

Count = Annotated[int, Field(ge=0)]
_Word = Annotated[str, Field(max_length=256)]
_Text = Annotated[str, Field(max_length=4096)]
_Hex = Annotated[str, Field(max_length=66)]
_Wei = Annotated[str, Field(max_length=78, pattern=r"^[0-9]+$")]


class IntentStatus(Model):
    """One transaction, from wish to effect."""

    id: _Word = Field(description="The same for the same deed; what podium.video/approve names.")
    kind: _Word = Field(description="What it is for.")
    state: _Word = Field(
        description="Planned, AwaitingApproval, AwaitingSignature, Signed, Sent, Mined, Done, "
        "Failed or Superseded."
    )
    round: Count = Field(default=0, description="The round it is for.")
    since_round: Count = Field(default=0, description="The round it was first shown in.")
    goal: _Text = Field(default="", description="What it brings about.")
    why: _Text = Field(default="", description="Why it is wanted.")
    sender: _Word = Field(default="", description="Who signs it.")
    to: _Word = Field(default="", description="The contract it calls.")
    data: Annotated[str, Field(max_length=65_536)] = Field(default="", description="Call data.")
    value_wei: _Wei = Field(default="0", description="The ether it carries.")
    amount: _Wei = Field(default="0", description="What it moves, in base units.")
    gas_limit: Count = Field(default=0, description="Most gas.")
    max_fee_wei: _Wei = Field(default="0", description="Most ether for one gas.")
    at: Count = Field(default=0, description="When it was planned, by the chain's clock.")
    nonce: Count | None = Field(default=None, description="The sender's count of transactions.")
    hashes: Annotated[list[_Hex], Field(max_length=32)] = Field(
        default=[], description="Of what was signed, newest last."
    )
    sent_at: Count | None = Field(default=None, description="Last sent, by the chain's clock.")
    mined_block: Count | None = Field(default=None, description="Where it landed.")
    cost_wei: _Wei = Field(default="0", description="The gas it has cost.")
    message: _Text = Field(default="", description="What was answered last.")


class AccountStatus(Model):
    """The orchestrator as the contracts show it."""

    self_lpt: _Word = Field(default="0", description="Its own stake, with all rewards.")
    total_lpt: _Word = Field(default="0", description="Everybody's stake on it.")
    fees_eth: _Word = Field(default="0", description="Fees to withdraw.")
    reward_cut_percent: float = Field(default=0, description="Of rewards, what it keeps.")
    fee_share_percent: float = Field(default=0, description="Of fees, what delegators get.")
    fee_cut_percent: float = Field(default=0, description="Of fees, what it keeps.")
    service_uri: _Text = Field(
        default="", alias="serviceURI", description="Where gateways are sent."
    )
    reward_caller: _Word = Field(default="", description="Who else may call its rewards.")
    rank: Count | None = Field(default=None, description="Its place in the pool, from 1.")
    gap_lpt: _Word = Field(default="", description="Its stake over the lowest in the pool.")


class KeyStatus(Model):
    """An account that pays for gas."""

    role: _Word = Field(description="orchestrator or reward-caller.")
    address: _Word = Field(description="Its address.")
    signer: _Word = Field(default="", description="keystore, remote or none.")
    balance_eth: _Word = Field(default="0", description="What it holds, to four decimals.")


class ContractStatus(Model):
    """A contract as it was first seen, or accepted since."""

    name: _Word = Field(description="Its name with the Controller.")
    address: _Word = Field(description="Its address.")


class RewardStatus(Model):
    """How one round's reward went."""

    round: Count = Field(description="The round.")
    state: _Word = Field(
        description="pending, called, late, missed, skipped, or none off the pool."
    )


class ChainStatus(Model):
    """The chain's side of an Orchestrator."""

    stake: _Word = Field(default="", description="For `kubectl get`: everybody's LPT on it.")
    reward: _Word = Field(
        default="", description="For `kubectl get`: ok, pending, LATE, MISSED or skip, and a round."
    )
    round_left: _Word = Field(default="", description="For `kubectl get`: until the round ends.")
    stage: _Word = Field(default="", description="Where it stands with the protocol.")
    round: Count = Field(default=0, description="The current round.")
    missed_round: Count | None = Field(
        default=None, description="The newest round whose reward was lost."
    )
    recent_rewards: Annotated[list[RewardStatus], Field(max_length=32)] = Field(
        default=[], description="The newest 30 rounds, this one last."
    )
    plan: _Text = Field(default="", description="What is done next, or why nothing is.")
    chain_id: Count = Field(default=0, description="Of the chain that was read.")
    rpc: _Word = Field(default="", description="Endpoints that answer/all.")
    account: AccountStatus | None = Field(default=None, description="As the contracts show it.")
    keys: Annotated[list[KeyStatus], Field(max_length=4)] = Field(
        default=[], description="Who pays for gas."
    )
    contracts: Annotated[list[ContractStatus], Field(max_length=32)] = Field(
        default=[], description="Known contracts; a change is told, and accepted by annotation."
    )
    safe_transaction: Annotated[str, Field(max_length=131_072)] = Field(
        default="",
        description="What waits for a signature elsewhere, as a file for a Safe's transaction "
        "builder.",
    )
    intents: Annotated[
        list[IntentStatus],
        Field(max_length=256, json_schema_extra={"x-kubernetes-list-type": "atomic"}),
    ] = Field(default=[], description="Every transaction that is planned, on its way, or recent.")
