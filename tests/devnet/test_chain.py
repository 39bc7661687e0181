"""What tests do to the chain itself takes effect, and nothing of it is left behind."""

import os
from pathlib import Path

import pytest
from hexbytes import HexBytes
from tests.devnet.actors import Orchestrator, active_orchestrator
from tests.devnet.addresses import read_addresses
from tests.devnet.devnet import Devnet
from tests.devnet.errors import DevnetError
from tests.devnet.fixtures import start_from_environment
from tests.devnet.terms import LPT

_ETH = 10**18
_LARGE = 5_000_000 * LPT


def _send_eth(devnet: Devnet, *, fee_wei: int = 10**11) -> str:
    transaction = {
        "from": devnet.accounts["stranger"],
        "to": devnet.accounts["cold"],
        "value": "0x1",
        "gas": hex(21_000),
        "maxFeePerGas": hex(fee_wei),
        "maxPriorityFeePerGas": "0x0",
    }
    return str(devnet.chain.rpc("eth_sendTransaction", transaction))


def _receipt(devnet: Devnet, transaction_hash: str) -> object:
    return devnet.chain.rpc("eth_getTransactionReceipt", transaction_hash)


def test_a_snapshot_brings_everything_back(devnet: Devnet) -> None:
    number, head = devnet.round(), devnet.chain.head
    snapshot = devnet.chain.snapshot()
    devnet.to_next_round()

    devnet.chain.revert(snapshot)

    assert (devnet.round(), devnet.chain.head) == (number, head)
    with pytest.raises(DevnetError, match="unknown or spent"):
        devnet.chain.revert(snapshot)


def test_what_waits_at_a_return_is_in_no_later_block(devnet: Devnet) -> None:
    snapshot = devnet.chain.snapshot()
    devnet.chain.set_automine(enabled=False)
    sent = _send_eth(devnet)

    devnet.chain.revert(snapshot)
    devnet.chain.mine()

    assert _receipt(devnet, sent) is None


def test_what_is_sent_is_in_a_block_once_the_chain_has_settled(devnet: Devnet) -> None:
    for _ in range(20):
        sent = _send_eth(devnet)
        devnet.chain.settle()
        assert _receipt(devnet, sent) is not None


def test_without_automine_a_transaction_waits_for_its_block(devnet: Devnet) -> None:
    devnet.chain.set_automine(enabled=False)
    sent = _send_eth(devnet)
    assert _receipt(devnet, sent) is None

    devnet.chain.mine()

    assert _receipt(devnet, sent) is not None


def test_a_dropped_transaction_never_comes(devnet: Devnet) -> None:
    devnet.chain.set_automine(enabled=False)
    sent = _send_eth(devnet)

    assert devnet.chain.drop_transaction(sent)
    devnet.chain.mine()

    assert _receipt(devnet, sent) is None
    assert not devnet.chain.drop_transaction(sent)


def test_a_reorg_takes_the_last_blocks_transactions(devnet: Devnet) -> None:
    devnet.chain.mine(3)
    sent = devnet.chain.w3.eth.wait_for_transaction_receipt(HexBytes(_send_eth(devnet)))
    head = devnet.chain.head
    kept = devnet.chain.rpc("eth_getBlockByNumber", hex(head - 2), False)["hash"]  # noqa: FBT003

    devnet.chain.reorg(1)

    assert sent["blockNumber"] == devnet.chain.head == head
    assert _receipt(devnet, sent["transactionHash"].to_0x_hex()) is None
    assert devnet.chain.rpc("eth_getBlockByNumber", "latest", False)["transactions"] == []  # noqa: FBT003
    assert devnet.chain.rpc("eth_getBlockByHash", kept, False) is not None  # noqa: FBT003


def test_a_base_fee_holds_for_the_next_block(devnet: Devnet) -> None:
    devnet.chain.set_base_fee(77 * 10**9)

    devnet.chain.mine()

    latest = devnet.chain.rpc("eth_getBlockByNumber", "latest", False)  # noqa: FBT003
    assert int(latest["baseFeePerGas"], 16) == 77 * 10**9


def test_a_saved_chain_starts_again_where_it_stood(devnet: Devnet, tmp_path: Path) -> None:
    orchestrator = active_orchestrator(devnet, Orchestrator(stake=_LARGE))
    number, left = devnet.round(), devnet.blocks_left()
    files = (tmp_path / "state.json", tmp_path / "addresses.json")

    devnet.save(*files)

    environment = dict(
        zip(("PODIUM_DEVNET_STATE", "PODIUM_DEVNET_ADDRESSES"), map(str, files), strict=True)
    )
    with start_from_environment(environment) as again:
        bonding = again.contract("BondingManager").functions
        assert (again.round(), again.blocks_left()) == (number, left)
        assert again.accounts == devnet.accounts
        again.chain.send(orchestrator, bonding.reward())
        assert bonding.getTranscoder(orchestrator).call()[0] == number


def test_a_list_with_the_controller_alone_finds_the_rest(devnet: Devnet, tmp_path: Path) -> None:
    state, addresses = tmp_path / "state.json", tmp_path / "addresses.json"
    devnet.save(state, addresses)
    controller = devnet.contract("Controller").address
    addresses.write_text('{"Controller": "%s"}' % controller.lower())  # noqa: UP031 - braces

    with Devnet.start(state=state, addresses=addresses) as again:
        assert read_addresses(addresses).contracts == {"Controller": controller}
        assert again.contract("Minter").address == devnet.contract("Minter").address
        assert set(again.accounts) >= {"deployer", "orchestrator", "stranger"}


def test_a_state_without_its_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DevnetError, match="give both"):
        Devnet.start(state=tmp_path / "state.json")


def test_a_broken_state_is_told_in_anvils_own_words(tmp_path: Path, devnet: Devnet) -> None:
    state, addresses = tmp_path / "state.json", tmp_path / "addresses.json"
    devnet.save(state, addresses)
    state.write_text("no state")

    with pytest.raises(DevnetError, match=r"anvil did not start: .+"):
        Devnet.start(state=state, addresses=addresses)


def test_every_role_has_its_key(devnet: Devnet) -> None:
    assert all(devnet.key(role).startswith("0x") for role in devnet.accounts)


def test_a_stopped_chain_leaves_no_process(tmp_path: Path) -> None:
    with start_from_environment() as started:
        pid = started.pid
        assert Path(f"/proc/{pid}").exists()

    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
