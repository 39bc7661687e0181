"""What is asked of the chain, as a provider writes it: absent means off-chain, nothing is signed.

Amounts are decimal strings with their unit in the name; percentages have at most four decimals,
since the contracts count in parts per million. What cannot be judged field by field is refused by
the rules here, in words that say what to write instead.
"""

__all__ = ["Caller", "Chain", "CutChange", "Gas", "Registration", "Rewards", "Sweep"]

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from podium_operator.api.chain_access import ChainSigner, Rpc
from podium_operator.api.fields import PORT, Model, Rule, rules

Address = Annotated[str, Field(max_length=42, pattern=r"^0x[0-9a-fA-F]{40}$")]
Eth = Annotated[str, Field(max_length=28, pattern=r"^[0-9]{1,9}(\.[0-9]{1,18})?$")]
Lpt = Annotated[str, Field(max_length=28, pattern=r"^[0-9]{1,9}(\.[0-9]{1,18})?$")]
Gwei = Annotated[str, Field(max_length=16, pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?$")]
Percent = Annotated[float, Field(ge=0, le=100)]


class Gas(Model):
    """What sending may cost."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "!has(self.hardCapGwei) || has(self.capGwei)",
                "a hard cap is where raising ends: set gas.capGwei, where it begins",
                ".hardCapGwei",
            )
        )
    )

    cap_gwei: Gwei | None = Field(
        default=None,
        description="Wait while gas costs more than this; a reward waits at most until its round "
        "runs out. Default: no bound.",
    )
    hard_cap_gwei: Gwei | None = Field(
        default=None,
        description="Never passed, not even for a reward. Default: ten times capGwei.",
    )
    budget_eth_per_day: Eth = Field(
        default="0.005", description="Never spend more a day, over all keys; rewards may."
    )
    floor_eth: Eth = Field(default="0.02", description="A key with less pays for rewards only.")
    warn_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=14, description="Warn where a key's ETH lasts for fewer days."
    )


class CutChange(Model):
    """How gently terms move: delegators see changes coming."""

    max_increase_percent_per_round: Percent = Field(
        default=1, description="At most so much of the cut's rise per round, in percentage points."
    )
    announce_rounds: Annotated[int, Field(ge=0, le=100)] = Field(
        default=3, description="Shown for so many rounds before it is sent."
    )
    require_approval: bool = Field(
        default=True, description="Even where chain.approval is Auto, a change waits for a person."
    )


class Registration(Model):
    """What the Orchestrator is on chain; absent: its registration is left as it is."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "has(self.feeSharePercent) != has(self.feeCutPercent)",
                "fees are split once: set either feeSharePercent (what delegators get) or "
                "feeCutPercent (what you keep)",
            )
        )
    )

    reward_cut_percent: Percent = Field(description="Of each reward, what you keep.")
    fee_share_percent: Percent | None = Field(
        default=None, description="Of fees, what delegators get: the contract's number."
    )
    fee_cut_percent: Percent | None = Field(
        default=None, description="Of fees, what you keep: the Explorer's number."
    )
    service_uri: Annotated[
        str, Field(max_length=253, pattern=rf"^https://[A-Za-z0-9.:\[\]-]+:{PORT}$")
    ] = Field(alias="serviceURI", description="Where gateways find you, https://host:port.")
    self_bond_lpt: Lpt = Field(
        default="0", description="Bond up to this much of your own LPT; it is never unbonded."
    )
    cut_change: CutChange = Field(
        default=CutChange(), description="How the cuts may change once they stand."
    )


class Caller(Model):
    """A hot key that may call rewards for a cold orchestrator (LIP-118)."""

    address: Address = Field(description="Its address.")
    signer: ChainSigner = Field(default=ChainSigner(), description="Who signs for it.")


