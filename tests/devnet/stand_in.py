"""Compiles the stand-in of newer BondingManagers, and knows how to put it to work.

`contracts/StandIn.sol` is ours and no part of the protocol. The older target sees the transcoder
as sender only when the transcoder calls, so a transcoder's account lends a relay's code
(EIP-7702, set directly by anvil); its own transactions go on as before.
"""

import hashlib
import json
import subprocess
from pathlib import Path

from tests.devnet.artifacts import Artifact
from tests.devnet.catalogue import SOLC
from tests.devnet.errors import DevnetError
from tests.devnet.node_tools import devnet_cache, find_node_tools
from tests.devnet.npm import package_folder

__all__ = ["STAND_IN", "STAND_IN_LACKING", "STAND_IN_RELAY", "lent_code", "load_stand_in"]

STAND_IN = "StandInBondingManager"
STAND_IN_LACKING = "StandInLacking"
STAND_IN_RELAY = "StandInRelay"
_SOURCE = Path(__file__).parent / "contracts" / "StandIn.sol"
_COMPILER = Path(__file__).parent / "contracts" / "compile.js"
_OUTPUT = "compiled.json"
_FOLDER = "stand-in"
_COMPILE_SECONDS = 120


def load_stand_in(contract: str) -> Artifact:
    """Return one of our contracts, compiled the first time; `DevnetError` says what is wrong."""
    cache = devnet_cache()
    recipe = _recipe()
    with cache.locked(_FOLDER, lambda: None):
        if cache.fault(_FOLDER, {recipe}):
            cache.store(_FOLDER, recipe, _compile)
        content = json.loads((cache.root / _FOLDER / _OUTPUT).read_text())
    found = content["contracts"][_SOURCE.name][contract]
    return Artifact(contract, found["abi"], found["evm"]["bytecode"]["object"], {})


def lent_code(relay: str) -> str:
    """Return the code of an account that lends another's (EIP-7702's designator)."""
    return "0xef0100" + relay.removeprefix("0x")


def _recipe() -> str:
    digest = hashlib.sha256(_SOURCE.read_bytes())
    digest.update(_COMPILER.read_bytes() + SOLC.integrity.encode())
    return digest.hexdigest()


def _compile(draft: Path) -> None:
    command = [find_node_tools().node, str(_COMPILER), str(package_folder(SOLC) / "soljson.js")]
    run = subprocess.run(
        command,
        input=json.dumps(_request()),
        capture_output=True,
        text=True,
        check=False,
        timeout=_COMPILE_SECONDS,
    )
    if run.returncode:
        raise DevnetError(f"solc did not run: {run.stderr.strip()[-500:]}")
    faults = [fault["formattedMessage"] for fault in json.loads(run.stdout).get("errors", ())]
    if faults:
        raise DevnetError("solc: " + "\n".join(faults))
    (draft / _OUTPUT).write_text(run.stdout)


def _request() -> dict[str, object]:
    return {
        "language": "Solidity",
        "sources": {_SOURCE.name: {"content": _SOURCE.read_text()}},
        "settings": {
            "optimizer": {"enabled": True, "runs": 200},
            "evmVersion": "cancun",
            "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
        },
    }
