"""What a keeper knows of one Orchestrator, as small as a test of the live page needs it."""

__all__ = ["ACTIVE", "READY", "known"]

from collections.abc import Mapping
from typing import Any

from podium_operator.live.picture import Known
from podium_operator.load import LoadView

_META = {"namespace": "media", "name": "home"}
READY = {"type": "Ready", "status": "True", "reason": "Ready"}
ACTIVE = {"type": "Active", "status": "True", "reason": "InPool", "message": "rank 3"}


def known(
    spec: Mapping[str, Any] | None = None,
    *,
    pods: Mapping[str, Any] | None = None,
    load: LoadView | None = None,
    **status: Any,
) -> Known:
    body = {"metadata": _META, "spec": spec or {"pools": [{"name": "cpu"}]}}
    return Known(body, {"conditions": [READY], **status}, load or LoadView(), pods or {})
