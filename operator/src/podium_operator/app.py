"""Puts the operator together: builds every object once and passes it on.

Exit status: 0 after SIGTERM or SIGINT, 1 after anything else. Losing the lease is "anything else":
the process ends at once, so that its successor is alone.
"""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from functools import partial

from kubernetes.aio.client import Configuration

from podium_operator import __version__, kopf_app
from podium_operator.access import check_access, check_resource
from podium_operator.chain.claims import Claims
from podium_operator.controller import Controller
from podium_operator.desired.facts import ImageDefaults, OperatorPeer
from podium_operator.errors import PodiumError
from podium_operator.events import Recorder
from podium_operator.external import push
from podium_operator.external.board import Board
from podium_operator.external.offers import Offers
from podium_operator.external.pages import pool_pages
from podium_operator.fence import FencedKube
from podium_operator.health import Check, Health, serve
from podium_operator.kube.client import ApiKube, load_configuration
from podium_operator.lease import Candidate, Elector, LeadershipLostError
from podium_operator.live import serving as live
from podium_operator.live.gallery import Gallery
from podium_operator.logs import set_up_logging
from podium_operator.machines import Machines
from podium_operator.metrics import Metrics
from podium_operator.reachability import Probing
from podium_operator.settings import Settings
from podium_operator.sightings import Sighting
from podium_operator.surroundings import Surroundings
from podium_operator.threads import in_own_loop

__all__ = ["operate"]

log = logging.getLogger(__name__)

_STUCK_SECONDS = {"elector": 30.0, "API server": 300.0, "keepers": 180.0}


async def operate(settings: Settings) -> int:
    """Run until told to stop; returns the exit status."""
    set_up_logging(settings.log_level, settings.log_format)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("starting", extra={"version": __version__, "scope": settings.scope})
    status = 1
    try:
        configuration = await load_configuration(settings.kubeconfig)
        await _until(stop, _Operator(settings, configuration).run())
        status = 0
    except* (PodiumError, LeadershipLostError) as group:
        for error in _leaves(group):
            log.error("stopping", extra={"reason": str(error)})  # noqa: TRY400 - expected
    except* Exception:
        log.exception("stopping")
    log.info("stopped", extra={"status": status})
    return status