class Rewards(Model):
    """One reward a round, whatever happens."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "self.belowProfit != 'Skip' || has(self.lptPriceEth)",
                "without a price no reward is known to be too small: set rewards.lptPriceEth",
                ".belowProfit",
            )
        )
    )

    enabled: bool = Field(default=True, description="Call it.")
    caller: Caller | None = Field(
        default=None, description="Who calls it. Default: the orchestrator's own key."
    )
    start_delay_seconds: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=60, description="At most this long after a round began, chosen per Orchestrator."
    )
    retry_seconds: Annotated[int, Field(ge=5, le=3600)] = Field(
        default=300, description="Between two tries, once one has failed."
    )
    deadline_percent_of_round: Annotated[int, Field(ge=10, le=95)] = Field(
        default=75, description="From here on a reward that has not landed is LATE."
    )
    initialize_round: Literal["Never", "WhenLate"] = Field(
        default="WhenLate",
        description="WhenLate: begin a round that others leave unbegun, since nobody is rewarded "
        "in it.",
    )
    lpt_price_eth: Eth | None = Field(
        default=None, description="What an LPT is worth to you; absent: profit is not looked at."
    )
    min_profit_ratio: Annotated[
        str, Field(max_length=8, pattern=r"^[0-9]{1,3}(\.[0-9]{1,3})?$")
    ] = Field(default="1", description="The least that a reward is worth, over its gas.")
    below_profit: Literal["CallAnyway", "Skip"] = Field(
        default="CallAnyway", description="What becomes of a reward that is worth less."
    )


class Sweep(Model):
    """What leaves the hot keys, and where to."""

    to: Address = Field(description="The cold address.")
    lpt_above: Lpt | None = Field(
        default=None, description="Send LPT beyond this much; absent: none."
    )
    fees_above_eth: Eth | None = Field(
        default=None, description="Withdraw fees there beyond this much; absent: none."
    )
    eth_above: Eth | None = Field(
        default=None, description="Send the orchestrator's ETH beyond this much; absent: none."
    )
    keep_eth: Eth = Field(default="0.02", description="What stays for gas.")


class Chain(Model):
    """Registration, rewards and keys on Livepeer's contracts."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "self.network != 'custom' || (has(self.controller) && has(self.chainId))",
                "a custom network needs its Controller: set chain.controller and chain.chainId",
            ),
            Rule(
                "self.network == 'custom' || !(has(self.controller) || has(self.chainId) || "
                "has(self.blockSeconds))",
                "arbitrum-one is known: remove chain.controller, chain.chainId and "
                "chain.blockSeconds, or set chain.network to custom",
            ),
            Rule(
                "self.role == 'Primary' || (!has(self.registration) && !has(self.sweep))",
                "an Endpoint only serves and never signs: remove chain.registration and "
                "chain.sweep, or set chain.role to Primary",
            ),
            Rule(
                "!has(self.sweep) || self.sweep.to.lowerAscii() != self.address.lowerAscii()",
                "the orchestrator cannot be its own cold address: set chain.sweep.to to another",
                ".sweep.to",
            ),
            Rule(
                "!has(self.rewards.caller) || "
                "self.rewards.caller.address.lowerAscii() != self.address.lowerAscii()",
                "the orchestrator rewards itself without this: remove chain.rewards.caller",
                ".rewards.caller",
            ),
        )
    )

    role: Literal["Primary", "Endpoint"] = Field(
        default="Primary",
        description="Of many clusters with one identity, one is Primary and acts; the others are "
        "Endpoint, serve, and sign nothing.",
    )
    network: Literal["arbitrum-one", "custom"] = Field(
        default="arbitrum-one", description="Livepeer's own, or another one by its Controller."
    )
    controller: Address | None = Field(
        default=None, description="The Controller contract of a custom network."
    )
    chain_id: Annotated[int, Field(ge=1, le=4_294_967_295)] | None = Field(
        default=None, description="The chain id of a custom network; each endpoint is held to it."
    )
    block_seconds: Annotated[int, Field(ge=1, le=3600)] | None = Field(
        default=None,
        description="Between the blocks that a custom network counts its rounds in. Default: 12.",
    )
    rpc: Rpc = Field(description="The ways to the chain.")
    address: Annotated[
        str,
        Field(
            max_length=42,
            pattern=r"^0x[0-9a-fA-F]{40}$",
            json_schema_extra=rules(
                Rule(
                    "self == oldSelf",
                    "an Orchestrator keeps its identity: put another address into another "
                    "Orchestrator",
                )
            ),
        ),
    ] = Field(description="The orchestrator's account on chain, the one that is staked.")
    signer: ChainSigner = Field(
        default=ChainSigner(),
        description="Who signs for the orchestrator. Default: nobody; status then holds the "
        "calldata for a cold key or a Safe.",
    )
    approval: Literal["Auto", "Manual"] = Field(
        default="Manual",
        description="Manual: every transaction, a reward too, waits for its id in the annotation "
        "podium.video/approve; a reward that nobody allows is lost with its round. Auto: it is "
        "sent.",
    )
    gas: Gas = Field(default=Gas(), description="What sending may cost.")
    registration: Registration | None = Field(
        default=None, description="What to be on chain; absent: it is left as it is."
    )
    rewards: Rewards = Field(default=Rewards(), description="One a round.")
    sweep: Sweep | None = Field(default=None, description="Where earnings go; absent: nowhere.")
