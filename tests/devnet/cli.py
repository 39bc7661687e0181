"""`python -m tests.devnet`: the chain for people, until Ctrl-C.

It prints where everything is and keeps anvil running; nothing is left when it ends. With a state
and its list it first runs the chain's suites on copies of that state.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.devnet.anvil import MNEMONIC
from tests.devnet.devnet import Devnet
from tests.devnet.errors import DevnetError
from tests.devnet.terms import LPT, Terms

__all__ = ["main"]

_ETH = 10**18


def main(arguments: Sequence[str]) -> int:
    """Run the command; its result is the exit status."""
    wanted = _parser().parse_args(arguments)
    failed = 0
    started = time.monotonic()
    try:
        with _start(wanted) as devnet:
            for line in describe(devnet):
                print(line)
            print(f"\nready in {time.monotonic() - started:.1f} s; Ctrl-C ends it", flush=True)
            failed = _run_suites(wanted)
            if not wanted.once:
                signal.pause()
    except DevnetError as error:
        print(f"devnet: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ended", flush=True)
    return failed


def describe(devnet: Devnet) -> list[str]:
    """Say where the chain is, what is on it, and who has what."""
    token = devnet.contract("LivepeerToken").functions
    lines = [
        f"RPC       {devnet.url}  chain {devnet.w3.eth.chain_id}",
        f"round     {devnet.round()}, {devnet.blocks_left()} blocks left",
        "",
        "contracts",
        *(f"  {name:<18} {address}" for name, address in sorted(devnet.contracts.items())),
        "",
        f'accounts (keys: the public mnemonic "{MNEMONIC}")',
    ]
    for role, address in devnet.accounts.items():
        ether = int(devnet.chain.rpc("eth_getBalance", address, "latest"), 16) / _ETH
        stake = token.balanceOf(address).call() / LPT
        lines.append(f"  {role:<18} {address}  {ether:8.0f} ETH {stake:8.0f} LPT")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devnet", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--round-blocks", type=int, default=Terms().round_blocks)
    parser.add_argument("--pool-size", type=int, default=Terms().pool_size)
    parser.add_argument("--state", type=Path, help="a state that anvil dumped")
    parser.add_argument("--addresses", type=Path, help="the list that goes with it: README.md")
    parser.add_argument("--suites", nargs="*", default=[], help="tests to run on that state")
    parser.add_argument("--once", action="store_true", help="end after the suites")
    return parser


def _start(wanted: argparse.Namespace) -> Devnet:
    try:
        terms = Terms(round_blocks=wanted.round_blocks, pool_size=wanted.pool_size)
    except ValueError as error:
        raise DevnetError(str(error)) from error
    return Devnet.start(terms, port=wanted.port, state=wanted.state, addresses=wanted.addresses)


def _run_suites(wanted: argparse.Namespace) -> int:
    if not wanted.suites or wanted.state is None:
        return 0
    files = {
        "PODIUM_DEVNET_STATE": str(wanted.state.resolve()),
        "PODIUM_DEVNET_ADDRESSES": str(wanted.addresses.resolve()),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", *wanted.suites]
    return subprocess.run(command, env={**os.environ, **files}, check=False).returncode
