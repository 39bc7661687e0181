"""The wanted number of one external pool as JSON, for KEDA's metrics-api trigger and anybody else.

`GET /pools/<namespace>/<orchestrator>/<pool>` on the port of the probes, on every replica.
"""

from aiohttp import web

from podium_operator.errors import PodiumError
from podium_operator.external.offers import (
    NotExternalError,
    Offers,
    PoolKey,
    UnknownPoolError,
)

__all__ = ["pool_pages"]


def pool_pages(offers: Offers) -> web.RouteDef:
    """Build the route."""

    async def wanted(request: web.Request) -> web.Response:
        names = request.match_info
        key = PoolKey(names["namespace"], names["orchestrator"], names["pool"])
        try:
            offer = await offers.read(key)
        except PodiumError as error:
            return web.json_response({"error": str(error)}, status=_status(error))
        return web.json_response({"desiredPods": offer.desired, "readyPods": offer.ready})

    return web.get("/pools/{namespace}/{orchestrator}/{pool}", wanted)


def _status(error: PodiumError) -> int:
    match error:
        case UnknownPoolError():
            return 404
        case NotExternalError():
            return 409
        case _:
            return 503
