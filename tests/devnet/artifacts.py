"""ABI and bytecode of contracts, read from the cache when a test needs them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.devnet.catalogue import SDK, artifact_member
from tests.devnet.npm import package_folder

__all__ = ["Artifact", "load_artifact"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A contract as its compiler left it; `links` maps a library to places in the bytecode."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    links: Mapping[str, tuple[int, ...]]

    def linked(self, libraries: Mapping[str, str]) -> str:
        """Return the creation code with every library's address filled in (pure).

        `KeyError` names a library that has no address.
        """
        code = bytearray.fromhex(_without_placeholders(self.bytecode))
        for library, places in self.links.items():
            address = bytes.fromhex(libraries[library].removeprefix("0x"))
            for place in places:
                code[place : place + len(address)] = address
        return "0x" + code.hex()


@cache
def load_artifact(contract: str) -> Artifact:
    """Read one contract of the SDK, fetching the SDK the first time."""
    content = json.loads((package_folder(SDK) / artifact_member(contract)).read_text())
    links = {
        library: tuple(int(place["start"]) for place in places)
        for libraries in content["linkReferences"].values()
        for library, places in libraries.items()
    }
    return Artifact(contract, content["abi"], content["bytecode"], links)


def _without_placeholders(bytecode: str) -> str:
    """Replace `__$hash$__`, 40 characters for a library's 20 bytes, by zeros."""
    parts = bytecode.removeprefix("0x").split("__$")
    return parts[0] + "".join("0" * 40 + part[37:] for part in parts[1:])
