"""The Secrets of one Orchestrator, read by name: a watch would need the right to read them all.

They are looked at every ten seconds, so a deleted Secret comes back within that time, with the
same content while the operator still knows it.
"""

import base64
from collections.abc import Mapping

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import secrets
from podium_operator.desired.worker_config import node_config, queue_secret_name
from podium_operator.kube.client import Body
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named
from podium_operator.queue_link import QueueAccess
from podium_operator.sightings import Sighted
from podium_operator.surroundings import Surroundings

__all__ = ["READ_SECONDS", "SecretShelf"]

READ_SECONDS = 10.0

_SECRET = kind_named("Secret")


class SecretShelf:
    """What the Secrets hold, what they should hold, and how to reach the queue with them."""

    def __init__(self, sighted: Sighted, around: Surroundings) -> None:
        self._sighted, self._around = sighted, around
        self._states: dict[str, secrets.SecretState] = {}
        self._external: secrets.SecretState | None = None
        self._read_at = float("-inf")
        self._read_for: object = None

    async def read(self, orchestrator: Orchestrator) -> None:
        """Look at the Secrets again when it is time, or when other ones are asked for."""
        wanted = (
            secrets.names_of(orchestrator),
            queue_secret_name(orchestrator),
            orchestrator.metadata.annotations.get(names.ROTATE_ANNOTATION),
        )
        now = self._around.clock()
        if wanted == self._read_for and now - self._read_at < READ_SECONDS:
            return
        for name in secrets.names_of(orchestrator):
            await self._read_own(orchestrator.namespace, name)
        if orchestrator.spec.queue.external is not None:
            self._external = await self._read_external(orchestrator)
        self._read_at, self._read_for = now, wanted

    @property
    def states(self) -> Mapping[str, secrets.SecretState]:
        """Return what the Secrets held when they were last looked at."""
        return self._states

    def ensure(self, orchestrator: Orchestrator) -> Mapping[str, secrets.SecretState]:
        """Generate or rotate where that is due, and return what should be. Raises PodiumError."""
        self._states = secrets.ensure(
            orchestrator,
            existing={name: self._states[name] for name in self._names(orchestrator)},
            now=self._around.now(),
            token=self._around.token,
        )
        return self._states

    def access(self, orchestrator: Orchestrator) -> QueueAccess | None:
        """Return the way to the queue; None while its Secret is missing."""
        queue = node_config(orchestrator)["queue"]
        servers, prefix = tuple(queue["servers"]), queue["prefix"]
        name = queue_secret_name(orchestrator)
        if name is None:
            return QueueAccess(servers, prefix)
        is_external = orchestrator.spec.queue.external is not None
        state = self._external if is_external else self._states.get(name)
        if state is None:
            return None
        text = {key: value.decode("utf-8", "replace") for key, value in state.data.items()}
        return QueueAccess(
            servers,
            prefix,
            username=text.get("username", "").strip(),
            password=text.get("password", "").strip(),
            ca_pem=text.get("ca.crt", ""),
        )

    def _names(self, orchestrator: Orchestrator) -> list[str]:
        return [name for name in secrets.names_of(orchestrator) if name in self._states]

    async def _read_own(self, namespace: str, name: str) -> None:
        try:
            body = await self._around.kube.get(_SECRET, namespace, name)
        except NotFoundError:
            # What it held is kept: a Secret that was deleted by mistake comes back the same.
            self._sighted.forget((_SECRET.name, name))
            return
        self._sighted.see_child(body)
        self._states[name] = _state(body)

    async def _read_external(self, orchestrator: Orchestrator) -> secrets.SecretState | None:
        name = queue_secret_name(orchestrator)
        if name is None:
            return None
        try:
            return _state(await self._around.kube.get(_SECRET, orchestrator.namespace, name))
        except NotFoundError:
            return None


def _state(body: Body) -> secrets.SecretState:
    data = body.get("data") or {}
    return secrets.SecretState(
        data={key: base64.b64decode(value or "") for key, value in data.items()},
        annotations=body["metadata"].get("annotations") or {},
    )
