"""That what the cluster's authority signs is believed, and by nobody else's authority."""

import asyncio
import ssl
from pathlib import Path

import pytest
import yaml
from tests.devcluster.certificates import Authority, Identity, kubeconfig, write_private
from tests.devcluster.gates import Gate, is_open, wait_until_open

SERVER = Identity("kube-apiserver", hosts=("localhost", "127.0.0.1"))
CLIENT = Identity("admin", "system:masters")


async def test_a_client_and_a_server_of_one_authority_believe_each_other(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path, "ca")

    assert await _answers(authority, authority, within_seconds=60)


async def test_an_authority_that_was_read_back_signs_for_the_same(tmp_path: Path) -> None:
    Authority.create(tmp_path, "ca")
    server_side, client_side = (Authority.load(tmp_path, "ca") for _ in range(2))

    assert await _answers(server_side, client_side, within_seconds=60)


async def test_a_client_of_another_authority_is_turned_away(tmp_path: Path) -> None:
    ours = Authority.create(tmp_path / "a", "ca")
    other = Authority.create(tmp_path / "b", "ca")

    assert not await _answers(ours, other)


@pytest.mark.parametrize("name", ["ca.key", "admin.key"])
def test_keys_are_their_owners_alone(tmp_path: Path, name: str) -> None:
    Authority.create(tmp_path, "ca").issue("admin", CLIENT)

    assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_private(path, b"longer than the next")

    write_private(path, b"next")

    assert path.read_bytes() == b"next"


def test_a_kubeconfig_names_files_and_holds_no_key(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path, "ca")

    text = kubeconfig("https://127.0.0.1:1", tmp_path / "ca.crt", authority.issue("a", CLIENT))

    assert "PRIVATE KEY" not in text
    user = yaml.safe_load(text)["users"][0]["user"]
    assert user == {
        "client-certificate": str(tmp_path / "a.crt"),
        "client-key": str(tmp_path / "a.key"),
    }


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("tcp://127.0.0.1:1", id="nobody listens"),
        pytest.param("unix:/nowhere/socket", id="no such socket"),
        pytest.param("file:/nowhere", id="no such file"),
        pytest.param("http://127.0.0.1:1/", id="no such server"),
    ],
)
def test_a_gate_is_shut_while_nothing_is_there(url: str) -> None:
    assert not is_open(Gate(url))


def test_a_gate_opens_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    gate = Gate(f"file:{path}")
    assert not wait_until_open(gate, timeout_seconds=0)

    path.touch()

    assert wait_until_open(gate, timeout_seconds=0)


def test_a_gate_of_an_unknown_kind_is_a_mistake_and_not_a_wait() -> None:
    with pytest.raises(ValueError, match="use file, unix, tcp, http or https"):
        is_open(Gate("ftp://host/"))


async def _answers(
    server_side: Authority, client_side: Authority, *, within_seconds: float = 0.0
) -> bool:
    """Look through an HTTPS gate at a server that asks for a client's certificate.

    One look gives up after a second, which a busy machine may need: whoever must be let in looks
    again for a while.
    """
    context = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=server_side.certificate_file
    )
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*server_side.issue("server", SERVER))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    certificate, key = client_side.issue("client", CLIENT)
    gate = Gate(
        f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/readyz",
        authority=str(client_side.certificate_file),
        certificate=str(certificate),
        key=str(key),
    )
    async with server:
        return await asyncio.to_thread(wait_until_open, gate, timeout_seconds=within_seconds)
