"""Packages count only when they are the ones that were meant."""

import base64
import hashlib
from pathlib import Path

import pytest
from tests.devnet.artifacts import Artifact
from tests.devnet.catalogue import ANVIL, SDK, SOLC, anvil_path
from tests.devnet.errors import DevnetError
from tests.devnet.node_tools import NodeTools, find_node_tools
from tests.devnet.npm import NpmPackage, check_integrity
from tests.devnet.terms import Terms

_CONTENT = b"a tarball"
_INTEGRITY = "sha512-" + base64.b64encode(hashlib.sha512(_CONTENT).digest()).decode()


def test_a_tarball_with_its_pinned_integrity_passes() -> None:
    check_integrity(_CONTENT, NpmPackage("@a/b", "1.0", _INTEGRITY, ()))


def test_another_tarball_is_refused_by_name() -> None:
    package = NpmPackage("@a/b", "1.0", _INTEGRITY, ())

    with pytest.raises(DevnetError, match=r"@a/b@1\.0 has integrity sha512-"):
        check_integrity(b"another", package)


def test_a_package_has_one_folder_per_version() -> None:
    assert NpmPackage("@a/b", "1.0", _INTEGRITY, ()).folder == "a-b-1.0"


@pytest.mark.parametrize("package", [ANVIL, SDK, SOLC], ids=lambda package: package.name)
def test_every_package_is_pinned_by_version_and_hash(package: NpmPackage) -> None:
    digest = base64.b64decode(package.integrity.removeprefix("sha512-"), validate=True)

    assert len(digest) == 64
    assert package.version[0].isdigit()
    assert package.members


def test_a_chosen_anvil_comes_before_the_cache() -> None:
    assert anvil_path({"PODIUM_ANVIL": "/opt/anvil"}, "riscv64") == Path("/opt/anvil")


def test_an_unknown_machine_is_told_what_to_set() -> None:
    with pytest.raises(DevnetError, match="set PODIUM_ANVIL"):
        anvil_path({}, "aarch64")


def test_the_machines_own_npm_comes_first() -> None:
    tools = find_node_tools({"node": "/bin/node", "npm": "/bin/npm"}.get)

    assert tools == NodeTools("/bin/node", ("/bin/npm",))


def test_a_librarys_address_fills_its_places() -> None:
    code = "0x6000" + "__$" + "a" * 34 + "$__" + "6001" + "__$" + "a" * 34 + "$__"
    artifact = Artifact("Linked", [], code, {"Library": (2, 24)})

    linked = artifact.linked({"Library": "0x" + "cd" * 20})

    assert linked == "0x6000" + "cd" * 20 + "6001" + "cd" * 20


def test_a_library_without_an_address_is_named() -> None:
    artifact = Artifact("Linked", [], "0x" + "00" * 30, {"Library": (2,)})

    with pytest.raises(KeyError, match="Library"):
        artifact.linked({})


@pytest.mark.parametrize(("field", "value"), [("round_blocks", 19), ("pool_size", 0)])
def test_terms_that_no_test_can_use_are_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{field} is {value}: give at least"):
        Terms(**{field: value})
