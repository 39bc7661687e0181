"""Kubernetes Events for changes that a person cares about; the same one is told once.

Losing an Event is no failure: nothing waits for it and nothing is decided by it.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex

from podium_operator.api import names
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import KubeError
from podium_operator.kube.kinds import kind_named

__all__ = ["Note", "Recorder"]

log = logging.getLogger(__name__)

_EVENT = kind_named("Event")
_REMEMBERED = 2000
_REPEAT_SECONDS = 600.0
_LONGEST_NOTE = 1000  # characters; the API's limit is 1 kB

Note = tuple[str, str, str]  # type (Normal or Warning), reason, text


class Recorder:
    """Posts Events about Orchestrators under our controller's name."""

    def __init__(
        self, kube: Kube, instance: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kube, self._instance, self._clock = kube, instance, clock
        self._told: OrderedDict[tuple[str, Note], float] = OrderedDict()

    async def tell(self, about: Body, note: Note, *, action: str = "Reconcile") -> None:
        """Post one Event, unless the same was told within ten minutes."""
        if self._is_repetition((about["metadata"]["uid"], note)):
            return
        try:
            await self._kube.create(self._event(about, note, action))
        except KubeError as error:
            log.warning("event not posted", extra={"reason": note[1], "error": str(error)})

    def _is_repetition(self, what: tuple[str, Note]) -> bool:
        now = self._clock()
        last = self._told.get(what)
        if last is not None and now - last < _REPEAT_SECONDS:
            return True
        self._told[what] = now
        self._told.move_to_end(what)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return False

    def _event(self, about: Body, note: Note, action: str) -> Body:
        meta, (severity, reason, text) = about["metadata"], note
        return {
            "apiVersion": _EVENT.api_version,
            "kind": _EVENT.name,
            "metadata": {
                "namespace": meta["namespace"],
                "name": f"{meta['name'][:200]}.{token_hex(8)}",
            },
            "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "type": severity,
            "reason": reason,
            "note": text[:_LONGEST_NOTE],
            "action": action,
            "regarding": {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "reportingController": f"{names.GROUP}/{names.FIELD_MANAGER}",
            "reportingInstance": self._instance[:128],
        }
