"""What can go wrong between the operator and the API server, by what the caller can do about it."""

from podium_operator.errors import PodiumError

__all__ = [
    "ConflictError",
    "ForbiddenError",
    "InvalidError",
    "KubeError",
    "NotFoundError",
    "UnauthenticatedError",
    "UnreachableError",
    "from_status",
]


class KubeError(PodiumError):
    """A request that the API server refused or never answered."""


class NotFoundError(KubeError):
    """The object is not there (any more)."""


class ConflictError(KubeError):
    """Somebody else changed the object first: read again and decide again."""


class ForbiddenError(KubeError):
    """A permission is missing: the chart and the operator do not fit each other."""


class UnauthenticatedError(ForbiddenError):
    """The API server does not know who asks."""


class InvalidError(KubeError):
    """The API server refuses the content; asking again will not help."""


class UnreachableError(KubeError):
    """No answer, or one that says "later" (429, 5xx): ask again after a pause."""


_BY_CODE: dict[int, type[KubeError]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: ConflictError,
    422: InvalidError,
}


def from_status(code: int, message: str) -> KubeError:
    """Choose the class for an HTTP status; `message` is the API server's own sentence."""
    fallback = UnreachableError if code == 429 or code >= 500 else InvalidError
    return _BY_CODE.get(code, fallback)(message)
