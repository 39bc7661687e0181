"""What somebody looks at: the fleet, or one Orchestrator; read from an address, written into one.

Whatever a stranger writes there is bounded here, or refused with what to write instead. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from podium_operator.errors import PodiumError
from podium_operator.live.fleet import EVERYTHING, Wish

__all__ = ["Key", "View", "ViewError", "key_of", "view_of", "wish_of"]

Key = tuple[str, str]

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_LAST_PAGE: Final = 10_000
_LONGEST_FIND: Final = 100


class ViewError(PodiumError):
    """An address that no page of ours has; the text says what to write."""


@dataclass(frozen=True, slots=True)
class View:
    """One Orchestrator where it is chosen, a part of the fleet elsewhere."""

    chosen: Key | None = None
    wish: Wish = EVERYTHING

    @property
    def query(self) -> dict[str, str]:
        """Return it as the parameters of an address."""
        if self.chosen is not None:
            return {"orchestrator": "/".join(self.chosen)}
        return {"page": str(self.wish.page), "find": self.wish.find}


def view_of(query: Mapping[str, str]) -> View:
    """Read an address's parameters; ViewError where they make no sense."""
    if not (chosen := query.get("orchestrator", "")):
        return View(wish=wish_of(query))
    namespace, _, name = chosen.partition("/")
    return View(key_of(namespace, name))


def wish_of(query: Mapping[str, str]) -> Wish:
    """Read which part of the fleet is meant; ViewError where there is no such."""
    page = query.get("page") or "1"
    if not (page.isascii() and page.isdigit() and len(page) < 6 and 0 < int(page) <= _LAST_PAGE):
        raise ViewError(f"page={page[:20]!r}: write a number from 1 to {_LAST_PAGE}")
    return Wish(int(page), query.get("find", "")[:_LONGEST_FIND].strip().lower())


def key_of(namespace: str, name: str) -> Key:
    """Return an Orchestrator's key; ViewError for names that Kubernetes does not have."""
    if not (_NAME.fullmatch(namespace) and _NAME.fullmatch(name)):
        raise ViewError("no Orchestrator has such a name: write NAMESPACE/NAME")
    return namespace, name
