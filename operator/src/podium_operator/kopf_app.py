"""The only module that knows kopf: it watches, and hands what it saw to the controller.

kopf runs in a thread with an event loop of its own: on exit it cancels every task of its loop that
is younger than itself, and it takes the process's signal handlers where it finds them. Handlers do
nothing that can fail, for kopf drops the errors of event handlers. No handler here needs a
finalizer, so the operator can go away at any time and leave nothing that cannot be deleted.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import kopf
from kubernetes.aio.client import Configuration

from podium_operator.kube.kinds import CHILD_KINDS, ORCHESTRATOR, Kind, kind_named
from podium_operator.sightings import MANAGED_SELECTOR, Sighting

__all__ = ["NODE", "WATCHED", "Endless", "build_registry", "build_settings", "watch"]

log = logging.getLogger(__name__)

WATCHED: tuple[Kind, ...] = (
    ORCHESTRATOR,
    # A watch on Secrets would read every Secret in scope: ours are read by name instead.
    *(kind for kind in CHILD_KINDS if kind.name != "Secret"),
    kind_named("Pod"),
)
# Watched beside them where the scope is the cluster, for notices of machines that are taken.
NODE = kind_named("Node")
_LOGIN_LIFETIME = timedelta(minutes=10)  # tokens of service accounts are renewed on disk
_LOGIN_PAUSE_SECONDS = 1.0

LoadConfiguration = Callable[[], Awaitable[Configuration]]


class Endless:
    """Pauses that never run out: a finite list would end the operator with the last one."""

    def __init__(self, first_seconds: float = 0.5, limit_seconds: float = 4.0) -> None:
        self._first, self._limit = first_seconds, limit_seconds

    def __iter__(self) -> Iterator[float]:
        pause = self._first
        while True:
            yield pause * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            pause = min(pause * 2, self._limit)


def build_settings() -> kopf.OperatorSettings:
    """Return kopf's settings as we want them; each line has its reason in docs/architecture.md."""
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = "podium.video/unused"  # kopf strips its own finalizer at sight
    settings.scanning.disabled = True
    settings.peering.standalone = True
    settings.posting.enabled = False
    settings.watching.chunk_size = 500
    for kind in WATCHED:
        if kind is not ORCHESTRATOR:
            key = (kind.group, kind.version, kind.plural)
            settings.watching.label_selectors[key] = MANAGED_SELECTOR
    settings.networking.error_backoffs = cast("Any", Endless())
    settings.networking.request_timeout = 30
    settings.networking.enforce_retry_after = True
    settings.execution.max_workers = 1
    settings.process.ultimate_exiting_timeout = 20
    return settings


def build_registry(
    notice: Callable[[Sighting], None], load: LoadConfiguration, *, sees_nodes: bool = False
) -> kopf.OperatorRegistry:
    """Register one event handler per watched kind, and the login."""
    registry = kopf.OperatorRegistry()
    kopf.on.login(registry=registry, id="login", errors=kopf.ErrorsMode.TEMPORARY)(
        _login_with(load)
    )
    for kind in (*WATCHED, NODE) if sees_nodes else WATCHED:
        decorate = kopf.on.event(
            kind.group, kind.version, kind.plural, registry=registry, id=f"see-{kind.plural}"
        )
        decorate(_handler_for(kind, notice))
    return registry


async def watch(
    notice: Callable[[Sighting], None],
    load: LoadConfiguration,
    *,
    namespaces: tuple[str, ...],
    sees_nodes: bool = False,
) -> None:
    """Watch until cancelled; an empty tuple means the whole cluster, and nodes are no part of it.

    `notice` is called in the caller's loop. Raises what ended kopf, for instance a missing
    permission: watching without one permission would look healthy and repair nothing.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()

    def forward(sighting: Sighting) -> None:
        loop.call_soon_threadsafe(notice, sighting)

    async def operate() -> None:
        try:
            await kopf.operator(
                registry=build_registry(forward, load, sees_nodes=sees_nodes),
                settings=build_settings(),
                clusterwide=not namespaces,
                namespaces=namespaces,
                stop_flag=stop,
            )
        finally:
            stop.set()  # the thread that waits for the flag must end with the loop

    def main() -> None:
        asyncio.run(operate())

    ended = asyncio.ensure_future(asyncio.to_thread(main))
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        stop.set()
        await ended
        raise
    raise RuntimeError("kopf stopped watching without being asked to")


def _handler_for(kind: Kind, notice: Callable[[Sighting], None]) -> Callable[..., Awaitable[None]]:
    async def see(event: Any, **_: Any) -> None:
        notice(Sighting(kind, dict(event["object"]), was_deleted=event["type"] == "DELETED"))

    return see


def _login_with(load: LoadConfiguration) -> Callable[..., Awaitable[kopf.ConnectionInfo]]:
    async def login(retry: int = 0, **_: Any) -> kopf.ConnectionInfo:
        if retry:
            await asyncio.sleep(_LOGIN_PAUSE_SECONDS)
        configuration = await load()
        scheme, _space, token = configuration.api_key.get("BearerToken", "").partition(" ")
        return kopf.ConnectionInfo(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            scheme=scheme.capitalize() or None,
            token=token or None,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
            expiration=datetime.now(UTC) + _LOGIN_LIFETIME,
        )

    return login
