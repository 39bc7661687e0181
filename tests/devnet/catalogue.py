"""The packages that a chain is made of: versions and hashes, in this table and nowhere else."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from tests.devnet.errors import DevnetError
from tests.devnet.npm import NpmPackage, package_folder

__all__ = ["ANVIL", "SDK", "SOLC", "anvil_path", "artifact_member"]

ANVIL = NpmPackage(
    "@foundry-rs/anvil-linux-amd64",
    "1.7.1",
    "sha512-+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg==",
    ("bin/anvil",),
)

_ARTIFACTS = {
    "Controller": "Controller.sol",
    "ManagerProxy": "ManagerProxy.sol",
    "ServiceRegistry": "ServiceRegistry.sol",
    "Minter": "token/Minter.sol",
    "LivepeerToken": "token/LivepeerToken.sol",
    "TicketBroker": "pm/TicketBroker.sol",
    "SortedDoublyLL": "libraries/SortedDoublyLL.sol",
    "BondingManager": "bonding/BondingManager.sol",
    "RoundsManager": "rounds/RoundsManager.sol",
    "Governor": "governance/Governor.sol",
    "PollCreator": "polling/PollCreator.sol",
}


def artifact_member(contract: str) -> str:
    """Return the path of a contract's artifact (ABI and bytecode) in the SDK."""
    return f"abis/contracts/{_ARTIFACTS[contract]}/{contract}.json"


# Hardhat's own output of the protocol's commit c6733bb (February 2022, MIT): read at test time.
SDK = NpmPackage(
    "@livepeer/sdk",
    "1.0.1-alpha.10",
    "sha512-49OVRV6kGO3TCxDJTBAFbfNuB2/QstTXDKzfT/rw8sXD22hm82XTdYk3gs1cXR+Ky2kNaRLCLagQzPQjY/bp3A==",
    tuple(artifact_member(contract) for contract in _ARTIFACTS),
)

# The compiler proper. Its JavaScript wrapper and that one's seven dependencies are not needed.
SOLC = NpmPackage(
    "solc",
    "0.8.30",
    "sha512-9Srk/gndtBmoUbg4CE6ypAzPQlElv8ntbnl6SigUBAzgXKn35v87sj04uZeoZWjtDkdzT0qKFcIo/wl63UMxdw==",
    ("soljson.js",),
)


def anvil_path(
    environment: Mapping[str, str] = os.environ, machine: str = platform.machine()
) -> Path:
    """Return the program: `PODIUM_ANVIL` if set, else the cache's, fetching it the first time."""
    if chosen := environment.get("PODIUM_ANVIL"):
        return Path(chosen)
    if machine != "x86_64":
        raise DevnetError(
            f"the pinned anvil is for Linux x86_64, not {machine}: set PODIUM_ANVIL to a program "
            f"of version {ANVIL.version} (npm: @foundry-rs/anvil-linux-arm64)"
        )
    return package_folder(ANVIL) / ANVIL.members[0]
