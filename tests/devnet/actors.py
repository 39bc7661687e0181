"""What orchestrators, delegators and gateways do on chain, in a line each, for tests."""

from dataclasses import dataclass, field
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT
from web3.types import TxReceipt

__all__ = [
    "Orchestrator",
    "Ticket",
    "active_orchestrator",
    "delegate",
    "fill_pool",
    "issue_ticket",
    "register",
]


_ALWAYS_WINS = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Orchestrator:
    """How one registers: stake in base units, reward cut and fee share in parts per million."""

    stake: int = 1_000 * LPT
    reward_cut_ppm: int = 100_000
    fee_share_ppm: int = 500_000
    service_uri: str = "https://127.0.0.1:8935"


def register(devnet: Devnet, account: str, terms: Orchestrator | None = None) -> None:
    """Approve, bond to itself, set cuts and address; it is active from the next round on."""
    wanted = terms or Orchestrator()
    delegate(devnet, account, account, amount=wanted.stake)
    bonding = devnet.contract("BondingManager").functions
    devnet.chain.send(account, bonding.transcoder(wanted.reward_cut_ppm, wanted.fee_share_ppm))
    registry = devnet.contract("ServiceRegistry").functions
    devnet.chain.send(account, registry.setServiceURI(wanted.service_uri))


def delegate(devnet: Devnet, account: str, to: str, *, amount: int) -> TxReceipt:
    """Approve and bond `amount` base units of LPT towards an orchestrator."""
    bonding = devnet.contract("BondingManager")
    token = devnet.contract("LivepeerToken").functions
    devnet.chain.send(account, token.approve(bonding.address, amount))
    return devnet.chain.send(account, bonding.functions.bond(amount, to))


def active_orchestrator(devnet: Devnet, terms: Orchestrator | None = None) -> str:
    """Register a fresh orchestrator, larger than the pool's last one, and enter its first round."""
    wanted = terms or Orchestrator()
    account = devnet.fresh_account(lpt=wanted.stake)
    register(devnet, account, wanted)
    devnet.to_next_round()
    return account


def fill_pool(devnet: Devnet, *, stake: int) -> None:
    """Take every free place in the pool with orchestrators of this stake; enter their round."""
    bonding = devnet.contract("BondingManager").functions
    free = bonding.getTranscoderPoolMaxSize().call() - bonding.getTranscoderPoolSize().call()
    for _ in range(free):
        account = devnet.fresh_account(lpt=stake)
        devnet.initialize_round()  # a hundred places take longer than a short round
        delegate(devnet, account, account, amount=stake)
    devnet.to_next_round()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket with its sender's signature and the recipient's secret."""

    fields: tuple[Any, ...]
    signature: bytes
    recipient_rand: int = field(repr=False)


def issue_ticket(
    devnet: Devnet, sender: str, recipient: str, *, face_wei: int, nonce: int = 1
) -> Ticket:
    """Sign a ticket of the current round that always wins; the sender's key must be known."""
    broker = devnet.contract("TicketBroker").functions
    rounds = devnet.contract("RoundsManager").functions
    number, rand = devnet.round(), 1234 + nonce
    round_hash = rounds.blockHashForRound(number).call()
    ticket = (
        recipient,
        sender,
        face_wei,
        _ALWAYS_WINS,
        nonce,
        keccak(rand.to_bytes(32, "big")),
        number.to_bytes(32, "big") + round_hash,
    )
    digest = broker.getTicketHash(ticket).call()
    signed = Account.sign_message(encode_defunct(primitive=digest), devnet.key(sender))
    return Ticket(ticket, bytes(signed.signature), rand)
