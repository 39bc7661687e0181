"""Rights as they are granted by roles, and as an API server's audit log shows them used. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Request", "Right", "granted", "requests_of", "used"]

_CREATED = 201
# Everybody who is known to the API server may ask what he himself may do.
_EVERYBODYS = "authorization.k8s.io"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one resource; `resource` holds a subresource behind its slash."""

    verb: str
    resource: str
    group: str

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}.{self.group}".removesuffix(".")


@dataclass(frozen=True, slots=True)
class Request:
    """One request on objects, and the status that answered it (0: none yet, as of a watch)."""

    right: Right
    namespace: str
    name: str
    status: int


def granted(rules: Iterable[Mapping[str, Any]]) -> set[Right]:
    """Spread the rules of roles out."""
    return {
        Right(verb, resource, group)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def requests_of(user: str, log: str) -> Iterator[Request]:
    """Read what one user asked of objects; lines that are still being written are left out."""
    for line in log.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        about = event.get("objectRef")
        if event["user"]["username"] == user and about and about.get("apiGroup") != _EVERYBODYS:
            yield _request(event, about)


def used(requests: Iterable[Request]) -> set[Right]:
    """Return the rights that granted requests took.

    An apply that makes its object is asked for `patch` and, beyond the log's verb, for `create`.
    """
    found: set[Right] = set()
    for request in requests:
        found.add(request.right)
        if request.right.verb == "patch" and request.status == _CREATED:
            found.add(Right("create", request.right.resource, request.right.group))
    return found


def _request(event: Mapping[str, Any], about: Mapping[str, Any]) -> Request:
    subresource = about.get("subresource")
    resource = about["resource"] + (f"/{subresource}" if subresource else "")
    return Request(
        Right(event["verb"], resource, about.get("apiGroup", "")),
        about.get("namespace", ""),
        about.get("name", ""),
        int((event.get("responseStatus") or {}).get("code") or 0),
    )
