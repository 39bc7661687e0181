"""What must outlive a crash: signed bytes in a Secret, intents in status. Both durable on return.

The Secret `<o>-chain` is compared and swapped, so that a writer who was away cannot undo what its
successor stored. status.chain and the chain's conditions have this one writer, which always sends
the whole of them under a field manager of its own.
"""

__all__ = ["SecretVault", "StatusLog"]

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from podium_operator.api import names
from podium_operator.api.chain_status import ChainStatus
from podium_operator.api.conditions import CHAIN_CONDITIONS, Condition, merge
from podium_operator.chain.model import Intent
from podium_operator.chain.records import intents_in, shown_intent
from podium_operator.chain.safe import safe_transaction
from podium_operator.errors import InvalidSecretError
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.reporting import timestamp

_SECRET: Final = kind_named("Secret")


class SecretVault:
    """The signed bytes of one Orchestrator's transactions, by the id of their intent."""

    def __init__(self, kube: Kube, owner: Body) -> None:
        self._kube, self._owner = kube, owner

    async def put(self, intent_id: str, raws: Sequence[bytes]) -> None:
        """Store all bytes ever signed for an intent. Raises KubeError; then nothing is stored."""
        texts = [raw.hex() for raw in raws]
        entry = json.dumps({"id": intent_id, "raws": texts}).encode()
        body = await self._read()
        if body is None:
            await self._kube.create(self._secret({_key(intent_id): b64encode(entry).decode()}))
            return
        data = {**(body.get("data") or {}), _key(intent_id): b64encode(entry).decode()}
        await self._kube.replace(body | {"data": data})

    async def get(self, intent_id: str) -> list[bytes]:
        """Return the bytes, oldest first; none where nothing was ever signed."""
        body = await self._read()
        text = ((body or {}).get("data") or {}).get(_key(intent_id))
        if text is None:
            return []
        try:
            entry = json.loads(b64decode(text))
            return [bytes.fromhex(raw) for raw in entry["raws"]]
        except (ValueError, LookupError, TypeError) as error:
            raise InvalidSecretError(
                f"Secret {self._name}: the bytes of {intent_id} cannot be read: somebody has "
                "changed them"
            ) from error

    async def drop(self, intent_id: str) -> None:
        """Forget the bytes of an intent that is over."""
        body = await self._read()
        data = dict((body or {}).get("data") or {})
        if body is not None and data.pop(_key(intent_id), None) is not None:
            await self._kube.replace(body | {"data": data})

    @property
    def _name(self) -> str:
        return names.chain_name(self._owner["metadata"]["name"])

    async def _read(self) -> Body | None:
        try:
            return await self._kube.get(_SECRET, self._owner["metadata"]["namespace"], self._name)
        except NotFoundError:
            return None

    def _secret(self, data: Mapping[str, str]) -> Body:
        meta = self._owner["metadata"]
        return {
            "apiVersion": _SECRET.api_version,
            "kind": _SECRET.name,
            "metadata": {
                "namespace": meta["namespace"],
                "name": self._name,
                "labels": names.common_labels(meta["name"]),
                "ownerReferences": [
                    {
                        "apiVersion": names.API_VERSION,
                        "kind": names.KIND,
                        "name": meta["name"],
                        "uid": meta["uid"],
                    }
                ],
            },
            "type": "Opaque",
            "data": dict(data),
        }


class StatusLog:
    """status.chain: the intents, what surrounds them, and the chain's conditions.

    chain_id: of the chain that the intents are for; whoever saves them says it first.
    """

    def __init__(self, kube: Kube, body: Body) -> None:
        self._kube, self._meta = kube, body["metadata"]
        self._picture = ChainStatus()
        self._conditions: list[dict[str, Any]] = []
        self._sent: Mapping[str, Any] | None = None
        self.intents: tuple[Intent, ...] = ()
        self.chain_id = 0

    async def open(self) -> ChainStatus:
        """Read what was written last, from the API server and never from a cache."""
        meta = self._meta
        body = await self._kube.get(ORCHESTRATOR, meta["namespace"], meta["name"])
        shown = body.get("status") or {}
        written = shown.get("chain") or {}
        self.intents = intents_in(written.get("intents") or ())
        self._picture = ChainStatus.model_validate(written)
        self._conditions = [
            one for one in shown.get("conditions") or () if one.get("type") in CHAIN_CONDITIONS
        ]
        self._sent = None
        return self._picture

    async def save(self, intents: Iterable[Intent]) -> None:
        """Write the log; it is durable when this returns. Raises KubeError."""
        before, self.intents = self.intents, tuple(intents)
        try:
            await self._write()
        except BaseException:
            self.intents = before
            raise

    async def show(
        self, picture: ChainStatus, verdicts: Iterable[Condition], *, generation: int, now: datetime
    ) -> None:
        """Write what surrounds the log, where it changed."""
        self._picture = picture
        self._conditions = merge(
            self._conditions, verdicts, generation=generation, now=timestamp(now)
        )
        await self._write()

    async def clear(self) -> None:
        """Take everything back: the Orchestrator is off-chain now."""
        self.intents, self._picture, self._conditions = (), ChainStatus(), []
        await self._apply({})

    async def _write(self) -> None:
        intents = [shown_intent(one) for one in self.intents]
        to_sign = safe_transaction(self.intents, chain_id=self.chain_id)
        said = {"intents": intents, "safe_transaction": to_sign}
        picture = self._picture.model_copy(update=said)
        chain = picture.model_dump(mode="json", by_alias=True, exclude_none=True)
        status = {"chain": chain, "conditions": self._conditions}
        if status != self._sent:
            await self._apply(status)

    async def _apply(self, status: Mapping[str, Any]) -> None:
        identity = {key: self._meta[key] for key in ("namespace", "name", "uid")}
        await self._kube.apply_status(
            {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "metadata": identity,
                "status": dict(status),
            },
            manager=names.CHAIN_FIELD_MANAGER,
        )
        self._sent = status


def _key(intent_id: str) -> str:
    """A Secret's keys have fewer letters than ids."""
    return sha256(intent_id.encode()).hexdigest()[:40]
