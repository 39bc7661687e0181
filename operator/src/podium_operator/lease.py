"""Leadership by a Lease: one operator works, the others wait.

The official client's elector leaves the work running when a renewal dies of a connection error,
never creates a missing Lease and never releases one. Here every failure counts as a missed
renewal, time is this process's monotonic clock alone (stamps written by others are compared for
equality, never read as time), and losing the lease ends `lead` for any reason at all: the caller
exits the process, so that two leaders cannot work side by side.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from podium_operator.api import names
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import ConflictError, KubeError, NotFoundError
from podium_operator.kube.kinds import kind_named

__all__ = ["Candidate", "Elector", "LeadershipLostError", "LeaseTimes"]

log = logging.getLogger(__name__)

_LEASE = kind_named("Lease")


class LeadershipLostError(Exception):
    """The lease could not be renewed in time, or another process holds it."""


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long a lease is good for, how long a leader tries to renew it, and how often."""

    duration_seconds: float = 15.0
    renew_deadline_seconds: float = 10.0
    retry_seconds: float = 2.0
    jitter: float = 0.2

    def pause_seconds(self, draw: float) -> float:
        """Spread retries by ± jitter; `draw` is uniform in [0, 1)."""
        return self.retry_seconds * (1 + self.jitter * (2 * draw - 1))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Which Lease is wanted, and under which name: unique per process, so pod name and uid.

    page: where other replicas reach this one's live page, told with the lease; "" for nowhere.
    """

    namespace: str
    lease: str
    identity: str
    page: str = ""


class Elector:
    """Acquire, renew and release one Lease under one identity."""

    def __init__(
        self,
        kube: Kube,
        candidate: Candidate,
        *,
        times: LeaseTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._kube, self._times = kube, times or LeaseTimes()
        self._namespace, self._name = candidate.namespace, candidate.lease
        self._identity, self._page = candidate.identity, candidate.page
        self._clock, self._draw = clock, draw
        self._seen: tuple[Any, ...] | None = None
        self._seen_at = 0.0
        self._renewed_at = 0.0  # when the last request that renewed it was begun
        self.is_leader = False
        self.leader, self.leaders_page = "", ""  # as the lease last told
        self._tried_at = clock()

    async def acquire(self) -> None:
        """Return once this process holds the lease."""
        if not await self._attempt():
            log.info("standing by", extra={"identity": self._identity})
            await self._pause()
            while not await self._attempt():
                await self._pause()
        self.is_leader = True
        log.info("became leader", extra={"identity": self._identity})

    async def hold(self) -> None:
        """Renew until it cannot be done in time, then raise `LeadershipLostError`."""
        deadline_seconds = self._times.renew_deadline_seconds
        while True:
            await self._pause()
            await self._attempt_within(self._renewed_at + deadline_seconds - self._clock())
            if self._clock() - self._renewed_at >= deadline_seconds:
                self.is_leader = False
                raise LeadershipLostError(
                    f"lease {self._name!r} was not renewed for {deadline_seconds:g} s"
                )

    def may_write(self) -> bool:
        """Say whether the lease is certainly still ours, also after the process was frozen."""
        age_seconds = self._clock() - self._renewed_at
        return self.is_leader and age_seconds < self._times.renew_deadline_seconds

    def silence_seconds(self) -> float:
        """Return how long ago the lease was last asked for; the loop is stuck when this grows."""
        return self._clock() - self._tried_at

    async def release(self) -> None:
        """Give the lease up, so that the next leader need not wait for it to run out."""
        if not self.is_leader:
            return
        self.is_leader = False
        try:
            lease = await self._read()
            if lease is not None and lease["spec"].get("holderIdentity") == self._identity:
                await self._kube.replace(self._claimed(lease, holder="", duration_seconds=1))
        except KubeError as error:
            log.warning("lease not released", extra={"error": str(error)})

    async def _attempt_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._attempt()

    async def _attempt(self) -> bool:
        self._tried_at = started = self._clock()
        try:
            has_lease = await self._claim()
        except ConflictError:
            return False  # another process was faster
        except LeadershipLostError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the lease was not renewed
            log.warning("lease attempt failed", extra={"error": str(error) or repr(error)})
            return False
        if has_lease:
            self._renewed_at = started
        return has_lease

    async def _claim(self) -> bool:
        lease = await self._read()
        if lease is None:
            await self._kube.create(self._claimed(self._blank(), holder=self._identity))
            return True
        self._notice(lease["spec"])
        annotations = lease["metadata"].get("annotations") or {}
        self.leader = str(lease["spec"].get("holderIdentity") or "")
        self.leaders_page = str(annotations.get(names.PAGE_ANNOTATION) or "")
        if not self._is_free(lease["spec"]):
            return False
        await self._kube.replace(self._claimed(lease, holder=self._identity))
        return True

    async def _read(self) -> Body | None:
        try:
            lease = await self._kube.get(_LEASE, self._namespace, self._name)
        except NotFoundError:
            return None
        lease.setdefault("spec", {})
        return lease

    def _notice(self, spec: Body) -> None:
        record = (spec.get("holderIdentity"), spec.get("renewTime"), spec.get("leaseTransitions"))
        if record != self._seen:
            self._seen, self._seen_at = record, self._clock()

    def _is_free(self, spec: Body) -> bool:
        holder = spec.get("holderIdentity")
        if not holder or holder == self._identity:
            return True
        if self.is_leader:
            self.is_leader = False
            raise LeadershipLostError(f"lease {self._name!r} was taken by {holder!r}")
        seconds = float(spec.get("leaseDurationSeconds") or self._times.duration_seconds)
        return self._clock() - self._seen_at >= seconds

    def _blank(self) -> Body:
        return {
            "apiVersion": _LEASE.api_version,
            "kind": _LEASE.name,
            "metadata": {"namespace": self._namespace, "name": self._name},
            "spec": {},
        }

    def _claimed(self, lease: Body, *, holder: str, duration_seconds: float | None = None) -> Body:
        spec, now = lease["spec"], datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        changes_hands = spec.get("holderIdentity") != holder
        claimed = {
            **spec,
            "holderIdentity": holder,
            "leaseDurationSeconds": int(duration_seconds or self._times.duration_seconds),
            "renewTime": now,
        }
        if changes_hands:
            claimed["acquireTime"] = now
            if holder:
                claimed["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + 1
        told = {**(lease["metadata"].get("annotations") or {}), names.PAGE_ANNOTATION: self._page}
        return {**lease, "metadata": {**lease["metadata"], "annotations": told}, "spec": claimed}

    async def _pause(self) -> None:
        await asyncio.sleep(self._times.pause_seconds(self._draw()))
