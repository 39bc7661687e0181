"""Web3Signer over mutual TLS: the key never enters the cluster.

Every field is sent, since its defaults are dangerous, and the answer is read back and compared
before use. It signs only; sending is ours, or the same nonce could be filled twice.
"""

__all__ = ["Web3Signer", "client_context"]

import json
import ssl
import tempfile
from pathlib import Path
from typing import Any, Final

import aiohttp

from podium_operator.chain.bounded import AnswerTooLongError, read_bounded
from podium_operator.chain.signers.checking import checked
from podium_operator.chain.signers.signing import Signed, SigningError, Unsigned

_LONGEST_MESSAGE: Final = 200
_LONGEST_ANSWER_BYTES: Final = 2**20


class Web3Signer:
    """Has one address's transactions signed elsewhere."""

    def __init__(
        self,
        url: str,
        *,
        address: str,
        tls: ssl.SSLContext | None = None,
        timeout_seconds: float = 20.0,
    ) -> None:
        self._url, self._address, self._tls = url, address, tls
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Web3Signer({self._address})"

    @property
    def address(self) -> str:
        return self._address

    async def sign(self, unsigned: Unsigned) -> Signed:
        """Raises SigningError where it refuses, is silent, or signs something else."""
        if unsigned.sender != self._address:
            raise SigningError(f"this signer is {self._address}'s, not {unsigned.sender}'s")
        words = {
            "from": unsigned.sender,
            "to": unsigned.to,
            "gas": hex(unsigned.gas_limit),
            "nonce": hex(unsigned.nonce),
            "value": hex(unsigned.value_wei),
            "data": unsigned.data,
            "maxFeePerGas": hex(unsigned.max_fee_wei),
            "maxPriorityFeePerGas": hex(0),
        }
        answer = await self._ask("eth_signTransaction", words)
        raw = _raw_in(answer)
        return checked(raw, unsigned)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, *params: object) -> object:
        """Return the whole answer. The library's errors end here: they hold the URL."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(
                self._url, json=call, ssl=self._tls or True, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise SigningError(f"the remote signer answers with status {answer.status}")
                body = await read_bounded(answer, most_bytes=_LONGEST_ANSWER_BYTES)
                return json.loads(body)
        except TimeoutError:
            raise SigningError("the remote signer did not answer in time") from None
        except AnswerTooLongError:
            raise SigningError("the remote signer does not stop answering") from None
        except (aiohttp.ClientError, OSError):
            raise SigningError("the remote signer cannot be reached, or refuses us") from None
        except (ValueError, RecursionError):
            raise SigningError("the remote signer does not speak JSON-RPC") from None


def client_context(*, certificate: bytes, key: bytes, authority: bytes) -> ssl.SSLContext:
    """Return who we are and whom we trust, of PEM texts. Raises SigningError.

    The standard library reads a key from files alone: they live in memory for a moment.
    """
    try:
        context = ssl.create_default_context(cadata=authority.decode("ascii"))
        with tempfile.TemporaryDirectory(dir=_memory_folder()) as folder:
            chain, private = Path(folder, "tls.crt"), Path(folder, "tls.key")
            chain.write_bytes(certificate)
            private.touch(0o600)
            private.write_bytes(key)
            context.load_cert_chain(chain, private)
    except (OSError, ValueError):
        raise SigningError(
            "the signer's TLS Secret: tls.crt, tls.key or ca.crt is no PEM, or they do not fit"
        ) from None
    return context


def _memory_folder() -> str | None:
    shared_memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    return str(shared_memory) if shared_memory.is_dir() else None


def _raw_in(answer: Any) -> bytes:
    """Find the bytes; Web3Signer returns them bare, others beside the decoded transaction."""
    if not isinstance(answer, dict):
        raise SigningError("the remote signer does not speak JSON-RPC")
    if error := answer.get("error"):
        message = error.get("message") if isinstance(error, dict) else error
        raise SigningError(f"the remote signer refuses: {str(message)[:_LONGEST_MESSAGE]}")
    result = answer.get("result")
    raw = result.get("raw") if isinstance(result, dict) else result
    try:
        return bytes.fromhex(str(raw).removeprefix("0x"))
    except ValueError:
        raise SigningError("the remote signer returns no transaction") from None
