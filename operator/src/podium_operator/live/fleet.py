"""The fleet as one screen: sums over all, and a page of cards with what is wrong first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["EVERYTHING", "PAGE_CARDS", "Wish", "fleet"]

PAGE_CARDS: Final = 50
_SUMMED: Final = (
    "streams", "sessions", "maxSessions", "busy", "slots", "readyPods", "desiredPods",
    "waitingSeconds", "late", "answered", "usdPerHour",
)  # fmt: skip
_URGENCY: Final = {"bad": 0, "odd": 1, "good": 2}


@dataclass(frozen=True, slots=True)
class Wish:
    """What of the fleet somebody wants to see: `page` from 1, `find` a part of namespace/name."""

    page: int = 1
    find: str = ""


EVERYTHING: Final = Wish()


def fleet(cards: Sequence[Mapping[str, Any]], wish: Wish) -> dict[str, Any]:
    """Return totals over all cards, and the wished page of those that are found."""
    found = [one for one in cards if wish.find in _key(one)]
    found.sort(key=lambda one: (_URGENCY[one["health"]], _key(one)))
    pages = max(1, -(-len(found) // PAGE_CARDS))
    page = min(max(1, wish.page), pages)
    return {
        "totals": _totals(cards),
        "found": len(found),
        "page": page,
        "pages": pages,
        "cards": found[(page - 1) * PAGE_CARDS : page * PAGE_CARDS],
    }


def _totals(cards: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    sums: dict[str, Any] = dict.fromkeys((*_SUMMED, *_URGENCY), 0)
    for one in cards:
        sums[one["health"]] += 1
        for name in _SUMMED:
            sums[name] += one[name]
    return {name: round(value, 2) for name, value in sums.items()}


def _key(card: Mapping[str, Any]) -> str:
    return f"{card['namespace']}/{card['name']}"