class _Operator:
    """The parts of one process, and the order in which they begin and end."""

    def __init__(self, settings: Settings, configuration: Configuration) -> None:
        self._settings, self._identity = settings, settings.identity or _identity()
        self._metrics, self._health = Metrics(), Health()
        self._kube = ApiKube(
            configuration, field_manager="podium-operator", observe=self._metrics.count_request
        )
        self._board, self._gallery = Board(), Gallery(time.time)
        self._offers = Offers(self._kube, self._board)
        self._health.pages = (pool_pages(self._offers),)
        # The lease has a client and a thread of its own: a busy loop must not cost leadership.
        self._lease_kube = ApiKube(
            configuration, field_manager="podium-operator", observe=self._metrics.count_request
        )
        self._elector = Elector(
            self._lease_kube,
            Candidate(
                settings.namespace, settings.lease_name, self._identity, _page_address(settings)
            ),
        )

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._serve(), name="health")
                group.create_task(self._lead(), name="lead")
                if self._settings.page_enabled:
                    group.create_task(self._serve_page(), name="page")
                if self._settings.scaler_port is not None:
                    group.create_task(self._serve_scaler(self._settings.scaler_port), name="scaler")
        finally:
            await self._kube.close()

    async def _serve(self) -> None:
        await serve(
            self._health,
            self._metrics,
            host=self._settings.listen_host,
            port=self._settings.listen_port,
            bound=lambda port: log.info("listening", extra={"port": port}),
        )

    async def _serve_page(self) -> None:
        await live.serve(
            live.Page(
                self._kube,
                self._elector,
                self._gallery,
                self._settings.page_host,
                self._settings.page_port,
                self._settings.namespaces,
            ),
            bound=lambda port: log.info("serving the live page", extra={"port": port}),
        )

    async def _serve_scaler(self, port: int) -> None:
        await push.serve(
            self._offers,
            host=self._settings.listen_host,
            port=port,
            bound=lambda port: log.info("listening for KEDA", extra={"port": port}),
        )

    async def _lead(self) -> None:
        settings = self._settings
        await check_access(self._kube, settings.namespaces, heeds_notices=settings.heeds_notices)
        await check_resource(self._kube, self._settings.namespaces)
        self._check("elector", self._elector.silence_seconds)
        self._check("API server", self._lease_kube.silence_seconds)
        self._health.is_ready = True
        leading, loop = asyncio.Event(), asyncio.get_running_loop()
        campaign = asyncio.create_task(
            in_own_loop(lambda: self._campaign(lambda: loop.call_soon_threadsafe(leading.set)))
        )
        try:
            await _first(leading.wait(), campaign)
            self._metrics.leader.set(1)
            async with asyncio.TaskGroup() as group:
                group.create_task(_follow(campaign), name="lease")
                group.create_task(self._control(), name="control")
        finally:
            # Only now, with every keeper at its end, may another process lead.
            self._metrics.leader.set(0)
            campaign.cancel()
            await asyncio.gather(campaign, return_exceptions=True)

    async def _campaign(self, elected: Callable[[], object]) -> None:
        """Win the lease, hold it, and give it back; in a loop of its own."""
        try:
            await self._elector.acquire()
            elected()
            await self._elector.hold()
        finally:
            await self._elector.release()
            await self._lease_kube.close()

    async def _control(self) -> None:
        controller = Controller(self._surroundings())
        self._check("keepers", controller.oldest_pass_seconds)
        await controller.run(self._watch)

    async def _watch(self, notice: Callable[[Sighting], None]) -> None:
        load = partial(load_configuration, self._settings.kubeconfig)
        await kopf_app.watch(
            notice,
            load,
            namespaces=self._settings.namespaces,
            sees_nodes=self._settings.heeds_notices,
        )

    def _surroundings(self) -> Surroundings:
        settings, kube = self._settings, FencedKube(self._kube, self._elector.may_write)
        return Surroundings(
            kube=kube,
            recorder=Recorder(kube, self._identity),
            metrics=self._metrics,
            image=ImageDefaults(
                reference=settings.worker_image,
                pull_policy=settings.worker_image_pull_policy,
                pull_secrets=settings.worker_image_pull_secrets,
            ),
            peer=_peer(settings),
            gallery=self._gallery,
            board=self._board,
            claims=Claims(kube, settings.namespaces),
            machines=Machines(settings.marks),
            probing=Probing(settings.endpoint_probe_seconds),
        )

    def _check(self, name: str, age_seconds: Callable[[], float]) -> None:
        self._health.checks.append(Check(name, age_seconds, _STUCK_SECONDS[name]))


async def _first(wanted: Coroutine[None, None, object], other: asyncio.Task[None]) -> None:
    """Wait for `wanted`; an error of `other` comes first."""
    waiting = asyncio.ensure_future(wanted)
    try:
        await asyncio.wait({waiting, other}, return_when=asyncio.FIRST_COMPLETED)
        if other.done():
            other.result()
    finally:
        waiting.cancel()


async def _follow(campaign: asyncio.Task[None]) -> None:
    """End as the campaign does, without ending it."""
    await asyncio.shield(campaign)


async def _until(stop: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Run `work` until it fails or `stop` is set; setting it ends `work` in good order."""
    task = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not task.done():
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


def _identity() -> str:
    """Return a name that no other process has: the pod's, and something of this very start."""
    return f"{os.environ.get('POD_NAME') or socket.gethostname()}_{os.urandom(4).hex()}"


def _page_address(settings: Settings) -> str:
    """Where other replicas reach this one's live page; "" where it listens to loopback alone."""
    is_closed = settings.page_host in {"127.0.0.1", "::1", "localhost"}
    if is_closed or not settings.page_enabled or not settings.pod_ip:
        return ""
    host = f"[{settings.pod_ip}]" if ":" in settings.pod_ip else settings.pod_ip
    return f"{host}:{settings.page_port}"


def _peer(settings: Settings) -> OperatorPeer | None:
    if not settings.pod_labels:
        return None
    pairs = (label.partition("=") for label in settings.pod_labels)
    return OperatorPeer(settings.namespace, {key: value for key, _, value in pairs})


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return leaves
