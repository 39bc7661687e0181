"""What people say by annotations on their Orchestrator, and who said it. Pure.

An annotation names what it allows, so one that stays where it is allows nothing new.
"""

__all__ = ["Consenter", "acknowledged_in", "approvals_in", "consenter_of"]

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podium_operator.api import names

_SEPARATORS = re.compile(r"[,\s]+")


@dataclass(frozen=True, slots=True)
class Consenter:
    """Who wrote an annotation, as the API server knows them, and when."""

    who: str
    when: str

    def __str__(self) -> str:
        return f"{self.who} at {self.when}"


def approvals_in(annotations: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of intents that were approved."""
    return frozenset(_parts(annotations.get(names.APPROVE_ANNOTATION, "")))


def acknowledged_in(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return the contracts whose new address a person accepts: name=address, by commas."""
    pairs = (
        part.partition("=")
        for part in _parts(annotations.get(names.ACKNOWLEDGE_ANNOTATION, ""))
        if "=" in part
    )
    return {name: address for name, _, address in pairs}


def consenter_of(body: Mapping[str, Any], annotation: str) -> Consenter:
    """Return who wrote an annotation last, by the API server's own book-keeping."""
    for entry in body["metadata"].get("managedFields") or ():
        fields = entry.get("fieldsV1") or {}
        written = (fields.get("f:metadata") or {}).get("f:annotations") or {}
        if f"f:{annotation}" in written:
            return Consenter(str(entry.get("manager") or "?"), str(entry.get("time") or "?"))
    return Consenter("somebody", "an unknown time")


def _parts(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]
